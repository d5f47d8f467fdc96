"""Statements on as many lines as they need: each is written on one line, and what is too long is broken at its brackets and
operators, as formatters do it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from symshare.codegen.source import WIDTH

__all__ = ["laid_out"]

STEP = 4
"""Columns of one level of indentation."""

OPERATORS: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.MatMult: "@"}
SAME = ((ast.Add, ast.Sub), (ast.Mult, ast.Div, ast.MatMult))
"""Operators of equal precedence: what they join is broken at all of them or at none."""


def laid_out(lines: Iterable[str]) -> list[str]:
    """Lines of a module, each a whole statement, a header, a comment or part of a docstring; statements that are too long
    are broken, everything else is left as it is.

    >>> laid_out(["    y = function_of_a_long_name(first_of_many, second_of_many, third_of_many, the_fourth_one)"])
    ['    y = function_of_a_long_name(', '        first_of_many, second_of_many, third_of_many, the_fourth_one', '    )']
    """
    found: list[str] = []
    quoted = False
    for line in lines:
        marks = line.count('"""')
        if quoted or marks or len(line) <= WIDTH or line.lstrip().startswith("#"):
            found.append(line)
        else:
            found += _statement(line)
        quoted = quoted != (marks % 2 == 1)
    return found


def _statement(line: str) -> list[str]:
    """One statement, broken; as it is where it is none (part of one that is broken already)."""
    text = line.lstrip()
    header = text.endswith(":") and text.startswith(("def ", "for ", "if "))
    try:
        (node,) = ast.parse(text + (" pass" if header else "")).body
    except (SyntaxError, ValueError):
        return [line]
    return _Breaker(text, len(line) - len(text)).statement(node)


@dataclass(frozen=True, slots=True)
class _Group:
    """Brackets and the items in them, each with the words before it; `kind` is `call`, `index`, `list` or `parentheses`.

    `flat` is all of it on one line.
    """

    kind: str
    items: tuple[tuple[str, ast.expr], ...]
    flat: str


