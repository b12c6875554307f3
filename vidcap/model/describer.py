"""Clips in, captions out: a checkpoint made ready to work."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from vidcap.model.attention import looked_at
from vidcap.model.checkpoint import Checkpoint, load_checkpoint
from vidcap.model.config import DescriberConfig, SearchConfig
from vidcap.model.decoder import DecoderState
from vidcap.model.lite0 import fold_batch_norm
from vidcap.model.memory import Memory
from vidcap.model.network import CaptionNetwork
from vidcap.model.search import Sentence, beam_search
from vidcap.model.vocabulary import Vocabulary
from vidcap.types import Caption, Clip, Hypothesis, Label

DEFAULT = Path(__file__).resolve().parents[1] / "weights" / "default.safetensors"
"""The model that comes with the package."""


class Describer:
    """A network that describes clips; holds no state between calls, so threads may share it."""

    def __init__(self, checkpoint: Checkpoint, device: str = "cpu", config: DescriberConfig | None = None) -> None:
        self.config = config or DescriberConfig()
        self.network = checkpoint.network.to(device).eval()
        self.labels = checkpoint.labels
        self.record = checkpoint.record
        self.device = torch.device(device)
        fold_batch_norm(self.network.encoder)
        self.network.encoder.to(memory_format=torch.channels_last)
        styles = self.network.config.styles
        if self.config.style != "auto" and self.config.style not in styles:
            raise ValueError(f"this model's styles are {', '.join(styles)}: not {self.config.style!r}")

    @property
    def picture_px(self) -> int:
        """Side of the square pictures it looks at."""
        return self.network.config.picture_px

    @torch.inference_mode()
    def describe(self, clips: Sequence[Clip]) -> list[Caption]:
        """Return a caption for each of ``clips``, in order; they are worked on as one batch."""
        if not clips:
            return []
        network = self.network
        grids = self.encode(clips)  # (sum(T), D, h, w)
        features = network.features(grids, [len(clip.pictures) for clip in clips])
        memory, known = network.remember(features, self._styles(clips))
        found = search_sentences(network, memory, self.config.search)
        labels = self._labels(features.imagenet, known)
        kept = 1 + self.config.search.num_alternatives
        captions = [
            _caption(network.vocabulary, clip, sentences[:kept], seen)
            for clip, sentences, seen in zip(clips, found, labels, strict=True)
        ]
        if not self.config.attention:
            return captions
        best = [sentences[0].ids if sentences else () for sentences in found]
        looks = looked_at(network, memory, best, clips, grids.shape[-2:])
        return [replace(caption, attention=look) for caption, look in zip(captions, looks, strict=True)]

    def encode(self, clips: Sequence[Clip]) -> Tensor:
        """Return the grids ``(sum(T), D, h, w)`` of all pictures of ``clips``, in fp32."""
        pictures = [torch.from_numpy(clip.pictures) for clip in clips]
        batches = torch.cat(pictures).split(self.config.encoder_batch)
        return torch.cat([self.network.encoder(batch.to(self.device)).float() for batch in batches])

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


@dataclass(frozen=True, slots=True, eq=False)
class _Running:
    """Decoder states with the clip that each row belongs to."""

    state: DecoderState
    owners: Tensor

    def select(self, rows: Tensor) -> _Running:
        return _Running(self.state.select(rows), self.owners[rows])


def search_sentences(network: CaptionNetwork, memory: Memory, config: SearchConfig) -> list[list[Sentence]]:
    """Return the sentences found for each clip of ``memory``, best first; none where the network gives no numbers."""
    start = _Running(network.decoder.start(memory), torch.arange(len(memory.gist)))
    return beam_search(partial(_step, network, memory), start, len(memory.gist), config)


def _step(network: CaptionNetwork, memory: Memory, words: Tensor, running: _Running) -> tuple[Tensor, _Running]:
    device = memory.gist.device
    seen = memory.select(running.owners.to(device))
    hidden, state, _ = network.decoder(words.to(device)[:, None], running.state, seen)
    logprobs = network.decoder.logits(hidden[:, 0]).float().log_softmax(-1)
    return logprobs, _Running(state, running.owners)


def _caption(vocabulary: Vocabulary, clip: Clip, sentences: list[Sentence], labels: tuple[Label, ...]) -> Caption:
    hypotheses = [Hypothesis(vocabulary.decode(sentence.ids), sentence.logprobs) for sentence in sentences]
    if not hypotheses:  # the network gave no numbers: say nothing rather than something
        return Caption(clip.span, "", 0.0, (), labels)
    best, *others = hypotheses
    return Caption(clip.span, best.text, confidence(best), best.token_logprobs, labels, tuple(others))


def confidence(hypothesis: Hypothesis) -> float:
    """Return the geometric mean of the tokens' probabilities, 0 to 1."""
    return math.exp(hypothesis.logprob / len(hypothesis.token_logprobs))


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
