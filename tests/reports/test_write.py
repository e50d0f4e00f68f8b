"""Whole reports: of the homework sheet, of documents that have only some of its parts, and of hostile ones."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from chalkgrad.errors import ChalkgradError
from chalkgrad.reports import ReportFiles, write_report

SHEET = Path(__file__).parents[2] / "examples" / "homework.md"
VOID = {"meta", "img", "br", "hr"}


class Outline(HTMLParser):
    """Reads a page strictly: every element closed in order; headings, anchors, pictures and addresses noted."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.names: list[str] = []
        self.headings: list[int] = []
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.unnamed_pictures = 0
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.names.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if given.get("id"):
            self.ids.append(str(given["id"]))
        self.addresses += [str(given[key]) for key in ("href", "src") if given.get(key)]
        self.unnamed_pictures += tag == "img" and not given.get("alt")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open
        assert self.open.pop() == tag


def outline(files: ReportFiles) -> Outline:
    return Outline(files.page.read_text(encoding="utf-8"))


def data(files: ReportFiles) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((files.folder / "report.json").read_text(encoding="utf-8"))
    return read


@pytest.fixture(scope="module")
def homework(tmp_path_factory: pytest.TempPathFactory) -> ReportFiles:
    return write_report(SHEET, tmp_path_factory.mktemp("report"))


def test_the_sheet_has_every_section(homework: ReportFiles) -> None:
    names = ["network", "equations", "forward", "function-f", "gradients", "verdicts", "training"]
    assert list(data(homework)["sections"]) == names
    page = outline(homework)
    assert [name for name in page.ids if name in names] == names
    assert [address for address in page.addresses if address.startswith("#")] == [f"#{name}" for name in names]


def test_the_page_is_sound_and_accessible(homework: ReportFiles) -> None:
    page = outline(homework)
    assert page.headings[0] == 1
    assert page.headings.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in zip(page.headings, page.headings[1:], strict=False))
    assert len(set(page.ids)) == len(page.ids)
    assert page.unnamed_pictures == 0
    assert "script" not in page.names


def test_nothing_is_fetched(homework: ReportFiles) -> None:
    page = outline(homework)
    text = homework.page.read_text(encoding="utf-8")
    for address in page.addresses:
        beside = "/" not in address and (homework.folder / address).is_file()
        assert address.startswith(("#", "data:image/svg+xml;base64,")) or beside
    assert "@import" not in text
    assert "url(" not in text.replace("url(#arrow", "")
    assert set(re.findall(r'https?://[^\s"<>]+', text)) <= {
        "http://www.w3.org/1998/Math/MathML",
        "http://www.w3.org/2000/svg",
    }


def test_all_maths_and_pictures_are_well_formed(homework: ReportFiles) -> None:
    text = homework.page.read_text(encoding="utf-8")
    formulas = re.findall(r"<math .*?</math>", text, re.DOTALL)
    assert len(formulas) > 50
    for formula in formulas:
        ElementTree.fromstring(formula)
    for file in homework.files:
        if file.suffix == ".svg":
            ElementTree.fromstring(file.read_text(encoding="utf-8"))
        if file.suffix == ".png":
            assert file.read_bytes().startswith(b"\x89PNG")


def test_the_files_are_there_and_no_others(homework: ReportFiles) -> None:
    names = {file.name for file in homework.files}
    assert names == {file.name for file in homework.folder.iterdir()}
    drawing = {"network.svg", "network.png", "network.tex", "network.txt"}
    assert drawing | {"index.html", "report.json", "worked.tex"} <= names
    for stem in ("iris_loss", "iris_surface", "xor_loss", "xor_surface", "f_contours"):
        assert {f"{stem}.svg", f"{stem}.png"} <= names


def test_the_json_holds_what_the_page_shows(homework: ReportFiles) -> None:
    found = data(homework)
    assert found["summary"] == {"definition": 4, "right": 0, "undetermined": 2, "wrong": 4, "unread": 0}
    assert [claim["verdict"] for claim in found["claims"]] == ["definition"] * 4 + ["undetermined"] * 2 + ["wrong"] * 4
    sections = found["sections"]
    assert set(sections["equations"]) == {"scalar", "index", "matrix"}
    assert sections["network"]["spec"] == "2-3-1 relu sigmoid bce"
    assert sections["forward"]["batch"]["outputs"] == pytest.approx([0.81757448, 0.62245933, 0.37754067], abs=5e-9)
    assert [each["wrt"] for each in sections["gradients"]["gradients"]] == ["w", "b", "v", "c"]
    check = sections["gradients"]["check"]
    assert check["passed"]
    assert all(block["relative_error"] < 1e-8 for block in check["blocks"])
    flat = sections["gradients"]["flat"]
    assert len(flat["vector"]) == 13
    assert flat["returns"]


def test_the_function_is_recovered_and_has_no_minimum(homework: ReportFiles) -> None:
    function = data(homework)["sections"]["function-f"]
    assert function["expression"] == "-x^3 + 100*(y^2 - x)^2"
    assert [(point["exact"], point["kind"]) for point in function["stationary_points"]] == [
        (["0", "0"], "saddle"),
        (["200/3", "0"], "maximum"),
    ]
    assert function["complete"]
    assert function["has_minimum"] is False
    assert "f has no minimum." in homework.page.read_text(encoding="utf-8")


