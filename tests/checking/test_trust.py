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


# Where nothing stays open and nearly all is right, what differs is wrong, whatever it speaks of.

SLOPES = r"""
$$h = \tanh(U x + b), \quad o = V h, \quad E = \frac12 \| o - t \|^2$$

$$\frac{\partial E}{\partial o} = o - t$$

$$\frac{\partial E}{\partial V} = (o - t) h^\top$$

$$\frac{\partial E}{\partial h} = V^\top (o - t)$$

"""


def last(text: str) -> str:
    return check_text(text, "notes.md").claims[-1].verdict


def test_a_name_that_stands_nowhere_else_is_wrong_where_all_else_is_clear() -> None:
    stray = r"$$\frac{\partial E}{\partial U} = (V^\top (o - t) \odot (1 - h \odot h)) G^\top$$"
    assert last(SLOPES + stray) == "wrong"
    assert last(SLOPES.replace("h^", "2h^") + stray) == "undetermined"
    assert last("The matrix $G$ has a column for each sample.\n" + SLOPES + stray) == "undetermined"


def test_a_name_that_is_the_same_letter_in_another_size_may_be_meant_for_it() -> None:
    assert (
        last(SLOPES + r"$$\frac{\partial E}{\partial U} = (V^\top (o - t) \odot (1 - h \odot h)) X^\top$$")
        == "undetermined"
    )


def test_a_sum_over_a_letter_that_nothing_wears_is_wrong_where_all_else_is_clear() -> None:
    summed = r"$$\frac{\partial E}{\partial b} = \sum_n V^\top (o - t) \odot (1 - h \odot h)$$"
    assert last(SLOPES + summed) == "wrong"


def test_a_misfit_is_wrong_where_all_else_is_clear() -> None:
    slip = r"$$\frac{\partial E}{\partial b} = V (o - t) \odot (1 - h \odot h)$$"
    assert last(SLOPES + slip) == "wrong"


def test_links_that_hold_for_any_loss_bear_out_no_loss_of_which_only_words_speak() -> None:
    """Which g is meant at the output nothing says: for the usual one the first line is right."""
    text = r"""A network under the binary cross-entropy cost.

$$ Z^{[l]} = W^{[l]}A^{[l-1]} + b^{[l]}, \quad A^{[l]} = g^{[l]}(Z^{[l]}) $$

$$ dZ^{[L]} = A^{[L]} - Y $$

$$ dZ^{[l]} = dA^{[l]} * g^{[l]\prime}(Z^{[l]}) $$

$$ dW^{[l]} = dZ^{[l]} A^{[l-1]T} $$

$$ dA^{[l-1]} = W^{[l]T} dZ^{[l]} $$
"""
    assert [claim.verdict for claim in check_text(text, "notes.md").gradients] == ["undetermined", *["right"] * 3]
