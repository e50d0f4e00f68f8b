"""The LaTeX commands that the reader knows, by what they do, and the Unicode characters that stand for some of them."""

from __future__ import annotations

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


GREEK = _words(
    "Delta Gamma Lambda Omega Phi Pi Psi Sigma Theta Upsilon Xi alpha beta chi delta epsilon eta gamma iota kappa "
    "lambda mu nu omega phi pi psi rho sigma tau theta upsilon varepsilon varphi varpi varrho varsigma vartheta "
    "xi zeta"
)
NAMED = _words(
    "Pr arccos arcsin arctan arg cos cosh dagger det ell exp hbar imath inf infty intercal jmath lim ln log max "
    "min nabla partial sech sgn sin sinh sup tan tanh top tr"
)
SYMBOLS = GREEK | NAMED
FRACTIONS = _words("cfrac dfrac frac tfrac")
ACCENTS = {
    "hat": "hat",
    "widehat": "hat",
    "bar": "bar",
    "overline": "bar",
    "tilde": "tilde",
    "widetilde": "tilde",
    "vec": "vec",
    "overrightarrow": "vec",
    "dot": "dot",
    "ddot": "ddot",
    "check": "check",
}
FONTS = _words(
    "bm boldsymbol mathbb mathbbm mathbf mathcal mathds mathfrak mathit mathop mathrm mathscr mathsf mathtt mbox "
    "operatorname pmb text textbf textit textrm textsf texttt"
)
PROSE_FONTS = _words("mbox text textbf textit textrm textsf texttt")
CONNECTIVES = _words("and else elsewhere for hence if or otherwise since so then thus when where with")
OPERATORS = {
    "cdot": r"\cdot",
    "times": r"\times",
    "odot": r"\odot",
    "circ": r"\circ",
    "ast": "*",
    "bullet": r"\cdot",
    "div": "/",
    "otimes": r"\otimes",
}
RELATIONS = {
    "approx": "≈",
    "simeq": "≈",
    "equiv": "=",
    "coloneqq": "=",
    "coloneq": "=",
    "defeq": "=",
    "doteq": "=",
    "eqqcolon": "=:",
    "triangleq": "=",
    "le": "<=",
    "leq": "<=",
    "leqslant": "<=",
    "ge": ">=",
    "geq": ">=",
    "geqslant": ">=",
    "lt": "<",
    "gt": ">",
    "ne": "!=",
    "neq": "!=",
    "in": "∈",
    "to": "→",
    "rightarrow": "→",
    "leftarrow": "←",
    "gets": "←",
    "implies": "⇒",
    "Rightarrow": "⇒",
    "Longrightarrow": "⇒",
    "iff": "⇔",
    "Leftrightarrow": "⇔",
    "propto": "∝",
    "sim": "∼",
    "mapsto": "↦",
}
RELATION_SIGNS = (
    (":=", "="),
    ("=:", "=:"),
    ("==", "="),
    ("!=", "!="),
    ("<=", "<="),
    (">=", ">="),
    ("=>", "⇒"),
)
BIG_OPERATORS = _words("prod sum")
DOTS = _words("cdots ddots dots dotsb dotsc ldots vdots")
OPENING = {
    "{": r"\{",
    "lbrace": r"\{",
    "lbrack": "[",
    "lvert": "|",
    "lVert": r"\|",
    "langle": r"\langle",
}
CLOSING = {
    "}": r"\{",
    "rbrace": r"\{",
    "rbrack": "[",
    "rvert": "|",
    "rVert": r"\|",
    "rangle": r"\langle",
}
BARS = {
    "|": r"\|",
    "Vert": r"\|",
    "vert": "|",
    "mid": "|",
}
SPACES = _words("qquad quad")
SKIPPED = _words(
    "Big Bigg Biggl Biggr Bigl Bigm Bigr allowbreak because big bigg biggl biggr bigl bigm bigr boxed break "
    "cancel displaystyle hfill left limits mathstrut middle noindent nolimits nonumber notag right "
    "scriptstyle smash textstyle therefore"
) | {",", ";", "!", ":", " ", ">", "/", "-", "\n", "\t"}
SKIPPED_WITH_ARGUMENT = _words(
    "cite color eqref footnote hphantom hspace kern label mspace phantom ref tag vphantom vspace"
)
REFUSED = _words("catcode csname immediate include input openin openout read write")
STACKED = _words("overset stackrel underset")
BRACES = _words("overbrace underbrace")
CLOSES = {"(": ")", "[": "]", r"\{": r"\}", "|": "|", r"\|": r"\|", r"\langle": r"\rangle"}
ENDS_OPERAND = frozenset({"NUMBER", "WORD", "TEXT", "CLOSE", "END", "PRIME", "END_CASES", "END_MATRIX", "DOTS"})
PUNCTUATION = {"+": "SIGN", "-": "SIGN", "*": "OPERATOR", "/": "OPERATOR", ",": "COMMA", ";": "COMMA"}
CASES = _words("cases dcases rcases")
MATRICES = _words("matrix pmatrix bmatrix Bmatrix smallmatrix")
LAYOUTS = _words(
    "equation align aligned alignat gather gathered split multline eqnarray math displaymath "
    "equation* align* aligned* alignat* gather* gathered* split* multline* eqnarray* math* displaymath*"
)
KNOWN = sorted(
    {*SYMBOLS, *FRACTIONS, *ACCENTS, *FONTS, *OPERATORS, *RELATIONS, *BIG_OPERATORS, *DOTS}
    | {"sqrt", "prime", "left", "right", "quad", "begin", "end"}
)

