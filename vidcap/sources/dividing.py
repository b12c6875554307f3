"""Whether a source's groups of pictures are decoded side by side, and how."""

from __future__ import annotations

from dataclasses import replace

from av.video.codeccontext import VideoCodecContext

from vidcap.sources.config import SourceConfig, Wanted
from vidcap.sources.decoders import Division
from vidcap.sources.decoding import MOST_CHOSEN, MOST_THREADS, least_ticks_of, num_cores, prepare
from vidcap.sources.entries import CODECS
from vidcap.sources.opening import Opened, most_pixels, open_container
from vidcap.sources.ready import Wish
from vidcap.timeline import Seconds, exact

_FIRST_S = 1
"""For so long all pictures are wanted: which is the first that is looked at depends on the reader."""
_MOST_HELD_PIXELS = 700_000_000
"""Of the frames that all decoders hold: a gigabyte."""
_FRAMES_HELD = 17
"""By one decoder at most."""


def division_for(opened: Opened, config: SourceConfig, wanted: Wanted, origin_s: Seconds) -> Division | None:
    """Return how groups of pictures are decoded side by side; None where that can't be, or is of no use.

    Only of local files: from anything else, what is not needed yet would have to be waited for.
    """
    context, base = opened.stream.codec_context, exact(opened.stream.time_base)
    is_local = opened.target.path is not None and opened.reader is not None and opened.reader.seekable()
    threads = min(config.threads, MOST_THREADS) or _threads_ahead(opened.stream.width * opened.stream.height)
    is_known = context.name in CODECS and config.hwaccel == "none"
    if not is_local or not is_known or base is None or threads < 2:
        return None

    def new_context() -> VideoCodecContext:
        again = open_container(opened.target, config)
        try:
            prepare(again, replace(config, threads=1))
            return again.stream.codec_context
        finally:
            again.close()

    until_s = config.start_s + _FIRST_S
    wish = Wish(wanted, base, origin_s, until_s)
    most, least_ticks = most_pixels(opened.container, config), least_ticks_of(base, config.max_fps)
    return Division(wish, threads, new_context, most, least_ticks)


def _threads_ahead(pixels: int) -> int:
    """As many as there are cores, unless their decoders would hold too much."""
    return min(num_cores(), MOST_CHOSEN, _MOST_HELD_PIXELS // max(_FRAMES_HELD * pixels, 1))
