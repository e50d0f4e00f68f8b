"""Reading in a known notation: the scope of the names that a `Notation` gives to the tensors of a program."""

from __future__ import annotations

import re
from collections.abc import Iterable

from chalkgrad.errors import ReadingError
from chalkgrad.language import Axis, Expression, Role, SizeOf, Tensor
from chalkgrad.notation import Kind, Notation, kind_of
from chalkgrad.reading.latex import read_latex
from chalkgrad.reading.meaning import meaning_of
from chalkgrad.reading.scope import Layout, Scope

_PART = re.compile(r"([^\W\d_]+)(\d*)")
_MARKS = ("hat", "bar", "tilde")


def notated_scope(tensors: Iterable[Tensor], notation: Notation) -> Scope:
    """The scope in which what is written in a notation about these tensors is read.

    >>> from chalkgrad.notation import notation_named
    >>> W = Tensor("W2", (Axis("i", 2), Axis("j", 3)), Role.PARAMETER)
    >>> list(notated_scope([W], notation_named("bracket")).tensors)
    ['w^[2]', 'W^[2]']
    """
    every = tuple(tensors)
    numbered = [kind_of(tensor.name, tensor.role) for tensor in every] + [kind_of(tensor.wrt) for tensor in every]
    layers = max((layer for _, layer in filter(None, numbered)), default=0)
    scope = Scope()
    for tensor in every:
        if tensor.role is Role.ADJOINT and tensor.wrt:
            continue
        for key, layout in _keys(tensor, notation, layers):
            _enter(scope, key, tensor, layout)
        for axis in tensor.axes:
            if isinstance(axis.size, str):
                letter = notation.sample_count if axis.size == "n" else axis.size
                scope.sizes.setdefault(letter, SizeOf(axis.size))
    for tensor in every:
        wrt = next((other for other in every if other.name == tensor.wrt), None)
        if tensor.role is Role.ADJOINT and wrt is not None and wrt.shape == tensor.shape:
            for key, layout in _adjoint_keys(wrt, notation, layers):
                _enter(scope, key, tensor, layout)
    return scope


def _enter(scope: Scope, key: str, tensor: Tensor, layout: Layout) -> None:
    """Makes the tensor known under the key; where two share it, the one with fewer axes is tried first."""
    known = (tensor, *((scope.tensors[key], *scope.namesakes.get(key, ())) if key in scope.tensors else ()))
    first, *others = sorted(dict.fromkeys(known), key=lambda each: len(each.axes))
    scope.tensors[key] = first
    if others:
        scope.namesakes[key] = tuple(others)
    scope.layouts.setdefault(tensor, layout)


def read_notated(latex: str, tensors: Iterable[Tensor], notation: Notation) -> Expression:
    r"""The expression that LaTeX in a notation stands for, the tensors being known.

    Raises `ReadingError`.

    >>> from chalkgrad.notation import notation_named
    >>> i, j = Axis("i", 2), Axis("j", 3)
    >>> W, x = Tensor("W2", (i, j), Role.PARAMETER), Tensor("x", (i,), Role.INPUT)
    >>> str(read_notated(r"\sum_{i=1}^{2} w^{(2)}_{ij} x_i", (W, x), notation_named("plain")))
    'sum(i, W2[i,j]*x[i])'
    """
    every = tuple(tensors)
    pieces = read_latex(latex)
    if len(pieces) != 1:
        raise ReadingError(f"{len(pieces)} pieces where one expression should stand", text=latex)
    samples = next((axis for tensor in every for axis in tensor.axes if _is_sample(axis)), None)
    letters = {} if samples is None else {notation.sample_index: samples}
    return meaning_of(pieces[0], notated_scope(every, notation), latex, letters).expression


def _is_sample(axis: Axis) -> bool:
    return axis.name.rstrip("'") == "n" and axis.size == "n"


def _keys(tensor: Tensor, notation: Notation, layers: int) -> list[tuple[str, Layout]]:
    """The keys under which a tensor is written: its letters, with the layer in its place."""
    if tensor.name in notation.names:
        return [(_spelled(notation.names[tensor.name]), _layout(tensor, notation, None))]
    found = kind_of(tensor.name, tensor.role)
    if found is None:
        return [(_spelled(tensor.name), _layout(tensor, notation, None))]
    kind, layer = found
    output = kind is Kind.OUTPUT and notation.numbered_output
    if output:
        layer = layers
    letter, numbered = notation.letter(kind, layer, layers)
    spellings = dict.fromkeys((letter.element, letter.vector, letter.matrix))
    number = str(layer) if numbered else ""
    if output and not layers:
        number = "L"
    return [(_with_layer(_spelled(each), number, notation), _layout(tensor, notation, kind)) for each in spellings]


def _adjoint_keys(wrt: Tensor, notation: Notation, layers: int) -> list[tuple[str, Layout]]:
    found = kind_of(wrt.name, wrt.role)
    if found is not None and found[0] is Kind.PRE_ACTIVATION and notation.error:
        _, numbered = notation.letter(found[0], found[1], layers)
        key = _with_layer(_spelled(notation.error), str(found[1]) if numbered else "", notation)
        return [(key, _layout(wrt, notation, found[0]))]
    if notation.gradient == "prefix":
        return [(f"d{key}", layout) for key, layout in _keys(wrt, notation, layers)]
    return []


def _spelled(name: str) -> str:
    """The key of a name as it is lettered: `W1` has the subscript 1, `y_hat` an accent, `out'` a prime."""
    bare = name.rstrip("'")
    first, *rest = [part for part in bare.split("_") if part] or [bare]
    found = _PART.fullmatch(first)
    base, below = (found[1], found[2]) if found else (first, "")
    for part in rest:
        if part in _MARKS and not below and len(base) == 1:
            base += part
        else:
            below += part
    return base + "'" * (len(name) - len(bare)) + (f"_{below}" if below else "")


def _with_layer(key: str, number: str, notation: Notation) -> str:
    if not number:
        return key
    match notation.layer:
        case "bracket":
            return f"{key}^[{number}]"
        case "parenthesised":
            return f"{key}^({number})"
        case "superscript":
            return f"{key}^{number}"
        case "subscript":
            return f"{key}_{number}"
    return key


def _layout(tensor: Tensor, notation: Notation, kind: Kind | None) -> Layout:
    """Where the indices are written: the sample above, axes of size 1 nowhere, weights to-from if so wanted."""
    above = notation.sample_place == "superscript"
    sample = next((place for place, axis in enumerate(tensor.axes) if above and _is_sample(axis)), None)
    written = [
        place
        for place, axis in enumerate(tensor.axes)
        if place != sample and (axis.size != 1 or kind is None or kind in notation.kept_single)
    ]
    if kind is Kind.WEIGHT and notation.weight_order == "output_input":
        written.reverse()
    return Layout(tuple(written), sample)
