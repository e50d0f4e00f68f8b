"""Expressions of the language as NumPy source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace as with_changes
from fractions import Fraction

from chalkgrad.engines.numpy_indexing import EXPM_SLOPE, Vocabulary, element_piece, index_piece
from chalkgrad.engines.numpy_pieces import (
    ATOM,
    COMPARISON,
    MATRIX_PRODUCT,
    POWER,
    SUM,
    Factors,
    Order,
    Piece,
    aligned,
    chosen,
    contraction,
    gated,
    joined,
    number_literal,
    product,
    reduced,
    transposed,
    union,
)
from chalkgrad.errors import ProgramError
from chalkgrad.language import (
    FUNCTIONS,
    OPPOSITE,
    Add,
    Axis,
    Call,
    Constant,
    Delta,
    Element,
    Expression,
    IndexValue,
    Indicator,
    MatrixFunction,
    Max,
    Multiply,
    Number,
    Power,
    SizeOf,
    Sum,
    multiply,
    rebuild,
    replace,
    size_of,
    split_coefficient,
    walk,
)
from chalkgrad.language.functions import X, derivative_expression

_OPERATORS = {"=": "==", "!=": "!="}
_EVERYWHERE_FINITE = ("tanh", "abs", "sign", "sin", "cos", "arctan", "erf")
_WRITTEN_OUT = ("identity", "square", "reciprocal")


@dataclass(frozen=True)
class Scope:
    """What is referred to, and the order that dimensions take: the definition's indices, then the bound axes."""

    vocabulary: Vocabulary
    order: Order = ()

    def inside(self, *axes: Axis) -> Scope:
        """The scope below sums or maxima over these axes."""
        return Scope(self.vocabulary, (*(axis for axis in self.order if axis not in axes), *axes))


def with_simple_calls_written_out(expression: Expression) -> Expression:
    """The expression with derivatives such as relu' (a gate) and tanh' as the table has them, where that is short."""

    def change(node: Expression) -> Expression:
        node = rebuild(node, change)
        if isinstance(node, Call) and (node.order or node.function in _WRITTEN_OUT):
            row = FUNCTIONS[node.function]
            body = derivative_expression(node.function, node.order) if node.order else row.form
            assert body is not None
            if sum(inner is X for inner in walk(body)) <= 1:
                return change(replace(body, {X.identity: node.argument}))
        return node

    return change(expression)


def expression_piece(expression: Expression, scope: Scope) -> Piece:
    """The expression as a piece of NumPy source over its free axes."""
    vocabulary, order = scope.vocabulary, scope.order
    match expression:
        case Number(value=value):
            return Piece(number_literal(value), ATOM if value >= 0 else SUM)
        case Constant(name=name):
            return Piece(f"np.{name}")
        case SizeOf(size=size):
            return Piece(vocabulary.size(size))
        case Element():
            return element_piece(expression, vocabulary, order)
        case IndexValue(index=index):
            whole = index_piece(index, vocabulary, order)
            return Piece(f"{whole.wrapped(ATOM)}.astype(float)", ATOM, whole.axes)
        case Add(terms=terms):
            return _sum_of(terms, scope)
        case Multiply(factors=factors):
            return _product_of(factors, scope)
        case Power(base=base, exponent=exponent):
            return _power(base, exponent, scope)
        case Call(function=function, argument=argument, order=derivative):
            return _call(function, derivative, expression_piece(argument, scope), vocabulary)
        case Sum():
            return _summation(expression, scope)
        case Max(body=body, axis=axis):
            inner = expression_piece(body, scope.inside(axis))
            return reduced("max", inner, [axis]) if axis in inner.axes else inner
        case Delta(left=left, right=right):
            first, second = left.axis, right.axis
            if first is not None and second is not None and first.size == second.size:
                axes = tuple(axis for axis in order if axis in (first, second))
                return Piece(f"np.eye({vocabulary.size(first.size)})", ATOM, axes)
            return gated([_condition(expression, scope)], Piece("1.0"), order)
        case Indicator():
            return gated([_condition(expression, scope)], Piece("1.0"), order)
        case MatrixFunction():
            return _of_matrix(expression, scope)
    raise TypeError(type(expression).__name__)


