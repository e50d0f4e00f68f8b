"""The equations of the network in three forms, and the forward pass on example numbers, node by node."""

from __future__ import annotations

from chalkgrad.reports.golden_batch import golden_batch
from chalkgrad.reports.markup import display, displayed, heading, inline, items, paragraph
from chalkgrad.reports.numbers import array_box, result_line, with_numbers
from chalkgrad.reports.section import Section
from chalkgrad.reports.work import Model
from chalkgrad.writing.boxes import Aligned, Equation
from chalkgrad.writing.document import display as latex_display
from chalkgrad.writing.equations import FORMS, write_program
from chalkgrad.writing.scalar_form import scalar_box, scalar_equations

_FORM_WORDS = {
    "scalar": "Every sum written out, as on paper:",
    "index": "With a Σ for each sum:",
    "matrix": "With whole vectors and matrices:",
}


def equations_section(model: Model) -> Section:
    """The equations in scalar, index and matrix form, as the document has them."""
    html = paragraph(
        "The same network, written in three ways. All that follows is made from these equations: they are what is "
        "differentiated, checked and run."
    )
    latex, data = "", {}
    for form in FORMS:
        written = {to: write_program(model.program, model.notation, form, to) for to in ("mathml", "latex", "unicode")}
        html += heading(3, f"{form.capitalize()} form") + paragraph(_FORM_WORDS[form]) + displayed(written["mathml"])
        latex += f"{_LATEX_WORDS.get(form, _FORM_WORDS[form])}\n\\[\n{written['latex']}\n\\]\n"
        data[form] = {"latex": written["latex"], "text": written["unicode"]}
    return Section("equations", "The equations in three forms", html, data, {}, latex)


_LATEX_WORDS = {"index": r"With a $\sum$ for each sum:"}


def forward_section(model: Model) -> Section:
    """The forward pass on small numbers, every node's sum with the numbers in it; and a batch, where one is known."""
    values = model.example
    given = [
        Equation(model.names.whole(tensor), array_box(values[tensor.name].nested()))
        for tensor in model.program.declared
    ]
    groups = forward_lines(model)
    html = paragraph("These numbers go in:") + items((inline(equation) for equation in given), class_="given")
    html += paragraph("Node by node, each equation, then the numbers in it, then what comes out:")
    html += "".join(display(Aligned(tuple(group))) for group in groups)
    latex = "These numbers go in:\n" + latex_display(Aligned(tuple(given))) + "\nNode by node:\n"
    latex += "\n".join(latex_display(Aligned(tuple(group))) for group in groups)
    data = {"values": {name: array.nested() for name, array in values.items()}}
    batch = golden_batch(model)
    if batch is not None:
        html += heading(3, "Three samples at once") + batch.html
        data["batch"] = dict(batch.data)
    return Section("forward", "The forward pass on example numbers", html, data, {}, latex)


def forward_lines(model: Model) -> list[list[Equation]]:
    """For each definition, the lines of its elements: the equation, the numbers in it, what comes out."""
    groups = []
    for definition in model.program.definitions:
        group: list[Equation] = []
        for equation in scalar_equations(definition):
            if equation is None:
                continue
            element, body = equation
            array = model.example[element.tensor.name]
            place = tuple(index.offset for index in element.indices)
            number = float(dict(zip(array.places(), array.numbers, strict=True))[place])
            group.append(Equation(model.names.element(element), scalar_box(body, model.names)))
            group.append(result_line(with_numbers(body, model.example), number))
        groups.append(group)
    return groups
