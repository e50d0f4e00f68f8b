"""Random changes of a formula, such as slips of the pen: of the expression that was read, and of its LaTeX."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from chalkgrad.language import (
    Add,
    Axis,
    Call,
    Delta,
    Element,
    Expression,
    Index,
    Indicator,
    Multiply,
    Number,
    Power,
    Program,
    SizeOf,
    Sum,
    Tensor,
    add,
    as_index,
    call,
    divide,
    fresh_axis,
    indicator,
    multiply,
    number,
    power,
    rebuild,
    substitute_axes,
    walk,
)


@dataclass(frozen=True)
class Setting:
    """What the names of a formula may be exchanged for: the tensors of the program and the formula's free axes."""

    program: Program
    axes: tuple[Axis, ...]

    @property
    def tensors(self) -> list[Tensor]:
        return [*self.program.declared, *(definition.tensor for definition in self.program.definitions)]


_OTHER = {
    "sigmoid": ("tanh", "relu", "softplus"), "tanh": ("sigmoid", "relu", "sin"), "relu": ("sigmoid", "step", "abs"),
    "exp": ("expm1", "log", "sigmoid"), "log": ("log1p", "exp"), "sign": ("abs", "step"), "abs": ("relu", "sign"),
    "sqrt": ("square", "log1p"), "softplus": ("sigmoid", "relu"), "square": ("abs", "sqrt"),
}  # fmt: skip


# --- slips: each gives another expression for a node, or None where it does not apply ---


def _sign(node: Expression, setting: Setting, by: random.Random) -> Expression | None:
    return -node


def _number(node: Expression, setting: Setting, by: random.Random) -> Expression | None:
    if isinstance(node, Number):
        return number(by.choice([node.value + 1, node.value - 1, -node.value, 2 * node.value]))
    return by.choice([2 * node, node / 2, 3 * node, node * number("0.999")])


def _shifted(node: Expression, setting: Setting, by: random.Random) -> Expression | None:
    return by.choice([1 + node, 1 - node, node - 1])


def _power(node: Expression, setting: Setting, by: random.Random) -> Expression | None:
    if isinstance(node, Power):
        return by.choice([node.base, power(node.base, node.exponent + 1), power(node.base, -node.exponent)])
    return by.choice([power(node, 2), power(node, -1), power(node, 3)])


def _dropped(node: Expression, setting: Setting, by: random.Random) -> Expression | None:
    if isinstance(node, Multiply | Add):
        parts = list(node.factors if isinstance(node, Multiply) else node.terms)
        parts.pop(by.randrange(len(parts)))
        return multiply(*parts) if isinstance(node, Multiply) else add(*parts)
    return None


def _doubled(node: Expression, setting: Setting, by: random.Random) -> Expression | None:
    if isinstance(node, Multiply):
        return multiply(node, by.choice(node.factors))
    return add(node, by.choice(node.terms)) if isinstance(node, Add) else None


def _term_sign(node: Expression, setting: Setting, by: random.Random) -> Expression | None:
    if not isinstance(node, Add):
        return None
    terms = list(node.terms)
    at = by.randrange(len(terms))
    terms[at] = -terms[at]
    return add(*terms)


def _indices_swapped(node: Expression, setting: Setting, by: random.Random) -> Expression | None:
    if not isinstance(node, Element) or len(node.indices) < 2 or len({a.size for a in node.tensor.axes}) > 1:
        return None
    return Element(node.tensor, node.indices[::-1])


def _index(node: Expression, setting: Setting, by: random.Random) -> Expression | None:
    """Another index letter of the same range, or a fixed place."""
    if not isinstance(node, Element) or not node.indices:
        return None
    at = by.randrange(len(node.indices))
    size = node.tensor.axes[at].size
    others: list[Index] = [as_index(axis) for axis in setting.axes if axis.size == size]
    others += [as_index(place) for place in range(size if isinstance(size, int) else 2)]
    indices = list(node.indices)
    indices[at] = by.choice(others)
    return Element(node.tensor, tuple(indices))


def _name(node: Expression, setting: Setting, by: random.Random) -> Expression | None:
    """Another name of the same shape: z for h, y for ŷ, one layer's for another's."""
    if not isinstance(node, Element):
        return None
    shape = node.tensor.shape
    same = [t for t in setting.tensors if t.shape == shape and t is not node.tensor]
    turned = [t for t in setting.tensors if t.shape == shape[::-1] != shape]
    if turned and (not same or by.random() < 0.3):
        return Element(by.choice(turned), node.indices[::-1])
    return Element(by.choice(same), node.indices) if same else None


