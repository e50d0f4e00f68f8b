"""`import chalkgrad` is light, so that `chalkgrad --version` answers at once: heavy libraries wait for first use."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = {"numpy", "scipy", "sympy", "mpmath", "matplotlib", "lark", "rich", "typer", "polars", "latex2mathml", "torch"}


def heavy_modules_after(statement: str) -> set[str]:
    """The heavy libraries that a fresh interpreter holds after a statement."""
    script = f"import json, sys\n{statement}\nprint(json.dumps([name.partition('.')[0] for name in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return HEAVY.intersection(json.loads(done.stdout.splitlines()[-1]))


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert heavy_modules_after("import chalkgrad") == set()


@pytest.mark.parametrize("library", ["mpmath", "lark"])
def test_a_heavy_import_would_be_seen(library: str) -> None:
    assert library in heavy_modules_after(f"import {library}")
