"""The letters of LaTeX: where each stands, alone or within a run; commands, words and digits are none."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η": "eta", "θ": "theta",
    "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau",
    "φ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega", "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda",
    "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma", "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega", "ℓ": "ell",
}  # fmt: skip
PLAIN = {f"\\{name}": letter for letter, name in GREEK.items()}
LETTER_COMMANDS = {*GREEK.values(), "varepsilon", "vartheta", "varphi", "varrho", "varsigma", "upsilon", "iota"}
SCRIPTS = ("mathcal", "mathscr", "mathfrak")
UPRIGHT = ("mathrm", "mathsf", "mathtt", "operatorname")
WORDED = (
    "text", "textbf", "textit", "textrm", "mbox", "label", "tag", "ref", "eqref", "begin", "end",
    "usepackage", "documentclass", "section", "color", "hspace", "vspace",
)  # fmt: skip
# Runs of letters that are one word: functions, what NumPy says, and the long names of the corpus.
WORDS = {
    "tanh", "sin", "cos", "tan", "sinh", "cosh", "sech", "log", "ln", "exp", "max", "min", "sum", "diag",
    "sign", "relu", "ReLU", "softmax", "sigmoid", "softplus", "np", "axis", "keepdims", "True", "log1p",
    "expm1", "net", "out", "hidden", "scores",
}  # fmt: skip

_TOKEN = re.compile(r"\\([A-Za-z]+)\*?|\\.|[A-Za-z]+|.", re.DOTALL)
_ARGUMENT = re.compile(r"\s*\{([^{}]*)\}")
_ONE_LETTER = re.compile(r"\s*(?:\{\s*([A-Za-z])\s*\}|([A-Za-z]))")


@dataclass(frozen=True)
class Letter:
    """A letter at `latex[start:end]`: `name` is `L`, `\\delta` or `\\mathcal{L}`, `mark` what is above it."""

    name: str
    start: int
    end: int
    mark: str = ""


def letters(latex: str) -> Iterator[Letter]:
    """Every letter, in order.

    >>> [letter.name for letter in letters(r"\\frac{dL}{dW_1} = \\delta wx^\\top + \\tanh(z)")]
    ['d', 'L', 'd', 'W', '\\\\delta', 'w', 'x', 'z']
    """
    place = 0
    while (token := _TOKEN.match(latex, place)) is not None:
        command, text, place = token[1], token[0], token.end()
        if command is not None:
            if command in LETTER_COMMANDS:
                yield Letter(f"\\{command}", token.start(), place)
            elif command in SCRIPTS and (one := _ONE_LETTER.match(latex, place)) is not None:
                place = one.end()
                yield Letter(f"\\{command}{{{one[1] or one[2]}}}", token.start(), place)
            elif command == "mathbb":
                one = _ONE_LETTER.match(latex, place)
                place = one.end() if one is not None else place
            elif command in UPRIGHT or command in WORDED:
                argument = _ARGUMENT.match(latex, place)
                if argument is not None and (command in WORDED or len(argument[1].strip()) > 1):
                    place = argument.end()
        elif text.isascii() and text.isalpha():
            yield from _letters_of_a_run(text, token.start())
        elif not text.isascii():
            base, *marks = list(unicodedata.normalize("NFD", text))
            while place < len(latex) and unicodedata.combining(latex[place]):
                marks.append(latex[place])
                place += 1
            if base in GREEK:
                yield Letter(f"\\{GREEK[base]}", token.start(), place, "".join(marks))
            elif base.isascii() and base.isalpha():
                yield Letter(base, token.start(), place, "".join(marks))


def _letters_of_a_run(run: str, start: int) -> Iterator[Letter]:
    if run in WORDS:
        return
    if run[0] == "d" and run[1:] in WORDS:
        run = "d"
    for offset, name in enumerate(run):
        yield Letter(name, start + offset, start + offset + 1)
