"""Programs, definitions and expressions written in a notation, a form, and an output."""

from __future__ import annotations

from collections.abc import Mapping

from chalkgrad.errors import UnknownNameError
from chalkgrad.language import (
    Definition,
    Expression,
    Program,
    program_text,
    substitute_axes,
)
from chalkgrad.language.text import expression_text
from chalkgrad.notation import Notation, notation_named
from chalkgrad.writing.boxes import VERTICAL_DOTS, Aligned, Box, Equation, Symbol
from chalkgrad.writing.index_form import ExpressionWriter
from chalkgrad.writing.latex import latex
from chalkgrad.writing.mathml import mathml
from chalkgrad.writing.names import Names, names_for
from chalkgrad.writing.scalar_form import scalar_box, scalar_equations, written_out
from chalkgrad.writing.unicode import unicode_text

FORMS = ("scalar", "index", "matrix")
OUTPUTS = ("latex", "mathml", "unicode", "text")