class _Breaker:
    """A statement's text, and how far it is indented."""

    def __init__(self, text: str, indent: int) -> None:
        self.text, self.indent = text, indent
        self.bytes = text.encode()

    def part(self, start: int, end: int | None) -> str:
        """The text between two places, which are counted in bytes as `ast` does."""
        return self.bytes[start:end].decode()

    def of(self, node: ast.expr | ast.arg | ast.keyword) -> str:
        return self.part(node.col_offset, node.end_col_offset)

    def line(self, text: str, indent: int | None = None) -> str:
        return " " * (self.indent if indent is None else indent) + text

    def fits(self, text: str, indent: int) -> bool:
        return indent + len(text) <= WIDTH

    def statement(self, node: ast.stmt) -> list[str]:
        match node:
            case ast.FunctionDef():
                return self.definition(node)
            case ast.For():
                return self.value(node.iter, self.part(0, node.iter.col_offset), ":")
            case ast.Assign(targets=[target]) if isinstance(target, ast.Subscript) and not self.starts(target):
                inner = self.item(target.slice, "", "", self.indent + STEP)
                return [self.line(self.of(target.value) + "["), *inner, *self.value(node.value, "] = ", "")]
            case ast.Assign(targets=[ast.Tuple() as target]) if not self.starts(target):
                listed = [self.line(self.of(one) + ",", self.indent + STEP) for one in target.elts]
                return [self.line("("), *listed, *self.value(node.value, ") = ", "")]
            case ast.Assign() | ast.AugAssign() | ast.Expr() | ast.Return() if isinstance(node.value, ast.expr):
                start = node.value.col_offset - self.enclosed(node.value)
                several = isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple)
                return self.value(node.value, self.part(0, start), "", unpacked=several)
            case _:
                return [self.line(self.text)]

    def enclosed(self, node: ast.expr) -> bool:
        """Whether an expression stands in parentheses of its own."""
        before, after = self.part(0, node.col_offset), self.part(node.end_col_offset or 0, None)
        called = before[-2:-1].isalnum() or before[-2:-1] in ("_", ")", "]")
        return before.endswith("(") and after.startswith(")") and not called

    def starts(self, target: ast.expr) -> bool:
        """Whether a target fits a line, with the bracket that its value may be put into."""
        return self.fits(f"{self.of(target)} = (", self.indent)

    def pieces(self, node: ast.expr, *, inside: bool = False) -> list[str | _Group]:
        """An expression as text and brackets, from left to right (`inside` its own parentheses)."""
        if self.enclosed(node) and not inside:
            return [_Group("parentheses", (("", node),), f"({self.of(node)})")]
        match node:
            case ast.Call() if node.args or node.keywords:
                start = (node.func.end_col_offset or 0) + self.enclosed(node.func)
                given = [("", one) for one in node.args]
                given += [(f"{one.arg}=" if one.arg else "**", one.value) for one in node.keywords]
                items = tuple(sorted(given, key=lambda one: one[1].col_offset))
                return [*self.pieces(node.func), _Group("call", items, self.part(start, node.end_col_offset))]
            case ast.Subscript():
                inside_of = _Group("index", (("", node.slice),), f"[{self.of(node.slice)}]")
                return [*self.pieces(node.value), inside_of]
            case ast.Starred():
                return ["*", *self.pieces(node.value)]
            case ast.Attribute():
                return [*self.pieces(node.value), f".{node.attr}"]
            case ast.BinOp():
                return [*self.pieces(node.left), f" {OPERATORS[type(node.op)]} ", *self.pieces(node.right)]
            case ast.Dict():
                pairs = zip(node.keys, node.values, strict=True)
                items = tuple((f"{self.of(key)}: ", value) for key, value in pairs if key is not None)
                return [_Group("list", items, self.of(node))]
            case ast.Tuple() | ast.List() if self.of(node)[0] in "([":
                return [_Group("list", tuple(("", one) for one in node.elts), self.of(node))]
            case _:
                return [self.of(node)]

    def heads(self, pieces: Sequence[str | _Group]) -> list[str]:
        """The texts before, between and after brackets, each with the bracket that opens after it."""
        found = [""]
        for piece in pieces:
            if isinstance(piece, str):
                found[-1] += piece
            else:
                found[-1] += piece.flat[0]
                found.append("")
        return found

    def flow(self, pieces: Sequence[str | _Group], before: str, after: str, indent: int) -> list[str]:
        """Text and brackets from left to right: brackets are broken where they, and what follows up to the next place to
        break, do not fit."""
        lines, current = [], before
        _, *rest = self.heads(pieces)
        for piece in pieces:
            if isinstance(piece, str):
                current += piece
                continue
            following = rest.pop(0) + ("" if rest else after)
            if self.fits(current + piece.flat + following, indent):
                current += piece.flat
            else:
                lines += [self.line(current + piece.flat[0], indent), *self.inner(piece, indent + STEP)]
                current = piece.flat[-1]
        return [*lines, self.line(current + after, indent)]

    def inner(self, group: _Group, indent: int) -> list[str]:
        """What stands in broken brackets: on one line where that fits (and they are no list), else one item a line."""
        if group.kind in ("index", "parentheses"):
            return self.item(group.items[0][1], "", "", indent, inside=True)
        joined = group.flat[1:-1]
        if group.kind == "call" and self.fits(joined, indent):
            return [self.line(joined, indent)]
        return [line for words, one in group.items for line in self.item(one, words, ",", indent)]

    def value(self, node: ast.expr, before: str, after: str, *, unpacked: bool = False) -> list[str]:
        """What a statement says after its first words: broken at its brackets, else put into parentheses (also where its
        first bracket does not fit behind these words, and in parentheses every line of it fits, or the first where it is
        unpacked into several names)."""
        indent, whole = self.indent, f"({self.of(node)})" if self.enclosed(node) else self.of(node)
        if self.fits(before + whole + after, indent):
            return [self.line(before + whole + after)]
        pieces = self.pieces(node)
        broken = any(isinstance(piece, _Group) for piece in pieces)
        first = self.heads(pieces)[0]
        grouped = broken
        if broken and not self.fits(before + first, indent):
            inner = self.item(node, "", "", indent + STEP, inside=True)
            held = self.fits(first, indent + STEP) if unpacked else all(self.fits(line, 0) for line in inner)
            broken = not (held and self.fits(before + "(", indent))
        if isinstance(node, ast.BinOp) and not self.enclosed(node):
            broken = self.breaks_alone(node) and self.fits(before + first, indent)
        if broken:
            return self.flow(pieces, before, after, indent)
        if isinstance(node, ast.Tuple):
            listed = _Group("list", tuple(("", one) for one in node.elts), f"({whole})")
            return self.flow([listed], before, after, indent)
        if not grouped and not isinstance(node, ast.BinOp) and not self.fits(whole, indent + STEP):
            return [self.line(before + whole + after)]
        inner = self.item(node, "", "", indent + STEP, inside=True)
        return [self.line(before + "("), *inner, self.line(")" + after)]

    def breaks_alone(self, node: ast.BinOp) -> bool:
        """Whether an operation may be broken at its brackets without parentheses around it: one operator, and brackets that
        begin or end it (a subscript at the end does not count)."""
        operators = [one for one in self.operations(node) if _alike(node, one)]
        first: ast.expr = node
        while not self.enclosed(first) or first is node:
            match first:
                case ast.BinOp():
                    first = first.left
                case ast.Call():
                    first = first.func
                case ast.Attribute() | ast.Subscript():
                    first = first.value
                case _:
                    break
        last = node.right
        ends = self.enclosed(last) or (isinstance(last, ast.Call) and bool(last.args or last.keywords))
        return len(operators) == 1 and (self.enclosed(first) or ends)

    def operations(self, node: ast.expr) -> list[ast.BinOp]:
        """An operation and those in it that are not in parentheses."""
        if not isinstance(node, ast.BinOp):
            return []
        sides = [one for one in (node.left, node.right) if not self.enclosed(one)]
        return [node, *(found for one in sides for found in self.operations(one))]

    def item(self, node: ast.expr, before: str, after: str, indent: int, *, inside: bool = False) -> list[str]:
        """An expression inside brackets, where it may be broken anywhere."""
        whole = f"({self.of(node)})" if self.enclosed(node) and not inside else self.of(node)
        if self.fits(before + whole + after, indent):
            return [self.line(before + whole + after, indent)]
        if isinstance(node, ast.BinOp) and (inside or not self.enclosed(node)):
            return self.operands(node, before, after, indent)
        return self.flow(self.pieces(node, inside=inside), before, after, indent)

    def operands(self, node: ast.BinOp, before: str, after: str, indent: int) -> list[str]:
        """The operands of an operator, and of those of its precedence to its left, each on a line of its own."""
        chain: list[tuple[str, ast.expr]] = [(OPERATORS[type(node.op)] + " ", node.right)]
        left = node.left
        while isinstance(left, ast.BinOp) and _alike(node, left) and not self.enclosed(left):
            chain.insert(0, (OPERATORS[type(left.op)] + " ", left.right))
            left = left.left
        lines = self.item(left, before, "", indent)
        for number, (sign, operand) in enumerate(chain, 1):
            lines += self.item(operand, sign, after if number == len(chain) else "", indent)
        return lines

    def definition(self, node: ast.FunctionDef) -> list[str]:
        """The head of a function: its parameters on one line of their own, else one a line."""
        start, end = self.text.index("(") + 1, self.text.rindex(")")
        given = node.args
        plain = [*given.posonlyargs, *given.args]
        defaults = [None] * (len(plain) - len(given.defaults)) + [*given.defaults]
        texts = [self.parameter(one, default) for one, default in zip(plain, defaults, strict=True)]
        texts += [f"*{self.of(given.vararg)}"] if given.vararg else ["*"] if given.kwonlyargs else []
        texts += [self.parameter(one, own) for one, own in zip(given.kwonlyargs, given.kw_defaults, strict=True)]
        joined, inner = ", ".join(texts), self.indent + STEP
        inside = [joined] if self.fits(joined, inner) else [f"{text}," for text in texts]
        return [
            self.line(self.text[:start]),
            *(self.line(text, inner) for text in inside),
            self.line(self.text[end:]),
        ]

    def parameter(self, one: ast.arg, default: ast.expr | None) -> str:
        return self.of(one) + (f" = {self.of(default)}" if default is not None else "")


def _alike(one: ast.BinOp, other: ast.BinOp) -> bool:
    """Whether two operators have the same precedence."""
    return any(isinstance(one.op, kinds) and isinstance(other.op, kinds) for kinds in SAME)
