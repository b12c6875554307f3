"""A model teaches itself: pictures and clips without captions, with the model's own sentences where it is sure of them.

Lee, "Pseudo-Label", ICML 2013 workshop. Only a calibrated model knows how sure it is.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from vidcap.errors import CheckpointError, ManifestError, SourceError
from vidcap.items import clip_of_item
from vidcap.manifests import Item, read_manifest, write_manifest
from vidcap.model import DescriberConfig, load_checkpoint
from vidcap.model.describer import Describer
from vidcap.training.config import DataSource
from vidcap.training.features import Report

logger = logging.getLogger(__name__)

_BATCH = 16
WEIGHT = 0.3
"""Share of the steps that train on such sentences, relative to those that people wrote."""


def pseudo_sources(model: Path, unlabelled: Path, work: Path, least: float, report: Report) -> tuple[DataSource, ...]:
    """Return sources with the model's own captions of the items of ``unlabelled`` that it is sure of.

    A caption is kept where its chance to be right is at least ``least``. Captions that the manifest has are not looked
    at, and items of the splits dev and test are left out. The manifests are kept in ``work`` and used again.
    CheckpointError where the model is not calibrated, ManifestError where it is sure of nothing.
    """
    checkpoint = load_checkpoint(model)
    if checkpoint.calibration is None:
        raise CheckpointError(str(model), "not calibrated, so it can't tell what it is sure of: see vidcap calibrate")
    items = [item for item in read_manifest(unlabelled, need_text=False) if item.split not in ("dev", "test")]
    work.mkdir(parents=True, exist_ok=True)
    status = model.stat()
    key = repr((least, status.st_size, status.st_mtime_ns, [item.id for item in items]))
    name = hashlib.sha256(key.encode()).hexdigest()[:12]
    told = work / f"pseudo-{name}.jsonl"
    if not told.exists():
        styles = checkpoint.network.config.styles
        describer = Describer(checkpoint, config=DescriberConfig(fallback=False))
        found = list(_sure(describer, items, least, styles, report))
        if not found:
            raise ManifestError(str(unlabelled), f"the model is not {least:.0%} sure of any of its {len(items)} items")
        logger.info("pseudo-captions for %d of %d items", len(found), len(items))
        write_manifest(told, found)
    return tuple(_by_style(told, checkpoint.network.config.styles))


def _sure(
    describer: Describer, items: Sequence[Item], least: float, styles: Sequence[str], report: Report
) -> Iterator[Item]:
    for start in range(0, len(items), _BATCH):
        report("pseudo-captions", start, len(items))
        group, clips = [], []
        for item in items[start : start + _BATCH]:
            try:
                clips.append(clip_of_item(item, describer.picture_px))
                group.append(item)
            except SourceError as error:
                logger.warning("%s", error)
        for item, caption in zip(group, describer.describe(clips), strict=True):
            if caption.text and caption.token_logprobs and caption.confidence >= least:
                style = styles[0 if item.kind == "image" else min(1, len(styles) - 1)]
                yield replace(item, captions=(caption.text,), texts=(), split=None, style=style)
    report("pseudo-captions", len(items), len(items))


def _by_style(told: Path, styles: Sequence[str]) -> Iterator[DataSource]:
    """Yield a source for pictures and one for clips: a source has one style."""
    items = read_manifest(told)
    for kind, style in (("image", styles[0]), ("video", styles[min(1, len(styles) - 1)])):
        of_kind = [item for item in items if item.kind == kind]
        if of_kind:
            path = told.with_name(f"{told.stem}-{kind}.jsonl")
            write_manifest(path, of_kind)
            yield DataSource(path=path, style=style, weight=WEIGHT)
