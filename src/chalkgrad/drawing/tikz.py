"""Scenes as TikZ: a picture to include, or a whole document that compiles by itself."""

from __future__ import annotations

import unicodedata

from chalkgrad.drawing.labels import GREEK
from chalkgrad.drawing.scene import Scene, Shape, Text

_UNIT = 0.02  # centimetres for one unit of the scene
_SPECIAL = {"\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "⋮": r"$\vdots$", "⋯": r"$\cdots$", "×": r"$\times$"}
_SPECIAL |= {character: "\\" + character for character in "#$%&_"} | {
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}
_SPECIAL |= {letter: rf"$\{name}$" for name, letter in GREEK.items()} | {"√": r"$\surd$"}


def tikz_of(scene: Scene, standalone: bool = True) -> str:
    """The scene as a TikZ picture; as a compilable document if `standalone`.

    >>> print(tikz_of(Scene(20, 20, "one", "", (), (), (), ()), standalone=False))
    % one
    \\begin{tikzpicture}
    \\end{tikzpicture}
    <BLANKLINE>
    """
    colours = sorted(
        {line.colour for line in scene.lines}
        | {shape.fill for shape in scene.shapes}
        | {shape.stroke for shape in scene.shapes}
        | {curve.colour for curve in scene.curves}
        | {text.colour for text in scene.texts}
    )
    body = [rf"  \definecolor{{{_colour(c)}}}{{HTML}}{{{c[1:].upper()}}}" for c in colours]
    for line in scene.lines:
        arrow = "-{Latex[length=1.6mm]}" if line.arrow else "-"
        start, end = _at(line.x1, line.y1), _at(line.x2, line.y2)
        body.append(rf"  \draw[{arrow}, {_colour(line.colour)}, line width={line.width * 0.6:.2f}pt] {start} -- {end};")
    body += map(_shape, scene.shapes)
    for curve in scene.curves:
        path = " -- ".join(_at(x, y) for x, y in curve.points)
        body.append(rf"  \draw[{_colour(curve.colour)}, line width={curve.width * 0.6:.2f}pt] {path};")
    body += map(_text, scene.texts)
    picture = "\n".join([f"% {scene.title}", r"\begin{tikzpicture}", *body, r"\end{tikzpicture}", ""])
    if not standalone:
        return picture
    head = [
        r"\documentclass[tikz, border=4pt]{standalone}",
        r"\usepackage{amsmath}",
        r"\usetikzlibrary{arrows.meta}",
        r"\begin{document}",
    ]
    return "\n".join([*head, picture + r"\end{document}", ""])


def _colour(colour: str) -> str:
    return "c" + colour[1:].lower()


def _at(x: float, y: float) -> str:
    return f"({x * _UNIT:.3f}, {-y * _UNIT + 0:.3f})"


def _shape(shape: Shape) -> str:
    kinds = {"circle": "circle", "box": "rectangle, rounded corners=1mm"}
    kind = kinds.get(shape.kind, "rectangle, rounded corners=2.5mm")
    size = f"minimum width={shape.width * _UNIT:.3f}cm, minimum height={shape.height * _UNIT:.3f}cm, inner sep=0pt"
    style = f"draw={_colour(shape.stroke)}, fill={_colour(shape.fill)}"
    return rf"  \node[{kind}, {style}, {size}] at {_at(shape.x, shape.y)} {{}};"


def _text(text: Text) -> str:
    label = f"${text.label}$" if text.maths else "".join(map(_word_character, text.label))
    size = r"\small" if text.size >= 14 else r"\footnotesize"
    halo = ", fill=white, inner sep=1pt" if text.halo else ", inner sep=0pt"
    return rf"  \node[{_colour(text.colour)}{halo}, font={size}] at {_at(text.x, text.y)} {{{label}}};"


def _word_character(character: str) -> str:
    """A character outside maths; raised and lowered ones as scripts, since pdfTeX's fonts do not have them."""
    plain = unicodedata.normalize("NFKC", character)
    match unicodedata.decomposition(character).split(" ")[0]:
        case "<sub>":
            return f"$_{{{plain}}}$"
        case "<super>":
            return f"$^{{{plain}}}$"
    return _SPECIAL.get(character, character)
