r"""Definitions of whole vectors and matrices, `z = W x + b`: which of their dimensions must be equal.

Capital letters are matrices, small ones vectors for one sample; a dimension that turns out to be 1 is no axis.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from chalkgrad.errors import ReadingError
from chalkgrad.language import Axis, Tensor
from chalkgrad.page.syntax import (
    Addition,
    Cases,
    Chain,
    Fraction,
    Group,
    Name,
    Number,
    Product,
    Root,
    Scripted,
    Syntax,
    walk_syntax,
)
from chalkgrad.reading.conventions import LOSS_NAMES, TARGETS
from chalkgrad.reading.operations import WHOLE_NAMES
from chalkgrad.reading.scope import SAMPLES, Scope, is_transpose, superscript_parts, written

DATA = ("X", "A^[0]", "A^(0)", "H^[0]", "H^(0)")
_ONE = "one"
_ONES = ("1/0",)
_SIZES = frozenset({"d", "n", "m"})  # what stands below these, as in d_k, is no index
_TO_A_NUMBER = frozenset({"tr", "trace", "sum", "np.sum"})
_ELEMENTWISE = frozenset({r"\odot", r"\circ", ".*", "*"})


@dataclass(frozen=True)
class Shape:
    """The dimensions of a value: none of a scalar, one of a vector, two of a matrix; a vector may lie down."""

    dimensions: tuple[str, ...] = ()
    lies: bool = False


def is_matrix_writing(names: Sequence[Name], defined: Collection[str] = ()) -> bool:
    """Whether names stand for whole matrices: a capital letter without a place in it, or something transposed.

    A capital letter that is only `defined` may be anything.

    >>> is_matrix_writing([Name("W"), Name("x")]), is_matrix_writing([Name("W", (Number("12"),))])
    (True, False)
    """
    capitals = [name for name in names if is_capital(name) and not name.accents]
    capitals = [name for name in capitals if name.base not in LOSS_NAMES and written(name) not in defined]
    plain = all(
        not name.subscripts or (isinstance(name.subscripts[0], Number) and len(name.subscripts[0].text) == 1)
        for name in names
        if name.base not in _SIZES
    )
    turned = any(is_transpose(part) for name in names for part in superscript_parts(name))
    return bool(capitals or turned) and plain


def is_capital(name: Name) -> bool:
    r"""Whether the letter of a name is a capital, such as W or \Omega."""
    letter = name.base.lstrip("\\")
    return letter[:1].isupper() and (len(letter) == 1 or name.base[0] == "\\")


def batch_side(equations: Sequence[Syntax]) -> str:
    r"""Whether the samples of a batch are the `columns` of its matrices or their `rows`; "" without a batch.

    >>> from chalkgrad.reading.latex import read_latex
    >>> [batch_side(read_latex(text)) for text in ("Z = W X + b", "Z = X W + b", "z = W x")]
    ['columns', 'rows', '']
    """
    data = set(DATA)
    for equation in _definitions(equations):
        for part in walk_syntax(equation.sides[1]):
            if not isinstance(part, Product):
                continue
            names = [written(factor) if isinstance(factor, Name) else "" for factor in part.factors]
            for left, right in pairwise(names):
                if left in data or right in data:
                    return "rows" if left in data else "columns"
    return ""


def _definitions(equations: Sequence[Syntax]) -> list[Chain]:
    return [each for each in equations if isinstance(each, Chain) and isinstance(each.sides[0], Name)]


class MatrixShapes:
    """Finds the axes of whole tensors from the equations that they stand in.

    >>> from chalkgrad.reading.latex import read_latex
    >>> found = MatrixShapes(read_latex(r"z = W x + b,\\ s = \\sigma(v^T z + c)"), single="s")
    >>> [(tensor.name, len(tensor.axes)) for tensor in found.tensors().values()]
    [('W', 2), ('x', 1), ('b', 1), ('z', 1), ('v', 1), ('c', 0), ('s', 0)]
    """

    def __init__(self, equations: Sequence[Syntax], single: str = "", losses: Sequence[Syntax] = ()) -> None:
        """`single` is the name of a value that is one number: the output before a binary loss; so is each loss."""
        self._same: dict[str, str] = {}
        self._ranks: dict[str, int] = {}
        self._long: set[str] = set()
        self._rows: set[str] = set()
        self._upright: set[str] = set()
        self._beside: set[tuple[int, int]] = set()
        self._functions = Scope()
        self._side = batch_side(equations)
        definitions = _definitions(equations)
        lefts = (equation.sides[0] for equation in definitions)
        self.defined = {written(left) for left in lefts if isinstance(left, Name)}
        pending = self._equated(definitions)
        open_losses = self._ended(_definitions(losses))
        pending = self._equated(pending)
        self._shorten()
        self.ends = not self._ended(open_losses) and not self._side
        for equation in self._equated(pending):
            self._equate(equation)
        self._shorten()
        if self._ranks.get(single) == 2 and self._side:
            self._unify(Shape(self._named(single).dimensions[:1][: 1 - (self._side == "rows")]), Shape())
            self._unify(Shape(self._named(single).dimensions[1:][: int(self._side == "rows")]), Shape())
        elif single in self._ranks and not self._side:
            self._unify(self._named(single), Shape())

    def _equated(self, equations: Sequence[Chain]) -> list[Chain]:
        """Learns from the equations until nothing more comes of it; gives those that are not clear yet."""
        pending = list(equations)
        while True:
            unclear = []
            for equation in pending:
                try:
                    self._equate(equation)
                except _SideBySideError:
                    unclear.append(equation)
            if len(unclear) in (0, len(pending)):
                return unclear
            pending = unclear

    def _equate(self, equation: Chain) -> None:
        right, left = self._shape(equation.sides[1]), equation.sides[0]
        if isinstance(left, Name) and (self._side or written(left) in LOSS_NAMES):
            self._ranks.setdefault(written(left), len(right.dimensions))
            self._rows |= {written(left)} if right.lies and self._side == "columns" else set()
        self._unify(self._shape(left), right)

    def _ended(self, losses: Sequence[Chain]) -> list[Chain]:
        """Learns from losses that each is one number, and so what it is made of place by place; gives the unclear."""
        unclear = []
        for equation in losses if not self._side else ():
            same, ranks, long = dict(self._same), dict(self._ranks), set(self._long)
            try:
                shape = self._shape(equation.sides[1])
                if shape.dimensions and self._root(shape.dimensions[0]) in self._long_roots():
                    raise ReadingError("a loss that is not one number")
                self._unify(shape, Shape())
                self._ranks[written(equation.sides[0])] = 0  # type: ignore[arg-type]
            except ReadingError:
                self._same, self._ranks, self._long = same, ranks, long
                unclear.append(equation)
        return unclear

    def _shorten(self) -> None:
        """A vector that nothing shows to have several places is one number."""
        long = self._long_roots()
        for key, rank in self._ranks.items():
            if rank == 1 and not self._side and self._root(f"{key}/0") not in long:
                self._join(f"{key}/0", _ONE)

    def _long_roots(self) -> set[str]:
        matrices = [f"{key}/{place}" for key, rank in self._ranks.items() if rank == 2 for place in (0, 1)]
        return {self._root(each) for each in (*self._long, *matrices)}

    @property
    def batch(self) -> bool:
        """Whether the matrices hold the samples of a batch."""
        return bool(self._side)

    def tensors(self) -> dict[str, Tensor]:
        """A tensor for each name; dimensions that must be equal are one axis, with a name for its size."""
        names: dict[str, Axis] = {}
        if self._side:
            names[self._root(f"X/{int(self._side == 'columns')}")] = Axis(SAMPLES, SAMPLES)
        found = {}
        for key in self._ranks:
            roots = [self._root(dimension) for dimension in self._named(key).dimensions]
            axes = []
            for root in roots:
                if root != _ONE:
                    axes.append(names.setdefault(root, Axis(f"axis{len(names)}", f"d{len(names)}")))
            found[key] = Tensor(key, tuple(axes))
        return found

    @property
    def rows(self) -> bool:
        """Whether the document's vectors are rows: they stand to the left of matrices, and never to the right."""
        return (1, 2) in self._beside and (2, 1) not in self._beside

    def lying(self, tensors: Mapping[str, Tensor]) -> dict[Tensor, bool]:
        """The matrices that turned out to have a single row (True) or a single column (False)."""
        found = {}
        for key, tensor in tensors.items():
            if self._ranks[key] == 2 and len(tensor.axes) == 1:
                found[tensor] = self._root(f"{key}/0") == _ONE
            elif f"{key}/0" in self._upright:
                found[tensor] = False
            elif key in self._rows and len(tensor.axes) == 1:
                found[tensor] = True
        return found

    def _root(self, dimension: str) -> str:
        while dimension in self._same:
            dimension = self._same[dimension]
        return dimension

    def _join(self, one: str, other: str) -> None:
        first, second = self._root(one), self._root(other)
        if first != second:
            low, high = (second, first) if first != _ONE else (first, second)
            self._same[high] = low

    def _named(self, key: str) -> Shape:
        return Shape(tuple(f"{key}/{place}" for place in range(self._ranks[key])))

    def _unify(self, left: Shape, right: Shape) -> None:
        if len(left.dimensions) == len(right.dimensions):
            for one, other in zip(left.dimensions, right.dimensions, strict=True):
                self._join(one, other)
            return
        for longer, shorter in ((left, right), (right, left)):
            if not shorter.dimensions and len(longer.dimensions) == 1:
                self._join(longer.dimensions[0], _ONE)
                return
        raise ReadingError("a matrix and a vector are set equal or added", expected="equations for one sample")

    def _shape(self, syntax: Syntax) -> Shape:
        match syntax:
            case Number():
                return Shape()
            case Name():
                return self._name(syntax)
            case Scripted(base=Group(bracket=r"\|") as base):
                return self._shape(base)
            case Scripted(base=base, superscripts=above):
                shape = self._shape(base)
                return _turned(shape) if any(map(is_transpose, above)) else shape
            case Group(bracket=r"\|", contents=(inner,)):
                self._long.update(self._shape(inner).dimensions)
                return Shape()
            case Group(bracket=r"\langle", contents=several) if several:
                self._long.update(self._alike([self._shape(each) for each in several]).dimensions)
                return Shape()
            case Group(contents=several) if several:
                return self._alike([self._shape(each) for each in several])
            case Cases(rows=rows):
                conditions = [side for _, at in rows if isinstance(at, Chain) for side in at.sides]
                return self._alike([self._shape(each) for each in (*(value for value, _ in rows), *conditions)])
            case Addition(terms=terms):
                return self._added(terms)
            case Fraction(numerator=above, denominator=below):
                number = isinstance(above, Number) and isinstance(below, Name)
                return self._divided(self._shape(above), self._number(below) if number else self._shape(below))
            case Root(radicand=radicand):
                return self._number(radicand)
            case Product():
                return self._product(syntax)
        raise ReadingError("this is not an equation of whole vectors and matrices")

    def _name(self, name: Name) -> Shape:
        turned = sum(map(is_transpose, superscript_parts(name))) % 2 == 1
        upright = tuple(part for part in name.superscripts if not is_transpose(part))
        bare = replace(name, superscripts=_without_transpose(upright))
        key = written(bare)
        self._ranks.setdefault(key, 2 if is_capital(bare) else 1)
        shape = self._named(key)
        if len(shape.dimensions) == 1 and self._root(shape.dimensions[0]) == _ONE and not self._side:
            return Shape()
        shape = replace(shape, lies=key in self._rows)
        return _turned(shape) if turned else shape

    def _number(self, part: Syntax) -> Shape:
        r"""The shape of something in whose place a lone name is a number, as in `\sqrt{d}` and `\frac1r`."""
        shape = self._shape(part)
        if not isinstance(part, Name) or len(shape.dimensions) != 1:
            return shape
        if self._root(shape.dimensions[0]) not in self._long_roots():
            self._join(shape.dimensions[0], _ONE)
        return self._shape(part)

    def _alike(self, shapes: Sequence[Shape]) -> Shape:
        """The shape of several things of which each stands in the place of the other; numbers fit anything."""
        known = max(shapes, key=lambda shape: len(shape.dimensions))
        for shape in shapes:
            if len(shape.dimensions) == len(known.dimensions):
                self._unify(known, shape)
        return known

    def _added(self, terms: Sequence[Syntax]) -> Shape:
        shapes = [self._shape(term) for term in terms]
        known = max(shapes, key=lambda shape: len(shape.dimensions))
        for shape, term in zip(shapes, terms, strict=True):
            if self._side and isinstance(term, Name) and len(shape.dimensions) == 1:
                self._repeat(term, shape, known)
            elif not isinstance(term, Number):
                self._unify(known, shape)
        return known

    def _divided(self, above: Shape, below: Shape) -> Shape:
        """A matrix is divided by a number."""
        if len(above.dimensions) == 2 and len(below.dimensions) == 1:
            self._join(below.dimensions[0], _ONE)
        return above if above.dimensions else below

    def _repeat(self, term: Name, bias: Shape, known: Shape) -> None:
        """Makes a vector that is added to the values of all samples fit one of them."""
        if written(term) in self.defined or written(term) in (*DATA, *TARGETS) or known is bias:
            self._unify(known, bias)
        elif len(known.dimensions) == 2:
            self._join(bias.dimensions[0], known.dimensions[0 if self._side == "columns" else 1])
        else:
            self._join(bias.dimensions[0], _ONE)

    def _product(self, product: Product) -> Shape:
        result: Shape | None = None
        operator = ""
        function: str | None = None
        for sign, factor in zip(product.operators, product.factors, strict=True):
            operator = sign or operator
            if isinstance(factor, Name) and (found := self._function(factor)):
                function = found
                continue
            shape = self._applied(function, self._shape(factor)) if function else self._shape(factor)
            if result is None:
                result = shape
            elif operator == "/":
                result = self._divided(result, shape)
            elif not result.dimensions:
                result = shape
            elif operator in _ELEMENTWISE:
                self._long.update(result.dimensions)
                self._unify(result, shape)
            elif shape.dimensions:
                result = self._multiplied(result, shape, dot=operator == r"\cdot")
            operator, function = "", None
        return result or Shape()

    def _function(self, name: Name) -> str | None:
        """The function that a name is, or "" if it is none."""
        bare = replace(name, primes=0, superscripts=())
        if bare.base.lstrip("\\") in WHOLE_NAMES or bare.base.lstrip("\\") in ("max", "min"):
            return bare.base.lstrip("\\")
        return None if written(bare) in self.defined else self._functions.function(bare)

    def _applied(self, function: str, shape: Shape) -> Shape:
        if function in WHOLE_NAMES:
            self._long.update(shape.dimensions)
        if function in ("tr", "trace") and len(shape.dimensions) == 2:
            self._join(*shape.dimensions)
        if function == "diag":
            return Shape(shape.dimensions * 2)
        return Shape() if function in _TO_A_NUMBER else shape

    def _multiplied(self, left: Shape, right: Shape, *, dot: bool = False) -> Shape:
        ranks = (len(left.dimensions), len(right.dimensions))
        self._beside |= {ranks} if not (left.lies or right.lies) else set()
        if ranks == (1, 1) and right.lies and not left.lies:
            self._long.update(left.dimensions + right.dimensions)
            return Shape(left.dimensions + right.dimensions)
        if ranks == (1, 1) and _ONES in (left.dimensions, right.dimensions):
            ones, number = (left, right) if left.dimensions == _ONES else (right, left)
            self._join(number.dimensions[0], _ONE)
            return ones
        if ranks == (1, 1) and not left.lies and not right.lies and self.rows:
            self._join(left.dimensions[0], right.dimensions[0])
            self._upright.add(right.dimensions[0])
            return Shape()
        if ranks == (1, 1) and not left.lies and not dot:
            raise _SideBySideError("two vectors stand side by side", expected=r"a transpose or \odot between them")
        self._join(left.dimensions[-1], right.dimensions[0])
        self._long.add(right.dimensions[0])
        rest = left.dimensions[:-1] + right.dimensions[1:]
        return Shape(rest, lies=ranks == (1, 2))


class _SideBySideError(ReadingError):
    """Two vectors side by side, one of which may turn out to be a number."""


def _turned(shape: Shape) -> Shape:
    return Shape(tuple(reversed(shape.dimensions)), lies=not shape.lies)


def _without_transpose(parts: tuple[Syntax, ...]) -> tuple[Syntax, ...]:
    r"""The superscripts without the T of `[1]T`."""
    kept: list[Syntax] = []
    for part in parts:
        if isinstance(part, Product):
            kept.extend(factor for factor in part.factors if not is_transpose(factor))
        else:
            kept.append(part)
    return tuple(kept)
