"""``vidcap`` itself: finds the command, loads it when it is used, and takes captioning for meant where none is named.

click-default-group does nearly this, but it loads every command for ``--help`` and takes ``vidcap -- -o.mp4`` for an
option, so the few lines are here.
"""

from __future__ import annotations

from importlib import import_module

import click

import vidcap
from vidcap.urls import is_live

DEFAULT, LIVE = "caption", "live"

COMMANDS = {
    "caption": "Describe what is seen, as a timed track; meant where no command is named.",
    "live": "Describe a camera or stream as it comes; meant where a camera's address is given.",
    "batch": "Caption many films: folders, lists and addresses, on many devices, resumed where it ended.",
    "bench": "Measure how fast a film is captioned here, stage by stage and device by device.",
    "shots": "List the shots of a video: start, end and how each begins.",
    "search": "Find moments in a library of films by what is seen.",
    "index": "Put tracks into a library, list it, forget films.",
    "lint": "Check subtitle tracks of any origin against a style guide.",
    "mux": "Put a track into a film: beside its pictures, or drawn into them.",
    "train": "Train a captioner on your own pictures and clips.",
    "suggest": "List the clips that are most worth captioning by hand, as a manifest.",
    "calibrate": "Measure how far a model's confidence can be believed, and keep it in the model.",
    "compare": "Tell whether one captioner's results are better than another's.",
    "evaluate": "Score a captioner on pictures and clips with reference captions.",
}
"""The commands and what ``vidcap --help`` says of them. Each is ``command`` in the module of its name beside this."""

WIDTH = 100
"""Most columns that help is set in."""

_OWN_OPTIONS = ("-h", "--help", "--version")


class Root(click.Group):
    """A group whose commands are imported on use."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the default command in front unless the first word is a command or an option of ``vidcap`` itself."""
        if not args:
            args = ["--help"]
        if args[0] not in COMMANDS and args[0] not in _OWN_OPTIONS:
            args = [LIVE if any(map(_means_live, args)) else DEFAULT, *args]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands, the default one first."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command and return it; None for a name that isn't one."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"vidcap.cli.{cmd_name}").command
        return command

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the help of captioning, which is what most people look for, and below it the other commands."""
        default = self.get_command(ctx, DEFAULT)
        assert default is not None
        with click.Context(default, info_name=ctx.info_name, max_content_width=WIDTH) as default_context:
            default.format_help(default_context, formatter)
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, text in COMMANDS.items() if name != DEFAULT])
        formatter.write_paragraph()
        formatter.write_text("A file that is named like a command: vidcap ./shots")


def _means_live(word: str) -> bool:
    """Tell whether a word of the command line asks for live captioning."""
    return word in ("--live", "--source-env") or word.startswith("--source-env=") or is_live(word)


@click.group(cls=Root, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": WIDTH})
@click.version_option(vidcap.__version__, message="%(prog)s %(version)s")
def root() -> None:
    """Describe what is seen in a video, as a timed subtitle track."""
