"""Programs, definitions and expressions as text: in a notation, a form, and an output."""

from __future__ import annotations

from chalkgrad.errors import UnknownNameError
from chalkgrad.language import (
    Axis,
    Call,
    Definition,
    Element,
    Expression,
    Program,
    Tensor,
    as_index,
    bound_by,
    fresh_axis,
    inline,
    program_text,
    rebuild,
    substitute_axes,
    tensors_in,
    with_bound_renamed,
)
from chalkgrad.language.text import expression_text
from chalkgrad.notation import Notation, notation_named
from chalkgrad.writing.boxes import VERTICAL_DOTS, Aligned, Box, Equation, Symbol
from chalkgrad.writing.index_form import expression_box
from chalkgrad.writing.latex import latex
from chalkgrad.writing.mathml import mathml
from chalkgrad.writing.names import Names, names_for
from chalkgrad.writing.scalar_form import scalar_box, scalar_equations, written_out
from chalkgrad.writing.unicode import unicode_text

FORMS = ("scalar", "index", "matrix")
OUTPUTS = ("latex", "mathml", "unicode", "text")
_SERIALISERS = {"latex": latex, "mathml": mathml, "unicode": unicode_text}
_NO_RELATION = Symbol("", "", "relation")


def write_program(program: Program, notation: Notation | str = "plain", form: str = "index", to: str = "latex") -> str:
    """All definitions of a program, under each other.

    `notation` is a `Notation` or the name of one; `form` is scalar, index or matrix; `to` is latex, mathml, unicode or
    text. Text is the language's own: in index form the plain-text reader reads it back. Raises `UnknownNameError`.

    >>> from chalkgrad.language import Role, Tensor, call
    >>> x, y = Tensor("x", (), Role.INPUT), Tensor("yhat")
    >>> program = Program((x,), (Definition(y, (), call("sigmoid", x[()])),), (y,))
    >>> print(write_program(program, "plain", "index", "unicode"))
    ŷ = σ(x)
    """
    _checked(form, to)
    if to == "text" and form == "index":
        return program_text(program)
    if to == "text":
        return "\n".join(definition_text(definition, form) for definition in program.definitions)
    names = names_for(_notation(notation), program)
    lines = [line for definition in program.definitions for line in equations(definition, names, form)]
    return serialised(Aligned(tuple(lines)), to)


def write_definition(
    definition: Definition,
    notation: Notation | str = "plain",
    form: str = "index",
    to: str = "latex",
    program: Program | None = None,
) -> str:
    """One definition. The program that it stands in, where given, tells how deep the network is.

    >>> from chalkgrad.language import Axis, Tensor, call
    >>> j = Axis("j", 2)
    >>> z, h = Tensor("z", (j,)), Tensor("h", (j,))
    >>> print(write_definition(Definition(h, (j,), call("relu", z[j])), form="scalar", to="unicode"))
    h₁ = ReLU(z₁)
    h₂ = ReLU(z₂)
    """
    _checked(form, to)
    if to == "text":
        return definition_text(definition, form)
    chosen = _notation(notation)
    alone = Names(chosen, (definition.tensor, *tensors_in(definition.body)))
    names = names_for(chosen, program) if program else alone
    lines = equations(definition, names, form)
    return serialised(lines[0] if len(lines) == 1 else Aligned(tuple(lines)), to)


def write_expression(
    expression: Expression,
    notation: Notation | str = "plain",
    form: str = "index",
    to: str = "latex",
    program: Program | None = None,
) -> str:
    """One expression. The program that it stands in, where given, tells how deep the network is.

    >>> from chalkgrad.language import Tensor
    >>> a, b = Tensor("a")[()], Tensor("b")[()]
    >>> print(write_expression((a - b) ** 2 / 2), write_expression(a / b, to="unicode"))
    \\frac{1}{2}(a - b)^2 a/b
    """
    _checked(form, to)
    if to == "text":
        return expression_text(written_out(expression) if form == "scalar" else expression)
    names = names_for(_notation(notation), program or expression)
    return serialised(body_box(expression, names, form), to)


