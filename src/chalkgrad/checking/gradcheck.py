"""Checking a gradient with numbers: the function's own values beside the derivatives that somebody claims."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np

from chalkgrad.calculus import Derivation
from chalkgrad.checking.differences import METHODS, Estimate, estimate
from chalkgrad.checking.leaves import WHOLE, Floats, Leaf, as_array, is_tree, leaves_of, rebuilt
from chalkgrad.checking.precision import DOUBLE, SINGLE, Precision, coarser, measured, precision_of
from chalkgrad.engines.numpy import compile_numpy
from chalkgrad.engines.stabilise import stabilised
from chalkgrad.errors import EvaluationError, ProgramError, ShapeError, UnknownNameError

_LIKELY, _FEWEST = 1.5, 4  # in units of what each may deviate; below so many entries nothing is told
_SAMPLE = 40
Blocks: TypeAlias = "dict[str, Floats]"


@dataclass(frozen=True)
class BlockCheck:
    """How one block of parameters came out.

    The errors are the greatest of the block; `at` is the place of the greatest relative one, where `claimed` and
    `numerical` are the two derivatives (None with the method "direction", which looks at no single entry). `kinks` are
    the places where the function has no derivative; there any value between that of the left and of the right passes.
    `derivative` has the numerical derivatives in the block's shape, and is not a number where none was taken.
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
    derivative: Floats = field(default_factory=lambda: np.zeros(()), compare=False, repr=False)
    _shares: Callable[[Floats], float] | None = field(default=None, compare=False, repr=False)

    def accepts(self, claimed: Floats) -> bool:
        """Whether another gradient of this block would have passed too."""
        return claimed.shape == self.shape and self._shares is not None and self._shares(claimed) <= 1


