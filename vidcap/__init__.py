"""vidcap looks at a video and writes what is seen as a timed track.

Importing it is light: torch, av and cv2 load when something needs them.
"""

from __future__ import annotations

__version__ = "0.1.0"
