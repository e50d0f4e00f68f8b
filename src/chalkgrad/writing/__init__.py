"""Writing: expressions, programs and derivations as LaTeX, MathML, Unicode and plain text, in any notation and form."""

from chalkgrad.writing.derivation import Line, derivation_lines, line_text, write_derivation
from chalkgrad.writing.document import derivation_document, latex_document
from chalkgrad.writing.equations import (
    FORMS,
    OUTPUTS,
    compacted,
    equations,
    serialised,
    write_definition,
    write_expression,
    write_program,
)
from chalkgrad.writing.latex import latex
from chalkgrad.writing.mathml import FONTS, mathml
from chalkgrad.writing.names import Names, names_for
from chalkgrad.writing.unicode import unicode_text

__all__ = [
    "FONTS",
    "FORMS",
    "OUTPUTS",
    "Line",
    "Names",
    "compacted",
    "derivation_document",
    "derivation_lines",
    "equations",
    "latex",
    "latex_document",
    "line_text",
    "mathml",
    "names_for",
    "serialised",
    "unicode_text",
    "write_definition",
    "write_derivation",
    "write_expression",
    "write_program",
]
