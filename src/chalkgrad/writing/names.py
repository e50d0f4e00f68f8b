"""How the tensors, indices and derivatives of a program are called in a notation."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from chalkgrad.language import Axis, Element, Expression, Index, Program, Role, Tensor, tensors_in
from chalkgrad.language.sizes import size_parts
from chalkgrad.notation import Kind, Notation, kind_of
from chalkgrad.writing.boxes import (
    COMMA,
    DIFFERENTIAL,
    MINUS,
    NABLA,
    NEGATIVE,
    PARTIAL,
    PLUS,
    Box,
    Fenced,
    Fraction,
    Primed,
    Scripts,
    Symbol,
    digits,
    row,
    separated,
)
from chalkgrad.writing.lettering import lettered, marks_above

_ADJOINT = re.compile(r"d(.+)_d([^_]+(?:_[^_d][^_]*)*)")


@dataclass(frozen=True)
class Names:
    """The names in one notation; `tensors` (those of a program, usually) tell of what an adjoint is the derivative.

    `layers` is the depth of the network, 0 where it is not known: then every layer is written with its number. `heads`
    has what is written for tensors whose names say less, such as ∇²L[v].

    >>> from chalkgrad.notation import notation_named
    >>> from chalkgrad.writing.latex import latex
    >>> W = Tensor("W1", (Axis("i", 2), Axis("j", 3)), Role.PARAMETER)
    >>> for name in ("plain", "sheet", "bracket"):
    ...     print(latex(Names(notation_named(name), (W,)).element(W[0, 1])))
    w^{(1)}_{12}
    w^{(1)}_{12}
    w^{[1]}_{21}
    """

    notation: Notation
    tensors: tuple[Tensor, ...] = ()
    layers: int = 0
    heads: Mapping[str, Box] = field(default_factory=dict)

    def tensor(self, name: str) -> Tensor | None:
        """The tensor of that name, if it is known here."""
        return next((tensor for tensor in self.tensors if tensor.name == name), None)

    def element(self, element: Element) -> Box:
        """An element with its indices."""
        return self._named(element.tensor, element.indices)

    def whole(self, tensor: Tensor) -> Box:
        """The tensor as a matrix, vector or scalar, without indices."""
        return self._named(tensor, None)

    def axis(self, axis: Axis) -> Box:
        """The letter of an index, with its primes: of a second index for the samples too."""
        if not is_sample(axis):
            return _with_subscripts(*lettered(axis.name))
        primes = axis.name.removeprefix("n")
        return _with_subscripts(*lettered(self.notation.sample_index + primes))

    def size(self, size: int | str) -> Box:
        """The size of an axis: a number, or its letter."""
        names, offset = size_parts(size)
        parts: list[Box] = []
        for name, factor in names:
            parts += ([MINUS] if factor < 0 else [PLUS]) if parts else ([NEGATIVE] if factor < 0 else [])
            parts += [digits(str(abs(factor)))] if abs(factor) != 1 else []
            parts.append(_with_subscripts(*lettered(self.notation.sample_count if name == "n" else name)))
        if offset or not parts:
            parts += ([PLUS if offset > 0 else MINUS] if parts else []) + [digits(str(abs(offset)))]
        return row(*parts)

    def index(self, index: Index) -> Box:
        """An index counted from the notation's first index: `i`, `3`, `i + k - 1`."""
        shift = self.notation.first_index * (1 - sum(coefficient for _, coefficient in index.terms))
        return self._affine(index, shift)

    def _affine(self, index: Index, shift: int) -> Box:
        parts: list[Box] = []
        for axis, coefficient in index.terms:
            if coefficient < 0:
                parts.append(MINUS if parts else NEGATIVE)
            elif parts:
                parts.append(PLUS)
            if abs(coefficient) != 1:
                parts.append(digits(str(abs(coefficient))))
            parts.append(self.axis(axis))
        offset = index.offset + shift
        if not parts:
            return digits(str(offset)) if offset >= 0 else row(NEGATIVE, digits(str(-offset)))
        if offset:
            parts += [PLUS if offset > 0 else MINUS, digits(str(abs(offset)))]
        return row(*parts)

    def subscripts(self, indices: tuple[Index, ...], sizes: tuple[int | str, ...]) -> list[Box]:
        """Indices side by side, with commas where they could be misread."""
        boxes = [self.index(index) for index in indices]
        plain = all(
            index.axis is not None or (not index.terms and isinstance(size, int) and size < 10)
            for index, size in zip(indices, sizes, strict=True)
        )
        return boxes if plain else [separated(boxes)]

    def _named(self, tensor: Tensor, indices: tuple[Index, ...] | None) -> Box:
        if tensor.role is Role.ADJOINT and tensor.of and tensor.wrt:
            return self._adjoint(tensor, indices)
        if tensor.name in self.heads:
            head = self.heads[tensor.name]
            places = self.subscripts(indices, tensor.shape) if indices else []
            return Scripts(Fenced(head), row(*places)) if places else head
        if tensor.name in self.notation.names:
            stem, marks = marks_above(self.notation.names[tensor.name])
            return self._marked(*lettered(stem), None, tensor, indices, marks=marks)
        found = kind_of(tensor.name, tensor.role)
        if found is None:
            return self._marked(*lettered(tensor.name), None, tensor, indices)
        kind, layer = found
        base, own, number = self._letter(kind, layer, tensor, indices)
        return self._marked(base, own, number, tensor, indices, kind)

    def _letter(
        self, kind: Kind, layer: int, tensor: Tensor, indices: tuple[Index, ...] | None
    ) -> tuple[Box, tuple[Box, ...], Box | None]:
        """The letter of a part of the network, its own subscripts, and its layer number where that is written."""
        output = kind is Kind.OUTPUT and self.notation.numbered_output
        letter, numbered = self.notation.letter(kind, self.layers if output else layer, self.layers)
        spelled = letter.element
        if indices is None:
            spelled = letter.matrix if len(tensor.axes) > 1 else letter.vector
        base, own = lettered(spelled)
        if output and not self.layers:
            return base, own, Symbol("L", "L")
        return base, own, digits(str(self.layers if output else layer)) if numbered else None

    def _marked(
        self,
        base: Box,
        own: tuple[Box, ...],
        number: Box | None,
        tensor: Tensor,
        indices: tuple[Index, ...] | None,
        kind: Kind | None = None,
        marks: tuple[Box, ...] = (),
    ) -> Box:
        """The letter with its layer number, sample and indices, each in its place."""
        below: list[Box] = list(own)
        above: list[Box] = list(marks)
        sample: Box | None = None
        kept: list[tuple[Index, int | str]] = []
        if indices is not None:
            for index, axis in zip(indices, tensor.axes, strict=True):
                if is_sample(axis) and self.notation.sample_place == "superscript":
                    sample = self.index(index)
                elif axis.size != 1 or kind is None or kind in self.notation.kept_single:
                    kept.append((index, axis.size))
        if kind is Kind.WEIGHT and self.notation.weight_order == "output_input":
            kept.reverse()
        if number is not None:
            match self.notation.layer:
                case "subscript":
                    below.append(number)
                case "superscript":
                    above = [number] if sample is None else [sample, COMMA, number]
                    sample = None
                case "bracket":
                    above.append(Fenced(number, "[", "]"))
                case "parenthesised":
                    above.append(Fenced(number))
        if sample is not None:
            above.append(Fenced(sample))
        if kept:
            written = self.subscripts(tuple(index for index, _ in kept), tuple(size for _, size in kept))
            below += [COMMA, *written] if below else written
        return _scripted(base, below, above)

    def _adjoint(self, tensor: Tensor, indices: tuple[Index, ...] | None) -> Box:
        """A derivative: ∂L/∂W, dW, δ or ∇_W L, or of higher order."""
        above = self.tensor(tensor.of) or _guessed(tensor.of, ())
        split = len(above.axes)
        wrt = self.tensor(tensor.wrt) or _guessed(tensor.wrt, tensor.axes[split:])
        if split + len(wrt.axes) != len(tensor.axes):
            return self._marked(*lettered(tensor.name), None, tensor, indices)
        of_indices, wrt_indices = (None, None) if indices is None else (indices[:split], indices[split:])
        first_order = above.role is not Role.ADJOINT
        found = kind_of(wrt.name)
        if first_order and split == 0:
            if found is not None and found[0] is Kind.PRE_ACTIVATION and self.notation.error:
                _, numbered = self.notation.letter(found[0], found[1], self.layers)
                number = digits(str(found[1])) if numbered else None
                return self._marked(*lettered(self.notation.error), number, wrt, wrt_indices, found[0])
            if self.notation.gradient == "prefix":
                return row(DIFFERENTIAL, self._named(wrt, wrt_indices))
            if self.notation.gradient == "nabla" and indices is None:
                return row(Scripts(NABLA, self._named(wrt, None)), self._named(above, None))
        chain: list[Box] = [row(PARTIAL, self._named(wrt, wrt_indices))]
        top, top_indices = above, of_indices
        while top.role is Role.ADJOINT and top.of:
            inner = self.tensor(top.of) or _guessed(top.of, ())
            by = self.tensor(top.wrt) or _guessed(top.wrt, top.axes[len(inner.axes) :])
            cut = len(inner.axes)
            by_indices = None if top_indices is None else top_indices[cut:]
            chain.append(row(PARTIAL, self._named(by, by_indices)))
            top, top_indices = inner, None if top_indices is None else top_indices[:cut]
        sign: Box = PARTIAL if len(chain) == 1 else Scripts(PARTIAL, None, digits(str(len(chain))))
        return Fraction(row(sign, self._named(top, top_indices)), row(*chain))

    def derivative(self, of: Box, wrt: Box) -> Box:
        """One link of a chain of derivatives, ∂of/∂wrt."""
        return Fraction(row(PARTIAL, of), row(PARTIAL, wrt))


