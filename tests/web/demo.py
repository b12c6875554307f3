"""The page without a camera: a film's pictures and made-up sentences, in real time or as fast as one likes.

python -m tests.web.demo --serve :8000 --hls /tmp/hls samples/tour.mp4
"""

from __future__ import annotations

import argparse
import io
import itertools
import random
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

from vidcap.live import CueUpdate, LiveEvent, LiveSink, Snapshot, State, StreamState, Tally
from vidcap.types import Cue

SCENES = (
    ("Two cars pass each other in a car park.", 4),
    ("A man in black stands at a table.", 4),
    ("A green meadow with trees under a pink sky.", 3),
    ("A bird on a branch stretches its wings.", 4),
)
"""What is seen in ``samples/tour.mp4``, by a person, and for how many seconds."""


def pictures(film: Path, step_s: float = 1.0) -> list[bytes]:
    """Return JPEGs of a film, one each ``step_s`` of it."""
    import av

    found: list[bytes] = []
    with av.open(str(film)) as container:
        for frame in container.decode(video=0):
            if frame.time is not None and frame.time >= len(found) * step_s:
                data = io.BytesIO()
                frame.to_image().save(data, "JPEG", quality=80)
                found.append(data.getvalue())
    return found


def narration(
    jpegs: list[bytes], began: datetime, *, seed: int = 1, outage_at_s: int = 150
) -> Iterator[tuple[Fraction, LiveEvent]]:
    """Yield events with the media time at which they happen: scenes of 2 to 12 s, pictures and figures each second.

    The camera is lost for 10 s before each multiple of ``outage_at_s``.
    """
    chance, delays = random.Random(seed), [0.5]
    scenes = [(place, text) for place, (text, length_s) in enumerate(SCENES) for _ in range(length_s)]
    number, start_s, shown = -1, Fraction(0), -1
    yield Fraction(0), StreamState(State.LIVE, "", began, media_s=Fraction(0))
    for second in itertools.count(1):
        now_s, now = Fraction(second), began + timedelta(seconds=second)
        lost_s = second % outage_at_s - (outage_at_s - 10)
        if lost_s == 0:
            yield now_s, StreamState(State.WAITING, "the camera closed the connection", now, 2, 10.0)
        if lost_s >= 0:
            shown = -1
            continue
        if second % outage_at_s == 0:
            yield now_s, StreamState(State.LIVE, "", now, media_s=now_s)
        if jpegs:
            yield now_s, Snapshot(jpegs[(second - 1) % len(jpegs)], 960, 540, now_s - Fraction(1, 2), now)
        scene, text = scenes[(second - 1) % len(scenes)]
        is_new, is_last = scene != shown, scenes[second % len(scenes)][0] != scene
        if is_new:
            number, start_s, shown = number + 1, now_s - 1, scene
            delays.append(round(chance.lognormvariate(-0.5, 0.3), 3))
        cue = Cue(start_s, now_s, (text,), 0.35 + 0.6 * ((number * 37) % 100) / 100)
        starts_at = began + timedelta(seconds=float(start_s))
        yield now_s, CueUpdate(number, cue, starts_at, is_last, delays[-1] if is_new else None)
        yield now_s, figures(now, now_s, number + 1, sorted(delays))


def figures(now: datetime, now_s: Fraction, cues: int, delays: list[float]) -> Tally:
    """Return a tally in which all grows as it would."""
    middle, most = delays[len(delays) // 2], delays[int(len(delays) * 0.95)]
    second = int(now_s)
    return Tally(now, now_s, second * 25, second // 7, cues, 0, cues, second // 150, float(second), middle, most, 25.0)


def play(
    events: Iterator[tuple[Fraction, LiveEvent]], sinks: list[LiveSink], *, speed: float, first_s: int = 0
) -> None:
    """Hand events to the sinks, those before ``first_s`` at once and the others in time, until interrupted."""
    began = time.monotonic()
    for at_s, event in events:
        wait_s = (float(at_s) - first_s) / speed - (time.monotonic() - began)
        if wait_s > 0:
            time.sleep(wait_s)
        for sink in sinks:
            sink.take(event)


def main() -> None:
    from vidcap.live.hls import HlsConfig, HlsSink
    from vidcap.web import WebConfig, WebSink

    parser = argparse.ArgumentParser()
    parser.add_argument("film", type=Path)
    parser.add_argument("--serve", default=":8000")
    parser.add_argument("--token")
    parser.add_argument("--hls")
    parser.add_argument("--speed", type=float, default=1.0)
    parser.add_argument("--past", type=int, default=120, help="seconds that have gone by at the start")
    options = parser.parse_args()
    web = WebSink(WebConfig(serve=options.serve, token=options.token, page_title=f"Demo: {options.film.name}"))
    sinks: list[LiveSink] = [web, *([HlsSink(HlsConfig(hls=options.hls))] if options.hls else [])]
    sys.stdout.write(f"{web.url}\n")
    sys.stdout.flush()
    began = datetime.now(UTC) - timedelta(seconds=options.past)
    with suppress(KeyboardInterrupt):
        play(narration(pictures(options.film), began), sinks, speed=options.speed, first_s=options.past)
    for sink in sinks:
        sink.close()


if __name__ == "__main__":
    main()
