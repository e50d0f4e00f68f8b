"""Checking a gradient with numbers: the function's own values beside the derivatives that somebody claims."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from chalkgrad.calculus import Derivation
from chalkgrad.checking.differences import METHODS, Estimate, estimate
from chalkgrad.engines.numpy import compile_numpy
from chalkgrad.engines.stabilise import stabilised
from chalkgrad.errors import EvaluationError, ProgramError, ShapeError, UnknownNameError

Floats: TypeAlias = "NDArray[np.float64]"
_WHOLE = "point"


@dataclass(frozen=True)
class BlockCheck:
    """How one block of parameters came out.

    The errors are the greatest of the block; `at` is the place of the greatest relative one, where `claimed` and
    `numerical` are the two derivatives (None with the method "direction", which looks at no single entry). `kinks` are
    the places where the function has no derivative; there any value between that of the left and of the right passes.
    """

    name: str
    shape: tuple[int, ...]
    absolute_error: float
    relative_error: float
    at: tuple[int, ...] | None
    claimed: float
    numerical: float
    kinks: tuple[tuple[int, ...], ...]
    passed: bool


@dataclass(frozen=True)
class GradientCheck:
    """The outcome of a gradient check, block by block; `str` gives it as a table.

    >>> checked = gradcheck(lambda w: (w**2).sum(), lambda w: 2 * w, [1.0, 3.0])
    >>> checked.passed, len(checked.blocks)
    (True, 1)
    """

    blocks: tuple[BlockCheck, ...]
    method: str
    tolerance: float

    @property
    def passed(self) -> bool:
        """Whether every block did."""
        return all(block.passed for block in self.blocks)

    def __getitem__(self, name: str) -> BlockCheck:
        for block in self.blocks:
            if block.name == name:
                return block
        raise UnknownNameError("block", name, [block.name for block in self.blocks])

    def __str__(self) -> str:
        width = max(5, *(len(block.name) for block in self.blocks))
        lines = [f"{'block':<{width}}  absolute  relative  verdict"]
        for block in self.blocks:
            place = "" if block.at is None else f" at {list(block.at)}"
            verdict = "right" if block.passed else f"wrong{place}: {block.claimed:.6g}, not {block.numerical:.6g}"
            kinks = f" ({len(block.kinks)} on a kink)" if block.kinks else ""
            errors = f"{block.absolute_error:8.1e}  {block.relative_error:8.1e}"
            lines.append(f"{block.name:<{width}}  {errors}  {verdict}{kinks}")
        return "\n".join(lines)


def gradcheck(
    f: Callable[..., Any],
    gradient: Any,
    point: Any = None,
    *,
    method: str = "central",
    tolerance: float = 1e-6,
    seed: int = 0,
    **values: Any,
) -> GradientCheck:
    """Compares a claimed gradient of a function of real numbers with differences of its values.

    `point` is a flat vector (or any array) or a dictionary of arrays, which `f` and `gradient` take as they are; or
    `values` are given by keyword, and both take keywords. `gradient` is a function with a result in the form of the
    point, or that result itself. `method` is "central" (extrapolated central differences, each entry), "complex" (the
    complex step, to the last digit, for functions that compute with complex numbers; Squire and Trapp, 1998) or
    "direction" (a few random directions in each block, for many parameters). An entry passes where both agree to the
    `tolerance`, relative to the greater of both and a thousandth of the greatest of all. Raises `ShapeError`,
    `EvaluationError` and `UnknownNameError` for what does not fit.

    >>> check = gradcheck(lambda v: float(v @ v), lambda v: 2 * v, [1.0, 2.0])
    >>> check.passed
    True
    >>> wrong = gradcheck(lambda a, b: a * b**2, lambda a, b: {"a": b**2, "b": a * b}, a=3.0, b=2.0)
    >>> [(block.name, block.passed) for block in wrong.blocks]
    [('a', True), ('b', False)]
    """
    if method not in METHODS:
        raise UnknownNameError("method", method, METHODS)
    if (point is None) == (not values):
        raise ShapeError("a gradient is checked at a point: give `point`, or values by keyword, and not both")
    arrays, call = _as_blocks(f, point, values)
    if callable(gradient):
        gradient = gradient(**_copies(arrays)) if values else _called_at(gradient, point, arrays)
    claimed = _claimed_blocks(gradient, arrays)
    return _checked(call, arrays, claimed, method, tolerance, seed)


def gradcheck_program(
    derivation: Derivation,
    values: Mapping[str, Any],
    *,
    method: str = "central",
    tolerance: float = 1e-6,
    seed: int = 0,
) -> GradientCheck:
    """Compares the gradients of a derivation with differences of the program's own values, by parameter.

    Both are computed by the NumPy engine, the program in its stable form. Raises `ProgramError` for a result that is
    not a number, and what the engine raises for values that do not fit.

    >>> from chalkgrad.calculus import derive
    >>> from chalkgrad.networks import Network, NetworkSpec, initialise
    >>> spec = NetworkSpec((2, 3, 1), ("tanh", "sigmoid"), "bce")
    >>> values = {"x": [[1.0, 2.0]], "y": [[1.0]], **initialise(spec, seed=1)}
    >>> gradcheck_program(derive(Network(spec).program), values).passed
    True
    """
    if method not in ("central", "direction"):
        raise UnknownNameError("method for programs", method, ["central", "direction"])
    program = derivation.source
    result = program.tensor(derivation.of)
    if result.axes:
        raise ProgramError(f"'{result.name}' has axes; a gradient is checked for a result that is one number")
    compute = compile_numpy(stabilised(program), [result.name])
    slopes = compile_numpy(derivation.program)(**values)
    claimed = {name: slopes[definition.tensor.name] for name, definition in derivation.gradients.items()}
    fixed = {name: value for name, value in values.items() if name not in claimed}
    arrays = {name: np.array(values[name], dtype=np.float64) for name in claimed}

    def call(changed: dict[str, Any]) -> Any:
        return compute(**fixed, **changed)[result.name]

    return _checked(call, arrays, claimed, method, tolerance, seed)


_Blocks: TypeAlias = "dict[str, Floats]"


def _copies(arrays: _Blocks) -> dict[str, Any]:
    return {name: array.copy() for name, array in arrays.items()}


def _as_blocks(
    f: Callable[..., Any], point: Any, values: Mapping[str, Any]
) -> tuple[_Blocks, Callable[[dict[str, Any]], Any]]:
    """The point as arrays by name, and the function of such a dictionary."""
    if values:
        return _float_blocks(values), lambda changed: f(**changed)
    if isinstance(point, Mapping):
        return _float_blocks(point), lambda changed: f(changed)
    return _float_blocks({_WHOLE: point}), lambda changed: f(changed[_WHOLE])


def _float_blocks(values: Mapping[str, Any]) -> _Blocks:
    arrays = {}
    for name, value in values.items():
        try:
            arrays[name] = np.array(value, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise ShapeError(f"the value of '{name}' is not an array of numbers: {error}") from None
        if not np.isfinite(arrays[name]).all():
            raise EvaluationError(f"the value of '{name}' has an entry that is not finite")
    return arrays


def _called_at(gradient: Callable[..., Any], point: Any, arrays: _Blocks) -> Any:
    return gradient(_copies(arrays)) if isinstance(point, Mapping) else gradient(arrays[_WHOLE].copy())


def _claimed_blocks(gradient: Any, arrays: _Blocks) -> _Blocks:
    """The claimed gradient by block, each in the shape of its values."""
    given = gradient if isinstance(gradient, Mapping) else None
    if given is None:
        if len(arrays) != 1:
            raise ShapeError(f"the gradient of {', '.join(arrays)} must be a dictionary with these names")
        given = {next(iter(arrays)): gradient}
    for name in given:
        if name not in arrays:
            raise UnknownNameError("parameter with a gradient", name, arrays)
    claimed = {}
    for name, array in arrays.items():
        if name not in given:
            raise ShapeError(f"the gradient by '{name}' is missing")
        claimed[name] = np.asarray(given[name], dtype=np.float64)
        if claimed[name].shape != array.shape:
            raise ShapeError(f"the gradient by '{name}' has the shape {claimed[name].shape}, its values {array.shape}")
    return claimed


def _checked(
    call: Callable[[dict[str, Any]], Any], arrays: _Blocks, claimed: _Blocks, method: str, tolerance: float, seed: int
) -> GradientCheck:
    generator = np.random.default_rng(seed)

    def along(name: str, direction: Floats) -> Callable[[Any], Any]:
        """The function on the line through the point in one direction within a block."""

        def moved(distance: Any) -> Any:
            changed: dict[str, Any] = _copies(arrays)
            changed[name] = changed[name] + distance * direction
            return call(changed)

        return moved

    estimates: dict[str, list[tuple[tuple[int, ...] | None, float, Estimate]]] = {}
    for name, array in arrays.items():
        estimates[name] = []
        for place, direction in _directions(array, method, generator):
            width = 1.0 if place is None else max(1.0, abs(float(array[place])))
            slope = float((claimed[name] * direction).sum())
            estimates[name].append((place, slope, estimate(along(name, direction), width, method)))
    greatest = max((abs(e.value) for block in estimates.values() for _, _, e in block), default=0.0)
    blocks = (_block(name, arrays[name].shape, estimates[name], greatest, tolerance) for name in arrays)
    return GradientCheck(tuple(blocks), method, tolerance)


def _directions(
    array: Floats, method: str, generator: np.random.Generator
) -> list[tuple[tuple[int, ...] | None, Floats]]:
    """Each unit direction with its place; or some random ones of length 1."""
    if method == "direction":
        drawn = [generator.normal(size=array.shape) for _ in range(min(4, array.size))]
        return [(None, direction / np.linalg.norm(direction)) for direction in drawn]
    units: list[tuple[tuple[int, ...] | None, Floats]] = []
    for place in np.ndindex(array.shape):
        direction = np.zeros_like(array)
        direction[place] = 1.0
        units.append((tuple(place), direction))
    return units


def _block(
    name: str,
    shape: tuple[int, ...],
    entries: list[tuple[tuple[int, ...] | None, float, Estimate]],
    greatest: float,
    tolerance: float,
) -> BlockCheck:
    worst, absolute, relative, claimed, numerical = None, 0.0, -1.0, 0.0, 0.0
    passed, kinks = True, []
    for place, slope, found in entries:
        if found.kink and place is not None:
            kinks.append(place)
        difference = found.distance(slope)
        scale = max(abs(slope), abs(found.value), 1e-3 * greatest, found.noise / tolerance, 1e-300)
        share = difference / scale if np.isfinite(difference) else np.inf
        passed = passed and share <= tolerance
        absolute = max(absolute, difference) if np.isfinite(difference) else np.inf
        if share > relative:
            worst, relative, claimed, numerical = place, share, slope, found.value
    return BlockCheck(name, shape, absolute, max(relative, 0.0), worst, claimed, numerical, tuple(kinks), passed)
