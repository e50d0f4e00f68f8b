"""What training in the browser runs: the derived equations as one JavaScript module, and data to learn from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from chalkgrad.board.derivation import derive
from chalkgrad.board.network import network
from chalkgrad.calculus import derive as backward
from chalkgrad.engines.emitted.javascript_module import javascript_module
from chalkgrad.engines.emitted.ordered import ordered
from chalkgrad.engines.emitted.wanted import Wanted, wanted
from chalkgrad.engines.javascript import HELPERS, javascript_source
from chalkgrad.engines.numpy_training import network_output
from chalkgrad.errors import ChalkgradError
from chalkgrad.language import Program, Role
from chalkgrad.networks import OPTIMISERS
from chalkgrad.networks.regularising import with_dropout

LARGEST = 20_000  # parameters of a network that is trained in a browser
MOST_SAMPLES = 5_000


def training_module(model: str, l1: float = 0, l2: float = 0, dropout: float = 0) -> str:
    """An ECMAScript module: `gradients` (the loss and each gradient of a batch), `units`, `updates`, and `about` them.

    All of it is printed from the equations of a one-line spec. With `dropout`, `about.kept` says how likely each of
    the inputs keep1, keep2, … is 1 in a step; filled with these numbers, nothing is dropped. Raises `ChalkgradError`.

    >>> module = training_module("2-3-1 relu sigmoid bce")
    >>> [line.split(" = ")[0] for line in module.splitlines() if line.startswith("export")]
    ['export const gradients', 'export const units', 'export const updates', 'export const about']
    """
    net = network(model, l1=l1, l2=l2)
    count = sum(_count(shape) for shape in net.parameters.values())
    if count > LARGEST:
        raise ChalkgradError(f"{count} parameters are too many to be trained in a browser; at most {LARGEST}")
    kept: Mapping[str, float] = {}
    if dropout:
        dropped, kept = with_dropout(net.program, dropout)
        derivation = backward(dropped)
    else:
        batch = derive(net).batch
        assert batch is not None
        derivation = batch
    output = network_output(net.program)
    forward = net.program.needed_for(output)
    shown = {each.tensor.name: each.tensor for each in forward.definitions}
    steps = wanted(derivation)
    seen = Wanted("units", "The values of all units", ordered(forward), shown, (), (), output)
    loss = net.loss_row
    about = {
        "spec": net.spec,
        "inputs": net.inputs,
        "outputs": net.outputs,
        "output": output.name,
        "parameters": {name: list(shape) for name, shape in net.parameters.items()},
        "gradient_arguments": [tensor.name for tensor in steps.program.declared],
        "unit_arguments": [tensor.name for tensor in seen.program.declared],
        "input": next(tensor.name for tensor in forward.declared if tensor.role is Role.INPUT),
        "target": next((tensor.name for tensor in net.program.declared if tensor.role is Role.TARGET), ""),
        "kept": {name: {"share": share, "units": _units_of(steps.program, name)} for name, share in kept.items()},
        "loss": loss.title if loss else "",
        "classes": list(loss.classes) if loss and loss.classes else [],
        "threshold": loss.threshold if loss else 0.5,
        "optimisers": {
            row.name: {
                "title": row.title,
                "state": list(row.state),
                "uses_step": row.uses_step,
                "defaults": dict(row.defaults),
            }
            for row in OPTIMISERS.values()
        },
    }
    updates = [
        f"  {row.name}: (() => {{\n{HELPERS}{javascript_source(row.program, 'update')}\n  return update;\n  }})(),"
        for row in OPTIMISERS.values()
    ]
    return "\n".join(
        [
            f"export const gradients = (() => {{\n{javascript_module(steps)}\nreturn {steps.name};\n}})();",
            f"export const units = (() => {{\n{javascript_module(seen)}\nreturn units;\n}})();",
            "export const updates = {",
            *updates,
            "};",
            f"export const about = {json.dumps(about)};",
            "",
        ]
    )


def _units_of(program: Program, name: str) -> int:
    return int(program.tensor(name).shape[-1])


def _count(shape: tuple[int, ...]) -> int:
    product = 1
    for size in shape:
        product *= size
    return product


def dataset(name: str, count: int = 500, seed: int = 0, noise: float | None = None) -> dict[str, Any]:
    """A data set by name, as rows of inputs with their targets; raises `ChalkgradError`.

    >>> found = dataset("xor", count=3)
    >>> len(found["x"]), found["columns"], found["classes"]
    (3, ['x1', 'x2'], ['0', '1'])
    """
    from chalkgrad.training.data import generate

    if count > MOST_SAMPLES:
        raise ChalkgradError(f"{count} samples are too many for a page; at most {MOST_SAMPLES}")
    data = generate(name, count, seed, noise)
    return {
        "name": data.name,
        "x": data.x.round(6).tolist(),
        "y": data.y.round(6).tolist(),
        "columns": list(data.columns),
        "classes": list(data.classes),
    }
