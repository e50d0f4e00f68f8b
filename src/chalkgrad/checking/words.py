"""What is said of a formula in a sentence: names as the writer spells them, places counted from 1, `v_j h_j`.

Letters of indices that nobody wrote are left away: of `sum(a1, W[a2,a1]*x[a1])`, which stands for a product of
matrices,
`W x` is said.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

from chalkgrad.drawing.labels import GREEK
from chalkgrad.language import (
    FUNCTIONS,
    MATRIX_FUNCTIONS,
    Add,
    Axis,
    Call,
    Constant,
    Definition,
    Delta,
    Element,
    Expression,
    Index,
    IndexValue,
    Indicator,
    MatrixFunction,
    Max,
    Multiply,
    Number,
    Power,
    Role,
    SizeOf,
    Sum,
    Tensor,
    substitute_axes,
)
from chalkgrad.language.algebra import split_coefficient
from chalkgrad.language.text import number_text

What: TypeAlias = "str | Tensor | Expression | tuple[What, ...]"

_ACCENTS = {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303", "dot": "\u0307"}
_BELOW = dict(zip("0123456789+-=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True))
_ABOVE = dict(zip("0123456789+-=()inT", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁱⁿᵀ", strict=True))
_COMPARISONS = {"<=": "≤", ">=": "≥", "!=": "≠"}
_SUM, _PRODUCT, _POWER, _ATOM = 1, 2, 3, 4
_LONGEST = 24  # of a formula that stands for a name


@dataclass(frozen=True)
class Spelling:
    """How a document spells its quantities, sizes and functions, by their names here; all else is spelled plainly.

    `inside` has the values that the document does not name: their formulas stand for them.
    """

    tensors: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    sizes: Mapping[int | str, str] = field(default_factory=lambda: MappingProxyType({}))
    functions: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    inside: Mapping[Tensor, Definition] = field(default_factory=lambda: MappingProxyType({}))

    def of(self, tensor: Tensor) -> str:
        """A quantity's name; of a derivative, its fraction."""
        if tensor.role is Role.ADJOINT:
            return f"∂{self.named(tensor.of)}/∂{self.named(tensor.wrt)}"
        return self.named(tensor.name)

    def named(self, name: str) -> str:
        if name in self.tensors:
            return self.tensors[name]
        if name.startswith("∂"):
            above, _, below = name[1:].rpartition("/∂")
            return f"∂{self.named(above)}/∂{self.named(below)}"
        return plainly(name)

    def size(self, size: int | str) -> str:
        """A number of things, as its letter."""
        return str(self.sizes.get(size, size if isinstance(size, int) or size.isalpha() else "d"))


PLAIN = Spelling()


def plainly(name: str) -> str:
    """A name as one would write it by hand.

    >>> plainly("yhat"), plainly("delta_2"), plainly("W_hid")
    ('ŷ', 'δ₂', 'W_hid')
    """
    base, line, below = name.partition("_")
    for accent, mark in _ACCENTS.items():
        if base.endswith(accent) and len(base) > len(accent):
            inner = base.removesuffix(accent)
            base = GREEK.get(inner, inner) + mark
            break
    else:
        base = GREEK.get(base, base)
    return unicodedata.normalize("NFC", base) + (lowered(below) if line else "")


def lowered(text: str) -> str:
    """A subscript.

    >>> lowered("12"), lowered("hid")
    ('₁₂', '_hid')
    """
    return "".join(_BELOW[c] for c in text) if text and all(c in _BELOW for c in text) else f"_{text}"


def raised(text: str) -> str:
    """A superscript.

    >>> raised("2"), raised("(l)")
    ('²', '^(l)')
    """
    return "".join(_ABOVE[c] for c in text) if text and all(c in _ABOVE for c in text) else f"^{text}"


def told(what: What, spelling: Spelling = PLAIN) -> str:
    """What is said, in the document's spelling.

    >>> i, j = Axis("i", 2), Axis("j", 3)
    >>> w, x = Tensor("w", (i, j)), Tensor("x", (i,))
    >>> told((Sum(w[i, j] * x[i], i), " for ", x[0]))
    'Σᵢ wᵢⱼ xᵢ for x₁'
    """
    if isinstance(what, str):
        return what
    if isinstance(what, tuple):
        return "".join(told(part, spelling) for part in what)
    if isinstance(what, Tensor):
        return spelling.of(what)
    return _Teller(spelling).text(what)[0]


def is_written(axis: Axis) -> bool:
    """Whether the letter of an axis is the writer's, and not one that was made for a product of matrices."""
    bare = axis.name.rstrip("'*")
    return bare.isalpha()


