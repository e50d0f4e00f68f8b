"""The page in a browser: every room, the link, undo, the keyboard alone, a phone's width, and what it looks like."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

import chalkgrad as cg
from chalkgrad.web.exporting import export_page
from chalkgrad.web.networks import initial
from web.browsing import ARGUMENTS, chromium, serving_files, serving_page, visiting

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="Chromium is missing; on Debian: apt-get install chromium"),
]
ROOMS = ("Network", "Board", "Check", "Train")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="the browser's driver is missing: pip install playwright"
    )
    with playwright.sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        yield found
        found.close()


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving_page() as found:
        yield found


def until(page: Page, condition: str) -> None:
    """Waits for a condition in JavaScript; Playwright's own way to wait needs `eval`, which the page forbids."""
    for _ in range(200):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"never so: {condition}")


def choice(page: Page, name: str) -> Locator:
    return page.get_by_role("combobox", name=name, exact=True)


def enter(page: Page, room: str) -> None:
    page.get_by_role("button", name=room, exact=True).click()


def written(page: Page, room: str) -> None:
    """Waits until a room shows what it is about."""
    ready = {"Network": ".drawing svg", "Board": "article math", "Check": ".editor", "Train": "[data-step='0']"}
    page.wait_for_selector(ready[room])


def test_check_tells_hints_first_and_answers_on_demand(browser: Browser, address: str) -> None:
    with visiting(browser, address) as page:
        enter(page, "Check")
        page.get_by_role("button", name="A sheet with slips").click()
        wrong = page.locator(".claim.wrong")
        wrong.wait_for()
        assert page.locator(".claim.right").count() == 3
        assert page.locator(".editor .slip").inner_text() == "h"  # underlined in place
        assert "What is the power in the derivative of tanh?" in wrong.inner_text()
        assert "1 - tanh²" not in wrong.inner_text()
        wrong.get_by_role("button", name="Show the answer").click()
        assert "The derivative of tanh is 1 - tanh²" in wrong.inner_text()
        assert "in truth" in wrong.inner_text()
        page.get_by_text("Read so (").click()
        choice(page, "c stands for").select_option("b")
        until(page, "!document.querySelector('.claims.old')")
        page.get_by_role("button", name="c stands for b").click()  # and back
        until(page, "document.querySelectorAll('.claim.right').length === 3")
        # A slip that is mended is right a moment later.
        page.locator(".editor .slip").click()
        page.keyboard.press("End")
        for _ in range(3):
            page.keyboard.press("ArrowLeft")
        page.keyboard.type("^2")
        until(page, "document.querySelectorAll('.claim.right').length === 4")
        assert page.locator(".claim.wrong").count() == 0


