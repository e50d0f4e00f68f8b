"""A function that the document is about: recovered from its partials, its stationary points, and descent on it."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

from chalkgrad.descent.curves import Curve, Unbounded
from chalkgrad.descent.function import ScalarFunction, scalar_function
from chalkgrad.descent.integration import Recovered, Refuted, integrate_partials
from chalkgrad.descent.stationary import StationaryPoint, StationaryPoints, stationary_points
from chalkgrad.errors import ChalkgradError
from chalkgrad.language import Expression
from chalkgrad.notation import notation_named
from chalkgrad.reading.scalar_functions import WrittenFunction
from chalkgrad.reports.descent_part import descent_part
from chalkgrad.reports.figures import Figure, figure_files
from chalkgrad.reports.numbers import spelled, value_box, with_minus
from chalkgrad.reports.section import Section
from chalkgrad.writing.boxes import (
    EQUALS,
    PARTIAL,
    PLUS,
    Aligned,
    Box,
    Equation,
    Fenced,
    Fraction,
    Scripts,
    letter,
    row,
    separated,
)
from chalkgrad.writing.document import display as latex_display
from chalkgrad.writing.index_form import expression_box
from chalkgrad.writing.lettering import lettered
from chalkgrad.writing.markup import display, heading, inline, paragraph, table, tag, text
from chalkgrad.writing.names import Names

_NOTATION = notation_named("plain")


def function_section(written: WrittenFunction) -> Section:
    """What there is to say about a function of the document, given by itself or by its partial derivatives."""
    variables = [variable.name for variable in written.variables]
    head = f"The function {written.name}({', '.join(variables)})"
    partials = dict(written.partials)
    html, latex, data = "", "", dict[str, Any](variables=variables)
    function: ScalarFunction | None = None
    if written.definition is not None:
        function = scalar_function(written.definition, variables, written.name)
        html += paragraph("The document defines it:") + display(_defined(function))
        html += paragraph("Its partial derivatives are:") + display(_partials(function))
    elif set(partials) == set(variables):
        function, html = _recovered({name: partials[name] for name in variables}, written.name)
    else:
        missing = [name for name in variables if name not in partials]
        html += paragraph(f"{written.name} is not defined, and its partial derivative by {missing[0]} is not given.")
    files: dict[str, bytes | str] = {}
    if function is not None:
        found = stationary_points(function)
        part = descent_part(function, found)
        figures: list[Figure] = [] if part is None else list(part.figures)
        html += _stationary(function, found) + ("" if part is None else part.html)
        latex = latex_display(Aligned((_defined(function), *_partials(function).lines)))
        data |= _data(function, found) | ({} if part is None else {"descent": part.data})
        files = figure_files(figures)
    return Section(f"function-{written.name}", head, html, data, files, latex)


def _recovered(partials: Mapping[str, Expression], name: str) -> tuple[ScalarFunction | None, str]:
    """The function with these partials, and how it was found; or why there is none."""
    given = [Equation(_derivative(name, by), _box(partial)) for by, partial in partials.items()]
    html = paragraph("The document gives its partial derivatives:") + display(Aligned(tuple(given)))
    try:
        found = integrate_partials(partials, name)
    except ChalkgradError as problem:
        return None, html + paragraph(f"{name} could not be recovered from them: {problem}.")
    if isinstance(found, Refuted):
        return None, html + _refuted(found, name)
    html += heading(3, "The mixed partials agree") if len(partials) > 1 else ""
    html += _mixed(found) if len(partials) > 1 else ""
    html += heading(3, f"{name} recovered") + paragraph("Integrated one after the other, they give")
    html += display(_defined(found.function, constant=True))
    how = "as algebra shows" if found.proved else f"as numbers at {found.points} points show"
    html += paragraph(f"with any constant C. Its partial derivatives are those of the document, {how}.")
    return found.function, html


def _mixed(found: Recovered) -> str:
    """Each pair of mixed second derivatives, worked out from the given partials."""
    variables = list(found.partials)
    lines = []
    for place, first in enumerate(variables):
        for second in variables[place + 1 :]:
            for inner, outer in ((first, second), (second, first)):
                partial = scalar_function(found.partials[inner], variables, f"{found.function.name}_{inner}")
                outside = Fraction(PARTIAL, row(PARTIAL, _letter(outer)))
                left = row(outside, _derivative(found.function.name, inner))
                lines.append(Equation(left, _box(partial.partial(outer))))
    words = "Both orders of differentiation give the same, so there is a function with these partials (Clairaut):"
    return paragraph(words) + display(Aligned(tuple(lines)))


def _refuted(found: Refuted, name: str) -> str:
    at = ", ".join(f"{variable} = {spelled(float(value))}" for variable, value in found.point.items())
    mixed = (
        (found.first, found.second, found.first_mixed, found.first_value),
        (found.second, found.first, found.second_mixed, found.second_value),
    )
    lines = []
    for inner, outer, expression, value in mixed:
        left = row(Fraction(PARTIAL, row(PARTIAL, _letter(outer))), _derivative(name, inner))
        lines.append(Equation(left, row(_box(expression), EQUALS, value_box(float(value)))))
    words = f"No function has these partial derivatives: the mixed ones differ, for example at {at}:"
    return paragraph(words) + display(Aligned(tuple(lines)))


def _stationary(function: ScalarFunction, found: StationaryPoints) -> str:
    """The stationary points with their kinds, and whether there is a least value."""
    html = heading(3, "Its stationary points")
    if found.points:
        html += paragraph("Both partial derivatives vanish at:" if len(function.variables) == 2 else "It is level at:")
        head = [text("point"), inline(_applied(function)), text("kind"), text("how one knows")]
        html += table(head, (_point_row(point) for point in found.points), "Stationary points")
    words = [sentence for sentence in found.sentences() if not sentence.startswith(tuple(map(str, found.points)))]
    if found.complete and found.points:
        html += paragraph("There are no others.")
    elif not found.points:
        html += paragraph(_sentence(words[0]))
    elif found.window is not None:
        html += paragraph(_sentence(next(word for word in words if word.startswith("looked for"))))
    for one in found.unbounded:
        html += tag("p", _unbounded(function, one))
    if found.has_minimum is False:
        name = function.name
        strong = tag("strong", text(f"{name} has no minimum."))
        html += tag("p", strong, text(" Where descent comes to rest, it is at no lowest point."), class_="note")
    return html


def _point_row(point: StationaryPoint) -> list[str]:
    kind = point.kind
    name = f"degenerate {kind.name}" if kind.degenerate and kind.name != "flat" else kind.name
    why = text(with_minus(_sentence(kind.reason)))
    if point.witness is not None:
        why += text(" Along ") + _curve(point.witness) + text(" it is ") + inline(_box(point.witness.along)) + text(".")
    value = _box(point.exact_value) if point.exact_value is not None else value_box(point.value)
    return [inline(_coordinates(point)), inline(value), text(name), tag("span", why, class_="words")]


def _coordinates(point: StationaryPoint) -> Box:
    if point.exact is not None:
        return Fenced(separated([_box(entry) for entry in point.exact]))
    return Fenced(separated([value_box(entry, 6) for entry in point.numbers]))


def _unbounded(function: ScalarFunction, one: Unbounded) -> str:
    verb = "falls" if one.side == "below" else "rises"
    towards = {"±": "±∞", "+": "∞", "-": "−∞"}[one.toward]
    seen = "" if one.proved else ", as its values far out show"
    return (
        text(f"{function.name} {verb} without bound: along ")
        + _curve(one.curve)
        + text(" it is ")
        + inline(_box(one.curve.along))
        + text(f", as {one.curve.parameter} → {towards}{seen}.")
    )


def _curve(curve: Curve) -> str:
    others = [
        Equation(_letter(name), _box(value)) for name, value in curve.coordinates.items() if name != curve.parameter
    ]
    if not others:
        return text(f"the {curve.parameter} axis")
    return ", ".join(inline(equation) for equation in others)


def _data(function: ScalarFunction, found: StationaryPoints) -> dict[str, Any]:
    return {
        "expression": str(function.expression),
        "partials": {name: str(function.partial(name)) for name in function.variables},
        "stationary_points": [
            {
                "point": list(point.numbers),
                "exact": None if point.exact is None else [str(entry) for entry in point.exact],
                "value": point.value if isfinite(point.value) else None,
                "kind": point.kind.name,
                "degenerate": point.kind.degenerate,
                "reason": point.kind.reason,
            }
            for point in found.points
        ],
        "complete": found.complete,
        "has_minimum": found.has_minimum,
        "sentences": list(found.sentences()),
    }


def _letter(name: str) -> Box:
    base, below = lettered(name)
    return Scripts(base, row(*below)) if below else base


def _box(expression: Expression) -> Box:
    return expression_box(expression, Names(_NOTATION, expression.tensors))


def _derivative(name: str, by: str) -> Box:
    return Fraction(row(PARTIAL, _letter(name)), row(PARTIAL, _letter(by)))


def _applied(function: ScalarFunction) -> Box:
    return row(_letter(function.name), Fenced(separated([_letter(name) for name in function.variables])))


def _defined(function: ScalarFunction, constant: bool = False) -> Equation:
    body = _box(function.expression)
    return Equation(_applied(function), row(body, PLUS, letter("C")) if constant else body)


def _partials(function: ScalarFunction) -> Aligned:
    return Aligned(
        tuple(Equation(_derivative(function.name, by), _box(function.partial(by))) for by in function.variables)
    )


def _sentence(words: str) -> str:
    return (words[:1].upper() + words[1:]).rstrip(".") + "."
