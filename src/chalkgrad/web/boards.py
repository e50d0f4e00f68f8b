"""The board's work: the equations and gradients of a network or a formula, step by step, and as code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from chalkgrad.board.derivation import DerivationSheet, derive
from chalkgrad.board.documents import read_text
from chalkgrad.board.renaming import renaming
from chalkgrad.engines.emitted.targets import TARGETS
from chalkgrad.errors import ChalkgradError, UnknownNameError
from chalkgrad.language import Call, Element, Program, Role, Tensor, as_index
from chalkgrad.notation import notation_named
from chalkgrad.web.markup import key_of, unstyled
from chalkgrad.web.networks import known_names
from chalkgrad.writing.derivation import derivation_lines
from chalkgrad.writing.equations import serialised, write_program
from chalkgrad.writing.names import names_for

MOST_ELEMENTS = 64  # of a tensor that are found by name in a formula one by one
MOST_UNITS = 64  # of a layer in scalar form; more are a wall of letters


def board(
    source: str,
    *,
    is_formula: bool = False,
    wrt: Sequence[str] = (),
    kinds: Mapping[str, str] | None = None,
    form: str = "index",
    notation: str = "plain",
    loss: str = "",
    names: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The equations of a network or formula and every gradient with its steps, each as MathML, LaTeX and text.

    `symbols` says which characters of a formula stand for what: W1, or W1[0,2]. `names` gives tensors other
    letters. Raises `ChalkgradError`.

    >>> found = board("x'*A*x", is_formula=True, wrt=["x"], form="matrix")
    >>> found["gradients"][0]["text"]
    '∂L/∂x = (A + Aᵀ)x'
    """
    sheet = _sheet(source, is_formula, wrt, kinds, loss)
    program = sheet.derivation.source
    _check_size(program, form)
    chosen = notation if not is_formula or notation != "plain" else sheet.notation
    if names and not is_formula:
        chosen = renaming(chosen, known_names(read_text(source, loss or None), names))
    lines = derivation_lines(sheet.derivation, sheet.names, chosen, form)
    gradients = []
    for name in sheet.names:
        gradient = sheet[name]
        written = {to: gradient.write(form, to, chosen) for to in ("mathml", "latex", "unicode")}
        steps = [
            {
                "rule": line.rule,
                "sentence": line.sentence,
                "mathml": unstyled(serialised(line.box, "mathml")),
                "latex": serialised(line.box, "latex"),
            }
            for line in lines[name]
        ]
        gradients.append({"wrt": name, "steps": steps, **_outputs(written)})
    equations = {to: write_program(program, chosen, form, to) for to in ("mathml", "latex", "unicode")}
    return {
        "model": sheet.model,
        "result": sheet.derivation.of,
        "equations": _outputs(equations),
        "gradients": gradients,
        "symbols": _symbols(sheet.derivation.source, chosen),
    }


def code(
    source: str,
    *,
    to: str = "numpy",
    is_formula: bool = False,
    wrt: Sequence[str] = (),
    kinds: Mapping[str, str] | None = None,
    loss: str = "",
) -> dict[str, Any]:
    """The value and gradient as source that stands alone; raises `ChalkgradError`.

    >>> code("x'*A*x", is_formula=True, wrt=["x"], to="numpy")["code"].splitlines()[-1]
    '    return L, dL_dx'
    """
    if to not in TARGETS:
        raise UnknownNameError("language", to, TARGETS)
    return {"code": _sheet(source, is_formula, wrt, kinds, loss).code(to)}


def _sheet(
    source: str, is_formula: bool, wrt: Sequence[str], kinds: Mapping[str, str] | None, loss: str
) -> DerivationSheet:
    if not source.strip():
        raise ChalkgradError("there is nothing to derive yet: write a network such as 2-3-1 relu sigmoid bce")
    names = [name.strip().lstrip("\\") for name in wrt if name.strip()] or None
    sheet = derive(source, names, kinds) if is_formula else derive(read_text(source, loss or None), names)
    if not sheet.names:
        raise ChalkgradError("it has no parameters, so there is nothing to derive by: name a quantity")
    return sheet


def _check_size(program: Program, form: str) -> None:
    widest = max((s for tensor in program.declared for s in tensor.shape if isinstance(s, int)), default=0)
    if form == "scalar" and widest > MOST_UNITS:
        raise ChalkgradError(
            f"with {widest} units every weight by name fills the wall: take the form with indices, or matrices"
        )


def _outputs(written: Mapping[str, str]) -> dict[str, str]:
    return {"mathml": unstyled(written["mathml"]), "latex": written["latex"], "text": written["unicode"]}


def _symbols(program: Program, notation: Any) -> dict[str, str]:
    """What the characters of a symbol stand for; of symbols that look alike, the first."""
    chosen = notation_named(notation) if isinstance(notation, str) else notation
    names = names_for(chosen, program)
    units = _units(program)
    found: dict[str, str] = {}
    for tensor in (*program.declared, *(each.tensor for each in program.definitions)):
        if tensor.role is Role.ADJOINT:
            continue
        name = units.get(tensor, tensor).name
        found.setdefault(key_of(names.whole(tensor)), name)
        if tensor.axes:
            own = Element(tensor, tuple(as_index(axis) for axis in tensor.axes))
            found.setdefault(key_of(names.element(own)), name)
            for place in _places(tensor):
                element = Element(tensor, tuple(map(as_index, place)))
                found.setdefault(key_of(names.element(element)), f"{name}[{','.join(map(str, place))}]")
    return found


def _units(program: Program) -> dict[Tensor, Tensor]:
    """For what an activation is applied to, the units that come out: a drawing shows both as one circle."""
    return {
        each.body.argument.tensor: each.tensor
        for each in program.definitions
        if isinstance(each.body, Call) and isinstance(each.body.argument, Element)
    }


def _places(tensor: Tensor) -> Iterator[tuple[int, ...]]:
    """The places of a small tensor with sizes that are numbers."""
    sizes = [size for size in tensor.shape if isinstance(size, int)]
    count = 1
    for size in sizes:
        count *= size
    if len(sizes) == len(tensor.axes) and count <= MOST_ELEMENTS:
        yield from product(*map(range, sizes))