def test_what_is_pasted_is_shown_and_not_run(browser: Browser, address: str, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.md"
    sheet.write_text(
        "<img src=x onerror=alert(1)>\n\n$$\\text{<img src=x onerror=alert(2)>} = <script>alert(3)</script>$$\n"
    )
    with visiting(browser, address) as page:
        enter(page, "Check")
        page.set_input_files("input[type=file]", sheet)
        until(page, "!document.querySelector('[role=status]').textContent.includes('checking')")
        assert page.locator("main img").count() == 0
        page.keyboard.press("Alt+1")
        page.locator("#model").fill("<b>2-3</b>")
        assert "is not a layer" in page.get_by_role("alert").inner_text()
        assert page.locator("main b").count() == 0


def test_network_is_built_by_mouse_and_saved(browser: Browser, address: str) -> None:
    with visiting(browser, address) as page:
        page.get_by_role("button", name="One unit more: Hidden 1").click()
        page.get_by_role("button", name="Add a layer").click()
        page.get_by_label("Activation of Hidden 2").select_option("tanh")
        assert page.locator("#model").input_value() == "2-4 relu-4 tanh-1 sigmoid bce"
        until(page, "document.querySelectorAll('.drawing circle').length === 11")
        choice(page, "Weights").select_option(label="initial, seed 1")
        page.get_by_label("Input 1").fill("0.5")
        page.get_by_label("Input 1").press("Enter")
        page.get_by_text("Output: ").wait_for()
        shown = float(page.get_by_text("Output: ").inner_text().removeprefix("Output: "))
        net = cg.network("2-4 relu-4 tanh-1 sigmoid bce")
        shaped = {name: np.reshape(value, net.parameters[name]) for name, value in initial(str(net.spec), 1).items()}
        assert shown == pytest.approx(float(net.forward(x=[0.5, -1], **shaped)[0]), abs=1e-3)
        with page.expect_download() as saved:
            page.get_by_role("button", name="SVG").click()
        assert Path(saved.value.path()).read_text().startswith("<svg")
        page.get_by_label("Labels").uncheck()
        assert not page.locator(".drawing text[data-name]").first.is_visible()


def test_parts_are_renamed_and_a_trained_network_is_dropped(browser: Browser, address: str, tmp_path: Path) -> None:
    values = {"W1": [[1.5, -2.0], [0.25, 4.0]], "b1": [0.5, 0.0], "W2": [[1.0], [-2.0]], "b2": [0.125]}
    net = cg.network("2-2-1 tanh sigmoid bce")
    file = net.save(tmp_path / "m.safetensors", values)
    with visiting(browser, address) as page:
        page.set_input_files("input[accept*=safetensors]", file)
        page.get_by_text("Output: ").wait_for()
        shown = float(page.get_by_text("Output: ").inner_text().removeprefix("Output: "))
        assert shown == pytest.approx(float(net.forward(x=[1, -1], **values)[0]), abs=1e-3)
        assert page.locator("#model").input_value() == "2-2-1 tanh sigmoid bce"
        assert page.locator(".drawing line.negative").count() == 2
        page.get_by_text("Names of my own").click()
        for label, name in (
            ("Units of Inputs, by name", "age, dose"),
            ("Title of Hidden 1", "features"),
            ("Letter of Hidden 1", "u"),
        ):
            page.get_by_label(label).fill(name)
            page.get_by_label(label).press("Tab")
        until(page, "document.querySelector('.drawing svg').textContent.includes('features')")
        words = str(page.locator(".drawing svg").text_content())
        assert "age" in words
        assert "dose" in words
        with page.expect_download() as saved:
            page.get_by_role("button", name="PDF").click()
        assert Path(saved.value.path()).read_bytes().startswith(b"%PDF-")
        page.screenshot(path=tmp_path / "renamed.png", full_page=True)
        enter(page, "Board")
        choice(page, "Form").select_option("matrix")
        until(page, "document.querySelector('section:last-child .card math')?.textContent.includes('u=tanh')")
        page.wait_for_timeout(600)
        link = page.evaluate("location.href")
        assert len(link) < len(address) + 600
        page.get_by_role("button", name="Network", exact=True).click()
        page.set_input_files("input[accept*=safetensors]", {"name": "x.safetensors", "mimeType": "", "buffer": b"no"})
        assert "damaged" in page.get_by_role("alert").inner_text()
    with visiting(browser, address) as page:
        page.goto(link)
        page.reload()
        enter(page, "Network")
        until(page, "document.querySelector('.drawing svg')?.textContent.includes('features')")
        page.get_by_text(f"Output: {shown}").wait_for()


def test_board_derives_networks_and_formulas(browser: Browser, address: str) -> None:
    with visiting(browser, address) as page:
        enter(page, "Board")
        page.locator("article").nth(3).wait_for()
        page.locator("article .row math msubsup").first.hover()
        assert page.locator(".drawing line.pointed").count() == 6  # all of W1
        page.get_by_role("button", name="Open all steps").click()
        assert page.locator("article").first.get_by_text("By the chain rule:").is_visible()
        choice(page, "Form").select_option("matrix")
        choice(page, "Notation").select_option("delta")
        until(page, "document.querySelector('article')?.textContent.includes('δ')")
        page.get_by_role("button", name="a formula").click()
        page.get_by_label("Formula").fill(r"\log\det X")
        page.get_by_label("Derive by").fill("X")
        until(page, "document.querySelectorAll('article').length === 1")
        page.get_by_role("button", name="Copy as LaTeX").last.click()
        until(page, "document.querySelector('article')?.textContent.includes('X')")
        choice(page, "Language").select_option("torch")
        page.get_by_role("button", name="Show the code").click()
        page.get_by_text("import torch").wait_for()
        page.get_by_label("Formula").fill("x'*A*")
        page.get_by_role("alert").wait_for()


def test_training_lowers_the_loss_and_rewinds(browser: Browser, address: str, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("a,b,kind\n" + "".join(f"{k % 5},{k // 5},{'red' if k % 5 > 2 else 'blue'}\n" for k in range(25)))

    def number(label: str) -> float:
        return float(page.locator(f"dt:text-is('{label}') + dd").inner_text())

    with visiting(browser, address) as page:
        page.get_by_role("button", name="2-8-8-1 tanh sigmoid bce").click()
        enter(page, "Train")
        written(page, "Train")
        begun = number("training loss")
        page.get_by_role("button", name="Step").click()
        page.wait_for_selector("[data-step='1']")
        page.get_by_role("button", name="Play").click()
        until(page, "Number(document.querySelector('[data-step]').dataset.step) > 60")
        page.get_by_role("button", name="Pause").click()
        assert number("training loss") < begun / 2
        page.get_by_role("button", name="Rewind").click()
        written(page, "Train")
        assert number("training loss") == begun
        page.get_by_label("Rate").fill("1.7e308")
        choice(page, "Optimiser").select_option("sgd")
        page.get_by_role("button", name="Play").click()
        page.get_by_text("The loss is no number any more (NaN)").wait_for()
        page.get_by_label("Rate").fill("0.05")
        choice(page, "Dropout").select_option("0.5")
        written(page, "Train")
        assert number("training loss") == begun  # nothing is dropped where the loss is told
        page.set_input_files("input[accept*=csv]", table)
        until(page, "document.querySelector('[data-step]').dataset.step === '0'")
        choice(page, "Data").select_option("plane")
        page.locator("#model").fill("3-4-1 tanh sigmoid bce")
        page.get_by_role("button", name="Fit the network to the data").click()
        assert page.locator("#model").input_value() == "2-4-1 tanh identity mse"


def test_a_function_of_two_variables_is_walked_down(browser: Browser, address: str) -> None:
    with visiting(browser, address) as page:
        enter(page, "Train")
        page.get_by_role("button", name="a function of two variables").click()
        page.get_by_text("After 200 steps").wait_for()
        before = page.get_by_text("After 200 steps").inner_text()
        canvas = page.locator("canvas")
        box = canvas.bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + 100, box["y"] + 100)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=4)
        page.mouse.up()
        assert abs(float(page.get_by_label("Start x").input_value())) < 0.05
        assert page.get_by_text("After 200 steps").inner_text() != before
        canvas.press("ArrowRight")
        assert float(page.get_by_label("Start x").input_value()) > 0.01
        page.get_by_label("Rate").fill("1")
        page.get_by_text("The path leaves all bounds").wait_for()


