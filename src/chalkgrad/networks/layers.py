"""Layers as equations: each function gives the definitions of one layer, and the parameters that it brings.

Every layer keeps the leading axes of its inputs (a batch, heads, …) and works on the last one or two.
"""

from __future__ import annotations

from dataclasses import dataclass

from chalkgrad.errors import ProgramError
from chalkgrad.language import (
    Axis,
    Call,
    Definition,
    Expression,
    Index,
    Role,
    Tensor,
    add,
    as_index,
    call,
    fresh_axis,
    index_value,
    indicator,
    maximum_over,
    number,
    size_of,
    summation,
)


@dataclass(frozen=True)
class Layer:
    """The parameters that a layer brings, and its equations; the last one gives its output."""

    parameters: tuple[Tensor, ...]
    definitions: tuple[Definition, ...]

    @property
    def output(self) -> Tensor:
        """What the layer gives."""
        return self.definitions[-1].tensor


def dense(inputs: Tensor, units: Axis, weights: str = "W", bias: str = "b", output: str = "z") -> Layer:
    """A fully connected layer, without its activation: inputs (…, i) to (…, units); weights are inputs by outputs.

    >>> x = Tensor("x", (Axis("i", 2),), Role.INPUT)
    >>> print(*dense(x, Axis("j", 3)).definitions)
    z[j] = sum(i, x[i]*W[i,j]) + b[j]
    """
    _needs_axes(inputs, 1)
    *lead, i = inputs.axes
    w = Tensor(weights, (i, units), Role.PARAMETER)
    b = Tensor(bias, (units,), Role.PARAMETER)
    body = summation(inputs[inputs.axes] * w[i, units], i) + b[units]
    axes = (*lead, units)
    return Layer((w, b), (Definition(Tensor(output, axes), axes, body),))


def activation(inputs: Tensor, function: str, output: str = "h") -> Layer:
    """An elementwise function of the table, applied to every element.

    >>> print(*activation(Tensor("z", (Axis("j", 3),)), "relu").definitions)
    h[j] = relu(z[j])
    """
    axes = inputs.axes
    return Layer((), (Definition(Tensor(output, axes), axes, call(function, inputs[axes])),))


def log_sum_exp(inputs: Tensor, suffix: str = "") -> tuple[Definition, Definition, Definition]:
    """Over the last axis: the greatest value m, the exponentials e of what is left, and their sum s.

    log s + m is then the logarithm of the sum of the exponentials, and nothing overflows (Blanchard, Higham and Higham,
    Accurately computing the log-sum-exp and softmax functions, 2021).

    >>> print(*log_sum_exp(Tensor("z", (Axis("k", 3),))), sep="; ")
    m = max(k, z[k]); e[k] = exp(z[k] - m); s = sum(k, e[k])
    """
    _needs_axes(inputs, 1)
    axes = inputs.axes
    *lead, k = axes
    greatest, total = Tensor(f"m{suffix}", tuple(lead)), Tensor(f"s{suffix}", tuple(lead))
    exponential = Tensor(f"e{suffix}", axes)
    return (
        Definition(greatest, tuple(lead), maximum_over(inputs[axes], k)),
        Definition(exponential, axes, call("exp", inputs[axes] - greatest[tuple(lead)])),
        Definition(total, tuple(lead), summation(exponential[axes], k)),
    )


def softmax(inputs: Tensor, output: str = "p", suffix: str = "") -> Layer:
    """The softmax over the last axis, in the form that does not overflow.

    >>> print(softmax(Tensor("z", (Axis("k", 3),))).definitions[-1])
    p[k] = e[k]/s
    """
    normaliser = log_sum_exp(inputs, suffix)
    axes = inputs.axes
    body = normaliser[1].tensor[axes] / normaliser[2].tensor[axes[:-1]]
    return Layer((), (*normaliser, Definition(Tensor(output, axes), axes, body)))


