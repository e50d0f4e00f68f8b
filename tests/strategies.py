"""Random programs of the language, for property tests."""

from __future__ import annotations

from hypothesis import strategies as st

from chalkgrad.language import (
    Axis,
    Definition,
    Expression,
    Program,
    Role,
    Tensor,
    call,
    indicator,
    maximum_over,
    number,
    summation,
)

I, J, K = Axis("i", 2), Axis("j", 3), Axis("k", 4)
AXES = (I, J, K)
SMOOTH = ("sigmoid", "tanh", "softplus", "silu", "gelu", "mish", "sin", "cos", "arctan", "erf", "square", "exp")
KINKED = ("relu", "leaky_relu", "elu", "abs", "selu")

numbers = st.sampled_from(["-2", "-1", "-1/2", "1/3", "1/2", "1", "2", "3"]).map(number)


@st.composite
def expressions(draw: st.DrawFn, tensors: list[Tensor], free: tuple[Axis, ...], depth: int = 3) -> Expression:
    """An expression over the tensors whose free axes are among `free`."""
    if depth == 0:
        return draw(leaves(tensors, free))
    inner = expressions(tensors, free, depth - 1)
    kind = draw(
        st.sampled_from(["leaf", "add", "subtract", "multiply", "multiply", "divide", "call", "call", "sum", "max"])
    )
    if kind == "leaf":
        return draw(leaves(tensors, free))
    if kind == "add":
        return draw(inner) + draw(inner)
    if kind == "subtract":
        return draw(inner) - draw(inner)
    if kind == "multiply":
        return draw(inner) * draw(inner)
    if kind == "divide":
        return draw(inner) / (2 + draw(inner) ** 2)
    if kind == "call":
        return call(draw(st.sampled_from(SMOOTH[:-1] + KINKED)), draw(inner))
    axis = draw(st.sampled_from(AXES))  # also one that is free outside, as in p_k = exp(o_k)/Σ_k exp(o_k)
    body = draw(expressions(tensors, (*(other for other in free if other is not axis), axis), depth - 1))
    if kind == "max":
        return maximum_over(body, axis) if axis in body.free else body
    return summation(body, axis)


@st.composite
def leaves(draw: st.DrawFn, tensors: list[Tensor], free: tuple[Axis, ...]) -> Expression:
    """A number, or an element of a tensor at free axes of the right sizes."""
    fitting = [t for t in tensors if all(any(axis.size == own.size for axis in free) for own in t.axes)]
    if not fitting or draw(st.integers(0, 5)) == 0:
        return draw(numbers)
    tensor = draw(st.sampled_from(fitting))
    places = tuple(draw(st.sampled_from([axis for axis in free if axis.size == own.size])) for own in tensor.axes)
    return tensor[places]


@st.composite
def programs(draw: st.DrawFn, definitions: int = 3, gates: bool = True) -> Program:
    """A program of some definitions with a scalar result; parameters w (2), V (2, 3), c (), input x (3, 4)."""
    declared = (
        Tensor("x", (J, K), Role.INPUT),
        Tensor("w", (I,), Role.PARAMETER),
        Tensor("V", (I, J), Role.PARAMETER),
        Tensor("c", (), Role.PARAMETER),
    )
    known = list(declared)
    made = []
    for place in range(definitions):
        indices = draw(st.sampled_from([(), (I,), (J,), (I, J), (J, K)]))
        tensor = Tensor(f"t{place}", indices)
        body = draw(expressions(known, indices))
        if gates and indices and draw(st.integers(0, 4)) == 0:
            body = body * indicator(">", draw(leaves(known, indices)), 0)
        made.append(Definition(tensor, indices, body))
        known.append(tensor)
    result = Tensor("L")
    total: Expression = number(0)
    for tensor in known[1:]:
        total = total + summation(call("sin", tensor[tensor.axes]), *tensor.axes)
    made.append(Definition(result, (), total))
    return Program(declared, tuple(made), (result,))


def values_for(seed: int) -> dict[str, object]:
    """Values for the declared tensors of `programs`, away from zero, different for each seed."""
    import random

    source = random.Random(seed)

    def draw() -> float:
        return source.choice((-1, 1)) * source.uniform(0.2, 1.5)

    return {
        "x": [[draw() for _ in range(4)] for _ in range(3)],
        "w": [draw() for _ in range(2)],
        "V": [[draw() for _ in range(3)] for _ in range(2)],
        "c": draw(),
    }