@dataclass(frozen=True, repr=False)
class GradientCheck:
    """The outcome of a gradient check, block by block; `str` gives it as a table. `claimed` are the gradients checked.

    >>> checked = gradcheck(lambda w: (w**2).sum(), lambda w: 2 * w, [1.0, 3.0])
    >>> checked.passed, len(checked.blocks)
    (True, 1)
    """

    blocks: tuple[BlockCheck, ...]
    method: str
    tolerance: float
    precision: str = "float64"
    claimed: Mapping[str, Floats] = field(default_factory=dict, compare=False, repr=False)

    @property
    def passed(self) -> bool:
        """Whether every block did."""
        return all(block.passed for block in self.blocks)

    def __getitem__(self, name: str) -> BlockCheck:
        for block in self.blocks:
            if block.name == name:
                return block
        raise UnknownNameError("block", name, [block.name for block in self.blocks])

    def __repr__(self) -> str:
        verdicts = ", ".join(f"{block.name} {'right' if block.passed else 'wrong'}" for block in self.blocks)
        return f"<gradient check: {verdicts}>"

    def _repr_html_(self) -> str:
        from chalkgrad.checking.showing import gradient_check_html

        return gradient_check_html(self)

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
    tolerance: float | None = None,
    seed: int = 0,
    **values: Any,
) -> GradientCheck:
    """Compares a claimed gradient of a function with differences of its values.

    `point` is an array, or a tree of dictionaries, lists and tuples of arrays, which `f` and `gradient` take as it is;
    or `values` are given by keyword, and both take keywords. Arrays are NumPy's, PyTorch's or JAX's. `gradient` is a
    function with a result in the form of the point, or that result itself; arrays of whole numbers are not
    differentiated, and have no gradient (None, or nothing). By complex numbers a + ib the gradient is ∂f/∂a + i ∂f/∂b,
    the conjugate for JAX's arrays. Where `f` gives an array, `gradient` also takes a `cotangent`, a random array of
    that shape, and gives the gradient of their product, summed.

    `method` is "central" (extrapolated central differences, each entry), "complex" (the complex step, to the last
    digit, for functions that compute with complex numbers; Squire and Trapp, 1998), "direction" (a few random
    directions in each block, for many parameters) or "sample" (these, and some of the entries, to see where). An entry
    passes where both agree to the `tolerance`, relative to the greater of both and a thousandth of the greatest of all;
    without one it is 10⁻⁶, and what float32, float16 or bfloat16 allows for a function that computes in it. Raises
    `ShapeError`, `EvaluationError` and `UnknownNameError` for what does not fit, and for a function that gives other
    numbers when it is called again.

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
    taken = Point(values if values else point, bool(values))
    first, again = (as_array(taken.call(f, taken.arrays)) for _ in range(2))
    if first.shape != again.shape or not np.array_equal(first, again, equal_nan=True):
        raise EvaluationError("the function gives other numbers when it is called again: fix its random numbers first")
    if first.size > 1 and not callable(gradient):
        told = f"the function must give one number, not an array of the shape {first.shape}"
        raise ShapeError(f"{told}; the gradient of an array is a function that takes its cotangent")
    generator = np.random.default_rng(seed)
    weights = generator.normal(size=first.shape) if first.size > 1 else None

    def number(changed: Mapping[str, Any]) -> Any:
        result = taken.call(f, changed)
        return result if weights is None else (weights * as_array(result)).sum()

    if callable(gradient):
        if weights is None:
            gradient = taken.call(gradient, taken.arrays)
        else:
            given = taken.alike(weights.astype(first.dtype))
            gradient = taken.call(lambda *p, **named: gradient(*p, **named, cotangent=given), taken.arrays)
    claimed = taken.claimed(gradient)
    result = taken.call(f, taken.arrays)
    precision = coarser(taken.precision, precision_of(result))
    if precision in (DOUBLE, SINGLE) and method != "complex":
        precision = _measured(number, taken.arrays, generator, precision)
    return _checked(number, taken.arrays, claimed, method, tolerance or precision.tolerance, generator, precision)


@dataclass(frozen=True)
class Point:
    """A point as it is given, and as real arrays by name."""

    given: Any
    by_keyword: bool

    @cached_property
    def leaves(self) -> tuple[Leaf, ...]:
        """Its arrays."""
        return tuple(leaves_of(self.given))

    @cached_property
    def arrays(self) -> Blocks:
        """The real arrays that are differentiated."""
        found = {name: array for leaf in self.leaves if leaf.differentiated for name, array in leaf.arrays().items()}
        if not found:
            raise ShapeError("there is nothing to differentiate: the point is made of whole numbers")
        return found

    @property
    def precision(self) -> Precision:
        """The coarsest precision of its arrays."""
        return max((precision_of(leaf.value) for leaf in self.leaves if leaf.differentiated), key=lambda p: p.epsilon)

    def call(self, f: Callable[..., Any], arrays: Mapping[str, Any]) -> Any:
        """A function's value at the point with other numbers."""
        copies = {name: array.copy() for name, array in arrays.items()}
        leaves = (leaf.back(copies) if leaf.differentiated else leaf.value for leaf in self.leaves)
        point = rebuilt(self.given, leaves)
        return f(**point) if self.by_keyword else f(point)

    def alike(self, array: Any) -> Any:
        """An array in the library of the point's."""
        library = next(leaf.library for leaf in self.leaves if leaf.differentiated)
        name = "cotangent"
        return array if library == "numpy" else Leaf(name, self._first.value, library, "f").back({name: array})

    @property
    def _first(self) -> Leaf:
        return next(leaf for leaf in self.leaves if leaf.differentiated)

    def claimed(self, gradient: Any) -> Blocks:
        """The claimed gradient as real arrays, each in the shape of its values."""
        moving = [leaf for leaf in self.leaves if leaf.differentiated]
        if len(self.leaves) == 1 and not isinstance(gradient, Mapping | tuple):
            found = {moving[0].name: gradient}
        elif isinstance(gradient, Mapping | tuple | list):
            found = dict(_flat(gradient))
        else:
            names = ", ".join(leaf.name for leaf in moving)
            raise ShapeError(f"the gradient of {names} must be a dictionary with these names")
        known = {leaf.name for leaf in self.leaves}
        for name, value in found.items():
            if name not in known and value is not None:
                raise UnknownNameError("parameter with a gradient", name, known)
        claimed: Blocks = {}
        for leaf in moving:
            if found.get(leaf.name) is None:
                raise ShapeError(f"the gradient by '{leaf.name}' is missing")
            for name, array in leaf.claimed(found[leaf.name]).items():
                if array.shape != self.arrays[name].shape:
                    shape = self.arrays[name].shape
                    raise ShapeError(f"the gradient by '{leaf.name}' has the shape {array.shape}, its values {shape}")
                claimed[name] = array
        return claimed


