"""The objects that people hold: a network, a derivation, a function; each draws and writes itself."""

from chalkgrad.board.derivation import DerivationSheet, Gradient, derive
from chalkgrad.board.diagram import diagram_of
from chalkgrad.board.function import FunctionSheet, function
from chalkgrad.board.network import NetworkSheet, load, network, read
from chalkgrad.board.picture import Picture

__all__ = [
    "DerivationSheet",
    "FunctionSheet",
    "Gradient",
    "NetworkSheet",
    "Picture",
    "derive",
    "diagram_of",
    "function",
    "load",
    "network",
    "read",
]
