"""The layers of graphs as equations: those of `networks.layers`, with the parameters that a model has already."""

from __future__ import annotations

from collections.abc import Sequence

from chalkgrad.errors import ChalkgradError
from chalkgrad.language import (
    Axis,
    Definition,
    Expression,
    Tensor,
    as_index,
    call,
    index_value,
    indicator,
    power,
    substitute_axes,
    summation,
)
from chalkgrad.language.named import chosen as chosen_by
from chalkgrad.models.arranging import product, reduced, reshape
from chalkgrad.models.building import Builder, Parameter, as_number
from chalkgrad.models.values import BATCH, Value, together
from chalkgrad.networks import layers
from chalkgrad.networks.normalising import rms_normalisation

_NORMALISED = ("mu", "var", "xhat", "ms")


def linear(
    made: Builder, x: Value, weights: Value | Parameter, bias: Value | Parameter | None, name: str, *,
    inputs_first: bool = False,
) -> Value:  # fmt: skip
    """z = W x + b over the last dimension, weights outputs by inputs, or `inputs_first`."""
    if not isinstance(weights, Parameter):
        turned = weights if inputs_first else weights.permuted([1, 0])
        z = product(made, x, turned, name if bias is None else f"{name}_w")
        return z if bias is None else made.arithmetic("+", z, bias, name)
    x = made.merged(x, -1)
    (last,) = x.dimensions[-1]
    if last in x.axes[:-1]:
        raise ChalkgradError(f"{name}: an axis stands twice in what goes into a layer")
    units = made.axis(weights.value.shape[1 if inputs_first else 0])
    at = (last, units) if inputs_first else (units, last)
    body = summation(x.element * made.used(weights, at)[at], last)
    dimensions = (*x.dimensions[:-1], (units,))
    if bias is not None:
        row = _row(made, bias, units)
        (common, (_, at_bias)) = made.aligned([dimensions, row.dimensions], name)
        if common != dimensions:
            raise ChalkgradError(f"{name}: a bias with more dimensions than the layer is not covered")
        body = body + row.read_at(at_bias, ()).element
    return made.define(name, dimensions, body, "linear")


def _row(made: Builder, bias: Value | Parameter, units: Axis) -> Value:
    if isinstance(bias, Parameter) and bias.value.shape == (units.size,):
        return Value(made.used(bias, (units,)), (as_index(units),), ((units,),))
    return made.value(bias)


def softmax(made: Builder, x: Value, dimension: int, name: str, *, logarithm: bool = False) -> Value:
    """The softmax over a dimension, or its logarithm, in the form that does not overflow."""
    place = x.without_samples(dimension)
    order = [*(each for each in range(len(x.dimensions)) if each != place), place]
    back = sorted(range(len(order)), key=lambda each: order[each])
    inner = made.plain(made.merged(x.permuted(order), -1))
    layer = layers.softmax(inner.tensor, made.fresh(name), f"_{name}")
    if not logarithm:
        made.add_layer(layer, "softmax")
        made.is_softmax(layer, inner.tensor)
        return Value(layer.output, inner.indices, inner.dimensions).permuted(back)
    made.add_layer(layers.Layer((), layer.definitions[:3]), "softmax")
    greatest, _, total = (definition.tensor for definition in layer.definitions[:3])
    lead = inner.axes[:-1]
    body = inner.element - greatest[lead] - call("log", total[lead])
    return made.define(f"{name}_log", inner.dimensions, body, "log_softmax").permuted(back)


def normalised(
    made: Builder, x: Value, places: int, gamma: Value | Parameter | None, beta: Value | Parameter | None,
    epsilon: float, name: str, *, centred: bool = True,
) -> Value:  # fmt: skip
    """Layer normalisation over the last dimensions, without `centred` by the root of the mean square only."""
    for place in range(places):
        x = made.merged(x, -1 - place)
    x = made.plain(x)
    last = x.axes[len(x.axes) - places :]
    scale, shift = (_along(made, each, last) for each in (gamma, beta))
    own, suffix = made.fresh(name), f"_{name}"
    number = f"{epsilon!r}"
    layer = (
        layers.layer_normalisation(x.tensor, own, suffix, number, scale, shift, places)
        if centred
        else rms_normalisation(x.tensor, own, suffix, number, scale, places)
    )
    made.add_layer(layer, "normalised")
    return Value(layer.output, x.indices, x.dimensions)


