"""Clips in, captions out: a checkpoint made ready to work."""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from vidcap.model.ablation import averaged, robbed
from vidcap.model.attention import looked_at
from vidcap.model.blank import blank_caption, worth_seeing
from vidcap.model.checkpoint import Checkpoint, load_checkpoint
from vidcap.model.confidence import steadiness
from vidcap.model.config import DescriberConfig, SearchConfig
from vidcap.model.control import Control
from vidcap.model.engines import Grids
from vidcap.model.grounding import Evidence, guided
from vidcap.model.header import DEFAULT
from vidcap.model.judge import Found, Judge
from vidcap.model.lite0 import fold_batch_norm
from vidcap.model.memory import Memory
from vidcap.model.network import CaptionNetwork, Features
from vidcap.model.neutral import gender_share
from vidcap.model.recent import RecentGrids
from vidcap.model.reuse import kept_pictures
from vidcap.model.runtime import Runner, plan_for
from vidcap.model.search import Selectable, Sentence, Step, beam_search
from vidcap.model.stepping import Stepper
from vidcap.types import Attention, Caption, Clip, Label, Pixels

log = logging.getLogger(__name__)


class Describer:
    """A network that describes clips; threads may share it, as what it says depends on the clip alone."""

    def __init__(self, checkpoint: Checkpoint, device: str = "cpu", config: DescriberConfig | None = None) -> None:
        self.config = config or DescriberConfig()
        self.network = checkpoint.network.to(device).eval()
        self.labels = checkpoint.labels
        self.record = checkpoint.record
        self.device = torch.device(device)
        self.calibration = checkpoint.calibration
        self.evidence = self._evidence()
        self.control = Control(self.network.vocabulary, self.config.search)
        self.judge = Judge(self.network.vocabulary, self.evidence, self.config)
        fold_batch_norm(self.network.encoder)
        self.plan = plan_for(self.network.encoder, self.config.runtime, self.config.precision)
        log.info("the CNN runs on %s in %s: %s", self.plan.runtime, self.plan.precision, self.plan.why)
        self._grids: Grids = Runner(self.network.encoder, self.plan)
        self._stepper = Stepper(self.network.decoder)
        styles = self.network.config.styles
        if self.config.style != "auto" and self.config.style not in styles:
            raise ValueError(f"this model's styles are {', '.join(styles)}: not {self.config.style!r}")

    @property
    def picture_px(self) -> int:
        """Side of the square pictures it looks at."""
        return self.network.config.picture_px

    @torch.inference_mode()
    def describe(self, clips: Sequence[Clip]) -> list[Caption]:
        """Return a caption for each of ``clips``, in order; they are worked on as one batch.

        Blank pictures (black, one colour, noise) are told from their pixels and never shown to the network.
        """
        seen = [worth_seeing(clip) for clip in clips]
        shown = [(clip, what) for clip, what in zip(clips, seen, strict=True) if what is not None]
        # A clip that shows one picture all the time is spoken of as a clip still.
        left = [robbed(what, self.config.frames) for _, what in shown]
        found = iter(self.look(left, self._styles([clip for clip, _ in shown])))
        return [
            blank_caption(clip, self.config.min_blank_s) if what is None else self.judge.caption(clip, next(found))
            for clip, what in zip(clips, seen, strict=True)
        ]

    def glance(self, picture: Pixels) -> None:
        """Have the CNN look at a picture ``(H, W, 3)`` that is likely to be in a clip soon.

        What it sees of the latest pictures is kept from then on, so the clip's sentence comes sooner.
        """
        if not isinstance(self._grids, RecentGrids):
            self._grids = RecentGrids(self._grids)
        self._grids(picture[None])

    def look(self, clips: Sequence[Clip], styles: Tensor | None = None) -> list[Found]:
        """Return all that the network finds in each of ``clips``, in order; ``styles`` ``(B,)`` if not the usual."""
        if not clips:
            return []
        styles = self._styles(clips) if styles is None else styles
        return self.found(self.features(clips), styles, [clip.span.index for clip in clips])

    @torch.inference_mode()
    def features(self, clips: Sequence[Clip]) -> Features:
        """Return what the CNN says of ``clips``."""
        return self.network.features(self.encode(clips), [len(clip.pictures) for clip in clips])

    @torch.inference_mode()
    def found(self, features: Features, styles: Tensor, keys: Sequence[int] | None = None) -> list[Found]:
        """Return all that the network finds in B clips with ``features``, worded in ``styles`` ``(B,)``.

        ``keys`` number the clips, for sentences that are drawn by chance.
        """
        if self.config.frames == "mean":
            features = averaged(features)
        memory, known = self.network.remember(features, styles)
        logits = self.evidence.logits(known) if self.evidence and known is not None else None
        bias = None
        if self.evidence and logits is not None and self.config.grounding:
            bias = self.evidence.penalties(logits, self.config.grounding)
        step, start = stepping(self._stepper, memory, bias)
        sentences = self.control.sentences(step, start, range(len(styles)) if keys is None else keys)
        looks = self._looks(features, memory, sentences)
        labels = self._labels(features.imagenet, known)
        genders = gender_share(self.network.concepts, known) or [1.0] * len(styles)
        steady = steadiness(features.visual)
        gists = features.mean_max[:, : features.mean_max.shape[1] // 2].float().cpu().numpy()
        return [
            Found(
                tuple(of_clip),
                None if logits is None else logits[row],
                steady[row],
                seen,
                gists[row],
                genders[row],
                looks[row],
            )
            for row, (of_clip, seen) in enumerate(zip(sentences, labels, strict=True))
        ]

    def _looks(self, features: Features, memory: Memory, found: list[list[Sentence]]) -> list[Attention | None]:
        """Return what the words of each best sentence looked at, where that is asked for."""
        if not self.config.attention:
            return [None] * len(found)
        best = [sentences[0].ids if sentences else () for sentences in found]
        side = math.isqrt(features.visual.cells.shape[1])
        return looked_at(self.network, memory, best, features.visual.frame_mask.sum(1).tolist(), (side, side))

    def _evidence(self) -> Evidence | None:
        if self.calibration is None or self.network.recogniser is None:
            return None
        return Evidence(self.network, self.calibration)

    def encode(self, clips: Sequence[Clip]) -> Tensor:
        """Return the grids ``(sum(T), D, h, w)`` of all pictures of ``clips``, in fp32; like pictures share theirs."""
        shown, rows, num_kept = [], [], 0
        for clip in clips:
            kept, stands_for = kept_pictures(clip.pictures, self.config.reuse_below)
            shown.append(clip.pictures[kept])
            rows.append(stands_for + num_kept)
            num_kept += len(kept)
        grids = self._grids(np.concatenate(shown))
        if num_kept == sum(map(len, rows)):
            return grids  # every picture was looked at: nothing to copy
        return grids[torch.from_numpy(np.concatenate(rows))]

    def _styles(self, clips: Sequence[Clip]) -> Tensor:
        names = self.network.config.styles
        if self.config.style != "auto":
            return torch.full((len(clips),), names.index(self.config.style), device=self.device)
        video = min(1, len(names) - 1)
        return torch.tensor([0 if len(clip.pictures) == 1 else video for clip in clips], device=self.device)

    def _labels(self, imagenet: Tensor, known: Tensor | None) -> Iterator[tuple[Label, ...]]:
        """Yield each clip's recognised things: concepts and ImageNet names, the more probable of the two for each."""
        concepts = self.network.concepts
        for row in range(len(imagenet)):
            best: dict[str, float] = {}
            for names, scores in ((self.labels, imagenet), (concepts, known)):
                if names and scores is not None:
                    for value, index in zip(*(t.tolist() for t in scores[row].topk(min(10, len(names)))), strict=True):
                        best[names[index]] = max(best.get(names[index], 0.0), value)
            ranked = sorted(best.items(), key=lambda pair: (-pair[1], pair[0]))
            kept = [Label(n, p) for n, p in ranked if p >= self.config.min_label]
            yield tuple(kept[: self.config.num_labels])


def search_sentences(network: CaptionNetwork, memory: Memory, config: SearchConfig) -> list[list[Sentence]]:
    """Return the sentences found for each clip of ``memory``, best first; none where the network gives no numbers."""
    step, start = stepping(Stepper(network.decoder), memory)
    return beam_search(step, start, len(memory.gist), config)


def stepping(stepper: Stepper, memory: Memory, bias: Tensor | None = None) -> tuple[Step[Any], Selectable]:
    """Return a search's step and first state; ``bias`` ``(B, V)`` is added to the logits of each clip's words."""
    step: Step[Any] = stepper
    start = stepper.start(memory)
    return (step, start) if bias is None else guided(step, start, bias)


def load_describer(
    path: str | os.PathLike[str] | None = None, device: str = "auto", config: DescriberConfig | None = None
) -> Describer:
    """Return the packaged model, or that of ``path``, ready on ``device`` (``auto``, ``cpu``, ``cuda``, ``mps``, …)."""
    return Describer(load_checkpoint(path or DEFAULT), choose_device(device), config)


def choose_device(name: str) -> str:
    """Return the device meant by ``name``; ``auto`` takes a GPU where there is one. ValueError where it is missing."""
    if name == "auto":
        if torch.cuda.is_available():
            return "cuda"
        return "mps" if torch.backends.mps.is_available() else "cpu"
    kind = name.split(":")[0]
    if kind not in ("cpu", "cuda", "mps"):
        raise ValueError(f"a device is auto, cpu, cuda, cuda:N or mps: not {name!r}")
    if kind == "cuda" and not torch.cuda.is_available():
        raise ValueError("this machine has no CUDA device (or torch was built without it)")
    if kind == "mps" and not torch.backends.mps.is_available():
        raise ValueError("this machine has no MPS device")
    return name
