"""The interactive page: self-contained, every optimiser in it, and nothing in a name or title becomes markup."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest

from chalkgrad.descent.collection import test_function
from chalkgrad.descent.function import function_of_program
from chalkgrad.descent.interactive import interactive_page
from chalkgrad.errors import ShapeError
from chalkgrad.networks import OPTIMISERS
from chalkgrad.reading.programs import read_function

SHEET = test_function("sheet")
PAGE = interactive_page(SHEET.function, [-1, 1], window=SHEET.window, rates={"adam": 0.1})


class Outline(HTMLParser):
    """The elements that are open, and every address that the page refers to."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        if tag not in ("meta", "input", "link"):
            self.open.append(tag)
        self.addresses += [value or "" for name, value in attributes if name in ("src", "href")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def data_of(page: str) -> dict:
    found = re.search(r"const page = (\{.*\});\n", page)
    assert found is not None
    return json.loads(found[1])


def test_the_page_is_well_formed_and_stands_alone() -> None:
    outline = Outline()
    outline.feed(PAGE)
    assert outline.open == []
    assert outline.addresses == []
    assert "http" not in PAGE
    assert re.search(r"@[A-Z]+@", PAGE) is None
    labelled = set(re.findall(r'<label for="(\w+)"', PAGE))
    assert labelled == {"method", "slider", "steps", "first", "second"}


def test_every_optimiser_is_in_it_with_its_settings() -> None:
    methods = data_of(PAGE)["methods"]
    assert len(methods) == len(OPTIMISERS)
    for method, row in zip(methods, OPTIMISERS.values(), strict=True):
        assert f"function step_{row.name}(x, y" in PAGE
        assert f".step = step_{row.name};" in PAGE
        assert method["settings"] == dict(row.defaults)
        arguments = re.search(rf"function step_{row.name}\((.*?)\)", PAGE)
        assert arguments is not None
        assert len(arguments[1].split(", ")) == 2 + method["states"] + len(method["shared"])
    by_title = {method["title"]: method["rate"] for method in methods}
    assert by_title["Adam"] == 0.1
    assert 0 < by_title["Gradient descent"] < 2 / 1706


def test_the_programs_are_the_functions_own() -> None:
    assert "const f = 1 - x**3 + 100*(y**2 - x)**2;" in PAGE
    assert "const df_dx = 200*x - 3*x**2 - 200*y**2;" in PAGE
    assert "const df_dy = 400*(y**2 - x)*y;" in PAGE
    assert "const x_next = x - rate*df_dx;" in PAGE


def test_a_title_stays_text() -> None:
    page = interactive_page(SHEET.function, [0, 1], title='</title><script>alert("@DATA@")</script>')
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(&quot;@DATA@&quot;)" in page


def test_only_functions_of_two_variables_have_a_page() -> None:
    with pytest.raises(ShapeError, match="two variables"):
        interactive_page(function_of_program(read_function("x*y*z")), [1, 1, 1])
