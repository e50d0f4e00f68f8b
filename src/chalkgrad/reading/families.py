r"""Names that differ only in subscripts: `w_{11}, w_{12}, …` are the places of one tensor w, a lone `c_1` is c."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from math import prod

from chalkgrad.language import Axis, Tensor
from chalkgrad.page.syntax import BigOperator, Chain, Name, Number, Scripted, Syntax, parts
from chalkgrad.reading.scope import Scope, core, is_label, superscript_parts, text_of

_LARGEST_PLACE = 100_000
_NOT_QUANTITIES = frozenset({"max", "min", "pi", "partial", "nabla", "1", "T", "top"}) | {
    "softmax",
    "diag",
    "tr",
    "trace",
    "np.sum",
}


def quantities(syntax: Syntax) -> Iterator[Name]:
    """The names of quantities in a part, with their subscripts: no functions, indices, layer labels or transposes."""
    pending: list[Syntax] = [syntax]
    while pending:
        part = pending.pop()
        match part:
            case Name(superscripts=above):
                exponential = part.base == "e" and not part.accents and above and not part.subscripts
                if _is_quantity(part.base, part.accents) and not exponential:
                    yield part
                exponents = [each for each in superscript_parts(part) if not is_label(each)]
                pending.extend(reversed(exponents if above else []))
            case Scripted(base=base, superscripts=above):
                pending.extend(reversed((base, *above)))
            case BigOperator(body=body):
                pending.append(body)
            case _:
                pending.extend(reversed(parts(part)))


@lru_cache(4096)
def _is_quantity(base: str, accents: tuple[str, ...]) -> bool:
    """Whether a name with these letters is no function, constant or sign."""
    bare = Name(base, accents=accents)
    return Scope().function(bare) is None and core(bare) not in _NOT_QUANTITIES


def key_of(name: Name) -> str:
    """The name without its indices: base, accents, primes and layer."""
    layer = "".join(text_of(part) for part in superscript_parts(name) if is_label(part))
    return core(name) + (f"^{layer}" if layer else "")


@dataclass(frozen=True)
class Family:
    """A tensor that was written place by place: its key, how many places along each axis, and how each is written."""

    key: str
    sizes: tuple[int, ...]
    members: tuple[str, ...]

    @property
    def tensor(self) -> Tensor:
        """The tensor, each of its axes with a name of its own for now."""
        axes = (Axis(f"{self.key}.{position}", size) for position, size in enumerate(self.sizes))
        return Tensor(self.key, tuple(axes))


def places_written(name: Name) -> tuple[str, ...] | None:
    """The subscripts in digits, or None where they are anything else."""
    texts = tuple(part.text for part in name.subscripts if isinstance(part, Number) and part.text.isdigit())
    return texts if texts and len(texts) == len(name.subscripts) else None


def families(names: Iterable[Name]) -> tuple[dict[str, Family], dict[str, str]]:
    """The families among the names, and the names with a lone subscript: `c_1` with the short name c.

    >>> found, lone = families([Name("h", (Number("1"),)), Name("h", (Number("2"),)), Name("c", (Number("1"),))])
    >>> found["h"].sizes, lone
    ((2,), {'c_1': 'c'})
    """
    written: dict[str, dict[tuple[str, ...], None]] = {}
    bare: set[str] = set()
    for name in names:
        places = places_written(name)
        if places is None:
            bare.add(key_of(name))
        else:
            written.setdefault(key_of(name), {})[places] = None
    found: dict[str, Family] = {}
    lone: dict[str, str] = {}
    for key, members in written.items():
        sizes = _grid(list(members))
        spelled = tuple(f"{key}_{','.join(places)}" for places in members)
        if sizes is not None:
            found[key] = Family(key, sizes, spelled)
        else:
            for each in spelled:
                lone[each] = key if len(spelled) == 1 and key not in bare else each
    return found, lone


def _grid(members: list[tuple[str, ...]]) -> tuple[int, ...] | None:
    """The sizes of the full grid that the places fill, read digit by digit or as whole numbers; or None."""
    readings = [members]
    if all(len(member) == 1 for member in members) and len({len(member[0]) for member in members}) == 1:
        readings.insert(0, [tuple(member[0]) for member in members])
    for reading in readings:
        if len({len(member) for member in reading}) != 1 or len(reading) < 2:
            continue
        places = {tuple(int(text[:7]) for text in member) for member in reading}
        sizes = tuple(max(axis) for axis in zip(*places, strict=True))
        if max(sizes) > _LARGEST_PLACE or prod(sizes) != len(places):
            continue
        if places == set(product(*(range(1, size + 1) for size in sizes))):
            return sizes
    return None


def is_definition(syntax: Syntax) -> bool:
    """Whether an equation has a name, and nothing else, on its left side."""
    return isinstance(syntax, Chain) and syntax.relations[0] == "=" and isinstance(syntax.sides[0], Name)
