"""Drawing: networks and computation graphs as SVG, TikZ, PNG, PDF, and text for the terminal."""

from chalkgrad.drawing.diagram import Column, Connection, NetworkDiagram
from chalkgrad.drawing.graph_scene import graph_scene
from chalkgrad.drawing.labels import label_of
from chalkgrad.drawing.network_scene import network_scene
from chalkgrad.drawing.png import pdf_of, png_of
from chalkgrad.drawing.save import save_picture
from chalkgrad.drawing.scene import Scene
from chalkgrad.drawing.svg import svg_of
from chalkgrad.drawing.terminal import terminal_of
from chalkgrad.drawing.tikz import tikz_of

__all__ = [
    "Column",
    "Connection",
    "NetworkDiagram",
    "Scene",
    "graph_scene",
    "label_of",
    "network_scene",
    "pdf_of",
    "png_of",
    "save_picture",
    "svg_of",
    "terminal_of",
    "tikz_of",
]