_LINEAR_ALGEBRA = {"inverse": "np.linalg.inv({})", "determinant": "np.linalg.det({})",
                   "log_determinant": "np.linalg.slogdet({})[1]",
                   "cholesky": "np.linalg.cholesky(({0} + {0}.swapaxes(-1, -2)) / 2)",
                   "exponential": "expm({})", "exponential_slope": "expm_slope({})"}  # fmt: skip


def _of_matrix(node: MatrixFunction, scope: Scope) -> Piece:
    """A function of a whole matrix; at places it is an array over these, after the axes that the matrix depends on."""
    inner = scope.inside(node.rows, node.columns)
    piece = expression_piece(node.body, inner)
    outside = tuple(axis for axis in inner.order if axis in piece.axes and axis not in (node.rows, node.columns))
    if not {node.rows, node.columns} <= set(piece.axes):
        raise ProgramError(f"the matrix in {node} is the same in every row or column, so it is singular")
    piece = transposed(piece, (*outside, node.rows, node.columns))
    places = tuple(index.axis for index in node.at if index.axis is not None)
    if len(set(places)) < len(node.at):
        raise ProgramError(f"{node} needs a name of its own before its entries can be told apart")
    if node.function in ("exponential", "exponential_slope"):
        scope.vocabulary.imports.add("from scipy.linalg import expm")
    if node.function == "exponential_slope":
        scope.vocabulary.helpers.add(EXPM_SLOPE)
    return Piece(_LINEAR_ALGEBRA[node.function].format(piece.wrapped(ATOM)), ATOM, (*outside, *places), True)


def _condition(gate: Expression, scope: Scope) -> Piece:
    if isinstance(gate, Delta):
        operator, left, right = "==", *(index_piece(i, scope.vocabulary, scope.order) for i in (gate.left, gate.right))
    else:
        assert isinstance(gate, Indicator)
        operator = _OPERATORS.get(gate.comparison, gate.comparison)
        left, right = (_compared(side, scope) for side in (gate.left, gate.right))
    return joined((left, right), f" {operator} ", SUM, COMPARISON, scope.order)


def _compared(side: Expression, scope: Scope) -> Piece:
    if isinstance(side, IndexValue):
        return index_piece(side.index, scope.vocabulary, scope.order)
    return expression_piece(side, scope)


def _sum_of(terms: Sequence[Expression], scope: Scope) -> Piece:
    remaining, written = list(terms), list[tuple[bool, Piece]]()
    while remaining:
        term = remaining.pop(0)
        other = next((other for other in remaining if _gate_of(other) is _opposite(_gate_of(term))), None)
        gate = _gate_of(term)
        if gate is not None and other is not None:
            remaining.remove(other)
            sides = (expression_piece(_without(gate, term), scope), expression_piece(_without(None, other), scope))
            written.append((False, chosen([_condition(gate, scope)], *sides, scope.order)))
        else:
            negative = split_coefficient(term)[0] < 0
            written.append((negative, expression_piece(-term if negative else term, scope)))
    if len(written) == 1:
        return written[0][1]
    axes = union((piece for _, piece in written), scope.order)
    signed: list[str] = []
    for negative, piece in written:
        sign = ("- " if negative else "+ ") if signed else ("-" if negative else "")
        signed.append(sign + aligned(piece, axes).wrapped(MATRIX_PRODUCT))
    return Piece(" ".join(signed), SUM, axes, any(piece.fragile for _, piece in written), tuple(signed))


def _gate_of(term: Expression) -> Indicator | None:
    """The only gate among the factors of a term, if there is just one."""
    factors = term.factors if isinstance(term, Multiply) else (term,)
    gates = [factor for factor in factors if isinstance(factor, Indicator | Delta)]
    return gates[0] if len(gates) == 1 and isinstance(gates[0], Indicator) else None


def _opposite(gate: Indicator | None) -> Indicator | bool:
    return Indicator(OPPOSITE[gate.comparison], gate.left, gate.right) if gate is not None else False


