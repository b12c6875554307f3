"""Which streams of a film go into an output, and as what."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction
from typing import Any

from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Disposition, Stream

from vidcap.errors import OutputError
from vidcap.mux.config import MuxConfig
from vidcap.mux.containers import Container
from vidcap.mux.texts import add_descriptions, add_text_stream, payload_of, three_letters
from vidcap.text import one_line
from vidcap.timeline import exact

TEXT_CODECS = frozenset({"subrip", "srt", "webvtt", "mov_text", "ass", "ssa", "text"})
"""Subtitles that can be turned into one another; others are pictures."""
_EMPTY_TEXT_BYTES = 2  # MP4 fills the time between texts with empty ones
_PICTURES = {"mjpeg": ("jpg", "image/jpeg"), "png": ("png", "image/png"), "webp": ("webp", "image/webp")}
_OF_MP4 = ("major_brand", "minor_version", "compatible_brands")


class Use(Enum):
    """What becomes of a stream."""

    COPIED = "copied"
    TURNED = "turned into the container's kind of text"
    ATTACHED = "attached"
    LEFT_OUT = "left out"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class Lane:
    """A stream on its way from the film to the output."""

    source: Stream
    target: Any
    """The output's stream; packets are muxed there."""
    offset: int
    """Ticks of the source's time base that every stamp is moved back by."""
    turn: Callable[[Packet[Any]], bytes] | None = None
    """Makes a packet's new content, where the container wants another kind of text."""


@dataclass(slots=True)
class Plan:
    """What an output is made of."""

    lanes: dict[Stream, Lane] = field(default_factory=dict)
    """By the stream that its packets come from."""
    track: Any = None
    """The stream of the description track."""
    left_out: list[str] = field(default_factory=list)
    """A few words about each stream that the container can't hold."""


def is_cover(stream: Stream) -> bool:
    """Whether a stream is a picture of the whole film, not a film."""
    return bool(stream.disposition & (Disposition.attached_pic | Disposition.timed_thumbnails))


def is_description(stream: Stream) -> bool:
    """Whether a stream is text that describes what is seen."""
    return stream.type == "subtitle" and bool(stream.disposition & Disposition.descriptions)


def shape_of(stream: Any) -> Fraction:
    """Return the width of a stream's pixels by their height; 1 where nothing says otherwise."""
    return exact(stream.sample_aspect_ratio) or Fraction(1)


def codec_name(stream: Stream) -> str:
    """Return FFmpeg's name of a stream's codec; "" where it knows none."""
    return "" if stream.codec_context is None else str(stream.codec_context.name)


def use_of(stream: Stream, container: Container, config: MuxConfig, *, has_chapters: bool) -> Use:
    """Decide what becomes of a stream."""
    kind = stream.type
    if kind == "attachment" or (kind == "video" and is_cover(stream)):
        if container.holds_attachments:
            return Use.ATTACHED
        return Use.COPIED if kind == "video" and container.holds_covers else Use.LEFT_OUT
    if is_description(stream) and config.replace and _speaks(stream, config.language):
        return Use.REPLACED
    if kind == "subtitle":
        return _use_of_text(codec_name(stream), container)
    if kind == "data":
        return _use_of_data(stream, container, has_chapters=has_chapters)
    return Use.COPIED if kind in ("video", "audio") else Use.LEFT_OUT


def _speaks(stream: Stream, language: str) -> bool:
    codes = {three_letters(language, codec) for codec in ("subrip", "mov_text")}
    return (stream.language or "und") in codes | {"und"}


def _use_of_text(codec: str, container: Container) -> Use:
    if container.muxer == "matroska" and codec != "mov_text":
        return Use.COPIED
    if codec == container.codec:
        return Use.COPIED
    return Use.TURNED if codec in TEXT_CODECS else Use.LEFT_OUT


def _use_of_data(stream: Stream, container: Container, *, has_chapters: bool) -> Use:
    if has_chapters and stream.name == "bin_data":
        return Use.REPLACED  # the chapters' names: written anew with the chapters
    return Use.COPIED if container.codec == "mov_text" and stream.name != "tmcd" else Use.LEFT_OUT


def plan_streams(
    film: InputContainer,
    output: OutputContainer,
    container: Container,
    config: MuxConfig,
    *,
    with_data: bool,
    picture: tuple[Stream, Stream] | None = None,
    with_track: bool = True,
) -> Plan:
    """Add a stream to the output for each that it takes of the film, and the description track.

    With ``picture`` the packets of the first stream are to come from the second one instead.

    Covers come last: so they do when the output is read again. OutputError for sound or pictures that it can't hold.
    """
    plan = Plan()
    has_chapters = bool(film.chapters())
    uses = {s.index: use_of(s, container, config, has_chapters=has_chapters) for s in film.streams}
    covers = [s for s in film.streams if is_cover(s)]
    for stream in (s for s in film.streams if not is_cover(s)):
        if picture is not None and stream == picture[0]:
            new = _copied(picture[1], output, container)
            plan.lanes[picture[1]] = Lane(picture[1], _marked(stream, new), _offset(film, picture[1]))
        elif with_data or stream.type != "data" or uses[stream.index] is Use.REPLACED:
            _add(plan, film, output, container, stream, uses[stream.index])
        else:
            plan.left_out.append(_named(stream))
    if with_track:
        plan.track = add_descriptions(output, container, config)
    for stream in covers:
        _add(plan, film, output, container, stream, uses[stream.index])
    return plan


