"""The drawing of a network that the document's equations describe."""

from __future__ import annotations

from chalkgrad.board.diagram import diagram_of
from chalkgrad.drawing import graph_scene, network_scene, png_of, svg_of, terminal_of, tikz_of
from chalkgrad.drawing.scene import Scene
from chalkgrad.errors import ChalkgradError
from chalkgrad.language import Tensor, program_text
from chalkgrad.reports.section import Section
from chalkgrad.reports.work import Model
from chalkgrad.writing.latex import latex
from chalkgrad.writing.markup import inline, paragraph, tag, text

MOST_LAYER_UNITS = 64


def network_section(model: Model) -> Section:
    """The drawing, and the same for a LaTeX document and for the terminal as files.

    Equations that are no chain of layers are drawn as the graph of what is computed from what.
    """
    scene, terminal, caption = drawn(model)
    svg = svg_of(scene)
    described = f"{scene.description} " if scene.description.endswith(".") else ""
    html = paragraph(described + _parameters(model)) + chosen_sizes(model)
    html += tag("figure", svg, tag("figcaption", text(caption)))
    shapes = {tensor.name: list(tensor.shape) for tensor in model.network.program.parameters}
    sizes = {str(size): number for size, number in model.sizes.chosen.items()}
    data = {"spec": model.spec, "loss": model.loss, "parameters": shapes, "sizes": sizes}
    name = model.named("network")
    return Section(name, model.titled("The network"), html, data, picture_files(name, scene, terminal))


def drawn(model: Model) -> tuple[Scene, str, str]:
    """The picture, the same for the terminal, and its caption."""
    try:
        diagram = diagram_of(model.program, model.notation)
        caption = "The network, each weight on its edge, each bias at its unit."
        return network_scene(diagram), terminal_of(diagram), caption
    except ChalkgradError:
        labels = {tensor.name: latex(model.names.whole(tensor)) for tensor in model.tensors}
        scene = graph_scene(model.program, labels, "What is computed from what")
        return scene, program_text(model.program), "What is computed from what, from top to bottom."


def picture_files(name: str, scene: Scene, terminal: str) -> dict[str, bytes | str]:
    """A picture in every format, as files beside the page."""
    return {
        f"{name}.svg": svg_of(scene),
        f"{name}.png": png_of(scene),
        f"{name}.tex": tikz_of(scene),
        f"{name}.txt": terminal + "\n",
    }


def chosen_sizes(model: Model) -> str:
    """Which sizes the document leaves open, and what was taken for them."""
    chosen = model.sizes.chosen
    open_sizes = {size for size in chosen if isinstance(size, str)}
    large = {size: number for size, number in chosen.items() if isinstance(size, int)}
    html = ""
    tensors = [
        (mine, sized)
        for mine, sized in zip(model.network.program.declared, model.program.declared, strict=True)
        if open_sizes & set(mine.shape)
    ]
    if tensors:
        words = "The document leaves sizes open. To show the rest in numbers, small ones were chosen: "
        html += tag("p", text(words), ", ".join(_shape(model, sized) for _, sized in tensors), text("."), class_="note")
    if large:
        pairs = ", ".join(f"{number} in place of {size}" for size, number in large.items())
        html += paragraph(f"So that it fits on a page, it is shown smaller than it is: {pairs}.", class_="note")
    return html


def _shape(model: Model, tensor: Tensor) -> str:
    numbers = [str(size) if isinstance(size, int) else "any number of samples" for size in tensor.shape]
    shape = f" of {' × '.join(numbers)}" if len(numbers) > 1 else f" of {numbers[0]} entries"
    return inline(model.names.whole(tensor)) + text(shape)


def _parameters(model: Model) -> str:
    return f"It has {model.size or 'no'} parameter{'' if model.size == 1 else 's'}."
