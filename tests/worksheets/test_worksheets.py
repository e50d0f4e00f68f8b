"""Worksheets: their solutions are right in the eyes of the checker, their numbers in those of PyTorch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from typer.testing import CliRunner

from chalkgrad.checking import check_document
from chalkgrad.cli.commands import app
from chalkgrad.errors import ChalkgradError, ReadingError, UnknownNameError
from chalkgrad.notation import NOTATIONS
from chalkgrad.page.documents import read_document
from chalkgrad.worksheets import FORMATS, Worksheet, make_worksheet, write_class
from chalkgrad.worksheets.lots import Lots, draw_spec

SPECS = (
    "2-3-1 relu sigmoid bce",
    "3-4-1 leaky_relu identity mse",
    "2-2-3 tanh softmax cross-entropy",
    "3-1 sigmoid bce",
    "2-2-2-1 relu identity huber",
)


def verdicts(file: Path) -> list[tuple[str, str]]:
    """Every equation of a document with its verdict, without the marks of its environment."""
    bare = (("aligned", ""), ("align*", ""), ("\\begin{}", ""), ("\\end{}", ""))
    found = []
    for claim in check_document(file).claims:
        latex = claim.latex
        for old, new in bare:
            latex = latex.replace(old, new)
        found.append((latex.strip(), claim.verdict))
    return found


@pytest.mark.parametrize(
    ("notation", "seed"), [*((name, 11) for name in sorted(NOTATIONS)), *(("sheet", seed) for seed in range(12, 14))]
)
def test_the_solution_is_right_in_every_format(tmp_path: Path, notation: str, seed: int) -> None:
    write_class(tmp_path, seed=seed, notation=notation)
    found = [verdicts(tmp_path / "solutions" / f"01.{name}") for name in FORMATS]
    assert len(found[0]) > 6
    assert {verdict for _, verdict in found[0]} == {"definition", "right"}
    assert found[0] == found[1] == found[2]


# In nabla's notation the places of a value that is written out, z_{2,k}, are not told from the z_2 of a layer yet.
@pytest.mark.parametrize("form", ["scalar", "matrix"])
@pytest.mark.parametrize("notation", sorted(set(NOTATIONS) - {"nabla"}))
def test_a_softmax_can_be_read_back(notation: str, form: str) -> None:
    sheet = make_worksheet(["2-2-3 tanh softmax cross-entropy"], seed=1, notation=notation, form=form)
    assert sheet.form == form


def forward(sheet: Worksheet, sample: dict[str, Any], leaves: dict[str, torch.Tensor]) -> torch.Tensor:
    values = torch.tensor(sample["x"], dtype=torch.float64)
    target = torch.tensor(sample["y"], dtype=torch.float64)
    for layer, activation in enumerate(sheet.spec.activations, start=1):
        values = values @ leaves[f"W{layer}"] + leaves[f"b{layer}"]
        if activation not in ("identity", "softmax"):
            values = getattr(torch.nn.functional, activation)(values)
    losses = torch.nn.functional
    match sheet.spec.loss:
        case "bce":
            return losses.binary_cross_entropy(values, target)
        case "mse":
            return losses.mse_loss(values, target)
        case "huber":
            return losses.huber_loss(values, target)
    return losses.cross_entropy(values, target)


# Its solution in scalars, of equal sizes, is not judged right by our own checker yet, so that no sheet is made of it.
@pytest.mark.parametrize("spec", SPECS)
def test_the_numbers_are_those_of_pytorch(spec: str) -> None:
    sheet = make_worksheet([spec], seed=3)
    told = sheet.to_json()
    leaves = {
        name: torch.tensor(value, dtype=torch.float64, requires_grad=True) for name, value in told["parameters"].items()
    }
    loss = torch.stack([forward(sheet, sample, leaves) for sample in told["samples"]]).mean()
    loss.backward()  # type: ignore[no-untyped-call]
    assert told["loss"] == pytest.approx(float(loss.detach()), rel=1e-9)
    stepped = {}
    for name, leaf in leaves.items():
        assert leaf.grad is not None
        assert torch.allclose(torch.tensor(told["mean_gradients"][name], dtype=torch.float64), leaf.grad, rtol=1e-9)
        stepped[name] = leaf.detach() - told["rate"] * leaf.grad
        assert torch.allclose(torch.tensor(told["parameters_after"][name], dtype=torch.float64), stepped[name])
    after = torch.stack([forward(sheet, sample, stepped) for sample in told["samples"]]).mean()
    assert told["loss_after"] == pytest.approx(float(after), rel=1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_the_numbers_are_fit_for_paper(seed: int) -> None:
    sheet = make_worksheet(["2|3-2..4-1 relu sigmoid bce"], seed=seed)
    samples = sheet.to_json()["samples"]
    for sample in samples:
        assert min(map(abs, sample["z1"])) >= 0.2  # off the kink
        assert any(value > 0 for value in sample["z1"])  # somebody is alive
        assert max(map(abs, sample["z2"])) <= 3  # the output is not saturated
    units = zip(*(sample["z1"] for sample in samples), strict=True)
    assert all(any(value > 0 for value in unit) for unit in units)  # each unit is alive for some sample
    assert all(2 * value == int(2 * value) for value in sheet.to_json()["parameters"]["b1"])


def test_a_worksheet_depends_on_its_seed_and_number_alone(tmp_path: Path) -> None:
    for folder, count in (("one", 1), ("two", 2)):
        write_class(tmp_path / folder, seed=21, count=count)
    for file in sorted((tmp_path / "one").rglob("01*")):
        assert (tmp_path / "two" / file.relative_to(tmp_path / "one")).read_bytes() == file.read_bytes()
    first, second = json.loads((tmp_path / "two" / "worksheets.json").read_text())
    assert (first["samples"], first["parameters"]) != (second["samples"], second["parameters"])


def test_draws_are_the_same_everywhere() -> None:
    specs = [str(draw_spec(["2..3-2..4-1 relu|tanh sigmoid bce|mse"], Lots(seed))) for seed in range(3)]
    assert specs == ["3-4-1 relu sigmoid mse", "2-4-1 relu sigmoid mse", "3-3-1 relu sigmoid mse"]


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_sheet_and_template_give_nothing_away(tmp_path: Path, name: str) -> None:
    write_class(tmp_path, ["2-3-1 relu sigmoid bce"], seed=5, formats=[name])
    for part in ("sheets", "templates"):
        document = read_document((tmp_path / part / f"01.{name}").read_text(), latex=name == "tex")
        assert not [equation for equation in document.equations if equation.display]
        assert "binary cross-entropy" in document.prose
    if name == "ipynb":
        notebook = json.loads((tmp_path / "solutions" / "01.ipynb").read_text())
        assert len({cell["id"] for cell in notebook["cells"]}) == len(notebook["cells"])
        assert any("image/png" in cell.get("attachments", {}).get("network.png", {}) for cell in notebook["cells"])


def test_a_template_that_is_filled_in_is_right(tmp_path: Path) -> None:
    write_class(tmp_path, ["2-1 sigmoid bce"], seed=5, formats=["md"])
    first, second, rest = (tmp_path / "templates" / "01.md").read_text().split("$$\n\n$$")
    network = "$$ \\hat y = \\sigma(w_1 x_1 + w_2 x_2 + b) $$"
    gradient = "$$ \\frac{\\partial L}{\\partial w_1} = (\\hat y - y) x_1 $$"
    (tmp_path / "mine.md").write_text(first + network + second + gradient + rest)
    assert [claim.verdict for claim in check_document(tmp_path / "mine.md").claims] == ["definition", "right"]


@pytest.mark.parametrize(
    ("settings", "error", "said"),
    [
        ({"patterns": ["2-9-1 relu sigmoid bce"]}, ChalkgradError, "too large to be worked out by hand"),
        ({"patterns": ["2-3-1 relo sigmoid bce"]}, UnknownNameError, "did you mean 'relu'"),
        ({"patterns": ["4..2-3-1 relu sigmoid bce"]}, ReadingError, "the range 4..2"),
        ({"patterns": ["2-1..99999-1 relu sigmoid bce"]}, ReadingError, "the range"),
        ({"patterns": ["1-1 step bce"]}, ChalkgradError, "no small numbers were found"),
        ({"notation": "bichop"}, UnknownNameError, "did you mean 'bishop'"),
        ({"form": "index"}, UnknownNameError, "form of a worksheet"),
        ({"patterns": ["2-2-2 relu softmax cross-entropy"], "notation": "nabla"}, ChalkgradError, "choose another"),
    ],
)
def test_what_cannot_be_made_is_told(settings: dict[str, Any], error: type[ChalkgradError], said: str) -> None:
    with pytest.raises(error, match=said):
        make_worksheet(seed=1, **settings)


def test_the_command(tmp_path: Path) -> None:
    words = ["sheet", "--model", "2-2|3-1 tanh sigmoid bce", "--seed", "4", "--count", "2", "--to", "md"]
    done = CliRunner().invoke(app, [*words, "--notation", "sheet", "-o", str(tmp_path / "class")])
    assert done.exception is None
    assert "Worksheet 4-2: 2-" in done.stdout
    files = sorted(str(file.relative_to(tmp_path / "class")) for file in (tmp_path / "class").rglob("*.*"))
    assert files == [
        "models/01.md", "models/02.md", "sheets/01.md", "sheets/02.md", "solutions/01-network.svg", "solutions/01.md",
        "solutions/02-network.svg", "solutions/02.md", "templates/01.md", "templates/02.md", "worksheets.json",
    ]  # fmt: skip
