"""The sheet that students get: what the network is, the numbers, and five tasks; and the template for their answers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from chalkgrad.language import FUNCTIONS, Element, Role, Tensor, as_index
from chalkgrad.networks.losses import LOSSES
from chalkgrad.notation import Kind, kind_of
from chalkgrad.reports.numbers import value_box
from chalkgrad.worksheets.pieces import Bullets, Gap, Heading, Inline, NumberTable, Paragraph, Piece
from chalkgrad.worksheets.worksheet import Worksheet
from chalkgrad.writing.boxes import EQUALS, Box, digits, row

TASKS = (
    "Draw the network",
    "Write down its equations",
    "Go forward through it",
    "Derive the gradient",
    "Take a step of gradient descent",
)


def task_sheet(sheet: Worksheet) -> list[Piece]:
    """The sheet without any answers."""
    batch = sheet.batch
    loss = sheet.names.whole(sheet.program.result)
    ways = "one by one" if sheet.form == "scalar" else "as whole vectors and matrices"
    return [
        Heading(1, (sheet.title,)),
        Paragraph(described(sheet)),
        Bullets(tuple(_letters(sheet))),
        Paragraph(("These are its parameters:",)),
        Bullets(tuple(_values(sheet, tensor) for tensor in sheet.program.parameters)),
        Paragraph((f"And these are {len(batch.samples)} samples:",)),
        samples_table(sheet, [tensor for tensor in sheet.program.declared if tensor.role is not Role.PARAMETER]),
        Heading(2, (f"1. {TASKS[0]}",)),
        Paragraph(("Write each weight at its edge and each bias at its unit.",)),
        Heading(2, (f"2. {TASKS[1]}",)),
        Paragraph((f"Give each unit its equation, {ways}, and the loss ", loss, " of one sample.")),
        Heading(2, (f"3. {TASKS[2]}",)),
        Paragraph(("Compute the value of every unit and the loss for each sample, and the mean of the losses.",)),
        Heading(2, (f"4. {TASKS[3]}",)),
        Paragraph(("Derive ", loss, f" by each parameter, {ways}. Show the factors of the chain rule.")),
        Heading(2, (f"5. {TASKS[4]}",)),
        Paragraph(
            (f"Take one step at the rate {batch.rate:g} on the mean loss of the samples. Does it become smaller?",)
        ),
    ]


def template(sheet: Worksheet) -> list[Piece]:
    """The empty document that students fill in."""
    pieces: list[Piece] = [Heading(1, (f"{sheet.title}: answers",)), Paragraph(described(sheet))]
    asked = (
        Gap("A picture, or a description of the drawing.", equations=False),
        Gap("The equations of the units and of the loss between the two marks, one on each line, with \\\\ between."),
        Gap("A table of the values for each sample.", equations=False),
        Gap("Your derivation; as many displayed equations as you need."),
        Gap("A table of the parameters before and after the step.", equations=False),
    )
    for number, (title, gap) in enumerate(zip(TASKS, asked, strict=True), start=1):
        pieces += [Heading(2, (f"{number}. {title}",)), gap]
    return pieces


def described(sheet: Worksheet) -> Inline:
    """The network in words; a checker finds the loss in them."""
    sizes, activations = sheet.spec.sizes, sheet.spec.activations
    layers = []
    for size, function in zip(sizes[1:-1], activations[:-1], strict=True):
        units = "1 hidden unit" if size == 1 else f"a hidden layer of {size} units"
        layers.append(f"{units} with {_function(function)}")
    layers.append(f"{_counted(sizes[-1], 'output')} with {_function(activations[-1])}")
    inner = f"{', '.join(layers[:-1])} and {layers[-1]}" if len(layers) > 1 else layers[-1]
    loss = LOSSES[sheet.spec.loss].title
    return (f"The network has {_counted(sizes[0], 'input')}, {inner}. Its loss is the {loss}.",)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' if count != 1 else ''}"


def _function(name: str) -> str:
    if name == "identity":
        return "no activation"
    return name if name not in FUNCTIONS else FUNCTIONS[name].unicode or name


def _letters(sheet: Worksheet) -> list[Inline]:
    """What each letter stands for, layer by layer."""
    names, program = sheet.names, sheet.program

    def element(name: str) -> Box:
        tensor = program.tensor(name)
        return names.element(Element(tensor, tuple(as_index(0 if a.size == 1 else a) for a in tensor.axes)))

    lines: list[Inline] = []
    for layer in range(1, sheet.spec.depth + 1):
        before = "x" if layer == 1 else f"h{layer - 1}"
        after = "yhat" if layer == sheet.spec.depth else f"h{layer}"
        weight = ("the weight ", element(f"W{layer}"), " leads from ", element(before), " to ", element(after))
        sums = ("; the weighted sum with the bias ", element(f"b{layer}"), " is ", element(f"z{layer}"), ".")
        lines.append((f"In layer {layer} ", *weight, *sums))
    lines.append(("The target is ", element("y"), " and the loss ", names.whole(program.result), "."))
    return lines


def _values(sheet: Worksheet, tensor: Tensor) -> Inline:
    found = kind_of(tensor.name)
    assert found is not None
    noun = "weights" if found[0] is Kind.WEIGHT else "biases"
    parts: list[str | Box] = [f"the {noun} of layer {found[1]}: "]
    for name, value in elements_of(sheet, tensor, sheet.batch.given[tensor.name].numbers):
        parts += [", "] if len(parts) > 1 else []
        parts.append(row(name, EQUALS, value_box(float(value))))
    return tuple(parts)


def elements_of(sheet: Worksheet, tensor: Tensor, numbers: Sequence[float]) -> list[tuple[Box, float]]:
    """Every element of a tensor with its number."""
    places = product(*(range(axis.size) for axis in tensor.axes if isinstance(axis.size, int)))
    return [
        (sheet.names.element(Element(tensor, tuple(map(as_index, place)))), float(number))
        for place, number in zip(places, numbers, strict=True)
    ]


def samples_table(sheet: Worksheet, tensors: list[Tensor]) -> NumberTable:
    """The values of some tensors, one sample in each column."""
    samples = sheet.batch.samples
    rows: list[tuple[Inline, ...]] = []
    for tensor in tensors:
        columns = [elements_of(sheet, tensor, sample[tensor.name].numbers) for sample in samples]
        for entries in zip(*columns, strict=True):
            rows.append(((entries[0][0],), *((value_box(value),) for _, value in entries)))
    head: list[Inline] = [("sample",), *((digits(str(k)),) for k in range(1, len(samples) + 1))]
    return NumberTable(tuple(head), tuple(rows))
