"""What our writer writes in a notation is read back as the same expression: write, read, equal."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalkgrad.calculus import derive
from chalkgrad.language import (
    FUNCTIONS,
    ZERO,
    Axis,
    Call,
    Expression,
    Power,
    Program,
    Role,
    Sum,
    Tensor,
    add,
    indicator,
    multiply,
    number,
    power,
    rebuild,
    same,
    substitute_axes,
)
from chalkgrad.networks.network import build
from chalkgrad.notation import NOTATIONS
from chalkgrad.reading.notated import read_notated
from chalkgrad.reading.spec import read_spec
from chalkgrad.writing.equations import write_expression
from chalkgrad.writing.scalar_form import written_out

SPECS = [
    "2-3-1 relu sigmoid bce",
    "4-3 tanh-5 relu-2 softmax cross-entropy",
    "3-2 identity mse",
    "2-4-3 gelu identity mae",
]
# Written as a power, a root or a fraction, so that another expression of the same value is read.
WRITTEN_OTHERWISE = {"identity", "square", "reciprocal", "sqrt"}


@cache
def derived(spec: str, batch: bool) -> Program:
    return derive(build(read_spec(spec), batch=batch)).program


def read_back(expression: Expression, program: Program, notation: str, form: str) -> tuple[str, Expression]:
    tensors = (*program.declared, *(definition.tensor for definition in program.definitions))
    written = write_expression(expression, notation, form, "latex", program)
    return written, read_notated(written, tensors, NOTATIONS[notation])


@pytest.mark.parametrize("notation", sorted(NOTATIONS))
@pytest.mark.parametrize("batch", [False, True])
@pytest.mark.parametrize("spec", SPECS)
def test_every_definition_of_a_network_and_its_gradients_is_read_back(spec: str, batch: bool, notation: str) -> None:
    program = derived(spec, batch)
    for definition in program.definitions:
        for form in ("index", "scalar"):
            written, read = read_back(definition.body, program, notation, form)
            expected = definition.body if form == "index" else written_out(definition.body)
            assert same(normal(read), normal(expected)), f"{definition}\n{written}\n{read}"


def normal(expression: Expression) -> Expression:
    """Sums of one place written as that place, as the writer does."""

    def change(node: Expression) -> Expression:
        if isinstance(node, Sum) and node.axis.size == 1:
            return change(substitute_axes(node.body, {node.axis: 0}))
        return rebuild(node, change)

    changed = change(expression)
    return substitute_axes(changed, {axis: 0 for axis in changed.free if axis.size == 1})


AXIS_I, AXIS_J = Axis("i", 3), Axis("j", 2)
X = Tensor("x", (AXIS_I,), Role.INPUT)
W = Tensor("W1", (AXIS_I, AXIS_J), Role.PARAMETER)
ALPHA = Tensor("alpha_0")
OWN = Tensor("out'", (AXIS_J,))
YHAT = Tensor("yhat")
SECOND = Tensor("W2", (AXIS_J, AXIS_I), Role.PARAMETER)
EVERYTHING = Program((X, W, SECOND, ALPHA, OWN, YHAT), (), ())


def as_written(call: Call) -> Call:
    """The derivatives of exp are written as exp itself."""
    return Call("exp", call.argument) if call.function == "exp" else call


def is_defined(raised: Expression) -> bool:
    """Whether it is no power of the number 0, such as 1/0, which the reader refuses."""
    return not (isinstance(raised, Power) and raised.base is ZERO)


def larger(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    functions = st.sampled_from(sorted(set(FUNCTIONS) - WRITTEN_OTHERWISE))
    comparisons = st.sampled_from([">", ">=", "<", "<=", "!="])
    exponents = st.one_of(st.integers(-3, 5).map(number), inner)
    return st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda terms: add(*terms)),
        st.lists(inner, min_size=2, max_size=4).map(lambda factors: multiply(*factors)),
        st.builds(power, inner, exponents).filter(is_defined),
        st.builds(Call, functions, inner, st.integers(0, 4)).map(as_written),
        st.builds(Sum, inner, st.sampled_from([AXIS_I, AXIS_J])),
        st.builds(indicator, comparisons, inner, inner),
    )


LEAVES = st.one_of(
    st.integers(-9, 20).map(number),
    st.fractions(-3, 3, max_denominator=20).map(number),
    st.sampled_from(
        [X[AXIS_I], X[1], W[AXIS_I, AXIS_J], W[0, AXIS_J], W[2, 1], ALPHA[()], OWN[AXIS_J], OWN[0], YHAT[()]]
    ),
)


@settings(max_examples=400)
@given(st.recursive(LEAVES, larger, max_leaves=8), st.sampled_from(sorted(NOTATIONS)))
def test_any_expression_is_read_back(expression: Expression, notation: str) -> None:
    written, read = read_back(expression, EVERYTHING, notation, "index")
    assert same(with_roots(read), with_roots(expression)), f"{expression}\n{written}\n{read}"


def with_roots(expression: Expression) -> Expression:
    """The power 1/2 as a root, as the writer writes it."""
    if isinstance(expression, Power) and expression.exponent is number("1/2"):
        return Call("sqrt", with_roots(expression.base))
    return rebuild(expression, with_roots)
