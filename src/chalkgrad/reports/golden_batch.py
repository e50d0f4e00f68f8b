"""A batch whose outputs are known from the course: three samples through a 2-3-1 network of ReLU and sigmoid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from chalkgrad.engines.numpy import compile_numpy
from chalkgrad.reading.spec import read_spec
from chalkgrad.reports.numbers import array_box
from chalkgrad.reports.work import Model
from chalkgrad.writing.boxes import Equation
from chalkgrad.writing.markup import inline, items, paragraph, table, text

INPUTS = [[1.0, -1.0], [0.0, -1.0], [0.0, 1.0]]
PARAMETERS = ([[1.0, -1.0, 0.0], [0.0, 0.0, 0.5]], [0.0, 0.0, 1.0], [1.0, 0.0, -1.0], [1.0])
_LAYERS = (2, 3, 1)
_ACTIVATIONS = ("relu", "sigmoid")


@dataclass(frozen=True)
class Batch:
    """The batch as HTML and as data."""

    html: str
    data: dict[str, Any]


def golden_batch(model: Model) -> Batch | None:
    """The batch through the model, if the model is such a network."""
    spec = read_spec(model.spec) if model.spec else None
    shapes = model.shapes
    if spec is None or spec.sizes != _LAYERS or spec.activations != _ACTIVATIONS or len(shapes) != len(PARAMETERS):
        return None
    sizes = [int(np.prod(shape)) for shape in shapes.values()]
    if sizes != [int(np.size(value)) for value in PARAMETERS]:
        return None
    values = {
        name: np.array(value).reshape(shape) for (name, shape), value in zip(shapes.items(), PARAMETERS, strict=True)
    }
    program = model.batch.needed_for(model.batch.tensor(model.output))
    (source,) = (tensor for tensor in program.declared if tensor.name not in shapes)
    results = [model.output, *(d.tensor.name for d in program.definitions if d.tensor.name != model.output)]
    computed = compile_numpy(program, results)(**{source.name: np.array(INPUTS)}, **values)
    names, output = model.names, model.program.tensor(model.output)
    hidden = [definition.tensor for definition in model.program.definitions if definition.tensor.name in results[1:]]
    head = [inline(names.whole(tensor)) for tensor in (model.program.tensor(source.name), *hidden, output)]
    rows = []
    for place, sample in enumerate(INPUTS):
        shown = [inline(array_box(computed[tensor.name][place].squeeze().tolist())) for tensor in hidden]
        rows.append([inline(array_box(sample)), *shown, text(f"{computed[model.output][place].item():.8f}")])
    given = [Equation(names.whole(model.program.tensor(name)), array_box(values[name].tolist())) for name in values]
    html = paragraph("With these parameters:") + items((inline(equation) for equation in given), class_="given")
    html += table(head, rows, "A batch of three samples, one in each row")
    outputs = [float(value) for value in computed[model.output].ravel()]
    parameters = {name: value.tolist() for name, value in values.items()}
    return Batch(html, {"inputs": INPUTS, "parameters": parameters, "outputs": outputs})
