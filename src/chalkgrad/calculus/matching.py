"""Finding the body of a definition, or the pattern of a rule, inside an expression: the same in other indices."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from chalkgrad.calculus.beyond import Places, may_stand_there, places_of
from chalkgrad.language import (
    Add,
    Axis,
    Call,
    Constant,
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
    SizeOf,
    Sum,
    Tensor,
    add,
    as_index,
    multiply,
    number,
    power,
    rebuild,
    substitute_axes,
)

Bindings = dict[Axis | Tensor, Index | Expression]


def match(
    pattern: Expression, subject: Expression, placeholders: frozenset[Tensor], variables: frozenset[Axis]
) -> Bindings | None:
    """What placeholders and axis variables stand for if the subject is an instance of the pattern, else None.

    >>> x, z = Tensor("x"), Tensor("z")
    >>> pattern = Call("log", Call("exp", x[()]))
    >>> found = match(pattern, Call("log", Call("exp", z[()] + 1)), frozenset({x}), frozenset())
    >>> str(found[x])
    'z + 1'
    """
    return next(_match(pattern, subject, {}, placeholders, variables), None)


def _match(
    pattern: Expression,
    subject: Expression,
    known: Bindings,
    placeholders: frozenset[Tensor],
    variables: frozenset[Axis],
) -> Iterator[Bindings]:
    def deeper(one: Expression, other: Expression, bindings: Bindings) -> Iterator[Bindings]:
        return _match(one, other, bindings, placeholders, variables)

    match pattern, subject:
        case Element(tensor=tensor), _ if tensor in placeholders:
            bound = known.get(tensor)
            if bound is None:
                yield {**known, tensor: subject}
            elif isinstance(bound, Expression) and bound.identity == subject.identity:
                yield known
        case Element(tensor=one, indices=left), Element(tensor=other, indices=right):
            if one is other:
                bindings: Bindings | None = known
                for index, at in zip(left, right, strict=True):
                    bindings = _match_index(index, at, bindings, variables) if bindings is not None else None
                if bindings is not None:
                    yield bindings
        case Add(terms=left), Add(terms=right) if len(left) == len(right):
            yield from _match_all(left, right, known, deeper)
        case Multiply(factors=left), Multiply(factors=right) if len(left) == len(right):
            yield from _match_all(left, right, known, deeper)
        case Power(base=base, exponent=exponent), Power(base=other_base, exponent=other_exponent):
            for bindings in deeper(exponent, other_exponent, known):
                yield from deeper(base, other_base, bindings)
        case Call(function=one, order=order), Call(function=other, order=other_order):
            if one == other and order == other_order:
                yield from deeper(pattern.argument, subject.argument, known)
        case (Sum(body=body, axis=axis), Sum(body=other_body, axis=at)) | (
            Max(body=body, axis=axis),
            Max(body=other_body, axis=at),
        ):
            if axis.size == at.size:
                inner = _match(body, other_body, {**known, axis: as_index(at)}, placeholders, variables | {axis})
                for bindings in inner:
                    escaped = (value for key, value in bindings.items() if key is not axis)
                    if not any(_mentions(value, at) for value in escaped):
                        yield {key: value for key, value in bindings.items() if key is not axis} | (
                            {axis: known[axis]} if axis in known else {}
                        )
        case MatrixFunction(function=one), MatrixFunction(function=other) if one == other:
            yield from _match_matrix(pattern, subject, known, placeholders, variables)
        case Delta(left=left_index, right=right_index), Delta(left=left_at, right=right_at):
            first = _match_index(left_index, left_at, known, variables)
            second = _match_index(right_index, right_at, first, variables) if first is not None else None
            if second is not None:
                yield second
        case IndexValue(index=index), IndexValue(index=at):
            found = _match_index(index, at, known, variables)
            if found is not None:
                yield found
        case Indicator(comparison=comparison), Indicator(comparison=other_comparison):
            if comparison == other_comparison:
                for bindings in deeper(pattern.left, subject.left, known):
                    yield from deeper(pattern.right, subject.right, bindings)
        case ((Number() | Constant() | SizeOf()), _) if pattern is subject:
            yield known


def _match_matrix(
    pattern: MatrixFunction,
    subject: MatrixFunction,
    known: Bindings,
    placeholders: frozenset[Tensor],
    variables: frozenset[Axis],
) -> Iterator[Bindings]:
    """The same function of matrices that match, at places that do."""
    own = (pattern.rows, pattern.columns)
    if pattern.rows.size != subject.rows.size:
        return
    placed: Bindings = {**known, pattern.rows: as_index(subject.rows), pattern.columns: as_index(subject.columns)}
    for bindings in _match(pattern.body, subject.body, placed, placeholders, variables | set(own)):
        outer = {key: value for key, value in bindings.items() if key not in own}
        if any(_mentions(value, axis) for value in outer.values() for axis in (subject.rows, subject.columns)):
            continue
        found: Bindings | None = outer | {axis: known[axis] for axis in own if axis in known}
        for index, at in zip(pattern.at, subject.at, strict=True):
            found = _match_index(index, at, found, variables) if found is not None else None
        if found is not None:
            yield found


def _mentions(value: Index | Expression, axis: Axis) -> bool:
    return bool(value.coefficient(axis)) if isinstance(value, Index) else axis in value.free


def _match_index(index: Index, at: Index, known: Bindings, variables: frozenset[Axis]) -> Bindings | None:
    axis = index.axis
    if axis is not None and axis in variables and axis not in known:
        return {**known, axis: at}
    if len(index.terms) == 1 and index.terms[0][1] == 1 and (inner := index.terms[0][0]) in variables:
        if inner not in known:  # t - 1 for s: t is s + 1
            return {**known, inner: at - index.offset}
    replaced = Index((), index.offset)
    for inner, coefficient in index.terms:
        bound = known.get(inner, as_index(inner))
        assert isinstance(bound, Index)
        replaced = replaced + bound * coefficient
    difference = replaced - at
    return known if not difference.terms and difference.offset == 0 else None


def _match_all(
    patterns: tuple[Expression, ...],
    subjects: tuple[Expression, ...],
    known: Bindings,
    deeper: Callable[[Expression, Expression, Bindings], Iterator[Bindings]],
) -> Iterator[Bindings]:
    if not patterns:
        yield known
        return
    for place, subject in enumerate(subjects):
        for bindings in deeper(patterns[0], subject, known):
            yield from _match_all(patterns[1:], subjects[:place] + subjects[place + 1 :], bindings, deeper)


def _match_some(
    patterns: tuple[Expression, ...],
    subjects: tuple[Expression, ...],
    placeholders: frozenset[Tensor],
    variables: frozenset[Axis],
) -> tuple[Bindings, tuple[Expression, ...]] | None:
    """A match of all patterns with some of the subjects, and the subjects left over."""

    def search(
        pending: tuple[Expression, ...], left: tuple[Expression, ...], known: Bindings
    ) -> tuple[Bindings, tuple[Expression, ...]] | None:
        if not pending:
            return known, left
        for place, subject in enumerate(left):
            for bindings in _match(pending[0], subject, known, placeholders, variables):
                found = search(pending[1:], left[:place] + left[place + 1 :], bindings)
                if found is not None:
                    return found
        return None

    return search(patterns, subjects, {})


def rewrite(
    expression: Expression,
    pattern: Expression,
    replacement: Expression,
    placeholders: frozenset[Tensor] = frozenset(),
    variables: frozenset[Axis] = frozenset(),
    around: Places | None = None,
) -> Expression:
    """The expression with every instance of the pattern replaced, innermost first; also inside longer ones.

    With the places `around` it (`calculus.beyond`), variables go beyond the ends of their axes only beside a 0.

    >>> x, y = Tensor("x")[()], Tensor("y")[()]
    >>> str(rewrite(x * Call("exp", y) / 2, x * Call("exp", y), Tensor("p")[()]))
    'p/2'
    """

    def instance(bindings: Bindings) -> Expression:
        axes = {axis: value for axis, value in bindings.items() if isinstance(axis, Axis) and isinstance(value, Index)}
        result = substitute_axes(replacement, axes)
        values = {tensor: value for tensor, value in bindings.items() if isinstance(value, Expression)}
        return _fill(result, values) if values else result

    needed = frozenset(pattern.tensors) - placeholders

    def may_stand(bindings: Bindings, around: Places | None) -> bool:
        places = {axis: at for axis, at in bindings.items() if isinstance(axis, Axis) and isinstance(at, Index)}
        return around is None or may_stand_there(pattern, places, around)

    def change(node: Expression, around: Places | None) -> Expression:
        if not needed.issubset(node.tensors):
            return node
        inner = None if around is None else places_of(node, around)
        node = rebuild(node, lambda each: change(each, inner))
        if node.cost < pattern.cost and not placeholders:
            return node
        found = match(pattern, node, placeholders, variables)
        if found is not None and may_stand(found, around):
            return instance(found)
        if isinstance(node, Power) and isinstance(pattern, Power) and not placeholders:
            times = _ratio(node.exponent, pattern.exponent)
            base = match(pattern.base, node.base, placeholders, variables) if times > 1 else None
            if base is not None and may_stand(base, around):
                return power(instance(base), number(times))
        if isinstance(node, Multiply) and isinstance(pattern, Multiply) and len(pattern.factors) < len(node.factors):
            part = _match_some(pattern.factors, node.factors, placeholders, variables)
            if part is not None and may_stand(
                part[0], places_of(multiply(*part[1]), around) if around is not None else None
            ):
                return multiply(instance(part[0]), *part[1])
        if isinstance(node, Add) and isinstance(pattern, Add) and len(pattern.terms) < len(node.terms):
            part = _match_some(pattern.terms, node.terms, placeholders, variables)
            if part is not None and may_stand(part[0], around):
                return add(instance(part[0]), *part[1])
        return node

    return change(expression, around)


def _ratio(exponent: Expression, unit: Expression) -> int:
    """How often one number goes into another; 0 if not a whole number of times."""
    if isinstance(exponent, Number) and isinstance(unit, Number) and unit.value:
        times = exponent.value / unit.value
        return times.numerator if times.denominator == 1 else 0
    return 0


def _fill(expression: Expression, values: dict[Axis | Tensor, Expression]) -> Expression:
    def change(node: Expression) -> Expression:
        if isinstance(node, Element) and node.tensor in values:
            return values[node.tensor]
        return rebuild(node, change)

    return change(expression)
