"""Printed C, JavaScript and Julia: the numbers where they run here, and what it looks like."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from chalkgrad.board.derivation import derive
from chalkgrad.calculus import derive as derive_program
from chalkgrad.engines.emitted.c_source import c_source
from chalkgrad.engines.emitted.javascript_module import javascript_module
from chalkgrad.engines.emitted.julia_source import julia_source
from chalkgrad.engines.emitted.wanted import Wanted, wanted
from chalkgrad.errors import ProgramError
from chalkgrad.language import (
    FUNCTIONS,
    Axis,
    Call,
    Definition,
    Program,
    Role,
    Tensor,
    matrix_function,
    summation,
)
from emitted_sources import (
    FORMULAS,
    NAMES,
    Compiled,
    agree,
    by_javascript,
    compiler,
    expected,
    flat,
    of_formula,
    of_network,
    values_of,
)
from programs_to_run import CASES

GOLDEN: dict[str, Callable[[], Wanted]] = {
    "logistic": lambda: of_formula("sum(log(1+exp(-y.*(X*w))))", "w"),
    "gaussian": lambda: of_formula("logdet(S)/2 + (x-m)'*inv(S)*(x-m)/2", "x", ("value", "gradient")),
    "convolution": lambda: of_network("image convolution", ("value", "gradient")),
}


def all_functions() -> list[Wanted]:
    networks = [of_network(name, ("value", "gradient")) for name in CASES]
    return [*(of_formula(text, wrt) for text, wrt in FORMULAS), *networks, every_function_of_the_table()]


def every_function_of_the_table() -> Wanted:
    """A sum of all functions of the table, each of a number of its own where all of them are defined."""
    i = Axis("i", len(FUNCTIONS))
    x, total = Tensor("x", (i,), Role.PARAMETER), Tensor("L")
    terms = [Call(name, x[place] / 4) * (place + 1) for place, name in enumerate(FUNCTIONS)]
    body = terms[0]
    for term in terms[1:]:
        body = body + term
    return wanted(derive_program(Program((x,), (Definition(total, (), body),), (total,))))


@pytest.mark.skipif(compiler() is None, reason="there is no compiler of C")
def test_c(tmp_path: Path) -> None:
    functions = all_functions()
    compiled = Compiled(tmp_path, functions)
    for number, function in enumerate(functions):
        values = values_of(function)
        code, found = compiled.run(number, values)
        assert code == 0
        agree(found, expected(function, values), c_source(function))


@pytest.mark.skipif(compiler() is None, reason="there is no compiler of C")
def test_c_of_single_precision_and_a_singular_matrix(tmp_path: Path) -> None:
    function = of_formula("logdet(S)/2 + (x-m)'*inv(S)*(x-m)/2", "x")
    compiled = Compiled(tmp_path, [function], "float")
    values = values_of(function)
    code, found = compiled.run(0, values)
    assert code == 0
    agree(found, expected(function, values), c_source(function), 1e-4)
    assert compiled.run(0, {**values, "S": np.ones((3, 3))})[0] == 2


@pytest.mark.parametrize(("text", "wrt"), FORMULAS, ids=NAMES)
def test_javascript_of_formulas(text: str, wrt: str) -> None:
    function = of_formula(text, wrt)
    found, source = by_javascript(function, values_of(function))
    agree(found, expected(function, values_of(function)), source)


@pytest.mark.parametrize("name", [*CASES, "every function"])
def test_javascript_of_networks(name: str) -> None:
    function = every_function_of_the_table() if name == "every function" else of_network(name, ("value", "gradient"))
    found, source = by_javascript(function, values_of(function))
    agree(found, expected(function, values_of(function)), source)


def test_javascript_keeps_single_precision_and_tells_a_singular_matrix() -> None:
    function = of_formula("logdet(S)/2 + (x-m)'*inv(S)*(x-m)/2", "x")
    values = values_of(function)
    found, source = by_javascript(function, values, "Float32Array")
    agree(found, expected(function, values), source, 1e-4)
    with pytest.raises(Exception, match="singular"):
        by_javascript(function, {**values, "S": np.ones((3, 3))})


def by_julia(function: Wanted) -> None:
    pytest.importorskip("tree_sitter_julia")
    from julia_subset import run_julia

    source, values = julia_source(function), values_of(function)
    for kind, tolerance in ((np.float64, 1e-9), (np.float32, 2e-3)):
        given = run_julia(source)[function.name](*(np.asarray(value, kind)[()] for value in values.values()))
        found = flat(function, given)
        agree(found, expected(function, values), source, tolerance)
        assert {np.asarray(value).dtype for value in found.values()} == {np.dtype(kind)}, source


@pytest.mark.parametrize(("text", "wrt"), FORMULAS, ids=NAMES)
def test_julia_of_formulas(text: str, wrt: str) -> None:
    by_julia(of_formula(text, wrt))


@pytest.mark.parametrize("name", [*CASES, "every function"])
def test_julia_of_networks(name: str) -> None:
    by_julia(every_function_of_the_table() if name == "every function" else of_network(name, ("value", "gradient")))


def test_many_matrices_at_once_are_refused() -> None:
    n, i, j = Axis("n", "n"), Axis("i", 3), Axis("j", 3)
    X, L = Tensor("X", (n, i, j), Role.PARAMETER), Tensor("L")
    body = summation(matrix_function("logdet", X[n, i, j], i, j), n)
    function = wanted(derive_program(Program((X,), (Definition(L, (), body),), (L,))))
    for printed in (c_source, javascript_module, julia_source):
        with pytest.raises(ProgramError, match="for one matrix, not for many at once"):
            printed(function)


@pytest.mark.parametrize("name", GOLDEN)
def test_what_is_printed(name: str, golden: Callable[[str, str], None]) -> None:
    for target, printed in (("c", c_source), ("js", javascript_module), ("jl", julia_source)):
        golden(f"engines/emitted/{name}.{target}.txt", printed(GOLDEN[name]()))


def test_names_of_the_languages_are_left_alone() -> None:
    source = derive("sum(double.*int)", wrt="int").derivation
    function = wanted(source)
    assert "const real *double_2" in c_source(function)
