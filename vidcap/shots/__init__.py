"""Shot boundaries, streaming: hard cuts, fades and dissolves, found in the one pass over the decoded frames.

Works on small pictures (``Picture.small_yuv``). A damaged frame is judged like any other: what conceals damage looks
like a flash. What a shot shows is no concern here.
"""

from vidcap.shots.config import ShotConfig
from vidcap.shots.detector import ShotDetector, detect_shots, mark_shots, rhythm

__all__ = ["ShotConfig", "ShotDetector", "detect_shots", "mark_shots", "rhythm"]
