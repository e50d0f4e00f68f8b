"""The text of a function and its pieces by bytes, and edits of it that leave all else as it is."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from chalkgrad.checking.code.source import Function, Source


@dataclass(frozen=True)
class SmallEdit:
    """A piece of the text, from one byte to another, and what would stand there; the kind is one of the catalogue."""

    start: int
    end: int
    text: str
    kind: str
    line: int

    def applied(self, source: str) -> str:
        """The whole text with the edit."""
        data = source.encode()
        return (data[: self.start] + self.text.encode() + data[self.end :]).decode()


@dataclass(frozen=True)
class Text:
    """The text of a file as bytes, and where its lines begin."""

    data: bytes
    begins: Sequence[int]

    @staticmethod
    def of(source: Source) -> Text:
        """That of a person's file."""
        begins = [0]
        for line in source.text.encode().splitlines(keepends=True):
            begins.append(begins[-1] + len(line))
        return Text(source.text.encode(), begins)

    def span(self, node: ast.AST) -> tuple[int, int]:
        """From which byte to which a node stands."""
        begin = self.begins[node.lineno - 1] + node.col_offset  # type: ignore[attr-defined]
        return begin, self.begins[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]

    def text(self, node: ast.AST) -> str:
        """A node as it is written."""
        start, end = self.span(node)
        return self.data[start:end].decode()

    def between(self, one: ast.AST, other: ast.AST) -> tuple[int, int]:
        """From the end of a node to the beginning of another."""
        return self.span(one)[1], self.span(other)[0]

    def edit(self, node: ast.AST, text: str, kind: str) -> SmallEdit:
        """The edit by which a node becomes another text."""
        start, end = self.span(node)
        return SmallEdit(start, end, text, kind, node.lineno)  # type: ignore[attr-defined]

    def bracketed(self, node: ast.AST) -> str:
        """A node as a factor of something, in brackets where it needs them."""
        text = self.text(node)
        return f"({text})" if isinstance(node, ast.BinOp | ast.UnaryOp | ast.Compare | ast.IfExp | ast.BoolOp) else text


@dataclass(frozen=True)
class Body:
    """A function, and what its text has that edits are made of; `own` are the attributes of its object."""

    function: Function
    own: tuple[str, ...] = ()

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """All that is in it, without annotations and decorators."""
        found: list[ast.AST] = []
        waiting: list[ast.AST] = [*self.function.body]
        while waiting:
            node = waiting.pop(0)
            found.append(node)
            waiting += [each for each in ast.iter_child_nodes(node) if not isinstance(each, ast.arguments)]
        return found

    @cached_property
    def values(self) -> list[ast.expr]:
        """The values that are assigned, returned, or put into a dictionary."""
        return list(self._values())

    def _values(self) -> Iterator[ast.expr]:
        for node in self.nodes:
            match node:
                case ast.Assign(value=ast.Tuple(elts=each)) | ast.Return(value=ast.Tuple(elts=each)):
                    yield from each
                case ast.Return(value=ast.List(elts=each)):
                    yield from each
                case ast.Assign(value=value) | ast.AugAssign(value=value):
                    yield value
                case ast.Return(value=ast.expr() as value):
                    yield value
                case ast.Dict(values=each):
                    yield from each

    @cached_property
    def computed(self) -> list[ast.expr]:
        """The values that are neither constants nor collections, and the terms that are added within them."""
        plain = (ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.ListComp)
        found = [each for each in self.values if not isinstance(each, plain)]
        for node in self.nodes:
            match node:
                case ast.BinOp(left=left, op=ast.Add() | ast.Sub(), right=right):
                    found += [each for each in (left, right) if not isinstance(each, plain)]
                case ast.Call(func=ast.Attribute(attr="sum" | "mean" | "dot" | "outer" | "einsum"), args=[*args]):
                    found += [each for each in args if not isinstance(each, plain)]
                case ast.Call(func=ast.Attribute(value=ast.BinOp() as held)):
                    found.append(held)
        return list({id(each): each for each in found}.values())

    @cached_property
    def names(self) -> list[str]:
        """The arguments and local names that hold values."""
        found = {each.arg for each in (*self.function.args.args, *self.function.args.kwonlyargs)} - {"self", "ctx"}
        found |= {each.id for each in self.nodes if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}
        return sorted(found)

    @cached_property
    def held(self) -> list[str]:
        """Values that are read by an attribute or a key: `self.out`, `cache["A1"]`, `h[t]`."""
        read = [each for each in self.nodes if isinstance(each, ast.Attribute | ast.Subscript)]
        loads = [each for each in read if isinstance(each.ctx, ast.Load) and _is_plain(each)]
        called = {id(each.func) for each in self.nodes if isinstance(each, ast.Call)}
        read_here = [ast.unparse(each) for each in loads if id(each) not in called]
        return [text for text in dict.fromkeys((*read_here, *self.own))
                if len(text) < 20 and not text.endswith((".T", ".shape"))]  # fmt: skip


def _is_plain(node: ast.Attribute | ast.Subscript) -> bool:
    """Whether it names a value held by another: no module's function, no slice."""
    root: ast.expr = node
    while isinstance(root, ast.Attribute | ast.Subscript):
        if isinstance(root, ast.Subscript) and not isinstance(root.slice, ast.Constant | ast.Name | ast.BinOp):
            return False
        root = root.value
    return isinstance(root, ast.Name) and root.id not in ("np", "numpy", "torch", "jnp", "math", "F", "ctx")