_SMALL_GREEK = "αβγδεζηθικλμνξπρστυφχψω"
_SMALL_NAMES = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon "
    "phi chi psi omega "
)
CHARACTERS = dict(zip(_SMALL_GREEK, _SMALL_NAMES.split(), strict=True)) | {
    "Γ": "Gamma",
    "Δ": "Delta",
    "Θ": "Theta",
    "Λ": "Lambda",
    "Ξ": "Xi",
    "Π": "Pi",
    "Φ": "Phi",
    "Ψ": "Psi",
    "Ω": "Omega",
    "ϕ": "phi",
    "ϵ": "epsilon",
    "Σ": "sum",
    "∑": "sum",
    "∏": "prod",
    "∂": "partial",
    "∇": "nabla",
    "ℓ": "ell",
    "∞": "infty",
    "⊤": "top",
    "⊙": "odot",
    "∘": "circ",
    "·": "cdot",
    "⋅": "cdot",
    "×": "times",
    "÷": "div",
    "∗": "ast",
    "≔": "coloneqq",
    "≕": "eqqcolon",
    "←": "gets",
    "≤": "le",
    "≥": "ge",
    "≠": "ne",
    "≈": "approx",
    "≡": "equiv",
    "∈": "in",
    "→": "to",
    "⇒": "implies",
    "…": "dots",
    "⋯": "dots",
    "′": "prime",
    "‖": "Vert",
}
SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ᵀⁿⁱˡᴸ", "0123456789+-()TnilL", strict=True))
SUBSCRIPTS = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₍₎ᵢⱼₖₗₘₙ", "0123456789+-()ijklmn", strict=True))
COMBINING = {
    "\u0302": "hat",
    "\u0303": "tilde",
    "\u0304": "bar",
    "\u0305": "bar",
    "\u0307": "dot",
    "\u20d7": "vec",
}

_WORD = re.compile(r"[A-Za-z]+[A-Za-z0-9_-]*")
_SYMBOL = re.compile(r"\\([A-Za-z]+)")


def in_font(font: str, content: str) -> tuple[str, str] | None:
    r"""The token that something set in a font is: a word, a piece of prose (`TEXT`), or None for a formula.

    >>> in_font("operatorname", "ReLU"), in_font("text", "if so"), in_font("mathbf", "a+b")
    (('WORD', 'ReLU'), ('TEXT', 'if so'), None)
    """
    prose = font in PROSE_FONTS
    if prose and (not _WORD.fullmatch(content) or content in CONNECTIVES):
        return "TEXT", content
    if _WORD.fullmatch(content) or content in ("0", "1"):
        bare = prose or font in ("operatorname", "mathrm", "mathop")
        return "WORD", content if bare and not content.isdigit() else f"\\{font}{{{content}}}"
    symbol = _SYMBOL.fullmatch(content)
    return ("WORD", content) if symbol and symbol[1] in SYMBOLS else None