def _flat(tree: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """The gradients of a tree by dotted names; an array of numbers is one of them."""
    if isinstance(tree, Mapping):
        for key, each in tree.items():
            yield from _flat(each, f"{name}.{key}" if name else str(key))
    elif isinstance(tree, tuple) or (isinstance(tree, list) and any(each is None or is_tree(each) for each in tree)):
        for number, each in enumerate(tree):
            yield from _flat(each, f"{name}.{number}" if name else str(number))
    else:
        yield name or WHOLE, tree


def _measured(
    call: Callable[[Mapping[str, Any]], Any], arrays: Blocks, generator: np.random.Generator, least: Precision
) -> Precision:
    """The precision in which a function computes, along a random direction through the point."""
    directions = {name: generator.normal(size=array.shape) for name, array in arrays.items()}

    def along(distance: float) -> Any:
        return call({name: array + distance * directions[name] for name, array in arrays.items()})

    width = max(1.0, *(float(np.abs(array).max(initial=0.0)) for array in arrays.values()))
    return measured(along, width, least)


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

    generator = np.random.default_rng(seed)
    return _checked(call, arrays, claimed, method, tolerance, generator, DOUBLE)


def _checked(
    call: Callable[[dict[str, Any]], Any],
    arrays: Blocks,
    claimed: Blocks,
    method: str,
    tolerance: float,
    generator: np.random.Generator,
    precision: Precision,
) -> GradientCheck:
    def along(name: str, direction: Floats) -> Callable[[Any], Any]:
        """The function on the line through the point in one direction within a block."""

        def moved(distance: Any) -> Any:
            changed: dict[str, Any] = {each: array.copy() for each, array in arrays.items()}
            changed[name] = changed[name] + distance * direction
            return call(changed)

        return moved

    estimates: dict[str, list[_Entry]] = {}
    for name, array in arrays.items():
        estimates[name] = []
        for place, direction in _directions(array, method, generator):
            size = float(np.abs(array).max()) if place is None else abs(float(array[place]))
            slope = float((claimed[name] * direction).sum())
            found = estimate(along(name, direction), size, method, precision)
            estimates[name].append(_Entry(place, direction, slope, found))
    greatest = max((abs(each.found.value) for block in estimates.values() for each in block), default=0.0)
    blocks = (_block(name, arrays[name].shape, estimates[name], greatest, tolerance, precision) for name in arrays)
    return GradientCheck(tuple(blocks), method, tolerance, precision.name, claimed)


def _directions(
    array: Floats, method: str, generator: np.random.Generator
) -> list[tuple[tuple[int, ...] | None, Floats]]:
    """Each unit direction with its place; or some random ones of length 1, and some of the unit directions."""
    found: list[tuple[tuple[int, ...] | None, Floats]] = []
    numbers = np.arange(array.size)
    if method in ("direction", "sample"):
        drawn = [generator.normal(size=array.shape) for _ in range(min(4, array.size))]
        found = [(None, direction / np.linalg.norm(direction)) for direction in drawn]
        numbers = np.sort(generator.permutation(numbers)[: _SAMPLE if method == "sample" else 0])
    for number in numbers:
        place = tuple(map(int, np.unravel_index(number, array.shape)))
        direction = np.zeros_like(array)
        direction[place] = 1.0
        found.append((place, direction))
    return found


@dataclass(frozen=True)
class _Entry:
    """A derivative along a direction: that of one entry at its place, or a random one, and what is claimed of it."""

    place: tuple[int, ...] | None
    direction: Floats
    slope: float
    found: Estimate


def _together(slopes: list[float], entries: list[_Entry], tolerance: float) -> float:
    """How far the slopes deviate all in the same way, as by a common factor, over what rounding leaves of that.

    Rounding differs from entry to entry, and so a factor shows in many that does not in any: in a regression of the
    deviations on the derivatives, each weighted by what it may deviate (Draper and Smith, 1998, section 9.2).
    """
    pairs = [(slope, each.found) for slope, each in zip(slopes, entries, strict=False) if not each.found.kink]
    if len(pairs) < _FEWEST or not all(np.isfinite(slope) for slope, _ in pairs):
        return 0.0
    allowed = [max(found.noise, tolerance * abs(found.value), 1e-300) for _, found in pairs]
    parts = [
        ((slope - found.value) / may, found.value / may) for (slope, found), may in zip(pairs, allowed, strict=True)
    ]
    length = math.sqrt(sum(value**2 for _, value in parts))
    return abs(sum(deviation * value for deviation, value in parts)) / length / _LIKELY if length else 0.0


def _block(
    name: str,
    shape: tuple[int, ...],
    entries: list[_Entry],
    greatest: float,
    tolerance: float,
    precision: Precision,
) -> BlockCheck:
    def share(slope: float, found: Estimate) -> float:
        """The distance of a slope from the numerical one, relative to what they are."""
        difference = found.distance(slope)
        scale = max(abs(slope), abs(found.value), 1e-3 * greatest, found.noise / tolerance, 1e-300)
        return difference / scale if np.isfinite(difference) else np.inf

    worst, absolute, relative, claimed, numerical = None, 0.0, -1.0, 0.0, 0.0
    passed, kinks = True, []
    coarse = entries if precision is not DOUBLE else []
    for entry in entries:
        place, slope, found = entry.place, entry.slope, entry.found
        if found.kink and place is not None:
            kinks.append(place)
        difference, part = found.distance(slope), share(slope, found)
        passed = passed and part <= tolerance
        absolute = max(absolute, difference) if np.isfinite(difference) else np.inf
        if part > relative + 1e-6 * abs(relative):  # of equal ones the first
            worst, relative, claimed, numerical = place, part, slope, found.value
    passed = passed and _together([each.slope for each in entries], coarse, tolerance) <= 1
    derivative = np.full(shape, np.nan)
    for entry in entries:
        if entry.place is not None:
            derivative[entry.place] = entry.found.value

    def shares(other: Floats) -> float:
        """The greatest share of another gradient, over the tolerance."""
        if not np.isfinite(other).all():
            return np.inf
        slopes = [float((other * entry.direction).sum()) for entry in entries]
        alone = max(
            (share(slope, each.found) / tolerance for slope, each in zip(slopes, entries, strict=True)), default=0
        )
        return max(alone, _together(slopes, coarse, tolerance))

    return BlockCheck(
        name, shape, absolute, max(relative, 0.0), worst, claimed, numerical, tuple(kinks), passed,
        derivative, shares,
    )  # fmt: skip
