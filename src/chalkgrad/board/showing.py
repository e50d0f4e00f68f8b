"""The pictures of a network: its drawing, and its computation graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalkgrad.board.diagram import diagram_of
from chalkgrad.board.picture import Picture
from chalkgrad.board.renaming import renamed, renaming
from chalkgrad.drawing import graph_scene, network_scene, terminal_of
from chalkgrad.language import Program, program_text
from chalkgrad.notation import Notation, notation_named
from chalkgrad.writing.latex import latex
from chalkgrad.writing.names import names_for


def drawing(
    program: Program,
    notation: Notation | str,
    values: Mapping[str, Any] | None,
    names: Mapping[str, str] | None = None,
) -> Picture:
    """Units in columns and the weights between them, under a person's own names."""
    diagram = diagram_of(program, renaming(notation, names or {}), values)
    if names:
        diagram = renamed(diagram, names)
    return Picture(network_scene(diagram), terminal_of(diagram))


def graph(program: Program, notation: Notation | str) -> Picture:
    """One node a tensor, arrows from what is used to what uses it."""
    chosen = notation_named(notation) if isinstance(notation, str) else notation
    names = names_for(chosen, program)
    known = (*program.declared, *(d.tensor for d in program.definitions))
    labels = {tensor.name: latex(names.whole(tensor)) for tensor in known}
    return Picture(graph_scene(program, labels), program_text(program))
