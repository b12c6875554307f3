"""What the package says it has is what it has."""

from __future__ import annotations

import subprocess
import sys
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


@pytest.mark.parametrize("room", ["shots", "evaluate"])
@pytest.mark.parametrize("first", ["import vidcap.{room}", "import vidcap; vidcap.{room}", "import vidcap.captioner"])
def test_functions_named_like_rooms_stay_functions(room: str, first: str) -> None:
    code = f"{first}\nimport vidcap, vidcap.{room}\nassert callable(vidcap.{room})\nfrom vidcap.{room} import __name__"
    subprocess.run([sys.executable, "-c", code.format(room=room)], check=True)
