"""Copies a film's packets into a new container, with the cues of a track among them."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import chain
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import av
import av.error
from av.container import InputContainer, OutputContainer
from av.packet import Packet

from vidcap.errors import OutputError, SourceCorrupt
from vidcap.mux.config import MuxConfig
from vidcap.mux.containers import Container
from vidcap.mux.streams import Lane, Plan, attach, codec_name, copy_facts, is_cover, is_filler, plan_streams, shape_of
from vidcap.mux.texts import Text, packet_of
from vidcap.sources import SourceConfig
from vidcap.sources.opening import Opened, open_container
from vidcap.sources.protocols import target_of

_EARLY_S = 1  # a text is written when the film's packets come so near to it
_HEAD_PACKETS = 200  # covers come before the film's own packets; they are not looked for beyond so many


@dataclass(slots=True)
class Written:
    """What went into an output, to be compared with what can be read from it. Streams by the output's index."""

    track: int | None
    """The description track, if there is one."""
    codecs: dict[int, str]
    left_out: list[str]
    """What the container can't hold, in a few words each."""
    covers: int
    """How many; their streams have no fixed place."""
    shapes: dict[int, Fraction] = field(default_factory=dict)
    """Width of a pixel by its height, of the pictures."""
    packets: Counter[int] = field(default_factory=Counter)
    first_s: dict[int, Fraction] = field(default_factory=dict)
    """When each stream's first packet is shown, counted from the start of the film."""


def write_film(
    opened: Opened,
    texts: Sequence[Text],
    path: Path,
    container: Container,
    config: MuxConfig,
    burnt: Opened | None = None,
) -> Written:
    """Write the film with a track of texts to ``path``, packet by packet.

    With ``burnt``, a film of the picture alone, that takes the place of the picture and no track is written.
    OutputError where the container can't hold its pictures or sound, SourceCorrupt where it can't be read to its end.
    Data streams are left out where the container refuses them.
    """
    film = opened.container
    packets = film.demux()
    covers, head = _covers(film, packets, wanted=container.holds_attachments)
    output, plan = _begun(opened, path, container, config, covers, burnt)
    track = None if plan.track is None else plan.track.index
    lanes = [lane for lane in plan.lanes.values() if not is_cover(lane.source)]
    written = Written(
        track=track,
        codecs={lane.target.index: _codec(lane, container) for lane in lanes}
        | ({} if track is None else {track: container.codec}),
        left_out=plan.left_out,
        covers=len(covers) + len(plan.lanes) - len(lanes),
        shapes={lane.target.index: shape_of(lane.source) for lane in lanes if lane.source.type == "video"},
    )
    with _reported(opened.target.name), output:
        every = chain(head, packets)
        if burnt is not None:
            every = chain(replaced(every, opened.stream, burnt))
        _Copy(opened, output, plan, written).run(every, texts)
    return written


def try_film(movie: str, container: Container, config: MuxConfig, source: SourceConfig) -> None:
    """Raise what :func:`write_film` is bound to raise before it copies anything."""
    opened = open_container(target_of(movie, source), source)
    try:
        with NamedTemporaryFile(suffix=f".{container.muxer}") as file:
            output, _ = _begun(opened, Path(file.name), container, config, {})
            with _reported(movie):
                output.close()
    finally:
        opened.close()


def _codec(lane: Lane, container: Container) -> str:
    return codec_name(lane.source) if lane.turn is None else container.codec


