"""Commands for a model: show, draw, derive, and print it as code."""

from __future__ import annotations

import json
import os
import re
from enum import Enum
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from chalkgrad.board.orders import DerivativesSheet

Model = Annotated[
    str,
    typer.Argument(
        metavar="MODEL",
        help="A spec such as '2-3-1 relu sigmoid bce', a layer such as 'conv2d stride=2' (show layers), or a file.",
    ),
]
Loss = Annotated[str | None, typer.Option("--loss", help="The loss, where the model does not say it.")]
NotationName = Annotated[
    str | None, typer.Option("--notation", help="plain, sheet, bracket, delta, bishop or nabla.", show_default=False)
]


class Form(Enum):
    """The forms of an equation."""

    scalar = "scalar"
    index = "index"
    matrix = "matrix"


class DerivativeForm(Enum):
    """The forms of a derivative."""

    scalar = "scalar"
    index = "index"
    matrix = "matrix"
    kronecker = "kronecker"


class Order(Enum):
    """Which derivatives are derived."""

    gradient = "gradient"
    jacobian = "jacobian"
    hessian = "hessian"
    hessian_diagonal = "hessian-diagonal"
    hvp = "hvp"
    jvp = "jvp"
    vjp = "vjp"
    directional = "directional"
    taylor = "taylor"


class Output(Enum):
    """What a derivation is written as."""

    latex = "latex"
    text = "text"
    mathml = "mathml"
    json = "json"


KindOption = Annotated[
    list[str] | None,
    typer.Option(
        "--kind", metavar="NAME=KIND", help="A=symmetric, diagonal, orthogonal, …; scalar, vector, row, matrix."
    ),
]
FormOrNone = Annotated[
    DerivativeForm | None,
    typer.Option("--form", help="Every weight by name, with indices, with matrices, or vec and ⊗.", show_default=False),
]
FormOrDefault = Annotated[
    Form | None,
    typer.Option("--form", help="Every weight by name, with indices, or with matrices.", show_default="scalar"),
]


def show(model: Model, form: FormOrDefault = None, notation: NotationName = None, loss: Loss = None) -> None:
    """Show a network in the terminal: its drawing, equations and parameters; `show layers` lists the layers."""
    from rich.console import Console
    from rich.table import Table

    from chalkgrad.board.documents import read
    from chalkgrad.errors import ChalkgradError

    console = Console(highlight=False)
    if model == "layers":
        _list_layers(console)
        return
    net = read(model, loss)
    if not net.derived:
        try:
            console.print(str(net.draw(notation=notation)), markup=False)
            console.print()
        except ChalkgradError as problem:
            console.print(str(problem), markup=False)
    chosen = form.value if form else "index" if net.derived else "scalar"
    console.print(net.equations(chosen, notation=notation), markup=False, soft_wrap=True)
    table = Table("parameter", "shape", "numbers", box=None, header_style="dim")
    for tensor in net.sample_program.parameters:
        sizes = [size for size in tensor.shape if isinstance(size, int)]
        count = str(prod(sizes)) if len(sizes) == len(tensor.axes) else "any"
        table.add_row(tensor.name, "×".join(map(str, tensor.shape)) or "scalar", count)
    console.print()
    console.print(table)


def _list_layers(console: Console) -> None:
    """Every layer and loss of the catalogue, with what it is and its sizes."""
    from rich.table import Table

    from chalkgrad.board.layers import layers

    table = Table("layer", "what it is, and its sizes unless told", box=None, header_style="dim")
    for name, told in layers().items():
        table.add_row(name.replace("_", " "), told)
    console.print(table)


def draw(
    model: Model,
    out: Annotated[Path, typer.Option("--out", "-o", help="An .svg, .png, .pdf, .tex, .tikz or .txt file.")],
    graph: Annotated[bool, typer.Option("--graph", help="The computation graph instead of the network.")] = False,
    notation: NotationName = None,
    loss: Loss = None,
) -> None:
    """Draw a network to a file."""
    from chalkgrad.board.documents import read

    net = read(model, loss)
    picture = net.graph() if graph else net.draw(notation=notation)
    typer.echo(f"{picture.save(out)}")


def derive(
    model: Model,
    wrt: Annotated[list[str] | None, typer.Option("--wrt", help="By which parameter; may be repeated.")] = None,
    form: FormOrNone = None,
    to: Annotated[Output, typer.Option("--to", help="What it is written as.")] = Output.text,
    kind: KindOption = None,
    order: Annotated[Order, typer.Option("--order", help="Which derivatives.")] = Order.gradient,
    along: Annotated[
        str | None, typer.Option("--along", metavar="NAME", help="What directions are called.", show_default="v")
    ] = None,
    degree: Annotated[int, typer.Option("--degree", help="The degree of a Taylor polynomial.")] = 2,
    steps: Annotated[bool, typer.Option("--steps", help="Step by step, as a person would write it.")] = False,
    notation: NotationName = None,
    loss: Loss = None,
) -> None:
    r"""Derive the gradient of the loss for every parameter, or that of any formula.

    A formula has indices, 'sum(i, x[i]^2)', or whole matrices, "norm2(A*x-b)^2", or is LaTeX, '\\log\\det X'.
    """
    from chalkgrad.board.derivation import derive as derive_model
    from chalkgrad.board.documents import read
    from chalkgrad.errors import ChalkgradError

    kinds = dict(_kind(each) for each in kind or ())
    is_formula = _is_formula(model)
    if form is None:
        form = DerivativeForm.matrix if is_formula and "[" not in model else DerivativeForm.index
    source = model if is_formula else read(model, loss)
    if order is not Order.gradient or form is DerivativeForm.kronecker:
        if steps:
            raise ChalkgradError("--steps are those of the gradient, --order gradient without --form kronecker")
        found = derive_model(source, wrt, kinds, order=order.value, along=along, degree=degree)
        _print_derivatives(found, form, to, notation)
        return
    derivation = derive_model(source, wrt, kinds) if is_formula else derive_model(source)
    names = wrt or list(derivation.names)
    if not names:
        raise ChalkgradError("it has no parameters, so there is nothing to derive by; --wrt names a quantity")
    gradients = [derivation[name.lstrip("\\") if is_formula else name] for name in names]
    if to is Output.json:
        typer.echo(json.dumps(derivation.to_json(names, notation), ensure_ascii=False, indent=2))
        return
    written = "unicode" if to is Output.text else to.value
    if is_formula:
        named = [line for gradient in gradients for line in gradient.where(form.value, written, notation)]
        for line in dict.fromkeys(named):
            typer.echo(line)
    for gradient in gradients:
        if steps:
            typer.echo(gradient.worked(form.value, written, notation))
        else:
            typer.echo(gradient.write(form.value, written, notation))


