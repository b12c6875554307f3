"""Names of outputs: they mirror the inputs, and no two inputs get the same.

An input is named by its path below the folder that was named, without its suffix. Where two would get the same name,
both get the folders above in front, as many as tell them apart; two in one folder keep their suffixes. Names that an
earlier run gave stay.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from vidcap.batch.inputs import Input
from vidcap.urls import scheme_of

_UNSAFE = str.maketrans(dict.fromkeys('\x00\n\r\t:*?"<>|\\', "_"))


def names_of(inputs: Sequence[Input], earlier: Mapping[str, str]) -> dict[str, str]:
    """Return for each input's source the name of its outputs, without suffix; ``earlier`` are names given before."""
    names = {item.source: earlier[item.source] for item in inputs if item.source in earlier}
    taken = {name.casefold() for name in earlier.values()}
    groups: defaultdict[str, list[Input]] = defaultdict(list)
    for item in inputs:
        if item.source not in names:
            groups[_bare(item.tail).casefold()].append(item)
    for first, group in groups.items():
        is_free = len(group) == 1 and first not in taken
        for item in group:
            names[item.source] = _bare(item.tail) if is_free else _free(item, group, taken)
            taken.add(names[item.source].casefold())
    return names


def _free(item: Input, rivals: Sequence[Input], taken: set[str]) -> str:
    """Return the first of an input's possible names that no rival could get and nobody has."""
    others = [list(_possible(other)) for other in rivals if other is not item]
    for place, name in enumerate(_possible(item)):
        clash = any(place < len(other) and other[place].casefold() == name.casefold() for other in others)
        if place and not clash and name.casefold() not in taken:
            return name
    mark = hashlib.sha256(item.source.encode(errors="surrogateescape")).hexdigest()[:8]
    return f"{_bare(item.tail)}-{mark}"


def _possible(item: Input) -> Iterator[str]:
    """Yield the names that an input may get, the best first."""
    yield _bare(item.tail)
    above = _folders_above(item)
    for count in range(1, len(above) + 1):
        yield _bare(PurePosixPath(*above[-count:]) / item.tail)
    yield _safe(item.tail)
    for count in range(1, len(above) + 1):
        yield _safe(PurePosixPath(*above[-count:]) / item.tail)


def _folders_above(item: Input) -> tuple[str, ...]:
    """Return the folders above an input's tail, without the root."""
    if scheme_of(item.source):
        parts = PurePosixPath(item.source.split("://", 1)[1].split("?")[0]).parts
    else:
        parts = Path(item.source).resolve().parts[1:]
    kept = len(parts) - len(item.tail.parts)
    return tuple(parts[: max(0, kept)])


def _bare(path: PurePosixPath) -> str:
    return _safe(path.with_suffix("") if path.suffix else path)


def _safe(path: PurePosixPath) -> str:
    """Return a path that lies below any folder it is joined to."""
    parts = [part.translate(_UNSAFE) for part in path.parts if part not in ("/", "..", ".", "")]
    return "/".join(parts) or "video"
