"""For pytest: a fixture that checks gradients, and documents whose claims are tests.

`def test_backward(gradcheck): gradcheck(MyFunction, (4, 3))` fails where the gradient is wrong;
`pytest --chalkgrad docs/*.md` makes a test of each claim about a derivative in the documents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from chalkgrad.checking.report import CheckedClaim

SUFFIXES = frozenset({".md", ".markdown", ".qmd", ".Rmd", ".tex", ".rst", ".ipynb"})


def pytest_addoption(parser: pytest.Parser) -> None:
    """Tells pytest of the options."""
    group = parser.getgroup("chalkgrad", "derivations in documents")
    group.addoption("--chalkgrad", action="store_true", help="each claim about a derivative in a document is a test")
    group.addoption(
        "--chalkgrad-unjudged",
        choices=("skip", "fail"),
        default="skip",
        help="what becomes of a claim that could not be judged (skip)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Tells pytest of the marker."""
    config.addinivalue_line("markers", "gradcheck(seed, tolerance, method): how the fixture gradcheck compares")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A document, where documents are asked for."""
    if file_path.suffix in SUFFIXES and parent.config.getoption("--chalkgrad"):
        collector: pytest.Collector = DocumentFile.from_parent(parent, path=file_path)
        return collector
    return None


class DocumentFile(pytest.File):
    """A document whose claims are tests."""

    def collect(self) -> Iterator[pytest.Item]:
        """A test for each claim about a derivative, and for whatever else is wrong."""
        from chalkgrad.checking.document import check_document
        from chalkgrad.editors.findings import name_of
        from chalkgrad.errors import ChalkgradError

        try:
            report = check_document(self.path)
        except ChalkgradError as problem:
            raise self.CollectError(str(problem)) from None
        for claim in report.claims:
            if claim.kind == "claim" or claim.verdict == "wrong":
                yield ClaimItem.from_parent(self, name=f"line {claim.line}: {name_of(claim)}", claim=claim)


class ClaimItem(pytest.Item):
    """A claim: it passes where it is right, also if only up to a convention."""

    def __init__(self, *, claim: CheckedClaim, **given: Any) -> None:
        super().__init__(**given)
        self.claim = claim

    def runtest(self) -> None:
        """Fails with the diagnosis."""
        from chalkgrad.editors.findings import finding_of

        found = finding_of(self.claim)
        if found is None or found.rule == "right_up_to":
            return
        if found.claim.verdict != "wrong" and self.config.getoption("--chalkgrad-unjudged") == "skip":
            pytest.skip("\n".join(found.sentences) or found.title)
        pytest.fail("\n".join((self.claim.latex, found.message)), pytrace=False)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:
        """What the failure says, without a traceback."""
        return str(excinfo.value)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the claim stands."""
        return self.path, self.claim.line - 1, self.name


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
