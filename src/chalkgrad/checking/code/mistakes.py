"""Kinds of mistakes that only code can have, as rows of a catalogue, and the row of any kind."""

from __future__ import annotations

from chalkgrad.checking.mistakes import CATALOGUE, Mistake

IN_CODE = (
    Mistake(
        "brackets_missing",
        "Brackets are missing or stand elsewhere: * and / bind closer than + and -, @ as * does, from the left.",
        "In which order does Python compute this line?",
    ),
    Mistake("constant_wrong", "A number is another one.", "Look again at the numbers in the code."),
    Mistake(
        "gradients_exchanged",
        "Two gradients have changed places: each is that of the other.",
        "Which gradient belongs to which parameter?",
    ),
    Mistake(
        "updated_before_use",
        "A value is changed before it is used: its old value was needed.",
        "Which value does each line use, the one before the step or the one after it?",
    ),
    Mistake("overwritten", "A value is set where it is added up, or the reverse.", "Is it = or += here?"),
    Mistake(
        "index_shifted",
        "An index is shifted, or a range begins or ends at another place.",
        "Which step, or which entry, does each index mean?",
    ),
    Mistake(
        "mask_wrong",
        "The mask is at the wrong value: it keeps what it should leave out, or has another threshold.",
        "Where does the mask let the gradient through?",
    ),
)
# What an edit of a kind in the common catalogue means in code, where no formula fills in what it is about.
IN_EDITS = {
    "sign_flipped": "A sign is flipped.",
    "factor_too_many": "There is a factor too many.",
    "factor_missing": "A factor is missing.",
    "factor_of_two": "A factor 2 is missing, or too many.",
    "quotient_upside_down": "A factor stands on the wrong side of the fraction line.",
    "power_rule": "A power is off: the power rule lowers the exponent by one.",
    "tanh_derivative_slip": "A square is missing: tanh' is 1 - tanh².",
    "activation_derivative_missing": "The derivative of the activation is missing as a factor.",
    "softmax_jacobian_diagonal": "s(1 - s) is only the diagonal of the softmax's Jacobian: each output depends on all "
    "of its inputs, so the sum of (gradient × s) over the row is taken away.",
    "sum_over_hidden_units": "The sum runs over the wrong axis: what remains must have the shape of the parameter.",
    "bias_gradient_not_summed": "A sum is missing: what serves all samples, or all places, adds up what each gives.",
    "mean_missing": "A mean is taken where a sum belongs, or the reverse: the factor 1/n.",
    "mean_doubled": "The factor 1/n is there once too often, or a sum stands for a mean.",
    "transposed": "A matrix is transposed, or is not where it should be.",
    "order_of_product": "The factors of a product of matrices are in the wrong order.",
    "partial_for_total": "A term is missing: not all of the ways on which it acts on the loss are taken.",
    "wrong_variable": "Another value stands here than the one that is meant.",
}
_ROWS = {row.kind: row for row in (*CATALOGUE, *IN_CODE)}


def row_of(kind: str) -> Mistake:
    """The row of a kind of mistakes, in formulas or in code.

    >>> row_of("index_shifted").hint
    'Which step, or which entry, does each index mean?'
    """
    return _ROWS[kind]


def said_of(kind: str) -> str:
    """What an edit of a kind says is wrong; "" for a kind that no edit has.

    >>> said_of("sign_flipped")
    'A sign is flipped.'
    """
    return IN_EDITS.get(kind) or next((row.message for row in IN_CODE if row.kind == kind), "")