def test_a_link_reopens_exactly_this_and_undo_goes_back(browser: Browser, address: str) -> None:
    with visiting(browser, address) as page:
        page.get_by_role("button", name="2-8-8-1 tanh sigmoid bce").click()
        page.wait_for_timeout(1000)
        enter(page, "Board")
        choice(page, "Notation").select_option("nabla")
        page.wait_for_timeout(1000)
        enter(page, "Check")
        page.locator(".cm-content").fill("f(x) = x^3 + “π”")
        page.get_by_role("button", name="Copy link").click()
        until(page, "navigator.clipboard.readText().then((text) => text.startsWith('http'))")
        link = page.evaluate("navigator.clipboard.readText()")
        page.get_by_role("button", name="Undo").click()
        assert "x^3" not in page.locator(".cm-content").inner_text()
        page.keyboard.press("Control+y")
        assert "x^3 + “π”" in page.locator(".cm-content").inner_text()
    with visiting(browser, link.split("#")[0]) as page:
        page.goto(link)
        page.reload()
        assert "x^3 + “π”" in page.locator(".cm-content").inner_text()
        enter(page, "Board")
        assert choice(page, "Notation").input_value() == "nabla"
        assert page.locator("#model").input_value() == "2-8-8-1 tanh sigmoid bce"
        assert len(link) < len(address) + 200
    with visiting(browser, address) as page:
        page.goto(address + "#zBROKEN")
        page.reload()
        written(page, "Network")


