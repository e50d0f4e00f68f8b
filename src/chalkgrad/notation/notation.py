"""The `Notation`: letters, places of the layer number and the sample, order of indices, and style of a gradient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from chalkgrad.notation.kinds import Kind

LayerPlace = Literal["none", "subscript", "superscript", "bracket", "parenthesised"]


@dataclass(frozen=True)
class Letter:
    """The letter of one kind of tensor: of its elements, of one vector of it, of all of it as a matrix.

    Letters are spelled as names are: `yhat`, `delta`, `ell`, `out'`, `c_1`.

    >>> Letter("w", matrix="W").vector
    'w'
    """

    element: str
    vector: str = ""
    matrix: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "vector", self.vector or self.element)
        object.__setattr__(self, "matrix", self.matrix or self.vector)


@dataclass(frozen=True)
class Notation:
    """How a network is written on paper.

    `letters` has a row for each kind of tensor. `own_letters` gives a kind letters of its own per layer, instead of
    layer numbers, for networks with exactly so many layers of that kind. `layer` is the place of the layer number
    (W₁, W¹, W^[1], W^(1)); `numbered_output` gives the output one too. `weight_order` is the order of the indices of a
    weight: from i to j as ij, or as ji. `samples` says whether the samples are the rows or the columns of a matrix.
    `sample_index` runs over `sample_count` samples and is written in `sample_place`. `gradient` is the style of a
    derivative: ∂L/∂W, dW, or ∇_W L (in matrix form); `error`, if given, is the letter for the derivative by a
    pre-activation. `kept_single` are the kinds that keep the index 1 of an axis of size 1. `names` spells single
    tensors of a program in their own way.
    """

    name: str
    description: str
    letters: Mapping[Kind, Letter]
    own_letters: Mapping[Kind, tuple[Letter, ...]] = field(default_factory=dict)
    layer: LayerPlace = "parenthesised"
    numbered_output: bool = False
    weight_order: Literal["input_output", "output_input"] = "input_output"
    samples: Literal["rows", "columns"] = "rows"
    sample_index: str = "n"
    sample_count: str = "N"
    sample_place: Literal["subscript", "superscript"] = "subscript"
    gradient: Literal["fraction", "prefix", "nabla"] = "fraction"
    error: str = ""
    kept_single: frozenset[Kind] = frozenset()
    names: Mapping[str, str] = field(default_factory=dict)
    first_index: int = 1

    def letter(self, kind: Kind, layer: int, layers: int) -> tuple[Letter, bool]:
        """The letter of a kind in layer `layer` of a network of `layers` layers, and whether it needs its number.

        With a single layer there is nothing to number; where the depth is not known (0) every layer is numbered.

        >>> from chalkgrad.notation import notation_named
        >>> notation_named("sheet").letter(Kind.WEIGHT, 2, 2)[0].element
        'v'
        """
        own = self.own_letters.get(kind, ())
        count = layers - 1 if kind is Kind.ACTIVATION else layers
        if own and len(own) == count and 1 <= layer <= count:
            return own[layer - 1], False
        return self.letters[kind], layer > 0 and layers != 1 and self.layer != "none"
