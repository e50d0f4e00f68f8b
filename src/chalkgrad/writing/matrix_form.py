"""Recognising matrix form: which contraction, elementwise product or broadcast an equation in indices is."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from chalkgrad.calculus.normalised import softmax_in
from chalkgrad.language import (
    Add,
    Axis,
    Call,
    Definition,
    Delta,
    Element,
    Expression,
    IndexValue,
    Indicator,
    MatrixFunction,
    Multiply,
    Number,
    Power,
    Sum,
    Tensor,
    add,
    multiply,
    power,
    split_power,
    walk,
)
from chalkgrad.writing.matrix_algebra import (
    Applied,
    Compared,
    Diagonal,
    DiagonalPart,
    Elementwise,
    Identity,
    Matrix,
    Named,
    OfMatrix,
    Ones,
    Product,
    Raised,
    Scalar,
    Scaled,
    SlopeAlong,
    Softmax,
    SquaredNorm,
    Total,
    Trace,
    Transposed,
    Triangle,
    has_diagonal,
    length,
    transposed,
)
from chalkgrad.writing.matrix_chains import circle, factored, nests_of_terms, product, turns, with_sign_inside

MUCH = 3  # by how many marks a sum has to be shorter term by term
_UNIT = Scalar(Number(Fraction(1)))


class NoMatrixFormError(Exception):
    """The equation has no matrix form: three axes at once, a shifted index, a maximum."""


class MatrixForm:
    """Turns expressions in indices into expressions of matrices.

    `flipped` says which tensors are stored with rows and columns exchanged; `broadcast` leaves out the ones that
    spread a vector over a matrix in a sum (Z = XW + b).
    """

    def __init__(self, flipped: Callable[[Tensor], bool] = lambda tensor: False, broadcast: bool = False) -> None:
        self.flipped, self.broadcast = flipped, broadcast
        self._known: dict[tuple[Expression, Axis | None, Axis | None], Matrix] = {}
        self._begun: set[tuple[Expression, Axis | None, Axis | None]] = set()
        self.stand_ins: dict[Tensor, Matrix] = {}

    def of_definition(self, definition: Definition) -> tuple[Matrix, Matrix]:
        """Both sides of a definition. Raises `NoMatrixFormError`."""
        axes = definition.indices
        if len(axes) > 2:
            raise NoMatrixFormError(f"{definition.tensor.name} has {len(axes)} axes")
        if self.flipped(definition.tensor):
            axes = axes[::-1]
        rows, columns = (*axes, None, None)[:2]
        return Named(definition.tensor), self.fitted(definition.body, rows, columns)

    def of_expression(self, expression: Expression) -> Matrix:
        """An expression with at most two free axes, the sample axis or the first by name as its rows."""
        axes = sorted(expression.free, key=lambda axis: (axis.size != "n", axis.name))
        if len(axes) > 2:
            raise NoMatrixFormError(f"{expression} has {len(axes)} free axes")
        rows, columns = (*axes, None, None)[:2]
        return self.fitted(expression, rows, columns)

    def fitted(self, expression: Expression, rows: Axis | None, columns: Axis | None) -> Matrix:
        """The expression with the shape (rows, columns), spread along what it does not depend on."""
        free = expression.free
        if not free <= {rows, columns}:
            raise NoMatrixFormError(f"{expression} depends on other axes")
        if rows is not None and columns is not None and free != {rows, columns}:
            if not free:
                return _scaled_by(self._scalar(expression), Product((Ones(rows), Transposed(Ones(columns)))))
            if rows in free:
                return Product((self.converted(expression, rows, None), Transposed(Ones(columns))))
            return Product((Ones(rows), transposed(self.converted(expression, columns, None))))
        if rows is not None and columns is None and not free:
            return _scaled_by(self._scalar(expression), Ones(rows))
        return self.converted(expression, rows, columns)

    def converted(self, expression: Expression, rows: Axis | None, columns: Axis | None) -> Matrix:
        """The expression, whose free axes are exactly the rows and columns; turned, if that is shorter to write."""
        key = (expression, rows, columns)
        if key not in self._known:
            if key in self._begun:
                raise NoMatrixFormError(f"{expression} comes back to itself when its sums change places")
            self._begun.add(key)
            self._known[key] = self._shorter(expression, rows, columns)
        return self._known[key]

    def _shorter(self, expression: Expression, rows: Axis | None, columns: Axis | None) -> Matrix:
        upright = self._converted(expression, rows, columns)
        if rows is None or columns is None or isinstance(upright, Named):
            return upright
        turned = transposed(self._converted(expression, columns, rows))
        outermost = isinstance(upright, Applied) and length(turned) == length(upright)
        return turned if outermost or length(turned) < length(upright) else upright

    def _converted(self, expression: Expression, rows: Axis | None, columns: Axis | None) -> Matrix:
        if not expression.free:
            return self._scalar(expression)
        match expression:
            case Element():
                return self._element(expression, rows)
            case Delta() if rows is not None and columns is not None:
                if {expression.left.axis, expression.right.axis} == {rows, columns}:
                    return Identity(rows)
            case Call(function=function, argument=argument, order=order):
                return Applied(function, order, self.fitted(argument, rows, columns))
            case Indicator() if (lower := _is_lower(expression, rows, columns)) is not None:
                return Triangle(lower, None)
            case Indicator(comparison=comparison, left=left, right=right):
                return Compared(comparison, self._side(left, rows, columns), self._side(right, rows, columns))
            case Add(terms=terms):
                return self._total(terms, rows, columns)
            case Multiply(factors=factors):
                return self._product(factors, rows, columns)
            case Power(base=base, exponent=Number(value=value)):
                body = self.fitted(base, rows, columns)
                named = isinstance(body, Named | Transposed)
                return Elementwise((body, body)) if value == 2 and named else Raised(body, value)
            case Sum():
                return self._contraction(expression, rows, columns)
            case MatrixFunction(at=(left_at, right_at)):
                return self._entry(expression, left_at.axis, right_at.axis, rows, columns)
        raise NoMatrixFormError(f"{expression} has no matrix form")

    def _side(self, expression: Expression, rows: Axis | None, columns: Axis | None) -> Matrix:
        """A side of a comparison; a scalar is compared with every element."""
        return self.fitted(expression, rows, columns) if expression.free else self._scalar(expression)

    def _element(self, element: Element, rows: Axis | None) -> Matrix:
        axes = list(element.plain_axes)
        if len(axes) == 2 and axes[0] is axes[1] and axes[0] is not None:
            return DiagonalPart(Named(element.tensor))
        if None in axes or len(axes) > 2 or len(set(axes)) != len(axes):
            raise NoMatrixFormError(f"{element} is no matrix at plain indices")
        if len(axes) == 2 and self.flipped(element.tensor):
            axes.reverse()
        whole = self.stand_ins.get(element.tensor) or Named(element.tensor)
        return whole if axes[0] is rows or rows is None else transposed(whole)

    def _entry(
        self, node: MatrixFunction, left: Axis | None, right: Axis | None, rows: Axis | None, columns: Axis | None
    ) -> Matrix:
        """The matrix whose entries are those of a function of a matrix; along one axis its diagonal."""
        if node.body.free - {node.rows, node.columns} or left is None or right is None:
            raise NoMatrixFormError(f"{node} is no matrix at plain indices")
        whole = OfMatrix(node.function, self.converted(node.body, node.rows, node.columns))
        if left is right:
            return DiagonalPart(whole)
        return whole if left is rows or right is columns else transposed(whole)

    def _scalar(self, expression: Expression) -> Matrix:
        """A scalar: as a contraction of matrices where there is one inside, else as in index form."""
        if not any(tensor.axes for tensor in expression.tensors):
            return Scalar(expression)
        match expression:
            case Sum():
                return self._contraction(expression, None, None)
            case Multiply(factors=factors):
                return self._product(factors, None, None)
            case Add(terms=terms):
                return self._total(terms, None, None)
            case Power(base=base, exponent=Number(value=value)):
                return Raised(self._scalar(base), value, scalar=True)
            case Call(function=function, argument=argument, order=order):
                return Applied(function, order, self._scalar(argument))
            case Indicator(comparison=comparison, left=left, right=right):
                return Compared(comparison, self._scalar(left), self._scalar(right))
            case MatrixFunction(function=function, body=body, rows=rows, columns=columns, at=()):
                return OfMatrix(function, self.converted(body, rows, columns))
        raise NoMatrixFormError(f"{expression} has no matrix form")

    def _total(self, terms: tuple[Expression, ...], rows: Axis | None, columns: Axis | None) -> Matrix:
        written = []
        for term in terms:
            negative = isinstance(term, Number | Multiply) and _leading(term) < 0
            positive = -term if negative else term
            if not positive.free:
                matrix = self._scalar(positive)
            elif self.broadcast and rows is not None and columns is not None and len(positive.free) == 1:
                axis = next(iter(positive.free))
                column = self.converted(positive, axis, None)
                sample_last = columns is not axis
                matrix = column if sample_last else transposed(column)
            else:
                matrix = self.fitted(positive, rows, columns)
            written.append((-1 if negative else 1, matrix))
        return factored(Total(tuple(written)))

    def _product(self, factors: tuple[Expression, ...], rows: Axis | None, columns: Axis | None) -> Matrix:
        found = softmax_in(factors)
        if found is not None:
            exponential, total, axis, left = found
            if exponential.free == {axis} or (exponential.free == {rows, columns} and axis is columns):
                if not left:
                    own = (axis, None) if exponential.free == {axis} else (rows, columns)
                    return Softmax(self.converted(exponential.argument, *own))
                factors = (*left, multiply(exponential, total))
        factors = self._with_softmax_inside(factors)
        value = Fraction(1)
        above: list[Matrix] = []
        below: list[Matrix] = []
        full: list[Expression] = []
        along_rows: list[Expression] = []
        along_columns: list[Expression] = []
        for factor in factors:
            if isinstance(factor, Number):
                value *= factor.value
            elif not factor.free:
                inverse = (
                    isinstance(factor, Power) and isinstance(factor.exponent, Number) and factor.exponent.value < 0
                )
                (below if inverse else above).append(self._scalar(power(factor, -1) if inverse else factor))
            elif factor.free == {rows, columns}:
                full.append(factor)
            elif factor.free == {rows}:
                along_rows.append(factor)
            elif factor.free == {columns}:
                along_columns.append(factor)
            else:
                raise NoMatrixFormError(f"{factor} depends on other axes")
        triangle = next((factor for factor in full if _is_lower(factor, rows, columns) is not None), None)
        if triangle is not None and len(full) + len(along_rows) + len(along_columns) > 1:
            rest = self.fitted(multiply(*(factor for factor in factors if factor is not triangle)), rows, columns)
            return Triangle(bool(_is_lower(triangle, rows, columns)), rest)
        body = self._grouped(full, along_rows, along_columns, rows, columns)
        if along_rows or along_columns:
            body = self._shorter_apart(body, full, (*along_rows, *along_columns), rows, columns)
        if value == 1 and not above and not below and body is not None:
            return body
        if isinstance(body, Elementwise) and len(body.factors) == 2 and len(set(body.factors)) == 1:
            body = Raised(body.factors[0], Fraction(2))  # 3x^(⊙2), which needs no brackets
        if isinstance(body, Scaled):
            value, above, below = value * body.number, [*above, *body.above], [*below, *body.below]
            body = body.body
        return with_sign_inside(Scaled(value, tuple(above), tuple(below), body))

    def _shorter_apart(
        self,
        whole: Matrix | None,
        full: list[Expression],
        along: tuple[Expression, ...],
        rows: Axis | None,
        columns: Axis | None,
    ) -> Matrix | None:
        """Vectors times a sum of matrices with the identity in it, multiplied out: diag(p) - ppᵀ."""
        if whole is None or len(full) != 1 or not isinstance(full[0], Add):
            return whole
        if not any(isinstance(factor, Delta) for term in full[0].terms for factor in _factors_of(term)):
            return whole
        apart = self._total(tuple(multiply(*along, term) for term in full[0].terms), rows, columns)
        return apart if length(apart) <= length(whole) else whole

    def _grouped(
        self,
        full: list[Expression],
        along_rows: list[Expression],
        along_columns: list[Expression],
        rows: Axis | None,
        columns: Axis | None,
    ) -> Matrix | None:
        """Factors of a product that run along both axes, the rows, or the columns, put together."""
        left = self._hadamard(along_rows, rows, None)
        right = self._hadamard(along_columns, columns, None)
        both = self._hadamard(full, rows, columns)
        if isinstance(both, Identity) and (left is not None or right is not None):
            sides = [inner for side in (left, right) if side is not None for inner in _flat(side)]
            return Diagonal(sides[0] if len(sides) == 1 else Elementwise(tuple(sides)))
        if left is not None and right is not None:
            outer = product((left, transposed(right)))
            return outer if both is None else Elementwise((outer, *_flat(both)))
        if both is None:
            if left is None and right is None:
                return None
            return left if left is not None else right
        if left is not None:
            return product((Diagonal(left), both))
        return product((both, Diagonal(right))) if right is not None else both

    def _hadamard(self, factors: list[Expression], rows: Axis | None, columns: Axis | None) -> Matrix | None:
        matrices = [self.converted(factor, rows, columns) for factor in factors]
        if len(matrices) < 2:
            return matrices[0] if matrices else None
        return Elementwise(tuple(inner for matrix in matrices for inner in _flat(matrix)))

    def _apart(self, expression: Sum, rows: Axis | None, columns: Axis | None) -> Matrix | None:
        """A nest of sums over a product with a sum of terms in it, term by term, where only that reads well."""
        terms = nests_of_terms(expression)
        if not terms:
            return None
        try:
            whole: Matrix | None = self._at_once(expression, rows, columns)
        except NoMatrixFormError:
            whole = None
        if whole is not None and not has_diagonal(whole):
            return whole
        try:
            total = self._total(terms, rows, columns)
        except NoMatrixFormError:
            return whole
        return total if whole is None or length(total) + MUCH <= length(whole) else whole

    def _contraction(self, expression: Sum, rows: Axis | None, columns: Axis | None) -> Matrix:
        square = self._squared_norm(expression) or self._slope_along(expression, rows, columns)
        if square is not None:
            return square
        apart = self._apart(expression, rows, columns)
        if apart is not None:
            return apart
        return self._at_once(expression, rows, columns)

    def _at_once(self, expression: Sum, rows: Axis | None, columns: Axis | None) -> Matrix:
        """A contraction of matrices as it stands."""
        if rows is None and columns is None:
            trace = self._trace(expression)
            if trace is not None:
                return trace
        axis, body = expression.axis, expression.body
        if isinstance(body, Sum):
            body = _summed(body.body, body.axis)
        factors = body.factors if isinstance(body, Multiply) else (body,)
        outside = [factor for factor in factors if axis not in factor.free]
        if outside:
            inside = multiply(*(factor for factor in factors if axis in factor.free))
            return self._product((*outside, Sum(inside, axis)), rows, columns)
        left = [f for f in factors if f.free == {rows, axis}]
        right = [f for f in factors if f.free == {columns, axis}]
        middle = [f for f in factors if f.free == {axis}]
        if len(left) + len(right) + len(middle) < len(factors):
            return self._distributed(expression, rows, columns)
        before = self._hadamard(left, rows, axis)
        after = self._hadamard(right, axis, columns)
        if before is not None and after is not None:
            between = self._hadamard(middle, axis, None)
            return _chained(before, *(() if between is None else (Diagonal(between),)), after)
        if before is not None:
            return _chained(before, self._hadamard(middle, axis, None) or Ones(axis))
        if after is not None:
            return _chained(transposed(self._hadamard(middle, axis, None) or Ones(axis)), after)
        if len(middle) == 1:
            part = self.converted(middle[0], axis, None)
            return Trace(part.body) if isinstance(part, DiagonalPart) else _chained(Transposed(Ones(axis)), part)
        first = self.converted(middle[0], axis, None)
        rest = self._hadamard(middle[1:], axis, None)
        assert rest is not None
        return _chained(transposed(first), rest)

    def _with_softmax_inside(self, factors: tuple[Expression, ...]) -> tuple[Expression, ...]:
        """The factors with a softmax whose sum stands before another sum, Σ_i a_i e_i / Σ_i e_i, inside of that."""
        for below in factors:
            total, times = split_power(below)
            if not isinstance(total, Sum) or not (isinstance(times, Number) and times.value == -1):
                continue
            for other in factors:
                if not isinstance(other, Sum):
                    continue
                inside = other.body.factors if isinstance(other.body, Multiply) else (other.body,)
                found = softmax_in((*inside, below))
                if found is None or found[0].free != {found[2]} or found[2] is not other.axis:
                    continue
                exponential, _, axis, left = found
                stand_in = Tensor(f"softmax {len(self.stand_ins)}", (axis,))
                self.stand_ins[stand_in] = Softmax(self.converted(exponential.argument, axis, None))
                rest = [factor for factor in factors if factor is not below and factor is not other]
                return (*rest, _summed(multiply(*left, stand_in[axis]), axis))
        return factors

    def _squared_norm(self, expression: Sum) -> Matrix | None:
        """Σ_i Σ_j a_ij² as a norm."""
        axes, body = [expression.axis], expression.body
        if isinstance(body, Sum):
            axes, body = [*axes, body.axis], body.body
        if not isinstance(body, Power) or not isinstance(body.exponent, Number) or body.exponent.value != 2:
            return None
        if body.base.free != set(axes):
            return None
        rows, columns = (*axes, None)[:2]
        inside = self.converted(body.base, rows, columns)
        return SquaredNorm(inside.body if isinstance(inside, Transposed) else inside, columns is not None)

    def _slope_along(self, expression: Sum, rows: Axis | None, columns: Axis | None) -> Matrix | None:
        """Σ_r Σ_c g_rc of the derivative of the entry (r, c) of a matrix function: that of the transpose along G.

        What else is multiplied and summed stands around it.
        """
        if not any(isinstance(node, MatrixFunction) and len(node.at) == 4 for node in walk(expression)):
            return None
        summed, factors = _flattened(expression)
        for slope in factors:
            if not isinstance(slope, MatrixFunction) or len(slope.at) != 4:
                continue
            entry, by = ([index.axis for index in pair] for pair in (slope.at[:2], slope.at[2:]))
            for along, left in ((entry, by), (by, entry)):
                one, two = along
                if one is None or two is None or not {one, two} <= set(summed) or None in left:
                    continue
                inside = [f for f in factors if f is not slope and not f.free.isdisjoint((one, two))]
                outside = [f for f in factors if f is not slope and f not in inside]
                direction = multiply(*inside)
                alone = [axis for axis in summed if axis in direction.free - {one, two, *left}]
                alone = [axis for axis in alone if all(axis not in factor.free for factor in outside)]
                for axis in alone:
                    direction = _summed(direction, axis)
                if direction.free != {one, two}:
                    continue
                body = self.converted(slope.body, slope.rows, slope.columns)
                turned = transposed(body) if along is entry else body
                stand_in = Tensor(f"slope {len(self.stand_ins)}", tuple(axis for axis in left if axis is not None))
                found = SlopeAlong(slope.function, turned, self.fitted(direction, one, two))
                self.stand_ins[stand_in] = found
                rest = multiply(*outside, stand_in[stand_in.axes])
                for axis in summed:
                    rest = rest if axis in (one, two, *alone) else Sum(rest, axis)
                return self.fitted(rest, rows, columns)
        return None

    def _trace(self, expression: Sum) -> Matrix | None:
        """Σ_i Σ_j a_ij b_ji: a sum over factors that lead round in a circle is a trace."""
        found = circle(expression)
        if found is None:
            return None
        factors = [self.converted(factor, rows, columns) for factor, rows, columns in found]
        ways = [turn for start in range(len(factors)) for turn in turns(factors, start)]
        return Trace(min(ways, key=length))

    def _distributed(self, expression: Sum, rows: Axis | None, columns: Axis | None) -> Matrix:
        """A sum over a body that holds more axes at once: term by term, if the body is a sum or holds one."""
        body, axis = expression.body, expression.axis
        factors = body.factors if isinstance(body, Multiply) else (body,)
        for place, factor in enumerate(factors):
            if isinstance(factor, Add):
                others = (*factors[:place], *factors[place + 1 :])
                terms = (Sum(multiply(term, *others), axis) for term in factor.terms)
                return self.fitted(add(*terms), rows, columns)
            if isinstance(factor, Sum):
                others = (*factors[:place], *factors[place + 1 :])
                inner = multiply(*others, factor.body)
                if factor.axis not in multiply(*others).free:
                    return self.fitted(Sum(_summed(inner, axis), factor.axis), rows, columns)
        raise NoMatrixFormError(f"{expression} runs over more than two axes at once")


def _summed(body: Expression, axis: Axis) -> Expression:
    """Σ over the axis of a product, with what does not depend on it in front."""
    factors = body.factors if isinstance(body, Multiply) else (body,)
    inside = multiply(*(factor for factor in factors if axis in factor.free))
    outside = (factor for factor in factors if axis not in factor.free)
    return multiply(*outside, Sum(inside, axis))


def _is_lower(node: Expression, rows: Axis | None, columns: Axis | None) -> bool | None:
    """Whether a comparison of the two indices holds below the diagonal, or above; None for anything else."""
    if not isinstance(node, Indicator) or node.comparison not in (">=", "<="):
        return None
    if not (isinstance(node.left, IndexValue) and isinstance(node.right, IndexValue)):
        return None
    sides = [node.left.index.axis, node.right.index.axis]
    if None in sides or set(sides) != {rows, columns} or rows is columns:
        return None
    return (sides[0] is rows) == (node.comparison == ">=")


def _factors_of(term: Expression) -> tuple[Expression, ...]:
    return term.factors if isinstance(term, Multiply) else (term,)


def _is_inverse(factor: Expression) -> bool:
    return isinstance(factor, Power) and isinstance(factor.exponent, Number) and factor.exponent.value < 0


def _leading(term: Expression) -> Fraction:
    first = term.factors[0] if isinstance(term, Multiply) else term
    return first.value if isinstance(first, Number) else Fraction(1)


def _flat(matrix: Matrix) -> tuple[Matrix, ...]:
    return matrix.factors if isinstance(matrix, Elementwise) else (matrix,)


def _chained(*factors: Matrix) -> Matrix:
    """A matrix product without products inside, and with all scalars in front."""
    flat: list[Matrix] = []
    number = Fraction(1)
    above: list[Matrix] = []
    below: list[Matrix] = []
    for factor in factors:
        if isinstance(factor, Scaled) and factor.body is not None:
            number *= factor.number
            above += factor.above
            below += factor.below
            factor = factor.body
        flat.extend(factor.factors if isinstance(factor, Product) else (factor,))
    product = Product(tuple(flat))
    return product if number == 1 and not above and not below else Scaled(number, tuple(above), tuple(below), product)


def _scaled_by(scalar: Matrix, body: Matrix) -> Matrix:
    if scalar == _UNIT:
        return body
    if isinstance(scalar, Scaled) and scalar.body is None:
        return Scaled(scalar.number, scalar.above, scalar.below, body)
    return Scaled(Fraction(1), (scalar,), (), body)


def _flattened(expression: Sum) -> tuple[list[Axis], list[Expression]]:
    """The axes and factors of sums within each other that hold the derivative of a matrix function."""
    axes: list[Axis] = []
    factors: list[Expression] = []
    pending: list[Expression] = [expression]
    while pending:
        node = pending.pop()
        match node:
            case Multiply(factors=inner):
                pending += inner
            case Sum(body=body, axis=axis) if any(isinstance(n, MatrixFunction) and len(n.at) == 4 for n in walk(node)):
                axes.append(axis)
                pending.append(body)
            case _:
                factors.append(node)
    return axes, factors
