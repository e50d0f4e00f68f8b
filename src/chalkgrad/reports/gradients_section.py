"""The gradient of the loss by every parameter: step by step, in three forms, in numbers, and checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from chalkgrad.calculus import Derivation
from chalkgrad.checking.gradcheck import GradientCheck, gradcheck_program
from chalkgrad.errors import ChalkgradError
from chalkgrad.language import Definition, evaluate
from chalkgrad.networks import pack, unpack
from chalkgrad.reports.numbers import array_box, spelled, value_box
from chalkgrad.reports.section import Section
from chalkgrad.reports.work import Model, random_batch
from chalkgrad.writing.boxes import Aligned, Box
from chalkgrad.writing.derivation import Line, derivation_lines
from chalkgrad.writing.document import display as latex_display
from chalkgrad.writing.equations import FORMS, equations
from chalkgrad.writing.latex import latex, prose
from chalkgrad.writing.markup import display, folded, heading, inline, paragraph, table, tag, text
from chalkgrad.writing.unicode import unicode_text

SAMPLES, SEED = 5, 1


def gradients_section(model: Model) -> Section | None:
    """Every gradient worked out, one subsection for each quantity, then all of them in numbers; None without any."""
    derivation = model.derivation
    if derivation is None:
        return None
    lines = derivation_lines(derivation, notation=model.notation)
    of = "the loss" if model.loss else unicode_text(model.names.whole(model.result))
    html = paragraph(
        f"The chain rule from {of} down to each quantity that it is derived by. First the factors, then each factor "
        "worked out, then put together and simplified."
    )
    written = []
    data: dict[str, Any] = {"gradients": []}
    for name in derivation.gradients:
        element = model.names.whole(model.program.tensor(name))
        html += tag("h3", text("The gradient by "), inline(element)) + _steps(lines[name])
        forms = _forms(model, derivation, name)
        html += folded(_form_words(forms), *(display(box) for box in forms.values()))
        written.append(_latex(element, lines[name]))
        data["gradients"].append(_data(derivation, name, lines[name], forms))
    checked, checked_data = _checked(model)
    html += checked
    data |= checked_data
    title = "The gradients of the loss, worked out" if model.loss else f"The derivatives of {of}, worked out"
    name = model.named("gradients")
    return Section(name, model.titled(title) if model.loss else title, html, data, {}, "\n".join(written))


def _steps(lines: list[Line]) -> str:
    return "".join(paragraph(line.sentence, class_="step") + display(line.box) for line in lines)


def _form_words(forms: Mapping[str, Box]) -> str:
    return f"In {' and '.join(', '.join(forms).rsplit(', ', 1))} form"


def _checked(model: Model) -> tuple[str, dict[str, Any]]:
    """The gradients beside differences of the loss, and all of them as one vector."""
    html, data = "", dict[str, Any]()
    try:
        check = gradcheck_program(model.batch_derivation, random_batch(model, SAMPLES, SEED))
        html += heading(3, "Checked against numbers") + _check_table(model, check)
        data["check"] = _check_data(check)
    except ChalkgradError as problem:
        html += paragraph(f"In numbers they could not be checked: {problem}.")
    if model.shapes:
        flat, flat_data = _flat_vector(model)
        if flat:
            html += heading(3, f"All of it as one vector of {model.size}") + flat
            data["flat"] = flat_data
    return html, data


def _forms(model: Model, derivation: Derivation, name: str) -> dict[str, Box]:
    """The simplified gradient as one equation, without the derivatives on the way, in each form that it has."""
    definition = derivation.definition(name)
    whole = Definition(definition.tensor, definition.indices, derivation.closed_form(name))
    found: dict[str, Box] = {}
    for form in FORMS:
        try:
            box = Aligned(tuple(equations(whole, model.names, form)))
        except ChalkgradError:
            continue
        if box not in found.values():
            found[form] = box
    return found


def _latex(element: Box, lines: list[Line]) -> str:
    steps = "\n".join(f"{prose(line.sentence)}\n{latex_display(line.box)}" for line in lines)
    return f"\\subsection*{{The gradient by ${latex(element)}$}}\n{steps}\n"


def _data(derivation: Derivation, name: str, lines: list[Line], forms: Mapping[str, Box]) -> dict[str, Any]:
    definition = derivation.definition(name)
    return {
        "of": derivation.of,
        "wrt": name,
        "axes": [axis.name for axis in definition.indices],
        "latex": {form: latex(box) for form, box in forms.items()},
        "text": str(derivation.closed_form(name)),
        "steps": [{"rule": line.rule, "latex": latex(line.box), "text": unicode_text(line.box)} for line in lines],
    }


def _check_table(model: Model, check: GradientCheck) -> str:
    rows = [
        [
            inline(model.names.whole(model.program.tensor(block.name))),
            text("×".join(map(str, block.shape)) or "1"),
            inline(value_box(block.relative_error, 2)),
            text("✓ agrees" if block.passed else "✗ differs"),
        ]
        for block in check.blocks
    ]
    words = (
        f"The derived gradients beside central differences of the loss itself, for a batch of {SAMPLES} random "
        f"samples and random parameters: the greatest relative error of each block. Up to {_millionths(check)} passes."
    )
    head = [text("parameter"), text("shape"), text("greatest relative error"), text("verdict")]
    return paragraph(words) + table(head, rows, "Derived and numerical gradients, block by block")


def _millionths(check: GradientCheck) -> str:
    return f"{spelled(check.tolerance * 1e6)} in a million"


def _check_data(check: GradientCheck) -> dict[str, Any]:
    return {
        "method": check.method,
        "tolerance": check.tolerance,
        "passed": check.passed,
        "blocks": [
            {
                "name": block.name,
                "shape": list(block.shape),
                "absolute_error": block.absolute_error,
                "relative_error": block.relative_error,
                "passed": block.passed,
            }
            for block in check.blocks
        ],
    }


def _flat_vector(model: Model) -> tuple[str, dict[str, Any]]:
    """The gradient on the numbers of the forward pass as one vector, where each block lies, and whether it comes back.

    Nothing where the gradient has no value at these numbers.
    """
    derivation = model.derivation
    assert derivation is not None
    try:
        given = {tensor.name: model.example[tensor.name] for tensor in model.program.declared}
        arrays = evaluate(derivation.program, given)
    except ChalkgradError:
        return "", {}
    gradients = {name: derivation.gradients[name] for name in model.shapes}
    slopes = {name: np.array(arrays[each.tensor.name].nested()) for name, each in gradients.items()}
    vector = pack(model.shapes, slopes)
    back = unpack(model.shapes, vector)
    returns = all(np.array_equal(back[name], slopes[name]) for name in slopes)
    rows, start = [], 0
    for name, shape in model.shapes.items():
        count = int(np.prod(shape))
        where = f"{start + 1} to {start + count}" if count > 1 else str(start + 1)
        block = inline(model.names.whole(gradients[name].tensor))
        rows.append([block, text(where), inline(array_box(slopes[name].tolist()))])
        start += count
    words = (
        "An optimiser or a numerical check wants all parameters in one vector. Each block lies in it row by row, in "
        "the order of the equations; here with the numbers of the forward pass above."
    )
    html = paragraph(words)
    html += table([text("block"), text("places"), text("values")], rows, "The blocks of the vector")
    entries = ", ".join(spelled(value) for value in vector)
    html += tag("div", text(f"({entries})"), class_="vector")
    html += paragraph(
        "Cut up again into its blocks, the vector gives the same gradients."
        if returns
        else "Cut up again into its blocks, the vector does not give the same gradients."
    )
    data = {"vector": vector.tolist(), "shapes": {k: list(v) for k, v in model.shapes.items()}, "returns": returns}
    return html, data
