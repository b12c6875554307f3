"""Describers for the cases: one that says a sentence a shot, and some that misbehave as a model may."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vidcap.captioner import Describer
from vidcap.types import Caption, Clip, Hypothesis, Label, Span

NAMES = (
    "anchor", "barrel", "candle", "dragon", "engine", "feather", "garden", "hammer", "island", "jacket", "kettle",
    "ladder", "mirror", "needle", "orange", "pillow", "quarry", "ribbon", "saddle", "tunnel",
)  # fmt: skip


def in_shot(span: Span) -> str:
    """One sentence a shot, no two neighbours alike."""
    return f"The {NAMES[span.shot_index % len(NAMES)]} is number {span.shot_index}."


@dataclass(frozen=True)
class Speaker:
    """Says ``say(span)`` of each clip, this sure of it."""

    say: Callable[[Span], str]
    confidence: float = 1.0
    logprobs: tuple[float, ...] = ()

    @property
    def picture_px(self) -> int:
        return 64

    def describe(self, clips: Sequence[Clip]) -> list[Caption]:
        return [self._caption(clip.span) for clip in clips]

    def _caption(self, span: Span) -> Caption:
        text = self.say(span)
        return Caption(
            span, text, self.confidence, self.logprobs, (Label(text, self.confidence),), (Hypothesis(text, (-1.0,)),)
        )


HOSTILE = "\x1b]0;OWNED\x07\x9b31m\x1b[2J --> <b>AT&T</b> {\\an8} \u202e\ud83d\x00\r\nWEBVTT\n\n12\n00:00:01,000 --> x"


def _slowly(span: Span) -> str:
    time.sleep(0.02)
    return in_shot(span)


SPEAKERS: dict[str, Describer] = {
    "shots": Speaker(in_shot),
    "empty": Speaker(lambda _span: ""),
    "blank": Speaker(lambda _span: " \u200b\t "),
    "same": Speaker(lambda _span: "A man stands on a beach."),
    "unknown": Speaker(lambda _span: "<unk> <pad> the the the <unk>"),
    "nan": Speaker(in_shot, float("nan"), (float("nan"), float("-inf"))),
    "huge": Speaker(lambda span: f"{in_shot(span)} " + "very " * 2000 + "x" * 5000),
    "slow": Speaker(_slowly),
    "hostile": Speaker(lambda span: f"{in_shot(span)} {HOSTILE}"),
}
