"""The laws of reading: what must change no verdict. `pytest tests/laws --all-laws` tries all documents, not a sample.

Each floor is the share of claims that kept their verdicts when it was set, in the sample and in all documents
(`tests/laws/measure.py`, with and without `--all`). A reader that does better raises it; nothing lowers it.
"""

from __future__ import annotations

import pytest

from laws.figures import MEASURES

FLOORS: dict[str, tuple[float, float]] = {
    "1 renamed: loss": (0.104, 0.192),
    "1 renamed: target": (0.537, 0.511),
    "1 renamed: input": (0.78, 0.828),
    "1 renamed: weights": (0.962, 0.926),
    "1 renamed: bias": (0.982, 0.98),
    "1 renamed: hidden": (0.991, 0.997),
    "1 renamed: activation": (0.94, 0.925),
    "1 renamed: pre_activation": (1.0, 0.991),
    "1 renamed: delta": (0.793, 0.786),
    "1 renamed: sample": (0.573, 0.48),
    "1 renamed: layer": (0.0, 0.0),
    "1 renamed: unit": (1.0, 0.995),
    "1 renamed: all of them": (0.361, 0.367),
    "2 definitions exchanged": (1.0, 1.0),
    "3 vectors and indices alike": (0.942, 0.942),
    "3 both as they should be": (0.971, 0.971),
    "4 definition deleted": (0.982, 0.971),
    "4 added: unreadable": (1.0, 1.0),
    "4 added: unrelated": (0.616, 0.526),
    "4 added: prices": (1.0, 1.0),
    "4 added: unread definition": (1.0, 1.0),
    "6 the same report twice": (1.0, 1.0),
}
TOLD = 12


@pytest.mark.parametrize("law", MEASURES)
def test_verdicts_are_kept(law: str, request: pytest.FixtureRequest) -> None:
    everything = bool(request.config.getoption("--all-laws"))
    changed: list[str] = []
    found = MEASURES[law](everything, changed)
    floor = FLOORS[law][everything]
    assert found.of_claims
    assert found.share >= floor, "\n".join([f"{found.claims} of {found.of_claims}, floor {floor}", *changed[:TOLD]])


def test_each_law_has_a_floor() -> None:
    assert list(FLOORS) == list(MEASURES)
