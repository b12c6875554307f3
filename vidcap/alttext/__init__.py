"""Alt text of pictures: as a table, or in their own metadata."""

from vidcap.alttext.table import AltText, table_text
from vidcap.alttext.xmp import exiftool, sidecar_of, write_alt_text

__all__ = ["AltText", "exiftool", "sidecar_of", "table_text", "write_alt_text"]