def test_the_network_learns_both_data_sets(homework: ReportFiles) -> None:
    training = data(homework)["sections"]["training"]
    for name in ("iris", "xor"):
        for run in training[name]["runs"].values():
            assert run["final_loss"] < run["losses"][0]
            assert run["accuracy"] > 0.9
    assert len(training["xor"]["runs"]) == 2


def test_the_latex_is_a_whole_document(homework: ReportFiles) -> None:
    text = (homework.folder / "worked.tex").read_text(encoding="utf-8")
    assert text.startswith("\\documentclass")
    assert text.rstrip().endswith("\\end{document}")
    assert text.count("\\begin{") == text.count("\\end{")
    assert text.count("{") - text.count("\\{") == text.count("}") - text.count("\\}")


def write(tmp_path: Path, text: str, name: str = "sheet.md") -> ReportFiles:
    document = tmp_path / name
    document.write_text(text, encoding="utf-8")
    return write_report(document, tmp_path / "out")


NEURON = r"$$\hat y = \sigma(x_1 w_1 + x_2 w_2 + b)$$ The loss is binary cross-entropy."
PARTIAL = r"$$\frac{\partial L}{\partial w_1} = (\hat y - y) x_1$$"


@pytest.mark.parametrize(
    ("text", "sections"),
    [
        (NEURON, ["network", "equations", "forward", "gradients", "verdicts", "training"]),
        (
            r"$$\hat y = x_1 w_1 + x_2 w_2 + b$$ The loss is the mean squared error." + PARTIAL,
            ["network", "equations", "forward", "gradients", "verdicts"],
        ),
        (r"$$f(x,y) = x^2 + 3 y^2$$", ["function-f", "verdicts"]),
        (r"$$\frac{\partial f(x,y)}{\partial x} = y$$ $$\frac{\partial f(x,y)}{\partial y} = -x$$", None),
        (r"$$\frac{\partial g(x,y)}{\partial x} = y$$", ["function-g", "verdicts"]),
        (r"$$z = w b$$", ["value", "gradients", "verdicts"]),
        (PARTIAL, ["verdicts"]),
        ("Nothing but words.", []),
        ("", []),
    ],
    ids=[
        "neuron",
        "regression",
        "function",
        "no function",
        "one partial",
        "no layers",
        "claim alone",
        "words",
        "empty",
    ],
)
def test_a_document_gets_the_sections_that_it_gives_ground_for(
    tmp_path: Path, text: str, sections: list[str] | None
) -> None:
    files = write(tmp_path, text)
    page = outline(files)
    assert page.headings[0] == 1
    found = list(data(files)["sections"])
    assert found == (["function-f", "verdicts"] if sections is None else sections)


def test_a_section_that_cannot_be_worked_out_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(model: object) -> None:
        raise ChalkgradError("no <value> at any point")

    monkeypatch.setattr("chalkgrad.reports.write.forward_section", refuse)
    files = write(tmp_path, NEURON)
    assert data(files)["sections"]["forward"] == {"problem": "no <value> at any point"}
    assert "no &lt;value&gt; at any point" in files.page.read_text(encoding="utf-8")
    assert "gradients" in data(files)["sections"]


def test_partials_of_no_function_are_refuted_in_numbers(tmp_path: Path) -> None:
    files = write(tmp_path, r"$$\frac{\partial f(x,y)}{\partial x} = y$$ $$\frac{\partial f(x,y)}{\partial y} = -x$$")
    assert "No function has these partial derivatives" in files.page.read_text(encoding="utf-8")


def test_a_minimum_is_found_where_there_is_one(tmp_path: Path) -> None:
    files = write(tmp_path, r"$$f(x,y) = x^2 + 3 y^2$$")
    (point,) = data(files)["sections"]["function-f"]["stationary_points"]
    assert point["kind"] == "minimum"
    assert "has no minimum" not in files.page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        NEURON + " <script>alert(1)</script>",
        NEURON + r" $$\frac{\partial L}{\partial w_1} = \text{<script>alert(1)</script>} x_1$$",
        r"# <img src=x onerror=alert(1)>" + "\n" + NEURON,
        r"$$<script>alert(1)</script> = 3$$",
        "# a &lt;script&gt;\n" + NEURON + PARTIAL,
    ],
)
def test_hostile_text_stays_text(tmp_path: Path, text: str) -> None:
    page = outline(write(tmp_path, text))
    assert "script" not in page.names
    assert all(address.startswith(("#", "data:image/svg+xml")) or "." in address for address in page.addresses)


def test_a_hostile_file_name_stays_text(tmp_path: Path) -> None:
    page = outline(write(tmp_path, NEURON, "<b onclick=alert(1)>.md"))
    assert "b" not in page.names


def test_a_missing_document_is_named(tmp_path: Path) -> None:
    with pytest.raises(ChalkgradError, match="nowhere"):
        write_report(tmp_path / "nowhere.md", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_loss_can_be_given(tmp_path: Path) -> None:
    (tmp_path / "sheet.md").write_text(r"$$\hat y = \sigma(x_1 w_1 + x_2 w_2 + b)$$", encoding="utf-8")
    files = write_report(tmp_path / "sheet.md", tmp_path / "out", loss="mse")
    assert data(files)["sections"]["network"]["loss"] == "mse"
