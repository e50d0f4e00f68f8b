"""One run of any method by its name: optimisers with a rate and a schedule, and methods that choose their own steps."""

from __future__ import annotations

from collections.abc import Sequence

from chalkgrad.descent.function import Point, ScalarFunction
from chalkgrad.descent.minimisers import MINIMISERS, minimise
from chalkgrad.descent.paths import DescentPath, descend
from chalkgrad.descent.schedules import SCHEDULES
from chalkgrad.errors import ChalkgradError, UnknownNameError
from chalkgrad.networks import OPTIMISERS, Optimiser


def takes_rate(method: str) -> bool:
    """Whether a method is an optimiser with a rate; raises `UnknownNameError` with the nearest of all names.

    >>> takes_rate("gd"), takes_rate("L-BFGS")
    (True, False)
    """
    return _optimiser(method) is not None


def method_names() -> tuple[str, ...]:
    """The names of all methods, as people write them: optimisers first.

    >>> method_names()[:3], method_names()[-2:]
    (('gd', 'momentum', 'nesterov'), ('armijo', 'wolfe'))
    """
    rows = ["gd" if name == "sgd" else name for name in OPTIMISERS]
    return (*rows, *(name.replace(" ", "-") for name in MINIMISERS))


def run(
    function: ScalarFunction,
    start: Point,
    method: str = "gd",
    *,
    rate: float | None = None,
    steps: int = 1000,
    tolerance: float = 1e-8,
    window: Sequence[tuple[float, float]] | None = None,
    schedule: str = "constant",
    **hyper_parameters: float,
) -> DescentPath:
    """Runs a method from a start: `descend` for an optimiser, `minimise` for one that chooses its own steps.

    Raises `UnknownNameError` for a method, schedule or hyper-parameter, `ChalkgradError` for a rate or tolerance that
    is not positive, or where the method takes none, and what these raise.

    >>> from chalkgrad.descent.function import function_of_program
    >>> from chalkgrad.reading.programs import read_function
    >>> f = function_of_program(read_function("(x-1)^2 + 3*y^2"))
    >>> [run(f, [0, 2], method).stop.value for method in ("newton", "l-bfgs", "wolfe")]
    ['converged', 'converged', 'converged']
    >>> run(f, [0, 2], "gd", rate=0.1, schedule="cosine", steps=100).stop.value
    'max steps'
    """
    row = _optimiser(method)
    if schedule not in SCHEDULES:
        raise UnknownNameError("schedule", schedule, SCHEDULES)
    if not tolerance >= 0:
        raise ChalkgradError(f"the tolerance is a length of the gradient, 0 or more, not {tolerance:g}")
    if row is None:
        if rate is not None or hyper_parameters:
            raise ChalkgradError(f"{method} chooses its own steps: it takes no rate and no other setting")
        return minimise(function, start, method, steps=steps, tolerance=tolerance, window=window)
    if rate is not None and not 0 < rate < float("inf"):
        raise ChalkgradError(f"a rate is greater than 0, not {rate:g}")
    return descend(
        function, start, row, rate=rate, steps=steps, tolerance=tolerance, window=window,
        schedule=SCHEDULES[schedule], **hyper_parameters,
    )  # fmt: skip


def _optimiser(method: str) -> Optimiser | None:
    """The row of an optimiser, None for another method."""
    spelled = "_".join(method.lower().replace("-", " ").replace("_", " ").split())
    by_name = {spelling: row for row in OPTIMISERS.values() for spelling in (row.name, *row.aliases)}
    if spelled in by_name:
        return by_name[spelled]
    if spelled.replace("_", " ") in MINIMISERS:
        return None
    raise UnknownNameError("method", method, method_names())
