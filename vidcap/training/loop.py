"""The training of temporal encoder and decoder on cached features: one-cycle AdamW, dev scores, resumable."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from vidcap.model.checkpoint import write_tensors
from vidcap.model.memory import Memory
from vidcap.model.network import CaptionNetwork
from vidcap.model.vocabulary import PAD
from vidcap.training.batches import Batch, Batches
from vidcap.training.config import TrainConfig
from vidcap.training.rewards import Rewarder, reward_loss

_CLIP_NORM = 2.0
_LENGTH_GROUPS = 3
_WORDS_BESIDE_REWARD = 0.1
"""Weight of the captions of people where captions are rewarded: it keeps the language whole."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the training is."""

    step: int
    steps: int
    loss: float
    """Mean cross-entropy a word, smoothed over about 50 steps."""
    dev_cider: float | None = None
    """CIDEr x 100 on the dev split, when it was just measured."""


def caption_loss(network: CaptionNetwork, batch: Batch, label_smoothing: float) -> Tensor:
    """Return the mean cross-entropy a word of a batch's captions."""
    memory = network.memory(batch.visual, batch.seen, batch.styles)
    lengths = (batch.targets != PAD).sum(1)
    # Captions of like length go through the LSTMs together: half of the work would be padding otherwise.
    parts = lengths.argsort(stable=True).tensor_split(min(_LENGTH_GROUPS, len(lengths)))
    losses = [_summed_loss(network, memory, batch, rows, int(lengths[rows].max()), label_smoothing) for rows in parts]
    return torch.stack(losses).sum() / lengths.sum()


def _summed_loss(
    network: CaptionNetwork, memory: Memory, batch: Batch, rows: Tensor, length: int, label_smoothing: float
) -> Tensor:
    seen = memory.select(batch.owners[rows])
    words, targets = batch.words[rows, :length], batch.targets[rows, :length]
    hidden, _, _ = network.decoder(words, network.decoder.start(seen), seen)
    said = targets != PAD
    # Padding never reaches the product with the vocabulary, the dearest of all.
    logits = network.decoder.logits(hidden[said])
    return F.cross_entropy(logits, targets[said], label_smoothing=label_smoothing, reduction="sum")


class Trainer:
    """Holds the weights, the optimiser and the step; what it writes, it can go on from."""

    def __init__(
        self, network: CaptionNetwork, batches: Batches, config: TrainConfig, rewarder: Rewarder | None = None
    ) -> None:
        self.network, self.batches, self.config, self.rewarder = network, batches, config, rewarder
        self.modules: dict[str, nn.Module] = {"memory": network.memory, "decoder": network.decoder}
        self.parameters = {
            f"{part}.{name}": parameter
            for part, module in self.modules.items()
            for name, parameter in module.named_parameters()
        }
        self.optimizer = torch.optim.AdamW(
            self.parameters.values(), lr=config.learning_rate, weight_decay=config.weight_decay, betas=(0.9, 0.98)
        )
        self.step = 0
        self.loss = float("nan")
        self.reward = 0.0

    def run(self, evaluate: Callable[[], float] | None, every: int, save: Callable[[], None]) -> Iterator[Progress]:
        """Train to the end, yielding after each step; scores and saves every ``every`` steps and at the end."""
        while self.step < self.config.all_steps:
            self._one_step()
            score = None
            if self.step % every == 0 or self.step in (self.config.steps, self.config.all_steps):
                save()
                score = evaluate() if evaluate else None
            yield Progress(self.step, self.config.all_steps, self.loss, score)

    def _one_step(self) -> None:
        rewarded = self.step >= self.config.steps
        batch = self.batches.of_scenes(self.step) if rewarded else self.batches[self.step]
        for group in self.optimizer.param_groups:
            group["lr"] = self._rate()
        # Dropout draws from a generator that depends on the step alone: a resumed training repeats itself.
        with torch.random.fork_rng():
            torch.manual_seed((self.config.seed << 32) + self.step)
            loss = self._reward_loss(batch) if rewarded else torch.zeros(())
            for module in self.modules.values():
                module.train()
            words = caption_loss(self.network, batch, self.config.label_smoothing)
            self.optimizer.zero_grad()
            (loss + (_WORDS_BESIDE_REWARD if rewarded else 1) * words).backward()
        nn.utils.clip_grad_norm_(self.parameters.values(), _CLIP_NORM)
        self.optimizer.step()
        for module in self.modules.values():
            module.eval()
        self.step += 1
        value = float(words.detach())
        self.loss = value if self.loss != self.loss else 0.98 * self.loss + 0.02 * value

    def _rate(self) -> float:
        """Return the learning rate of the step: one cycle for the captions of people, a smaller one for rewards."""
        past = self.step - self.config.steps
        if past < 0:
            return self.config.learning_rate * one_cycle(self.step / self.config.steps)
        return self.config.reward_rate * one_cycle(past / self.config.reward_steps)

    def _reward_loss(self, batch: Batch) -> Tensor:
        if self.rewarder is None:
            raise ValueError("rewarded steps need a rewarder")
        loss, self.reward = reward_loss(self.network, batch, self.rewarder, self.network.config.max_tokens - 2)
        return loss

    def save(self, path: Path) -> None:
        """Write everything that a resumed training needs, atomically."""
        tensors: dict[str, Tensor] = {}
        for name, parameter in self.parameters.items():
            tensors[name] = parameter.detach()
            for key, value in self.optimizer.state[parameter].items():
                tensors[f"{name}@{key}"] = value
        metadata = {"step": str(self.step), "loss": repr(self.loss), "recipe": recipe_key(self.config)}
        write_tensors(tensors, metadata, path)

    def resume(self, path: Path) -> bool:
        """Take up a training written by :meth:`save` with the same recipe; say whether there was one."""
        if not path.exists():
            return False
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata()
            if metadata.get("recipe") != recipe_key(self.config):
                return False
            stored = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        with torch.no_grad():
            for name, parameter in self.parameters.items():
                parameter.copy_(stored[name])
                prefix = f"{name}@"
                state = {key.removeprefix(prefix): value for key, value in stored.items() if key.startswith(prefix)}
                self.optimizer.state[parameter] = state
        self.step, self.loss = int(metadata["step"]), float(metadata["loss"])
        return True


def one_cycle(share: float) -> float:
    """Return the learning rate as a part of its peak: up over the first tenth, then down along a cosine."""
    if share < 0.1:
        return 0.04 + 0.96 * share / 0.1
    return float(0.5 * (1 + torch.cos(torch.tensor((share - 0.1) / 0.9 * torch.pi)))) * 0.998 + 0.002


def recipe_key(config: TrainConfig) -> str:
    """Return a key that changes with whatever changes the weights a training ends with."""
    values = {k: v for k, v in asdict(config).items() if k not in ("eval_every", "eval_items", "terms")}
    return hashlib.sha256(json.dumps(values, default=str, sort_keys=True).encode()).hexdigest()[:16]