@dataclass(frozen=True)
class _Teller:
    spelling: Spelling

    def wrapped(self, node: Expression, at_least: int) -> str:
        text, strength = self.text(node)
        return text if strength >= at_least else f"({text})"

    def text(self, node: Expression) -> tuple[str, int]:
        match node:
            case Number(value=value):
                text = number_text(value)
                return text, _SUM if value < 0 else _PRODUCT if "/" in text else _ATOM
            case Constant():
                return "π", _ATOM
            case SizeOf(size=size):
                return self.spelling.size(size), _ATOM
            case Element():
                return self.element(node), _ATOM
            case IndexValue(index=index):
                return self.index(index), _ATOM
            case Delta(left=left, right=right):
                return "δ" + lowered(self.index(left) + self.index(right)), _ATOM
            case Indicator(comparison=comparison, left=left, right=right):
                sign = _COMPARISONS.get(comparison, comparison)
                return f"1[{self.text(left)[0]} {sign} {self.text(right)[0]}]", _ATOM
            case Call(function="abs", argument=argument, order=0):
                return f"|{self.text(argument)[0]}|", _ATOM
            case Call(function=function, argument=argument, order=order):
                name = self.spelling.functions.get(function) or FUNCTIONS[function].unicode or function
                return f"{name}{chr(39) * order}({self.text(argument)[0]})", _ATOM
            case Sum(body=body, axis=axis) | Max(body=body, axis=axis):
                if isinstance(node, Sum) and not is_written(axis):
                    return self.text(body)
                sign = "Σ" if isinstance(node, Sum) else "max"
                letter = axis.name.rstrip("'*") if is_written(axis) else ""
                return f"{sign}{lowered(letter) if letter else ''} {self.wrapped(body, _PRODUCT)}", _SUM
            case MatrixFunction(function="inverse", body=body, at=at):
                return self.wrapped(body, _ATOM) + MATRIX_FUNCTIONS["inverse"].unicode + lowered(
                    self.subscript(at)
                ), _ATOM
            case MatrixFunction(function=function, body=body):
                return f"{MATRIX_FUNCTIONS[function].unicode}({self.text(body)[0]})", _ATOM
            case Power(exponent=Number(value=value)) if value < 0:
                return self.product((node,))
            case Power(base=base, exponent=exponent):
                above = self.text(exponent)[0]
                shown = raised(above) if above.isdigit() else f"^{self.wrapped(exponent, _ATOM)}"
                return self.wrapped(base, _ATOM) + shown, _POWER
            case Multiply(factors=factors):
                return self.product(factors)
            case Add(terms=terms):
                return self.sum(terms), _SUM
        raise TypeError(type(node).__name__)

    def element(self, node: Element) -> str:
        tensor, indices = node.tensor, node.indices
        if tensor in self.spelling.inside:
            definition = self.spelling.inside[tensor]
            moved = substitute_axes(definition.body, dict(zip(definition.indices, indices, strict=True)))
            text = self.text(moved)[0]
            return text if len(text) <= _LONGEST else "…"
        if tensor.role is Role.ADJOINT and not tensor.of.startswith("∂"):
            below = sum(axis.name.rpartition(":")[0] == tensor.wrt for axis in tensor.axes)
            cut = len(indices) - below
            above, under = self.subscript(indices[:cut]), self.subscript(indices[cut:])
            names = (self.spelling.named(name) for name in (tensor.of, tensor.wrt))
            return "∂{}/∂{}".format(*map(_joined, names, (above, under)))
        return _joined(self.spelling.of(tensor), self.subscript(indices))

    def subscript(self, indices: tuple[Index, ...]) -> str:
        """The indices that the writer has letters or numbers for."""
        shown = [self.index(index) for index in indices if all(is_written(axis) for axis, _ in index.terms)]
        return "".join(shown) if all(len(each) == 1 for each in shown) else ",".join(shown)

    def index(self, index: Index) -> str:
        """An index as on paper, where places are counted from 1."""
        total = index.offset + 1 - sum(factor for _, factor in index.terms)
        text = ""
        for axis, factor in index.terms:
            sign = "-" if factor < 0 else "+" if text else ""
            text += f"{sign}{abs(factor) if abs(factor) != 1 else ''}{axis.name.rstrip(chr(39) + '*')}"
        if not text:
            return str(total)
        return text + (f"{total:+d}" if total else "")

    def sum(self, terms: tuple[Expression, ...]) -> str:
        text = ""
        for term in terms:
            negative = split_coefficient(term)[0] < 0
            written = self.wrapped(-term if negative else term, _PRODUCT)
            text += (" - " if negative else " + ") + written if text else ("-" if negative else "") + written
        return text

    def product(self, factors: tuple[Expression, ...]) -> tuple[str, int]:
        above: list[str] = []
        below: list[str] = []
        sign = ""
        for factor in factors:
            if isinstance(factor, Number):
                sign = "-" if factor.value < 0 else ""
                if abs(factor.value.numerator) != 1:
                    above.append(str(abs(factor.value.numerator)))
                if factor.value.denominator != 1:
                    below.append(str(factor.value.denominator))
            elif isinstance(factor, Power) and isinstance(factor.exponent, Number) and factor.exponent.value < 0:
                below.append(self.wrapped(factor.base**-factor.exponent.value, _POWER))
            else:
                above.append(self.wrapped(factor, _POWER))
        number = above.pop(0) if len(above) > 1 and above[0].isdigit() else ""
        text = number + " ".join(above) or "1"
        if below:
            text += "/" + (below[0] if len(below) == 1 else f"({' '.join(below)})")
        return sign + text, _SUM if sign else _PRODUCT


def _joined(name: str, below: str) -> str:
    if not below:
        return name
    shown = lowered(below)
    if name[-1:] in _BELOW.values() and not shown.startswith("_"):
        return f"{name},{shown}"
    return name + shown
