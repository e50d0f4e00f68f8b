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
_ROWS = {row.kind: row for row in (*CATALOGUE, *IN_CODE)}


def row_of(kind: str) -> Mistake:
    """The row of a kind of mistakes, in formulas or in code.

    >>> row_of("index_shifted").hint
    'Which step, or which entry, does each index mean?'
    """
    return _ROWS[kind]
