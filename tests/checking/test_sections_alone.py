"""A section is read by itself where what other sections do with its letters is in the way, and only then."""

from __future__ import annotations

import pytest

from chalkgrad.checking import check_text

MOTION = "# Motion\n\n$$y(t) = 3 t^2$$\n\n$$y'(t) = 6 t$$\n\n"
MARGIN = "# A margin\n\nThe label $y$ is a number.\n\n$$M = y (w x - 1)$$\n\n"
LAYER = "# A layer\n\n$$z = w x + b, \\quad a = \\tanh(z)$$\n\n# Its gradient\n\n"


@pytest.mark.parametrize(
    ("text", "verdicts"),
    [
        (MOTION + MARGIN + r"$$\frac{\partial M}{\partial w} = y x$$", ["right", "right"]),
        (MOTION + MARGIN + r"$$\frac{\partial M}{\partial w} = y w$$", ["right", "wrong"]),
        (LAYER + r"$$\frac{\partial a}{\partial w} = (1 - a^2) x$$", ["right"]),
        (LAYER + r"$$\frac{\partial a}{\partial w} = a (1 - a) x$$", ["wrong"]),
    ],
)
def test_verdicts(text: str, verdicts: list[str]) -> None:
    found = [claim.verdict for claim in check_text(text).claims if claim.kind == "claim"]
    assert found == verdicts
