"""The notations that chalkgrad knows, one row each."""

from __future__ import annotations

from chalkgrad.errors import UnknownNameError
from chalkgrad.notation.kinds import Kind
from chalkgrad.notation.notation import Letter, Notation

_LETTERS = {
    Kind.INPUT: Letter("x", matrix="X"),
    Kind.WEIGHT: Letter("w", matrix="W"),
    Kind.BIAS: Letter("b"),
    Kind.PRE_ACTIVATION: Letter("z", matrix="Z"),
    Kind.ACTIVATION: Letter("h", matrix="H"),
    Kind.OUTPUT: Letter("yhat", matrix="Yhat"),
    Kind.TARGET: Letter("y", matrix="Y"),
    Kind.LOSS: Letter("L"),
    Kind.SAMPLE_LOSS: Letter("ell"),
}

PLAIN = Notation(
    name="plain",
    description="weights w^(1)_ij from i to j, pre-activation z, hidden h, samples as rows",
    letters=_LETTERS,
)
SHEET = Notation(
    name="sheet",
    description="the worksheet's: weights w_ij and v_i, biases b_j and c_1, pre-activations out' and out, hidden h_j",
    letters=_LETTERS | {Kind.PRE_ACTIVATION: Letter("out")},
    own_letters={
        Kind.WEIGHT: (Letter("w", matrix="W"), Letter("v", matrix="V")),
        Kind.BIAS: (Letter("b"), Letter("c")),
        Kind.PRE_ACTIVATION: (Letter("out'"), Letter("out")),
        Kind.ACTIVATION: (Letter("h", matrix="H"),),
    },
    sample_index="s",
    sample_count="n",
    kept_single=frozenset({Kind.BIAS}),
    names={"out_hidden": "out'"},
)
BRACKET = Notation(
    name="bracket",
    description="W^[1], Z^[1], A^[1], dW^[1]; samples as columns, m of them (Ng, deeplearning.ai)",
    letters=_LETTERS
    | {Kind.ACTIVATION: Letter("a", matrix="A"), Kind.LOSS: Letter("J"), Kind.SAMPLE_LOSS: Letter("L")},
    layer="bracket",
    weight_order="output_input",
    samples="columns",
    sample_index="s",
    sample_count="m",
    sample_place="superscript",
    gradient="prefix",
)
DELTA = Notation(
    name="delta",
    description="w^l_jk, z^l, a^l, errors delta^l, cost C; samples as columns (Nielsen)",
    letters=_LETTERS
    | {
        Kind.WEIGHT: Letter("w"),
        Kind.ACTIVATION: Letter("a", matrix="A"),
        Kind.OUTPUT: Letter("a", matrix="A"),
        Kind.LOSS: Letter("C"),
        Kind.SAMPLE_LOSS: Letter("C"),
    },
    layer="superscript",
    numbered_output=True,
    weight_order="output_input",
    samples="columns",
    sample_index="s",
    sample_count="n",
    sample_place="superscript",
    error="delta",
)
BISHOP = Notation(
    name="bishop",
    description="w^(1)_ji, pre-activation a, activation z, output y, target t, error E (Bishop, PRML)",
    letters=_LETTERS
    | {
        Kind.PRE_ACTIVATION: Letter("a", matrix="A"),
        Kind.ACTIVATION: Letter("z", matrix="Z"),
        Kind.OUTPUT: Letter("y", matrix="Y"),
        Kind.TARGET: Letter("t", matrix="T"),
        Kind.LOSS: Letter("E"),
        Kind.SAMPLE_LOSS: Letter("E"),
    },
    weight_order="output_input",
    error="delta",
)
NABLA = Notation(
    name="nabla",
    description="as plain, with layers as subscripts W_1 and gradients as nabla_W L",
    letters=_LETTERS | {Kind.WEIGHT: Letter("W")},
    layer="subscript",
    sample_count="n",
    sample_index="s",
    gradient="nabla",
)

NOTATIONS = {notation.name: notation for notation in (PLAIN, SHEET, BRACKET, DELTA, BISHOP, NABLA)}


def notation_named(name: str) -> Notation:
    """The notation of that name; raises `UnknownNameError` with the nearest name.

    >>> notation_named("bishop").letters[Kind.TARGET].element
    't'
    >>> notation_named("bichop")
    Traceback (most recent call last):
    chalkgrad.errors.UnknownNameError: there is no notation 'bichop'; did you mean 'bishop'?
    """
    if name not in NOTATIONS:
        raise UnknownNameError("notation", name, NOTATIONS)
    return NOTATIONS[name]
