"""The operations of PyTorch's graphs: for each what it adds to the equations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf
from typing import Any

from chalkgrad.errors import ChalkgradError
from chalkgrad.language import call
from chalkgrad.models import arranging, layering, recurrences
from chalkgrad.models.building import Builder, Parameter, as_number
from chalkgrad.models.torch_arguments import NEVER, Operation, argument, constant
from chalkgrad.models.torch_places import PLACES
from chalkgrad.models.values import Value


def _elementwise(function: str) -> Operation:
    return lambda made, name, given, options: made.elementwise(function, given[0], name)


def _arithmetic(sign: str, *, turned: bool = False) -> Operation:
    def of(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Value:
        if options.get("alpha", 1) != 1:
            raise ChalkgradError(f"{name}: the factor alpha of an addition is not covered yet")
        if options.get("rounding_mode"):
            raise ChalkgradError(f"{name}: a rounded division is not covered yet")
        one, other = (constant(made, each) for each in given[:2])
        return made.arithmetic(sign, *((other, one) if turned else (one, other)), name)

    return of


def _linear(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Value:
    return layering.linear(made, given[0], given[1], given[2] if len(given) > 2 else None, name)


def _addmm(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Value:
    return layering.linear(made, given[1], given[2], given[0], name, inputs_first=True)


def _product(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Value:
    one, other = given[:2]
    if isinstance(one, Value) and isinstance(other, Parameter) and other.value.ndim == 2:
        return layering.linear(made, one, other, None, name, inputs_first=True)
    one, other = (constant(made, each) for each in (one, other))
    if isinstance(one, float) or isinstance(other, float):
        raise ChalkgradError(f"{name}: a product with a matrix of equal numbers is not covered yet")
    return arranging.product(made, one, other, name)


def _gelu(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Value:
    return made.elementwise("gelu_tanh" if options.get("approximate") == "tanh" else "gelu", given[0], name)


def _leaky(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Value:
    slope = given[1] if len(given) > 1 else 0.01
    if slope == 0.01:
        return made.elementwise("leaky_relu", given[0], name)
    return made.formula(given[0], lambda x: call("relu", x) - as_number(slope) * call("relu", -x), name)


def _elu(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Value:
    if any(each != 1 for each in given[1:]):
        raise ChalkgradError(f"{name}: an elu with an alpha that is not 1 is not covered yet")
    return made.elementwise("elu", given[0], name)


def _softplus(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Value:
    beta, threshold = (*given[1:], *(1, 20)[len(given) - 1 :])[:2]
    if beta != 1 or threshold < 20:  # above the threshold it is the identity: from 20 on nobody sees it
        raise ChalkgradError(f"{name}: a softplus with a beta that is not 1, or an early threshold, is not covered yet")
    return made.elementwise("softplus", given[0], name)


def _clamp(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Value:
    least, most = (argument(given, options, place, word, None) for place, word in ((1, "min"), (2, "max")))
    return layering.clamped(made, given[0], least, most, name)


def _hard_tanh(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Value:
    least, most = (*given[1:], *(-1, 1)[len(given) - 1 :])[:2]
    if (least, most) == (-1, 1):
        return made.elementwise("hard_tanh", given[0], name)
    return layering.clamped(made, given[0], least, most, name)


def _hard_swish(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Value:
    return made.formula(given[0], lambda x: x * call("hard_sigmoid", x), name)


def _power(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Value:
    if not isinstance(given[1], int | float):
        raise ChalkgradError(f"{name}: a power with an exponent that is a tensor is not covered yet")
    return made.powered(given[0], given[1], name)


def _root(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Value:
    return made.powered(given[0], -0.5, name)


def _softmax(*, logarithm: bool) -> Operation:
    def of(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Value:
        return layering.softmax(made, made.value(given[0]), given[1], name, logarithm=logarithm)

    return of


def _layer_norm(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Value:
    x, shape, *rest = given
    gamma, beta, epsilon = (*rest, *(None, None, 1e-5)[len(rest) :])[:3]
    return layering.normalised(made, x, len(shape), gamma, beta, epsilon, name)


def _rms_norm(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Value:
    x, shape, *rest = given
    gamma, epsilon = (*rest, *(None, None)[len(rest) :])[:2]
    epsilon = made.precision if epsilon is None else epsilon
    return layering.normalised(made, x, len(shape), gamma, None, epsilon, name, centred=False)


def _batch_norm(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Value:
    x, gamma, beta, mean, variance, training, _, epsilon, *_ = given
    if training or mean is None:
        raise ChalkgradError(f"{name}: batch normalisation without running statistics is not covered: it mixes samples")
    kept = [
        made.parameter(f"{word}_{name}", each.double().numpy(), fixed=True)
        for word, each in (("mean", mean), ("variance", variance))
    ]
    return layering.batch_normalised(made, x, gamma, beta, kept[0], kept[1], epsilon, name)


def _group_norm(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Value:
    x, groups, *rest = given
    gamma, beta, epsilon = (*rest, *(None, None, 1e-5)[len(rest) :])[:3]
    return layering.group_normalised(made, x, groups, gamma, beta, epsilon, name)


def _convolution(places: int) -> Operation:
    def of(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Value:
        x, weights, *rest = given
        bias, stride, padding, dilation, groups = (*rest, *(None, 1, 0, 1, 1)[len(rest) :])[:5]
        gaps, after = _each(dilation, places), None
        if isinstance(padding, str):
            spread = [gap * (size - 1) for gap, size in zip(gaps, weights.value.shape[2:], strict=True)]
            padding = [each // 2 if padding == "same" else 0 for each in spread]
            same = given[4] == "same"
            after = [each - before if same else 0 for each, before in zip(spread, padding, strict=True)]
        return layering.convolution(
            made, x, weights, bias, name,
            stride=_each(stride, places), padding=_each(padding, places), dilation=gaps, groups=groups, after=after,
        )  # fmt: skip

    return of


def _pooling(kind: str, places: int) -> Operation:
    def of(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Value:
        x, kernel, *rest = given
        sizes = _each(kernel, places)
        stride = _each(rest[0], places) if rest and rest[0] else sizes
        padding = _each(rest[1], places) if len(rest) > 1 else [0] * places
        if kind == "max":
            dilation, ceiling, counted = (_each(rest[2], places) if len(rest) > 2 else [1] * places), rest[3:4], [True]
        else:
            dilation, ceiling, counted = [1] * places, rest[2:3], rest[3:4] or [True]
            if any(each is not None for each in rest[4:5]):
                raise ChalkgradError(f"{name}: the divisor of a pooling is not covered yet")
        if any(ceiling) or (any(padding) and not all(counted)):
            raise ChalkgradError(f"{name}: a pooling of windows that are cut off (ceil_mode) is not covered yet")
        return layering.pooling(made, x, kind, sizes, stride, name, padding=padding, dilation=dilation)

    return of


def _adaptive(places: int) -> Operation:
    def of(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Value:
        x, wanted = given[0], _each(given[1], places)
        sizes = made.shape(x)[-places:]
        if any(size % each for size, each in zip(sizes, wanted, strict=True)):
            raise ChalkgradError(f"{name}: adaptive pooling to sizes that do not part {sizes} is not covered yet")
        kernel = [size // each for size, each in zip(sizes, wanted, strict=True)]
        return layering.pooling(made, x, "average", kernel, kernel, name)

    return of


def _embedding(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Value:
    table, labels = given[:2]
    if not isinstance(labels, Value):
        rows = labels.tolist()
        flat = rows if labels.dim() == 1 else rows[0] if labels.dim() == 2 and len(rows) == 1 else None
        if flat is None or flat != list(range(flat[0], flat[0] + len(flat))):
            raise ChalkgradError(f"{name}: rows of a table in a fixed order other than its own are not covered yet")
        found = arranging.part(made, made.value(table), 0, flat[0], flat[0] + len(flat))
        return found if labels.dim() == 1 else found.inserted(0)
    if not isinstance(table, Parameter):
        raise ChalkgradError(f"{name}: an embedding in a table that is computed is not covered yet")
    return layering.embedding(made, labels, table, name)


def _attention(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Value:
    mask = argument(given, options, 3, "attn_mask", None)
    if argument(given, options, 4, "dropout_p", 0.0) or options.get("enable_gqa"):
        raise ChalkgradError(f"{name}: dropout in attention, and keys for groups of queries, are not covered yet")
    queries, keys, values = (made.value(each) for each in given[:3])
    return layering.attention(
        made, queries, keys, values, name, mask=_scores_of(made, mask, name),
        causal=argument(given, options, 5, "is_causal", False), scale=options.get("scale"),
    )  # fmt: skip


def _scores_of(made: Builder, mask: Any, name: str) -> Any:
    """What a mask adds to scores: a mask of yes and no far below all others where it says no."""
    import torch

    if mask is None or isinstance(mask, Value | Parameter):
        return mask
    if mask.dtype is torch.bool:
        mask = torch.zeros(mask.shape, dtype=torch.float64).masked_fill(~mask, -inf)
    found = constant(made, mask)
    return None if found == 0.0 else found


def _masked(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Value:
    x, mask, number = given
    if isinstance(mask, Value | Parameter) or isinstance(number, Value | Parameter):
        raise ChalkgradError(f"{name}: a mask that is computed from the inputs is not covered yet")
    kept, filled = constant(made, ~mask), constant(made, mask.double() * max(float(number), NEVER))
    return made.arithmetic("+", made.arithmetic("*", x, kept, f"{name}_kept"), filled, name)


def _recurrent(kind: str) -> Operation:
    def of(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> list[Value]:
        x, states, parameters, biased, count, _, _, both, batch_first = given[:9]
        for state in states if isinstance(states, list) else [states]:
            if isinstance(state, Value | Parameter) or bool(state.any()):
                raise ChalkgradError(f"{name}: a recurrent layer that begins at a state other than 0 is not covered")
        x = made.value(x) if batch_first else made.value(x).permuted([1, 0, 2])
        return recurrences.stacked(
            made, kind, x, parameters, name, biased=biased, count=count, both=both, batch_first=batch_first
        )

    return of


def _same(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Any:
    return given[0]


def _each(value: Any, places: int) -> list[int]:
    values = list(value) if isinstance(value, Sequence) else [value]
    return [int(each) for each in (values * places if len(values) == 1 else values)]


_FUNCTIONS = {
    "relu": "relu", "tanh": "tanh", "sigmoid": "sigmoid", "silu": "silu", "mish": "mish", "selu": "selu", "exp": "exp",
    "log": "log", "sqrt": "sqrt", "abs": "abs", "sin": "sin", "cos": "cos", "erf": "erf", "hardsigmoid": "hard_sigmoid",
    "square": "square", "log1p": "log1p", "expm1": "expm1", "reciprocal": "reciprocal",
}  # fmt: skip
_SIGNS = {"add": "+", "sub": "-", "mul": "*", "div": "/"}
SAME = (
    "dropout",
    "dropout_",
    "feature_dropout",
    "clone",
    "contiguous",
    "detach",
    "alias",
    "to",
    "_to_copy",
    "lift_fresh_copy",
)
OPERATIONS: dict[str, Operation] = {
    **{name: _elementwise(function) for name, function in _FUNCTIONS.items()},
    **{f"{name}_": _elementwise(function) for name, function in _FUNCTIONS.items()},
    **{name: _arithmetic(sign) for name, sign in _SIGNS.items()},
    **{f"{name}_": _arithmetic(sign) for name, sign in _SIGNS.items()},
    "rsub": _arithmetic("-", turned=True),
    "linear": _linear,
    "addmm": _addmm,
    **dict.fromkeys(("matmul", "mm", "bmm", "mv"), _product),
    "gelu": _gelu,
    "leaky_relu": _leaky,
    "leaky_relu_": _leaky,
    "elu": _elu,
    "softplus": _softplus,
    **dict.fromkeys(("hardtanh", "hardtanh_"), _hard_tanh),
    **dict.fromkeys(("hardswish", "hardswish_"), _hard_swish),
    **dict.fromkeys(("clamp", "clamp_"), _clamp),
    "clamp_min": _clamp,
    "relu6": lambda made, name, given, options: layering.clamped(made, given[0], 0, 6, name),
    "pow": _power,
    "rsqrt": _root,
    "neg": lambda made, name, given, options: made.arithmetic("*", given[0], -1.0, name),
    "softmax": _softmax(logarithm=False),
    "log_softmax": _softmax(logarithm=True),
    "layer_norm": _layer_norm,
    "rms_norm": _rms_norm,
    "batch_norm": _batch_norm,
    "group_norm": _group_norm,
    **{f"conv{places}d": _convolution(places) for places in (1, 2, 3)},
    **{f"max_pool{places}d": _pooling("max", places) for places in (1, 2, 3)},
    **{f"avg_pool{places}d": _pooling("average", places) for places in (1, 2, 3)},
    **{f"adaptive_avg_pool{places}d": _adaptive(places) for places in (1, 2)},
    **PLACES,
    "embedding": _embedding,
    "scaled_dot_product_attention": _attention,
    **dict.fromkeys(("masked_fill", "masked_fill_"), _masked),
    "lstm": _recurrent("lstm"),
    "gru": _recurrent("gru"),
    "rnn_tanh": _recurrent("tanh"),
    "rnn_relu": _recurrent("relu"),
    **dict.fromkeys(SAME, _same),
}
