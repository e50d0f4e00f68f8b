"""Scenes as SVG: self-contained, scalable, with a title and a description as the text alternative."""

from __future__ import annotations

from html import escape

from chalkgrad.drawing.labels import Run, stacks_of
from chalkgrad.drawing.scene import Curve, Line, Scene, Shape, Text

_SERIF = "'Latin Modern Math','STIX Two Math',Cambria,Georgia,'DejaVu Serif',serif"
_HALO = 'stroke="#ffffff" stroke-width="5" stroke-linejoin="round" paint-order="stroke"'
_NARROW = dict.fromkeys("()[]", 0.37) | dict.fromkeys(",.ijl", 0.29)
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
    family = _SERIF if text.maths else _SANS
    start = (
        f'<text x="{text.x:.1f}" y="{text.y + 0.34 * text.size:.1f}" text-anchor="middle" font-size="{text.size:.1f}" '
        f'font-family="{family}"'
    )
    content = _maths(text) if text.maths else escape(text.label)
    ink = f'fill="{text.colour}"'
    if text.halo and text.maths and any(len(stack) > 1 for stack in stacks_of(text.label)):
        # A halo of its own beneath, since that of an exponent would cover the index under it.
        under = f'{start} fill="none" {_HALO} class="halo" aria-hidden="true"{name}>{content}</text>'
        return f"{under}\n{start} {ink}{name}>{content}</text>"
    return f"{start} {ink}{f' {_HALO}' if text.halo else ''}{name}>{content}</text>"


def _maths(text: Text) -> str:
    written, level = "", 0.0
    for stack in stacks_of(text.label):
        back = 0.0
        for run in sorted(stack, key=_width):  # the wider last, so that what follows stands behind both
            for place, piece in enumerate(run):
                rise = (0.4 if len(stack) > 1 else 0.28) if piece.level > 0 else 0.28
                shift = (level - rise * piece.level) * text.size
                level = rise * piece.level
                small = f' font-size="{0.72 * text.size:.1f}"' if piece.level else ""
                slanted = "" if piece.upright or not any(c.isalpha() for c in piece.text) else ' font-style="italic"'
                moved = f' dy="{shift:.1f}"' if abs(shift) > 0.01 else ""
                moved = f' dx="{-back * text.size:.1f}"{moved}' if back and not place else moved
                written += f"<tspan{moved}{small}{slanted}>{escape(piece.text)}</tspan>"
            back = _width(run)
    return written


def _width(run: Run) -> float:
    """How wide scripts are, for a font size of 1, in the middle of what serif faces have."""
    return 0.72 * sum(_NARROW.get(c, 0.0 if "\u0300" <= c <= "\u036f" else 0.54) for piece in run for c in piece.text)