def _function(node: Expression, setting: Setting, by: random.Random) -> Expression | None:
    if not isinstance(node, Call):
        return None
    choices = [node.argument]
    choices += [Call(other, node.argument, 0) for other in _OTHER.get(node.function, ())]
    if node.order:
        choices.append(Call(node.function, node.argument, 0))
    elif node.function in ("sigmoid", "tanh", "relu"):
        choices.append(Call(node.function, node.argument, 1))
    choices.append(Call(node.function, call(node.function, node.argument), node.order))
    return by.choice(choices)


def _unsummed(node: Expression, setting: Setting, by: random.Random) -> Expression | None:
    if not isinstance(node, Sum):
        return None
    fixed = substitute_axes(node.body, {node.axis: as_index(0)})
    return by.choice([fixed, node.body, *(substitute_axes(node.body, {node.axis: axis}) for axis in setting.axes
                                          if axis.size == node.axis.size)])  # fmt: skip


def _summed(node: Expression, setting: Setting, by: random.Random) -> Expression | None:
    axes = sorted(node.free, key=lambda axis: axis.name)
    return Sum(node, by.choice(axes)) if axes else None


def _mean(node: Expression, setting: Setting, by: random.Random) -> Expression | None:
    """1/n dropped, or put in."""
    if isinstance(node, SizeOf):
        return number(1)
    names = sorted({a.size for t in setting.program.declared for a in t.axes if isinstance(a.size, str)})
    return by.choice([multiply(node, SizeOf(name)) for name in names] + [divide(node, SizeOf(name)) for name in names]
                     ) if names else None  # fmt: skip


def _gate(node: Expression, setting: Setting, by: random.Random) -> Expression | None:
    if isinstance(node, Indicator):
        turned = {">": "<", "<": ">", ">=": "<=", "<=": ">=", "=": "!=", "!=": "="}
        return by.choice(
            [number(1), number(0), node.left * node, indicator(turned[node.comparison], node.left, node.right)]
        )
    return by.choice([number(0), number(1)]) if isinstance(node, Delta) else None


def _one_sided(node: Expression, setting: Setting, by: random.Random) -> Expression | None:
    """Wrong only where an input is negative."""
    inputs = [part for part in walk(node) if isinstance(part, Element)]
    return multiply(node, call("sign", by.choice(inputs))) if inputs else None


def _saturated(node: Expression, setting: Setting, by: random.Random) -> Expression | None:
    """An extra factor ŷ(1-ŷ), or a derivative too many, which a comparison of directions would not see."""
    scalars = [d.tensor[()] for d in setting.program.definitions if not d.tensor.axes]
    if not scalars:
        return None
    value = call("sigmoid", call("tanh", by.choice(scalars)))
    return node * value * (1 - value)


def _barely(node: Expression, setting: Setting, by: random.Random) -> Expression | None:
    return node * by.choice([number("1.0000001"), number("0.9999999999"), 1 + number("1e-8")])


SLIPS = (
    _sign, _number, _shifted, _power, _dropped, _dropped, _doubled, _term_sign, _indices_swapped, _index, _name, _name,
    _function, _unsummed, _summed, _mean, _gate, _one_sided, _saturated, _barely,
)  # fmt: skip


# --- other ways to write the same ---


def _one_made(node: Expression, setting: Setting, by: random.Random) -> Expression | None:
    inner = [part for part in walk(node) if isinstance(part, Element) and part.free <= node.free]
    if not inner:
        return None
    x = by.choice(inner)
    return by.choice([
        node * (power(call("sin", x), 2) + power(call("cos", x), 2)),
        node + 2 * call("tanh", x) - 2 * (1 - 2 / (1 + call("exp", 2 * x))),
        divide(node * call("exp", x), call("exp", x + 1)) * call("exp", number(1)),
        node + call("abs", x) - x * call("sign", x),
    ])  # fmt: skip


