r"""Labels of drawings: short LaTeX such as `w_{12}`, `\hat y`, `W^{[1]}`, as pieces that every output can set."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby

GREEK = {
    **{"alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ"},
    **{"iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ"},
    **{"tau": "τ", "upsilon": "υ", "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω"},
}
_COMMANDS = GREEK | {"cdot": "·", "partial": "∂", "odot": "⊙", "times": "×", "cdots": "⋯", "vdots": "⋮", "ell": "ℓ"}
_COMMANDS |= {
    **{"nabla": "∇", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Sigma": "Σ", "Phi": "Φ", "Omega": "Ω"},
    **{"circ": "∘", "top": "ᵀ"},
    **dict.fromkeys(("left", "right", "bigl", "bigr", "big", "Big", "quad", "displaystyle", ",", ";", ":", "!"), ""),
}
_FRACTIONS = ("frac", "dfrac", "tfrac")
_ACCENTS = {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303", "dot": "\u0307", "vec": "\u20d7"}
_UPRIGHT = ("mathrm", "operatorname", "text", "mathbf", "boldsymbol")
_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[{}_^]|\s+|.")
_SUBSCRIPTS = str.maketrans("0123456789+-=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ")
_SUPERSCRIPTS = str.maketrans("0123456789+-=()inT", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁱⁿᵀ")


@dataclass(frozen=True)
class Piece:
    """A run of characters on the line (level 0), below it (-1) or above it (1); `upright` for words."""

    text: str
    level: int = 0
    upright: bool = False


def pieces_of(latex: str) -> tuple[Piece, ...]:
    r"""The pieces of a label.

    >>> [(piece.text, piece.level) for piece in pieces_of(r"w_{12}")]
    [('w', 0), ('12', -1)]
    """
    tokens = [token for token in _TOKEN.findall(latex) if not token.isspace()]
    found: list[Piece] = []
    _read(tokens, 0, found, 0, False)
    return tuple(found)


def _read(tokens: list[str], at: int, found: list[Piece], level: int, upright: bool, single: bool = False) -> int:
    while at < len(tokens):
        token = tokens[at]
        if token == "}":
            return at
        if token == "{":
            at = _read(tokens, at + 1, found, level, upright) + 1
        elif token in "_^":
            at = _read(tokens, at + 1, found, -1 if token == "_" else 1, upright, single=True)
        elif token[0] == "\\" and token[1:] in _ACCENTS:
            start = len(found)
            at = _read(tokens, at + 1, found, level, upright, single=True)
            if len(found) > start:
                found[start] = Piece(_accented(found[start].text, token[1:]), level, upright)
        elif token[0] == "\\" and token[1:] in _FRACTIONS:
            at = _read_part(tokens, at + 1, found, level, upright)
            found.append(Piece("/", level, upright))
            at = _read_part(tokens, at, found, level, upright)
        elif token[0] == "\\" and token[1:] in _UPRIGHT:
            at = _read(tokens, at + 1, found, level, True, single=True)
        else:
            text = _COMMANDS.get(token[1:], token[1:]) if token[0] == "\\" else token
            if text == token[1:] and text.isalpha() and at + 1 < len(tokens) and tokens[at + 1][-1].isalnum():
                text += " "  # `\sin x`
            last = found[-1] if found and not single else None
            if last is not None and last.level == level and last.upright == upright:
                found[-1] = Piece(last.text + text, level, upright)
            else:
                found.append(Piece(text, level, upright))
            at += 1
        if single:
            return at
    return at


def _read_part(tokens: list[str], at: int, found: list[Piece], level: int, upright: bool) -> int:
    """Reads what stands above or below the bar of a fraction; in brackets if it is more than one thing."""
    inner: list[Piece] = []
    at = _read(tokens, at, inner, level, upright, single=True)
    long = level == 0 and any(sign in piece.text.strip() for piece in inner for sign in "+-= ")
    found += [Piece("(", level, upright), *inner, Piece(")", level, upright)] if long else inner
    return at


def _accented(text: str, accent: str) -> str:
    return text[:1] + _ACCENTS[accent] + text[1:]


Run = tuple[Piece, ...]


def stacks_of(latex: str) -> tuple[tuple[Run, ...], ...]:
    r"""The label from left to right: what stands on the line, and scripts, an exponent and an index as one stack.

    >>> [[run[0].text for run in stack] for stack in stacks_of(r"w^{(1)}_{11} x_2")]
    [['w'], ['(1)', '11'], ['x'], ['2']]
    """
    runs = [tuple(run) for _, run in groupby(pieces_of(latex), lambda piece: piece.level)]
    found: list[tuple[Run, ...]] = []
    for run in runs:
        before = found[-1] if found else ()
        if run[0].level and len(before) == 1 and before[0][0].level == -run[0].level:
            found[-1] = (before[0], run)
        else:
            found.append((run,))
    return tuple(found)


def width_of(latex: str, size: float) -> float:
    """About how wide a label is at a font size, on the safe side (a serif face; scripts at 70 %)."""
    return size * sum(max(map(_safe_width, stack)) for stack in stacks_of(latex))


def _safe_width(run: Run) -> float:
    return sum(
        (1.0 if piece.level == 0 else 0.72) * sum(0.0 if "\u0300" <= c <= "\u036f" else 0.62 for c in piece.text)
        for piece in run
    )


def label_of(name: str) -> str:
    r"""A person's own name for something as a label: a letter as one, also with an index, and words upright.

    >>> label_of("u"), label_of("alpha_2"), label_of("blood pressure")
    ('u', '\\alpha_{2}', '\\text{blood\\ pressure}')
    """
    letter, _, index = name.partition("_")
    if (len(letter) == 1 or letter in GREEK) and letter.isalpha() and (index.isalnum() or letter == name):
        stem = f"\\{letter}" if letter in GREEK else letter
        return f"{stem}_{{{index}}}" if index else stem
    words = re.sub(r"[^\w .,'-]", "", name)
    return r"\text{" + re.sub(r"([ _])", r"\\\1", words) + "}"


def unicode_of(latex: str) -> str:
    r"""The label in one line of Unicode, with raised and lowered digits where they exist.

    >>> unicode_of(r"w_{12}"), unicode_of(r"\hat{y}"), unicode_of(r"\nabla_W L")
    ('w₁₂', 'ŷ', '∇_W L')
    >>> unicode_of(r"\frac{1}{1 + e^{-t}}"), unicode_of(r"\left(f \circ g\right)'"), unicode_of(r"\sin x")
    ('1/(1+e^-t)', "(f∘g)'", 'sin x')
    """
    import unicodedata

    text = apart = ""
    for piece in pieces_of(latex):
        if piece.level:
            glyphs = _SUBSCRIPTS if piece.level < 0 else _SUPERSCRIPTS
            whole = all(ord(character) in glyphs for character in piece.text)
            text += piece.text.translate(glyphs) if whole else ("_" if piece.level < 0 else "^") + piece.text
            apart = " " if not whole else ""
        else:
            text += apart * piece.text[:1].isalpha() + piece.text
            apart = ""
    return unicodedata.normalize("NFC", text)
