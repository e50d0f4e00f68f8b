"""A fixture for pytest: `def test_backward(gradcheck): gradcheck(MyFunction, (4, 3))`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Tells pytest of the marker."""
    config.addinivalue_line("markers", "gradcheck(seed, tolerance, method): how the fixture gradcheck compares")


@pytest.fixture(name="gradcheck")
def gradcheck_fixture(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Checks gradients, and fails the test with a table of what is wrong and where, and the slip if it is known.

    Called with a function and its gradient it takes what `chalkgrad.gradcheck` takes; with a `torch.autograd.Function`,
    or any function that PyTorch or JAX differentiates, the inputs or their shapes. The marker
    `@pytest.mark.gradcheck(tolerance=1e-4)` sets options for a test.
    """
    from chalkgrad.checking.code.recognised import diagnosis
    from chalkgrad.checking.gradcheck import gradcheck
    from chalkgrad.checking.rules import gradcheck_rule

    options = {key: value for marker in request.node.iter_markers("gradcheck") for key, value in marker.kwargs.items()}

    def check(function: Callable[..., Any], *given: Any, **values: Any) -> Any:
        is_rule = not values and not (given and (callable(given[0]) or (len(given) == 2 and _is_point(given))))
        run: Callable[..., Any] = gradcheck_rule if is_rule else gradcheck
        found = run(function, *given, **options, **values)
        if not found.passed:
            name = getattr(function, "__name__", "the function")
            told = [f"the gradient of {name} is not right ({found.precision}):", str(found), *diagnosis(found)]
            pytest.fail("\n".join(told), pytrace=False)
        return found

    return check


def _is_point(given: tuple[Any, ...]) -> bool:
    """Whether two arguments are a gradient and the point that it belongs to, and not the shapes of two inputs."""
    gradient, _ = given
    return isinstance(gradient, dict | list) or type(gradient).__module__ == "numpy"
