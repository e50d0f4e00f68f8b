"""Small edits of a person's code, as text in its place: to find the one that makes a wrong gradient right."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence

from chalkgrad.checking.code import place_edits as places
from chalkgrad.checking.code import value_edits as values
from chalkgrad.checking.code.source import Function, Source
from chalkgrad.checking.code.spans import Body, SmallEdit, Text

_MOST = 4000
_ORDER: tuple[Callable[[Text, Body], Iterator[SmallEdit]], ...] = (
    values.signs, places.axes, values.softmaxes, values.factors, places.masks, places.indices, values.brackets,
    values.constants, values.powers, places.transposes, places.order, places.overwritten, values.parts,
    values.terms_more, values.names_more, values.factors_summed, places.variables, values.factors_more,
)  # fmt: skip


def edits_of(source: Source, functions: Sequence[Function]) -> list[SmallEdit]:
    """The edits of some functions, the plainest slips first; of each place once.

    >>> text = "def f(x): return x.sum(axis=1)\\n"
    >>> tree = Source("f.py", text)
    >>> [edit.text for edit in edits_of(tree, tree.tree.body) if edit.kind == "sum_over_hidden_units"][:2]
    ['0', '-1']
    """
    text = Text.of(source)
    bodies = [Body(function, _attributes(source, function)) for function in functions]
    found: dict[tuple[int, int, str], SmallEdit] = {}
    for kinds in _ORDER:
        for body in bodies:
            for edit in kinds(text, body):
                key = (edit.start, edit.end, edit.text)
                if edit.text != text.data[edit.start : edit.end].decode():
                    found.setdefault(key, edit)
    return list(found.values())[:_MOST]


def _attributes(source: Source, function: Function) -> tuple[str, ...]:
    """The attributes that the methods of a function's class set, as it would write them."""
    for owner in source.tree.body:
        if isinstance(owner, ast.ClassDef) and function in owner.body and function.args.args:
            first = function.args.args[0].arg
            stored = [each for each in ast.walk(owner) if isinstance(each, ast.Attribute)
                      and isinstance(each.ctx, ast.Store) and isinstance(each.value, ast.Name)]  # fmt: skip
            return tuple(dict.fromkeys(f"{first}.{each.attr}" for each in stored))
    return ()


def functions_in_reach(source: Source, name: str) -> list[Function]:
    """The functions that may hold the slip: the named one, or a class's methods; then what it needs of the file."""
    parts = name.split(".")
    chosen: list[Function] = []
    for number in source.needed(name):
        node = source.tree.body[number]
        if isinstance(node, Function):
            chosen.insert(0 if node.name == name else len(chosen), node)
        elif isinstance(node, ast.ClassDef):
            methods = [each for each in node.body if isinstance(each, Function) and each.name != "__init__"]
            wanted = [each for each in methods if each.name in (parts[-1], "backward", "backprop", "loss", "gradient")]
            chosen[:0] = [*wanted, *(each for each in methods if each not in wanted)]
    return chosen


def statement_of(source: Source, line: int) -> int:
    """Which statement of the file a line is in."""
    return next(k for k, each in enumerate(source.tree.body) if first_line(each) <= line <= (each.end_lineno or line))


def first_line(statement: ast.stmt) -> int:
    """The line in which a statement begins, its decorators included."""
    decorators = getattr(statement, "decorator_list", [])
    return int(min([statement.lineno, *(each.lineno for each in decorators)]))
