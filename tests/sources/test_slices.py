"""What kind of picture a packet holds, undecoded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import pytest
from av.packet import Packet
from av.video.frame import PictureType

from vidcap.sources.slices import is_intra
from vidcap.testing import scene


def kinds(path: Path) -> list[tuple[bool, bool, str]]:
    """Return of each packet whether it is a key frame, whether it is said to be intra, and what it is when decoded."""
    said, decoded = {}, {}
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        for packet in container.demux(stream):
            if packet.pts is not None:
                said[packet.pts] = (packet.is_keyframe, is_intra(packet))
            for frame in packet.decode():
                decoded[frame.pts] = PictureType(frame.pict_type).name
    return [(*said[pts], decoded[pts]) for pts in sorted(decoded)]


@pytest.mark.parametrize("name", ["s.mp4", "s.mkv", "s.ts"])
@pytest.mark.parametrize("options", [{"bf": "3"}, {"bf": "0"}, {"bf": "2", "slices": "4"}])
def test_intra_pictures_are_told_from_others(films: Any, name: str, options: dict[str, str]) -> None:
    """Cuts too near to a key frame to get one of their own are coded as intra pictures."""
    pictures = (
        picture.repeat(3, axis=0).repeat(3, axis=1)
        for seed, length in ((1, 40), (2, 60), (3, 50))
        for picture in scene(seed, length, noise=0)
    )
    found = kinds(films.write(name, pictures, options={"crf": "23", "keyint_min": "120", **options}))
    assert all(intra == (kind == "I") for _, intra, kind in found)
    assert any(intra and not is_key for is_key, intra, _ in found)
    assert {kind for _, _, kind in found} >= {"I", "P"}


@pytest.mark.parametrize("content", [b"", b"\0", b"\0\0\1", b"\0\0\0\1\x65", b"\xff" * 40, b"\0\0\0\0\0\0\0\0\0"])
def test_what_is_no_slice_is_not_intra(content: bytes) -> None:
    packet: Packet[Any] = Packet(content)
    assert not is_intra(packet)
