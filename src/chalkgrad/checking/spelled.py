"""How a document spells its quantities, its sizes and the functions that it leaves undefined."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from chalkgrad.checking.words import Spelling, lowered, plainly, raised, told
from chalkgrad.drawing.labels import GREEK
from chalkgrad.language import Expression
from chalkgrad.reading.readings import Reading
from chalkgrad.reading.scripts import MEANINGS, Item, scripts_of
from chalkgrad.reading.vocabulary import Use

_ACCENTS = {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303", "dot": "\u0307", "vec": "\u20d7", "widehat": "\u0302"}
_MANY = "n"  # how a number of things is called that has no letter


def spelling_of(reading: Reading, samples: Iterable[str] = ()) -> Spelling:
    """The spelling of a document under a reading of it; `samples` are the sizes that count samples."""
    tensors: dict[str, str] = {}
    for use, _ in reading.facts.symbols():
        tensors.setdefault(str(use.symbol), spelled(use))
    sizes: dict[int | str, str] = {}
    for size in list(reading.sizes.parent):
        root = reading.sizes.find(size)
        if isinstance(size, str) and size.startswith("size ") and isinstance(root, str):
            sizes.setdefault(root, plainly(size.removeprefix("size ")))
    for root in samples:
        sizes.setdefault(root, _MANY)
    functions = {row: plainly(name) for name, row in reading.unknown.items()}
    spelling = Spelling(tensors, sizes, functions)
    for name, each in reading.formulas.items():  # in one there may be others that stand before it
        tensors[name] = _formula(each.body, spelling)
    return spelling


def _formula(body: Expression, spelling: Spelling) -> str:
    """A formula that has no name, as its own name."""
    text = MEANINGS.sub("", told(body, spelling))
    return text if text.isalnum() else f"({text})"


def spelled(use: Use) -> str:
    r"""A quantity as it is written: `W^{[2]}_{ij}` is `W^[2]`, `\hat y_1` of a vector is `ŷ`."""
    name = use.name
    if name is None:
        return plainly(str(use.symbol))
    bare = name.base.removeprefix("\\")
    base = GREEK.get(bare, bare)
    for accent in name.accents:
        base = base[:1] + _ACCENTS.get(accent, "") + base[1:]
    base = unicodedata.normalize("NFC", base) + "'" * name.primes
    left = list(use.symbol.labels)
    scripts = scripts_of(name)
    above = "".join(_shown(item, left) for item in scripts.above)
    below = ",".join(filter(None, (_shown(item, left) for item in scripts.below)))
    return base + (lowered(below) if below else "") + (raised(above) if above else "")


def _shown(item: Item, left: list[tuple[str, int]]) -> str:
    """A mark of the name; nothing for an index or a power."""
    if (item.text, item.offset) not in left:
        return ""
    left.remove((item.text, item.offset))
    return str(item)
