"""Generated data sets: shapes, classes, seeds, and the law that each of them follows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalkgrad.errors import ChalkgradError, ShapeError, UnknownNameError
from chalkgrad.training.data import GENERATORS, Dataset, generate, standardisation


@pytest.mark.parametrize("name", GENERATORS)
def test_shapes_classes_and_seeds(name: str) -> None:
    data, again, other = generate(name, 301, seed=5), generate(name, 301, seed=5), generate(name, 301, seed=6)
    assert data.x.shape == (301, 2)
    assert data.y.shape == (301, 1)
    assert np.array_equal(data.x, again.x)
    assert np.array_equal(data.y, again.y)
    assert not np.array_equal(data.x, other.x)
    if data.classes:
        assert set(data.y.ravel()) == {0.0, 1.0}
        assert 0.35 < data.y.mean() < 0.65
        assert np.array_equal(data.labels, data.y.ravel())


LAWS = {
    "xor": lambda x: x[:, 0] * x[:, 1] < 0,
    "circles": lambda x: np.hypot(x[:, 0], x[:, 1]) < 0.75,
    "checkerboard": lambda x: np.floor(x).sum(axis=1) % 2 == 1,
}


@pytest.mark.parametrize("name", ["xor", "circles", "checkerboard"])
def test_without_noise_the_classes_follow_their_law(name: str) -> None:
    data = generate(name, 400, seed=2, noise=0.0)
    assert np.array_equal(LAWS[name](data.x), data.labels == 1)


def test_moons_lie_on_two_half_circles() -> None:
    data = generate("moons", 200, noise=0.0)
    upper, lower = data.x[data.labels == 0], data.x[data.labels == 1]
    np.testing.assert_allclose(np.hypot(*upper.T), 1)
    np.testing.assert_allclose(np.hypot(lower[:, 0] - 1, lower[:, 1] - 0.5), 1)
    assert (upper[:, 1] >= 0).all()
    assert (lower[:, 1] <= 0.5).all()


def test_spirals_are_each_other_turned_by_half_a_turn() -> None:
    data = generate("spirals", 300, noise=0.0)
    angle = np.hypot(*data.x.T) * 3 * np.pi
    sign = np.where(data.labels == 1, -1, 1)
    expected = (sign * angle / (3 * np.pi))[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    np.testing.assert_allclose(data.x, expected, atol=1e-12)


def test_xor_is_uniform_on_the_square_of_the_sheet() -> None:
    x = generate("xor").x
    assert x.shape == (500, 2)
    assert np.abs(x).max() <= 2
    assert (np.abs(x).max(axis=0) > 1.95).all()


def test_the_plane_is_found_by_least_squares() -> None:
    data = generate("plane", 2000, seed=3)
    design = np.column_stack([data.x, np.ones(len(data))])
    solution = np.linalg.lstsq(design, data.y[:, 0], rcond=None)[0]
    np.testing.assert_allclose(solution, [2, -3, 0.5], atol=0.02)


@given(st.lists(st.tuples(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3)), min_size=1, max_size=20))
def test_standardisation_is_undone(rows: list[tuple[float, float]]) -> None:
    x = np.array(rows)
    scale = standardisation(x)
    np.testing.assert_allclose(scale.undo(scale.apply(x)), x, atol=1e-9)


def test_a_standardised_column_has_mean_0_and_deviation_1() -> None:
    z = standardisation(generate("gaussians").x).apply(generate("gaussians").x)
    np.testing.assert_allclose(z.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(z.std(axis=0), 1, atol=1e-12)


def test_errors_say_what_is_wrong() -> None:
    with pytest.raises(UnknownNameError, match="no data set 'moon'; did you mean 'moons'"):
        generate("moon")
    with pytest.raises(ChalkgradError, match="at least 1 sample, not 0"):
        generate("xor", 0)
    with pytest.raises(ShapeError, match=r"inputs \(2, 2\) and targets \(3, 1\)"):
        Dataset("d", [[1, 2], [3, 4]], [1, 2, 3], ("a", "b"))
    with pytest.raises(ShapeError, match="as many names, not 1"):
        Dataset("d", [[1, 2], [3, 4]], [1, 2], ("a",))
    with pytest.raises(ChalkgradError, match="'plane' has no classes"):
        generate("plane").labels  # noqa: B018


def test_labels_of_several_classes() -> None:
    data = Dataset("d", [[1], [2], [3]], np.eye(3)[[2, 0, 1]], ("a",), "y", ("r", "g", "b"))
    assert data.labels.tolist() == [2, 0, 1]
