"""The interactive page run in a JavaScript engine: its numbers are Python's, and what it says of a run is true."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
import quickjs

from chalkgrad.descent.collection import TEST_FUNCTIONS, test_function
from chalkgrad.descent.interactive import interactive_page
from chalkgrad.descent.paths import descend
from chalkgrad.descent.sources import function_of_source
from chalkgrad.networks import OPTIMISERS

SHEET = test_function("sheet")
DOM = (Path(__file__).parent / "dom.js").read_text(encoding="utf-8")
PLANAR = [row for row in TEST_FUNCTIONS.values() if len(row.window) == 2]


def script_of(page: str) -> str:
    found = re.search(r"<script>\n(.*)</script>", page, re.DOTALL)
    assert found is not None
    return found[1]


def opened(page: str) -> quickjs.Context:
    """The page in a browser that has no screen: a plane of 16 × 16 pixels and nothing to be seen."""
    context = quickjs.Context()
    context.eval(DOM)
    context.eval(script_of(page))
    return context


def asked(context: quickjs.Context, expression: str):
    return json.loads(context.eval(f"JSON.stringify({expression})"))


@pytest.fixture(scope="module")
def sheet_page() -> quickjs.Context:
    return opened(interactive_page(SHEET.function, [-1, 1], window=SHEET.window))


@pytest.mark.parametrize("place", range(len(OPTIMISERS)), ids=list(OPTIMISERS))
def test_every_optimiser_makes_the_steps_that_python_makes(sheet_page: quickjs.Context, place: int) -> None:
    name = list(OPTIMISERS)[place]
    path = descend(SHEET.function, [-0.5, 0.25], name, rate=1e-3, steps=40)
    run = asked(sheet_page, f"run(page.methods[{place}], [-0.5, 0.25], 0.001, 40)")
    assert len(run["points"]) == 41
    assert np.allclose(run["points"], path.points, rtol=1e-9, atol=1e-12)
    assert np.allclose(run["values"], path.values, rtol=1e-9, atol=1e-12)
    assert run["stop"] == "still moving"


@pytest.mark.parametrize("row", PLANAR, ids=[row.name for row in PLANAR])
def test_value_gradient_and_hessian_are_those_of_python(row) -> None:
    low, high = np.array(row.window).T
    points = np.random.default_rng(5).uniform(low, high, (4, 2))
    context = opened(interactive_page(row.function, points[0], window=row.window))
    for point in points:
        at = f"({float(point[0])!r}, {float(point[1])!r})"
        hessian = np.array(row.function.hessian_at(point))
        gradient = row.function.gradient_at(point)
        scale = 1 + abs(hessian).max()
        assert asked(context, f"valueAt{at}")[0] == pytest.approx(row.function.value(point), rel=1e-9, abs=1e-9)
        assert np.allclose(asked(context, f"slopeAt{at}"), gradient, rtol=1e-8, atol=1e-9 * scale)
        assert np.allclose(asked(context, f"curvatureAt{at}"), hessian.ravel(), rtol=1e-8, atol=1e-8 * scale)


def test_the_page_tells_that_a_rate_is_too_great(sheet_page: quickjs.Context) -> None:
    sheet_page.eval('field("method").selectedIndex = 0; field("rate").value = "0.01"; draw();')
    told = sheet_page.eval('field("told").textContent')
    assert told.startswith("Diverges after 3 steps")
    assert told.endswith("The rate 0.01 exceeds 2/L = 0.0011719 at the start (L = 1706.6).")
    assert sheet_page.eval('field("told").className') == "bad"


def test_dragging_the_start_moves_the_path(sheet_page: quickjs.Context) -> None:
    sheet_page.eval("plane.onpointerdown({pointerId: 1, clientX: 8, clientY: 8, buttons: 1});")
    assert sheet_page.eval('field("first").value') == "0.5"  # the middle of -2 … 3
    assert sheet_page.eval('field("second").value') == "0"
    sheet_page.eval('field("first").value = "-1"; field("second").value = "1"; draw();')
    assert sheet_page.eval("drawn.length") > 0


def test_a_method_is_chosen_with_a_rate_that_suits_it(sheet_page: quickjs.Context) -> None:
    sheet_page.eval('field("method").selectedIndex = 0; choose();')
    assert 0 < float(sheet_page.eval('field("rate").value')) < 2 / 1706
    assert float(sheet_page.eval('field("slider").value')) == pytest.approx(
        math.log10(float(sheet_page.eval('field("rate").value')))
    )


def test_runs_that_converge_or_leave_the_domain_are_told() -> None:
    function = function_of_source("log(x) + y^2")
    context = opened(interactive_page(function, [1, 1], window=[(-1, 2), (-1, 1)]))
    assert asked(context, "run(page.methods[0], [1, 1], 0.5, 100)")["stop"] == "leaves the domain"
    bowl = opened(interactive_page(function_of_source("x^2 + 3*y^2"), [1, 1]))
    run = asked(bowl, "run(page.methods[0], [1, 1], 0.1, 500)")
    assert run["stop"] == "converges"
    assert len(run["points"]) - 1 == descend(function_of_source("x^2 + 3*y^2"), [1, 1], rate=0.1).steps


def test_javascript_that_is_wrong_does_not_pass() -> None:
    page = interactive_page(SHEET.function, [-1, 1], window=SHEET.window)
    with pytest.raises(quickjs.JSException):
        opened(page.replace("function run(", "function ran("))
