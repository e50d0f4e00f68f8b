"""`chalkgrad check --function`: verdicts, hints, JSON, what is given wrongly."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

CODE = """
def height(x, y):
    return x**3 - x * y
def grad_height(x, y):
    return 3 * x**2 - y, x
"""
SPEC = "2-3-1 relu sigmoid bce"


def check(*options: str, code: int) -> str:
    command = [sys.executable, "-m", "chalkgrad", "check", *options]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout or done.stderr


def test_a_function_is_checked_against_what_is_at_hand(tmp_path: Path) -> None:
    file = tmp_path / "height.py"
    file.write_text(CODE)
    for told in ((), ("--forward", "height"), ("--against", "x^3 - x*y")):
        said = check(str(file), "--function", "grad_height", *told, code=1)
        assert "✓ right        x" in said
        assert "✗ wrong        y" in said


def test_hints_tell_the_line_and_json_everything() -> None:
    file = str(Path(__file__).parents[2] / "examples" / "backward.py")
    hints = check(file, "--function", "backward", "--against", SPEC, "--hints", code=1)
    assert "Look again at line 11." in hints
    assert "h1 > 0" not in hints
    told = json.loads(check(file, "--function", "backward", "--against", SPEC, "--json", code=1))
    assert told["edits"][0]["after"] == "d1 = (d2 @ W2.T) * (h1 > 0)"
    assert [claim["verdict"] for claim in told["claims"]] == ["wrong", "wrong", "right", "right"]


@pytest.mark.parametrize("option", ["--against", "--forward", "--call", "--layout"])
def test_what_is_about_code_needs_a_function(tmp_path: Path, option: str) -> None:
    file = tmp_path / "height.py"
    file.write_text(CODE)
    assert "say which function of height.py with --function" in check(str(file), option, "height", code=2)
