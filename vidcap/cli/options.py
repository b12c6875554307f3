"""Options of commands made from the fields of the configs: name, type, default and help are written once, there.

A field becomes an option where its metadata has a ``help``; ``flag`` there names it otherwise than the field.
``min_shot_s`` becomes ``--min-shot SECONDS``. Options
that the user leaves out are not passed on, so the default stays with the config.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable
from dataclasses import MISSING, Field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import click

from vidcap.sources.config import LIMITS as SOURCE_LIMITS
from vidcap.timeline import parse_time

if TYPE_CHECKING:
    ParamType = click.ParamType[Any]
else:
    ParamType = click.ParamType  # generic only in recent releases

Command = TypeVar("Command", bound=Callable[..., Any])


class Time(ParamType):
    """Seconds of media time: ``90``, ``1:30``, ``0:01:30.5`` or ``2/3``."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Fraction:
        """Return the seconds, or fail with what would have been right."""
        if isinstance(value, Fraction):
            return value
        try:
            return parse_time(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Ratio(ParamType):
    """An exact number: ``2``, ``0.5`` or ``30000/1001``."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Fraction:
        """Return the number, or fail with what would have been right."""
        try:
            if "e" in str(value).lower() or len(str(value)) > _LONGEST_NUMBER:  # 1e999999999 would never end
                raise ValueError
            return Fraction(value)
        except (ValueError, ZeroDivisionError):
            self.fail(f"not a number: {value!r} (try 2, 0.5 or 30000/1001)", param, ctx)


class OrNone(ParamType):
    """What another type takes, or the word ``none``, for a setting that can be switched off."""

    def __init__(self, kind: ParamType) -> None:
        self._kind = kind
        self.name = kind.name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the other type's value, or :data:`NONE`."""
        return NONE if value is NONE or value == "none" else self._kind.convert(value, param, ctx)


_LONGEST_NUMBER = 40
NONE = object()
"""The user's ``none``, told apart from an option that was not given."""
TIME, RATIO = Time(), Ratio()
LIMITS = (*SOURCE_LIMITS, "timeout_s", "allow_protocols", "isolate")
"""Fields of SourceConfig that bound what a hostile input can do."""
_METAVARS = {int: "N", float: "X", Fraction: "X", str: "NAME"}


def config_options(config: type[Any], names: Iterable[str]) -> Callable[[Command], Command]:
    """Return a decorator that adds an option for each named field of a config dataclass."""
    hints = get_type_hints(config)
    by_name: dict[str, Field[Any]] = config.__dataclass_fields__
    made = [config_option(by_name[name], hints[name]) for name in names]

    def decorate(command: Command) -> Command:
        for option in reversed(made):
            command = option(command)
        return command

    return decorate


def config_option(field: Field[Any], hint: Any) -> Callable[[Command], Command]:
    """Return the click option of one field, its type taken from the annotation."""
    flag = field.metadata.get("flag", "--" + field.name.removesuffix("_s").replace("_", "-"))
    help_text = _sentence(field.metadata["help"]) + _shown_default(field)
    kind = _without_none(hint)
    if kind is bool:
        return click.option(f"{flag}/--no-{flag[2:]}", field.name, default=None, help=help_text)
    if get_origin(kind) is frozenset:
        flag = flag if "flag" in field.metadata else flag.removesuffix("s")
        return _set_option(flag, field.name, help_text)
    is_time = field.name.endswith("_s")
    value = TIME if is_time and kind is Fraction else _click_type(kind)
    if kind is not hint and field.default is not None:
        value = OrNone(value)
    metavar = field.metadata.get("metavar", "SECONDS" if is_time else _METAVARS.get(kind))
    return click.option(flag, field.name, type=value, default=None, metavar=metavar, help=help_text)


def _set_option(flag: str, name: str, help_text: str) -> Callable[[Command], Command]:
    """Return an option that may be given several times, once for each member of a set."""

    def gathered(
        _context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]
    ) -> frozenset[str] | None:
        return frozenset(values) or None

    return click.option(flag, name, multiple=True, metavar="NAME", callback=gathered, help=help_text)


def given(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options that the user gave."""
    return {name: None if value is NONE else value for name, value in options.items() if value is not None}


def _without_none(hint: Any) -> Any:
    """Return ``X`` for ``X | None``."""
    if get_origin(hint) in (Union, types.UnionType):
        kinds = [kind for kind in get_args(hint) if kind is not type(None)]
        return kinds[0] if len(kinds) == 1 else hint
    return hint


def _click_type(kind: Any) -> ParamType:
    """Return the click type for a field's type; TypeError for one that no option can have."""
    if get_origin(kind) is Literal:
        return click.Choice([str(value) for value in get_args(kind)])
    simple: dict[Any, ParamType] = {int: click.INT, float: click.FLOAT, str: click.STRING, Fraction: RATIO}
    if kind not in simple:
        raise TypeError(f"no option can be made of a {kind!r}")
    return simple[kind]


def _sentence(text: str) -> str:
    """Return help with a capital letter and no full stop, however its writer had it."""
    return text[:1].upper() + text[1:].removesuffix(".")


def _shown_default(field: Field[Any]) -> str:
    """Return ``" [default: 2]"``, or nothing where the default is None, empty or made on the spot."""
    default = field.metadata.get("shown", field.default)
    if default is MISSING or default is None or default == "" or isinstance(default, (bool, frozenset)):
        return ""
    if isinstance(default, (Fraction, float)):
        default = int(default) if default == int(default) else f"{float(default):.3g}"
    return f" [default: {default}]"