def layer_normalisation(inputs: Tensor, output: str = "h", suffix: str = "", epsilon: str = "0.00001") -> Layer:
    """Normalises the last axis to mean 0 and variance 1, then scales by gamma and shifts by beta.

    The variance is divided by the number of elements; epsilon is PyTorch's. Source: Ba, Kiros and Hinton, Layer
    normalization, 2016.

    >>> for definition in layer_normalisation(Tensor("z", (Axis("j", 4),))).definitions:
    ...     print(definition)
    mu = sum(j, z[j])/4
    var = sum(j, (z[j] - mu)^2)/4
    xhat[j] = (z[j] - mu)/sqrt(var + 0.00001)
    h[j] = xhat[j]*gamma[j] + beta[j]
    """
    _needs_axes(inputs, 1)
    axes = inputs.axes
    lead, j = axes[:-1], axes[-1]
    mean, variance = Tensor(f"mu{suffix}", lead), Tensor(f"var{suffix}", lead)
    gamma, beta = (Tensor(name + suffix, (j,), Role.PARAMETER) for name in ("gamma", "beta"))
    normalised = Tensor(f"xhat{suffix}", axes)
    centred = inputs[axes] - mean[lead]
    return Layer(
        (gamma, beta),
        (
            Definition(mean, lead, summation(inputs[axes], j) / size_of(j)),
            Definition(variance, lead, summation(centred**2, j) / size_of(j)),
            Definition(normalised, axes, centred / Call("sqrt", variance[lead] + number(epsilon))),
            Definition(Tensor(output, axes), axes, normalised[axes] * gamma[j] + beta[j]),
        ),
    )


def attention(
    query: Tensor, key: Tensor, value: Tensor, output: str = "o", suffix: str = "", causal: bool = False
) -> Layer:
    """Scaled dot-product attention: query (…, t, d), key (…, u, d), value (…, u, c) give (…, t, c).

    Leading axes of the queries that keys and values do not have (heads that share them) are kept. With `causal`,
    position t sees the positions u ≤ t only: the maximum is taken over those, and the exponentials of the others are
    0. Source: Vaswani et al., Attention is all you need, 2017, equation 1.

    >>> t, u, d, c = Axis("t", 3), Axis("u", 3), Axis("d", 2), Axis("c", 4)
    >>> layer = attention(Tensor("Q", (t, d)), Tensor("K", (u, d)), Tensor("V", (u, c)), causal=True)
    >>> for definition in layer.definitions:
    ...     print(definition)
    a[t,u] = sum(d, Q[t,d]*K[u,d])/sqrt(2)
    m[t] = max(u, [index(u) <= index(t)]*a[t,u] + [index(u) > index(t)]*a[t,0])
    e[t,u] = [index(u) <= index(t)]*exp(a[t,u] - m[t])
    s[t] = sum(u, e[t,u])
    p[t,u] = e[t,u]/s[t]
    o[t,c] = sum(u, p[t,u]*V[u,c])
    """
    for tensor in (query, key, value):
        _needs_axes(tensor, 2)
    *lead, t, d = query.axes
    u = fresh_axis(key.axes[-2], set(query.axes))
    c = fresh_axis(value.axes[-1], {*lead, t, u})
    rows, scores, outputs = (*lead, t), (*lead, t, u), (*lead, t, c)
    score = Tensor(f"a{suffix}", scores)
    shared = [axis for axis in lead if axis in key.axes]
    similarity = summation(query[(*rows, d)] * key[(*shared, u, d)], d) / Call("sqrt", size_of(d))
    defined = [Definition(score, scores, similarity)]
    if causal:
        seen = indicator("<=", index_value(u), index_value(t))
        unseen = indicator(">", index_value(u), index_value(t))
        greatest, exponential, total = (definition.tensor for definition in log_sum_exp(score, suffix))
        first = score[(*rows, 0)]
        defined += [
            Definition(greatest, rows, maximum_over(seen * score[scores] + unseen * first, u)),
            Definition(exponential, scores, seen * call("exp", score[scores] - greatest[rows])),
            Definition(total, rows, summation(exponential[scores], u)),
        ]
    else:
        normaliser = log_sum_exp(score, suffix)
        _, exponential, total = (definition.tensor for definition in normaliser)
        defined += normaliser
    weight = Tensor(f"p{suffix}", scores)
    mixed = summation(weight[scores] * value[(*shared, u, c)], u)
    defined += [
        Definition(weight, scores, exponential[scores] / total[rows]),
        Definition(Tensor(output, outputs), outputs, mixed),
    ]
    return Layer((), tuple(defined))


