"""A point taken apart into real arrays by name, and put together again: trees, tensors, complex and whole numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from chalkgrad.errors import EvaluationError, ShapeError

Floats: TypeAlias = "NDArray[np.float64]"
WHOLE = "point"
_PARTS = ("real", "imag")


@dataclass(frozen=True)
class Leaf:
    """An array of a point: the value, the library it belongs to ("numpy", "torch" or "jax"), its type in words."""

    name: str
    value: Any
    library: str
    kind: str

    @property
    def differentiated(self) -> bool:
        """Whether it is made of real or complex numbers, and not of whole ones."""
        return self.kind in "fc"

    def arrays(self) -> dict[str, Floats]:
        """The real arrays of it: one, or the real and the imaginary part."""
        array = as_array(self.value)
        if self.kind == "c":
            return {f"{self.name}.{part}": np.array(getattr(array, part), dtype=np.float64) for part in _PARTS}
        return {self.name: np.array(array, dtype=np.float64)}

    def back(self, arrays: Mapping[str, Any]) -> Any:
        """The value with other numbers, in the library and the type that it had."""
        if self.kind == "c":
            numbers = arrays[f"{self.name}.real"] + 1j * arrays[f"{self.name}.imag"]
        else:
            numbers = arrays[self.name]
        if self.library == "torch":
            import torch

            return torch.as_tensor(np.asarray(numbers)).to(self.value.dtype).to(self.value.device)
        if self.library == "jax":
            import jax.numpy

            return jax.numpy.asarray(numbers, dtype=self.value.dtype)
        if isinstance(self.value, int | float | complex):
            return np.asarray(numbers).item()
        exact = np.iscomplexobj(numbers) or not isinstance(self.value, np.ndarray | np.generic)
        return numbers if exact else np.asarray(numbers, dtype=self.value.dtype)

    def claimed(self, gradient: Any) -> dict[str, Floats]:
        """A gradient by this leaf as real arrays; by a complex one it is ∂f/∂a + i ∂f/∂b, and conjugate in JAX."""
        array = as_array(gradient)
        if self.kind != "c":
            return {self.name: np.asarray(array, dtype=np.float64)}
        sign = -1.0 if self.library == "jax" else 1.0
        return {f"{self.name}.real": np.array(array.real, dtype=np.float64),
                f"{self.name}.imag": sign * np.array(np.imag(array), dtype=np.float64)}  # fmt: skip


def as_array(value: Any) -> NDArray[Any]:
    """A number, array or tensor as NumPy has it; types that NumPy lacks become float64."""
    if hasattr(value, "detach"):
        value = value.detach().cpu()
        return np.asarray(value.double() if str(value.dtype) == "torch.bfloat16" else value)
    array = np.asarray(value)
    return array.astype(np.float64) if array.dtype.name == "bfloat16" else array


def leaves_of(point: Any, name: str = "") -> Iterator[Leaf]:
    """The arrays of a point, by dotted names; what is neither a number nor an array is refused.

    >>> [leaf.name for leaf in leaves_of({"W": [[1.0, 2.0]], "layers": ({"b": 0.5},)})]
    ['W', 'layers.0.b']
    """
    if isinstance(point, Mapping):
        for key, each in point.items():
            yield from leaves_of(each, f"{name}.{key}" if name else str(key))
    elif isinstance(point, tuple) or (isinstance(point, list) and any(map(is_tree, point))):
        for number, each in enumerate(point):
            yield from leaves_of(each, f"{name}.{number}" if name else str(number))
    else:
        yield _leaf(name or WHOLE, point)


def is_tree(value: Any) -> bool:
    """Whether an entry of a list makes it a list of arrays, and not an array that is written out."""
    return isinstance(value, Mapping | tuple) or hasattr(value, "dtype") or (
        isinstance(value, list) and any(map(is_tree, value)))  # fmt: skip


def rebuilt(point: Any, leaves: Iterator[Any]) -> Any:
    """A point of the same form with other leaves, which are taken in order."""
    if isinstance(point, Mapping):
        return {key: rebuilt(each, leaves) for key, each in point.items()}
    if isinstance(point, tuple) or (isinstance(point, list) and any(map(is_tree, point))):
        each = [rebuilt(one, leaves) for one in point]
        return each if isinstance(point, list) else type(point)(*each) if hasattr(point, "_fields") else tuple(each)
    return next(leaves)


def _leaf(name: str, value: Any) -> Leaf:
    module = type(value).__module__.split(".")[0]
    library = "torch" if module == "torch" else "jax" if module in ("jax", "jaxlib") else "numpy"
    try:
        array = as_array(value)
        kind = array.dtype.kind
    except (TypeError, ValueError) as error:
        raise ShapeError(f"the value of '{name}' is not an array of numbers: {error}") from None
    if kind not in "biufc":
        raise ShapeError(f"the value of '{name}' is not an array of numbers: it has the type {array.dtype}")
    if not np.isfinite(array).all():
        raise EvaluationError(f"the value of '{name}' has an entry that is not finite")
    if kind in "biu":
        whole = library != "numpy" or isinstance(value, np.ndarray | np.generic | bool)
        kind = "i" if whole else "f"  # numbers that are written out, such as [1, 3], are meant as real ones
    return Leaf(name, value, library, kind)
