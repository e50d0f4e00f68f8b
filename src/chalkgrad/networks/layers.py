"""Layers as equations: each function gives the definitions of one layer, and the parameters that it brings.

Every layer keeps the leading axes of its inputs (a batch, heads, …) and works on the last one or two.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chalkgrad.errors import ProgramError
from chalkgrad.language import (
    ONE,
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
    multiply,
    number,
    size_of,
    summation,
)
from chalkgrad.language.programs import in_range, within


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


def layer_normalisation(
    inputs: Tensor,
    output: str = "h",
    suffix: str = "",
    epsilon: str = "0.00001",
    scale: Tensor | str | None = "gamma",
    shift: Tensor | str | None = "beta",
    places: int = 1,
) -> Layer:
    """Normalises the last axis (the last `places` ones) to mean 0 and variance 1, then scales by gamma and shifts by
    beta: tensors that there are already, names of new ones, or None for no scale or shift.

    The variance is divided by the number of elements; epsilon is PyTorch's. Source: Ba, Kiros and Hinton, Layer
    normalization, 2016.

    >>> for definition in layer_normalisation(Tensor("z", (Axis("j", 4),))).definitions:
    ...     print(definition)
    mu = sum(j, z[j])/4
    var = sum(j, (z[j] - mu)^2)/4
    xhat[j] = (z[j] - mu)/sqrt(var + 0.00001)
    h[j] = xhat[j]*gamma[j] + beta[j]
    """
    _needs_axes(inputs, places)
    axes = inputs.axes
    lead, last = axes[: len(axes) - places], axes[len(axes) - places :]
    mean, variance = Tensor(f"mu{suffix}", lead), Tensor(f"var{suffix}", lead)
    gamma, beta = (_parameter(each, last, suffix) for each in (scale, shift))
    normalised = Tensor(f"xhat{suffix}", axes)
    centred = inputs[axes] - mean[lead]
    count = multiply(*map(size_of, last))
    result: Expression = normalised[axes]
    if gamma is not None:
        result = result * gamma[last]
    if beta is not None:
        result = result + beta[last]
    return Layer(
        _new(scale=(scale, gamma), shift=(shift, beta)),
        (
            Definition(mean, lead, summation(inputs[axes], *last) / count),
            Definition(variance, lead, summation(centred**2, *last) / count),
            Definition(normalised, axes, centred / Call("sqrt", variance[lead] + number(epsilon))),
            Definition(Tensor(output, axes), axes, result),
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
    weights: Tensor | str = "W",
    bias: Tensor | str | None = "b",
    output: str = "z",
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
    after: int | Sequence[int] | None = None,
) -> Layer:
    """A convolution over as many last axes as the kernel has: inputs (…, c, t) or (…, c, r, s) to (…, channels, …).

    As in PyTorch it is a cross-correlation, the weights are (channels, c, *kernel), and beyond the edge there are
    `padding` zeros (`after` of them at the end, if that is another number); the kernel's places lie `dilation` apart.
    Each is a number, or one for each axis. Weights and bias are tensors that there are already, or names of new ones.
    The spatial sizes must be numbers; raises `ProgramError` where the kernel does not fit in.

    >>> x = Tensor("x", (Axis("c", 2), Axis("t", 5)), Role.INPUT)
    >>> print(*convolution(x, Axis("o", 3), (Axis("k", 2),), stride=2, padding=1).definitions)
    z[o,t'] = sum(c, sum(k, x[c,2*t'+k-1]*W[o,c,k])) + b[o]
    """
    _needs_axes(inputs, len(kernel) + 1)
    places = len(inputs.axes) - len(kernel)
    lead, c, space = inputs.axes[: places - 1], inputs.axes[places - 1], inputs.axes[places:]
    out, at = windows(inputs.axes, space, kernel, stride, padding, dilation, {channels}, after)
    w = _parameter(weights, (channels, c, *kernel))
    b = _parameter(bias, (channels,))
    assert w is not None
    body = summation(inputs[(*lead, c, *at)] * w[(channels, c, *kernel)], c, *kernel)
    axes = (*lead, channels, *out)
    made = (Definition(Tensor(output, axes), axes, body if b is None else add(body, b[channels])),)
    return Layer(_new(weights=(weights, w), bias=(bias, b)), made)


def grouped_convolution(
    inputs: Tensor,
    group: Axis,
    channels: Axis,
    kernel: tuple[Axis, ...],
    weights: Tensor | str = "W",
    bias: Tensor | str | None = "b",
    output: str = "z",
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
    after: int | Sequence[int] | None = None,
) -> Layer:
    """A convolution that parts its channels into groups: `channels` are those of one group, so that inputs (c, …) give
    (group, channels, …). The weights are (group · channels, c / group, *kernel), as in PyTorch.

    Source: Krizhevsky, Sutskever and Hinton, ImageNet classification with deep convolutional neural networks, 2012.

    >>> x = Tensor("x", (Axis("c", 4), Axis("t", 5)), Role.INPUT)
    >>> print(*grouped_convolution(x, Axis("g", 2), Axis("o", 3), (Axis("k", 2),), bias=None).definitions)
    z[g,o,t'] = sum(c', sum(k, x[2*g+c',t'+k]*W[3*g+o,c',k]))
    """
    c, *space = inputs.axes
    if not isinstance(c.size, int) or not isinstance(group.size, int) or c.size % group.size:
        raise ProgramError(f"the {c.size} channels of '{inputs.name}' cannot be parted into {group.size} groups")
    width, units = c.size // group.size, int(channels.size)
    within = Axis(fresh_axis(c, {*inputs.axes, group, channels, *kernel}).name, width)
    out, at = windows(inputs.axes, space, kernel, stride, padding, dilation, {channels, group, within}, after)
    whole = Axis(fresh_axis(channels, {*inputs.axes, group, channels, within, *kernel}).name, units * group.size)
    w, b = _parameter(weights, (whole, within, *kernel)), _parameter(bias, (whole,))
    assert w is not None
    unit = as_index(group) * units + channels
    body = summation(inputs[(as_index(group) * width + within, *at)] * w[(unit, within, *kernel)], within, *kernel)
    axes = (group, channels, *out)
    made = (Definition(Tensor(output, axes), axes, body if b is None else add(body, b[unit])),)
    return Layer(_new(weights=(weights, w), bias=(bias, b)), made)


def pooling(
    inputs: Tensor,
    kernel: tuple[Axis, ...],
    kind: str,
    output: str = "h",
    stride: int | Sequence[int] = 0,
    padding: int | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
    after: int | Sequence[int] | None = None,
) -> Layer:
    """The greatest ("max") or the mean ("average") of windows of the last axes.

    Windows lie `stride` apart, side by side unless told, and reach `padding` places beyond the edge (`after` at the
    end), where nothing is taken for the greatest, and zeros for a mean. Raises `ProgramError` where a window does not
    fit, and for another kind.

    >>> x = Tensor("x", (Axis("t", 4),), Role.INPUT)
    >>> print(*pooling(x, (Axis("k", 2),), "max").definitions)
    h[t'] = max(k, x[2*t'+k])
    """
    if kind not in ("max", "average"):
        raise ProgramError(f"there is no pooling '{kind}'; known are max, average")
    _needs_axes(inputs, len(kernel))
    places = len(inputs.axes) - len(kernel)
    lead, space = inputs.axes[:places], inputs.axes[places:]
    steps = tuple(
        step or (window.size if isinstance(window.size, int) else 1)
        for step, window in zip(each_axis(stride, len(kernel)), kernel, strict=True)
    )
    out, at = windows(inputs.axes, space, kernel, steps, padding, dilation, set(), after)
    body: Expression = inputs[(*lead, *at)]
    if kind == "max":
        inside = multiply(*(in_range(index, axis) for index, axis in zip(at, space, strict=True)))
        if inside is not ONE:
            body = _only_inside(inputs, lead, space, at, out, steps, inside)
    for window in reversed(kernel):
        body = maximum_over(body, window) if kind == "max" else summation(body, window) / size_of(window)
    axes = (*lead, *out)
    return Layer((), (Definition(Tensor(output, axes), axes, body),))


def _only_inside(
    inputs: Tensor,
    lead: tuple[Axis, ...],
    space: Sequence[Axis],
    at: Sequence[Index],
    out: Sequence[Axis],
    steps: Sequence[int],
    inside: Expression,
) -> Expression:
    """An element of a window inside the inputs; for one outside another of the window, which is inside."""
    there = [as_index(place) * step for place, step in zip(out, steps, strict=True)]
    for index, axis in zip(there, space, strict=True):
        if within(index, axis) != (True, True):
            raise ProgramError(f"a window of '{inputs.name}' has its middle outside, which is not covered")
    return inside * inputs[(*lead, *at)] + (1 - inside) * inputs[(*lead, *there)]


def windows(
    taken: Iterable[Axis],
    space: Sequence[Axis],
    kernel: Sequence[Axis],
    stride: int | Sequence[int],
    padding: int | Sequence[int],
    dilation: int | Sequence[int],
    more: set[Axis],
    after: int | Sequence[int] | None = None,
) -> tuple[list[Axis], list[Index]]:
    """The axes of the places where windows of a kernel begin, and where in the space an element of a window lies."""
    names = {*taken, *kernel, *more}
    count = len(kernel)
    ends = each_axis(padding if after is None else after, count)
    out: list[Axis] = []
    at: list[Index] = []
    for axis, window, step, pad, gap, end in zip(
        space,
        kernel,
        each_axis(stride, count),
        each_axis(padding, count),
        each_axis(dilation, count),
        ends,
        strict=True,
    ):
        spread = Axis(window.name, gap * (window.size - 1) + 1 if isinstance(window.size, int) else window.size)
        out.append(Axis(fresh_axis(axis, names | set(out)).name, _positions(axis, spread, step, pad, end)))
        at.append(as_index(out[-1]) * step + as_index(window) * gap - pad)
    return out, at


def each_axis(value: int | Sequence[int], count: int) -> tuple[int, ...]:
    """One number for each of some axes."""
    return (value,) * count if isinstance(value, int) else tuple(value)


def _parameter(given: Tensor | str | None, axes: tuple[Axis, ...], suffix: str = "") -> Tensor | None:
    return Tensor(given + suffix, axes, Role.PARAMETER) if isinstance(given, str) else given


def _new(**given: tuple[Tensor | str | None, Tensor | None]) -> tuple[Tensor, ...]:
    """The parameters that a layer brings: those that were named."""
    return tuple(tensor for name, tensor in given.values() if isinstance(name, str) and tensor is not None)


def _needs_axes(inputs: Tensor, count: int) -> None:
    if len(inputs.axes) < count:
        has = f"{len(inputs.axes)} {'axis' if len(inputs.axes) == 1 else 'axes'}"
        raise ProgramError(f"'{inputs.name}' has {has}, but the layer needs at least {count}")


def _positions(axis: Axis, window: Axis, stride: int, padding: int, after: int) -> int:
    if not isinstance(axis.size, int) or not isinstance(window.size, int):
        raise ProgramError(f"a convolution needs sizes that are numbers, but '{axis.name}' has {axis.size}")
    if stride < 1 or min(padding, after) < 0:
        raise ProgramError(f"a stride is at least 1 and a padding at least 0, but got {stride} and {padding}")
    room = axis.size + padding + after - window.size
    if room < 0:
        raise ProgramError(f"a kernel of {window.size} does not fit into {axis.size} places with padding {padding}")
    return room // stride + 1
