"""What is told to be wrong in a longer document has to be borne out by the part that it stands in."""

from __future__ import annotations

from chalkgrad.checking import check_text

RIGHT = (
    r"$$\frac{\partial f}{\partial x} = 2 a x + c$$",
    r"$$\frac{\partial f}{\partial a} = x^2$$",
    r"$$\frac{\partial f}{\partial c} = x$$",
    r"$$\frac{\partial^2 f}{\partial x^2} = 2 a$$",
    r"$$\frac{\partial^2 f}{\partial x \partial a} = 2 x$$",
    r"$$\frac{\partial^2 f}{\partial x \partial c} = 1$$",
)
QUADRATIC = "# A quadratic\n\n" + "\n\n".join((r"$$f = a x^2 + c x$$", *RIGHT))
SLIP = r"$$\frac{\partial f}{\partial x} = 2 a x$$"
WAVE = "\n\n".join(
    (
        "# A wave",
        r"$$g = \sin(b y) + d$$",
        r"$$\frac{\partial g}{\partial y} = b \cos(b y)$$",
        r"$$\frac{\partial g}{\partial b} = y \cos(b y)$$",
        r"$$\frac{\partial g}{\partial d} = 1$$",
    )
)
WAVE_SLIP = r"$$\frac{\partial g}{\partial y} = \cos(b y)$$"
ALONE = "# Alone\n\n$$h = e^{k u}$$\n\n" + r"$$\frac{\partial h}{\partial u} = e^{k u}$$"


def verdicts(*parts: str) -> list[str]:
    """The verdicts but for those that are right."""
    report = check_text("\n\n".join(parts) + "\n", "notes.md")
    return [claim.verdict for claim in report.gradients if claim.verdict != "right"]


def test_a_part_that_bears_out_its_names_is_trusted() -> None:
    assert verdicts(QUADRATIC, SLIP, WAVE, WAVE_SLIP) == ["wrong", "wrong"]


def test_a_part_with_nothing_right_is_not_trusted_in_a_longer_document() -> None:
    assert verdicts(QUADRATIC, SLIP, WAVE, ALONE) == ["wrong", "undetermined"]


def test_the_same_part_is_trusted_by_itself() -> None:
    assert verdicts(ALONE) == ["wrong"]


def test_a_part_with_as_much_wrong_as_right_is_not_trusted() -> None:
    half = [WAVE_SLIP, WAVE_SLIP.replace(r"\cos", r"2 \cos"), WAVE_SLIP.replace(r"\cos", r"-\cos")]
    assert verdicts(QUADRATIC, WAVE, *half) == ["undetermined"] * 3


def test_a_document_that_hardly_ever_goes_wrong_is_trusted_in_all_parts() -> None:
    again = "# Once more\n\n" + r"$$\frac{\partial g}{\partial y} = \cos(b y)$$"
    assert verdicts(QUADRATIC, WAVE, *RIGHT, again) == ["wrong"]
