"""The drawing of the network that the document's equations describe."""

from __future__ import annotations

from chalkgrad.board.diagram import diagram_of
from chalkgrad.drawing import graph_scene, network_scene, png_of, svg_of, terminal_of, tikz_of
from chalkgrad.errors import ChalkgradError
from chalkgrad.language import program_text
from chalkgrad.reports.markup import paragraph, tag, text
from chalkgrad.reports.section import Section
from chalkgrad.reports.work import Model
from chalkgrad.writing.latex import latex


def network_section(model: Model) -> Section:
    """The drawing, and the same for a LaTeX document and for the terminal as files.

    Equations that are no chain of layers are drawn as the graph of what is computed from what.
    """
    try:
        diagram = diagram_of(model.program, model.notation)
        scene, terminal = network_scene(diagram), terminal_of(diagram)
        caption = "The network, each weight on its edge, each bias at its unit."
    except ChalkgradError:
        labels = {tensor.name: latex(model.names.whole(tensor)) for tensor in model.tensors}
        scene, terminal = graph_scene(model.program, labels, "What is computed from what"), program_text(model.program)
        caption = "What is computed from what, from top to bottom."
    svg = svg_of(scene)
    html = paragraph(f"{scene.description} {_parameters(model)}")
    html += tag("figure", svg, tag("figcaption", text(caption)))
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
