"""Live sources: cameras, streams, growing files, pipes. Read in a process of its own that can be ended at any time.

A camera can hang the reader inside the decoder, where no time-out and no Ctrl-C reaches it, and a thread that hangs
keeps its socket and its memory for ever. A process can be killed: nothing is left behind, however often it happens.
"""

from vidcap.sources.live.config import LiveSourceConfig
from vidcap.sources.live.messages import FeedEnd, FeedFrame, FeedMessage, FeedOpened, FeedSnapshot

__all__ = ["FeedEnd", "FeedFrame", "FeedMessage", "FeedOpened", "FeedSnapshot", "LiveSourceConfig"]
