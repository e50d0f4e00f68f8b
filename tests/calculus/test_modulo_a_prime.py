"""Random rational programs with quotients, shares, inverses, gathers and recurrences, checked modulo a prime.

What is derived and simplified must be what dual numbers give, exactly: no tolerance hides a term or a silent 0.
"""

from __future__ import annotations

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from chalkgrad.board.derivation import DerivationSheet
from chalkgrad.calculus import derive
from chalkgrad.errors import EvaluationError
from chalkgrad.language import (
    Axis,
    Definition,
    Expression,
    Program,
    Role,
    Tensor,
    as_index,
    evaluate,
    fresh_axis,
    jacobian_by_dual_numbers,
    matrix_function,
    number,
    size_of,
    substitute_axes,
    substitute_elements,
    summation,
    validate,
)
from chalkgrad.language.named import chosen
from residues import MODULO, Residue, random_residues

I, J, N = Axis("i", "d"), Axis("j", "d"), Axis("n", "n")
SIZES = {"d": 2, "n": 3}
X, A, w, v, c = (
    Tensor("X", (N, I), Role.PARAMETER),
    Tensor("A", (I, J), Role.PARAMETER),
    Tensor("w", (I,), Role.PARAMETER),
    Tensor("v", (N,), Role.INPUT),
    Tensor("c", (), Role.PARAMETER),
)
DECLARED = (X, A, w, v, c)
labels = Tensor("labels", (N,), Role.INPUT)
SHAPES: tuple[tuple[Axis, ...], ...] = ((), (I,), (N,), (N, I), (I, J))
KINDS = ("leaf", "add", "subtract", "times", "times", "over", "square", "sum", "sum", "matrix")
numbers = st.sampled_from(["-2", "-1", "1/2", "1", "3"]).map(number)


@st.composite
def leaves(draw: st.DrawFn, tensors: list[Tensor], free: tuple[Axis, ...]) -> Expression:
    fitting = [t for t in tensors if all(any(axis.size == own.size for axis in free) for own in t.axes)]
    if draw(st.integers(0, 6)) == 0:
        return draw(numbers)
    tensor = draw(st.sampled_from(fitting))
    return tensor[tuple(draw(st.sampled_from([a for a in free if a.size == own.size])) for own in tensor.axes)]


@st.composite
def rational(draw: st.DrawFn, tensors: list[Tensor], free: tuple[Axis, ...], depth: int = 3) -> Expression:
    """A rational expression over the tensors with free axes among these."""
    if depth == 0:
        return draw(leaves(tensors, free))
    inner = rational(tensors, free, depth - 1)
    kind = draw(st.sampled_from(KINDS))
    if kind == "leaf":
        return draw(leaves(tensors, free))
    if kind in ("add", "subtract", "times"):
        one, other = draw(inner), draw(inner)
        return one + other if kind == "add" else one - other if kind == "subtract" else one * other
    if kind == "square":
        return draw(inner) ** 2
    if kind == "over":
        below = draw(inner)
        assume(below.tensors)
        return draw(inner) / below
    if kind == "sum":
        axis = draw(st.sampled_from([I, J, N]))
        others = tuple(each for each in free if each is not axis)
        return summation(draw(rational(tensors, (*others, axis), depth - 1)), axis)
    taken = set(free)
    rows = fresh_axis(I, taken)
    columns = fresh_axis(J, taken | {rows})
    body = draw(rational(tensors, (rows, columns), 1)) + draw(st.sampled_from([A[rows, columns], A[columns, rows]]))
    at = [axis for axis in free if axis.size == "d"]
    if not at or draw(st.booleans()):
        return matrix_function("det", body, rows, columns)
    return matrix_function("inverse", body, rows, columns, (draw(st.sampled_from(at)), draw(st.sampled_from(at))))


