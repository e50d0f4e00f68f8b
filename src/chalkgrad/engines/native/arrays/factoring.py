"""Functions of matrices by LAPACK, between the compiled runs: one matrix is factored once for all uses of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chalkgrad.engines.emitted.choices import Scatter
from chalkgrad.engines.native.arrays.recurring import recur
from chalkgrad.engines.native.arrays.steps import Chosen, Matrices, Recurring, Solved
from chalkgrad.engines.numpy_indexing import EXPM_SLOPE
from chalkgrad.errors import EvaluationError
from chalkgrad.language import Axis, Element, MatrixFunction, Tensor

Views = Callable[[Tensor], NDArray[Any]]


class Factors:
    """The triangular factors of matrices, for one call; `view` gives the numbers of a tensor."""

    def __init__(self, view: Views) -> None:
        self.view = view
        self._known: dict[tuple[Tensor, tuple[int, ...]], tuple[NDArray[Any], NDArray[Any]]] = {}

    def compute(self, step: Matrices | Solved | Chosen | Recurring) -> None:
        """Computes what a step says; raises `EvaluationError` where a matrix is singular."""
        if isinstance(step, Solved):
            self._solve(step)
        elif isinstance(step, Chosen):
            self._choose(step)
        elif isinstance(step, Recurring):
            recur(step, self.view)
        else:
            self._function(step)

    def _choose(self, step: Chosen) -> None:
        """Values at the places that labels tell, or gathered there; what is no place is left out."""
        choice, size = step.choice, int(step.choice.axis.size)
        labels = self.view(choice.labels.tensor)
        inside = (labels >= 0) & (labels < size) & (labels == np.floor(labels))
        places = np.where(inside, labels, 0).astype(np.intp)
        own, values = _axes(choice.values), self.view(choice.values.tensor)
        if isinstance(choice, Scatter):
            others = [axis for axis in step.indices if axis is not choice.axis]
            labelled = [axis for axis in choice.over if axis in choice.labels.free]
            along = places.transpose([_axes(choice.labels).index(axis) for axis in labelled])
            kept = inside.transpose([_axes(choice.labels).index(axis) for axis in labelled])
            source = values.transpose([own.index(axis) for axis in (*labelled, *others)])
            target = self.view(step.tensor).transpose([step.indices.index(axis) for axis in (choice.axis, *others)])
            target[...] = 0
            np.add.at(target, along[kept], source[kept])
            return
        order = step.indices

        def spread(array: NDArray[Any], axes: Sequence[Axis | None]) -> NDArray[Any]:
            turned = array.transpose([axes.index(axis) for axis in order if axis in axes])
            return turned[tuple(slice(None) if axis in axes else None for axis in order)]

        at = [
            spread(places, _axes(choice.labels)) if axis is choice.axis else spread(np.arange(size_), [axis])
            for axis, size_ in zip(own, values.shape, strict=True)
        ]
        self.view(step.tensor)[...] = np.where(spread(inside, _axes(choice.labels)), values[tuple(at)], 0)

    def _matrix(self, node: MatrixFunction, outside: list[Axis]) -> NDArray[Any]:
        """The matrices, their rows and columns last."""
        assert isinstance(node.body, Element)
        return self.view(node.body.tensor).transpose(_order(node, outside))

    def _factored(self, node: MatrixFunction) -> tuple[NDArray[Any], NDArray[Any]]:
        from scipy.linalg import get_lapack_funcs

        assert isinstance(node.body, Element)
        key = node.body.tensor, _order(node, [])
        if key not in self._known:
            matrix = self._matrix(node, [])
            (factor,) = get_lapack_funcs(("getrf",), (matrix,))
            triangles, order, _ = factor(matrix)
            self._known[key] = triangles, order
        return self._known[key]

    def _solve(self, step: Solved) -> None:
        from scipy.linalg import get_lapack_funcs

        several, columns = step.solve.matrices, step.solve.columns
        axes = [axis for axis in (*several, step.solve.equation, *columns) if axis in step.right.free]
        right = self.view(step.right.tensor).transpose([_axes(step.right).index(axis) for axis in axes])
        if several:
            found = self._solved_for_each(step, right)
        else:
            triangles, order = self._regular(step.matrix)
            (solve,) = get_lapack_funcs(("getrs",), (triangles,))
            found, _ = solve(triangles, order, right, trans=int(step.solve.transposed))
        places = [step.indices.index(axis) for axis in (*several, step.solve.unknown, *columns)]
        self.view(step.tensor).transpose(places)[...] = found

    def _solved_for_each(self, step: Solved, right: NDArray[Any]) -> NDArray[Any]:
        """The solutions for many matrices; a right-hand side without some of their axes is the same along these."""
        matrices = self._matrix(step.matrix, list(step.outside))
        columns = right if step.solve.columns else right[..., None]
        given = [slice(None) if axis in step.right.free else None for axis in step.solve.matrices]
        try:
            turned = matrices.swapaxes(-1, -2) if step.solve.transposed else matrices
            found = np.linalg.solve(turned, columns[(*given, ...)])
        except np.linalg.LinAlgError as error:
            raise EvaluationError(f"a matrix is singular in {step.matrix}") from error
        return found if step.solve.columns else found[..., 0]

    def _function(self, step: Matrices) -> None:
        node = step.function
        outside = [axis for axis in step.indices if all(place.axis is not axis for place in node.at)]
        own = [*outside, *(place.axis for place in node.at)]
        target = self.view(step.tensor).transpose([step.indices.index(axis) for axis in own if axis is not None])
        if outside or node.function in ("cholesky", "exponential", "exponential_slope"):
            target[...] = self._of_many(node, self._matrix(node, outside))
        elif node.function == "inverse":
            from scipy.linalg import get_lapack_funcs

            triangles, order = self._regular(node)
            (inverse,) = get_lapack_funcs(("getri",), (triangles,))
            target[...] = inverse(triangles, order)[0]
        else:
            triangles, order = self._factored(node)
            diagonal = triangles.diagonal()
            with np.errstate(divide="ignore"):
                logarithm = np.log(np.abs(diagonal)).sum()
            sign = -1.0 if np.count_nonzero(order != np.arange(len(order))) % 2 else 1.0
            target[...] = logarithm if node.function == "log_determinant" else sign * np.prod(diagonal)

    def _regular(self, node: MatrixFunction) -> tuple[NDArray[Any], NDArray[Any]]:
        triangles, order = self._factored(node)
        if not triangles.diagonal().all():
            raise EvaluationError(f"the matrix is singular in {node}")
        return triangles, order

    def _of_many(self, node: MatrixFunction, matrices: NDArray[Any]) -> NDArray[Any]:
        if node.function == "determinant":
            return np.asarray(np.linalg.det(matrices))
        if node.function == "log_determinant":
            return np.asarray(np.linalg.slogdet(matrices)[1])
        if node.function == "exponential":
            return np.asarray(scipy_expm()(matrices))
        if node.function == "exponential_slope":
            return exponential_slopes(matrices)
        if node.function == "cholesky":
            try:
                return np.asarray(np.linalg.cholesky((matrices + matrices.swapaxes(-1, -2)) / 2))
            except np.linalg.LinAlgError as error:
                raise EvaluationError(f"a matrix is not positive definite in {node}") from error
        try:
            return np.asarray(np.linalg.inv(matrices))
        except np.linalg.LinAlgError as error:
            raise EvaluationError(f"a matrix is singular in {node}") from error


def scipy_expm() -> Callable[[NDArray[Any]], NDArray[Any]]:
    """SciPy's exponential of matrices, loaded when it is wanted."""
    from scipy.linalg import expm

    return expm  # type: ignore[no-any-return]


def exponential_slopes(matrices: NDArray[Any]) -> NDArray[Any]:
    """The derivative of each entry of the exponential by each entry of the matrix, as printed code has it."""
    module: dict[str, Any] = {"np": np, "expm": scipy_expm()}
    exec(EXPM_SLOPE, module)
    return np.asarray(module["expm_slope"](matrices))


def _axes(element: Element) -> list[Axis | None]:
    return list(element.plain_axes)


def _order(node: MatrixFunction, outside: list[Axis]) -> tuple[int, ...]:
    """Which axes of the tensor of a matrix are those outside, the rows and the columns."""
    assert isinstance(node.body, Element)
    axes = _axes(node.body)
    return tuple(axes.index(axis) for axis in (*outside, node.rows, node.columns))