def names_for(notation: Notation, source: Program | Expression) -> Names:
    """The names for everything in a program or an expression."""
    if isinstance(source, Program):
        tensors = (*source.declared, *(definition.tensor for definition in source.definitions))
        kinds = filter(None, (kind_of(tensor.name, tensor.role) for tensor in tensors))
        return Names(notation, tensors, max((layer for _, layer in kinds), default=0))
    return Names(notation, tensors_in(source))


def is_sample(axis: Axis) -> bool:
    """Whether an axis counts the samples of a batch."""
    return axis.name.rstrip("'") == "n" and axis.size == "n"


def _guessed(name: str, axes: tuple[Axis, ...]) -> Tensor:
    """A tensor that is known by its name only."""
    match = _ADJOINT.fullmatch(name)
    if match:
        return Tensor(name, axes, Role.ADJOINT, match[1], match[2])
    return Tensor(name, axes, next((role for role in Role if kind_of(name, role)), Role.VALUE))


def _with_subscripts(base: Box, own: tuple[Box, ...]) -> Box:
    return _scripted(base, list(own), [])


def _scripted(base: Box, below: list[Box], above: list[Box]) -> Box:
    if isinstance(base, Primed) and above:
        base = Fenced(base)
    if not below and not above:
        return base
    return Scripts(base, row(*below) if below else None, row(*above) if above else None)
