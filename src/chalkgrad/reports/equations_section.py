"""The equations of a network in three forms, and the forward pass on numbers, node by node where there is room."""

from __future__ import annotations

from math import prod
from typing import Any

from chalkgrad.errors import ChalkgradError
from chalkgrad.language import Definition
from chalkgrad.reports.golden_batch import golden_batch
from chalkgrad.reports.numbers import APPROXIMATELY, array_box, is_rounded, result_line, with_numbers
from chalkgrad.reports.section import Section
from chalkgrad.reports.work import Model
from chalkgrad.writing.boxes import EQUALS, Aligned, Equation
from chalkgrad.writing.document import display as latex_display
from chalkgrad.writing.equations import FORMS, equations, write_program
from chalkgrad.writing.markup import display, displayed, folded, heading, inline, items, paragraph
from chalkgrad.writing.scalar_form import scalar_box, scalar_equations

LONGEST_SHOWN = 16  # lines of a form; a longer one is folded away
LONGEST_LINE = 240  # characters of an equation that is worked out in numbers
MOST_NODES = 40  # values that are worked out one by one
_FORM_WORDS = {
    "scalar": "Every sum written out, as on paper:",
    "index": "With a Σ for each sum:",
    "matrix": "With whole vectors and matrices:",
}
_COUNTS = ("no", "one", "two", "three")
_LATEX_WORDS = {"index": r"With a $\sum$ for each sum:"}


def equations_section(model: Model) -> Section:
    """The equations in scalar, index and matrix form, as the document has them."""
    html, latex, data = "", "", {}
    shown: set[str] = set()
    for form in FORMS:
        try:
            written = {
                to: write_program(model.program, model.notation, form, to) for to in ("mathml", "latex", "unicode")
            }
        except ChalkgradError:
            continue
        data[form] = {"latex": written["latex"], "text": written["unicode"]}
        if written["latex"] in shown:
            continue
        shown.add(written["latex"])
        maths = displayed(written["mathml"])
        long = form == "scalar" and written["unicode"].count("\n") >= LONGEST_SHOWN
        html += heading(3, f"{form.capitalize()} form")
        html += folded(_FORM_WORDS[form], maths) if long else paragraph(_FORM_WORDS[form]) + maths
        latex += f"{_LATEX_WORDS.get(form, _FORM_WORDS[form])}\n\\[\n{written['latex']}\n\\]\n"
    count = _COUNTS[len(shown)]
    ways = "The network as the document has it." if len(shown) < 2 else f"The same network, written in {count} ways."
    words = " All that follows is made from these equations: they are what is differentiated, checked and run."
    title = "The equations" if len(shown) < 2 else f"The equations in {count} forms"
    return Section(model.named("equations"), model.titled(title), paragraph(ways + words) + html, data, {}, latex)


def forward_section(model: Model) -> Section:
    """The forward pass on numbers, every node's sum with the numbers in it; and a batch, where one is known."""
    values = model.example
    declared = model.program.declared
    given = [Equation(model.names.whole(tensor), array_box(values[tensor.name].nested())) for tensor in declared]
    own = [tensor for tensor in declared if tensor.name in model.given]
    groups = forward_lines(model)
    words = "These numbers go in:" if not own else "The document's own numbers go in:"
    if own and len(own) < len(declared):
        words = "These numbers go in, as far as the document gives them its own:"
    html = paragraph(words) + items((inline(equation) for equation in given), class_="given")
    how = "Node by node, each equation" if _has_room(model) else "Value by value, each equation"
    then = ", then the numbers in it, then what comes out:" if _has_room(model) else " and what comes out:"
    html += paragraph(how + then)
    html += "".join(display(Aligned(tuple(group))) for group in groups)
    latex = f"{words}\n" + latex_display(Aligned(tuple(given))) + f"\n{how.split(',')[0]}:\n"
    latex += "\n".join(latex_display(Aligned(tuple(group))) for group in groups)
    numbers = {name: array.nested() for name, array in values.items()}
    data: dict[str, Any] = {"values": numbers, "given": sorted(model.given)}
    batch = golden_batch(model)
    if batch is not None:
        html += heading(3, "Three samples at once") + batch.html
        data["batch"] = dict(batch.data)
    title = "The forward pass on the document's numbers" if own else "The forward pass on example numbers"
    return Section(model.named("forward"), model.titled(title), html, data, {}, latex)


def _has_room(model: Model) -> bool:
    """Whether there are few enough values for each to be worked out by itself."""
    definitions = model.program.definitions
    counted = sum(prod(size if isinstance(size, int) else 3 for size in each.tensor.shape) for each in definitions)
    plain = all(isinstance(axis.size, int) for each in definitions for axis in each.indices)
    return counted <= MOST_NODES and plain and all(len(str(each.body)) < LONGEST_LINE for each in definitions)


def forward_lines(model: Model) -> list[list[Equation]]:
    """For each definition the lines of its elements: the equation, the numbers in it, what comes out."""
    node_by_node = _has_room(model)
    return [_nodes(model, each) if node_by_node else _whole(model, each) for each in model.program.definitions]


def _nodes(model: Model, definition: Definition) -> list[Equation]:
    group: list[Equation] = []
    array = model.example[definition.tensor.name]
    numbers = dict(zip(array.places(), array.numbers, strict=True))
    for equation in scalar_equations(definition):
        if equation is None:
            continue
        element, body = equation
        number = float(numbers[tuple(index.offset for index in element.indices)])
        group.append(Equation(model.names.element(element), scalar_box(body, model.names)))
        group.append(result_line(with_numbers(body, model.example), number))
    return group


def _whole(model: Model, definition: Definition) -> list[Equation]:
    """The equation of a whole tensor, and its numbers."""
    array = model.example[definition.tensor.name]
    rounded = any(is_rounded(float(number)) for number in array.numbers)
    values = Equation(None, array_box(array.nested()), APPROXIMATELY if rounded else EQUALS)
    return [*equations(definition, model.names, "index"), values]
