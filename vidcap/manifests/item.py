"""An item of a manifest: one picture or video and what people said about it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vidcap.timeline import Seconds

KINDS = ("image", "video")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One picture, video or segment of a video, with what people said about it."""

    path: Path
    """Absolute."""
    kind: str
    """``image`` or ``video``."""
    captions: tuple[str, ...] = ()
    """Sentences about the whole item; each one line, none empty."""
    split: str | None = None
    start_s: Seconds | None = None
    """Where the segment starts in the video; None is the video's start."""
    end_s: Seconds | None = None
    """Where the segment ends; None is the video's end."""
    style: str | None = None
    """How the captions are worded, for models that can choose."""
    texts: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Weaker texts by their key: ``(("phrases", ("teal car",)), ("scene", ("at the beach",)))``."""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"an item is an image or a video: {self.kind = }")
        if not self.path.is_absolute():
            raise ValueError(f"an item's path is absolute: {self.path = !s}")
        if self.kind == "image" and (self.start_s is not None or self.end_s is not None):
            raise ValueError("only a video has start_s and end_s")
        if (self.start_s or 0) < 0 or (self.end_s is not None and self.end_s <= (self.start_s or 0)):
            raise ValueError(f"a segment must last: {self.start_s = !s} {self.end_s = !s}")
        for sentence in (*self.captions, *(text for _, texts in self.texts for text in texts)):
            if not sentence or sentence != sentence.strip() or "\n" in sentence:
                raise ValueError(f"a caption is one line and not empty: {sentence!r}")

    @property
    def id(self) -> str:
        """A short name for tables and results: the last folder and the file, and the segment if it is one."""
        name = f"{self.path.parent.name}/{self.path.name}"
        if self.start_s is None and self.end_s is None:
            return name
        return f"{name}@{self.start_s or 0}-{'' if self.end_s is None else self.end_s}"

    def text(self, key: str) -> tuple[str, ...]:
        """Return the weaker texts that stood under ``key``; empty where there are none."""
        return dict(self.texts).get(key, ())
