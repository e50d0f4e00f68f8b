"""Hostile inputs are read or refused: no crash, no hang, no memory filled; and random ones that Hypothesis makes.

`pytest tests/fuzz --all-hostile` gives the readers every input of the tables, which takes some minutes.
"""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalkgrad.checking import check_text
from chalkgrad.errors import ChalkgradError
from chalkgrad.page.documents import read_document
from chalkgrad.page.statements import statements_in
from chalkgrad.reading.plain import read_expression
from chalkgrad.reading.programs import read_program
from chalkgrad.reading.spec import read_spec
from fuzz.hostile import MODEL, READERS, REPEATED

RUNNING = Path(__file__).with_name("running.py")
WATCHDOG = 600  # seconds for a whole table, on any machine


@pytest.mark.parametrize("reader", READERS)
def test_hostile_inputs_are_read_or_refused(reader: str, request: pytest.FixtureRequest) -> None:
    every = 1 if request.config.getoption("--all-hostile") else 13
    found = subprocess.run(
        [sys.executable, str(RUNNING), reader, str(every)],
        capture_output=True,
        text=True,
        timeout=WATCHDOG,
        check=False,
    )
    outcomes = [json.loads(line) for line in found.stdout.splitlines()]
    assert found.returncode == 0, found.stderr[-2000:]
    assert len(outcomes) == len(list(islice(READERS[reader](), 0, None, every)))
    bad = [f"{name[:80]}: {outcome}" for name, outcome, _ in outcomes if outcome not in ("read", "refused")]
    assert not bad, "\n".join(bad)


WRITTEN = r"""\frac{\partial L}{\partial w} \hat y W^{[l]} \begin{cases} \end{cases} \\ h_1 _{ij} ^T = \sigma(z) (i) 9^9
\sum_{i=1}^n \newcommand{\a}{\b} \a dW \delta^l 1[z>0] \input{a}"""
PIECES = [*(piece for piece in REPEATED if piece != "\ud800"), *WRITTEN.split()]
mixtures = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=25).map("".join)


def only_refuses(read: object, *arguments: object) -> None:
    assert callable(read)
    with suppress(ChalkgradError):
        read(*arguments)


@given(mixtures)
def test_any_latex_is_read_or_refused(text: str) -> None:
    only_refuses(lambda: statements_in(read_document(f"$${text}$$")))


@given(mixtures)
def test_any_document_is_checked(text: str) -> None:
    only_refuses(lambda: check_text(text))
    only_refuses(lambda: check_text(MODEL + rf"$$\frac{{\partial L}}{{\partial w}} = {text}$$"))


@given(
    st.lists(st.sampled_from([*"xyz0129+-*/^()[]|=,. ", "sum(i, ", "exp(", "axis i: 3\n", "²", "√", "'"]), max_size=30)
)
def test_any_plain_text_is_read_or_refused(pieces: list[str]) -> None:
    text = "".join(pieces)
    only_refuses(read_expression, text)
    only_refuses(read_program, text)


@given(st.lists(st.sampled_from([*"0123456789-→ x", "relu", "sigmoid", "bce", "softmax ", "->"]), max_size=20))
def test_any_spec_is_read_or_refused(pieces: list[str]) -> None:
    only_refuses(read_spec, "".join(pieces))
