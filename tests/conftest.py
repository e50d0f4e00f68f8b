"""What every test may use: the golden files, and Hypothesis made to repeat itself."""

from __future__ import annotations

import difflib
import gc
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from soundness.floors import MUTANTS
from told import FOLDER

GOLDEN = Path(__file__).parent / "golden"

# The same examples on every run, and no clock: a failure is the code's, never the machine's.
settings.register_profile("ci", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ci")


# PyTorch, SymPy and the tests themselves are some million objects that live to the end: looking through them again and
# again for what could be freed takes a sixth of the time.
gc.set_threshold(50_000, 20, 100)


def pytest_configure(config: pytest.Config) -> None:
    """Makes the folder of what is worked out once in a run; the workers of a run inherit its name."""
    if FOLDER not in os.environ:
        made = os.environ[FOLDER] = tempfile.mkdtemp(prefix="told_in_this_run_")
        config.add_cleanup(lambda: os.environ.pop(FOLDER, None) and shutil.rmtree(made, ignore_errors=True))


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--regenerate-golden",
        action="store_true",
        help="write the golden files anew instead of comparing with them; review the difference before committing it",
    )
    parser.addoption("--soundness", type=int, default=MUTANTS, help="how many mutants of tests/soundness are checked")
    parser.addoption(
        "--every-document", action="store_true", help="run every command on every document and 500 mangled ones"
    )
    parser.addoption("--all-hostile", action="store_true", help="give the readers every hostile input, not a sample")
    parser.addoption("--all-laws", action="store_true", help="try the laws of reading on every document, not a sample")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """`golden("derivation.tex", text)`: the text must be what `tests/golden/derivation.tex` holds."""
    regenerate = bool(request.config.getoption("--regenerate-golden"))
    return lambda relative_name, text: compare_with_golden(GOLDEN / relative_name, text, regenerate)


def compare_with_golden(path: Path, text: str, regenerate: bool) -> None:
    if regenerate:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
        return
    if not path.exists():
        pytest.fail(f"there is no golden file {path.name}: run pytest --regenerate-golden and review it", pytrace=False)
    with path.open(encoding="utf-8", newline="") as file:
        expected = file.read()
    if text != expected:
        lines = difflib.unified_diff(
            expected.splitlines(), text.splitlines(), f"golden/{path.name}", "now", lineterm="", n=2
        )
        difference = "\n".join(lines) or "only the line endings or the last newline differ"
        pytest.fail(f"{path.name} is not what it was (if it should be: --regenerate-golden)\n{difference}", False)
