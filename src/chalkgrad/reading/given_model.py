r"""A network that is given by its spec, written out in the ways in which people write it: the definitions that a
document without any of its own leaves out. Which way a document follows is seen from what can be read with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from chalkgrad.language import FUNCTIONS
from chalkgrad.networks.architecture import SOFTMAX, NetworkSpec

_MOST_WRITTEN_OUT = 12
_LAYER = re.compile(r"[zZ]\S* = (?P<first>[A-Za-z]\S*) (?P<second>[A-Za-z]\S*) \+ (?P<bias>b\S*)")


def writings_of(spec: NetworkSpec) -> Iterator[tuple[str, ...]]:
    r"""The equations of a network, once for each way to write them.

    >>> for equations in writings_of(NetworkSpec((2, 1), ("sigmoid",), "bce")):
    ...     print(equations[0])
    \hat y = \sigma(x_1 w_1 + x_2 w_2 + b)
    \hat y = \sigma(w^T x + b)
    z = w^T x + b
    z_1 = W_1 x + b_1
    z_1 = W_1 x + b_1
    Z_1 = X W_1 + b_1
    z^{1} = W^{1} x + b^{1}
    z^{(1)} = W^{(1)} x + b^{(1)}
    z^{[1]} = W^{[1]} x + b^{[1]}
    z_1 = W_1 x + b_1
    z^{[1]} = W^{[1]} x + b^{[1]}
    z^{(1)} = W^{(1)} x + b^{(1)}
    Z^{[1]} = W^{[1]} X + b^{[1]}
    """
    if max(spec.sizes) <= _MOST_WRITTEN_OUT and spec.depth <= 2 and spec.sizes[-1] == 1:
        yield _by_elements(spec)
    if spec.depth == 1:
        product = "w^T x" if spec.sizes[-1] == 1 else "W x"
        yield (rf"\hat y = {_applied(spec.activations[0], f'{product} + b')}",)
        yield (f"z = {product} + b", rf"\hat y = {_applied(spec.activations[0], 'z')}")
    yield _by_layers(spec, "z_{k} = W_{k} {before} + b_{k}", "h_{k}", "x", r"\hat y")
    yield _by_layers(spec, "z_{k} = W_{k} {before} + b_{k}", "a_{k}", "x", "")
    yield _by_layers(spec, "Z_{k} = {before} W_{k} + b_{k}", "H_{k}", "X", r"\hat Y")
    for opening, closing in (("", ""), ("(", ")"), ("[", "]")):
        layer = f"^{{{{{opening}{{k}}{closing}}}}}"
        yield _by_layers(spec, f"z{layer} = W{layer} {{before}} + b{layer}", f"a{layer}", "x", "")
    for layer in ("_{k}", "^{{[{k}]}}", "^{{({k})}}"):
        yield _by_layers(spec, f"z{layer} = W{layer} {{before}} + b{layer}", f"a{layer}", "x", r"\hat y")
    yield _by_layers(spec, "Z^{{[{k}]}} = W^{{[{k}]}} {before} + b^{{[{k}]}}", "A^{{[{k}]}}", "X", "")


def _by_layers(spec: NetworkSpec, pre_activation: str, activation: str, inputs: str, output: str) -> tuple[str, ...]:
    """Two equations a layer, with the patterns of their names filled in."""
    equations = []
    before = inputs
    for k, function in enumerate(spec.activations, start=1):
        equations.append(pre_activation.format(k=k, before=before))
        before = output if output and k == spec.depth else activation.format(k=k)
        equations.append(f"{before} = {_applied(function, equations[-1].partition(' = ')[0])}")
    return tuple(equations)


def declared_in(spec: NetworkSpec, equations: Sequence[str]) -> tuple[str, ...]:
    r"""The sizes of the weights and inputs of a network written by layers, as declarations beside its equations.

    >>> declared_in(NetworkSpec((2, 3), ("tanh",), "mse"), ("z = W x + b", r"\hat y = \tanh(z)"))
    ('W \\in \\mathbb{R}^{3 \\times 2}', 'x \\in \\mathbb{R}^{2}')
    """
    found: list[str] = []
    layers = [each for each in (_LAYER.fullmatch(equation) for equation in equations) if each is not None]
    if len(layers) != spec.depth:
        return ()
    for layer, (before, after) in zip(layers, pairwise(spec.sizes), strict=True):
        first, second = layer["first"], layer["second"]
        in_front = first.startswith(("W", "w"))
        weights, rows, columns = (first, after, before) if in_front else (second, before, after)
        found.append(rf"{weights} \in \mathbb{{R}}^{{{rows} \times {columns}}}")
        if not found[1:]:
            inputs = second if in_front else first
            found.append(rf"{inputs} \in \mathbb{{R}}^{{{before}}}" if inputs == "x" else "")
        if in_front and after == 1 and layers[0]["second"] == "x":
            found.append(rf"{layer['bias']} \in \mathbb{{R}}")
    return tuple(filter(None, found))


def _by_elements(spec: NetworkSpec) -> tuple[str, ...]:
    """As on a worksheet: each hidden unit with its sum written out, weights w and v, biases b and c."""
    inputs, hidden = spec.sizes[0], spec.sizes[1]
    if spec.depth == 1:
        terms = " + ".join(f"x_{i} w_{i}" for i in _numbers(inputs))
        return (rf"\hat y = {_applied(spec.activations[0], f'{terms} + b')}",)
    terms = " + ".join(f"h_{j} v_{j}" for j in _numbers(hidden))
    equations = [rf"\hat y = {_applied(spec.activations[1], f'{terms} + c')}"]
    for j in _numbers(hidden):
        terms = " + ".join(f"x_{i} w_{{{i}{j}}}" for i in _numbers(inputs))
        equations.append(f"h_{j} = {_applied(spec.activations[0], f'{terms} + b_{j}')}")
    return tuple(equations)


def _numbers(size: int) -> list[str]:
    return [str(k) if size < 10 else f"{{{k}}}" for k in range(1, size + 1)]


def _applied(function: str, argument: str) -> str:
    if function == "identity":
        return argument
    if function == SOFTMAX:
        return rf"\operatorname{{softmax}}({argument})"
    return f"{FUNCTIONS[function].latex}({argument})"