def compacted(program: Program) -> Program:
    """The program with each pre-activation written into its activation, where nothing else uses it.

    So z = xw + b and h = ReLU(z) become h = ReLU(xw + b), as on a worksheet.

    >>> from chalkgrad.language import Role, Tensor, call
    >>> x, z, h = Tensor("x", (), Role.INPUT), Tensor("z"), Tensor("h")
    >>> both = (Definition(z, (), 2 * x[()] + 1), Definition(h, (), call("relu", z[()])))
    >>> print(write_program(compacted(Program((x,), both, (h,))), to="unicode"))
    h = ReLU(2x + 1)
    """
    users: dict[Tensor, list[Definition]] = {}
    for definition in program.definitions:
        for tensor in tensors_in(definition.body):
            users.setdefault(tensor, []).append(definition)
    defined = {definition.tensor for definition in program.definitions} - set(program.results)
    once = [tensor for tensor, where in users.items() if tensor in defined and len(where) == 1]
    names = [tensor.name for tensor in once if _activates(users[tensor][0].body, tensor)]
    return inline(program, names)


def _activates(body: Expression, tensor: Tensor) -> bool:
    """Whether a body is nothing but a function of one element of a tensor."""
    return isinstance(body, Call) and isinstance(body.argument, Element) and body.argument.tensor is tensor


def equations(definition: Definition, names: Names, form: str) -> list[Equation]:
    """The equations of a definition as boxes: one, or in scalar form one for each element."""
    match form:
        case "matrix":
            from chalkgrad.writing.matrix import matrix_equation

            return [matrix_equation(definition, names)]
        case "kronecker":
            from chalkgrad.writing.kronecker import kronecker_equation

            return [kronecker_equation(definition, names)]
        case "scalar":
            return [
                Equation(VERTICAL_DOTS, Symbol("", ""), _NO_RELATION)
                if equation is None
                else Equation(names.element(equation[0]), scalar_box(equation[1], names))
                for equation in scalar_equations(definition)
            ]
    single: dict[Axis, int] = {axis: 0 for axis in definition.indices if axis.size == 1}
    left = Element(definition.tensor, tuple(as_index(single.get(axis, axis)) for axis in definition.indices))
    body = told_apart(substitute_axes(definition.body, single), frozenset(definition.indices))
    return [Equation(names.element(left), expression_box(body, names))]


def told_apart(expression: Expression, outside: frozenset[Axis]) -> Expression:
    """The expression with another letter for each sum over a letter that means something outside of it.

    >>> from chalkgrad.language import summation
    >>> i = Axis("i", 2)
    >>> b, c = Tensor("b", (i,)), Tensor("c", (i,))
    >>> print(told_apart(b[i] * summation(c[i], i), frozenset({i})))
    b[i]*sum(i', c[i'])
    """
    bound = bound_by(expression)
    if bound:
        renamed = {axis: fresh_axis(axis, outside) for axis in bound}
        expression, outside = with_bound_renamed(expression, renamed), outside | set(renamed.values())
    return rebuild(expression, lambda child: told_apart(child, outside))


def body_box(expression: Expression, names: Names, form: str) -> Box:
    """The box of an expression in a form; its free axes of size 1 are at their only place."""
    single = {axis: 0 for axis in expression.free if axis.size == 1}
    match form:
        case "matrix":
            from chalkgrad.writing.matrix import matrix_box

            return matrix_box(expression, names)
        case "scalar":
            return scalar_box(substitute_axes(expression, single), names)
    expression = told_apart(substitute_axes(expression, single), expression.free)
    return expression_box(expression, names)


def serialised(box: Box, to: str) -> str:
    """The box in an output: latex, mathml or unicode."""
    return _SERIALISERS[to](box)


def definition_text(definition: Definition, form: str) -> str:
    """A definition in the language's own text."""
    if form != "scalar":
        return str(definition)
    lines = scalar_equations(definition)
    return "\n".join("..." if line is None else f"{line[0]} = {line[1]}" for line in lines)


def _notation(notation: Notation | str) -> Notation:
    return notation_named(notation) if isinstance(notation, str) else notation


def _checked(form: str, to: str) -> None:
    if form not in FORMS:
        raise UnknownNameError("form", form, FORMS)
    if to not in OUTPUTS:
        raise UnknownNameError("output", to, OUTPUTS)
