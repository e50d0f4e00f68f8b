"""The network room's work: what a spec or document describes, drawn, and drawings to take away."""

from __future__ import annotations

from base64 import b64encode
from math import prod
from typing import Any

from chalkgrad.board.diagram import layers_of
from chalkgrad.board.documents import read_text
from chalkgrad.board.network import NetworkSheet
from chalkgrad.drawing import svg_of
from chalkgrad.errors import ChalkgradError, UnknownNameError
from chalkgrad.networks.sizing import sized
from chalkgrad.web.markup import unstyled

LARGEST = 200_000  # parameters of a network that the page shows; more are for the command line


def network(model: str, *, loss: str = "", notation: str = "", seed: int | None = None) -> dict[str, Any]:
    """A network's drawing, its layers and the shapes of its parameters.

    With a `seed` the weights are drawn as they begin. What is no chain of layers comes with its computation graph.
    Raises `ChalkgradError`.

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
        picture = net.draw(_begun(net, seed), notation or None)
    except ChalkgradError:
        shown["is_graph"] = True
        picture = net.graph()
    return {**shown, "svg": unstyled(svg_of(picture.scene, named=True)), "alternative": picture.scene.description}


def picture(
    model: str, *, to: str = "svg", loss: str = "", notation: str = "", seed: int | None = None
) -> dict[str, Any]:
    """The drawing as a file: its name, and its bytes in base64.

    >>> picture("1-1 sigmoid bce", to="tikz")["name"]
    'network.tex'
    """
    formats = ("svg", "png", "tikz")
    if to not in formats:
        raise UnknownNameError("format", to, formats)
    net = _read(model, loss)
    try:
        drawn = net.draw(_begun(net, seed), notation or None)
    except ChalkgradError:
        drawn = net.graph()
    content = drawn.png() if to == "png" else (drawn.svg() if to == "svg" else drawn.tikz()).encode()
    return {"name": "network.tex" if to == "tikz" else f"network.{to}", "content": b64encode(content).decode("ascii")}


def initial(model: str, seed: int = 0) -> dict[str, Any]:
    """The parameters with which training begins, by a seed, each as a flat list of numbers.

    >>> initial("2-1 sigmoid bce", seed=1)["b1"]
    [0.0]
    """
    return {name: value.ravel().tolist() for name, value in _read(model, "").initial(seed=seed).items()}


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
