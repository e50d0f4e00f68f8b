"""How a value of the document is computed that is no network and ends in no loss, and what is derived from it."""

from __future__ import annotations

from typing import Any

from chalkgrad.errors import ChalkgradError
from chalkgrad.reports.equations_section import forward_lines
from chalkgrad.reports.network_section import chosen_sizes, drawn, picture_files
from chalkgrad.reports.numbers import array_box
from chalkgrad.reports.section import Section
from chalkgrad.reports.work import Model
from chalkgrad.writing.boxes import Aligned, Equation
from chalkgrad.writing.equations import write_program
from chalkgrad.writing.markup import display, displayed, heading, inline, items, paragraph, tag
from chalkgrad.writing.unicode import unicode_text

_DRAWN_FROM = 3  # definitions


def value_section(model: Model) -> Section:
    """The equations of a value in index and in matrix form, with numbers; a picture where it takes several steps."""
    html, latex, data, files = "", "", dict[str, Any](), dict[str, bytes | str]()
    letter = unicode_text(model.names.whole(model.result))
    for form in ("index", "matrix"):
        try:
            written = {
                to: write_program(model.program, model.notation, form, to) for to in ("mathml", "latex", "unicode")
            }
        except ChalkgradError:
            continue
        if written["latex"] not in latex:
            words = "" if not html else paragraph("With whole vectors and matrices:")
            html += words + displayed(written["mathml"])
            latex += f"\\[\n{written['latex']}\n\\]\n"
        data[form] = {"latex": written["latex"], "text": written["unicode"]}
    html += chosen_sizes(model)
    if len(model.program.definitions) >= _DRAWN_FROM:
        scene, terminal, caption = drawn(model)
        files = picture_files(model.named("graph"), scene, terminal)
        html += tag("figure", str(files[f"{model.named('graph')}.svg"]), tag("figcaption", caption))
    numbers, values = _numbers(model)
    name = model.named("value")
    where = f" ({model.label.partition(', ')[2]})" if model.network.section else ""
    sizes = {str(size): number for size, number in model.sizes.chosen.items()}
    return Section(
        name,
        f"How {letter} is computed{where}",
        html + numbers,
        {**data, "values": values, "sizes": sizes},
        files,
        latex,
    )


def _numbers(model: Model) -> tuple[str, dict[str, object]]:
    """The value at example numbers; nothing where it has none."""
    try:
        values = model.example
    except ChalkgradError:
        return "", {}
    given = [
        Equation(model.names.whole(tensor), array_box(values[tensor.name].nested()))
        for tensor in model.program.declared
    ]
    html = heading(3, "In numbers") + items((inline(equation) for equation in given), class_="given")
    html += "".join(display(Aligned(tuple(group))) for group in forward_lines(model))
    return html, {name: array.nested() for name, array in values.items()}
