"""The LaTeX commands that the reader knows, by what they do, and the Unicode characters that stand for some of them."""

from __future__ import annotations

GREEK = frozenset(
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi varpi rho varrho "
    "sigma varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi "
    "Omega".split()
)
NAMED = frozenset(
    "exp log ln sin cos tan sinh cosh tanh arctan arcsin arccos max min sup inf arg det tr sgn sech "
    "partial nabla ell infty top intercal dagger hbar imath jmath lim Pr".split()
)
SYMBOLS = GREEK | NAMED
FRACTIONS = frozenset({"frac", "tfrac", "dfrac", "cfrac"})
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
FONTS = frozenset(
    "mathbf boldsymbol bm mathrm mathit mathsf mathtt mathcal mathscr mathfrak mathbb mathbbm mathds operatorname "
    "text textrm textbf textit textsf texttt mbox mathop pmb".split()
)
PROSE_FONTS = frozenset({"text", "textrm", "textbf", "textit", "textsf", "texttt", "mbox"})
CONNECTIVES = frozenset("if otherwise when for else and or where with so thus hence then elsewhere since".split())
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
BIG_OPERATORS = frozenset({"sum", "prod"})
DOTS = frozenset({"ldots", "cdots", "dots", "vdots", "ddots", "dotsc", "dotsb"})
OPENING = {"{": r"\{", "lbrace": r"\{", "lbrack": "[", "lvert": "|", "lVert": r"\|", "langle": r"\langle"}
CLOSING = {"}": r"\{", "rbrace": r"\{", "rbrack": "[", "rvert": "|", "rVert": r"\|", "rangle": r"\langle"}
BARS = {"|": r"\|", "Vert": r"\|", "vert": "|", "mid": "|"}
SPACES = frozenset({"quad", "qquad"})
SKIPPED = frozenset(
    "left right big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr bigm Bigm middle displaystyle textstyle "
    "scriptstyle limits nolimits nonumber notag therefore because mathstrut boxed cancel underset overset hfill break "
    "allowbreak noindent smash".split()
) | frozenset({",", ";", "!", ":", " ", ">", "/", "-", "\n", "\t"})
SKIPPED_WITH_ARGUMENT = frozenset(
    "label tag hspace vspace phantom hphantom vphantom color eqref ref cite footnote mspace kern".split()
)
BRACES = frozenset({"underbrace", "overbrace"})
CASES = frozenset({"cases", "dcases", "rcases"})
LAYOUTS = frozenset(
    f"{name}{star}"
    for name in "equation align aligned alignat gather gathered split multline eqnarray math displaymath".split()
    for star in ("", "*")
)
KNOWN = sorted(
    SYMBOLS
    | FRACTIONS
    | set(ACCENTS)
    | FONTS
    | set(OPERATORS)
    | set(RELATIONS)
    | BIG_OPERATORS
    | DOTS
    | {"sqrt", "prime", "left", "right", "quad", "begin", "end"}
)

CHARACTERS = {
    **dict(zip("αβγδεζηθικλμνξπρστυφχψω", "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi "
               "rho sigma tau upsilon phi chi psi omega".split(), strict=True)),
    **dict(zip("ΓΔΘΛΞΠΦΨΩ", "Gamma Delta Theta Lambda Xi Pi Phi Psi Omega".split(), strict=True)),
    "ϕ": "phi", "ϵ": "epsilon", "Σ": "sum", "∑": "sum", "∏": "prod", "∂": "partial", "∇": "nabla", "ℓ": "ell",
    "∞": "infty", "⊤": "top", "⊙": "odot", "∘": "circ", "·": "cdot", "⋅": "cdot", "×": "times", "÷": "div",
    "≤": "le", "≥": "ge", "≠": "ne", "≈": "approx", "≡": "equiv", "∈": "in", "→": "to", "⇒": "implies", "…": "dots",
    "⋯": "dots", "′": "prime", "‖": "Vert",
}  # fmt: skip
SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ᵀⁿⁱˡᴸ", "0123456789+-()Tnil" + "L", strict=True))
SUBSCRIPTS = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₍₎ᵢⱼₖₗₘₙ", "0123456789+-()ijklmn", strict=True))
COMBINING = {"\u0302": "hat", "\u0303": "tilde", "\u0304": "bar", "\u0305": "bar", "\u0307": "dot", "\u20d7": "vec"}