def _add(
    plan: Plan, film: InputContainer, output: OutputContainer, container: Container, stream: Stream, use: Use
) -> None:
    if use is Use.COPIED:
        plan.lanes[stream] = Lane(stream, _copied(stream, output, container), _offset(film, stream))
    elif use is Use.TURNED:
        target = _marked(stream, add_text_stream(output, container.codec))
        plan.lanes[stream] = Lane(stream, target, _offset(film, stream), _turner(stream, container.codec))
    elif use is Use.LEFT_OUT:
        plan.left_out.append(_named(stream))


def _named(stream: Stream) -> str:
    kind = "cover" if is_cover(stream) else {"subtitle": "subtitles"}.get(stream.type, stream.type)
    codec = codec_name(stream) or one_line(stream.name or "")
    return f"{kind} (stream {stream.index}{', ' * bool(codec)}{codec})"


def _offset(film: InputContainer, stream: Stream) -> int:
    """Return by how many ticks the stream is moved so that the film starts at 0, where its start is known."""
    base = exact(stream.time_base)
    if film.start_time is None or base is None:
        return 0
    return round(film.start_time / (base * 1_000_000))


def _copied(stream: Stream, output: OutputContainer, container: Container) -> Stream:
    try:
        made: Any = output.add_stream_from_template(stream, opaque=True)
    except ValueError as error:
        codec = one_line(codec_name(stream)) or "an unknown codec"
        hint = "" if container.muxer == "matroska" else "; .mkv can"
        raise OutputError("", f"{container.name} can't hold {codec} {stream.type}{hint}") from error
    if stream.type == "video" and not is_cover(stream):
        if stream.average_rate is not None and stream.average_rate == stream.guessed_rate:
            made.codec_context.framerate = stream.average_rate
        made.codec_context.sample_aspect_ratio = shape_of(stream)
        if container.codec == "mov_text":
            _keep_tag(stream, made)
    return _marked(stream, made)


def _keep_tag(stream: Any, made: Any) -> None:
    """Keep what some players want a codec to be called; HEVC from elsewhere is called as Apple's want it."""
    comes_from_mp4 = stream.container.format.name.startswith("mov")
    if comes_from_mp4 and stream.codec_context.codec_tag.strip("\0"):
        made.codec_context.codec_tag = stream.codec_context.codec_tag
    elif codec_name(stream) == "hevc":
        made.codec_context.codec_tag = "hvc1"


def _marked(stream: Stream, made: Any) -> Stream:
    made.metadata.update({key: value for key, value in stream.metadata.items() if key.upper() != "DURATION"})
    made.disposition = stream.disposition
    marked: Stream = made
    return marked


def _turner(stream: Any, codec: str) -> Callable[[Packet[Any]], bytes]:
    """Return what turns packets of some text into packets of another; b"" for those without text."""

    def turn(packet: Packet[Any]) -> bytes:
        lines = [one_line(line) for rect in stream.decode(packet) for line in shown_lines(rect)]
        kept = [line for line in lines if line]
        return payload_of(kept, codec) if kept else b""

    return turn


def shown_lines(rect: Any) -> Iterator[str]:
    """Yield the lines that a decoded subtitle shows; none for a picture."""
    dialogue = getattr(rect, "dialogue", None)
    if dialogue:
        yield from dialogue.decode("utf-8", "replace").replace("\\N", "\n").replace("\\n", "\n").split("\n")


def is_filler(packet: Packet[Any], codec: str) -> bool:
    """Whether a packet of MP4's text only says that nothing is shown."""
    return codec == "mov_text" and packet.size <= _EMPTY_TEXT_BYTES


def attach(film: InputContainer, output: OutputContainer, covers: dict[int, bytes]) -> None:
    """Add the film's attachments and covers to an output that holds attachments."""
    for stream in film.streams.attachments:
        name = stream.metadata.get("filename", f"attachment {stream.index}")
        output.add_attachment(name, stream.mimetype or "application/octet-stream", bytes(stream.data))
    for index, content in covers.items():
        stream_of_cover = film.streams[index]
        suffix, kind = _PICTURES.get(codec_name(stream_of_cover), ("bin", "application/octet-stream"))
        name = stream_of_cover.metadata.get("filename", f"cover.{suffix}")
        output.add_attachment(name, stream_of_cover.metadata.get("mimetype", kind), content)


def copy_facts(film: InputContainer, output: OutputContainer) -> None:
    """Give the output the metadata and the chapters of the film."""
    output.metadata.update({key: value for key, value in film.metadata.items() if key not in _OF_MP4})
    chapters = film.chapters()
    for chapter in chapters:
        base = exact(chapter["time_base"])
        if film.start_time and base is not None:
            moved = round(film.start_time / (base * 1_000_000))
            chapter["start"], chapter["end"] = max(0, chapter["start"] - moved), max(0, chapter["end"] - moved)
    if chapters:
        output.set_chapters(chapters)