def test_the_keyboard_alone_is_enough(browser: Browser, address: str) -> None:
    with visiting(browser, address) as page:
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")  # past the head, to the content
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == "model"
        page.keyboard.press("Control+a")
        page.keyboard.type("2-2-1 tanh sigmoid bce")
        until(page, "document.querySelectorAll('.drawing circle').length === 5")
        page.keyboard.press("Alt+3")
        for _ in range(12):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.className.startsWith('editor')"):
                break
        page.keyboard.type("f(x) = x^3\ndf/dx = 3x")
        page.locator(".claim.wrong").wait_for()
        page.keyboard.press("Alt+4")
        written(page, "Train")
        page.get_by_role("button", name="Play").focus()
        page.keyboard.press("Space")
        until(page, "Number(document.querySelector('[data-step]').dataset.step) > 3")


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (390, False)], ids=["light", "dark", "phone"])
def test_every_room_is_for_everybody(browser: Browser, address: str, width: int, dark: bool, tmp_path: Path) -> None:
    """No rule of axe-core is broken, and nothing sticks out at the side. The pictures are kept."""
    import axe_playwright_python

    axe = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
    with visiting(browser, address, width=width, height=844, dark=dark) as page:
        page.evaluate(axe)
        for room in ROOMS:
            enter(page, room)
            written(page, room)
            if room == "Check":
                page.get_by_role("button", name="A sheet with slips").click()
                page.get_by_role("button", name="Show the answer").click()
            if room == "Board":
                page.get_by_role("button", name="Open all steps").click()
            page.wait_for_timeout(250)
            page.screenshot(path=tmp_path / f"{room.lower()}.png", full_page=True)
            found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
            broken = [(each["id"], [node["html"][:120] for node in each["nodes"][:3]]) for each in found["violations"]]
            assert broken == [], room
            assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_exported_page_needs_no_server(browser: Browser, tmp_path: Path) -> None:
    export_page(tmp_path, ["2-2-1 tanh sigmoid bce"])
    with serving_files(tmp_path) as address, visiting(browser, address) as page:
        written(page, "Network")
        assert page.get_by_role("button", name="Check", exact=True).count() == 0
        choice(page, "Weights").select_option(label="initial, seed 2")
        page.get_by_text("Output: ").wait_for()
        enter(page, "Board")
        choice(page, "Form").select_option("scalar")
        choice(page, "Notation").select_option("bracket")
        until(page, "document.querySelector('article')?.textContent.includes('[1]')")
        page.get_by_role("button", name="Show the code").click()
        page.get_by_text("import numpy").wait_for()
        enter(page, "Train")
        written(page, "Train")
        page.get_by_role("button", name="Play").click()
        until(page, "Number(document.querySelector('[data-step]').dataset.step) > 3")


def test_the_page_asks_for_few_files(browser: Browser, address: str) -> None:
    with visiting(browser, address) as page:
        files = page.evaluate("performance.getEntriesByType('resource').map((each) => each.name)")
        assert len([each for each in files if not re.search("/api/", each)]) <= 4