def _written_out(node: Expression, setting: Setting, by: random.Random) -> Expression | None:
    if isinstance(node, Multiply):
        sums = [factor for factor in node.factors if isinstance(factor, Add)]
        if sums:
            chosen = by.choice(sums)
            rest = multiply(*(factor for factor in node.factors if factor is not chosen))
            return add(*(multiply(rest, term) for term in chosen.terms))
    if not isinstance(node, Call) or node.order:
        return None
    x = node.argument
    forms = {
        "sigmoid": [1 / (1 + call("exp", -x)), 1 - call("sigmoid", -x), (1 + call("tanh", x / 2)) / 2],
        "tanh": [2 * call("sigmoid", 2 * x) - 1, call("sinh", x) / call("cosh", x)],
        "relu": [(x + call("abs", x)) / 2, indicator(">=", x, 0) * x],
        "square": [x * x],
        "exp": [1 / call("exp", -x)],
    }
    return by.choice(forms[node.function]) if node.function in forms else None


def _renamed(node: Expression, setting: Setting, by: random.Random) -> Expression | None:
    if not isinstance(node, Sum):
        return None
    other = fresh_axis(Axis("q", node.axis.size), frozenset(node.body.free))
    return Sum(substitute_axes(node.body, {node.axis: other}), other)


def _split(node: Expression, setting: Setting, by: random.Random) -> Expression | None:
    """One term of a sum written apart."""
    if not isinstance(node, Sum) or not isinstance(node.axis.size, int):
        return None
    return add(*(substitute_axes(node.body, {node.axis: as_index(place)}) for place in range(node.axis.size)))


SAME = (_one_made, _written_out, _renamed, _split)

Change = Callable[[Expression, Setting, random.Random], Expression | None]


def mutants(
    expression: Expression, setting: Setting, by: random.Random, rows: Sequence[Change]
) -> Iterator[Expression]:
    """Changed expressions, each by one row at one place; none where no row applies."""
    places = list(dict.fromkeys(walk(expression)))
    for _ in range(500):
        at, change = by.choice(places), by.choice(rows)
        if at is expression and change is _sign:
            at = by.choice(places)
        changed = change(at, setting, by)
        if changed is None or changed is at:
            continue
        mutant = _replaced(expression, at, changed)
        if mutant is not expression:
            yield mutant


def _replaced(expression: Expression, old: Expression, new: Expression) -> Expression:
    def visit(node: Expression) -> Expression:
        return new if node is old else rebuild(node, visit)

    return visit(expression)


# --- the LaTeX ---

_TOKEN = re.compile(
    r"\\(?:frac|tfrac|dfrac)\s*1\s*[a-z]|\\[A-Za-z]+|\\.|\^\{?\\?(?:top|T)\}?(?![a-z])|\d+(?:\.\d+)?|\S"
)
_INSERTED = ("-", "2", " 3 ", r"\frac12 ", r"\sum_i ", "'", r"^\top", "^2", "1-")
_FUNCTIONS = (r"\sigma", r"\tanh", r"\exp", r"\log", r"\sin")


def latex_mutants(latex: str, names: Sequence[str], by: random.Random) -> Iterator[str]:
    """The text with one or two of its tokens after the first `=` changed, without end."""
    begin = latex.index("=") + 1
    while True:
        text = latex
        for _ in range(1 if by.random() < 0.8 else 2):
            text = _slip(text, begin, names, by)
        if text != latex:
            yield text


def _slip(text: str, begin: int, names: Sequence[str], by: random.Random) -> str:
    tokens = [(found.start(), found.end(), found.group()) for found in _TOKEN.finditer(text, begin)]
    if not tokens:
        return text
    at = by.randrange(len(tokens))
    start, end, token = tokens[at]
    kind = by.randrange(8)
    if kind == 0:
        return text[:start] + text[end:]
    if kind == 1:
        return text[:end] + " " + token + text[end:]
    if kind == 2 and at + 1 < len(tokens):
        after = tokens[at + 1]
        return text[:start] + after[2] + text[end : after[0]] + token + text[after[1] :]
    if kind == 3:
        return (
            text[:start]
            + by.choice(["-", "2", " 3 ", r"\frac12 ", r"\sum_i ", "'", r"^\top", "^2", "1-"])
            + text[start:]
        )
    if kind == 4 and names:
        return text[:start] + " " + by.choice(names) + " " + text[end:]
    if token in "+-":
        return text[:start] + ("+" if token == "-" else "-") + text[end:]
    if token.isdecimal():
        return text[:start] + str(int(token) + by.choice([1, -1, 2])) + text[end:]
    if token in _FUNCTIONS:
        return text[:start] + by.choice(_FUNCTIONS) + " " + text[end:]
    if token.isalpha():
        letters = sorted({other for _, _, other in tokens if other.isalpha()})
        return text[:start] + by.choice(letters) + text[end:]
    return text[:start] + text[end:]
