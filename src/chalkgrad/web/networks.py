"""The network room's work: what a spec or document describes, drawn, and drawings to take away."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from contextlib import suppress
from math import prod
from typing import Any

from chalkgrad.board.diagram import diagram_of, layers_of
from chalkgrad.board.documents import read_text
from chalkgrad.board.network import NetworkSheet
from chalkgrad.board.renaming import names_in
from chalkgrad.drawing import svg_of
from chalkgrad.errors import ChalkgradError, UnknownNameError
from chalkgrad.networks.sizing import sized
from chalkgrad.web.markup import unstyled
from chalkgrad.web.trained import weights_of

_LETTER = re.compile(r"[^\W\d_]+(_[^\W_]+)?")  # u, beta, age, h_a
LARGEST = 200_000  # parameters of a network that the page shows; more are for the command line


def network(
    model: str,
    *,
    loss: str = "",
    notation: str = "",
    seed: int | None = None,
    names: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """A network's drawing, its layers and the shapes of its parameters.

    With a `seed` the weights are drawn as they begin; `names` are those of `NetworkSheet.draw`, others are left out.
    What is no chain of layers comes with its computation graph. Raises `ChalkgradError`.

    >>> found = network("2-3-1 relu sigmoid bce")
    >>> found["parameters"], found["sizes"]
    ({'W1': [2, 3], 'b1': [3], 'W2': [3, 1], 'b2': [1]}, [2, 3, 1])
    """
    net = _read(model, loss)
    settings = net.settings
    shown: dict[str, Any] = {
        "model": model,
        "spec": net.spec or "",
        "sizes": list(settings.sizes) if settings else [],
        "activations": list(settings.activations) if settings else [],
        "loss": settings.loss if settings else "",
        "parameters": {name: list(shape) for name, shape in net.parameters.items()},
        "units": [],
        "is_graph": False,
    }
    try:
        layers = layers_of(sized(net.sample_program).program)
        shown["units"] = [layers[0].source.name, *(layer.units.name for layer in layers)]
        picture = net.draw(_begun(net, seed), notation or None, known_names(net, names))
    except ChalkgradError:
        shown["is_graph"] = True
        picture = net.graph()
    return {**shown, "svg": unstyled(svg_of(picture.scene, named=True)), "alternative": picture.scene.description}


def picture(
    model: str,
    *,
    to: str = "svg",
    loss: str = "",
    notation: str = "",
    seed: int | None = None,
    names: Mapping[str, str] | None = None,
    weights: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The drawing as a file: its name, and its bytes in base64.

    >>> picture("1-1 sigmoid bce", to="tikz")["name"]
    'network.tex'
    """
    formats = ("svg", "png", "pdf", "tikz")
    if to not in formats:
        raise UnknownNameError("format", to, formats)
    net = _read(model, loss)
    try:
        values = _shaped(net, weights) if weights else _begun(net, seed)
        drawn = net.draw(values, notation or None, known_names(net, names))
    except ChalkgradError:
        drawn = net.graph()
    if to in ("png", "pdf"):
        content = drawn.png() if to == "png" else drawn.pdf()
    else:
        content = (drawn.svg() if to == "svg" else drawn.tikz()).encode()
    return {"name": "network.tex" if to == "tikz" else f"network.{to}", "content": b64encode(content).decode("ascii")}


def initial(model: str, seed: int = 0) -> dict[str, Any]:
    """The parameters with which training begins, by a seed, each as a flat list of numbers.

    >>> initial("2-1 sigmoid bce", seed=1)["b1"]
    [0.0]
    """
    return {name: value.ravel().tolist() for name, value in _read(model, "").initial(seed=seed).items()}


def known_names(net: NetworkSheet, names: Mapping[str, str] | None) -> dict[str, str]:
    """Of a person's own names, those of parts that the network has, with letters that equations can carry."""
    if not names:
        return {}
    program = sized(net.sample_program).program
    tensors = {tensor.name for tensor in (*program.declared, *(each.tensor for each in program.definitions))}
    parts: set[str] = set()
    with suppress(ChalkgradError):
        parts = {name for column in diagram_of(program).columns for name in names_in(column)}
    letters = {name: given for name, given in names.items() if name in tensors and _LETTER.fullmatch(given)}
    return letters | {name: given.strip() for name, given in names.items() if name in parts and given.strip()}


def _shaped(net: NetworkSheet, weights: Mapping[str, str]) -> dict[str, Any]:
    shapes, found = net.parameters, weights_of(weights)
    for name, value in found.items():
        if name not in shapes or value.size != prod(shapes[name]):
            raise ChalkgradError(f"the weights '{name}' are not of this network")
    return {name: value.reshape(shapes[name]) for name, value in found.items()}


def _begun(net: NetworkSheet, seed: int | None) -> dict[str, Any] | None:
    known = net.settings is not None or net.spec is not None
    return net.initial(seed=seed) if seed is not None and known else None


def _read(model: str, loss: str) -> NetworkSheet:
    if not model.strip():
        raise ChalkgradError("there is no network yet: write one such as 2-3-1 relu sigmoid bce")
    net = read_text(model, loss or None)
    shapes: list[tuple[int | str, ...]] = list(net.parameters.values())
    count = sum(prod(size for size in shape if isinstance(size, int)) for shape in shapes)
    if count > LARGEST:
        raise ChalkgradError(f"{count} parameters are too many for a page; at most {LARGEST}")
    return net