def convolution(
    inputs: Tensor,
    channels: Axis,
    kernel: tuple[Axis, ...],
    weights: str = "W",
    bias: str = "b",
    output: str = "z",
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
) -> Layer:
    """A convolution over as many last axes as the kernel has: inputs (…, c, t) or (…, c, r, s) to (…, channels, …).

    As in PyTorch it is a cross-correlation, the weights are (channels, c, *kernel), and beyond the edge there are
    `padding` zeros; the kernel's places lie `dilation` apart. The spatial sizes must be numbers; raises `ProgramError`
    where the kernel does not fit in.

    >>> x = Tensor("x", (Axis("c", 2), Axis("t", 5)), Role.INPUT)
    >>> print(*convolution(x, Axis("o", 3), (Axis("k", 2),), stride=2, padding=1).definitions)
    z[o,t'] = sum(c, sum(k, x[c,2*t'+k-1]*W[o,c,k])) + b[o]
    """
    _needs_axes(inputs, len(kernel) + 1)
    places = len(inputs.axes) - len(kernel)
    lead, c, space = inputs.axes[: places - 1], inputs.axes[places - 1], inputs.axes[places:]
    taken = {*inputs.axes, channels, *kernel}
    out: list[Axis] = []
    for axis, window in zip(space, kernel, strict=True):
        spread = Axis(window.name, dilation * (window.size - 1) + 1 if isinstance(window.size, int) else window.size)
        out.append(Axis(fresh_axis(axis, taken).name, _positions(axis, spread, stride, padding)))
    at: tuple[Index, ...] = tuple(
        as_index(position) * stride + as_index(window) * dilation - padding
        for position, window in zip(out, kernel, strict=True)
    )
    w = Tensor(weights, (channels, c, *kernel), Role.PARAMETER)
    b = Tensor(bias, (channels,), Role.PARAMETER)
    body = summation(inputs[(*lead, c, *at)] * w[(channels, c, *kernel)], c, *kernel)
    axes = (*lead, channels, *out)
    return Layer((w, b), (Definition(Tensor(output, axes), axes, add(body, b[channels])),))


def pooling(inputs: Tensor, kernel: tuple[Axis, ...], kind: str, output: str = "h", stride: int = 0) -> Layer:
    """The greatest ("max") or the mean ("average") of windows of the last axes, without padding.

    Windows lie `stride` apart, side by side unless told. Raises `ProgramError` where a window does not fit, and for
    another kind.

    >>> x = Tensor("x", (Axis("t", 4),), Role.INPUT)
    >>> print(*pooling(x, (Axis("k", 2),), "max").definitions)
    h[t'] = max(k, x[2*t'+k])
    """
    if kind not in ("max", "average"):
        raise ProgramError(f"there is no pooling '{kind}'; known are max, average")
    _needs_axes(inputs, len(kernel))
    places = len(inputs.axes) - len(kernel)
    lead, space = inputs.axes[:places], inputs.axes[places:]
    out: list[Axis] = []
    at: list[Index] = []
    for axis, window in zip(space, kernel, strict=True):
        step = stride or (window.size if isinstance(window.size, int) else 1)
        out.append(Axis(fresh_axis(axis, {*inputs.axes, *kernel}).name, _positions(axis, window, step, 0)))
        at.append(as_index(out[-1]) * step + window)
    body: Expression = inputs[(*lead, *at)]
    for window in reversed(kernel):
        body = maximum_over(body, window) if kind == "max" else summation(body, window) / size_of(window)
    axes = (*lead, *out)
    return Layer((), (Definition(Tensor(output, axes), axes, body),))


def _needs_axes(inputs: Tensor, count: int) -> None:
    if len(inputs.axes) < count:
        has = f"{len(inputs.axes)} {'axis' if len(inputs.axes) == 1 else 'axes'}"
        raise ProgramError(f"'{inputs.name}' has {has}, but the layer needs at least {count}")


def _positions(axis: Axis, window: Axis, stride: int, padding: int) -> int:
    if not isinstance(axis.size, int) or not isinstance(window.size, int):
        raise ProgramError(f"a convolution needs sizes that are numbers, but '{axis.name}' has {axis.size}")
    if stride < 1 or padding < 0:
        raise ProgramError(f"a stride is at least 1 and a padding at least 0, but got {stride} and {padding}")
    room = axis.size + 2 * padding - window.size
    if room < 0:
        raise ProgramError(f"a kernel of {window.size} does not fit into {axis.size} places with padding {padding}")
    return room // stride + 1
