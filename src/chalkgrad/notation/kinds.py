"""What a tensor of a network is, told by its canonical name: x, W1, b1, z1, h1, W2, …, yhat, y, l, L."""

from __future__ import annotations

import re
from enum import Enum

from chalkgrad.language import Role


class Kind(Enum):
    """The parts of a network that a notation has a letter for."""

    INPUT = "input"
    WEIGHT = "weight"
    BIAS = "bias"
    PRE_ACTIVATION = "pre_activation"
    ACTIVATION = "activation"
    OUTPUT = "output"
    TARGET = "target"
    LOSS = "loss"
    SAMPLE_LOSS = "sample_loss"


_CANONICAL = {
    "x": (Kind.INPUT, Role.INPUT),
    "W": (Kind.WEIGHT, Role.PARAMETER),
    "b": (Kind.BIAS, Role.PARAMETER),
    "z": (Kind.PRE_ACTIVATION, Role.VALUE),
    "h": (Kind.ACTIVATION, Role.VALUE),
    "yhat": (Kind.OUTPUT, Role.VALUE),
    "y": (Kind.TARGET, Role.TARGET),
    "L": (Kind.LOSS, Role.VALUE),
    "l": (Kind.SAMPLE_LOSS, Role.VALUE),
}
_STEMS = {kind: stem for stem, (kind, _) in _CANONICAL.items()}
NUMBERED = frozenset({Kind.WEIGHT, Kind.BIAS, Kind.PRE_ACTIVATION, Kind.ACTIVATION})
_NAME = re.compile(r"([A-Za-z]+)([1-9]\d*)?")


def kind_of(name: str, role: Role | None = None) -> tuple[Kind, int] | None:
    """The kind and layer number (0 where there is none) that a canonical name stands for, or None for other names.

    A role that does not fit the name (a y that is an input) makes it an ordinary name.

    >>> kind_of("W2"), kind_of("y", Role.TARGET), kind_of("y", Role.INPUT), kind_of("w")
    ((<Kind.WEIGHT: 'weight'>, 2), (<Kind.TARGET: 'target'>, 0), None, None)
    """
    match = _NAME.fullmatch(name)
    if match is None or match[1] not in _CANONICAL:
        return None
    kind, usual = _CANONICAL[match[1]]
    if (match[2] is not None) != (kind in NUMBERED) or (role is not None and role is not usual):
        return None
    return kind, int(match[2] or 0)


def canonical_name(kind: Kind, layer: int = 0) -> str:
    """The canonical name of a part of a network.

    >>> canonical_name(Kind.BIAS, 3), canonical_name(Kind.OUTPUT)
    ('b3', 'yhat')
    """
    return _STEMS[kind] + (str(layer) if kind in NUMBERED else "")
