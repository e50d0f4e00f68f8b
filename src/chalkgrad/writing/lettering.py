"""From a name as it is spelled in a program (`W1`, `yhat`, `alpha_0`, `out'`) to how it is lettered on paper."""

from __future__ import annotations

import re
from typing import Literal

from chalkgrad.writing.boxes import COMMA, MINUS, PLUS, Accent, Box, Fenced, Primed, Symbol, digits, row

# fmt: off
GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ",
    "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ",
    "tau": "τ", "upsilon": "υ", "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ",
    "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Upsilon": "Υ", "Phi": "Φ", "Psi": "Ψ",
    "Omega": "Ω", "ell": "ℓ",
}
# fmt: on
_SPELLED = {letter: name for name, letter in GREEK.items()}
_ACCENTS: tuple[tuple[str, Literal["hat", "bar", "tilde"]], ...] = (("hat", "hat"), ("bar", "bar"), ("tilde", "tilde"))
_PIECE = re.compile(r"[^\W\d_]+|\d+|[-+,*]")
_SIGNED = re.compile(r"[^\W_]+(?:[-+,][^\W_]+)+\*?")
_SIGNS = {"-": MINUS, "+": PLUS, ",": COMMA, "*": Symbol("*", "∗")}
_STEM = re.compile(r"([^\W\d_]+)(\d*)")


def lettered(name: str) -> tuple[Box, tuple[Box, ...]]:
    """The letter that a name is written with, and the subscripts that belong to the name itself.

    Greek names become letters, `hat`, `bar` and `tilde` after a letter become accents, digits at the end and what
    follows an underscore become subscripts, apostrophes become primes, longer names are set upright.

    >>> lettered("alpha")[0].unicode, lettered("W1")[1][0].unicode, lettered("out")[0].latex
    ('α', '1', '\\\\mathrm{out}')
    """
    stripped = name.rstrip("'")
    primes = len(name) - len(stripped)
    first, *rest = [part for part in stripped.split("_") if part] or [stripped]
    subscripts: list[Box] = []
    base = _part(first, subscripts)
    for part in rest:
        mark = next((mark for ending, mark in _ACCENTS if ending == part), None)
        if mark and not subscripts and isinstance(base, Symbol) and len(base.unicode) == 1:
            base = Accent(mark, base)
            continue
        inner: list[Box] = []
        subscripts += [_part(part, inner), *inner]
    return (Primed(base, primes) if primes else base), tuple(subscripts)


def marks_above(name: str) -> tuple[str, tuple[Box, ...]]:
    """The name without the marks above it, and these: `W^[1]`, `a^L`, `z^l-1`, each after a caret.

    >>> name, marks = marks_above("W_f^[2]")
    >>> name, marks[0].body.unicode, marks[0].opening
    ('W_f', '2', '[')
    """
    stem, *marks = name.split("^")
    return stem, tuple(_mark(mark) for mark in marks if mark)


def _mark(text: str) -> Box:
    fence = text[:1]
    if fence in ("[", "(") and text.endswith("]" if fence == "[" else ")"):
        return Fenced(_signed(text[1:-1]), fence, text[-1])
    return _signed(text)


def _signed(text: str) -> Box:
    """A mark such as `l-1`: its letters and numbers with the signs between them."""
    return row(*(_SIGNS.get(piece) or _part(piece, []) for piece in _PIECE.findall(text)))


def _part(text: str, subscripts: list[Box]) -> Box:
    """One part of a name without underscores; the digits at its end go to `subscripts`."""
    if text.isdigit():
        return digits(text)
    match = _STEM.fullmatch(text)
    if match is None:
        return _signed(text) if _SIGNED.fullmatch(text) else _upright(text)
    if match[2]:
        subscripts.append(digits(match[2]))
    return _stem(match[1])


def _stem(text: str) -> Box:
    text = _SPELLED.get(text, text)
    if text in GREEK:
        return Symbol(rf"\{text}", GREEK[text])
    if len(text) == 1:
        return Symbol(text, text)
    for ending, mark in _ACCENTS:
        stem = text.removesuffix(ending)
        if stem != text and (len(stem) == 1 or stem in GREEK):
            return Accent(mark, _stem(stem))
    return _upright(text)


def _upright(text: str) -> Symbol:
    escaped = text.replace("_", r"\_")
    return Symbol(rf"\mathrm{{{escaped}}}", text, "upright")
