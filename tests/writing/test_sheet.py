"""The worksheet's own equations come out as they stand on it."""

from __future__ import annotations

import pytest

from chalkgrad.language import Program
from chalkgrad.writing.equations import compacted, write_definition, write_program
from writing.written_programs import WORKSHEET, own_names

SHEET = [
    ("yhat", r"\hat{y} = \sigma(h_1v_1 + h_2v_2 + h_3v_3 + c_1)"),
    ("h1", r"h_1 &= \operatorname{ReLU}(x_1w_{11} + x_2w_{21} + b_1)"),
    ("h1", r"h_2 &= \operatorname{ReLU}(x_1w_{12} + x_2w_{22} + b_2)"),
    ("h1", r"h_3 &= \operatorname{ReLU}(x_1w_{13} + x_2w_{23} + b_3)"),
]


@pytest.mark.parametrize(("name", "equation"), SHEET)
def test_the_equations_of_section_one(name: str, equation: str) -> None:
    compact = compacted(WORKSHEET)
    written = write_definition(compact.definition(name), "sheet", "scalar", "latex", compact)
    assert equation in written.replace(" \\\\", "").splitlines()


@pytest.mark.parametrize("program", [WORKSHEET, own_names()])
def test_only_what_an_activation_alone_uses_is_written_in(program: Program) -> None:
    compact = compacted(program)
    assert len(compact.definitions) == 3
    assert compact.results == program.results
    assert "out" not in write_program(compact, "sheet", "index", "latex")


def test_a_pre_activation_that_is_used_twice_stays() -> None:
    from writing.written_programs import SOFTMAX

    assert [definition.tensor.name for definition in compacted(SOFTMAX).definitions][:2] == ["h1", "z2"]
