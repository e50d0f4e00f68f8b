"""The programs that the golden files and the property tests of the writers use."""

from __future__ import annotations

from chalkgrad.language import (
    Axis,
    Definition,
    Program,
    Role,
    Tensor,
    as_index,
    call,
    delta,
    indicator,
    number,
    summation,
)
from chalkgrad.networks import NetworkSpec, build, layer_normalisation

WORKSHEET = build(NetworkSpec((2, 3, 1), ("relu", "sigmoid"), "bce"), batch=False)
BATCH = build(NetworkSpec((2, 3, 1), ("relu", "sigmoid"), "bce"))
SOFTMAX = build(NetworkSpec((3, 4, 2), ("gelu", "softmax"), "cross-entropy"))


def own_names() -> Program:
    """The worksheet's network under the writer's own names."""
    i, j = Axis("i", 2), Axis("j", 3)
    x, y = Tensor("x", (i,), Role.INPUT), Tensor("y", (), Role.TARGET)
    w, b = Tensor("w", (i, j), Role.PARAMETER), Tensor("b", (j,), Role.PARAMETER)
    v, c = Tensor("v", (j,), Role.PARAMETER), Tensor("c", (), Role.PARAMETER)
    below, h, out, yhat, loss = (
        Tensor("out_hidden", (j,)),
        Tensor("h", (j,)),
        Tensor("out"),
        Tensor("yhat"),
        Tensor("L"),
    )
    definitions = (
        Definition(below, (j,), summation(x[i] * w[i, j], i) + b[j]),
        Definition(h, (j,), call("relu", below[j])),
        Definition(out, (), summation(h[j] * v[j], j) + c[()]),
        Definition(yhat, (), call("sigmoid", out[()])),
        Definition(loss, (), -(y[()] * call("log", yhat[()]) + (1 - y[()]) * call("log", 1 - yhat[()]))),
    )
    return Program((x, y, w, b, v, c), definitions, (loss,))


def normalisation() -> Program:
    """Layer normalisation of four values, with names in Greek."""
    z = Tensor("z", (Axis("j", 4),), Role.INPUT)
    layer = layer_normalisation(z)
    return Program((z, *layer.parameters), layer.definitions, (layer.output,))


def one_of_each() -> Program:
    """A definition with every kind of node, places as numbers, and a size that is a name."""
    n, i, k, t = Axis("n", "n"), Axis("i", 12), Axis("k", 3), Axis("t", "T")
    x, w, q = Tensor("x", (n, i), Role.INPUT), Tensor("w", (k,), Role.PARAMETER), Tensor("q", (t,), Role.INPUT)
    theta = Tensor("theta_0", (), Role.PARAMETER)
    convolved, gate, mixed = Tensor("conv", (n, i)), Tensor("gate", (k,)), Tensor("alpha_bar")
    definitions = (
        Definition(convolved, (n, i), summation(x[n, as_index(i) + k - 1] * w[k], k)),
        Definition(
            gate, (k,), delta(k, 1) * indicator(">=", w[k], theta[()]) * call("abs", w[k]) / call("sqrt", theta[()])
        ),
        Definition(
            mixed,
            (),
            summation(call("exp", -(q[t] ** 2) / 2), t) * theta[()]
            - call("exp", 1 / theta[()]) / 3
            + 3 * number(2) ** theta[()]
            + call("tanh", theta[()], order=2) ** 2
            - w[0] * (theta[()] - w[1]) ** -2,
        ),
    )
    return Program((x, w, q, theta), definitions, (mixed,))


PROGRAMS = {
    "worksheet": WORKSHEET,
    "batch": BATCH,
    "softmax": SOFTMAX,
    "own_names": own_names(),
    "layer_normalisation": normalisation(),
    "one_of_each": one_of_each(),
}
