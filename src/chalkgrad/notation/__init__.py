"""How things are called on paper: one `Notation` is data that the reader and the writer share."""

from chalkgrad.notation.kinds import Kind, canonical_name, kind_of
from chalkgrad.notation.notation import Letter, Notation
from chalkgrad.notation.presets import NOTATIONS, notation_named

__all__ = ["NOTATIONS", "Kind", "Letter", "Notation", "canonical_name", "kind_of", "notation_named"]
