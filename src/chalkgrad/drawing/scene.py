"""What is drawn, as plain shapes: one geometry that SVG, TikZ and PNG all set."""

from __future__ import annotations

from dataclasses import dataclass

from chalkgrad.drawing.labels import width_of

# Okabe and Ito's palette: told apart with any kind of colour vision.
BLUE, ORANGE, GREEN, VERMILION, SKY, INK, GREY = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#D55E00",
    "#56B4E9",
    "#1a1a1a",
    "#9a9a9a",
)


@dataclass(frozen=True)
class Box:
    """A rectangle: left, top, right, bottom; y grows downwards."""

    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: Box) -> bool:
        """Whether the two share any area."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


@dataclass(frozen=True)
class Line:
    """A straight line, with an arrow head at its end if `arrow`; `name` is what it stands for, such as W1[0,2]."""

    x1: float
    y1: float
    x2: float
    y2: float
    colour: str = GREY
    width: float = 1.2
    arrow: bool = False
    name: str = ""


@dataclass(frozen=True)
class Shape:
    """A filled outline around a centre: `circle`, `box` (rounded corners) or `round` (rounded sides); with a `name`."""

    kind: str
    x: float
    y: float
    width: float
    height: float
    fill: str = "#ffffff"
    stroke: str = INK
    name: str = ""

    @property
    def box(self) -> Box:
        """The rectangle around it."""
        return Box(self.x - self.width / 2, self.y - self.height / 2, self.x + self.width / 2, self.y + self.height / 2)


@dataclass(frozen=True)
class Curve:
    """A polyline through points."""

    points: tuple[tuple[float, float], ...]
    colour: str = INK
    width: float = 1.6


@dataclass(frozen=True)
class Text:
    """A label centred at a point; LaTeX if `maths`. A halo keeps lines from crossing it; `name` is what it labels."""

    x: float
    y: float
    label: str
    size: float = 15
    colour: str = INK
    maths: bool = True
    halo: bool = False
    name: str = ""

    @property
    def box(self) -> Box:
        """The rectangle that the label fills, on the safe side."""
        width = width_of(self.label, self.size) if self.maths else 0.58 * self.size * len(self.label)
        return Box(self.x - width / 2, self.y - 0.62 * self.size, self.x + width / 2, self.y + 0.62 * self.size)


@dataclass(frozen=True)
class Scene:
    """Shapes from back to front, the size of the page, and a title and description for those who cannot see it."""

    width: float
    height: float
    title: str
    description: str
    lines: tuple[Line, ...]
    shapes: tuple[Shape, ...]
    curves: tuple[Curve, ...]
    texts: tuple[Text, ...]