@st.composite
def rational_programs(draw: st.DrawFn, definitions: int = 3) -> Program:
    """A program whose definitions are random, or shares of a sum, or deviations from a mean, of what is above them."""
    known, made = list(DECLARED), []
    for place in range(definitions):
        indices = draw(st.sampled_from(SHAPES))
        tensor = Tensor(f"t{place}", indices)
        kind = draw(st.sampled_from(["any", "share", "deviation", "sum", "quotient"])) if indices else "any"
        body = draw(rational(known, indices, 2))
        if kind in ("share", "deviation") and indices[-1] in body.free:
            axis = indices[-1]
            other = Axis("k", axis.size)
            total = summation(substitute_axes(body, {axis: other}), other)
            if draw(st.booleans()):
                sum_of = Tensor(f"s{place}", indices[:-1])
                made.append(Definition(sum_of, indices[:-1], summation(body, axis)))
                known.append(sum_of)
                total = sum_of[indices[:-1]]
            body = body / total if kind == "share" else body - total / size_of(axis)
        elif kind == "sum":
            above = [t for t in known if len(t.axes) == len(indices) + 1 and t.axes[: len(indices)] == indices]
            if above:
                one = draw(st.sampled_from(above))
                body = summation(one[(*indices, one.axes[-1])], one.axes[-1])
        elif kind == "quotient":
            below = draw(leaves(known, indices))
            assume(below.tensors)
            body = body / below
        made.append(Definition(tensor, indices, body))
        known.append(tensor)
    last = known[-1]
    weight = draw(leaves(known, last.axes))
    result = Tensor("L")
    made.append(Definition(result, (), summation(last[last.axes] * weight, *last.axes)))
    return Program(DECLARED, tuple(made), (result,))


@st.composite
def recurrent_programs(draw: st.DrawFn) -> Program:
    """Rows that labels choose, a recurrence of random form in either direction, perhaps with inverses, and a sum."""
    row = Axis("r", "d")
    g = Tensor("g", (N, J))
    gathered = Definition(g, (N, J), chosen(A[row, J], row, labels[N]))
    known = [*DECLARED, g]
    others = draw(st.sampled_from([(), (I,)]))
    before, h = Tensor("before", others), Tensor("h", (N, *others))
    distance = draw(st.sampled_from([-1, -1, 1, -2]))
    body = draw(rational([*known, before], (N, *others), 2)) + draw(leaves([*known, before], (N, *others)))
    assume(before in body.tensors)
    earlier = h[(as_index(N) + distance, *others)]
    recurrence = Definition(h, (N, *others), substitute_elements(body, {before: (others, earlier)}))
    result = Tensor("L")
    weight = draw(leaves([*known, h], (N, *others)))
    loss = Definition(result, (), summation(h[(N, *others)] * (1 + weight), N, *others))
    return Program((*DECLARED, labels), (gathered, recurrence, loss), (result,))


def checked(program: Program, seed: int, *, closed: bool = True) -> None:
    """The gradients are those of dual numbers, and so are their closed forms."""
    validate(program)
    derivation = derive(program)
    validate(derivation.program)
    values = random_residues(program, SIZES, seed)
    if "labels" in values:
        values["labels"] = [Residue((seed >> place) % 2) for place in range(SIZES["n"])]
    try:
        evaluate(program, values, MODULO, SIZES)
    except EvaluationError:
        return  # 0 below a line: x - x, the inverse of a singular matrix
    for name, definition in derivation.gradients.items():
        expected = jacobian_by_dual_numbers(program, values, name, arithmetic=MODULO, sizes=SIZES)
        programs = [derivation.program]
        if closed:
            whole = Definition(definition.tensor, definition.indices, derivation.closed_form(name))
            source = derivation.source
            programs.append(Program(source.declared, (*source.definitions, whole), (whole.tensor,)))
        for written in programs:
            found = evaluate(written, values, MODULO, SIZES)[definition.tensor.name]
            assert found.numbers == expected.numbers, f"{definition}\nof\n{program}"


SETTINGS = settings(max_examples=40, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])


@SETTINGS
@given(rational_programs(), st.integers(0, 10**6))
def test_gradients_are_exact(program: Program, seed: int) -> None:
    checked(program, seed)


@SETTINGS
@given(recurrent_programs(), st.integers(0, 10**6))
def test_gradients_of_recurrences_are_exact(program: Program, seed: int) -> None:
    checked(program, seed, closed=False)


@SETTINGS
@given(rational_programs(definitions=1), st.sampled_from(["w", "A", "c"]), st.integers(0, 10**6))
def test_hessians_are_exact(program: Program, name: str, seed: int) -> None:
    values = random_residues(program, SIZES, seed)
    try:
        evaluate(program, values, MODULO, SIZES)
    except EvaluationError:
        return
    sheet = DerivationSheet(derive(program, [name]), None, "plain", None)
    hessian = sheet.hessian(name, name).definition
    gradients = sheet.derivation
    expected = jacobian_by_dual_numbers(gradients.program, values, name, f"dL_d{name}", MODULO, SIZES)
    whole = Program(program.declared, (*program.definitions, hessian), (hessian.tensor,))
    found = evaluate(whole, values, MODULO, SIZES)[hessian.tensor.name]
    assert found.numbers == expected.numbers, f"{hessian}\nof\n{program}"
