"""State dicts of fully connected layers: weights by names, without the functions between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from chalkgrad.board.network import NetworkSheet, network
from chalkgrad.errors import ChalkgradError


def read_state(state: Mapping[str, Any], layers: str | None, loss: str | None) -> NetworkSheet:
    """The network of weights and biases in turn, in the order of the layers.

    Weights are outputs by inputs, as PyTorch keeps them, or inputs by outputs, as Keras and JAX do: whichever fits the
    layers beside them; square ones are taken to be as the others are, and as PyTorch's if all are. `layers` has the
    activations and the loss. Raises `ChalkgradError` for tensors that are no chain of layers.

    >>> state = {"dense/kernel": np.ones((2, 3)), "dense/bias": np.zeros(3)}
    >>> read_state(state, "softmax cross-entropy", None).spec
    '2-3 softmax cross-entropy'
    """
    arrays = {name: np.asarray(_numbers(value), dtype=np.float64) for name, value in state.items()}
    weights = [name for name, array in arrays.items() if array.ndim == 2]
    biases = [name for name, array in arrays.items() if array.ndim == 1]
    other = [name for name in arrays if name not in weights and name not in biases]
    if other or not weights or len(biases) not in (0, len(weights)):
        shown = ", ".join(f"{name} {array.shape}" for name, array in list(arrays.items())[:6])
        raise ChalkgradError(f"these are no weights and biases of fully connected layers: {shown}")
    if layers is None:
        raise ChalkgradError(
            "a state dict does not say which functions stand between its layers: layers='relu softmax cross-entropy'"
        )
    matrices = [arrays[name] for name in weights]
    turned = _as_pytorch(matrices, [arrays[name] for name in biases])
    matrices = [matrix.T if turned else matrix for matrix in matrices]
    if any(one.shape[1] != after.shape[0] for one, after in pairwise(matrices)):
        shapes = ", ".join(f"{name} {arrays[name].shape}" for name in weights)
        raise ChalkgradError(f"the layers do not follow on each other: {shapes}")
    sizes = [matrices[0].shape[0], *(matrix.shape[1] for matrix in matrices)]
    made = network(f"{'-'.join(map(str, sizes))} {layers}", loss=loss)
    shifts = [arrays[name] for name in biases] or [np.zeros(size) for size in sizes[1:]]
    values = [each for pair in zip(matrices, shifts, strict=True) for each in pair]
    return replace(made, trained=dict(zip(made.parameters, values, strict=True)))


def _as_pytorch(matrices: list[Any], biases: list[Any]) -> bool:
    """Whether the weights are outputs by inputs: by the biases beside them, and the layers that follow."""
    if biases:
        decided = {matrix.shape[0] == len(bias) for matrix, bias in zip(matrices, biases, strict=True)
                   if matrix.shape[0] != matrix.shape[1]}  # fmt: skip
    else:
        decided = {
            one.shape[0] == after.shape[1]
            for one, after in pairwise(matrices)
            if (one.shape[0] == after.shape[1]) != (one.shape[1] == after.shape[0])
        }
    if len(decided) > 1:
        raise ChalkgradError("some weights are outputs by inputs and others inputs by outputs")
    return decided != {False}


def _numbers(value: Any) -> Any:
    """A tensor of a framework as NumPy has it."""
    return value.detach().cpu().numpy() if hasattr(value, "detach") else value
