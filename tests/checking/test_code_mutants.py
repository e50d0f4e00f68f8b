"""A sample of the slips that `benchmarks/code_mutants.py` makes: none passes, most are named, with the right line."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "code_mutants.py"


@pytest.fixture(scope="module")
def mutants() -> Any:
    spec = importlib.util.spec_from_file_location("code_mutants", BENCHMARK)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_functions_are_right(mutants: Any) -> None:
    verdicts = {}
    for function in mutants.right_functions([]):
        if not isinstance(function, str):  # JAX may be missing
            file = mutants.FOLDER / f"{function.name}.py"
            checked = mutants.check_code(file, function.target, function.against, let=function.let)
            verdicts[function.name] = {block.verdict for block in checked.blocks}
    assert len(verdicts) >= 30
    assert {name: each for name, each in verdicts.items() if each != {"right"}} == {}


def test_none_of_a_sample_passes_and_most_are_named(mutants: Any) -> None:
    names = ["layer_norm", "mlp_rows", "gelu", "attention", "rms_norm", "hill"]
    outcomes = [function.outcome(slip) for function in mutants.right_functions(names) for slip in function.slips(3)]
    assert len(outcomes) == 18
    assert [each for each in outcomes if each.verdict == "passes"] == []
    assert sum(each.named for each in outcomes) >= 16
    assert sum(each.placed for each in outcomes) >= 13


def test_the_slips_are_the_same_in_every_run(mutants: Any) -> None:
    (function,) = mutants.right_functions(["layer_norm"])
    assert function.slips(20) == function.slips(20)
    assert len({slip.kind for slip in function.slips(20)}) >= 8
