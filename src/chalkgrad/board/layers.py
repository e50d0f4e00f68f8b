"""Layers and losses of the catalogue to hold: shown, derived, printed as code and compiled like a network."""

from __future__ import annotations

import re

from chalkgrad.board.network import NetworkSheet
from chalkgrad.errors import UnknownNameError, nearest
from chalkgrad.networks.catalogue import CATALOGUE, catalogued

_NAMED = re.compile(r"\s*(?P<name>[A-Za-z][A-Za-z0-9_ -]*?)(?P<sizes>(?:[\s,]+[A-Za-z]+\s*=\s*\d+)*)\s*")
_SIZE = re.compile(r"([A-Za-z]+)\s*=\s*(\d+)")


def layer(name: str, **sizes: int) -> NetworkSheet:
    """A layer or loss by its name, with sizes of one's own where it has some: `layer("conv2d", kernel=5, stride=2)`.

    Its loss is L = Σ δ ⊙ h, with δ what arrives from above, so its derivatives are the layer's backward pass; they are
    derived by its inputs and parameters. `layers()` has the names. Raises `UnknownNameError` with the nearest name, and
    `ChalkgradError` for sizes that do not fit.

    >>> from chalkgrad.board.derivation import derive
    >>> norm = layer("rms norm")
    >>> print(norm.equations("matrix"))
    ms = ‖x‖²/d
     h = 1/√(ms + 0.00001)(x ⊙ γ)
     L = hᵀδ
    >>> derive(norm).names
    ('x', 'gamma')
    """
    row = catalogued(name)
    one, batch = (row.program(sizes, batch=batch) for batch in (False, True))
    return NetworkSheet(None, one, batch, "plain", None, derived=row.derived(one))


def layers() -> dict[str, str]:
    """The names of the catalogue, each with what it is and the sizes that it takes.

    >>> layers()["conv1d"]
    'a convolution over one axis: channels=2, units=3, size=8, kernel=3, stride=1, padding=0, dilation=1'
    """
    told = {}
    for row in CATALOGUE.values():
        sizes = ", ".join(f"{name}={size}" for name, size in row.options.items())
        told[row.name] = f"{row.title}: {sizes}" if sizes else row.title
    return told


def is_layer(text: str) -> bool:
    """Whether a text is the name of a layer, perhaps with sizes.

    >>> is_layer("layer-norm"), is_layer("a - b")
    (True, False)
    """
    try:
        return layer_in(text) is not None
    except UnknownNameError:
        return False


def layer_in(text: str) -> NetworkSheet | None:
    """The layer that a text names, with its sizes: `conv2d stride=2 padding=1`; None for what is no such name.

    Raises `UnknownNameError` for what is spelled much like one.

    >>> layer_in("LayerNorm"), layer_in("2-3-1 relu sigmoid bce")
    (<layer x, gamma, beta>, None)
    >>> layer_in("layrnorm")
    Traceback (most recent call last):
        ...
    chalkgrad.errors.UnknownNameError: there is no layer 'layrnorm'; did you mean 'layer_norm'?
    """
    found = _NAMED.fullmatch(text)
    if found is None:
        return None
    try:
        catalogued(found["name"])
    except UnknownNameError as unknown:
        if nearest(found["name"], unknown.known) is None:
            return None
        raise
    return layer(found["name"], **{name: int(size) for name, size in _SIZE.findall(found["sizes"])})
