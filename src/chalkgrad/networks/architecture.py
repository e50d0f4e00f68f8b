"""What a network is, before any equation: layer sizes, activations, the loss, how it is reduced, the penalties."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isfinite

from chalkgrad.errors import ProgramError, UnknownNameError
from chalkgrad.language import FUNCTIONS, function_named
from chalkgrad.networks.losses import Loss, loss_named

REDUCTIONS = ("none", "sum", "mean")
SOFTMAX = "softmax"
NORMALISATIONS = {"layernorm": "layer normalisation", "rmsnorm": "normalisation by the root of the mean square"}
GATES = {"glu": "sigmoid", "swiglu": "silu", "geglu": "gelu", "reglu": "relu"}  # the function of each gated unit
_LARGEST_DEPTH = 10_000


@dataclass(frozen=True)
class NetworkSpec:
    """A fully connected network: sizes from the inputs to the outputs, one activation for each layer but the first.

    `reduction` says how the losses of a batch's samples become one: "mean", "sum", or "none" (one loss a sample).
    `l1` and `l2` weigh the penalties `l1·Σ|w|` and `(l2/2)·Σw²` over the weights (not the biases).
    Names are canonical after construction ("ReLU" becomes "relu"). A hidden layer may be normalised before its function
    ("layernorm relu", "rmsnorm gelu") or be a gated unit (glu, swiglu, geglu, reglu: two weight matrices, no bias).
    Raises `UnknownNameError` and `ProgramError`.

    >>> spec = NetworkSpec((2, 3, 1), ("ReLU", "sigmoid"), "bce")
    >>> spec.activations, str(spec)
    (('relu', 'sigmoid'), '2-3-1 relu sigmoid bce')
    """

    sizes: tuple[int, ...]
    activations: tuple[str, ...]
    loss: str
    reduction: str = "mean"
    l1: float = 0
    l2: float = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "sizes", tuple(self.sizes))
        _check_sizes(self.sizes)
        activations = _checked_activations(self.activations, len(self.sizes) - 1)
        object.__setattr__(self, "activations", activations)
        row = loss_named(self.loss)
        object.__setattr__(self, "loss", row.name)
        _check_output(self.sizes[-1], activations, row)
        if self.reduction not in REDUCTIONS:
            raise UnknownNameError("reduction", self.reduction, REDUCTIONS)
        for name, weight in (("l1", self.l1), ("l2", self.l2)):
            if not isfinite(weight) or weight < 0:
                raise ProgramError(f"the weight of the {name} penalty is a number that is not negative, not {weight}")
        if self.reduction == "none" and (self.l1 or self.l2):
            raise ProgramError("a penalty is added to the loss of a whole batch: choose the reduction 'mean' or 'sum'")

    @property
    def depth(self) -> int:
        """How many layers have weights."""
        return len(self.activations)

    def of_plain_layers(self, purpose: str) -> NetworkSpec:
        """The spec itself, if each layer is a weighted sum with a function; else raises `ProgramError`.

        >>> NetworkSpec((2, 3, 1), ("swiglu", "sigmoid"), "bce").of_plain_layers("a worksheet")
        Traceback (most recent call last):
            ...
        chalkgrad.errors.ProgramError: a worksheet knows layers of a weighted sum and a function, and not 'swiglu'
        """
        for name in self.activations:
            if name in GATES or " " in name:
                raise ProgramError(f"{purpose} knows layers of a weighted sum and a function, and not '{name}'")
        return self

    def __str__(self) -> str:
        """The spec on one line, as it is read back; the reduction and the penalties are not part of it."""
        sizes, hidden = "-".join(map(str, self.sizes)), self.activations[:-1]
        loss = self.loss.replace("_", "-")
        if len(set(hidden)) <= 1:
            return " ".join((sizes, *hidden[:1], self.activations[-1], loss))
        layers = (f"{size} {activation}" for size, activation in zip(self.sizes[1:], self.activations, strict=True))
        return "-".join((str(self.sizes[0]), *layers)) + f" {loss}"


def activation_named(name: str) -> str:
    """The canonical name of an activation: a function of the table, perhaps after a normalisation, a gate, "softmax".

    Raises `UnknownNameError`.

    >>> activation_named("Swish"), activation_named("LayerNorm ReLU"), activation_named("SwiGLU")
    ('silu', 'layernorm relu', 'swiglu')
    """
    plain = "_".join(name.lower().replace("-", " ").replace("_", " ").split())
    if plain == SOFTMAX or plain in GATES:
        return plain
    for normalisation in NORMALISATIONS:
        for spelling in (normalisation, normalisation.replace("norm", "_norm")):
            if plain.startswith(f"{spelling}_"):
                return f"{normalisation} {function_named(plain.removeprefix(f'{spelling}_')).name}"
    try:
        return function_named(name.strip()).name
    except UnknownNameError as error:
        more = (f"{each} relu" for each in NORMALISATIONS)
        raise UnknownNameError("activation", name, (*error.known, SOFTMAX, *GATES, *more)) from None


def uniform_spec(sizes: Iterable[int], hidden: str, output: str, loss: str) -> NetworkSpec:
    """The network whose hidden layers all have the same activation.

    >>> uniform_spec((2, 4, 4, 3), "tanh", "softmax", "cross-entropy").activations
    ('tanh', 'tanh', 'softmax')
    """
    sizes = tuple(sizes)
    return NetworkSpec(sizes, (hidden,) * max(len(sizes) - 2, 0) + (output,), loss)


def _checked_activations(activations: Sequence[str], layers: int) -> tuple[str, ...]:
    names = (activations,) if isinstance(activations, str) else tuple(activations)
    if len(names) != layers:
        given = ", ".join(names) or "none"
        raise ProgramError(f"a network of {layers + 1} sizes needs {layers} activations, one a layer; got: {given}")
    return tuple(map(activation_named, names))


def _check_sizes(sizes: Sequence[object]) -> None:
    if not 2 <= len(sizes) <= _LARGEST_DEPTH + 1:
        raise ProgramError(f"a network has from 2 to {_LARGEST_DEPTH + 1} layer sizes, inputs first; got {len(sizes)}")
    for size in sizes:
        if isinstance(size, bool) or not isinstance(size, int) or size < 1:
            raise ProgramError(f"a layer size is a whole number from 1, not {size!r}")


def _check_output(outputs: int, activations: tuple[str, ...], loss: Loss) -> None:
    if SOFTMAX in activations[:-1]:
        layer = activations.index(SOFTMAX) + 1
        known = ", ".join(list(FUNCTIONS)[:8])
        raise ProgramError(f"softmax is for the output layer, not for hidden layer {layer}; choose one of {known}, …")
    if activations[-1] in GATES or " " in activations[-1]:
        raise ProgramError(f"'{activations[-1]}' is for hidden layers, not for the output")
    if activations[-1] == SOFTMAX and outputs == 1:
        raise ProgramError("softmax of one output is always 1; for one output take sigmoid and bce")
    if loss.logits_of and activations[-1] not in ("identity", loss.logits_of):
        message = f"the loss {loss.name} is computed from logits: the output is {loss.logits_of} or identity"
        raise ProgramError(f"{message}, not {activations[-1]}")
