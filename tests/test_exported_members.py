"""What the package says it has is what it has."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

import vidcap


def test_all_is_sorted_and_complete() -> None:
    public = {name for home in vidcap._HOMES.values() for name in home}
    assert vidcap.__all__ == sorted(public)
    assert set(vidcap.__all__) <= set(dir(vidcap))


@pytest.mark.parametrize("name", vidcap.__all__)
def test_each_name_is_there_documented_and_no_module(name: str) -> None:
    member = getattr(vidcap, name)
    assert member.__doc__
    assert not isinstance(member, ModuleType)


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        vidcap.nonsense  # noqa: B018


def test_no_name_is_that_of_a_room_which_an_import_would_bind_over_it() -> None:
    rooms = {path.stem for path in Path(vidcap.__file__).parent.iterdir()}
    assert not rooms & set(vidcap.__all__)
