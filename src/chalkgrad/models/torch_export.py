"""A PyTorch module as equations, through the graph of `torch.export`: its operations as they were called.

What is covered is the table `OPERATIONS`; another operation is refused by its name. Modules are taken in evaluation
mode: dropout is left out.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chalkgrad.board.network import NetworkSheet
from chalkgrad.errors import ChalkgradError
from chalkgrad.language import Tensor, call, number
from chalkgrad.models.building import Builder, Operand

Operation = Callable[[Builder, str, Sequence[Any], Mapping[str, Any]], Operand]


def read_torch(module: Any, inputs: Any, loss: str | None = None) -> NetworkSheet:
    """The equations of a `torch.nn.Module`, with its parameters in their own names and layout.

    `inputs` is an example of a batch, a tensor or its shape (samples, …). Raises `ChalkgradError` for an operation that
    is not covered, with its name, and for a module that cannot be exported.

    >>> import torch
    >>> made = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 3))
    >>> net = read_torch(made, (1, 4), "cross_entropy")
    >>> net.parameters
    {'W_0': (8, 4), 'b_0': (8,), 'W_2': (3, 8), 'b_2': (3,)}
    """
    import torch

    shape = tuple(inputs.shape) if hasattr(inputs, "shape") else tuple(inputs)
    if not all(isinstance(size, int) for size in shape):
        raise ChalkgradError("a module with several inputs is not covered yet: the second argument is one batch")
    if len(shape) < 2:
        raise ChalkgradError("the inputs are a batch: an example, or its shape such as (1, 4)")
    first = next(iter(module.parameters()), None)
    # A batch of one would be taken for a size that never changes.
    example = torch.zeros((max(shape[0], 2), *shape[1:]), dtype=None if first is None else first.dtype)
    training = module.training
    try:
        exported = torch.export.export(module.eval(), (example,))
    except Exception as problem:
        raise ChalkgradError(f"torch.export does not take this module: {_first_line(problem)}") from None
    finally:
        module.train(training)
    return _read_graph(exported, shape[1:], loss, torch.finfo(example.dtype).eps)


def _read_graph(exported: Any, shape: Sequence[int], loss: str | None, precision: float) -> NetworkSheet:
    signature = exported.graph_signature
    state: dict[str, Any] = dict(exported.state_dict)
    named = {**signature.inputs_to_parameters, **signature.inputs_to_buffers}
    made, values = Builder(precision), dict[str, Operand]()
    used = {each for node in exported.graph.nodes if node.op == "call_function" for each in node.all_input_nodes}
    for node in exported.graph.nodes:
        if node.op == "placeholder" and node.name in named:
            if node in used and node.name in signature.inputs_to_parameters:
                values[node.name] = made.parameter(named[node.name], state[named[node.name]].detach().cpu().numpy())
        elif node.op == "placeholder":
            values[node.name] = made.input("x" if node.name == "input" else node.name, shape)
        elif node.op == "call_function":
            values[node.name] = _operated(made, node, values)
        elif node.op == "output":
            output, *others = node.args[0]
            if others:
                raise ChalkgradError("the module gives several values; one is covered: wrap it to give the one meant")
            found = values[output.name]
            if not isinstance(found, Tensor):
                break
            return made.sheet(loss, found)
    raise ChalkgradError("the module gives no tensor")


def _operated(made: Builder, node: Any, values: Mapping[str, Operand]) -> Operand:
    """What an operation of the graph gives."""
    full = str(node.target)
    known = full.removeprefix("aten.").partition(".")[0] if full.startswith("aten.") else full
    if node.target is operator.getitem:
        known = "getitem"
    if known not in OPERATIONS:
        raise ChalkgradError(f"the operation {known} is not covered yet; known are {', '.join(sorted(OPERATIONS))}")

    def of(argument: Any) -> Any:
        if hasattr(argument, "op"):
            if argument.name not in values:
                raise ChalkgradError(f"{node.name} uses the buffer {argument.name}, which is not covered yet")
            return values[argument.name]
        return argument

    given = [of(argument) for argument in node.args]
    return OPERATIONS[known](
        made, _name(made, known, node), given, {name: of(value) for name, value in node.kwargs.items()}
    )


def _name(made: Builder, known: str, node: Any) -> str:
    """z_fc1 for what the layer fc1 gives before its activation, h1, h2, … for the rest."""
    if known in ("linear", "conv1d", "conv2d"):
        weights = node.args[1].name
        layer = weights.removeprefix("p_").removesuffix("_weight")
        return f"z_{layer}"
    return "" if OPERATIONS[known] is _same else made.next_value()


def _first_line(problem: Exception) -> str:
    lines = str(problem).strip().splitlines()
    return lines[0] if lines else type(problem).__name__


def _elementwise(function: str) -> Operation:
    return lambda made, name, given, options: made.elementwise(function, given[0], name)


def _arithmetic(sign: str) -> Operation:
    def of(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Operand:
        if options.get("alpha", 1) != 1:
            raise ChalkgradError(f"{name}: the factor alpha of an addition is not covered yet")
        if options.get("rounding_mode"):
            raise ChalkgradError(f"{name}: a rounded division is not covered yet")
        return made.arithmetic(sign, given[0], given[1], name)

    return of


def _linear(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Operand:
    return made.linear(given[0], given[1], given[2] if len(given) > 2 else None, name)


def _gelu(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Operand:
    return made.elementwise("gelu_tanh" if options.get("approximate") == "tanh" else "gelu", given[0], name)


def _leaky(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Operand:
    slope = given[1] if len(given) > 1 else 0.01
    if slope == 0.01:
        return made.elementwise("leaky_relu", given[0], name)
    return made.formula(given[0], lambda x: call("relu", x) - number(repr(slope)) * call("relu", -x), name)


def _elu(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Operand:
    if any(each != 1 for each in given[1:]):
        raise ChalkgradError(f"{name}: an elu with an alpha that is not 1 is not covered yet")
    return made.elementwise("elu", given[0], name)


def _softplus(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Operand:
    beta, threshold = (*given[1:], *(1, 20)[len(given) - 1 :])[:2]
    if beta != 1 or threshold < 20:  # above the threshold it is the identity: from 20 on nobody sees it
        raise ChalkgradError(f"{name}: a softplus with a beta that is not 1, or an early threshold, is not covered yet")
    return made.elementwise("softplus", given[0], name)


def _hard_tanh(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Operand:
    if list(given[1:]) not in ([], [-1], [-1, 1]):
        raise ChalkgradError(f"{name}: a hardtanh with other bounds than -1 and 1 is not covered yet")
    return made.elementwise("hard_tanh", given[0], name)


def _power(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Operand:
    if not isinstance(given[1], int | float):
        raise ChalkgradError(f"{name}: a power with an exponent that is a tensor is not covered yet")
    return made.powered(given[0], given[1], name)


def _softmax(*, logarithm: bool) -> Operation:
    def of(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Operand:
        x: Tensor = given[0]
        if given[1] not in (-1, len(x.axes)):
            raise ChalkgradError(f"{name}: a softmax over another axis than the last is not covered yet")
        return made.softmax(x, name, logarithm=logarithm)

    return of


def _layer_norm(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Operand:
    x, shape, *rest = given
    if len(shape) != 1:
        raise ChalkgradError(f"{name}: layer normalisation over several axes is not covered yet")
    gamma, beta, epsilon = (*rest, *(None, None, 1e-5)[len(rest) :])[:3]
    return made.normalised(x, gamma, beta, epsilon, name)


def _rms_norm(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Operand:
    x, shape, *rest = given
    if len(shape) != 1:
        raise ChalkgradError(f"{name}: normalisation over several axes is not covered yet")
    gamma, epsilon = (*rest, *(None, None)[len(rest) :])[:2]
    return made.normalised(x, gamma, None, made.precision if epsilon is None else epsilon, name, centred=False)


def _convolution(places: int) -> Operation:
    def of(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Operand:
        x, weights, *rest = given
        bias, stride, padding, dilation, groups = (*rest, *(None, 1, 0, 1, 1)[len(rest) :])[:5]
        if groups != 1 or isinstance(padding, str):
            raise ChalkgradError(f"{name}: groups and padding in words of a convolution are not covered yet")
        return made.convolution(
            x, weights, bias, name,
            stride=_each(stride, places), padding=_each(padding, places), dilation=_each(dilation, places),
        )  # fmt: skip

    return of


def _pooling(kind: str, places: int) -> Operation:
    def of(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Operand:
        x, kernel, *rest = given
        stride = _each(rest[0] if rest and rest[0] else kernel, places)
        if any(any(_each(each, places)) for each in rest[1:2]) or any(
            each not in (1, [1] * places) for each in rest[2:3]
        ):
            raise ChalkgradError(f"{name}: padding and dilation of a pooling are not covered yet")
        return made.pooling(x, kind, _each(kernel, places), stride, name)

    return of


def _mean_of_places(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Operand:
    x: Tensor = given[0]
    if any(size != 1 for size in _each(given[1], 2)):
        raise ChalkgradError(f"{name}: adaptive pooling to other sizes than 1 is not covered yet")
    return made.pooling(x, "average", sizes := [int(axis.size) for axis in x.axes[-2:]], sizes, name)


def _mean(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Operand:
    x: Tensor = given[0]
    if len(given) < 2 or given[1] is None or (len(given) > 2 and given[2]):
        raise ChalkgradError(f"{name}: a mean over all axes, or one that keeps them, is not covered yet")
    return made.mean(x, [_place(x, place, name) for place in given[1]], name)


def _flattened(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Operand:
    first, last = (*given[1:], *(0, -1)[len(given) - 1 :])[:2]
    if first != 1 or last not in (-1, len(given[0].axes)):
        raise ChalkgradError(f"{name}: only all axes but that of the samples can be flattened yet")
    return made.flattened(given[0], name)


def _reshaped(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Operand:
    if len(given[1]) != 2:
        raise ChalkgradError(f"{name}: only all axes but that of the samples can be flattened yet")
    return made.flattened(given[0], name)


def _transposed(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Operand:
    x: Tensor = given[0]
    order = list(range(len(x.axes)))
    one, other = (_place(x, place, name) for place in given[1:3])
    order[one], order[other] = order[other], order[one]
    return made.transposed(x, order, name)


def _same(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Operand:
    found: Operand = given[0]
    return found


def _place(x: Tensor, place: int, name: str) -> int:
    """The place of an axis of a sample, for that of a batch."""
    found = place + len(x.axes) if place < 0 else place - 1
    if not 0 <= found < len(x.axes):
        raise ChalkgradError(f"{name}: what mixes the samples is not covered")
    return found


def _each(value: Any, places: int) -> list[int]:
    values = list(value) if isinstance(value, Sequence) else [value]
    return [int(each) for each in (values * places if len(values) == 1 else values)]


_FUNCTIONS = {
    "relu": "relu", "tanh": "tanh", "sigmoid": "sigmoid", "silu": "silu", "mish": "mish", "selu": "selu", "exp": "exp",
    "log": "log", "sqrt": "sqrt", "abs": "abs", "sin": "sin", "cos": "cos", "erf": "erf", "hardsigmoid": "hard_sigmoid",
    "square": "square", "log1p": "log1p", "expm1": "expm1", "reciprocal": "reciprocal",
}  # fmt: skip
_SIGNS = {"add": "+", "sub": "-", "mul": "*", "div": "/"}
OPERATIONS: dict[str, Operation] = {
    **{name: _elementwise(function) for name, function in _FUNCTIONS.items()},
    **{f"{name}_": _elementwise(function) for name, function in _FUNCTIONS.items() if name in ("relu", "silu")},
    **{name: _arithmetic(sign) for name, sign in _SIGNS.items()},
    **{f"{name}_": _arithmetic(sign) for name, sign in _SIGNS.items()},
    "linear": _linear,
    "gelu": _gelu,
    "leaky_relu": _leaky,
    "elu": _elu,
    "softplus": _softplus,
    "hardtanh": _hard_tanh,
    "pow": _power,
    "neg": lambda made, name, given, options: made.arithmetic("*", given[0], -1.0, name),
    "softmax": _softmax(logarithm=False),
    "log_softmax": _softmax(logarithm=True),
    "layer_norm": _layer_norm,
    "rms_norm": _rms_norm,
    "conv1d": _convolution(1),
    "conv2d": _convolution(2),
    "max_pool1d": _pooling("max", 1),
    "max_pool2d": _pooling("max", 2),
    "avg_pool1d": _pooling("average", 1),
    "avg_pool2d": _pooling("average", 2),
    "adaptive_avg_pool2d": _mean_of_places,
    "mean": _mean,
    "flatten": _flattened,
    "view": _reshaped,
    "reshape": _reshaped,
    "transpose": _transposed,
    **dict.fromkeys(("dropout", "dropout_", "feature_dropout", "clone", "contiguous", "detach", "alias"), _same),
}
