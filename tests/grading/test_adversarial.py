r"""What submissions get that are made to have marks without a derivation: each line says what it deserves.

The sheet has two partials of a point each; a wrong one whose slip is known has no share here.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from chalkgrad.grading import Part, Rubric, mark_one

MODEL = "$$z = w x + b$$\n\n$$y = \\sigma(z)$$\n\nBinary cross-entropy.\n\n"
W, B, Z = r"\frac{\partial L}{\partial w}", r"\frac{\partial L}{\partial b}", r"\frac{\partial L}{\partial z}"
RUBRIC = Rubric((Part("1", "w", 1.0, known_slip=0.0), Part("2", "b", 1.0, known_slip=0.0)))
CHAIN = r"\frac{\partial L}{\partial y}\frac{\partial y}{\partial z}\frac{\partial z}{\partial w}"

SUBMISSIONS: dict[str, tuple[float, list[str]]] = {
    "what is asked": (2, [f"{W} = (y-t)x", f"{B} = y-t"]),
    # Tautologies.
    "itself": (0, [f"{W} = {W}", f"{B} = {B}"]),
    "twice itself less itself": (0, [f"{W} = 2{W} - {W}", f"{B} = {B} + 0"]),
    "itself in other marks": (0, [rf"{W} = \nabla_w L", rf"{B} = \nabla_b L"]),
    "itself times nothing, and a guess": (0, [rf"{W} = (y+t)x + 0\cdot {W}", rf"{B} = y+t+0\cdot {B}"]),
    "the formula of the loss, to be derived": (0, [rf"{W} = -\frac{{d}}{{dw}}(t\log y+(1-t)\log(1-y))"]),
    # Chains that end nowhere.
    "a link": (0, [f"{W} = {Z} x", f"{B} = {Z}"]),
    "a link to a slip costs once": (1, [f"{Z} = y+t", f"{W} = {Z} x", f"{B} = {Z}"]),
    "a link to what is derived": (2, [f"{W} = {Z} x", f"{B} = {Z}", f"{Z} = y-t"]),
    "links in a circle": (0, [f"{Z} = {B}", f"{B} = {Z}", f"{W} = {Z} x"]),
    "each from the other": (0, [f"{W} = {B} x", rf"{B} = \frac1x {W}"]),
    "a chain rule": (0, [f"{W} = {CHAIN}", rf"{B} = {Z}\frac{{\partial z}}{{\partial b}}"]),
    "a chain rule that goes on": (1, [f"{W} = {CHAIN} = (y-t)x"]),
    "a chain rule with its factors": (
        1,
        [
            r"\frac{\partial L}{\partial y} = \frac{y-t}{y(1-y)}",
            r"\frac{\partial y}{\partial z} = y(1-y)",
            r"\frac{\partial z}{\partial w} = x",
            f"{W} = {CHAIN}",
        ],
    ),
    "a chain rule with one factor missing": (
        0,
        [r"\frac{\partial y}{\partial z} = y(1-y)", r"\frac{\partial z}{\partial w} = x", f"{W} = {CHAIN}"],
    ),
    "the answer and then its chain": (1, [f"{W} = (y-t)x", f"{W} = {CHAIN}"]),
    # Names for what was to be derived.
    "a name for it": (0, [f"G = {W}", f"{W} = G", f"H = {B}", f"{B} = H"]),
    "a name that comes later": (0, [f"{W} = G", f"{B} = H", f"G = {W}"]),
    "a name for the error": (0, [rf"\delta = {Z}", rf"{W} = \delta x", rf"{B} = \delta"]),
    "a name for the error, which is derived": (2, [rf"\delta = {Z} = y-t", rf"{W} = \delta x", rf"{B} = \delta"]),
    "a name for nothing": (0, [f"{W} = g x", f"{B} = g"]),
    "a function of nothing": (0, [f"{W} = f(x)", f"{B} = h(y, t)"]),
    # Definitions that would make a claim true.
    "the output is defined anew": (0, ["y = 0", "t = 0", f"{W} = 0", f"{B} = 0"]),
    "the target is the output": (0, ["t = y", f"{W} = 0", f"{B} = 0"]),
    "the input is zero": (0, ["x = 0", f"{W} = 0"]),
    "at the minimum": (0, [r"\nabla L = 0", f"{W} = 0", f"{B} = 0"]),
    # Left sides of something else.
    "of the square, by the square": (
        0,
        [r"\frac{\partial L^2}{\partial w} = (y-t)x", r"\frac{\partial L}{\partial b^2} = y-t"],
    ),
    "of the output": (0, [r"\frac{\partial y}{\partial w} = (y-t)x", r"\frac{\partial y}{\partial b} = y-t"]),
    # Relations that say less, or nothing.
    "unequal": (0, [rf"{W} \neq (y-t)x"]),
    "proportional": (0, [rf"{W} \propto (y-t)x"]),
    "perhaps": (0, [rf"{W} \overset{{?}}{{=}} (y-t)x"]),
    "either sign": (0, [rf"{W} = \pm(y-t)x"]),
    "a remark": (0, [rf"{W} = (y-t)x \text{{ is wrong}}"]),
    "in a case of words": (
        0,
        [rf"{W} = \begin{{cases}}(y-t)x & \text{{if right}}\\ 0 & \text{{otherwise}}\end{{cases}}"],
    ),
    # What nobody sees, and what looks like something else.
    "invisible characters": (2, [f"{W} = (y\u2062-\u200bt)\u200b x", f"{B} = y-\u2063t"]),
    "a minus that is none": (0, [f"{W} = (y\u00adt) x"]),
    "a white minus": (0, [rf"{W} = \color{{white}}{{-}}(y-t)x"]),
    "a comment": (0, [f"{W} = (y+t)x % (y-t)x\n"]),
    "a macro for the answer": (1, [rf"\def\answer{{(y-t)x}} {W} = \answer"]),
    "a macro for the equals sign": (0, [rf"\def\is{{\neq}} {W} \is (y-t)x"]),
    "a macro for the fraction": (0, [r"\renewcommand{\frac}[2]{L} " + f"{W} = (y+t)x"]),
    # Slips that numbers hardly show.
    "a last digit": (0, [f"{W} = (y-1.0000001t)x"]),
    "an edge far away": (0, [rf"{W} = (y-t)x\,\mathbb{{1}}[x<1000]"]),
    "a steep step": (0, [rf"{W} = (y-t)x\tanh(1000x^2)"]),
    "no number": (0, [rf"{W} = \log(-1)", rf"{B} = \frac{{0}}{{0}}"]),
    # Of several answers the last counts.
    "all signs, the right one last": (1, [f"{W} = -(y-t)x", f"{W} = (y+t)x", f"{W} = (y-t)x"]),
    "the right one first": (0, [f"{W} = (y-t)x", f"{W} = -(y-t)x"]),
}


@pytest.fixture(scope="module")
def sheet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sheet") / "sheet.md"
    path.write_text(MODEL)
    return path


@pytest.mark.parametrize("name", SUBMISSIONS)
def test_no_submission_has_marks_that_it_does_not_deserve(name: str, sheet: Path, tmp_path: Path) -> None:
    deserved, equations = SUBMISSIONS[name]
    submission = tmp_path / "submission.md"
    submission.write_text(MODEL + "".join(f"$${each}$$\n\n" for each in equations))
    marked = mark_one(sheet, submission, RUBRIC)
    told = [(part["name"], part["verdict"], part["points"], part["comment"]) for part in marked["parts"]]
    assert marked["points"] == deserved, told


@pytest.mark.parametrize(
    ("deserved", "text"),
    [
        # Other letters, in the same places.
        (2, "$$q = \\sigma(m u + r)$$ Binary cross-entropy with the target $s$. "
            "$$\\frac{\\partial R}{\\partial m} = (q-s)u$$ $$\\frac{\\partial R}{\\partial r} = q-s$$"),
        # The letters of input and weight exchanged.
        (1, "$$y = \\sigma(x w + b)$$ Binary cross-entropy. "
            f"$$\\frac{{\\partial L}}{{\\partial x}} = (y-t)w$$ $${B} = y-t$$"),
        # Another network, another loss, with right gradients of their own.
        (0, f"$$y = \\sigma(w x)$$ Binary cross-entropy. $${W} = (y-t)x$$"),
        (0, f"$$y = \\sigma(w x + b)$$ Squared error. $${W} = 2(y-t)y(1-y)x$$ $${B} = 2(y-t)y(1-y)$$"),
        (0, f"$$y = \\sigma(w x + b)$$ $$L = 0$$ $${W} = 0$$ $${B} = 0$$"),
        # The document says what its names stand for.
        (0, f"---\nlet: t=y\n---\n{MODEL} $${W} = 0$$ $${B} = 0$$"),
        # Nothing is claimed in a comment or in code.
        (0, f"{MODEL} <!-- $${W} = (y-t)x$$ $${B} = y-t$$ -->"),
        (0, f"{MODEL}\n```\n$${W} = (y-t)x$$\n```\n"),
    ],
)  # fmt: skip
def test_whole_documents(deserved: float, text: str, sheet: Path, tmp_path: Path) -> None:
    submission = tmp_path / "submission.md"
    submission.write_text(text)
    marked = mark_one(sheet, submission, RUBRIC)
    assert marked["points"] == deserved, marked["parts"]


def test_what_a_link_rests_on_is_told(sheet: Path, tmp_path: Path) -> None:
    submission = tmp_path / "submission.md"
    submission.write_text(f"{MODEL}$${W} = {Z} x$$\n\n$${B} = {Z}$$\n")
    first, _ = mark_one(sheet, submission, RUBRIC)["parts"]
    assert (first["verdict"], first["comment"]) == ("link", "Right as a link; nothing here derives ∂L/∂z.")
    submission.write_text(f"{MODEL}$${Z} = y+t$$\n\n$${W} = {Z} x$$\n\n$${B} = {Z}$$\n")
    first, second = mark_one(sheet, submission, RUBRIC)["parts"]
    assert (first["verdict"], second["verdict"]) == ("wrong", "follows")
    assert first["comment"].startswith("This follows from the slip in line 7.")
    assert second["comment"] == "Right as a link, but it rests on the slip in line 7."
