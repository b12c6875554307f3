"""Modules and functions stay small enough to be read; public things say what they are."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MODULES = sorted(
    path for folder in ("vidcap", "tests", "benchmarks", "samples") for path in (ROOT / folder).rglob("*.py")
)
MOST_LINES, MOST_FUNCTION_LINES = 400, 45

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(module: Path) -> Iterator[Function]:
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, Function):
            yield node


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_is_small(module: Path) -> None:
    assert len(module.read_text().splitlines()) <= MOST_LINES
    long = {
        f"{function.name}: {function.end_lineno - function.lineno + 1} lines"
        for function in functions(module)
        if (function.end_lineno or 0) - function.lineno + 1 > MOST_FUNCTION_LINES
    }
    assert not long


@pytest.mark.parametrize(
    "module", [path for path in MODULES if path.is_relative_to(ROOT / "vidcap")], ids=lambda path: path.stem
)
def test_a_module_and_what_is_public_in_it_are_documented(module: Path) -> None:
    tree = ast.parse(module.read_text())
    assert ast.get_docstring(tree)
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    public = [node for node in tree.body if isinstance(node, kinds) and not node.name.startswith("_")]
    assert not [node.name for node in public if not ast.get_docstring(node)]


def test_no_workplace_is_named() -> None:
    for path in MODULES:
        if path != Path(__file__).resolve():
            assert "/work/" not in path.read_text(), path
