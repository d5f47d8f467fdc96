"""The functions of `symshare.nn.runtime` that emitted files carry along, read as text, so that emitting needs no torch."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

__all__ = ["MARK", "MODULES", "Function", "brought", "functions", "marked"]

MODULES = (
    "checks",
    "measures",
    "means",
    "scales",
    "products",
    "first_values",
    "circular",
    "states",
    "batches",
    "rounds",
    "arguments",
    "tables",
    "weights",
    "messages",
    "supports",
    "passes",
    "flows",
    "edges",
    "beside",
    "pairs",
)
"""The modules in the order in which a file has their functions; any may call those of any other."""
PLAIN = (("core", "terms", "index_names"), ("codegen", "tables", "travelling", "terms"))
"""Modules elsewhere whose functions travel too: they need no torch, and are run here as well."""
MARK = "\n# What follows travels with emitted files.\n"
REMARKS = re.compile(r"  # type: ignore\[[a-z, -]+\].*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Function:
    """A function as it travels: its name, its lines, and every name in it."""

    name: str
    lines: tuple[str, ...]
    names: frozenset[str]


@cache
def functions() -> Mapping[str, Function]:
    """The functions that may travel, by name, in the order of definition.

    >>> len(functions()["_stack"].lines)
    3
    """
    home = files("symshare")  # naming an inner package would import it, and torch
    paths = [*PLAIN, *(("nn", "runtime", module) for module in MODULES)]
    texts = [home.joinpath(*folders, f"{module}.py").read_text(encoding="utf-8") for *folders, module in paths]
    return {one.name: one for text in texts for one in marked(text)}


def marked(text: str) -> Iterator[Function]:
    """The functions below the line in a module that marks what emitted files carry along, without comments for type checkers.

    >>> [one.lines for one in marked(f"import torch{MARK}def f():  # type: ignore[misc]  # why\\n    return g")]
    [('def f():', '    return g')]
    """
    _, below = text.split(MARK)
    lines = REMARKS.sub("", below).split("\n")
    for node in ast.parse(below).body:
        if not isinstance(node, ast.FunctionDef | ast.ClassDef) or not _travels(node):
            raise ValueError(f"only functions travel, not {ast.unparse(node)}")
        first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
        yield Function(node.name, tuple(lines[first - 1 : node.end_lineno]), _names(node))


def _travels(node: ast.FunctionDef | ast.ClassDef) -> bool:
    """Whether a definition is of a function; with a derivative of its own it is a class in torch."""
    bases = [ast.unparse(one) for one in node.bases] if isinstance(node, ast.ClassDef) else []
    return isinstance(node, ast.FunctionDef) or bases == ["torch.autograd.Function"]


def brought(lines: Iterable[str]) -> list[str]:
    """The source lines of the runtime functions that some lines call, directly or through each other, each after two empty
    lines.

    >>> [line for line in brought(["t = _rows(self.mix, 'a', 'b')"]) if line.startswith("def")]
    ['def _rows(weights: torch.nn.ParameterDict, *keys: str) -> torch.Tensor:']
    """
    known = functions()
    wanted: set[str] = set()
    found = known.keys() & _names(ast.parse("\n".join(lines)))
    while found:
        wanted |= found
        found = {one for name in found for one in known.keys() & known[name].names} - wanted
    return [line for name, one in known.items() if name in wanted for line in ("", "", *one.lines)]


def _names(node: ast.AST) -> frozenset[str]:
    found: set[str] = set()
    left: list[object] = [node]
    while left:  # half the time of ast.walk, which every emitted file waits for
        one = left.pop()
        if isinstance(one, ast.Name):
            found.add(one.id)
        elif isinstance(one, ast.AST):
            left += [getattr(one, field, None) for field in one._fields]
        elif isinstance(one, list):
            left += one
    return frozenset(found)
