"""chalkgrad: neural networks worked out on the board and run on the metal.

>>> import chalkgrad as cg
>>> net = cg.network("2-3-1 relu sigmoid bce")
>>> print(cg.derive(net)["W1"].unicode(form="matrix"))
∂L/∂W⁽¹⁾ = x(∂L/∂z⁽¹⁾)ᵀ
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from chalkgrad.errors import ChalkgradError
from chalkgrad.version import __version__

if TYPE_CHECKING:
    from chalkgrad.board.compiled import CompiledDerivation
    from chalkgrad.board.compiled import compile_derivation as compile
    from chalkgrad.board.derivation import DerivationSheet, Gradient, derive
    from chalkgrad.board.documents import read
    from chalkgrad.board.function import FunctionSheet, function
    from chalkgrad.board.layers import layer, layers
    from chalkgrad.board.network import NetworkSheet, load, network
    from chalkgrad.board.orders import Derivative, DerivativesSheet
    from chalkgrad.board.picture import Picture
    from chalkgrad.board.tensors import TensorFormula, tensor
    from chalkgrad.checking import GradientCheck, Report, Verification, gradcheck, verify, verify_all
    from chalkgrad.checking import check_document as check
    from chalkgrad.models import read_model
    from chalkgrad.networks import pack, unpack

_HOMES = {
    "CompiledDerivation": "board.compiled",
    "DerivationSheet": "board.derivation",
    "Derivative": "board.orders",
    "DerivativesSheet": "board.orders",
    "FunctionSheet": "board.function",
    "Gradient": "board.derivation",
    "NetworkSheet": "board.network",
    "Picture": "board.picture",
    "derive": "board.derivation",
    "function": "board.function",
    "layer": "board.layers",
    "layers": "board.layers",
    "load": "board.network",
    "network": "board.network",
    "read": "board.documents",
    "read_model": "models",
    "tensor": "board.tensors",
    "TensorFormula": "board.tensors",
    "GradientCheck": "checking",
    "Report": "checking",
    "gradcheck": "checking",
    "pack": "networks",
    "unpack": "networks",
    "Verification": "checking",
    "verify": "checking",
    "verify_all": "checking",
}

__all__ = [
    "ChalkgradError",
    "CompiledDerivation",
    "DerivationSheet",
    "Derivative",
    "DerivativesSheet",
    "FunctionSheet",
    "Gradient",
    "GradientCheck",
    "NetworkSheet",
    "Picture",
    "Report",
    "TensorFormula",
    "Verification",
    "__version__",
    "check",
    "compile",
    "derive",
    "function",
    "gradcheck",
    "layer",
    "layers",
    "load",
    "network",
    "pack",
    "read",
    "read_model",
    "tensor",
    "unpack",
    "verify",
    "verify_all",
]


def __getattr__(name: str) -> Any:
    """The public names, each loaded from its room on first use, so that importing the package costs nothing."""
    if name == "check":
        return import_module("chalkgrad.checking").check_document
    if name == "compile":
        return import_module("chalkgrad.board.compiled").compile_derivation
    if name in _HOMES:
        return getattr(import_module(f"chalkgrad.{_HOMES[name]}"), name)
    if not name.startswith("_"):  # what is done with tensors: cg.sum, cg.softmax, cg.exp and all of the table
        operations = import_module("chalkgrad.board.tensor_functions")
        found = operations.OPERATIONS.get(name) or operations.function_of_elements(name)
        if found is not None:
            return found
    raise AttributeError(f"module 'chalkgrad' has no attribute '{name}'")


def load_ipython_extension(shell: Any) -> None:
    """What `%load_ext chalkgrad` does in a notebook: `%%chalkgrad` then checks the Markdown of its cell."""
    import_module("chalkgrad.editors.magics").register(shell)


def __dir__() -> list[str]:
    return sorted(__all__)
