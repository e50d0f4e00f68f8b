"""The nodes that written equations are made of: immutable, shared, each knowing its free axes.

Every node is hash-consed: building the same node twice gives the same object, so `is` (and `==`) compares structure
in constant time. `Expression.identity` compares up to the order of terms and factors and the names of bound axes.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from dataclasses import MISSING, dataclass, field
from dataclasses import fields as dataclass_fields
from enum import Enum
from fractions import Fraction
from functools import cache
from typing import Any, TypeAlias

_nodes: weakref.WeakValueDictionary[tuple[Any, ...], Any] = weakref.WeakValueDictionary()
_identities: dict[tuple[Any, ...], int] = {}


class _HashConsing(type):
    """Gives the one node with these fields, made on first use; a field left out is its default."""

    def __call__(cls, *fields: Any) -> Any:
        missing = _missing(cls, len(fields))
        key = (cls, *fields, *missing)
        reference = _nodes.data.get(key)  # type: ignore[attr-defined]  # the dictionary behind: the hottest line here
        node = reference() if reference is not None else None
        return _nodes.setdefault(key, super().__call__(*fields, *missing)) if node is None else node


@cache
def _missing(cls: Any, given: int) -> tuple[Any, ...]:
    """The defaults of the fields that were not given."""
    wanted = [field for field in dataclass_fields(cls) if field.init]
    return tuple(field.default for field in wanted[given:] if field.default is not MISSING)


class Role(Enum):
    """What a tensor is for in a program."""

    INPUT = "input"
    TARGET = "target"
    PARAMETER = "parameter"
    VALUE = "value"
    ADJOINT = "adjoint"


SIZE_LETTERS = "mdpqrstuvwhlk"  # for sizes that have no name, in the order in which they are taken


@dataclass(frozen=True, eq=False, slots=True, weakref_slot=True)
class Axis(metaclass=_HashConsing):
    """A named range `0 … size-1`; the size is a number, or a name for a size that is known only with the data.

    >>> Axis("j", 3), Axis("n", "n") is Axis("n", "n")
    (Axis(name='j', size=3), True)
    """

    name: str
    size: int | str


@dataclass(frozen=True, eq=False, slots=True, weakref_slot=True)
class Tensor(metaclass=_HashConsing):
    """A name with axes and a role; a scalar has no axes. Of an adjoint, `of` and `wrt` say which derivative it is.

    A `symmetric` matrix is the same at (i, j) and at (j, i); an `orthogonal` one times its transpose is I.

    >>> Tensor("W", (Axis("i", 2), Axis("j", 3)), Role.PARAMETER).shape
    (2, 3)
    """

    name: str
    axes: tuple[Axis, ...] = ()
    role: Role = Role.VALUE
    of: str = ""
    wrt: str = ""
    symmetric: bool = False
    orthogonal: bool = False

    @property
    def shape(self) -> tuple[int | str, ...]:
        """The sizes of the axes, in order."""
        return tuple(axis.size for axis in self.axes)

    def with_axes(self, axes: Iterable[Axis], role: Role | None = None) -> Tensor:
        """The same tensor along other axes, perhaps in another role."""
        return Tensor(self.name, tuple(axes), role or self.role, self.of, self.wrt, self.symmetric, self.orthogonal)

    def __getitem__(self, indices: Any) -> Element:
        """The element at the given axes or index expressions: `W[i, j]`, `x[i + 1]`; a scalar is `c[()]`."""
        given = indices if isinstance(indices, tuple) else (indices,)
        return Element(self, tuple(as_index(index) for index in given))


@dataclass(frozen=True, eq=False, slots=True, weakref_slot=True)
class Index(metaclass=_HashConsing):
    """An affine index such as `i + k - 1`: axes with whole-number coefficients, and an offset. Counts from 0.

    >>> i, k = Axis("i", 4), Axis("k", 3)
    >>> str(as_index(i) + k - 1)
    'i + k - 1'
    """

    terms: tuple[tuple[Axis, int], ...]
    offset: int = 0

    @property
    def axis(self) -> Axis | None:
        """The axis, when the index is nothing but one axis."""
        if self.offset == 0 and len(self.terms) == 1 and self.terms[0][1] == 1:
            return self.terms[0][0]
        return None

    def coefficient(self, axis: Axis) -> int:
        """How often `axis` enters."""
        return next((coefficient for other, coefficient in self.terms if other is axis), 0)

    def renamed(self, axis: Callable[[Axis], Axis]) -> Index:
        """The index over other axes."""
        return Index(tuple((axis(own), factor) for own, factor in self.terms), self.offset)

    def __add__(self, other: Index | Axis | int) -> Index:
        return combine_indices(self, 1, as_index(other))

    def __sub__(self, other: Index | Axis | int) -> Index:
        return combine_indices(self, -1, as_index(other))

    def __mul__(self, factor: int) -> Index:
        return Index(tuple((axis, c * factor) for axis, c in self.terms) if factor else (), self.offset * factor)

    __rmul__ = __mul__

    def __str__(self) -> str:
        text = ""
        for axis, coefficient in self.terms:
            size = "" if abs(coefficient) == 1 else f"{abs(coefficient)}*"
            sign = ("-" if coefficient < 0 else "") if not text else (" - " if coefficient < 0 else " + ")
            text += f"{sign}{size}{axis.name}"
        if not text:
            return str(self.offset)
        return text if self.offset == 0 else f"{text} {'-' if self.offset < 0 else '+'} {abs(self.offset)}"


IndexLike: TypeAlias = "Index | Axis | int"


def as_index(index: IndexLike) -> Index:
    """The index for an axis (itself), a whole number (a constant place) or an index.

    >>> as_index(3).offset
    3
    """
    if isinstance(index, Index):
        return index
    if isinstance(index, Axis):
        return Index(((index, 1),), 0)
    return Index((), int(index))


def combine_indices(left: Index, factor: int, right: Index) -> Index:
    """`left + factor * right`, collected by axis in order of first use."""
    coefficients = dict(left.terms)
    for axis, coefficient in right.terms:
        coefficients[axis] = coefficients.get(axis, 0) + factor * coefficient
    terms = tuple((axis, c) for axis, c in coefficients.items() if c)
    return Index(terms, left.offset + factor * right.offset)


class Expression(metaclass=_HashConsing):
    """The base of all nodes: the free axes, the operators, and the identity up to order and bound names.

    Python's operators build simplified expressions (see `language.algebra`).
    """

    __slots__ = ("__weakref__", "_binding_height", "_cost", "_depth", "_identity", "_tensors")
    free: frozenset[Axis]
    _identity: int
    _tensors: tuple[Tensor, ...]
    _cost: int
    _depth: int
    _binding_height: int

    @property
    def identity(self) -> int:
        """A number that two expressions share exactly if they differ at most in order and in bound names."""
        try:
            return self._identity
        except AttributeError:
            from chalkgrad.language.identity import identity_key

            number = identity_number(identity_key(self))
            object.__setattr__(self, "_identity", number)
            return number

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """The tensors that occur, each once, in order of first occurrence."""
        try:
            return self._tensors
        except AttributeError:
            from chalkgrad.language.substitution import children

            inner = dict.fromkeys(tensor for child in children(self) for tensor in child.tensors)
            own = (self.tensor,) if isinstance(self, Element) else tuple(inner)
            object.__setattr__(self, "_tensors", own)
            return own

    @property
    def cost(self) -> int:
        """How long the expression is to write: the number of its nodes."""
        try:
            return self._cost
        except AttributeError:
            from chalkgrad.language.substitution import children

            nodes = 1 + sum(child.cost for child in children(self))
            object.__setattr__(self, "_cost", nodes)
            return nodes

    @property
    def depth(self) -> int:
        """How deep the expression is nested, itself included; found without recursion, so that it may be any."""
        try:
            return self._depth
        except AttributeError:
            from chalkgrad.language.substitution import children

            pending: list[Expression] = [self]
            while pending:
                inner = children(pending[-1])
                unknown = [child for child in inner if not hasattr(child, "_depth")]
                if unknown:
                    pending.extend(unknown)
                else:
                    deepest = 1 + max((child._depth for child in inner), default=0)
                    object.__setattr__(pending.pop(), "_depth", deepest)
            return self._depth

    def __add__(self, other: Operand) -> Expression:
        return _build("add", self, other)

    def __radd__(self, other: Operand) -> Expression:
        return _build("add", other, self)

    def __sub__(self, other: Operand) -> Expression:
        return _build("add", self, _build("multiply", -1, other))

    def __rsub__(self, other: Operand) -> Expression:
        return _build("add", other, _build("multiply", -1, self))

    def __mul__(self, other: Operand) -> Expression:
        return _build("multiply", self, other)

    def __rmul__(self, other: Operand) -> Expression:
        return _build("multiply", other, self)

    def __truediv__(self, other: Operand) -> Expression:
        return _build("divide", self, other)

    def __rtruediv__(self, other: Operand) -> Expression:
        return _build("divide", other, self)

    def __pow__(self, other: Operand) -> Expression:
        return _build("power", self, other)

    def __neg__(self) -> Expression:
        return _build("multiply", -1, self)

    def __str__(self) -> str:
        from chalkgrad.language.text import expression_text

        return expression_text(self)

    def __repr__(self) -> str:
        return f"<{self}>"


def identity_number(key: tuple[Any, ...]) -> int:
    """The number that stands for a key, the same one for equal keys."""
    return _identities.setdefault(key, len(_identities))


Operand: TypeAlias = "Expression | int | Fraction"


def _build(builder: str, *operands: Operand) -> Expression:
    from chalkgrad.language import algebra

    built: Expression = getattr(algebra, builder)(*operands)
    return built


def _free_of_indices(*indices: Index) -> frozenset[Axis]:
    return frozenset(axis for index in indices for axis, _ in index.terms)


@dataclass(frozen=True, eq=False, slots=True, repr=False)
class Number(Expression):
    """An exact rational number."""

    value: Fraction
    free: frozenset[Axis] = field(init=False, default=frozenset())


@dataclass(frozen=True, eq=False, slots=True, repr=False)
class Constant(Expression):
    """A named real number that is not rational: `pi`."""

    name: str
    free: frozenset[Axis] = field(init=False, default=frozenset())


@dataclass(frozen=True, eq=False, slots=True, repr=False)
class SizeOf(Expression):
    """The size of an axis as a number, while it is still a name: the n in 1/n."""

    size: str
    free: frozenset[Axis] = field(init=False, default=frozenset())


@dataclass(frozen=True, eq=False, slots=True, repr=False)
class Element(Expression):
    """An element of a tensor, `W[i, j]`; read outside its axes it is zero (as with zero padding)."""

    tensor: Tensor
    indices: tuple[Index, ...]
    free: frozenset[Axis] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "free", _free_of_indices(*self.indices))

    @property
    def plain_axes(self) -> tuple[Axis | None, ...]:
        """For each index the axis that it is, if it goes along all of that of the tensor; else None."""
        return tuple(
            index.axis if index.axis is not None and index.axis.size == axis.size else None
            for index, axis in zip(self.indices, self.tensor.axes, strict=True)
        )


@dataclass(frozen=True, eq=False, slots=True, repr=False)
class IndexValue(Expression):
    """The value of an index as a number, counting from 0: for masks and positions."""

    index: Index
    free: frozenset[Axis] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "free", _free_of_indices(self.index))


@dataclass(frozen=True, eq=False, slots=True, repr=False)
class Add(Expression):
    """A sum of at least two terms, in the order in which they were written."""

    terms: tuple[Expression, ...]
    free: frozenset[Axis] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "free", frozenset().union(*(term.free for term in self.terms)))


@dataclass(frozen=True, eq=False, slots=True, repr=False)
class Multiply(Expression):
    """A product of at least two factors; a number comes first. A quotient has a factor with a negative power."""

    factors: tuple[Expression, ...]
    free: frozenset[Axis] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "free", frozenset().union(*(factor.free for factor in self.factors)))


@dataclass(frozen=True, eq=False, slots=True, repr=False)
class Power(Expression):
    """A base raised to an exponent."""

    base: Expression
    exponent: Expression
    free: frozenset[Axis] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "free", self.base.free | self.exponent.free)


@dataclass(frozen=True, eq=False, slots=True, repr=False)
class Call(Expression):
    """An elementwise function of the table, or its derivative of the given order: `relu(z)`, `relu'(z)`."""

    function: str
    argument: Expression
    order: int = 0
    free: frozenset[Axis] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "free", self.argument.free)


@dataclass(frozen=True, eq=False, slots=True, repr=False)
class Sum(Expression):
    """The sum of the body over an axis, `Σ_i body`."""

    body: Expression
    axis: Axis
    free: frozenset[Axis] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "free", self.body.free - {self.axis})


@dataclass(frozen=True, eq=False, slots=True, repr=False)
class Max(Expression):
    """The greatest value of the body over an axis, `max_i body`."""

    body: Expression
    axis: Axis
    free: frozenset[Axis] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "free", self.body.free - {self.axis})


@dataclass(frozen=True, eq=False, slots=True, repr=False)
class Delta(Expression):
    """Kronecker's delta: 1 where the two indices agree, else 0."""

    left: Index
    right: Index
    free: frozenset[Axis] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "free", _free_of_indices(self.left, self.right))


@dataclass(frozen=True, eq=False, slots=True, repr=False)
class MatrixFunction(Expression):
    """A function of a whole matrix, that with the body at each place of `rows` and `columns`.

    Of one that gives a matrix, such as the inverse, this is the entry `at` two indices; a determinant has none.
    """

    function: str
    body: Expression
    rows: Axis
    columns: Axis
    at: tuple[Index, ...] = ()
    free: frozenset[Axis] = field(init=False)

    def __post_init__(self) -> None:
        free = (self.body.free - {self.rows, self.columns}) | _free_of_indices(*self.at)
        object.__setattr__(self, "free", free)


COMPARISONS = (">", ">=", "<", "<=", "=", "!=")
OPPOSITE = {">": "<=", "<=": ">", "<": ">=", ">=": "<", "=": "!=", "!=": "="}


@dataclass(frozen=True, eq=False, slots=True, repr=False)
class Indicator(Expression):
    """1 where the comparison holds, else 0. As a factor it gates: where it is 0 the product is 0, whatever the rest."""

    comparison: str
    left: Expression
    right: Expression
    free: frozenset[Axis] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "free", self.left.free | self.right.free)
