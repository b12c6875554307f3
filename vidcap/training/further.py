"""Going on from a model: the user's clips are worded as the model words clips."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from vidcap.manifests import read_manifest
from vidcap.model import load_checkpoint
from vidcap.training.config import DataSource, Recipe


def in_its_styles(recipe: Recipe, init: Path) -> Recipe:
    """Return ``recipe`` with sources of clips alone in the style that the model ``init`` has for clips.

    Sources that name a style of their own keep it; pictures have the usual one.
    """
    styles = load_checkpoint(init).network.config.styles
    usual = DataSource(path=init).style

    def styled(source: DataSource) -> DataSource:
        if source.style != usual or len(styles) < 2:
            return source
        items = read_manifest(source.path, source.images)
        return replace(source, style=styles[1]) if all(item.kind == "video" for item in items) else source

    return replace(recipe, train=replace(recipe.train, data=tuple(styled(source) for source in recipe.train.data)))