def _along(made: Builder, each: Value | Parameter | None, axes: Sequence[Axis]) -> Tensor | None:
    if each is None:
        return None
    if isinstance(each, Parameter):
        return made.used(each, axes)
    return made.plain(each).tensor


def batch_normalised(
    made: Builder, x: Value, gamma: Value | Parameter | None, beta: Value | Parameter | None,
    mean: Value | Parameter, variance: Value | Parameter, epsilon: float, name: str,
) -> Value:  # fmt: skip
    """Normalisation of channels, the second dimension, by the mean and variance that training kept."""

    axes = x.dimensions[1]

    def at(each: Value | Parameter) -> Expression:
        return made.plain(made.value(each, [axes])).tensor[together(axes)]  # of groups the channels are several axes

    body = x.element - at(mean)
    if gamma is not None:
        body = body * at(gamma)
    body = body / call("sqrt", at(variance) + as_number(epsilon))
    if beta is not None:
        body = body + at(beta)
    return made.define(name, x.dimensions, body, "normalised")


def group_normalised(
    made: Builder, x: Value, groups: int, gamma: Value | Parameter | None, beta: Value | Parameter | None,
    epsilon: float, name: str,
) -> Value:  # fmt: skip
    """Normalisation of groups of channels, the second dimension, and of all places of a sample."""
    shape = made.shape(x)
    parted = reshape(made, x, (shape[0], groups, shape[1] // groups, *shape[2:]), name)
    inner = range(2, len(parted.dimensions))
    mean = reduced(made, parted, "mean", inner, f"mu_{name}", kept=True)
    centred = made.arithmetic("-", parted, mean, f"c_{name}")
    square = made.formula(centred, lambda element: element**2, f"sq_{name}")
    variance = reduced(made, square, "mean", inner, f"var_{name}", kept=True)
    root = made.formula(variance, lambda element: power(element + as_number(epsilon), as_number(0.5)), f"sd_{name}")
    normal = reshape(made, made.arithmetic("/", centred, root, f"xhat_{name}"), shape, name)
    normal = made.merged(normal, 1)
    for sign, each in (("*", gamma), ("+", beta)):
        if each is not None:
            value = made.value(each, [normal.dimensions[1]])
            for _ in shape[2:]:
                value = value.inserted(len(value.dimensions))
            normal = made.arithmetic(sign, normal, value, f"{name}_{'scaled' if sign == '*' else 'shifted'}")
    return normal


def convolution(
    made: Builder, x: Value, weights: Parameter, bias: Parameter | None, name: str, *,
    stride: Sequence[int], padding: Sequence[int], dilation: Sequence[int], groups: int = 1,
    after: Sequence[int] | None = None,
) -> Value:  # fmt: skip
    """A convolution (cross-correlation) over the last dimensions that the kernel has, weights (units, channels, …)."""
    if not all(each is None or isinstance(each, Parameter) for each in (weights, bias)):
        raise ChalkgradError(f"{name}: a convolution with weights that are computed is not covered")
    if x.dimensions[0] != (BATCH,):
        raise ChalkgradError(f"{name}: a convolution of what has no samples first is not covered")
    count, inner, *sizes = weights.value.shape
    for place in range(1, len(x.dimensions)):
        x = made.merged(x, place)
    x = made.plain(x)
    kernel = tuple(map(made.axis, sizes))
    whole = made.axis(count)
    offsets = None if bias is None else made.used(bias, (whole,))
    if groups == 1:
        filters = made.used(weights, (whole, x.axes[0], *kernel))
        layer = layers.convolution(
            x.tensor, whole, kernel, filters, offsets, made.fresh(name), stride, padding, dilation, after
        )
        units: tuple[Axis, ...] = (whole,)
    else:
        filters = made.used(weights, (whole, made.axis(inner), *kernel))
        group, own = made.axis(groups), made.axis(count // groups)
        layer = layers.grouped_convolution(
            x.tensor, group, own, kernel, filters, offsets, made.fresh(name), stride, padding, dilation, after
        )
        units = (group, own)
    return _as_layer(made, layer, "convolution", units)


def _as_layer(made: Builder, layer: layers.Layer, made_by: str, first: Sequence[Axis]) -> Value:
    """The output of a layer as a value: its first axes one dimension, the others each their own."""
    axes = layer.output.axes
    renamed = tuple(made.axis(int(axis.size)) if axis not in first else axis for axis in axes)
    old = layer.definitions[-1]
    replaced = {before: as_index(after) for before, after in zip(axes, renamed, strict=True)}
    output = Tensor(old.tensor.name, renamed)
    made.add_layer(
        layers.Layer((), (*layer.definitions[:-1], Definition(output, renamed, substitute_axes(old.body, replaced)))),
        made_by,
    )
    count = len(first)
    dimensions = ((BATCH,), tuple(renamed[:count]), *((axis,) for axis in renamed[count:]))
    return Value(output, tuple(map(as_index, renamed)), dimensions)


def pooling(
    made: Builder, x: Value, kind: str, kernel: Sequence[int], stride: Sequence[int], name: str, *,
    padding: Sequence[int] | None = None, dilation: Sequence[int] | None = None, after: Sequence[int] | None = None,
) -> Value:  # fmt: skip
    """The greatest ("max") or the mean ("average") of windows of the last dimensions."""
    for place in range(1, len(x.dimensions)):
        x = made.merged(x, place)
    x = made.plain(x)
    count = len(kernel)
    layer = layers.pooling(
        x.tensor, tuple(map(made.axis, kernel)), kind, made.fresh(name), stride,
        padding or [0] * count, dilation or [1] * count, after,
    )  # fmt: skip
    first = x.axes[: len(x.axes) - count]
    found = _as_layer(made, layer, "pooling", first)
    return Value(found.tensor, found.indices, (x.dimensions[0], *((axis,) for axis in found.axes)))


def embedding(made: Builder, labels: Value, table: Parameter, name: str) -> Value:
    """The row of a table for each label."""
    words, width = map(made.axis, table.value.shape)
    tensor = made.used(table, (words, width))
    body = chosen_by(tensor[words, width], words, labels.element)
    return made.define(name, (*labels.dimensions, (width,)), body, "embedding")


def attention(
    made: Builder, query: Value, key: Value, value: Value, name: str, *,
    mask: Value | Parameter | None = None, causal: bool = False, scale: float | None = None,
) -> Value:  # fmt: skip
    """Scaled dot-product attention: query (…, t, d), key (…, u, d), value (…, u, c) give (…, t, c).

    With `causal` a position sees those up to itself only.
    """
    query, key, value = (made.plain(each) for each in (query, key, value))
    width = made.shape(query)[-1]
    order = [*range(len(key.dimensions) - 2), -1, -2]
    scores = product(made, query, key.permuted(order), f"a_{name}")
    factor = 1 / call("sqrt", as_number(width)) if scale is None else as_number(scale)
    scores = made.formula(scores, lambda each: each * factor, f"a_{name}_scaled")
    if mask is not None:
        scores = made.arithmetic("+", scores, mask, f"a_{name}_masked")
    if not causal:
        return product(made, softmax(made, scores, -1, f"p_{name}"), value, name)
    (t,), (u,) = scores.dimensions[-2:]
    seen = indicator("<=", index_value(u), index_value(t))
    unseen = indicator(">", index_value(u), index_value(t))
    first = scores.read_at({u: as_index(0)}, ()).element
    shown = made.define(f"a_{name}_seen", scores.dimensions, seen * scores.element + unseen * first, "masked")
    greatest = reduced(made, shown, "max", [-1], f"m_{name}", kept=True)
    _, (score, most) = made.broadcast([scores, greatest], name)
    exponential = made.define(f"e_{name}", scores.dimensions, seen * call("exp", score - most), "masked")
    total = reduced(made, exponential, "sum", [-1], f"s_{name}", kept=True)
    return product(made, made.arithmetic("/", exponential, total, f"p_{name}"), value, name)


def clamped(made: Builder, x: Value | Parameter, least: float | None, most: float | None, name: str) -> Value:
    """Each element, but none below one number or above another."""

    def of(element: Expression) -> Expression:
        if least is not None and most is not None:
            low, high = as_number(least), as_number(most)
            return low + call("relu", element - low) - call("relu", element - high)
        if least is not None:
            return as_number(least) + call("relu", element - as_number(least))
        return element if most is None else as_number(most) - call("relu", as_number(most) - element)

    return made.formula(x, of, name)
