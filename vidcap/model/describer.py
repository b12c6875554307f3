"""Clips in, captions out: a checkpoint made ready to work."""

from __future__ import annotations

import importlib.util
import logging
import math
import os
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vidcap.model.ablation import averaged, robbed
from vidcap.model.attention import looked_at
from vidcap.model.blank import blank_caption, worth_seeing
from vidcap.model.confidence import steadiness
from vidcap.model.config import DescriberConfig
from vidcap.model.control import Control
from vidcap.model.devices import choose_device
from vidcap.model.features import Features
from vidcap.model.grounding import Evidence
from vidcap.model.header import DEFAULT
from vidcap.model.judge import Found, Judge
from vidcap.model.neutral import gender_share
from vidcap.model.plan import PACKAGES, need_torch, plan_on
from vidcap.model.recent import RecentGrids
from vidcap.model.reuse import kept_pictures
from vidcap.model.running import Network
from vidcap.model.search import Numbers, Sentence, best_of
from vidcap.model.stored import Stored, encoder_of, read_stored
from vidcap.types import Attention, Caption, Clip, Label, Pixels

if TYPE_CHECKING:
    from vidcap.model.checkpoint import Checkpoint

log = logging.getLogger(__name__)


class Describer:
    """A network that describes clips; threads may share it, as what it says depends on the clip alone.

    A model read as plain arrays (:class:`Stored`) is run without torch, on the processor alone; a
    :class:`Checkpoint` by torch.
    """

    def __init__(self, model: Stored | Checkpoint, device: str = "cpu", config: DescriberConfig | None = None) -> None:
        self.config = config or DescriberConfig()
        self.network = _network(model, device, self.config)
        self.labels = model.labels
        self.record = model.record
        self.calibration = model.calibration
        self.evidence = self._evidence()
        self.control = Control(self.network.vocabulary, self.config.search)
        self.judge = Judge(self.network.vocabulary, self.evidence, self.config)
        self.plan = self.network.plan
        log.info("the CNN runs on %s in %s: %s", self.plan.runtime, self.plan.precision, self.plan.why)
        log.info("sentences are made by %s", self.network.engine)
        self._grids: Callable[[Pixels], Any] = self.network.grids
        styles = self.network.config.styles
        if self.config.style != "auto" and self.config.style not in styles:
            raise ValueError(f"this model's styles are {', '.join(styles)}: not {self.config.style!r}")

    @property
    def picture_px(self) -> int:
        """Side of the square pictures it looks at."""
        return self.network.config.picture_px

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
            self._grids = RecentGrids(self._grids, self.network.stacked)
        self._grids(picture[None])

    def look(self, clips: Sequence[Clip], styles: NDArray[np.intp] | None = None) -> list[Found]:
        """Return all that the network finds in each of ``clips``, in order; ``styles`` ``(B,)`` if not the usual."""
        if not clips:
            return []
        styles = self._styles(clips) if styles is None else styles
        return self.found(self.features(clips), styles, [clip.span.index for clip in clips])

    def features(self, clips: Sequence[Clip]) -> Features:
        """Return what the CNN says of ``clips``."""
        return self.network.features(self.encode(clips), [len(clip.pictures) for clip in clips])

    def found(self, features: Features, styles: NDArray[np.intp], keys: Sequence[int] | None = None) -> list[Found]:
        """Return all that the network finds in B clips with ``features``, worded in ``styles`` ``(B,)``.

        ``keys`` number the clips, for sentences that are drawn by chance.
        """
        if self.config.frames == "mean":
            features = averaged(features)
        memory, known = self.network.remember(features, styles), features.known
        logits = self.evidence.logits(known) if self.evidence and known is not None else None
        bias = None
        if self.evidence and logits is not None and self.config.grounding:
            bias = self.evidence.penalties(logits, self.config.grounding)
        start = self.network.start(memory, bias)
        sentences = self.control.sentences(self.network.step, start, range(len(styles)) if keys is None else keys)
        looks = self._looks(features, memory, sentences)
        labels = self._labels(features.imagenet, known)
        genders = gender_share(self.network.concepts, known) or [1.0] * len(styles)
        steady = steadiness(features)
        gists = features.mean_max[:, : features.mean_max.shape[1] // 2]
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

    def _looks(self, features: Features, memory: Any, found: list[list[Sentence]]) -> list[Attention | None]:
        """Return what the words of each best sentence looked at, where that is asked for."""
        if not self.config.attention:
            return [None] * len(found)
        best = [sentences[0].ids if sentences else () for sentences in found]
        side = math.isqrt(features.cells.shape[2])
        return looked_at(self.network, memory, best, features.num_frames.tolist(), (side, side))

    def _evidence(self) -> Evidence | None:
        if self.calibration is None or not (self.network.concepts and self.network.config.num_concepts):
            return None
        return Evidence(self.network, self.calibration)

    def encode(self, clips: Sequence[Clip]) -> Any:
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
        return grids[np.concatenate(rows)]

    def _styles(self, clips: Sequence[Clip]) -> NDArray[np.intp]:
        names = self.network.config.styles
        if self.config.style != "auto":
            return np.full(len(clips), names.index(self.config.style))
        video = min(1, len(names) - 1)
        return np.array([0 if len(clip.pictures) == 1 else video for clip in clips])

    def _labels(self, imagenet: Numbers, known: Numbers | None) -> Iterator[tuple[Label, ...]]:
        """Yield each clip's recognised things: concepts and ImageNet names, the more probable of the two for each."""
        concepts = self.network.concepts
        for row in range(len(imagenet)):
            best: dict[str, float] = {}
            for names, scores in ((self.labels, imagenet), (concepts, known)):
                if names and scores is not None:
                    likely = best_of(scores[row : row + 1], 10)
                    for value, index in zip(*(found[0].tolist() for found in likely), strict=True):
                        best[names[index]] = max(best.get(names[index], 0.0), value)
            ranked = sorted(best.items(), key=lambda pair: (-pair[1], pair[0]))
            kept = [Label(n, p) for n, p in ranked if p >= self.config.min_label]
            yield tuple(kept[: self.config.num_labels])


def _network(model: Stored | Checkpoint, device: str, config: DescriberConfig) -> Network:
    if isinstance(model, Stored):
        from vidcap.model.light.network import LightNetwork

        if device != "cpu":
            raise ValueError(f"only torch runs a model on {device}")
        return LightNetwork(model, plan_on("cpu", config.runtime, config.precision, is_packaged=True))
    from vidcap.model.torch_network import TorchNetwork

    return TorchNetwork(model, device, config.runtime, config.precision)


def load_describer(
    path: str | os.PathLike[str] | None = None, device: str = "auto", config: DescriberConfig | None = None
) -> Describer:
    """Return the packaged model, or that of ``path``, ready on ``device`` (``auto``, ``cpu``, ``cuda``, ``mps``, …).

    On a processor with OpenVINO a model with the packaged kind of CNN is run without torch, which is then not loaded.
    """
    path, config, chosen = path or DEFAULT, config or DescriberConfig(), choose_device(device)
    why = why_torch(config.runtime, encoder_of(path), chosen)
    if not why:
        return Describer(read_stored(path), chosen, config)
    need_torch(why)
    log.info("torch is needed: %s", why)
    from vidcap.model.checkpoint import load_checkpoint

    return Describer(load_checkpoint(path), chosen, config)


def why_torch(runtime: str, encoder: str | None, device: str = "cpu") -> str:
    """Return why a model has to be run by torch; empty where OpenVINO runs all of it.

    A file that does not say which CNN it has (``encoder`` is None) can't be used; it is told so without loading torch.
    """
    if device != "cpu":
        return f"the model is on {device}"
    if runtime not in ("auto", "openvino"):
        return f"the runtime {runtime} was asked for"
    if importlib.util.find_spec(PACKAGES["openvino"]) is None:
        return "openvino is not installed"
    return "" if encoder in ("lite0", None) else f"its CNN is {encoder}, not the packaged kind"
