"""Programs for the tests of engines: random ones, and networks written out."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import Phase
from hypothesis import strategies as st

from chalkgrad.language import (
    Axis,
    Call,
    Definition,
    Expression,
    Index,
    Program,
    Role,
    Tensor,
    add,
    as_index,
    delta,
    index_value,
    indicator,
    maximum_over,
    multiply,
    number,
    power,
    size_of,
    summation,
)

AXES = (Axis("i", 2), Axis("j", 3), Axis("k", 4), Axis("n", "n"))
SIZES = {"n": 5}
QUICK = [Phase.explicit, Phase.generate]  # shrinking a whole program takes minutes
BOUNDED = (
    "tanh",
    "sigmoid",
    "sin",
    "relu",
    "softplus",
    "gelu",
    "arctan",
    "softsign",
    "hard_tanh",
    "step",
    "abs",
    "silu",
)


def values_for(program: Program, seed: int = 0, sizes: dict[str, int] | None = None) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    known = sizes or SIZES
    shape = {t.name: tuple(known[s] if isinstance(s, str) else s for s in t.shape) for t in program.declared}
    return {name: rng.normal(size=size) for name, size in shape.items()}


@st.composite
def expressions(draw: st.DrawFn, tensors: tuple[Tensor, ...], scope: tuple[Axis, ...], depth: int) -> Expression:
    """A random expression whose free axes are in scope, computable in float64 for any values."""
    kinds = ["number", "element", "element", "element"]
    if depth:
        kinds += ["add", "product", "product", "call", "quotient", "power", "sum", "sum", "sum", "max", "gate", "delta"]
    if scope:
        kinds += ["index"]
    inner = expressions(tensors, scope, depth - 1) if depth else None
    match draw(st.sampled_from(kinds)):
        case "number":
            return number(
                draw(st.sampled_from([Fraction(1), Fraction(-2), Fraction(1, 3), Fraction(5, 2), Fraction(-1, 8)]))
            )
        case "index":
            return index_value(draw(indices(scope)))
        case "element":
            tensor = draw(st.sampled_from(tensors))
            return tensor[tuple(draw(element_index(axis, scope)) for axis in tensor.axes)]
        case "add":
            return add(*draw(st.lists(inner, min_size=2, max_size=3)))
        case "product":
            return multiply(*draw(st.lists(inner, min_size=2, max_size=4)))
        case "quotient":
            return draw(inner) / (1 + draw(inner) ** 2)
        case "power":
            return power(draw(inner), draw(st.integers(2, 3)))
        case "call":
            return Call(draw(st.sampled_from(BOUNDED)), draw(inner), draw(st.integers(0, 1)))
        case "gate":
            comparison = draw(st.sampled_from([">", "<=", "<", ">=", "!="]))
            return indicator(comparison, draw(inner), draw(inner)) * draw(inner)
        case "delta" if scope:
            return delta(draw(indices(scope)), draw(indices(scope))) * draw(inner)
        case "max":
            axis = draw(st.sampled_from(AXES))
            return maximum_over(
                draw(expressions(tensors, (*(a for a in scope if a is not axis), axis), depth - 1)), axis
            )
        case _:
            axes = draw(st.lists(st.sampled_from(AXES), min_size=1, max_size=2, unique=True))
            within = (*(a for a in scope if a not in axes), *axes)
            body = multiply(*draw(st.lists(expressions(tensors, within, depth - 1), min_size=1, max_size=3)))
            return summation(body, *axes)


@st.composite
def indices(draw: st.DrawFn, scope: tuple[Axis, ...]) -> Index:
    """An affine index over one or two axes."""
    result = as_index(draw(st.integers(-1, 2)))
    for axis in draw(st.lists(st.sampled_from(scope), max_size=2, unique=True)):
        result = result + as_index(axis) * draw(st.sampled_from([1, 1, -1, 2]))
    return result


@st.composite
def element_index(draw: st.DrawFn, axis: Axis, scope: tuple[Axis, ...]) -> Index:
    """Mostly the axis itself where it is in scope, else any index, also one that reaches outside."""
    if axis in scope and draw(st.integers(0, 3)):
        return as_index(axis)
    index = draw(indices(scope)) if scope else as_index(draw(st.integers(-1, 2)))
    return index + 1 if index.axis is not None and index.axis.size != axis.size else index


@st.composite
def programs(draw: st.DrawFn) -> Program:
    """Up to three definitions over a few declared tensors with pairwise distinct sizes."""
    i, j, k, n = AXES
    declared = (
        Tensor("x", (n, i), Role.INPUT),
        Tensor("W", (i, j), Role.PARAMETER),
        Tensor("V", (j, k), Role.PARAMETER),
        Tensor("b", (j,), Role.PARAMETER),
        Tensor("c", (), Role.PARAMETER),
    )
    known, definitions = declared, []
    for place in range(draw(st.integers(1, 3))):
        axes = tuple(draw(st.lists(st.sampled_from(AXES), max_size=2, unique=True)))
        tensor = Tensor(f"t{place}", axes)
        definitions.append(Definition(tensor, axes, draw(expressions(known, axes, 3))))
        known = (*known, tensor)
    return Program(declared, tuple(definitions), (definitions[-1].tensor,))


def multilayer_perceptron() -> Program:
    n, i, j, k = Axis("n", "n"), Axis("i", 2), Axis("j", 3), Axis("k", 4)
    x, t = Tensor("x", (n, i), Role.INPUT), Tensor("t", (n, k), Role.TARGET)
    W1, b1 = Tensor("W1", (i, j), Role.PARAMETER), Tensor("b1", (j,), Role.PARAMETER)
    W2, b2 = Tensor("W2", (j, k), Role.PARAMETER), Tensor("b2", (k,), Role.PARAMETER)
    z1, h1, z2, m = Tensor("z1", (n, j)), Tensor("h1", (n, j)), Tensor("z2", (n, k)), Tensor("m", (n,))
    loss, total, dz2, dW2 = Tensor("l", (n,)), Tensor("L"), Tensor("dz2", (n, k)), Tensor("dW2", (j, k))
    dz1, dW1 = Tensor("dz1", (n, j)), Tensor("dW1", (i, j))
    shifted = Call("exp", z2[n, k] - m[n])
    return Program(
        (x, t, W1, b1, W2, b2),
        (
            Definition(z1, (n, j), summation(x[n, i] * W1[i, j], i) + b1[j]),
            Definition(h1, (n, j), Call("relu", z1[n, j])),
            Definition(z2, (n, k), summation(h1[n, j] * W2[j, k], j) + b2[k]),
            Definition(m, (n,), maximum_over(z2[n, k], k)),
            Definition(loss, (n,), m[n] + Call("log", summation(shifted, k)) - summation(t[n, k] * z2[n, k], k)),
            Definition(total, (), summation(loss[n], n) / size_of(n)),
            Definition(dz2, (n, k), (shifted / summation(shifted, k) - t[n, k]) / size_of(n)),
            Definition(dW2, (j, k), summation(h1[n, j] * dz2[n, k], n)),
            Definition(dz1, (n, j), summation(dz2[n, k] * W2[j, k], k) * Call("relu", z1[n, j], 1)),
            Definition(dW1, (i, j), summation(x[n, i] * dz1[n, j], n)),
        ),
        (total, dW1, dW2),
    )


def layer_normalisation() -> Program:
    n, j = Axis("n", "n"), Axis("j", 3)
    x, g, b = Tensor("x", (n, j), Role.INPUT), Tensor("g", (j,), Role.PARAMETER), Tensor("b", (j,), Role.PARAMETER)
    mean, variance, y = Tensor("mean", (n,)), Tensor("variance", (n,)), Tensor("y", (n, j))
    deviation = x[n, j] - mean[n]
    scale = power(variance[n] + number("0.00001"), Fraction(-1, 2))
    return Program(
        (x, g, b),
        (
            Definition(mean, (n,), summation(x[n, j], j) / 3),
            Definition(variance, (n,), summation(deviation**2, j) / size_of(j)),
            Definition(y, (n, j), g[j] * deviation * scale + b[j]),
        ),
        (y,),
    )


def causal_attention() -> Program:
    h, q, m, d, e = Axis("h", 2), Axis("q", "time"), Axis("m", "time"), Axis("d", 3), Axis("e", 4)
    Q, K = Tensor("q", (h, q, d), Role.INPUT), Tensor("k", (h, m, d), Role.INPUT)
    V = Tensor("v", (h, m, e), Role.INPUT)
    scores, top, weights = Tensor("s", (h, q, m)), Tensor("top", (h, q)), Tensor("w", (h, q, m))
    mixed, normal = Tensor("out", (h, q, e)), Tensor("norm", (h, q))
    seen = indicator("<=", index_value(m), index_value(q))
    return Program(
        (Q, K, V),
        (
            Definition(scores, (h, q, m), summation(Q[h, q, d] * K[h, m, d], d) / Call("sqrt", size_of(d))),
            Definition(top, (h, q), maximum_over(scores[h, q, m], m)),
            Definition(weights, (h, q, m), seen * Call("exp", scores[h, q, m] - top[h, q])),
            Definition(normal, (h, q), summation(weights[h, q, m], m)),
            Definition(mixed, (h, q, e), summation(weights[h, q, m] / normal[h, q] * V[h, m, e], m)),
        ),
        (mixed,),
    )


def convolution_of_letters(shift: int) -> Program:
    """y[s] = t[s] Σ w[u] x[s + u + shift] where no size is known, and its derivative by the input."""
    s, u, r = Axis("s", "time"), Axis("u", "n"), Axis("r", "length")
    x, w, t = Tensor("x", (r,), Role.INPUT), Tensor("w", (u,), Role.PARAMETER), Tensor("t", (s,), Role.INPUT)
    y, dx = Tensor("y", (s,)), Tensor("dx", (r,))
    definitions = (
        Definition(y, (s,), t[s] * summation(x[as_index(s) + u + shift] * w[u], u)),
        Definition(dx, (r,), summation(t[as_index(r) - u - shift] * w[u], u)),
    )
    return Program((x, w, t), definitions, (y, dx))


def convolution(padding: int, step: int, symbolic: bool = False) -> Program:
    """A 1-D convolution with a derivative by its input."""
    length = 11
    places = (length + 2 * padding - 3) // step + 1
    c, o, s, u = Axis("c", 2), Axis("o", 4), Axis("s", places), Axis("u", 3)
    r = Axis("r", "length" if symbolic else length)
    x, w, y = Tensor("x", (c, r), Role.INPUT), Tensor("w", (o, c, u), Role.PARAMETER), Tensor("y", (o, s))
    dx = Tensor("dx", (c, r))
    at = as_index(s) * step + u - padding
    back = summation(delta(r, at) * y[o, s] * w[o, c, u], o, s, u)
    if step == 1:
        back = summation(y[o, as_index(r) - u + padding] * w[o, c, u], o, u)
    definitions = (
        Definition(y, (o, s), summation(x[c, at] * w[o, c, u], c, u)),
        Definition(dx, (c, r), back),
    )
    return Program((x, w), definitions, (y, dx))


def image_convolution() -> Program:
    c, o, a, b, u, v = Axis("c", 2), Axis("o", 4), Axis("a", 5), Axis("b", 6), Axis("u", 3), Axis("v", 2)
    x = Tensor("x", (c, Axis("rows", 5), Axis("columns", 7)), Role.INPUT)
    w, y = Tensor("w", (o, c, u, v), Role.PARAMETER), Tensor("y", (o, a, b))
    body = summation(x[c, as_index(a) + u - 1, as_index(b) + v] * w[o, c, u, v], c, u, v)
    return Program((x, w), (Definition(y, (o, a, b), body),), (y,))


CASES = {
    "multilayer perceptron": multilayer_perceptron(),
    "layer normalisation": layer_normalisation(),
    "causal attention": causal_attention(),
    "valid convolution": convolution(0, 1),
    "same convolution": convolution(1, 1),
    "widely padded convolution": convolution(4, 1),
    "strided convolution": convolution(1, 2),
    "strided by three": convolution(0, 3),
    "convolution of unknown length": convolution(1, 1, symbolic=True),
    "image convolution": image_convolution(),
    "convolution of unknown sizes": convolution_of_letters(0),
    "padded convolution of unknown sizes": convolution_of_letters(-1),
    "shifted convolution of unknown sizes": convolution_of_letters(2),
}
