"""Derivatives of every order as they are written: ∇²L[v], Df[v], diag(∂²L/∂x∂x), f(x + v) ≈ …"""

from __future__ import annotations

from chalkgrad.calculus.derivation import Derivation
from chalkgrad.calculus.orders import Derivatives, Names
from chalkgrad.errors import UnknownNameError
from chalkgrad.language import Add, Definition, Program, split_coefficient
from chalkgrad.notation import Notation, notation_named
from chalkgrad.writing.boxes import (
    COMMA,
    MINUS,
    NABLA,
    NEGATIVE,
    PARTIAL,
    PLUS,
    Aligned,
    Box,
    Equation,
    Fenced,
    Fraction,
    Scripts,
    Symbol,
    digits,
    row,
    separated,
)
from chalkgrad.writing.equations import FORMS, OUTPUTS, definition_text, equations, serialised
from chalkgrad.writing.names import Names as NamesInNotation
from chalkgrad.writing.names import names_for

_DIFFERENTIAL = Symbol("D", "D", "differential")
_DIAGONAL = Symbol(r"\operatorname{diag}", "diag", "function")
_ABOUT = Symbol(r"\approx", "≈", "relation")
_INNER = (Symbol(r"\langle", "⟨", "upright"), Symbol(r"\rangle", "⟩", "upright"))


def write_derivatives(
    found: Derivatives,
    derivation: Derivation,
    by: Names,
    notation: Notation | str = "plain",
    form: str = "index",
    to: str = "latex",
) -> str:
    """One equation of derivatives of an order; `form` is scalar, index, matrix or kronecker.

    Raises `UnknownNameError`, and `ChalkgradError` for what has no Kronecker form.

    >>> from chalkgrad.calculus import derive
    >>> from chalkgrad.calculus.orders import derivatives
    >>> from chalkgrad.reading.formulas import read_formula
    >>> d = derive(read_formula("x'*A*x", ["x"]).program)
    >>> print(write_derivatives(derivatives(d, "hvp"), d, ("x",), form="matrix", to="unicode"))
    ∇²L[v] = (A + Aᵀ)v
    """
    for kind, given, known in (("form", form, (*FORMS, "kronecker")), ("output", to, OUTPUTS)):
        if given not in known:
            raise UnknownNameError(kind, given, known)
    if by not in found.equations:
        raise UnknownNameError("derivative", ", ".join(by), [", ".join(names) for names in found.equations])
    definition = found.equations[by]
    if to == "text":
        return definition_text(definition, form)
    chosen = notation_named(notation) if isinstance(notation, str) else notation
    others = tuple(each for each in derivation.program.definitions if each.tensor is not definition.tensor)
    names = names_for(chosen, Program(found.program.declared, (*others, definition), ()))
    head = _head(found, by, names)
    if head is not None:
        names = NamesInNotation(names.notation, names.tensors, names.layers, {definition.tensor.name: head})
    lines = equations(definition, names, form)
    if found.order == "taylor" and len(lines) == 1:
        lines = [Equation(lines[0].left, _terms_apart(found, names, form), _ABOUT)]
    return serialised(lines[0] if len(lines) == 1 else Aligned(tuple(lines)), to)


def _terms_apart(found: Derivatives, names: NamesInNotation, form: str) -> Box:
    """The terms of a Taylor polynomial, order by order."""
    written: list[Box] = []
    for term in found.terms:
        negative = not isinstance(term.body, Add) and split_coefficient(term.body)[0] < 0
        shown = Definition(term.tensor, term.indices, -term.body) if negative else term
        box = equations(shown, names, form)[0].right
        written += [MINUS if negative else PLUS, box] if written else [NEGATIVE, box] if negative else [box]
    return row(*written)


def _head(found: Derivatives, by: Names, names: NamesInNotation) -> Box | None:
    """What stands on the left, without indices; None where it is a derivative by its name."""
    of = names.whole(found.of)
    along = Fenced(separated([names.whole(each) for each in found.directions.values()], COMMA), "[", "]")
    match found.order:
        case "hessian-diagonal":
            return row(_DIAGONAL, Fenced(_second(found, by[0], names)))
        case "hvp":
            product = row(Scripts(NABLA, None, digits("2")), of, along)
            several = len(found.equations) > 1
            return Scripts(Fenced(product), _variable(found, by[0], names)) if several else product
        case "jvp":
            return row(_DIFFERENTIAL, of, along)
        case "directional":
            letters = [names.whole(each) for each in found.directions.values()]
            return row(Scripts(_DIFFERENTIAL, separated(letters, COMMA)), of)
        case "vjp":
            (weights,) = found.directions.values()
            paired = row(_INNER[0], separated([names.whole(weights), of], COMMA), _INNER[1])
            return Fraction(row(PARTIAL, paired), row(PARTIAL, _variable(found, by[0], names)))
        case "taylor":
            moved = [row(_variable(found, name, names), PLUS, names.whole(found.directions[name])) for name in by]
            return row(of, Fenced(separated(moved, COMMA)))
    return None


def _variable(found: Derivatives, name: str, names: NamesInNotation) -> Box:
    return names.whole(found.program.tensor(name))


def _second(found: Derivatives, name: str, names: NamesInNotation) -> Box:
    """∂²L/∂x∂x."""
    below = row(PARTIAL, _variable(found, name, names))
    return Fraction(row(Scripts(PARTIAL, None, digits("2")), names.whole(found.of)), row(below, below))
