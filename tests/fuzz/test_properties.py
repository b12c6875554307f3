"""Whatever strangers put into manifests, model files, words and times: a result, or an error that says so."""

from __future__ import annotations

import json
import struct
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vidcap.errors import CheckpointError, ManifestError
from vidcap.manifests import read_manifest
from vidcap.model.vocabulary import SPECIALS, Vocabulary, tokenize
from vidcap.text import one_line
from vidcap.timeline import parse_time

quick = settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
anything = st.text(st.characters(exclude_categories=[]), max_size=20)
keys = st.sampled_from(["image", "video", "captions", "split", "start_s", "end_s", "style", "phrases", "images", ""])
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), anything, st.just("a.jpg"), st.just("1e999999")),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=3)),
    max_leaves=8,
)
records = st.dictionaries(keys, values, max_size=5)


@quick
@given(st.lists(records, max_size=3), st.sampled_from(["m.jsonl", "m.json"]))
def test_a_manifest_of_anything_is_read_or_refused(tmp_path: Path, rows: list[Any], name: str) -> None:
    path = tmp_path / name
    path.write_text("\n".join(map(json.dumps, rows)))
    check_manifest(path)


@quick
@given(st.binary(max_size=200), st.sampled_from(["m.jsonl", "m.json", "m.jsonl.gz"]))
def test_a_manifest_of_any_bytes_is_read_or_refused(tmp_path: Path, content: bytes, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    check_manifest(path)


def check_manifest(path: Path) -> None:
    said, items = one_line(str(path)), []
    try:
        items = read_manifest(path, need_text=False, check_files=False)
    except ManifestError as error:
        said = str(error)
    assert "\n" not in said
    assert said.startswith(one_line(str(path)))
    assert all(item.path.is_absolute() for item in items)


@quick
@given(st.lists(anything, max_size=8))
def test_words_come_back_from_their_numbers(sentences: list[str]) -> None:
    words = [word for text in sentences for word in tokenize(text)]
    vocabulary = Vocabulary((*SPECIALS, *dict.fromkeys(words)))
    assert vocabulary.decode(vocabulary.encode(words)) == " ".join(words)
    assert vocabulary.decode(vocabulary.encode(["never\nheld"])) == ""


@quick
@given(st.one_of(anything, st.from_regex(r"-?[0-9]{0,4}[:./e]?[0-9]{0,12}([:./e][0-9]{0,12})?", fullmatch=True)))
def test_a_time_is_a_number_not_below_zero_or_refused_at_once(text: str) -> None:
    started_s = time.monotonic()
    try:
        seconds = parse_time(text)
    except ValueError:
        seconds = Fraction(0)
    assert seconds >= 0
    assert time.monotonic() - started_s < 5


HEADERS: list[Any] = [
    {},
    [],
    {"__metadata__": {"format": "vidcap-1"}},
    {"__metadata__": {"format": "vidcap-1", "config": '{"width": 1000000000000}'}},
    {"__metadata__": {"format": "vidcap-1", "config": '{"width": -1}', "vocabulary": "[]"}},
    {"__metadata__": {"format": "vidcap-1", "config": '{"encoder": "os.system"}', "vocabulary": "{}"}},
    {"__metadata__": {"format": "vidcap-1", "config": '{"width": "NaN"}', "vocabulary": "http://127.0.0.1/"}},
    {"a": {"dtype": "F32", "shape": [1 << 40, 1 << 20], "data_offsets": [0, 4]}},
    {"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 1 << 60]}},
]


@pytest.mark.slow
def test_a_model_file_of_anything_is_refused_in_one_line(tmp_path: Path) -> None:
    from vidcap.model import load_describer

    def refuse(content: bytes) -> None:
        path = tmp_path / "m.safetensors"
        path.write_bytes(content)
        with pytest.raises(CheckpointError) as caught:
            load_describer(str(path), "cpu")
        assert "\n" not in str(caught.value)

    for header in HEADERS:
        text = json.dumps(header).encode()
        refuse(struct.pack("<Q", len(text)) + text + bytes(4))
    for content in (b"", b"\0" * 8, struct.pack("<Q", 1 << 60), b"\x80\x04K\x01.", b"PK\x03\x04" + bytes(100)):
        refuse(content)