def _without(gate: Indicator | None, term: Expression) -> Expression:
    gate = gate or _gate_of(term)
    factors = term.factors if isinstance(term, Multiply) else (term,)
    return multiply(*(factor for factor in factors if factor is not gate))


def _split(factors: Sequence[Expression], scope: Scope) -> tuple[list[Piece], list[Factors]]:
    """The gates among some factors as conditions, and each other factor by itself."""
    conditions: list[Piece] = []
    others: list[Factors] = []
    for factor in factors:
        match factor:
            case Indicator() | Delta():
                conditions.append(_condition(factor, scope))
            case Number(value=value):
                others.append(Factors(value))
            case Power(base=base, exponent=Number(value=value)) if value < 0:
                others.append(Factors(below=(_power(base, Number(-value), scope),)))
            case _:
                others.append(Factors(above=(expression_piece(factor, scope),)))
    return conditions, others


def _product_of(factors: Sequence[Expression], scope: Scope) -> Piece:
    conditions, others = _split(factors, scope)
    whole = Factors()
    for other in others:
        whole = whole.times(other)
    return gated(conditions, product(whole, scope.order), scope.order)


def _power(base: Expression, exponent: Expression, scope: Scope) -> Piece:
    if isinstance(exponent, Number):
        if exponent.value < 0:
            return product(Factors(below=(_power(base, Number(-exponent.value), scope),)), scope.order)
        if exponent.value == 1:
            return expression_piece(base, scope)
        if exponent.value == Fraction(1, 2):
            return _call("sqrt", 0, expression_piece(base, scope), scope.vocabulary)
    lower, upper = expression_piece(base, scope), expression_piece(exponent, scope)
    if isinstance(base, Number):
        lower = with_changes(lower, text=repr(float(base.value)))
    axes = union((lower, upper), scope.order)
    simple = upper.text.isalnum()
    sign = "**" if simple else " ** "
    text = f"{aligned(lower, axes).wrapped(ATOM)}{sign}{aligned(upper, axes).wrapped(ATOM)}"
    return Piece(text, POWER, axes, lower.fragile or not isinstance(exponent, Number))


def _call(function: str, derivative: int, argument: Piece, vocabulary: Vocabulary) -> Piece:
    fragile = argument.fragile or (FUNCTIONS[function].primitive and function not in _EVERYWHERE_FINITE)
    if derivative or not FUNCTIONS[function].primitive:
        suffix = {0: "", 1: "_derivative"}.get(derivative, f"_derivative_{derivative}")
        key = (function, derivative)
        name = vocabulary.functions.setdefault(key, vocabulary.names.of(("function", *key), function + suffix))
    elif function == "erf":
        vocabulary.imports.add("from scipy.special import erf")
        name = "erf"
    else:
        name = f"np.{function}"
    return Piece(f"{name}({argument.text})", ATOM, argument.axes, fragile)


def _summation(expression: Expression, scope: Scope) -> Piece:
    over: list[Axis] = []
    body = expression
    while isinstance(body, Sum) and body.axis not in over:
        over.append(body.axis)
        body = body.body
    inner = scope.inside(*over)
    constant: list[Expression] = [size_of(axis) for axis in over if axis not in body.free]
    over = [axis for axis in over if axis in body.free]
    varying: list[Expression] = []
    for factor in body.factors if isinstance(body, Multiply) else (body,):
        (constant if factor.free.isdisjoint(over) else varying).append(factor)
    conditions, others = _split(constant, inner)
    whole = Factors()
    for other in others:
        whole = whole.times(other)
    if over:
        gates, groups = _split(varying, inner)
        total = contraction(groups, gates, over, inner.order) if groups else _count(gates, over, inner.order)
        whole = whole.times(Factors(above=(total,)))
    return gated(conditions, product(whole, inner.order), inner.order)


def _count(conditions: Sequence[Piece], over: Sequence[Axis], order: Order) -> Piece:
    return reduced("sum", gated(conditions, Piece("1.0"), order), over)
