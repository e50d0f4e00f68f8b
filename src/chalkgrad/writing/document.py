"""A complete LaTeX document of a derivation: the equations, then each gradient step by step."""

from __future__ import annotations

from collections.abc import Sequence

from chalkgrad.calculus import Derivation
from chalkgrad.notation import Notation, notation_named
from chalkgrad.writing.boxes import Aligned, Box
from chalkgrad.writing.derivation import derivation_lines
from chalkgrad.writing.equations import equations
from chalkgrad.writing.latex import latex, prose
from chalkgrad.writing.names import names_for

_PREAMBLE = r"""\documentclass[a4paper,11pt]{article}
\usepackage[T1]{fontenc}
\usepackage[margin=2.2cm]{geometry}
\usepackage{amsmath}
\allowdisplaybreaks
\setlength{\parindent}{0pt}
"""


def display(box: Box) -> str:
    """A box as a displayed equation of a document; equations under each other may break across pages.

    >>> from chalkgrad.writing.boxes import letter
    >>> print(display(letter("x")))
    \\[
    x
    \\]
    """
    if isinstance(box, Aligned):
        body = latex(box).removeprefix("\\begin{aligned}").removesuffix("\\end{aligned}")
        return f"\\begin{{align*}}{body}\\end{{align*}}"
    return f"\\[\n{latex(box)}\n\\]"


def latex_document(title: str, sections: Sequence[tuple[str, str]]) -> str:
    """A standalone article: a title (a sentence) and sections, each a heading and a body (both LaTeX).

    >>> print(latex_document("ŷ & co", [("The loss", "Text.")]).splitlines()[-4])
    \\section*{The loss}
    """
    body = "\n\n".join(f"\\section*{{{heading}}}\n{text}" for heading, text in sections)
    head = f"\\title{{{prose(title)}}}\n\\date{{}}\n\\author{{}}\n"
    return f"{_PREAMBLE}{head}\\begin{{document}}\n\\maketitle\n\n{body}\n\n\\end{{document}}\n"


def derivation_document(
    derivation: Derivation,
    notation: Notation | str = "plain",
    form: str = "index",
    title: str = "The gradients, worked out",
    wrt: Sequence[str] | None = None,
) -> str:
    """The whole of a derivation as a LaTeX document. Raises `UnknownNameError`.

    >>> from chalkgrad.calculus import derive
    >>> from chalkgrad.language import Definition, Program, Role, Tensor
    >>> w, loss = Tensor("w", (), Role.PARAMETER), Tensor("L")
    >>> text = derivation_document(derive(Program((w,), (Definition(loss, (), w[()] ** 3),), (loss,))))
    >>> "\\\\frac{\\\\partial L}{\\\\partial w} = 3w^2" in text
    True
    """
    chosen = notation_named(notation) if isinstance(notation, str) else notation
    gradients = derivation_lines(derivation, wrt, chosen, form)
    names = names_for(chosen, derivation.program)
    forward = [line for definition in derivation.source.definitions for line in equations(definition, names, form)]
    sections = [("The equations", display(Aligned(tuple(forward))))]
    for name, lines in gradients.items():
        heading = f"The derivative by ${latex(names.whole(derivation.source.tensor(name)))}$"
        written = "\n\n".join(f"{prose(line.sentence)}\n{display(line.box)}" for line in lines)
        sections.append((heading, written))
    return latex_document(title, sections)