def _print_derivatives(found: DerivativesSheet, form: DerivativeForm, to: Output, notation: str | None) -> None:
    """Prints derivatives of an order, and before them what is derived where they refer to it."""
    if to is Output.json:
        typer.echo(json.dumps(found.to_json(), ensure_ascii=False, indent=2))
        return
    written = "unicode" if to is Output.text else to.value
    result = found.derivatives.of
    if any(result in each.definition.body.tensors for each in found):
        shown = "matrix" if form is DerivativeForm.kronecker else form.value
        typer.echo(found.first.write_result(shown, written, notation))
    for line in found.where(form.value, written, notation):
        typer.echo(line)
    for each in found:
        typer.echo(each.write(form.value, written, notation))


def _kind(text: str) -> tuple[str, str]:
    """The name and the kind of an option `A=symmetric`."""
    from chalkgrad.errors import ChalkgradError

    name, equals, kind = (part.strip() for part in text.partition("="))
    if not (name and equals and kind):
        raise ChalkgradError(f"--kind {text}: expected a name and its kind, such as A=symmetric")
    return name, kind


def _is_formula(model: str) -> bool:
    """Whether a text has what neither specs nor documents have: brackets and operators, and is no file or layer."""
    from chalkgrad.board.layers import is_layer
    from chalkgrad.reading.formulas import is_one_formula
    from chalkgrad.reading.matrix_text import is_matrix_text

    if os.path.exists(model) or re.search(r"[$\n]", model) or is_layer(model):
        return False
    if is_matrix_text(model) or is_one_formula(model):
        return True
    if re.search(r"\w\[[^\[\]]*\]\s*=(?!=)", model) and "\\" not in model:  # equations with indices on their left
        return True
    return bool(re.search(r"[(\[^*+]", model)) and not re.search(r"[=\\]", model)


class Language(Enum):
    """What code is printed as."""

    numpy = "numpy"
    torch = "torch"
    jax = "jax"
    c = "c"
    javascript = "javascript"
    julia = "julia"


def code(
    model: Model,
    to: Annotated[Language, typer.Option("--to", help="The language of the code.")] = Language.numpy,
    of: Annotated[
        str | None,
        typer.Option(
            "--of", metavar="PARTS", help="value,gradient,hvp: some of them; or one order.", show_default=False
        ),
    ] = None,
    wrt: Annotated[list[str] | None, typer.Option("--wrt", help="By which name; may be repeated.")] = None,
    kind: KindOption = None,
    optimiser: Annotated[str | None, typer.Option("--optimiser", help="sgd, momentum, nesterov, …, adamw.")] = None,
    loss: Loss = None,
) -> None:
    """Print code that stands alone: a training step of a network, or value and derivatives of anything.

    A network in NumPy is its forward pass, loss, gradients and a training step, unless --of says what is to be
    computed. Formulas are written as for derive.
    """
    from chalkgrad.board.derivation import derive as derive_model
    from chalkgrad.board.documents import read
    from chalkgrad.errors import ChalkgradError

    parts = [part.strip() for part in of.split(",")] if of is not None else None
    formula = _is_formula(model)
    if formula or parts is not None or to is not Language.numpy:
        if optimiser is not None:
            raise ChalkgradError("--optimiser is for the training step of a network in NumPy, without --of")
        kinds = dict(_kind(each) for each in kind or ())
        derived = model if formula else read(model, loss)
        if parts and len(parts) == 1 and parts[0] in {each.value for each in Order} - {"gradient", "hvp"}:
            typer.echo(derive_model(derived, wrt, kinds, order=parts[0]).code(to.value), nl=False)
            return
        derivation = derive_model(derived, wrt, kinds) if formula else derive_model(derived, wrt)
        typer.echo(derivation.code(to.value, parts or ["value", "gradient"]), nl=False)
        return
    from chalkgrad.engines.numpy_training import training_source

    net = read(model, loss)
    if net.program.result.axes:
        raise ChalkgradError(
            "this ends in no loss that is one number, so there is nothing to train: name one, --loss mse"
        )
    derivation = derive_model(net)
    chosen = derivation.batch or derivation.derivation
    typer.echo(training_source(chosen.source, chosen.program, optimiser or "sgd"), nl=False)
