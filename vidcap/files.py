"""Reading small files whole, with errors that name the file and the reason."""

from __future__ import annotations

from vidcap.errors import SourceError, SourceNotFound, SourceUnsupported


def track_bytes(name: str, most_bytes: int) -> bytes:
    """Return what a track holds; SourceError where it can't be read or is larger than ``most_bytes``."""
    try:
        with open(name, "rb") as file:
            content = file.read(most_bytes + 1)
    except FileNotFoundError as error:
        raise SourceNotFound(name, "no such file") from error
    except (OSError, ValueError) as error:
        raise SourceError(name, f"can't be read: {getattr(error, 'strerror', None) or error}") from error
    if len(content) > most_bytes:
        raise SourceUnsupported(name, f"too large for a track: more than {most_bytes // 1_000_000} MB")
    return content
