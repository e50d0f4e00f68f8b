"""A function of a few variables to hold: derivatives written and evaluated, stationary points, descents, pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chalkgrad.descent.expansions import directional_derivative, taylor_polynomial
from chalkgrad.descent.function import Floats, Point, ScalarFunction, scalar_function
from chalkgrad.descent.runs import run
from chalkgrad.descent.sources import function_of_partials, function_of_source
from chalkgrad.errors import ChalkgradError, UnknownNameError
from chalkgrad.language import Expression
from chalkgrad.writing.equations import write_expression

if TYPE_CHECKING:
    from chalkgrad.descent.compiled import Runs
    from chalkgrad.descent.paths import DescentPath
    from chalkgrad.descent.stationary import StationaryPoints
    from chalkgrad.drawing.plot import Plot

Window = Sequence[tuple[float, float]]
PLOTS = ("graph", "contours", "values", "surface", "field")


def function(
    source: str | Expression | Callable[..., Any] | Mapping[str, Any] | Sequence[str],
    variables: Sequence[str] | None = None,
) -> FunctionSheet:
    r"""A function given as text, LaTeX, a Python callable, the name of a test function, or by its partials.

    A mapping such as `{"x": "2*x*y", "y": "x^2"}`, or a list of partials together with `variables`, is a vector of
    partials: the function is recovered up to a constant. A callable is called once with variables that keep what is
    done with them; nothing else of it is run. `variables` sets the order, which is alphabetical for a bare formula.

    Raises `ReadingError` with the place, `UnknownNameError` for a name that is no variable, and `ProgramError` for
    Python that cannot be followed, or for partials whose mixed derivatives differ, with both values.

    >>> g = function("(1-x^3) + 100*(y^2-x)^2")
    >>> print(g.partial("y"))
    400(y² − x)y
    >>> g(x=1, y=2)
    900.0
    >>> print(function(r"\frac{x}{2} + \sin y"))
    f(x, y) = ½x + sin(y)
    >>> print(function({"x": "2*x*y", "y": lambda x, y: x**2 + 1}))
    f(x, y) = yx² + y + C
    """
    if isinstance(source, Mapping):
        return FunctionSheet(function_of_partials(source), up_to_a_constant=True)
    if isinstance(source, Sequence) and not isinstance(source, str):
        if variables is None or len(variables) != len(source):
            raise ChalkgradError(f"{len(source)} partials need as many variables, such as variables=['x', 'y']")
        return FunctionSheet(function_of_partials(dict(zip(variables, source, strict=True))), up_to_a_constant=True)
    return FunctionSheet(function_of_source(source, variables))


@dataclass(frozen=True)
class Formula:
    """An expression that writes itself: `latex()`, `mathml()`, `unicode()`, `text()`, and is evaluated when called.

    >>> function("x^2*y").partial("x")(x=3, y=2)
    12.0
    """

    expression: Expression
    variables: tuple[str, ...]

    def latex(self) -> str:
        """In LaTeX."""
        return write_expression(self.expression, to="latex")

    def mathml(self) -> str:
        """In MathML."""
        return write_expression(self.expression, to="mathml")

    def unicode(self) -> str:
        """For the terminal."""
        return write_expression(self.expression, to="unicode")

    def text(self) -> str:
        """In plain text that can be read back."""
        return str(self.expression)

    def __call__(self, **point: Any) -> Any:
        return _evaluated(scalar_function(self.expression, self.variables), point)

    def __str__(self) -> str:
        return self.unicode()

    def __repr__(self) -> str:
        return f"<{self.text()}>"

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"


@dataclass(frozen=True)
class FunctionSheet:
    """A function: its derivatives, stationary points, descents and plots; in a notebook it shows itself.

    Called with a number for each variable it gives a float; with arrays, an array, compiled. `up_to_a_constant` says
    that it was recovered from its partials.

    >>> g = function("x^2*y")
    >>> g.variables, str(g.partial("x")), str(g.hessian()[0][1])
    (('x', 'y'), '2xy', '2x')
    >>> g.gradient_at(x=1, y=2)
    {'x': 4.0, 'y': 1.0}
    >>> g(x=[1.0, 2.0], y=3.0).tolist()
    [3.0, 12.0]
    """

    scalar: ScalarFunction
    up_to_a_constant: bool = False

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the variables, in order."""
        return self.scalar.variables

    def partial(self, variable: str) -> Formula:
        """The partial derivative by a variable; raises `UnknownNameError`."""
        return Formula(self.scalar.partial(variable), self.variables)

    def gradient(self) -> dict[str, Formula]:
        """The partial derivatives by variable."""
        return {name: self.partial(name) for name in self.variables}

    def gradient_at(self, **point: float) -> dict[str, float]:
        """The numbers of the gradient at a point; raises `EvaluationError` outside the domain."""
        return dict(zip(self.variables, map(float, self.scalar.gradient_at(point)), strict=True))

    def hessian(self) -> tuple[tuple[Formula, ...], ...]:
        """The matrix of second derivatives."""
        return tuple(tuple(Formula(entry, self.variables) for entry in row) for row in self.scalar.hessian)

    def hessian_at(self, **point: float) -> tuple[tuple[float, ...], ...]:
        """The numbers of the Hessian at a point, as rows."""
        return tuple(tuple(map(float, row)) for row in self.scalar.hessian_at(point))

    def directional_derivative(self, direction: Point) -> FunctionSheet:
        """The derivative along a direction, which is scaled to length 1, as a function of the same variables.

        >>> print(function("x^2*y").directional_derivative([3, 4]))
        Df(x, y) = 6/5 · xy + 4/5 · x²
        """
        return FunctionSheet(directional_derivative(self.scalar, direction))

    def taylor_polynomial(self, point: Point, order: int = 2) -> FunctionSheet:
        """The Taylor polynomial at a point, with exact coefficients.

        >>> print(function("exp(x)*sin(y)").taylor_polynomial([0, 0], 2))
        Tf(x, y) = y + xy
        """
        return FunctionSheet(taylor_polynomial(self.scalar, point, order))

    def stationary_points(self, window: Window | None = None) -> StationaryPoints:
        """Where the gradient vanishes, each point with its kind, and whether f is bounded.

        >>> [str(point.coordinates) for point in function("x^3 - 3*x + y^2").stationary_points().points]
        ['(-1, 0)', '(1, 0)']
        """
        from chalkgrad.descent.stationary import stationary_points

        return stationary_points(self.scalar, window)

    def descend(
        self,
        start: Point,
        method: str = "gd",
        *,
        rate: float | None = None,
        steps: int = 1000,
        tolerance: float = 1e-8,
        window: Window | None = None,
        schedule: str = "constant",
        **settings: float,
    ) -> DescentPath:
        """The path of a method from a start, with the reason why it stopped; see `chalkgrad.descent.runs.run`.

        >>> print(function("x^2 + 3*y^2").descend({"x": 2, "y": 1}, "gd", rate=0.4).explanation)
        rate 0.4 exceeds 2/L = 0.333333 at the start (L = 6): it oscillates and diverges
        """
        return run(
            self.scalar, start, method, rate=rate, steps=steps, tolerance=tolerance, window=window,
            schedule=schedule, **settings,
        )  # fmt: skip

    def sweep(self, starts: Any, method: str = "gd", **settings: Any) -> list[DescentPath]:
        """`descend` by an optimiser from many starts (starts, variables) at once.

        >>> [path.steps for path in function("x^2 + y^2").sweep([[0, 0], [1, 1]], rate=0.5)]
        [0, 1]
        """
        from chalkgrad.descent.paths import sweep

        return sweep(self.scalar, starts, method, **settings)

    def ends(self, starts: Any, method: str = "gd", **settings: Any) -> Runs:
        """Where the descents of a `sweep` end and how many steps each made; no memory is spent on the way.

        >>> function("(x-1)^2").ends([[0], [5]], rate=0.25, steps=1_000_000).ends.round(6).tolist()
        [[1.0], [1.0]]
        """
        from chalkgrad.descent.paths import sweep_ends

        return sweep_ends(self.scalar, starts, method, **settings)

    def plot(self, *paths: DescentPath, kind: str = "", window: Window | None = None, title: str = "") -> Plot:
        """A figure to save as .png, .svg or .pdf: contours with paths, values by iteration, surface, or field.

        Of one variable it is the graph. Raises `UnknownNameError` for another kind, and `ShapeError` where it needs two
        variables and there are not.
        """
        from chalkgrad.descent.charts import surface_plot, value_plot
        from chalkgrad.descent.pictures import contour_plot, gradient_field
        from chalkgrad.descent.windows import window_around

        kind = kind or ("graph" if len(self.variables) == 1 else "contours")
        if kind == "graph":
            from chalkgrad.descent.graphs import graph_plot

            return graph_plot(self.scalar, paths, window=window, title=title)
        shown = window or window_around(paths)
        match kind:
            case "contours":
                return contour_plot(self.scalar, paths, window=shown, title=title)
            case "values":
                return value_plot(paths, title)
            case "surface":
                return surface_plot(self.scalar, shown, paths, title)
            case "field":
                return gradient_field(self.scalar, shown, title)
        raise UnknownNameError("kind of plot", kind, PLOTS)

    def animate(self, *paths: DescentPath, file: str | Path, window: Window | None = None) -> Path:
        """Writes the paths growing on the contour lines, as .gif, or as .mp4 where ffmpeg is installed."""
        from chalkgrad.descent.animation import animate

        return animate(self.scalar, paths, file, window=window)

    def page(self, start: Point, window: Window | None = None) -> str:
        """A self-contained HTML page on which one drags the start and the rate and sees the path."""
        from chalkgrad.descent.interactive import interactive_page
        from chalkgrad.descent.windows import window_around

        return interactive_page(self.scalar, start, window=window or window_around(()))

    def __call__(self, **point: Any) -> Any:
        return _evaluated(self.scalar, point)

    def latex(self) -> str:
        """The formula in LaTeX."""
        return Formula(self.scalar.expression, self.variables).latex()

    def __str__(self) -> str:
        constant = " + C" if self.up_to_a_constant else ""
        body = Formula(self.scalar.expression, self.variables)
        return f"{self.scalar.name}({', '.join(self.variables)}) = {body}{constant}"

    def __repr__(self) -> str:
        return f"<function {self.scalar.expression}>"

    def _repr_latex_(self) -> str:
        constant = " + C" if self.up_to_a_constant else ""
        return f"$\\displaystyle {self.scalar.name}({', '.join(self.variables)}) = {self.latex()}{constant}$"


def _evaluated(scalar: ScalarFunction, point: Mapping[str, Any]) -> float | Floats:
    """The value at a point, or compiled at every point where arrays are given, which are broadcast."""
    import numpy as np

    places = scalar.coordinates(point)
    if all(np.ndim(place) == 0 for place in places.values()):
        return float(scalar.value(places))
    columns = np.broadcast_arrays(*(np.asarray(place, dtype=np.float64) for place in places.values()))
    values = scalar.at_points(np.stack([column.ravel() for column in columns], axis=1))
    return values.reshape(columns[0].shape)
