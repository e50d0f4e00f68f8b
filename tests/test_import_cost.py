"""`import chalkgrad` is light, so that `chalkgrad --version` answers at once: heavy libraries wait for first use."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = {
    "numpy", "scipy", "sympy", "mpmath", "matplotlib", "lark", "rich", "typer", "polars", "latex2mathml", "torch",
    "llvmlite", "safetensors",
}  # fmt: skip


def heavy_modules_after(statement: str) -> set[str]:
    """The heavy libraries that a fresh interpreter holds after a statement."""
    script = f"import json, sys\n{statement}\nprint(json.dumps([name.partition('.')[0] for name in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return HEAVY.intersection(json.loads(done.stdout.splitlines()[-1]))


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert heavy_modules_after("import chalkgrad") == set()


@pytest.mark.parametrize("room", ["checking.document", "editors.studying", "grading", "reports", "worksheets"])
def test_checking_grading_and_reporting_need_no_algebra_no_compiler_and_no_plots(room: str) -> None:
    """So they run where these are not, such as in a browser."""
    assert heavy_modules_after(f"import chalkgrad.{room}") <= {"lark", "numpy", "mpmath"}


def test_checking_a_document_needs_them_neither() -> None:
    statement = """
from chalkgrad.checking.document import check_text
check_text(r"BCE: $$y = \\sigma(w x)$$ $$\\frac{\\partial L}{\\partial w} = (t - y) x$$").to_json()
"""
    assert heavy_modules_after(statement) <= {"lark", "numpy", "mpmath"}


def test_training_loads_what_it_needs() -> None:
    statement = """
import chalkgrad as cg
from chalkgrad.training.data import generate
data = generate("xor", 100, seed=0)
net = cg.network("2-4-1 tanh sigmoid bce").fit(data.x, data.y, optimizer="adam", epochs=2)
net.predict(data.x)
"""
    assert heavy_modules_after(statement) == {"numpy", "llvmlite"}


def test_checking_for_the_page_loads_no_algebra_compiler_or_plots() -> None:
    statement = """
from chalkgrad.web.verdicts import verdicts
verdicts("$$y = w x$$ $$L = (y - t)^2$$ $$\\frac{\\partial L}{\\partial w} = 2 (y - t)$$")
"""
    assert heavy_modules_after(statement) == {"numpy", "lark", "latex2mathml"}


@pytest.mark.parametrize("library", ["mpmath", "lark"])
def test_a_heavy_import_would_be_seen(library: str) -> None:
    assert library in heavy_modules_after(f"import {library}")
