r"""Letters that count the units of any layer, `\sum_{m=1}^M w^l_{jm} a^{l-1}_m` for each l."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from chalkgrad.language import Definition
from chalkgrad.reading.sizes import Size, Sizes
from chalkgrad.reading.vocabulary import Symbol


def free_layers(sizes: Sizes, definitions: Mapping[str, Definition], symbols: Iterable[Symbol]) -> None:
    """Lets a claim say that what one letter counts in two layers it counts in another as well."""
    layers: dict[tuple[str, str, int], list[Size]] = defaultdict(list)
    for symbol in symbols:
        definition = definitions.get(str(symbol))
        if definition is not None and len(symbol.labels) == 1:
            for place, axis in enumerate(definition.tensor.axes):
                layers[symbol.base, symbol.labels[0][0], place].append(axis.size)
    for group in layers.values():
        counts = Counter(map(sizes.find, group))
        for shared in (size for size, count in counts.items() if count > 1 and sizes.has_letter(size)):
            sizes.free |= {frozenset((shared, other)) for other in counts if other != shared}


__all__ = ["free_layers"]
