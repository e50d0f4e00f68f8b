"""Derivations as compiled functions: value, gradient, Hessian, the Hessian times a direction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chalkgrad.board.derivation import DerivationSheet, Gradient, derive
from chalkgrad.board.orders import DerivativesSheet
from chalkgrad.board.tensors import TensorFormula
from chalkgrad.engines.emitted.wanted import wanted
from chalkgrad.language import Program, Tensor


class CompiledDerivation:
    """A compiled function of arrays: `function(x, A)`, or by name, `function(x=…, A=…)`; `names` is their order.

    It gives what was asked for, in order: a value is a number, gradients by several names are a dictionary. float32 is
    kept, all else is computed in float64. It is compiled when it is first called with arrays of some sizes.

    >>> from chalkgrad.board.derivation import derive
    >>> CompiledDerivation(derive("sum(exp(x))", wrt="x"), ["gradient"])([0.0, 1.0]).round(4)
    array([1.    , 2.7183])
    """

    def __init__(self, source: DerivationSheet | DerivativesSheet | Gradient, of: Sequence[str]) -> None:
        from chalkgrad.engines.native.arrays.function import ArrayFunction

        self._returns: tuple[Tensor | dict[str, Tensor], ...]
        if isinstance(source, Gradient):
            tensor = source.definition.tensor
            self._returns = (tensor,)
            program = _needed_for(tensor, (source.sheet.batch or source.sheet.derivation).program)
        else:
            if isinstance(source, DerivativesSheet):
                function = source.wanted()
            else:
                function = wanted(source.batch or source.derivation, of)
            self._returns = tuple(t if isinstance(t, Tensor) else dict(t) for t in function.returns.values())
            program = function.program
        self._function = ArrayFunction(program)
        places = {tensor.name: place for place, tensor in enumerate(program.results)}
        self._places = [
            places[each.name] if isinstance(each, Tensor) else {name: places[t.name] for name, t in each.items()}
            for each in self._returns
        ]
        self.names = self._function.names

    def __call__(self, *arrays: Any, **named: Any) -> Any:
        """The results for arrays; raises `ShapeError` and `UnknownNameError` for those that do not fit."""
        found = self._function(*arrays, **named)
        results: list[Any] = []
        for place in self._places:
            if isinstance(place, int):
                results.append(found[place][()])
            elif len(place) == 1:
                results += [found[each][()] for each in place.values()]
            else:
                results.append({name: found[each][()] for name, each in place.items()})
        return results[0] if len(results) == 1 else tuple(results)

    def __repr__(self) -> str:
        return f"<compiled function of {', '.join(self.names)}>"


def _needed_for(result: Tensor, program: Program) -> Program:
    """The program for one result; what only tells a size of it is kept, as x does for the Hessian of xᵀx."""
    needed = program.needed_for(result)
    kept = set(needed.declared)
    for tensor in (*program.parameters, *program.inputs):
        known = {size for other in kept for size in other.shape}
        if not (set(tensor.shape) - known).isdisjoint(result.shape):
            kept.add(tensor)
    declared = tuple(tensor for tensor in program.declared if tensor in kept)
    return Program(declared, needed.definitions, needed.results, needed.assumptions)


def compile_derivation(
    derivation: DerivationSheet | DerivativesSheet | Gradient | TensorFormula, of: Sequence[str] = ("value", "gradient")
) -> CompiledDerivation:
    """A derivation compiled to machine code: `of` is some of value, gradient, hvp (the Hessian times a direction).

    One gradient, or a Hessian as `DerivationSheet.hessian` gives it, is compiled by itself, and so are derivatives of
    another order. A formula of tensors is derived by all of them. Of a network it is that for
    a batch. Raises `UnknownNameError` for a part that there is not, and `LoweringError` for what cannot be compiled.

    >>> import chalkgrad as cg
    >>> function = cg.compile(cg.derive("norm2(A*x-b)^2", wrt="x"))
    >>> function.names
    ('A', 'x', 'b')
    >>> value, gradient = function(A=[[1, 2], [3, 4]], x=[1, 1], b=[0, 0])
    >>> float(value), gradient
    (58.0, array([48., 68.]))
    >>> hessian = cg.compile(cg.derive("norm2(A*x-b)^2", wrt="x").hessian("x", "x"))
    >>> hessian(A=[[1, 2], [3, 4]])
    array([[20., 28.],
           [28., 40.]])
    """
    return CompiledDerivation(derive(derivation) if isinstance(derivation, TensorFormula) else derivation, of)
