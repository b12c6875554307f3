"""Cues as packets of a text stream, as each container holds them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from av.container import OutputContainer
from av.packet import Packet
from av.stream import Disposition
from av.subtitles.stream import SubtitleStream

from vidcap.formats.srt import neutral
from vidcap.formats.vtt import escaped
from vidcap.mux.config import MuxConfig
from vidcap.mux.containers import Container
from vidcap.text import one_line
from vidcap.timeline import to_ms
from vidcap.types import Cue

MS = Fraction(1, 1000)
_LONGEST_BYTES = 65_535  # the length of a text in MP4 has two bytes
_STYLE = b"""[Script Info]
ScriptType: v4.00+
PlayResX: 384
PlayResY: 288

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, \
StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding
Style: Default,Arial,16,&Hffffff,&Hffffff,&H0,&H0,0,0,0,0,100,100,0,0,1,1,0,2,10,10,10,1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""
"""What FFmpeg's encoder makes the description of MP4's text from."""


@dataclass(frozen=True, slots=True)
class Text:
    """A cue as a container holds it; times count from the start of the film."""

    start_ms: int
    end_ms: int
    payload: bytes


def texts(cues: Iterable[Cue], codec: str) -> Iterator[Text]:
    """Yield what is written of the cues; those without text or duration are left out."""
    for cue in cues:
        start_ms, end_ms = max(0, to_ms(cue.start_s)), to_ms(cue.end_s)
        lines = [line for line in map(one_line, cue.lines) if line]
        if lines and start_ms < end_ms:
            yield Text(start_ms, end_ms, payload_of(lines, codec))


def payload_of(lines: Sequence[str], codec: str) -> bytes:
    """Return clean lines as the content of a packet.

    >>> payload_of(["a < b"], "webvtt"), payload_of(["ab"], "mov_text")
    (b'a &lt; b', b'\\x00\\x02ab')
    """
    if codec == "webvtt":
        return "\n".join(map(escaped, lines)).encode()
    if codec == "mov_text":
        text = "\n".join(lines).encode()[:_LONGEST_BYTES].decode(errors="ignore").encode()
        return len(text).to_bytes(2, "big") + text
    return "\n".join(map(neutral, lines)).encode()


def add_text_stream(output: OutputContainer, codec: str) -> SubtitleStream:
    """Add a stream for texts to an output."""
    stream: Any
    if codec == "mov_text":
        stream = output.add_stream("mov_text")
        stream.codec_context.subtitle_header = _STYLE
        stream.codec_context.time_base = MS
    else:
        stream = output.add_mux_stream(codec)
    stream.time_base = MS
    made: SubtitleStream = stream
    return made


def add_descriptions(output: OutputContainer, container: Container, config: MuxConfig) -> SubtitleStream:
    """Add the stream of the track, with its language, its name, and the mark that it describes what is seen."""
    stream = add_text_stream(output, container.codec)
    stream.metadata["language"] = three_letters(config.language, container.codec)
    stream.metadata["title"] = one_line(config.title)
    if container.codec == "mov_text":
        stream.metadata["handler_name"] = one_line(config.title)
    marks = Disposition.descriptions | (Disposition.default if config.default else Disposition(0))
    stream.disposition = marks
    return stream


def packet_of(text: Text, stream: SubtitleStream) -> Packet[Any]:
    """Return one text as a packet of a stream."""
    packet: Packet[Any] = Packet(text.payload)
    packet.pts = packet.dts = text.start_ms
    packet.duration = text.end_ms - text.start_ms
    packet.time_base = MS
    packet.stream = stream
    packet.is_keyframe = True
    return packet


def three_letters(language: str, codec: str) -> str:
    """Return the ISO 639-2 code that a container wants for a BCP 47 tag; ``und`` for what has none.

    Matroska and WebM want the bibliographic code where there are two, MP4 the other.

    >>> three_letters("en-GB", "subrip"), three_letters("de", "subrip"), three_letters("de", "mov_text")
    ('eng', 'ger', 'deu')
    """
    import langcodes

    try:
        return str(langcodes.get(language).to_alpha3(variant="T" if codec == "mov_text" else "B"))
    except (LookupError, ValueError):
        return "und"
