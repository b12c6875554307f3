"""Cases of damage, of names, and of inputs made to attack."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from tests.cases.case import Case, refused, three
from tests.cases.workshop import Workshop, damaged, gif_bomb, png_bomb

PLAYLIST = "is a playlist that points to other files, which is closed for local files"
ESCAPES = "\x1b]0;OWNED\x07\x1b[2J\x1b]52;c;ZWNobyBoaQ==\x07\u009b31m"


def _bytes(content: bytes) -> Any:
    return lambda _shop, path: path.write_bytes(content)


def _part_of(part: str, share: float) -> Any:
    def make(shop: Workshop, path: Path) -> None:
        content = shop.part(part).read_bytes()
        path.write_bytes(content[: int(len(content) * share)])

    return make


def _hit(part: str) -> Any:
    return lambda shop, path: path.write_bytes(damaged(shop.part(part).read_bytes()))


def _zeroed(shop: Workshop, path: Path) -> None:
    content = bytearray(shop.part("keys.ts").read_bytes())
    middle = len(content) // 2
    content[middle : middle + 4000] = bytes(4000)
    path.write_bytes(content)


def _without_index(shop: Workshop, path: Path) -> None:
    content = shop.part("plain.mp4").read_bytes()
    path.write_bytes(content[: content.find(b"moov") - 4])


def _sound(cover: bool) -> Any:
    def make(shop: Workshop, path: Path) -> None:
        picture = (
            "-i",
            shop.part("cover.jpg"),
            "-map",
            "0:a",
            "-map",
            "1:v",
            "-c:v",
            "copy",
            "-disposition:v",
            "attached_pic",
        )
        shop.ffmpeg("-f", "lavfi", "-i", "sine=d=5", *(picture if cover else ()), "-b:a", "32k", path)

    return make


def _cover_first(shop: Workshop, path: Path) -> None:
    shop.ffmpeg(
        "-i",
        shop.part("cover.jpg"),
        "-i",
        shop.part("plain.mp4"),
        "-map",
        "0:v",
        "-map",
        "1:v",
        "-c",
        "copy",
        "-disposition:v:0",
        "attached_pic",
        "-disposition:v:1",
        "default",
        path,
    )


def _unknown_codec(shop: Workshop, path: Path) -> None:
    shop.copied(path)
    path.write_bytes(path.read_bytes().replace(b"V_MPEG4/ISO/AVC", b"V_XYZZY/ISO/AVC"))


def _without_frames(_shop: Workshop, path: Path) -> None:
    import av

    with av.open(str(path), "w", options={"movflags": "empty_moov"}) as container:
        stream: Any = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        container.start_encoding()


def _named(name: str | bytes, what: str, **more: Any) -> Case:
    return three("names", name, what, lambda shop, path: shop.put(path), "read as any other", **more)


def _beside_red_ones(shop: Workshop, path: Path) -> None:
    for count in (1, 2, 3):
        beside = path.with_name(f"frame{count:03d}.png")
        shop.ffmpeg("-f", "lavfi", "-i", "color=red:s=160x120", "-frames:v", "1", "-update", "1", beside)
    shop.put(path, "still.png")


def _latin(shop: Workshop, path: Path) -> None:
    shop.ffmpeg("-i", shop.part("plain.mp4"), "-c:v", "mpeg4", "-q:v", "20", "-metadata", "title=TITLEXX", path)
    path.write_bytes(path.read_bytes().replace(b"TITLEXX", b"caf\xe9\xff\xfe\x80"))


def _many_streams(shop: Workshop, path: Path) -> None:
    shop.ffmpeg("-i", shop.part("one.ts"), *(["-map", "0:v"] * 300), "-c", "copy", path)


def _grows(shop: Workshop, path: Path) -> None:
    shop.joined(path, "one.ts", "huge+2.ts")


DAMAGE = [
    refused("damage", "no-index.mp4", "a recording that was not finished", _without_index, "the file is incomplete"),
    three(
        "damage",
        "cut.mp4",
        "the last 40 % are missing",
        _part_of("front.mp4", 0.6),
        "what is there, with a warning",
        says="may be incomplete",
        cues=(2, 3),
        cuts_s=None,
        end_s=None,
    ),
    three(
        "damage",
        "cut.mkv",
        "the last 40 % are missing",
        _part_of("keys.mkv", 0.6),
        "what is there, with a warning",
        says="may be incomplete",
        cues=(2, 3),
        cuts_s=None,
        end_s=None,
    ),
    three(
        "damage",
        "cut.ts",
        "the last 40 % are missing",
        _part_of("keys.ts", 0.6),
        "what is there",
        cues=(2, 3),
        cuts_s=None,
        end_s=None,
    ),
    *(
        three(
            "damage",
            f"hit.{suffix}",
            "bytes changed in the middle",
            _hit(f"keys.{suffix}"),
            "goes on after the damage, with a warning where it is seen",
            says="" if suffix == "mp4" else "warning",  # there it hits frames that need not be decoded
        )
        for suffix in ("mp4", "mkv", "ts")
    ),
    three("damage", "zeros-inside.ts", "4000 zeros in the middle", _zeroed, "goes on after them", says="warning"),
    refused("damage", "zeros.mp4", "nothing but zeros", _bytes(bytes(100_000)), "holds nothing but zeros"),
    refused("damage", "random.mp4", "random bytes", _bytes(random.Random(5).randbytes(20_000)), "is not a video"),
    refused(
        "damage",
        "page.mp4",
        "a web page",
        _bytes(b"<!doctype html><html><title>404</title></html>\n"),
        "is a web page, not a video",
    ),
    refused("damage", "words.mp4", "text", _bytes(b"just words\n" * 500), "is a text file, not a video"),
    refused(
        "damage", "track.srt", "a subtitle track", _bytes(b"1\n00:00:00,000 --> 00:00:01,000\nx\n\n"), "holds no video"
    ),
    refused("damage", "empty.mp4", "an empty file", _bytes(b""), "the file is empty"),
    refused("damage", "folder.mp4", "a folder", lambda _shop, path: path.mkdir(), "is a folder, not a video"),
    refused("damage", "missing.mp4", "no such file", lambda _shop, path: None, "no such file"),
    refused("damage", "sound.mp3", "sound", _sound(False), "holds no video, only sound"),
    refused("damage", "sound.m4a", "sound with a cover", _sound(True), "only sound with a cover picture"),
    three("damage", "cover-first.mp4", "a cover before the film", _cover_first, "the film is described"),
    refused("damage", "codec.mkv", "a codec that nobody knows", _unknown_codec, "its video has an unsupported codec"),
    refused(
        "damage", "no-frames.mp4", "a header without frames", _without_frames, "holds no frame that can be decoded"
    ),
    three(
        "damage", "mkv.avi", "Matroska named .avi", lambda shop, path: shop.put(path, "keys.mkv"), "known by content"
    ),
    three("damage", "mp4.jpg", "MP4 named .jpg", lambda shop, path: shop.put(path), "known by content"),
    three("damage", "mp4.txt", "MP4 named .txt", lambda shop, path: shop.put(path), "known by content"),
    Case(
        kind="damage",
        name="png.mp4",
        what="PNG named .mp4",
        right="known by content",
        build=lambda shop, path: shop.put(path, "still.png"),
        cues=(1, 1),
        cuts_s=(),
        end_s=5,
    ),
]

NAMES = [
    _named("🎬 café 日本.mp4", "emoji, accents, Japanese"),
    _named(b"caf\xe9\xff.mp4", "bytes that are not UTF-8"),
    _named("-o.mp4", "a leading dash, after --", word="-o.mp4"),
    _named("-", "a single dash, as ./-", word="./-"),
    _named("12:30 rec.mp4", "a colon"),
    _named("two\nlines.mp4", "a line feed"),
    _named("\x1b]0;OWNED\x07.mp4", "an escape sequence"),
    _named("v" * 251 + ".mp4", "255 bytes long"),
    _named("concat:a|b.mp4", "looks like a protocol", word="concat:a|b.mp4"),
    _named("pipe:0", "looks like a protocol, no suffix", word="pipe:0"),
    _named('it\'s "50%" & $(x) \\ *.mp4', "quotes, shell characters, a backslash"),
    _named("shots", "named like a command, as ./shots", word="./shots"),
    _named("film.srt", "a film that is named like a track"),
    Case(
        kind="names",
        name="frame%03d.png",
        what="looks like a pattern; its numbered siblings are there",
        right="the file of that name is read",
        build=_beside_red_ones,
        cues=(1, 1),
        cuts_s=(),
        end_s=5,
    ),
    three("names", "latin-title.avi", "a title that is not UTF-8", _latin),
]

HOSTILE = [
    refused(
        "hostile",
        "local.m3u8",
        "a playlist of local files",
        lambda _shop, path: path.write_text(
            f"#EXTM3U\n#EXTINF:10,\nconcat:file://{path.parent}/canary|{path.parent}/canary\n"
            f"#EXTINF:10,\nfile://{path.parent}/canary\n#EXT-X-ENDLIST\n"
        ),
        PLAYLIST,
    ),
    refused(
        "hostile",
        "playlist.mp4",
        "a playlist named .mp4",
        lambda _shop, path: path.write_text(f"#EXTM3U\n#EXTINF:10,\n{path.parent}/canary\n#EXT-X-ENDLIST\n"),
        PLAYLIST,
    ),
    refused(
        "hostile",
        "script.ffconcat",
        "a concat script",
        lambda _shop, path: path.write_text("ffconcat version 1.0\nfile 'canary'\nfile '/etc/hostname'\n"),
        PLAYLIST,
    ),
    refused(
        "hostile",
        "session.sdp",
        "a session description",
        _bytes(
            b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\n"
            b"c=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n"
        ),
        PLAYLIST,
    ),
    refused(
        "hostile",
        "manifest.mpd",
        "a DASH manifest",
        _bytes(
            b'<?xml version="1.0"?><MPD><Period><AdaptationSet><BaseURL>canary</BaseURL></AdaptationSet></Period></MPD>'
        ),
        PLAYLIST,
    ),
    refused(
        "hostile",
        "subfile",
        "a protocol as a name",
        lambda _shop, path: None,
        "no such file",
        word="subfile,,start,0,end,0,,:/etc/passwd",
    ),
    refused(
        "hostile", "data", "a data address", lambda _shop, path: None, "no such file", word="data:video/mp4;base64,AAAA"
    ),
    refused(
        "hostile", "crypto", "another closed protocol", lambda _shop, path: None, "is closed", word="ftp://127.0.0.1/x"
    ),
    three(
        "hostile",
        "escapes.mkv",
        "titles with escape sequences and forged lines",
        lambda shop, path: shop.copied(
            path,
            "-metadata",
            f"title={ESCAPES}",
            "-metadata",
            "comment=a\r\nERROR forged",
            "-metadata:s:v",
            "title=\x1b[8mhidden",
        ),
        "no such byte is shown",
    ),
    refused(
        "hostile", "bomb.png", "16000 x 16000 pixels in 31 KB", _bytes(png_bomb(16_000)), "its pictures are too large"
    ),
    refused("hostile", "bomb.gif", "65535 x 65535 pixels in 35 bytes", _bytes(gif_bomb()), ""),
    refused("hostile", "streams.mkv", "300 streams", _many_streams, "holds more than 256 streams"),
    Case(
        kind="hostile",
        name="allowed.mkv",
        what="300 streams, allowed by --max-streams 400",
        right="described",
        build=_many_streams,
        cues=(1, 1),
        cuts_s=None,
        options=("--max-streams", "400"),
    ),
    Case(
        kind="hostile",
        name="grows.ts",
        what="grows above --max-pixels inside, with --scan full",
        right="what fits, with a warning",
        build=_grows,
        cues=(1, 1),
        says="too large",
        options=("--max-pixels", "1000000", "--scan", "full"),
    ),
    refused(
        "hostile",
        "dot.mp4",
        "pictures above --max-pixels",
        lambda shop, path: shop.put(path),
        "too large",
        options=("--max-pixels", "1000"),
    ),
    Case(
        kind="hostile",
        name="endless.mkv",
        what="100 hours where --max-media 10 is asked for",
        right="stops there",
        build=lambda shop, path: shop.ffmpeg("-stream_loop", "9", "-i", shop.part("plain.mp4"), "-c", "copy", path),
        cues=(2, 9),
        end_s=10,
        says="longer than the limit",
        options=("--max-media", "10"),
    ),
]

CASES = [*DAMAGE, *NAMES, *HOSTILE]
