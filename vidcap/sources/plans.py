"""How much of a group of pictures is to be seen, by what its packets and the pictures at both its ends tell.

Where packets tell of all that may happen in a group, it need be decoded only up to the last of it, and what comes then
is known: nothing, or a cut at the next key frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from vidcap.sources.evidence import Sizes, packets_between, sizes_between
from vidcap.sources.groups import Group
from vidcap.sources.likeness import is_plain, places_apart
from vidcap.sources.slices import is_intra
from vidcap.sources.spacing import Spacing, Told
from vidcap.types import Pixels

SPELL_S = 0.3
"""What dissolves swells the packets for longer."""
FADE_S = 2.0
"""So long a fade lasts on one side of a key frame in its midst; longer ones are gradual enough for any scan."""
CUT_SETTLES_S, SPELL_SETTLES_S = 0.3, 0.6
"""So much is decoded after what may be a cut, or a dissolve, before the rest of the group is left out."""
_MOVED, _LEAPT = 70.0, 95.0
"""Levels apart for each key frame's worth of packets on average: below the one movement explains what is unlike, above
the other a cut does,"""
_MOST_CODED = 20.0
"""unless it could add up over a long group, which so many key frames' worth may. Of 246 key frames at cuts before their
time 85% pass both, of 39 at no cut two."""


class Rest(Enum):
    """What is known of the pictures after one, up to the next key frame."""

    UNKNOWN = "unknown"
    CALM = "calm"
    """Nothing happens, not even at the key frame."""
    LEAP = "leap"
    """Nothing happens before the key frame, at which there is a cut."""


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What of a group must be decoded; as it stands, all."""

    sizes: Sizes | None = None
    expected: Rest = Rest.UNKNOWN
    """What the next key frame's time tells: it came because of a cut, or because it was time."""
    from_pts: int | None = None
    """Nothing sudden happens before; None if that is not known, or nothing is suspected at all,"""
    to_pts: int | None = None
    """and nothing after, but for the key frame behind it."""
    last_sudden_pts: float = float("-inf")

    def rest(self, pts: int, small: Pixels, last: Pixels) -> Rest:
        """Return what comes after a picture that is unlike that of the next key frame.

        Packets as small as those between could not have moved the one picture so far towards the other; or they could.
        """
        if self.sizes is None or (self.to_pts is not None and pts < self.to_pts):
            return Rest.UNKNOWN
        apart, coded = places_apart(small, last), self.sizes.most_swollen(pts)
        if coded is None:
            return Rest.UNKNOWN
        if self.expected is Rest.LEAP:
            is_cut = apart > _LEAPT * coded and self.sizes.total(pts) < _MOST_CODED
            return Rest.LEAP if is_cut else Rest.UNKNOWN
        return self.expected if apart < _MOVED * coded else Rest.UNKNOWN

    def is_slow(self, pts: int | None) -> bool:
        """Whether nothing sudden can be up to a packet."""
        if self.sizes is None or pts is None or (self.from_pts is not None and pts >= self.from_pts):
            return False
        return pts < self.sizes.slow_until_pts - self.sizes.spell_ticks


@dataclass(frozen=True, slots=True, eq=False)
class _Last:
    """The last group of which a plan was made."""

    group: Group | None = None
    following: Group | None = None
    expected: Rest = Rest.UNKNOWN
    spell_end_pts: int = 0
    """Up to which a dissolve that began in it is to be seen."""


class Planner:
    """Makes plans of groups one after the other; key frames up to eight ahead are noted in ``spacing`` before."""

    def __init__(self, ticks_per_s: float, told: Told | None = None, *, is_h264: bool) -> None:
        self.spacing = Spacing(told)
        self._ticks_per_s = ticks_per_s
        self._is_h264 = is_h264
        self._last: _Last | None = None

    def plan(self, group: Group, following: Group, first: Pixels, last: Pixels) -> Plan:
        """Return how much of a group is to be seen, given small versions of its key frame and the next one."""
        from_pts, to_pts = group.key_pts, following.key_pts
        if from_pts is None or to_pts is None:
            return Plan()
        sizes = sizes_between(group, following, self._ticks(SPELL_S))
        expected = self._expected(from_pts, to_pts, sizes.frame_ticks)
        earlier = self._last if self._last is not None and self._last.following is group else _Last()
        sudden_pts = self._sudden_pts(group, following, sizes, expected)
        settles = self._ticks(CUT_SETTLES_S)
        spans = [(pts - settles, pts + settles) for pts in sudden_pts]  # B-frames before it are of the new shot, too
        if earlier.expected is Rest.LEAP and expected is Rest.CALM:  # whether there was a cut shows in what follows
            spans.append((from_pts, from_pts + settles))
        before = earlier.group if earlier.expected is Rest.CALM else None
        spell = sizes.spell(before, following if expected is Rest.CALM else None)
        if spell is not None:
            spans.append((spell[0] - self._ticks(SPELL_S), spell[1] + self._ticks(SPELL_SETTLES_S)))
        if is_plain(first):  # fades need few bytes
            spans.append((from_pts, from_pts + self._ticks(FADE_S)))
        if is_plain(last):
            spans.append((to_pts - self._ticks(FADE_S), to_pts))
        if earlier.expected is Rest.CALM and earlier.spell_end_pts > from_pts:
            spans.append((from_pts, earlier.spell_end_pts))
        self._last = _Last(group, following, expected, spell[1] + self._ticks(SPELL_SETTLES_S) if spell else 0)
        start, end = min((span[0] for span in spans), default=None), max((span[1] for span in spans), default=None)
        return Plan(sizes, expected, start, end, max(sudden_pts, default=float("-inf")))

    def _expected(self, from_pts: int, to_pts: int, frame_ticks: float) -> Rest:
        if self.spacing.is_early(from_pts, to_pts, frame_ticks):
            return Rest.LEAP
        return Rest.CALM if self.spacing.is_late(from_pts, to_pts, frame_ticks) else Rest.UNKNOWN

    def _sudden_pts(self, group: Group, following: Group, sizes: Sizes, expected: Rest) -> list[int]:
        """Return the stamps of packets that may be cuts: where cuts make key frames, only those too near to one."""
        if expected is not Rest.LEAP and not self.spacing.tells_cuts:
            return sizes.large_pts
        until_pts = (group.key_pts or 0) + self.spacing.shortest_ticks(sizes.frame_ticks)
        if not self.spacing.tells_cuts or not self._is_h264:
            return [pts for pts in sizes.large_pts if pts <= until_pts]
        intra = [packet.pts or 0 for packet in packets_between(group, following) if is_intra(packet)]
        return intra + [pts for pts in sizes.surely_large_pts if pts <= until_pts]

    def _ticks(self, span_s: float) -> int:
        return int(span_s * self._ticks_per_s)
