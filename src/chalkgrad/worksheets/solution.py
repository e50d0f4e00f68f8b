"""The solution of a worksheet: every task answered from our own derivation, step by step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from chalkgrad.board.diagram import diagram_of
from chalkgrad.drawing import network_scene
from chalkgrad.language import Program, evaluate_expression
from chalkgrad.networks import Network
from chalkgrad.reports.numbers import result_line, value_box, with_numbers
from chalkgrad.worksheets.on_paper import ends_in_softmax
from chalkgrad.worksheets.pieces import Bullets, Displayed, Drawing, Heading, Inline, NumberTable, Paragraph, Piece
from chalkgrad.worksheets.tasks import TASKS, described, elements_of, samples_table
from chalkgrad.worksheets.worksheet import Worksheet
from chalkgrad.writing.boxes import EQUALS, MINUS, TIMES, Aligned, Box, Fenced, row
from chalkgrad.writing.derivation import derivation_lines
from chalkgrad.writing.equations import equations
from chalkgrad.writing.scalar_form import scalar_box, scalar_equations


def solution(sheet: Worksheet) -> list[Piece]:
    """Everything that is asked for, worked out."""
    answers = (_drawing(sheet), _equations(sheet), _forward(sheet), _gradients(sheet), _step(sheet))
    pieces: list[Piece] = [Heading(1, (f"{sheet.title}: solution",)), Paragraph(described(sheet))]
    for number, (title, answer) in enumerate(zip(TASKS, answers, strict=True), start=1):
        pieces += [Heading(2, (f"{number}. {title}",)), *answer]
    return pieces


def _drawing(sheet: Worksheet) -> Iterator[Piece]:
    yield Drawing(network_scene(diagram_of(Network(sheet.spec).sample_program, sheet.notation)))


def _equations(sheet: Worksheet) -> Iterator[Piece]:
    # Where the loss is no equation of whole matrices, or rests on what targets are like, words name it and say so.
    softmax = ends_in_softmax(sheet.spec)
    told = softmax or sheet.form == "matrix"
    definitions = sheet.paper.definitions[:-1] if told else sheet.paper.definitions
    forms = [sheet.form] * len(definitions)
    if softmax:
        forms[-1] = "index"  # one line for all outputs, by which it is known for what it is
    pairs = zip(definitions, forms, strict=True)
    lines = [line for definition, form in pairs for line in equations(definition, sheet.names, form)]
    yield Displayed(Aligned(tuple(lines)))
    if told:
        end = ", with targets that sum to one." if softmax else "."
        yield Paragraph(("The loss of one sample is ", _loss(sheet, sheet.paper), end))


def _loss(sheet: Worksheet, program: Program) -> Box:
    equation = scalar_equations(program.definitions[-1])[0]
    assert equation is not None
    return row(sheet.names.element(equation[0]), EQUALS, scalar_box(equation[1], sheet.names))


def _forward(sheet: Worksheet) -> Iterator[Piece]:
    values = sheet.batch.samples[0]
    yield Paragraph(("The first sample, unit by unit:",))
    entries: list[Inline] = []
    for definition in sheet.paper.definitions:
        for equation in scalar_equations(definition):
            if equation is None:
                continue
            element, body = equation
            number = float(evaluate_expression(body, {tensor.name: values[tensor.name] for tensor in body.tensors}))
            # The name stands apart, lest the numbers be read as what defines it.
            entries.append((sheet.names.element(element), ": ", result_line(with_numbers(body, values), number).right))
    yield Bullets(tuple(entries))
    yield Paragraph(("All samples:",))
    yield samples_table(sheet, [definition.tensor for definition in sheet.paper.definitions])
    yield Paragraph(("The mean of the losses is ", value_box(sheet.batch.loss), "."))


def _gradients(sheet: Worksheet) -> Iterator[Piece]:
    if ends_in_softmax(sheet.spec):
        words = ("The logarithm of the softmax is taken of both its parts: ", _loss(sheet, sheet.program))
        yield Paragraph((*words, ". The targets sum to one."))
    lines = derivation_lines(sheet.derivation, notation=sheet.notation, form=sheet.form)
    for name, written in lines.items():
        yield Heading(3, ("The derivative by ", sheet.names.whole(sheet.program.tensor(name))))
        for line in written:
            yield Paragraph((line.sentence,))
            yield Displayed(_without_remarks(line.box))


def _without_remarks(box: Box) -> Box:
    if not isinstance(box, Aligned):
        return box
    return Aligned(tuple(replace(line, remark="") for line in box.lines))


def _step(sheet: Worksheet) -> Iterator[Piece]:
    batch, names = sheet.batch, sheet.names
    loss = names.whole(sheet.program.result)
    words = (
        "The derivative of the mean loss is the mean of those of ",
        loss,
        " for each sample. Each parameter moves by that times ",
    )
    yield Paragraph((*words, value_box(-batch.rate), "."))
    columns = [f"sample {k}" for k in range(1, len(batch.samples) + 1)]
    head: list[Inline] = [("parameter",), ("before",), *((column,) for column in columns), ("mean",), ("after",)]
    rows: list[tuple[Inline, ...]] = []
    for tensor in sheet.program.parameters:
        arrays = (batch.given, *batch.slopes, batch.means, batch.stepped)
        for entries in zip(*(elements_of(sheet, tensor, each[tensor.name].numbers) for each in arrays), strict=True):
            rows.append(((entries[0][0],), *((value_box(value),) for _, value in entries)))
    yield NumberTable(tuple(head), tuple(rows))
    first = sheet.program.parameters[0]
    (name, before), (_, mean), (_, after) = (
        elements_of(sheet, first, each[first.name].numbers)[0] for each in (batch.given, batch.means, batch.stepped)
    )
    factor: Box = Fenced(value_box(mean)) if mean < 0 else value_box(mean)
    moved = row(value_box(before), MINUS, value_box(batch.rate), TIMES, factor)
    yield Paragraph(("For instance ", name, " becomes ", result_line(moved, after).right, "."))
    verdict = "smaller" if batch.loss_after < batch.loss else "larger: the rate is too high here"
    yield Paragraph(
        ("The mean loss was ", value_box(batch.loss), " and is ", value_box(batch.loss_after), f": {verdict}.")
    )
