"""Equations in plain text of indices, one after the other, recurrences among them: `h[t] = tanh(w*h[t-1] + x[t])`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lark import Tree

from chalkgrad.errors import ProgramError, ReadingError
from chalkgrad.language import (
    Add,
    Axis,
    Call,
    Definition,
    Expression,
    Multiply,
    Program,
    Role,
    Tensor,
    add,
    multiply,
    validate,
)
from chalkgrad.page.spelling import plain_name
from chalkgrad.reading.einstein import einstein, once, twice
from chalkgrad.reading.plain import PlainReader
from chalkgrad.reading.plain_names import Branch, PlainNames

_EQUALS = re.compile(r"(?<![<>=!])=(?!=)")
RESULT_NAMES = ("L", "f", "J", "result")


def is_equations(text: str) -> bool:
    """Whether a text is equations and perhaps a formula after them, and no formula alone."""
    return any(_EQUALS.search(_without_brackets(part)) for part in re.split(r"[;\n]", text))


def _without_brackets(text: str) -> str:
    """A text without what stands in square brackets, where `=` compares."""
    return re.sub(r"\[[^\[\]]*\]", "", text)


def read_equations(text: str) -> Program:
    """The program of equations and of a formula after them, apart by `;` or on lines of their own; the last is L.

    A letter is one index of one size in all of them. What no equation defines is an input.

    >>> print(read_equations("h[t] = tanh(w*h[t-1] + x[t]); sum(t, h[t]^2)"))
    axis t: t
    input w
    input x[t]
    h[t] = tanh(w*h[t-1] + x[t])
    L = sum(t, h[t]^2)
    result L
    """
    names = PlainNames(text, role=Role.INPUT)
    reader = PlainReader(names)
    parts = [part for part in re.finditer(r"[^;\n]+", text) if part.group().strip()]
    trees: list[tuple[Branch | None, Branch]] = []
    for number, part in enumerate(parts):
        alone = "".join(c if place in range(*part.span()) or c == "\n" else " " for place, c in enumerate(text))
        if not _EQUALS.search(_without_brackets(part.group())) and number == len(parts) - 1:
            trees.append((None, reader.parsed(alone, "expression")))
            continue
        tree = reader.parsed(alone, "equation")
        left, relation, right = tree.children
        if relation != "=":
            raise names.error(relation, f"'{relation}' where an equation has '='")
        trees.append((left, right))
    names.infer(Tree("equations", [each for pair in trees for each in pair if each is not None]))
    lefts = [_left(left, names) if left is not None else None for left, _ in trees]
    for left, found in zip(trees, lefts, strict=True):
        if found is not None:
            _define(names, left[0], *found)
    read = []
    for (_, right), left in zip(trees, lefts, strict=True):
        body = names.resolved(reader.value(right), right)
        fixed = () if left is None else left[1]
        for axis in sorted(body.free - set(fixed), key=lambda axis: axis.name):
            body = _summed_inside(body, axis) if left is not None or twice(body, axis) else body
        read.append((left, _closed(body, fixed if left is not None else None, names, right)))
    defined = {left[0] for left in lefts if left is not None}
    taken = set(names.tensors)
    definitions = []
    for left, body in read:
        if left is None:
            indices = tuple(sorted(body.free, key=lambda axis: axis.name))
            tensor = Tensor(next(name for name in RESULT_NAMES if name not in taken), indices)
        else:
            indices, tensor = left[1], names.tensors[left[0]]
        definitions.append(Definition(tensor, indices, body))
    used = dict.fromkeys(tensor for each in definitions for tensor in each.body.tensors)
    declared = tuple(tensor for tensor in used if tensor.name not in defined)
    program = Program(declared, tuple(definitions), (definitions[-1].tensor,))
    try:
        validate(program)
    except ProgramError as problem:
        raise ReadingError(str(problem), text=text) from None
    return program


def _summed_inside(node: Expression, axis: Axis) -> Expression:
    """The sum over an axis that stands twice in a product, also within a function; all else as it is."""
    match node:
        case Call(function=function, argument=argument, order=order) if axis in node.free:
            return Call(function, _summed_inside(argument, axis), order)
        case Add(terms=terms):
            return add(*(_summed_inside(term, axis) for term in terms))
        case Multiply(factors=factors):
            having = [factor for factor in factors if axis in factor.free]
            if len(having) == 1:
                return multiply(*(_summed_inside(factor, axis) for factor in factors))
            if twice(node, axis):
                return einstein(node, [axis])
    return node


def _left(left: Branch, names: PlainNames) -> tuple[str, tuple[Axis, ...]]:
    """The name on the left of an equation, and its indices."""
    if not isinstance(left, Tree) or left.data not in ("element", "name"):
        raise names.error(left, "the left side is not a name", "a name, or a name with indices, such as h[t]")
    indices: list[Axis] = []
    for index in left.children[1:]:
        letters = list(index.scan_values(lambda part: True))
        if len(letters) != 1 or letters[0].type != "NAME":
            raise names.error(
                index, "the left side has an index that is not a letter", "h[t] = …, with h[t-1] on the right"
            )
        indices.append(names.axis(str(letters[0])))
    if len(set(indices)) < len(indices):
        raise names.error(left, "the left side has one index twice")
    return plain_name(str(left.children[0])), tuple(indices)


def _define(names: PlainNames, place: Branch, name: str, indices: Sequence[Axis]) -> None:
    """Makes a name one that is defined; its axes are those of its indices."""
    known = names.tensors.get(name)
    if known is not None and known.role is Role.VALUE:
        raise names.error(place, f"'{name}' is defined twice")
    names.tensors[name] = Tensor(name, tuple(indices))


def _closed(body: Expression, fixed: Sequence[Axis] | None, names: PlainNames, place: Branch) -> Expression:
    left = [axis for axis in body.free if (axis not in fixed if fixed is not None else not once(body, axis))]
    if left:
        name = min(axis.name for axis in left)
        raise names.error(place, f"the index {name} is neither summed nor fixed", f"sum({name}, …)")
    return body
