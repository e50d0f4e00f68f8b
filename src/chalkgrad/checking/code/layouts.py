"""How numbers are laid out in arrays: samples as rows or columns, weights turned or not, biases, labels, packing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from chalkgrad.networks import NetworkSpec
from chalkgrad.networks.architecture import SOFTMAX

Floats: TypeAlias = "NDArray[np.float64]"
Values: TypeAlias = "Mapping[str, Floats]"

LAYOUT_WORDS = (
    ("rows", "columns"),
    ("inputs by outputs", "outputs by inputs"),
    ("vector", "row", "column", "number", "none", "first", "last"),
    ("as outputs", "flat", "integers", "column of integers", "signs"),
)


@dataclass(frozen=True)
class Layout:
    """One way of laying out the values of a network.

    `samples` are "rows" or "columns"; `weights` are "inputs by outputs", "outputs by inputs", or a "vector" (one
    output); `biases` are a "vector", a "row", a "column", a "number", "none", or stand "first" or "last" in the matrix
    of the weights; `labels` are "as outputs", "flat" (one output), "integers" (classes), or "signs" (-1 and 1 for two
    classes). `ones` tells that x has a column of ones for the biases in the matrix.
    """

    samples: str = "rows"
    weights: str = "inputs by outputs"
    biases: str = "vector"
    labels: str = "as outputs"
    ones: bool = False
    cost: float = 0.0

    @property
    def bias_apart(self) -> bool:
        """Whether biases are arrays of their own."""
        return self.biases in ("vector", "row", "column", "number")

    def show(self, role: str, values: Values) -> Any:
        """A value of the network, laid out."""
        kind = kind_of(role)
        array = values[role]
        if kind == "W":
            return self._weights(array, values[f"b{role[1:]}"])
        if kind == "b":
            return self._bias(array)
        if kind == "y" and self.labels == "integers":
            return np.argmax(array, axis=1)
        if kind == "y" and self.labels == "column of integers":
            return self._samples(np.argmax(array, axis=1)[:, None])
        if kind == "y" and self.labels == "signs":
            return (2 * array - 1)[:, 0]
        if kind in ("y", "output") and array.shape[1] == 1 and self.labels == "flat":
            return array[:, 0].copy()
        if kind == "x" and self.ones:
            one = np.ones((len(array), 1))
            array = np.hstack([one, array] if self.biases == "first" else [array, one])
        return self._samples(array)

    def _samples(self, array: NDArray[Any]) -> NDArray[Any]:
        return array.T.copy() if self.samples == "columns" else array.copy()

    def _weights(self, weights: Floats, bias: Floats) -> Floats:
        if self.biases == "first":
            weights = np.vstack([bias, weights])
        elif self.biases == "last":
            weights = np.vstack([weights, bias])
        if self.weights == "vector":
            return weights[:, 0].copy()
        return weights.T.copy() if self.weights == "outputs by inputs" else weights.copy()

    def _bias(self, bias: Floats) -> Any:
        if self.biases == "number":
            return float(bias[0])
        return bias.reshape({"row": (1, -1), "column": (-1, 1)}.get(self.biases, (-1,))).copy()

    def taken(self, role: str, array: Floats, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Floats]:
        """The gradients in an array that has the layout of a parameter; {} where its shape is another one."""
        if role[0] == "b":
            size = shapes[role][0]
            row, number = (1, size), ((), (1,), (1, 1))
            forms = {"vector": (row,), "row": (row,), "column": ((size, 1),), "number": number}
            allowed: tuple[tuple[int, ...], ...] = ((size,), *forms.get(self.biases, ()))
            return {role: array.reshape(-1)} if array.shape in allowed else {}
        if self.weights == "vector" and array.shape in ((array.size,), (array.size, 1)):
            array = array.reshape(-1, 1)
        matrix = array.T if self.weights == "outputs by inputs" else array
        inputs, outputs = shapes[role]
        if self.biases in ("first", "last"):
            if matrix.shape != (inputs + 1, outputs):
                return {}
            bias, rest = (matrix[0], matrix[1:]) if self.biases == "first" else (matrix[-1], matrix[:-1])
            return {role: rest, f"b{role[1:]}": bias}
        return {role: matrix} if matrix.shape == (inputs, outputs) else {}

    def told(self, spec: NetworkSpec, roles: set[str]) -> list[str]:
        """The layout in words, as far as it concerns these roles."""
        words = []
        if roles & {"x", "y", "yhat"} or any(kind_of(role) in ("hidden", "output") for role in roles):
            words.append(f"samples as {self.samples}")
        if self.weights != "vector" and any(role[0] == "W" for role in roles):
            words.append(f"weights {self.weights}")
        if self.biases == "none":
            words.append("biases 0, as it has none")
        elif not self.bias_apart:
            words.append(
                f"biases in the matrix of the weights, {self.biases}" + (", and x with ones" if self.ones else "")
            )
        if "y" in roles and self.labels != "as outputs":
            words.append(f"labels {self.labels}")
        elif "y" in roles and spec.activations[-1] == SOFTMAX:
            words.append("labels one-hot")
        return words


def kind_of(role: str) -> str:
    """What a role is laid out like: "x", "y", "W", "b", "hidden" or "output".

    >>> kind_of("W1"), kind_of("dL_dyhat"), kind_of("h2")
    ('W', 'output', 'hidden')
    """
    if role in ("x", "y"):
        return role
    if role[0] in "Wb":
        return role[0]
    return "output" if role.endswith("yhat") else "hidden"


def layouts_for(spec: NetworkSpec) -> list[Layout]:
    """The usual layouts of a network's values, the most usual first."""
    plain, turned = "inputs by outputs", "outputs by inputs"
    rows = [
        ("rows", plain, "vector", 0.0), ("rows", plain, "row", 0.1), ("columns", turned, "column", 0.3),
        ("rows", turned, "vector", 0.6), ("rows", turned, "row", 0.7), ("rows", plain, "none", 0.5),
        ("rows", turned, "none", 0.8), ("columns", turned, "none", 0.6), ("columns", plain, "column", 1.2),
        ("columns", plain, "none", 1.3), ("columns", turned, "vector", 1.4),
        ("rows", turned, "first", 0.9), ("rows", plain, "first", 0.9), ("rows", plain, "last", 1.1),
        ("rows", turned, "last", 1.2), ("columns", turned, "first", 1.0), ("columns", turned, "last", 1.3),
        ("rows", plain, "column", 1.6), ("rows", turned, "column", 1.7), ("columns", plain, "first", 1.6),
    ]  # fmt: skip
    outputs = spec.sizes[-1]
    if len(spec.sizes) == 2 and outputs == 1:
        vectors = [("number", 0.2), ("none", 0.6), ("first", 0.7), ("last", 0.9), ("vector", 0.8)]
        rows += [(samples, "vector", biases, cost + 0.3 * (samples == "columns")) for samples in ("rows", "columns")
                 for biases, cost in vectors]  # fmt: skip
        rows.append(("rows", plain, "number", 0.5))
    labels = [("as outputs", 0.0)]
    if outputs == 1:
        labels.append(("flat", 0.25))
        labels += [("signs", 0.8)] if spec.loss == "bce" and len(spec.sizes) == 2 else []
    if spec.activations[-1] == SOFTMAX:
        labels += [("integers", 0.25), ("column of integers", 0.9)]
    found = []
    for samples, weights, biases, cost in rows:
        for shape, more in labels:
            if weights == "vector":
                more = 0.25 - more if shape in ("as outputs", "flat") else more  # with vectors, flat is the usual one
            for ones in (False, True) if biases in ("first", "last") else (False,):
                found.append(Layout(samples, weights, biases, shape, ones, cost + more + 0.4 * ones))
    return sorted(found, key=lambda layout: layout.cost)


