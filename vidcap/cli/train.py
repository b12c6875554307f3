"""``vidcap train``: from manifests of pictures, clips and text to a model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vidcap.cli.options import config_options, given
from vidcap.cli.terminal import log_to_stderr
from vidcap.model.plan import need_torch
from vidcap.text import one_line
from vidcap.training import DataSource, Recipe, TextSource, TrainConfig, read_recipe

if TYPE_CHECKING:
    from vidcap.training import Progress, TrainPaths

TUNABLE = ("steps", "pictures", "learning_rate", "text_share", "eval_every", "eval_items", "min_word", "seed")
FURTHER = {"steps": 60, "learning_rate": 1e-4}
"""What differs where a model is trained further: more of it learns a few hundred clips by heart and forgets others."""
_PATH = click.Path(path_type=Path)


@click.command("train", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("manifests", nargs=-1, type=_PATH)
@click.option("--recipe", type=_PATH, help="TOML file with sources, their shares and all settings.")
@click.option("--data-root", type=_PATH, help="Folder that the recipe's paths are relative to.")
@click.option("--text", "texts", multiple=True, metavar="FILE", help="Captions without pictures, one a line.")
@click.option("--images", type=_PATH, help="Folder of the pictures of a COCO captions file.")
@click.option("--init", metavar="MODEL", help="Go on from this model; 'default' is the packaged one.")
@click.option(
    "--keep",
    type=click.FloatRange(0, 0.99),
    default=0.5,
    help="With --init: share of its weights kept in what is written; more forgets less. [default: 0.5]",
)
@click.option("--pseudo", type=_PATH, help="With --init: items without captions, to learn the model's own sure ones.")
@click.option(
    "--pseudo-confidence",
    type=click.FloatRange(0, 1),
    default=0.5,
    help="Least chance of such a caption. [default: 0.5]",
)
@click.option("--encoder", metavar="NAME", help="lite0, or a CNN of timm by name.")
@click.option("--temporal", type=click.Choice(["lstm", "gru"]), help="Recurrence over the frames of a clip.")
@click.option(
    "-o", "--out", type=_PATH, default=Path("model.safetensors"), help="The model to write [default: model.safetensors]"
)
@click.option("--work", type=_PATH, help="Folder for features and the state to resume from [OUT with .work].")
@click.option("--threads", type=click.IntRange(0), default=0, help="Threads of the processor; 0 takes all.")
@config_options(TrainConfig, TUNABLE)
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
@click.option("-v", "--verbose", count=True, help="Say more; twice for all.")
@click.pass_context
def command(
    context: click.Context, /, out: Path, work: Path | None, threads: int, quiet: bool, verbose: int, **options: Any
) -> None:
    """Train a model on MANIFESTS (JSON Lines with image or video and captions, or COCO captions JSON).

    Stop it whenever you like: the same command goes on where it was, to the same result. Pictures of the split "dev"
    are captioned after every epoch and scored by CIDEr; of "test", never looked at.
    """
    try:
        need_torch("it trains")
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    from vidcap.training import train

    log_to_stderr(context, verbose=verbose, is_quiet=quiet)
    if threads:
        import torch

        torch.set_num_threads(threads)
    paths = _paths(out, work, options.pop("init"), options.pop("keep"))
    pseudo, sure = options.pop("pseudo"), options.pop("pseudo_confidence")
    if paths.init:
        options |= {name: options[name] or value for name, value in FURTHER.items()}
    elif pseudo:
        raise click.UsageError("--pseudo needs --init: a model that captions what has no captions")
    try:
        recipe = _recipe(**options)
    except ValueError as error:
        raise click.UsageError(one_line(str(error))) from error
    with _shown(is_quiet=quiet) as shown:
        if paths.init:
            recipe = _further(recipe, paths, pseudo, sure, shown)
        for progress in train(recipe, paths, shown.stage):
            shown.step(progress)


def _further(recipe: Recipe, paths: TrainPaths, pseudo: Path | None, sure: float, shown: _Silent) -> Recipe:
    """Return the recipe in the styles of the model that is trained further, with its own captions where asked for."""
    from vidcap.training.further import in_its_styles
    from vidcap.training.pseudo import pseudo_sources

    assert paths.init is not None
    recipe = in_its_styles(recipe, paths.init)
    if pseudo is None:
        return recipe
    own = pseudo_sources(paths.init, pseudo, paths.work, sure, shown.stage)
    return replace(recipe, train=replace(recipe.train, data=recipe.train.data + own))


def _paths(out: Path, work: Path | None, init: str | None, keep: float) -> TrainPaths:
    from vidcap.model import DEFAULT
    from vidcap.training import TrainPaths

    begin = DEFAULT if init == "default" else Path(init) if init else None
    return TrainPaths(out=out, work=work or out.with_suffix(".work"), init=begin, keep=keep if begin else 0.0)


def _recipe(
    manifests: tuple[Path, ...],
    recipe: Path | None,
    data_root: Path | None,
    texts: tuple[str, ...],
    images: Path | None,
    **options: Any,
) -> Recipe:
    model = given({name: options.pop(name) for name in ("encoder", "temporal")})
    if model.get("encoder", "lite0") != "lite0":
        model |= _encoder_fields(model["encoder"])
    data = tuple(DataSource(path=path, images=images) for path in manifests)
    lines = tuple(TextSource(path=Path(path)) for path in texts)
    if recipe is None:
        return Recipe(TrainConfig(data=data, texts=lines, **given(options)), model)
    read = read_recipe(recipe, data_root)
    settings = given(options) | {"data": read.train.data + data, "texts": read.train.texts + lines}
    return Recipe(replace(read.train, **settings), read.model | model)


def _encoder_fields(name: str) -> dict[str, Any]:
    from vidcap.model.encoder import timm_fields

    return timm_fields(name)


class _Silent:
    def stage(self, name: str, done: int, total: int) -> None:
        """Say nothing."""

    def step(self, progress: Progress) -> None:
        """Say nothing."""


class _Lines(_Silent):
    """One line a stage and a score: for logs."""

    def stage(self, name: str, done: int, total: int) -> None:
        if done in (0, total):
            click.echo(f"{name}: {done} of {total}", err=True)

    def step(self, progress: Progress) -> None:
        if progress.dev_cider is not None or progress.step % 100 == 0 or progress.step == progress.steps:
            click.echo(_told(progress), err=True)


class _Bar(_Silent):
    """A progress bar with the loss, and a line for each score."""

    def __init__(self, bar: Any) -> None:
        self.bar, self.task = bar, bar.add_task("training", total=None)

    def stage(self, name: str, done: int, total: int) -> None:
        self.bar.update(self.task, description=name, completed=done, total=total)

    def step(self, progress: Progress) -> None:
        told = f"training, loss {progress.loss:.3f}"
        self.bar.update(self.task, description=told, completed=progress.step, total=progress.steps)
        if progress.dev_cider is not None:
            self.bar.console.print(_told(progress), highlight=False)


def _told(progress: Progress) -> str:
    score = "" if progress.dev_cider is None else f", dev CIDEr {progress.dev_cider:.1f}"
    return f"step {progress.step} of {progress.steps}: loss {progress.loss:.3f}{score}"


@contextmanager
def _shown(*, is_quiet: bool) -> Iterator[_Silent]:
    from rich.console import Console
    from rich.progress import Progress as RichProgress

    console = Console(stderr=True)
    if is_quiet or not console.is_terminal:
        yield _Silent() if is_quiet else _Lines()
        return
    with RichProgress(console=console, transient=True) as bar:
        yield _Bar(bar)
