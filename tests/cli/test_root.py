"""``vidcap`` without, with one and with a wrong command."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import click
import pytest

import vidcap as package
from vidcap.cli.root import COMMANDS
from vidcap.testing import EchoDescriber
from vidcap.types import Caption, Clip

Vidcap = Callable[..., Any]


def test_help_tells_of_captioning_and_of_the_other_commands(vidcap: Vidcap) -> None:
    result = vidcap("--help")
    assert result.code == 0
    assert "Usage: vidcap [OPTIONS] INPUT..." in result.out
    assert "--max-line-width" in result.out
    for name in COMMANDS:
        assert name == "caption" or f"\n  {name} " in result.out


def test_no_argument_is_a_call_for_help(vidcap: Vidcap) -> None:
    assert vidcap().out == vidcap("--help").out


@pytest.mark.parametrize(
    "error",
    [
        MemoryError("OpenVINO got no memory"),
        RuntimeError("can't start new thread"),
        ImportError("libswscale-88e9f973.so.9: failed to map segment from shared object"),
        ImportError("libavcodec.so.62: cannot open shared object file: Cannot allocate memory"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_system_without_means_is_told_in_one_line(
    vidcap: Vidcap, error: Exception, request: pytest.FixtureRequest
) -> None:
    class Stranded(EchoDescriber):
        def describe(self, clips: Sequence[Clip]) -> list[Caption]:
            raise error

    result = vidcap(request.config.rootpath / "samples" / "street.mp4", describer=Stranded())
    assert (result.code, result.err) == (1, "vidcap: the system gives no more memory or threads\n")


def test_another_library_that_is_missing_is_no_lack_of_memory(vidcap: Vidcap, request: pytest.FixtureRequest) -> None:
    class Bare(EchoDescriber):
        def describe(self, clips: Sequence[Clip]) -> list[Caption]:
            raise ImportError("No module named 'sidecar'")

    with pytest.raises(ImportError, match="sidecar"):
        vidcap(request.config.rootpath / "samples" / "street.mp4", describer=Bare())


def test_version(vidcap: Vidcap) -> None:
    assert vidcap("--version").out == f"vidcap {package.__version__}\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_there_and_explains_itself(vidcap: Vidcap, name: str) -> None:
    command = import_module(f"vidcap.cli.{name}").command
    assert isinstance(command, click.Command)
    result = vidcap(name, "--help")
    assert result.code == 0
    assert f"Usage: vidcap {name} " in result.out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_has_help(name: str) -> None:
    command = import_module(f"vidcap.cli.{name}").command
    options = [option for option in command.params if isinstance(option, click.Option)]
    assert not [option.name for option in options if not option.help]