@dataclass(frozen=True)
class Packing:
    """Parameters one after the other in a flat vector: their order, and how each matrix is read ("C" or "F")."""

    roles: tuple[str, ...]
    order: Any = "C"

    def pack(self, layout: Layout, values: Values) -> Floats:
        """The flat vector of the parameters, each in its layout."""
        return np.concatenate([np.ravel(layout.show(role, values), order=self.order) for role in self.roles])

    def unpack(self, flat: Floats, layout: Layout, values: Values) -> dict[str, Floats]:
        """The pieces of a flat vector, each in its layout; {} where it has another length."""
        shapes = {role: np.shape(layout.show(role, values)) for role in self.roles}
        if flat.size != sum(int(np.prod(shape)) for shape in shapes.values()):
            return {}
        found, start = {}, 0
        for role, shape in shapes.items():
            size = int(np.prod(shape))
            found[role] = np.reshape(flat[start : start + size], shape, order=self.order)
            start += size
        return found

    @property
    def words(self) -> str:
        """The packing in words."""
        return ", ".join(self.roles) + (" by columns" if self.order == "F" else "")


def packings(layout: Layout, depth: int) -> list[Packing]:
    """The usual orders of a network's parameters in a flat vector, the most usual first."""
    weights = [f"W{k}" for k in range(1, depth + 1)]
    if not layout.bias_apart:
        orders: Sequence[list[str]] = [weights, weights[::-1]]
    else:
        pairs = [[f"W{k}", f"b{k}"] for k in range(1, depth + 1)]
        biases = [f"b{k}" for k in range(1, depth + 1)]
        turned = [role for pair in pairs for role in pair[::-1]]
        orders = [[role for pair in pairs for role in pair], weights + biases, turned, biases + weights]
    distinct = {tuple(order): None for order in orders}
    return [Packing(order, how) for how in "CF" for order in distinct]
