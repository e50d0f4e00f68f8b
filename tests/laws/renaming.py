"""Law 1: a letter of a document becomes another one everywhere, and nothing else changes."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from laws.letters import PLAIN, WORDS, Letter, letters
from laws.passages import maths_of, rewritten

ROLES_TABLE = Path(__file__).parent / "roles.toml"

# What each role may be called instead; a capital stays one. The first of them that a document does not use are taken.
NEW_LETTERS: dict[str, tuple[str, ...]] = {
    "loss": ("R", "Q", "S", "\\mathcal{R}", "\\Lambda"),
    "target": ("d", "s", "r"),
    "input": ("p", "u", "s"),
    "weights": ("m", "k", "p", "r"),
    "bias": ("r", "q", "s"),
    "hidden": ("q", "s", "r"),
    "activation": ("o", "q", "r"),
    "pre_activation": ("v", "q", "r"),
    "delta": ("\\gamma", "g", "r"),
    "sample": ("s", "q", "r"),
    "layer": ("q", "s", "r"),
    "unit": ("s", "r", "q", "t"),
}
EVERYTHING = "all of them"
_PROSE_LETTER = re.compile(r"(?<![\w\\'’])[A-Za-z](?![\w'’])")
_ENGLISH = {"a", "A", "I"}


@dataclass(frozen=True)
class Renaming:
    """The letters of one role (or of all roles) of a document and what they are called instead."""

    role: str
    names: Mapping[str, str]

    def __str__(self) -> str:
        return f"{self.role}: " + ", ".join(f"{old} to {new}" for old, new in self.names.items())


def roles() -> dict[str, dict[str, list[str]]]:
    """For each document, relative to `tests/corpus/right`, the letters that play each role."""
    with ROLES_TABLE.open("rb") as file:
        table = tomllib.load(file)
    return {document: {role: names.split() for role, names in row.items()} for document, row in table.items()}


def renamings(text: str, suffix: str, roles_of_document: Mapping[str, Sequence[str]]) -> Iterator[Renaming]:
    """Every way to rename one role by letters that the document does not use, and one to rename all roles at once."""
    passages = maths_of(text, suffix)
    used = {letter.name.casefold() for latex in passages for letter in letters(latex)}
    together: dict[str, str] = {}
    for role, old in roles_of_document.items():
        families = list(dict.fromkeys(name.casefold() for name in old))
        fresh = [new for new in NEW_LETTERS[role] if new.casefold() not in used and _stays_clear(passages, old, new)]
        if suffix == ".txt":
            fresh = [new for new in fresh if new in PLAIN or not new.startswith("\\")]
        for start in range(0, max(1, len(fresh) - len(families) + 1), len(families)):
            chosen = dict(zip(families, fresh[start:], strict=False))
            names = {name: _same_case(name, chosen[name.casefold()]) for name in old if name.casefold() in chosen}
            if names:
                yield Renaming(role, names)
        taken = {new.casefold() for new in together.values()}
        free = [new for new in fresh if new.casefold() not in taken]
        chosen = dict(zip(families, free, strict=False))
        together |= {name: _same_case(name, chosen[name.casefold()]) for name in old if name.casefold() in chosen}
    yield Renaming(EVERYTHING, together)


def renamed(text: str, suffix: str, names: Mapping[str, str]) -> str:
    """The document with every letter of `names` replaced, in its maths and, where it stands alone, in its prose.

    >>> renamed(r"The loss L: $\\frac{dL}{dw} = \\hat yLx$", ".md", {"L": "R", "w": "m"})
    'The loss R: $\\\\frac{dR}{dm} = \\\\hat yRx$'
    """
    plain = suffix == ".txt"
    return rewritten(
        text,
        suffix,
        lambda latex: renamed_maths(latex, names, plain),
        lambda prose: _renamed_prose(prose, names, plain),
    )


def renamed_maths(latex: str, names: Mapping[str, str], plain: bool = False) -> str:
    parts, last = [], 0
    for letter in letters(latex):
        new = names.get(letter.name)
        if new is None:
            continue
        parts.append(latex[last : letter.start])
        parts.append(_fitted(latex, letter, PLAIN.get(new, new) if plain else new))
        last = letter.end
    return "".join(parts) + latex[last:]


def _fitted(latex: str, letter: Letter, new: str) -> str:
    """The new letter in the place of the old one, parted from a command before it and from letters after it."""
    if letter.mark:
        assert not new.startswith("\\"), "a mark above a command"
        return unicodedata.normalize("NFC", new + letter.mark)
    before, after = latex[: letter.start], latex[letter.end :]
    if new.startswith("\\mathcal") and before.rstrip().endswith(("^", "_")):
        return f"{{{new}}}"
    if new[0].isalpha() and re.search(r"\\[A-Za-z]+$", before):
        new = f" {new}"
    if new.startswith("\\") and not new.endswith("}") and after[:1].isalpha() and after[0].isascii():
        new = f"{new} "
    return new


def _renamed_prose(prose: str, names: Mapping[str, str], plain: bool) -> str:
    def instead(found: re.Match[str]) -> str:
        new = names.get(found[0])
        if new is None or found[0] in _ENGLISH:
            return found[0]
        new = PLAIN.get(new, new) if plain else new
        return f"${new}$" if new.startswith("\\") else new

    return _PROSE_LETTER.sub(instead, prose)


def _stays_clear(passages: Sequence[str], old: Sequence[str], new: str) -> bool:
    """Whether the new letter makes no differential (`dF` for y times F), no word, and no command with a mark."""
    for latex in passages:
        found = list(letters(latex))
        for letter, following in zip(found, [*found[1:], None], strict=False):
            if letter.name not in old:
                continue
            if letter.mark and new.startswith("\\"):
                return False
            between = latex[letter.end : following.start] if following is not None else "+"
            if new == "d" and not re.sub(r"\\[,;!: ]|\s", "", between):
                return False
    changed = [renamed_maths(latex, dict.fromkeys(old, new)) for latex in passages]
    runs = chain.from_iterable(re.findall(r"(?<![\\A-Za-z])[A-Za-z]{2,}", latex) for latex in changed)
    kept = set(chain.from_iterable(re.findall(r"[A-Za-z]{2,}", latex) for latex in passages))
    return all(run in kept or run not in WORDS for run in runs)


def _same_case(old: str, new: str) -> str:
    return new.upper() if len(new) == 1 and old.lstrip("\\")[0].isupper() else new
