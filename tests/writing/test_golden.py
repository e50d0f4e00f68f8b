"""What people read, as files: every notation, form and output of the programs that matter."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chalkgrad.calculus import derive
from chalkgrad.notation import NOTATIONS
from chalkgrad.writing.derivation import write_derivation
from chalkgrad.writing.document import derivation_document
from chalkgrad.writing.equations import write_program
from writing.written_programs import PROGRAMS

FORMS = ("scalar", "index")


@pytest.mark.parametrize("to", ["latex", "mathml", "unicode", "text"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_equations(name: str, to: str, golden: Callable[[str, str], None]) -> None:
    notations = NOTATIONS if to != "text" else ("plain",)
    parts = [
        f"{'%' if to == 'latex' else '#'} {notation}, {form}\n{write_program(PROGRAMS[name], notation, form, to)}\n"
        for notation in notations
        for form in FORMS
    ]
    golden(f"writing/{name}.{to}.txt", "\n".join(parts).replace("<mtr>", "\n<mtr>"))


@pytest.mark.parametrize(
    ("name", "notation", "form"),
    [
        ("worksheet", "sheet", "index"),
        ("worksheet", "sheet", "scalar"),
        ("own_names", "sheet", "index"),
        ("batch", "bracket", "index"),
        ("batch", "delta", "index"),
        ("softmax", "bishop", "index"),
    ],
)
@pytest.mark.parametrize("to", ["unicode", "latex"])
def test_derivations(name: str, notation: str, form: str, to: str, golden: Callable[[str, str], None]) -> None:
    written = write_derivation(derive(PROGRAMS[name]), None, notation, form, to)
    golden(f"writing/derivation-{name}-{notation}-{form}.{to}.txt", written + "\n")


def test_document(golden: Callable[[str, str], None]) -> None:
    golden("writing/worksheet.tex", derivation_document(derive(PROGRAMS["worksheet"]), "sheet", "index"))