def _reason(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()


def _covers(
    film: InputContainer, packets: Iterator[Packet[Any]], *, wanted: bool
) -> tuple[dict[int, bytes], list[Packet[Any]]]:
    """Return the covers' pictures, where they are to be attached, and the packets that were read meanwhile."""
    missing = {stream.index for stream in film.streams.video if is_cover(stream)} if wanted else set()
    covers: dict[int, bytes] = {}
    head: list[Packet[Any]] = []
    while missing and len(head) < _HEAD_PACKETS:
        packet = next(packets, None)
        if packet is None:
            break
        if packet.stream.index in missing and packet.size:
            covers[packet.stream.index] = bytes(packet)
            missing.discard(packet.stream.index)
        else:
            head.append(packet)
    return covers, head


def _begun(
    opened: Opened,
    path: Path,
    container: Container,
    config: MuxConfig,
    covers: dict[int, bytes],
    burnt: Opened | None = None,
) -> tuple[OutputContainer, Plan]:
    """Return the output with its streams and its header written, without the film's data where they are refused."""
    film, name = opened.container, opened.target.name
    has_data = bool(film.streams.data)
    for with_data in (True, False) if has_data else (False,):
        output = av.open(f"file:{path}", "w", format=container.muxer, options=dict(container.options))
        try:
            picture = None if burnt is None else (opened.stream, burnt.stream)
            plan = plan_streams(
                film, output, container, config, with_data=with_data, picture=picture, with_track=burnt is None
            )
            if container.holds_attachments:
                attach(film, output, covers)
            copy_facts(film, output)
            output.start_encoding()
        except OutputError as error:
            raise OutputError(name, error.reason) from error
        except (av.error.FFmpegError, ValueError) as error:
            if not with_data:
                raise OutputError(name, f"can't be put into {container.name}: {_reason(error)}") from error
        else:
            return output, plan
    raise AssertionError("the last try returns or raises")


def replaced(packets: Iterable[Packet[Any]], picture: Any, burnt: Opened) -> Iterator[Packet[Any]]:
    """Yield the packets of a film with those of ``picture`` replaced by those of ``burnt``, moved to the same start.

    OutputError where a tenth of the pictures is missing.
    """
    new = (packet for packet in burnt.container.demux(burnt.stream) if packet.size)
    held: Any = next(new, None)
    moved: int | None = None
    count, new_count = 0, 0
    for packet in packets:
        if packet.stream == picture and packet.size:
            count += 1
            if moved is None and packet.pts is not None and held is not None:
                moved = round((packet.pts * packet.time_base - held.pts * held.time_base) / held.time_base)
        now_s = _decoded_s(packet)
        while held is not None and moved is not None and now_s is not None:
            if (_decoded_s(held) or 0) + moved * held.time_base > now_s:
                break
            new_count += 1
            yield _moved(held, moved)
            held = next(new, None)
        if packet.stream != picture:
            yield packet
    for packet in chain([held] if held is not None else [], new):
        new_count += 1
        yield _moved(packet, moved or 0)
    if new_count < 9 * count // 10:
        raise OutputError(burnt.target.name, f"only {new_count} of {count} pictures could be drawn")


def _decoded_s(packet: Any) -> Fraction | None:
    stamp = packet.pts if packet.dts is None else packet.dts
    return None if stamp is None else Fraction(stamp * packet.time_base)


def _moved(packet: Any, ticks: int) -> Any:
    packet.pts = None if packet.pts is None else packet.pts + ticks
    packet.dts = None if packet.dts is None else packet.dts + ticks
    return packet


class _Copy:
    """One film on its way into an output whose header is written."""

    def __init__(self, opened: Opened, output: OutputContainer, plan: Plan, written: Written) -> None:
        self._opened = opened
        self._output = output
        self._plan = plan
        self._written = written

    def run(self, packets: Iterable[Packet[Any]], texts: Sequence[Text]) -> None:
        """Mux all packets of the film, and each text when its time comes."""
        waiting = deque(texts)
        track = self._plan.track
        for packet in map(self._ready, self._whole(packets)):
            if packet is None:
                continue
            now_s = (packet.pts if packet.dts is None else packet.dts) * packet.time_base
            while waiting and waiting[0].start_ms <= (now_s + _EARLY_S) * 1000:
                self._mux(packet_of(waiting.popleft(), track))
            self._mux(packet)
        for text in waiting:
            self._mux(packet_of(text, track))

    def _whole(self, packets: Iterable[Packet[Any]]) -> Iterator[Packet[Any]]:
        """Yield the packets that hold something; SourceCorrupt where reading breaks off."""
        try:
            for packet in packets:
                self._opened.raise_failure()
                if packet.size:
                    yield packet
            self._opened.raise_failure()
        except av.error.FFmpegError as error:
            raise SourceCorrupt(self._opened.target.name, f"can't be read to its end: {_reason(error)}") from error

    def _ready(self, packet: Any) -> Any:
        """Return a packet of the film as the output takes it, counted from the film's start; None for one left out."""
        lane = self._plan.lanes.get(packet.stream)
        if lane is None:
            return None
        if is_cover(lane.source):
            packet.pts = packet.dts = lane.offset  # it has no time of its own
        elif packet.pts is None and packet.dts is None:
            raise SourceCorrupt(self._opened.target.name, "has packets without time stamps: they can't be copied")
        if lane.turn is not None:
            packet = _turned(packet, lane.turn(packet))
            if packet is None:
                return None
        packet.pts = (packet.dts if packet.pts is None else packet.pts) - lane.offset
        if packet.dts is not None:  # the muxer knows better how late the decoder is
            packet.dts -= lane.offset
        packet.stream = lane.target
        return packet

    def _mux(self, packet: Any) -> None:
        index = packet.stream.index
        codec = self._written.codecs.get(index)
        if codec is not None and not is_filler(packet, codec):
            self._written.packets[index] += 1
            self._written.first_s.setdefault(index, packet.pts * packet.time_base)
        self._output.mux_one(packet)


def _turned(packet: Any, content: bytes) -> Any:
    """Return a packet with other content and the same times; None without content."""
    if not content:
        return None
    turned: Any = Packet(content)
    turned.pts, turned.dts, turned.duration = packet.pts, packet.dts, packet.duration
    turned.time_base, turned.is_keyframe = packet.time_base, True
    return turned


@contextmanager
def _reported(name: str) -> Iterator[None]:
    """Turn errors of writing into OutputErrors about the film."""
    try:
        yield
    except (av.error.FFmpegError, ValueError) as error:
        raise OutputError(name, f"can't be copied: {_reason(error)}") from error
