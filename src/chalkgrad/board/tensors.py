"""Formulas in Python: tensors with named axes, operators, broadcasting by the names of axes, reductions, indexing.

`X = tensor("X", "n d")`, `loss = log1p(exp(-t * (X @ w))).sum()`; the result goes into `derive`, `compile` and code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from numbers import Rational
from typing import Any

from chalkgrad.board.labels import (
    Label,
    Labelled,
    MisfitError,
    broadcast,
    indexed,
    key_text,
    matrix_product,
    relabelled,
)
from chalkgrad.board.lettering import lettered_program
from chalkgrad.calculus.kinds import KINDS, kind_named
from chalkgrad.errors import ChalkgradError, ProgramError, ShapeError, UnknownNameError
from chalkgrad.language import (
    Axis,
    Element,
    Expression,
    Program,
    Role,
    Tensor,
    call,
    divide,
    function_named,
    indicator,
    maximum_over,
    number,
    power,
    size_of,
    summation,
)
from chalkgrad.language.sizes import Size

_AXIS = re.compile(r"(?P<name>[^\W\d]\w*)(?:=(?P<size>[1-9]\d*))?|(?P<number>[1-9]\d*)")
_SUM, _PRODUCT, _POWER, ATOM = 1, 2, 3, 4
_LONGEST = 60


@dataclass(frozen=True, eq=False)
class TensorFormula:
    """A formula of tensors; see `tensor`. It has NumPy's operators, `.T`, `.sum()`, `.mean()`, `.max()` and indexing.

    Elementwise operators match axes by their names, and the axes of the one that has all are kept in order. `@` sums
    over the last axis of the left and the last but one of the right. Raises `ShapeError` at an operator whose sides do
    not fit.

    >>> X, w = tensor("X", "n d"), tensor("w", "d")
    >>> (X @ w).shape, (X * w).shape, X.T.shape, X[0].shape, X[1:].shape
    (('n',), ('n', 'd'), ('d', 'n'), ('d',), ('n-1', 'd'))
    >>> X @ X
    Traceback (most recent call last):
    chalkgrad.errors.ShapeError: the left side has d columns, and the right side n rows
      X @ X
        ^
    """

    expression: Expression
    labels: tuple[Label, ...]
    text: str
    strength: int = ATOM
    kinds: Mapping[str, str] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[Size, ...]:
        """The sizes of the axes: numbers, or their names."""
        return tuple(label.size for label in self.labels)

    @property
    def axes(self) -> tuple[str, ...]:
        """The names of the axes."""
        return tuple(label.name for label in self.labels)

    @property
    def name(self) -> str:
        """The name of the tensor that it is; raises `ChalkgradError` for a formula of tensors."""
        if not isinstance(self.expression, Element) or self.expression.plain_axes != self.expression.tensor.axes:
            raise ChalkgradError(f"{self.text} is no tensor by itself, so nothing is derived by it")
        return self.expression.tensor.name

    @property
    def ndim(self) -> int:
        """How many axes it has."""
        return len(self.labels)

    # Operators

    def __add__(self, other: Any) -> TensorFormula:
        return _elementwise("+", self, other, lambda a, b: a + b, _SUM)

    def __radd__(self, other: Any) -> TensorFormula:
        return _elementwise("+", other, self, lambda a, b: a + b, _SUM)

    def __sub__(self, other: Any) -> TensorFormula:
        return _elementwise("-", self, other, lambda a, b: a - b, _SUM)

    def __rsub__(self, other: Any) -> TensorFormula:
        return _elementwise("-", other, self, lambda a, b: a - b, _SUM)

    def __mul__(self, other: Any) -> TensorFormula:
        return _elementwise("*", self, other, lambda a, b: a * b, _PRODUCT)

    def __rmul__(self, other: Any) -> TensorFormula:
        return _elementwise("*", other, self, lambda a, b: a * b, _PRODUCT)

    def __truediv__(self, other: Any) -> TensorFormula:
        return _elementwise("/", self, other, divide, _PRODUCT)

    def __rtruediv__(self, other: Any) -> TensorFormula:
        return _elementwise("/", other, self, divide, _PRODUCT)

    def __pow__(self, other: Any) -> TensorFormula:
        return _elementwise("**", self, other, power, _POWER)

    def __rpow__(self, other: Any) -> TensorFormula:
        return _elementwise("**", other, self, power, _POWER)

    def __gt__(self, other: Any) -> TensorFormula:
        return _elementwise(">", self, other, lambda a, b: indicator(">", a, b), 0)

    def __ge__(self, other: Any) -> TensorFormula:
        return _elementwise(">=", self, other, lambda a, b: indicator(">=", a, b), 0)

    def __lt__(self, other: Any) -> TensorFormula:
        return _elementwise("<", self, other, lambda a, b: indicator("<", a, b), 0)

    def __le__(self, other: Any) -> TensorFormula:
        return _elementwise("<=", self, other, lambda a, b: indicator("<=", a, b), 0)

    def __neg__(self) -> TensorFormula:
        return self._with(-self.expression, f"-{self.at_least(_POWER)}", _SUM)

    def __pos__(self) -> TensorFormula:
        return self

    def __abs__(self) -> TensorFormula:
        return elementwise("abs", self)

    def __matmul__(self, other: Any) -> TensorFormula:
        return _product(self, other)

    def __rmatmul__(self, other: Any) -> TensorFormula:
        return _product(other, self)

    def __bool__(self) -> bool:
        raise ChalkgradError(f"{self.text} is a formula, which is neither true nor false; where(…) chooses by a mask")

    # Axes

    @property
    def T(self) -> TensorFormula:  # noqa: N802  # as in NumPy
        """The axes in the opposite order."""
        return formula_of(relabelled(self.expression, self.labels[::-1]), f"{self.at_least(ATOM)}.T", ATOM, self.kinds)

    def transpose(self, axes: str) -> TensorFormula:
        """The axes in another order, by their names: `x.transpose("d n")`. Raises `ShapeError`."""
        wanted = axes.split()
        if sorted(wanted) != sorted(self.axes):
            raise ShapeError(f"{self.text} has the axes {' '.join(self.axes)}, which are not those of '{axes}'")
        labels = tuple(self.labels[self.axes.index(name)] for name in wanted)
        return formula_of(
            relabelled(self.expression, labels), f"{self.at_least(ATOM)}.transpose('{axes}')", ATOM, self.kinds
        )

    def sum(self, axis: AxisNames = None) -> TensorFormula:
        """The sum over all axes, or over those that are named or counted."""
        chosen = self.chosen(axis, "sum")
        body = summation(self.expression, *(label.axis for label in chosen if label.axis is not None))
        return self._reduced(body, chosen, "sum", axis)

    def mean(self, axis: AxisNames = None) -> TensorFormula:
        """The mean over all axes, or over those that are named or counted."""
        chosen = self.chosen(axis, "mean")
        body = summation(self.expression, *(label.axis for label in chosen if label.axis is not None))
        for label in chosen:
            body = divide(body, size_of(label.axis)) if label.axis is not None else body
        return self._reduced(body, chosen, "mean", axis)

    def max(self, axis: AxisNames = None) -> TensorFormula:
        """The greatest value over all axes, or over those that are named or counted."""
        chosen, body = self.chosen(axis, "max"), self.expression
        for label in reversed(chosen):
            body = maximum_over(body, label.axis) if label.axis is not None else body
        return self._reduced(body, chosen, "max", axis)

    def min(self, axis: AxisNames = None) -> TensorFormula:
        """The least value over all axes, or over those that are named or counted."""
        return -((-self).max(axis))

    def chosen(self, axis: AxisNames, called: str) -> tuple[Label, ...]:
        """The axes that a reduction is over; raises `ShapeError` for one that there is not."""
        if axis is None:
            return self.labels
        asked: Sequence[str | int] = (
            [axis] if isinstance(axis, int) else axis.split() if isinstance(axis, str) else axis
        )
        found: list[Label] = []
        for each in asked:
            if isinstance(each, int) and -self.ndim <= each < self.ndim:
                found.append(self.labels[each])
            elif isinstance(each, str) and each in self.axes:
                found.append(self.labels[self.axes.index(each)])
            else:
                have = f"the axes {' '.join(self.axes)}" if self.labels else "no axes"
                raise ShapeError(f"{called}({self.text}, {axis!r}): {self.text} has {have}, and no {each!r}")
        if len(set(found)) != len(found):
            raise ShapeError(f"{called}({self.text}, {axis!r}) names an axis twice")
        return tuple(found)

    def __getitem__(self, key: Any) -> TensorFormula:
        """Places, slices (of step 1), new axes (None), and `...`, as in NumPy; labels, matched by their axes' names.

        >>> Z, y = tensor("Z", "n c"), tensor("y", "n")
        >>> Z[:, y].axes, tensor("E", "v d")[y].axes
        (('n',), ('n', 'd'))
        """
        keys = key if isinstance(key, tuple) else (key,)
        of_labels = [each for each in keys if isinstance(each, TensorFormula)]
        shown = (each.text if isinstance(each, TensorFormula) else key_text(each) for each in keys)
        text = f"{self.at_least(ATOM)}[{', '.join(shown)}]"
        plain = [each.labelled if isinstance(each, TensorFormula) else each for each in keys]
        try:
            return formula_of(indexed(self.labelled, plain), text, ATOM, merged_kinds(self, *of_labels))
        except MisfitError as problem:
            raise ShapeError(f"{text}: {problem}") from None

    # Results

    def program(self, wrt: Sequence[str] | None = None) -> Program:
        """The formula as a program whose result is L; what is derived by (everything, unless told) are parameters."""
        if any(label.axis is None for label in self.labels):
            raise ShapeError(f"{self.text} has an axis that was put in with None and nothing broadcast it")
        axes = [label.axis for label in self.labels if label.axis is not None]
        return lettered_program(self.expression, axes, wrt)

    def __repr__(self) -> str:
        return f"<{self.text} ({' '.join(self.axes)})>" if self.labels else f"<{self.text}>"

    def _with(self, expression: Expression, text: str, strength: int) -> TensorFormula:
        return formula_of(Labelled(expression, self.labels), text, strength, self.kinds)

    def _reduced(self, body: Expression, chosen: Sequence[Label], called: str, axis: AxisNames) -> TensorFormula:
        left = tuple(label for label in self.labels if label not in chosen)
        text = f"{called}({self.text})" if axis is None else f"{called}({self.text}, {axis!r})"
        return formula_of(relabelled(body, left), text, ATOM, self.kinds)

    @property
    def labelled(self) -> Labelled:
        """The expression along its axes."""
        return Labelled(self.expression, self.labels)

    def at_least(self, strength: int) -> str:
        """The text, in brackets where it holds together less than that."""
        return self.text if self.strength >= strength else f"({self.text})"


AxisNames = str | int | Sequence[str | int] | None


def tensor(name: str, axes: str = "", kind: str | None = None) -> TensorFormula:
    """A tensor with named axes for formulas in Python: `tensor("X", "n d")`; a number without any.

    An axis is a name, which is also its size, a name with its size, `c=10`, or a number. A second axis of one name is
    called with a prime: those of `"d d"` are d and d'. `kind` is a kind of matrix: symmetric, positive definite,
    diagonal, lower triangular, …; or labels, or mask. Raises `ChalkgradError` for what is no name, no axis or no kind.

    >>> import chalkgrad as cg
    >>> X, w, t = cg.tensor("X", "n d"), cg.tensor("w", "d"), cg.tensor("t", "n")
    >>> loss = cg.sum(cg.log1p(cg.exp(-t * (X @ w))))
    >>> print(cg.derive(loss, wrt=w)["w"].unicode(form="matrix"))
    ∂L/∂w = −Xᵀ(σ(−(t ⊙ Xw)) ⊙ t)
    """
    if not re.fullmatch(r"[^\W\d]\w*'*", name):
        raise ChalkgradError(f"'{name}' is no name for a tensor; expected a letter or a word such as W1")
    labels: list[Label] = []
    for part in axes.replace(",", " ").split():
        found = _AXIS.fullmatch(part)
        if found is None:
            raise ChalkgradError(f"'{part}' is no axis of '{name}'; expected a name, a number, or both, such as c=10")
        label = found["name"] or found["number"]
        size: Size = int(found["number"] or found["size"] or 0) or label
        primes = ""
        while any(each.name == label + primes for each in labels):
            primes += "'"
        labels.append(Label(label + primes, Axis(label + primes, size)))
    if kind is not None:
        row = kind_named(kind)
        if row is None:
            raise UnknownNameError("kind of tensor", kind, KINDS)
        if row.of_any_shape:
            pass
        elif len(labels) != 2 or labels[0].size != labels[1].size:
            raise ChalkgradError(f"'{name}' is no square matrix, so it cannot be {kind}")
    axis_list = tuple(label.axis for label in labels if label.axis is not None)
    element = Tensor(name, axis_list, Role.INPUT)[axis_list]
    return TensorFormula(element, tuple(labels), name, ATOM, {} if kind is None else {name: kind})


def elementwise(function: str, value: Any) -> TensorFormula:
    """A function of the table of every element: `elementwise("gelu", x)`; all are also names of the package, `cg.gelu`.

    >>> elementwise("relu", tensor("x", "n"))
    <relu(x) (n)>
    """
    name, of = function_named(function).name, as_formula(value)
    return of._with(call(name, of.expression), f"{name}({of.text})", ATOM)


def as_formula(value: Any) -> TensorFormula:
    """A formula as it is, a number as one without axes; raises `ChalkgradError` for anything else.

    >>> as_formula(0.5)
    <0.5>
    """
    if isinstance(value, TensorFormula):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float | Rational):
        kind = type(value).__name__
        raise ChalkgradError(f"a {kind} stands in a formula; numbers and tensors can, arrays as tensor(name, axes)")
    if isinstance(value, float) and not abs(value) < float("inf"):
        raise ChalkgradError(f"{value} stands in a formula; expected a number that is finite")
    exact = number(value if isinstance(value, float) else Fraction(value))
    return TensorFormula(exact, (), str(value), _SUM if str(value).startswith("-") else ATOM)


def _sides(sign: str, left: Any, right: Any, strength: int) -> tuple[TensorFormula, TensorFormula, str, int]:
    """Both sides of an operator, what it is written as, and where in that the operator stands."""
    one, two = as_formula(left), as_formula(right)
    before = one.at_least(strength + (sign == "**"))
    after = two.at_least(strength + (sign in ("-", "/", "@")))
    return one, two, f"{before} {sign} {after}", len(before) + 1


def _elementwise(
    sign: str, left: Any, right: Any, act: Callable[[Expression, Expression], Expression], strength: int
) -> TensorFormula:
    one, two, text, place = _sides(sign, left, right, strength)
    try:
        kinds = merged_kinds(one, two)
        labels, first, second = broadcast(one.labelled, two.labelled)
        return formula_of(relabelled(act(first, second), labels), text, strength, kinds)
    except (MisfitError, ProgramError) as problem:
        raise _at_operator(str(problem), text, place) from None


def _product(left: Any, right: Any) -> TensorFormula:
    one, two, text, place = _sides("@", left, right, _PRODUCT)
    try:
        kinds = merged_kinds(one, two)
        return formula_of(matrix_product(one.labelled, two.labelled), text, _PRODUCT, kinds)
    except MisfitError as problem:
        raise _at_operator(str(problem), text, place) from None


def _at_operator(problem: str, text: str, place: int) -> ShapeError:
    start = max(0, place - _LONGEST)
    shown = text[start : place + _LONGEST]
    return ShapeError(f"{problem}\n  {shown}\n  {' ' * (place - start)}^")


def formula_of(found: Labelled, text: str, strength: int, kinds: Mapping[str, str]) -> TensorFormula:
    """The formula that an expression along axes is, under a text that tells how it was made."""
    shown = text if len(text) <= 4 * _LONGEST else f"{text[: 2 * _LONGEST]}…{text[-_LONGEST:]}"
    return TensorFormula(found.expression, found.labels, shown, strength, kinds)


def merged_kinds(*formulas: TensorFormula) -> Mapping[str, str]:
    """The kinds of all; raises `MisfitError` for one name that is two tensors."""
    known: dict[str, Tensor] = {}
    kinds: dict[str, str] = {}
    for formula in formulas:
        for each in formula.expression.tensors:
            mine = known.setdefault(each.name, each)
            if mine.shape != each.shape:
                shapes = " and ".join(f"({', '.join(map(str, one.shape))})" for one in (mine, each))
                raise MisfitError(f"'{each.name}' is two tensors, of the shapes {shapes}")
        kinds.update(formula.kinds)
    return kinds
