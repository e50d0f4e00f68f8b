"""The drawing of the network that the document's equations describe."""

from __future__ import annotations

from chalkgrad.board.diagram import diagram_of
from chalkgrad.drawing import network_scene, png_of, svg_of, terminal_of, tikz_of
from chalkgrad.reports.markup import paragraph, tag, text
from chalkgrad.reports.section import Section
from chalkgrad.reports.work import Model


def network_section(model: Model) -> Section:
    """The drawing, and the same for a LaTeX document and for the terminal as files."""
    diagram = diagram_of(model.program, model.notation)
    scene = network_scene(diagram)
    svg, terminal = svg_of(scene), terminal_of(diagram)
    html = paragraph(f"{scene.description} {_parameters(model)}")
    html += tag("figure", svg, tag("figcaption", text("The network, each weight on its edge, each bias at its unit.")))
    data = {"spec": model.spec, "loss": model.loss, "parameters": {k: list(v) for k, v in model.shapes.items()}}
    files: dict[str, bytes | str] = {
        "network.svg": svg,
        "network.png": png_of(scene),
        "network.tex": tikz_of(scene),
        "network.txt": terminal + "\n",
    }
    return Section("network", "The network", html, data, files)


def _parameters(model: Model) -> str:
    return f"It has {model.size} parameters." if model.size else "It has no parameters."
