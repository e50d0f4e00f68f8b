"""Scenes as SVG: self-contained, scalable, with a title and a description as the text alternative."""

from __future__ import annotations

from html import escape

from chalkgrad.drawing.labels import pieces_of
from chalkgrad.drawing.scene import Curve, Line, Scene, Shape, Text

_SERIF = "'Latin Modern Math','STIX Two Math',Cambria,Georgia,'DejaVu Serif',serif"
_SANS = "system-ui,'Segoe UI',Helvetica,Arial,'DejaVu Sans',sans-serif"


def svg_of(scene: Scene, *, named: bool = False) -> str:
    """The scene as the text of an SVG document; `named`, each part says in `data-name` what it stands for.

    >>> from chalkgrad.drawing.scene import Shape
    >>> picture = svg_of(Scene(20, 20, "one", "one circle", (), (Shape("circle", 10, 10, 8, 8),), (), ()))
    >>> "<title>one</title>" in picture and "<circle" in picture
    True
    """
    arrows = sorted({line.colour for line in scene.lines if line.arrow})
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {scene.width:.0f} {scene.height:.0f}" '
        f'width="{scene.width:.0f}" height="{scene.height:.0f}" role="img" style="max-width:100%;height:auto">',
        f"<title>{escape(scene.title)}</title>",
        f"<desc>{escape(scene.description)}</desc>",
    ]
    if arrows:
        parts.append("<defs>" + "".join(_marker(colour) for colour in arrows) + "</defs>")
    parts += [_line(line, _name(line.name, named)) for line in scene.lines]
    parts += [_shape(shape, _name(shape.name, named)) for shape in scene.shapes]
    parts += map(_curve, scene.curves)
    parts += [_text(text, _name(text.name, named)) for text in scene.texts]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _marker(colour: str) -> str:
    return (
        f'<marker id="arrow-{colour[1:]}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" '
        f'markerUnits="userSpaceOnUse" orient="auto"><path d="M0 1 L10 5 L0 9 z" fill="{colour}"/></marker>'
    )


def _name(name: str, named: bool) -> str:
    return f' data-name="{escape(name)}"' if named and name else ""


def _line(line: Line, name: str) -> str:
    marker = f' marker-end="url(#arrow-{line.colour[1:]})"' if line.arrow else ""
    return (
        f'<line x1="{line.x1:.1f}" y1="{line.y1:.1f}" x2="{line.x2:.1f}" y2="{line.y2:.1f}" '
        f'stroke="{line.colour}" stroke-width="{line.width:.2f}"{marker}{name}/>'
    )


def _shape(shape: Shape, name: str) -> str:
    style = f'fill="{shape.fill}" stroke="{shape.stroke}" stroke-width="1.6"{name}'
    if shape.kind == "circle":
        return f'<circle cx="{shape.x:.1f}" cy="{shape.y:.1f}" r="{shape.width / 2:.1f}" {style}/>'
    box = shape.box
    radius = 8 if shape.kind == "box" else shape.height / 2
    return (
        f'<rect x="{box.left:.1f}" y="{box.top:.1f}" width="{shape.width:.1f}" height="{shape.height:.1f}" '
        f'rx="{radius:.1f}" {style}/>'
    )


def _curve(curve: Curve) -> str:
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in curve.points)
    return f'<polyline points="{points}" fill="none" stroke="{curve.colour}" stroke-width="{curve.width}"/>'


def _text(text: Text, name: str) -> str:
    halo = ' stroke="#ffffff" stroke-width="5" stroke-linejoin="round" paint-order="stroke"' if text.halo else ""
    family = _SERIF if text.maths else _SANS
    start = (
        f'<text x="{text.x:.1f}" y="{text.y + 0.34 * text.size:.1f}" text-anchor="middle" font-size="{text.size:.1f}" '
        f'font-family="{family}" fill="{text.colour}"{halo}{name}>'
    )
    return start + (_maths(text) if text.maths else escape(text.label)) + "</text>"


def _maths(text: Text) -> str:
    written, level = "", 0
    for piece in pieces_of(text.label):
        shift = 0.28 * text.size * (level - piece.level)
        level = piece.level
        small = f' font-size="{0.72 * text.size:.1f}"' if piece.level else ""
        slanted = "" if piece.upright or not any(c.isalpha() for c in piece.text) else ' font-style="italic"'
        moved = f' dy="{shift:.1f}"' if shift else ""
        written += f"<tspan{moved}{small}{slanted}>{escape(piece.text)}</tspan>"
    return written
