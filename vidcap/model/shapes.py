"""The tensors of a checkpoint with the packaged kind of CNN: their names and shapes, told from its configuration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from vidcap.model.config import ModelConfig

Shapes = dict[str, tuple[int, ...]]

# expansion, kernel, stride of the first block, channels out, repeats
STAGES = (
    (1, 3, 1, 16, 1),
    (6, 3, 2, 24, 2),
    (6, 5, 2, 40, 2),
    (6, 3, 2, 80, 3),
    (6, 5, 1, 112, 3),
    (6, 5, 2, 192, 4),
    (6, 3, 1, 320, 1),
)
"""Of EfficientNet-Lite0."""
STEM, LAST, FEATURES = 32, 320, 1280
"""Its channels after the first layer, before the last one, and after it."""


@dataclass(frozen=True, slots=True)
class Conv:
    """A convolution of EfficientNet-Lite0; what its tensors are called, and those of the batch norm behind it."""

    name: str
    norm: str
    c_in: int
    c_out: int
    kernel: int
    stride: int = 1
    is_depthwise: bool = False
    is_bounded: bool = True
    """A ReLU6 follows."""


@dataclass(frozen=True, slots=True)
class Block:
    """An inverted residual."""

    convs: tuple[Conv, ...]
    has_shortcut: bool


STEM_CONV = Conv("stem.0", "stem.1", 3, STEM, 3, 2)
HEAD_CONV = Conv("head.0", "head.1", LAST, FEATURES, 1)


def lite0_blocks() -> tuple[Block, ...]:
    """Return the blocks of EfficientNet-Lite0, in order."""
    plans = []
    c_in = STEM
    for expansion, kernel, stride, c_out, repeats in STAGES:
        for repeat in range(repeats):
            plans.append((c_in, c_out, expansion, kernel, stride if repeat == 0 else 1))
            c_in = c_out
    return tuple(_block(f"blocks.{number}.layers", *plan) for number, plan in enumerate(plans))


def _block(name: str, c_in: int, c_out: int, expansion: int, kernel: int, stride: int) -> Block:
    wide, place, convs = c_in * expansion, 0, []
    if expansion > 1:
        convs.append(Conv(f"{name}.0", f"{name}.1", c_in, wide, 1))
        place = 3  # a convolution, its batch norm, its bound
    convs.append(Conv(f"{name}.{place}", f"{name}.{place + 1}", wide, wide, kernel, stride, is_depthwise=True))
    convs.append(Conv(f"{name}.{place + 3}", f"{name}.{place + 4}", wide, c_out, 1, is_bounded=False))
    return Block(tuple(convs), stride == 1 and c_in == c_out)


def expected_shapes(config: ModelConfig, num_words: int, num_concepts: int) -> Shapes:
    """Return the shape of each tensor of a checkpoint; ValueError where its CNN is not the packaged kind."""
    if config.encoder != "lite0":
        raise ValueError(f"not the packaged kind of CNN: {config.encoder!r}")
    parts = [_encoder(), _memory(config, num_concepts), _decoder(config, num_words)]
    if num_concepts and config.num_concepts > 0:
        parts.append(_recogniser(config, num_concepts))
    return {name: shape for part in parts for name, shape in part}


Named = Iterator[tuple[str, tuple[int, ...]]]


def _encoder() -> Named:
    convs = [STEM_CONV, *(conv for block in lite0_blocks() for conv in block.convs), HEAD_CONV]
    for conv in convs:
        ins = 1 if conv.is_depthwise else conv.c_in
        yield f"encoder.body.{conv.name}.weight", (conv.c_out, ins, conv.kernel, conv.kernel)
        for tensor in ("weight", "bias", "running_mean", "running_var"):
            yield f"encoder.body.{conv.norm}.{tensor}", (conv.c_out,)
        yield f"encoder.body.{conv.norm}.num_batches_tracked", ()
    yield from _linear("encoder.classifier", FEATURES, 1000)


def _linear(name: str, ins: int, outs: int) -> Named:
    yield f"{name}.weight", (outs, ins)
    yield f"{name}.bias", (outs,)


def _norm(name: str, width: int) -> Named:
    yield f"{name}.weight", (width,)
    yield f"{name}.bias", (width,)


def _recurrence(name: str, ins: int, width: int, gates: int = 4) -> Named:
    yield f"{name}.weight_ih_l0", (gates * width, ins)
    yield f"{name}.weight_hh_l0", (gates * width, width)
    yield f"{name}.bias_ih_l0", (gates * width,)
    yield f"{name}.bias_hh_l0", (gates * width,)


def _recogniser(config: ModelConfig, num_concepts: int) -> Named:
    yield "recogniser.classes", (1000,)
    yield "recogniser.prior", (len(config.styles), num_concepts)
    yield from _norm("recogniser.head.layers.0", 2 * config.encoder_features)
    yield from _linear("recogniser.head.layers.2", 2 * config.encoder_features, config.concept_width)
    yield from _linear("recogniser.head.layers.5", config.concept_width, num_concepts)


def _memory(config: ModelConfig, num_concepts: int) -> Named:
    width = config.width
    yield from _linear("memory.temporal.inward", config.encoder_features, width)
    yield from _recurrence("memory.temporal.recurrence", width, width, 4 if config.temporal == "lstm" else 3)
    yield from _norm("memory.temporal.norm", width)
    yield from _linear("memory.cells.0", config.encoder_features, width)
    yield from _norm("memory.cells.1", width)
    yield "memory.concepts.weight", (max(num_concepts, 1), width)
    yield from _linear("memory.score", 2, width)
    yield "memory.styles.weight", (len(config.styles), width)
    for group in range(3):
        yield from _linear(f"memory.key_value.{group}", width, 2 * width)
    yield "memory.group_bias", (3,)
    yield "memory.no_picture", (width,)


def _decoder(config: ModelConfig, num_words: int) -> Named:
    width = config.width
    yield "decoder.words.weight", (num_words, width)
    yield from _linear("decoder.gist_to_input", width, width)
    yield from _linear("decoder.gist_to_state", width, 2 * width)
    yield from _recurrence("decoder.reader", width, width)
    yield from _linear("decoder.query", width, width)
    yield from _recurrence("decoder.speaker", 2 * width, width)
    yield from _linear("decoder.out", 3 * width, width)
    yield from _norm("decoder.norm", width)
    yield "decoder.bias", (num_words,)
    yield "decoder.scale", ()
