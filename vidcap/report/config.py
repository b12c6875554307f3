"""The choices that shape a report."""

from __future__ import annotations

from dataclasses import dataclass, field

_LEAST_MB, _MOST_MB = 1, 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportConfig:
    """What goes into a report's page."""

    embed: bool = field(default=False, metadata={"help": "put the film itself into an HTML report, not a link to it"})
    report_mb: int = field(
        default=24, metadata={"help": "most megabytes that the pictures of an HTML report take, however long the film"}
    )

    def __post_init__(self) -> None:
        if not _LEAST_MB <= self.report_mb <= _MOST_MB:
            raise ValueError(f"from {_LEAST_MB} to {_MOST_MB}: {self.report_mb = }")
