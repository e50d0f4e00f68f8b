"""Every command: what it prints, how it ends, and how it tells errors."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

SHEET = Path(__file__).parents[2] / "examples" / "homework.md"
SPEC = "2-3-1 relu sigmoid bce"
COURSE = [
    "-s",
    "x=[[1,-1],[0,-1],[0,1]]",
    "-s",
    "w=[[1,-1,0],[0,0,0.5]]",
    "-s",
    "b=[0,0,1]",
    "-s",
    "v=[1,0,-1]",
    "-s",
    "c=1",
]


def run(*arguments: object, code: int = 0, cwd: Path | None = None) -> str:
    """Standard output of the command, which must end with the code and print no traceback."""
    command = [sys.executable, "-m", "chalkgrad", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd, stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout if code in (0, 1) else done.stderr


def test_the_version_needs_nothing_heavy() -> None:
    script = (
        "import sys; sys.argv = ['chalkgrad', '--version']\n"
        "from chalkgrad.cli.main import main\nmain()\n"
        "print([name for name in ('typer', 'rich', 'numpy', 'sympy', 'matplotlib', 'lark') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["chalkgrad 0.1.0", "[]"]


def test_help_names_every_command() -> None:
    text = run("--help")
    for name in ("work", "check", "show", "draw", "derive", "code", "forward", "gradient", "data", "fit", "descend"):
        assert name in text


def test_show(golden: Callable[[str, str], None]) -> None:
    golden("cli/show.txt", run("show", SPEC))


def test_derive_step_by_step(golden: Callable[[str, str], None]) -> None:
    golden("cli/derive-steps.txt", run("derive", SHEET, "--steps"))


def test_check(golden: Callable[[str, str], None]) -> None:
    golden("cli/check.txt", run("check", SHEET, code=1))


def test_check_with_hints_does_not_give_the_answer_away() -> None:
    text = run("check", SHEET, "--hints", code=1)
    assert "Look at the sign" in text
    assert "claimed" not in text


def test_check_json_is_one_object_of_the_promised_shape() -> None:
    report = json.loads(run("check", SHEET, "--json", code=1))
    assert set(report) == {"file", "model", "claims", "summary", "judged"}
    assert report["file"] == "homework.md"
    assert report["model"]["spec"] == SPEC
    assert report["model"]["parameters"] == {"w": [2, 3], "b": [3], "v": [3], "c": []}
    assert report["summary"] == {"definition": 4, "right": 0, "wrong": 4, "unread": 0, "undetermined": 2}
    claim = next(claim for claim in report["claims"] if claim["subject"] == "dL/dv")
    assert claim["line"] == 31
    assert claim["section"] == "3.1"
    assert claim["kind"] == "claim"
    assert claim["verdict"] == "wrong"
    assert [mistake["kind"] for mistake in claim["mistakes"]] == ["sign_flipped", "sum_over_hidden_units"]
    assert set(claim["counterexample"]) == {"point", "claimed", "derived"}
    assert isinstance(claim["counterexample"]["claimed"], float)
    assert len(claim["counterexample"]["derived"]) == 3
    assert claim["expected"] == r"(\hat{y} - y)h"


def test_derive_in_every_output() -> None:
    assert run("derive", SPEC, "--wrt", "W1", "--form", "matrix", "--to", "latex").startswith(r"\frac{\partial L}")
    assert run("derive", SPEC, "--wrt", "b2", "--to", "mathml").startswith("<math")
    assert len(run("derive", SPEC, "--form", "scalar").splitlines()) == 13
    data = json.loads(run("derive", SPEC, "--wrt", "W1", "--to", "json"))
    assert [gradient["wrt"] for gradient in data["gradients"]] == ["W1"]
    assert "dW^{[1]} = dz^{[1]}x^\\top" in run(
        "derive", SPEC, "--wrt", "W1", "--form", "matrix", "--to", "latex", "--notation", "bracket"
    )


def test_any_formula_is_derived() -> None:
    formula = "sum(i, log(1+exp(-t[i]*sum(j, X[i,j]*w[j]))))"
    assert run("derive", formula, "--wrt", "w", "--form", "matrix").startswith("∂L/∂w = −Xᵀ(")
    assert run("derive", "(1-x^3) + 100*(y^2-x)^2").count("∂L/∂") == 2


def test_json_is_in_the_notation_asked_for() -> None:
    data = json.loads(run("derive", SPEC, "--wrt", "b1", "--to", "json", "--notation", "bracket"))
    assert data["gradients"][0]["latex"]["index"] == "db^{[1]}_j = dz^{[1]}_j"


def test_code_of_a_formula_runs_as_printed() -> None:
    names: dict[str, object] = {}
    exec(run("code", "norm2(x-a)^2", "--wrt", "x", "--of", "gradient,value"), names)
    value, gradient = names["value_and_gradient"](np.array([2.0]), np.zeros(1))  # type: ignore[operator]
    assert (value, gradient.tolist()) == (4.0, [4.0])


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["x'*x", "--of", "values"], "there is no part 'values'; did you mean 'value'?"),
        (["a.*x", "--to", "c"], "'L' is not one number"),
        (["x'*x", "--optimiser", "adam"], "--optimiser is for the training step of a network in NumPy"),
        (["x'*x", "--wrt", "y"], "there is no name 'y'"),
    ],
)
def test_what_no_code_is_printed_for(options: list[str], problem: str) -> None:
    assert problem in run("code", *options, code=2)


def test_code_runs_as_printed(tmp_path: Path) -> None:
    source = run("code", SPEC, "--to", "numpy")
    (tmp_path / "network.py").write_text(source, encoding="utf-8")
    use = (
        "import numpy as np, network\n"
        "out = network.forward(np.array([[1., -1]]), np.array([[1, -1, 0], [0, 0, .5]]), np.array([0, 0, 1.]),"
        " np.array([[1.], [0], [-1]]), np.array([1.]))\n"
        "print(round(float(out.ravel()[0]), 8))"
    )
    done = subprocess.run([sys.executable, "-c", use], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert done.stdout.strip() == "0.81757448"


def test_draw_writes_each_kind(tmp_path: Path) -> None:
    for suffix in ("svg", "png", "tex", "tikz", "txt"):
        run("draw", SPEC, "-o", tmp_path / f"net.{suffix}")
        assert (tmp_path / f"net.{suffix}").stat().st_size > 200
    run("draw", SPEC, "--graph", "-o", tmp_path / "graph.svg")
    assert "did you mean" in run("draw", SPEC, "-o", tmp_path / "net.svgg", code=2)


def test_the_forward_pass_and_the_gradient_of_the_course() -> None:
    assert json.loads(run("forward", SHEET, *COURSE)) == [0.81757448, 0.62245933, 0.37754067]
    gradients = json.loads(run("gradient", SHEET, *COURSE, "-s", "y=[1,0,1]"))
    flat = json.loads(run("gradient", SHEET, *COURSE, "-s", "y=[1,0,1]", "--flat"))
    assert len(flat) == 13
    assert flat[:6] == [entry for row in gradients["w"] for entry in row]
    assert flat[-1] == gradients["c"]


def test_the_numerical_check_passes_away_from_kinks() -> None:
    values = ["-s", "x=[0.3,-1]", "-s", "w=[[1,-1,0.2],[0.1,0.7,0.5]]", "-s", "b=[0.1,0,1]", "-s", "v=[1,0.5,-1]"]
    text = run("gradient", SHEET, *values, "-s", "c=1", "-s", "y=1", "--check")
    assert text.count("right") == 4
    shorter = run("gradient", SHEET, *values, "-s", "c=1", "-s", "y=1", "--check", "--method", "direction")
    assert shorter.count("right") == 4
    assert shorter != text
    assert "did you mean 'direction'" in run(
        "gradient", SHEET, *values, "-s", "c=1", "-s", "y=1", "--check", "--method", "directions", code=2
    )


def test_no_zero_is_negative() -> None:
    assert "-0.0," not in run("gradient", SHEET, *COURSE, "-s", "y=[1,0,1]", "--flat")


def test_a_kink_at_the_point_is_told() -> None:
    text = run("gradient", SHEET, *COURSE, "-s", "y=[1,0,1]", "--check", code=1)
    assert "out_hidden[1, 0] = 0 is on the kink of ReLU" in text


def test_fit_gives_every_loss_the_targets_that_it_takes(tmp_path: Path) -> None:
    for loss in ("sigmoid bce", "identity bce_with_logits", "identity hinge"):
        told = run(
            "fit", f"2-8-1 tanh {loss}", "--data", "xor", "--epochs", 300, "--optimiser", "momentum, adam",
            "-o", tmp_path,
        )  # fmt: skip
        assert min(float(line.split()[-1].rstrip("%")) for line in told.splitlines()[1:3]) > 80, told
    digits = "a,b,digit\n" + "".join(f"{k % 3},{k % 3 == 1:d},{k % 3 + 7}\n" for k in range(30))
    (tmp_path / "t.csv").write_text(digits)
    assert "accuracy" in run("fit", "2-4-3 tanh softmax", "--data", tmp_path / "t.csv", "--epochs", 5, "-o", tmp_path)
    assert "the targets of bce are" in run("fit", SPEC, "--data", "plane", "-o", tmp_path, code=2)


def test_data_and_fit(tmp_path: Path) -> None:
    run("data", "xor", "-o", tmp_path / "xor.csv", "--count", 200, "--seed", 3)
    lines = (tmp_path / "xor.csv").read_text().splitlines()
    assert len(lines) == 201
    text = run("fit", SPEC, "--data", tmp_path / "xor.csv", "--epochs", 20, "-o", tmp_path / "out")
    assert "sgd: loss" in text
    assert "momentum: loss" in text
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"losses.csv", "losses.svg", "surface-sgd.png", "parameters-momentum.json"} <= names
    assert len((tmp_path / "out" / "losses.csv").read_text().splitlines()) == 21


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["show", "2-3-1 relu sigmoi bce"], "did you mean 'sigmoid'"),
        (["derive", SPEC, "--wrt", "W3"], "there is no"),
        (["check", "nothing.md"], "cannot read nothing.md"),
        (["forward", SPEC, "-s", "x=[1,2"], "the value of x is not JSON"),
        (["forward", SPEC, "-s", "x=[1,2,3]"], "needs the shape"),
        (["fit", SPEC, "--data", "xorr"], "did you mean 'xor'"),
    ],
)
def test_errors_are_sentences(arguments: list[str], message: str, tmp_path: Path) -> None:
    assert message in run(*arguments, code=2, cwd=tmp_path)


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = f"{sys.executable} -m chalkgrad derive '{SPEC}' --form scalar --steps | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    assert "Broken" not in done.stderr


@pytest.mark.parametrize(("formula", "options", "expected"), [
    ("x'*A*x", ("--wrt", "x"), "∂L/∂x = (A + Aᵀ)x"),
    ("x^T A x", ("--wrt", "x", "--kind", "A=symmetric"), "∂L/∂x = 2Ax"),
    (r"\log\det X", ("--wrt", "X", "--to", "latex"), r"\frac{\partial L}{\partial X} = X^{-\top}"),
    ("det(X)", (), "L = det(X)\n∂L/∂X = LX⁻ᵀ"),
    ("sum(i, (x[i]+b)^2)", ("--wrt", "b"), "∂L/∂b = 2(mb + Σᵢ₌₁ᵐ xᵢ)"),
    (r"\sigma^2 a^\top w", ("--wrt", r"\sigma"), "∂L/∂σ = 2σaᵀw"),
])  # fmt: skip
def test_derive_takes_formulas_as_people_write_them(formula: str, options: tuple[str, ...], expected: str) -> None:
    assert run("derive", formula, *options).strip() == expected


def test_a_kind_is_declared_with_an_equals_sign() -> None:
    assert "expected a name and its kind" in run("derive", "x'*A*x", "--kind", "A", code=2)


def test_layers_by_name(tmp_path: Path) -> None:
    listed = run("show", "layers")
    assert "rotary" in listed
    assert "heads=2, keys=0, width=3, causal=1" in listed
    assert run("derive", "layer-norm", "--wrt", "beta") == "∂L/∂βᵢ = δᵢ\n"
    assert "class Module(torch.nn.Module)" in run("code", "attention heads=4 keys=2", "--to", "torch")
    run("draw", "conv1d", "-o", tmp_path / "conv.svg")
    assert "δ" in (tmp_path / "conv.svg").read_text(encoding="utf-8")
    assert "did you mean 'layer_norm'?" in run("show", "layrnorm", code=2)
