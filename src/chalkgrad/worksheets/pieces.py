"""What a worksheet is made of, before it is Markdown, LaTeX or a notebook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from chalkgrad.drawing import Scene
from chalkgrad.writing.boxes import Box

# Words with mathematics between them. Equations within words are not read as claims when a document is checked.
Inline: TypeAlias = tuple[str | Box, ...]


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 is the title of the whole."""

    level: int
    words: Inline


@dataclass(frozen=True)
class Paragraph:
    """Words with mathematics between them."""

    words: Inline


@dataclass(frozen=True)
class Displayed:
    """Equations on lines of their own."""

    box: Box


@dataclass(frozen=True)
class Bullets:
    """A list."""

    entries: tuple[Inline, ...]


@dataclass(frozen=True)
class NumberTable:
    """A table of numbers, their names in the first column."""

    head: tuple[Inline, ...]
    rows: tuple[tuple[Inline, ...], ...]


@dataclass(frozen=True)
class Drawing:
    """A drawing of a network."""

    scene: Scene


@dataclass(frozen=True)
class Gap:
    """Where an answer goes, and what is asked for there; `equations` says whether that is a displayed equation."""

    asked: str
    equations: bool = True


Piece: TypeAlias = Heading | Paragraph | Displayed | Bullets | NumberTable | Drawing | Gap
