"""Random programs, also with indices that reach outside, gates and maxima, printed and run in every language here."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from chalkgrad.engines.emitted.numpy_module import numpy_module
from chalkgrad.engines.emitted.ordered import ordered
from chalkgrad.engines.emitted.torch_module import torch_module
from chalkgrad.engines.emitted.wanted import Wanted
from chalkgrad.language import Program
from emitted_sources import Compiled, agree, by_javascript, compiler, expected, flat
from programs_to_run import QUICK, programs, values_for


def printed(program: Program) -> Wanted:
    """The program as the value of a function; all of its inputs are passed, used or not."""
    result = program.result
    needed = program.needed_for(result)
    whole = Program(program.declared, needed.definitions, (result,), program.assumptions)
    return Wanted("value", "The value", ordered(whole), {"value": result}, (), (), result)


@settings(max_examples=60, phases=QUICK)
@given(programs())
def test_numpy(program: Program) -> None:
    function, values = printed(program), values_for(program)
    names: dict[str, Any] = {}
    source = numpy_module(function)
    exec(compile(source, "<printed>", "exec"), names)
    with np.errstate(all="ignore"):
        found = names["value"](*values.values())
    agree(flat(function, found), expected(function, values), source)


@settings(max_examples=40, phases=QUICK)
@given(programs())
def test_torch(program: Program) -> None:
    torch = pytest.importorskip("torch")
    function, values = printed(program), values_for(program)
    names: dict[str, Any] = {}
    source = torch_module(function)
    exec(compile(source, "<printed>", "exec"), names)
    found = names["value"](*(torch.tensor(value, dtype=torch.float64) for value in values.values()))
    agree(flat(function, np.asarray(found)), expected(function, values), source)


@settings(max_examples=40, phases=QUICK)
@given(programs())
def test_javascript(program: Program) -> None:
    function, values = printed(program), values_for(program)
    found, source = by_javascript(function, values)
    agree(found, expected(function, values), source)


@pytest.mark.skipif(compiler() is None, reason="there is no compiler of C")
def test_c() -> None:
    """Many programs in one library, as a compiler takes long to start."""
    collected: list[Program] = []

    @settings(max_examples=40, phases=QUICK)
    @given(programs())
    def collect(program: Program) -> None:
        collected.append(program)

    collect()
    functions = [printed(program) for program in collected]
    with TemporaryDirectory() as folder:
        compiled = Compiled(Path(folder), functions)
        for number, (program, function) in enumerate(zip(collected, functions, strict=True)):
            values = values_for(program)
            code, found = compiled.run(number, values)
            assert code == 0
            agree(found, expected(function, values), str(program))
