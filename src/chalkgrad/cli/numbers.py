"""Commands with numbers: the forward pass, gradients and their check, data sets, and fitting."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chalkgrad.cli.models import Loss, Model

if TYPE_CHECKING:
    from chalkgrad.training.data import Dataset

Values = Annotated[
    list[str],
    typer.Option("--set", "-s", metavar="NAME=JSON", help="A value, such as 'x=[[1,-1],[0,-1]]'; once for each name."),
]
Decimals = Annotated[int, typer.Option("--decimals", help="How many decimals are printed.")]


def forward(model: Model, values: Values, decimals: Decimals = 8, loss: Loss = None) -> None:
    """Print a network's output for one sample or a batch."""
    from chalkgrad.board.documents import read

    output = read(model, loss).forward(**_values(values))
    typer.echo(json.dumps(_rounded(output.tolist(), decimals)))


def gradient(
    model: Model,
    values: Values,
    flat: Annotated[bool, typer.Option("--flat", help="One flat vector instead of one array a parameter.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Check every block numerically.")] = False,
    method: Annotated[
        str, typer.Option("--method", help="Of the check: central (each entry) or direction (random ones, for many).")
    ] = "central",
    decimals: Decimals = 8,
    loss: Loss = None,
) -> None:
    """Print the gradient of the loss for every parameter at given numbers."""
    from chalkgrad.board.derivation import derive
    from chalkgrad.board.documents import read

    derivation = derive(read(model, loss))
    given = _values(values)
    gradients = derivation.evaluate(**given)
    if flat:
        typer.echo(json.dumps(_rounded(derivation.pack(gradients).tolist(), decimals)))
    else:
        typer.echo(json.dumps({name: _rounded(value.tolist(), decimals) for name, value in gradients.items()}))
    if check:
        checked = derivation.check(method, **given)
        typer.echo(str(checked))
        for sentence in derivation.kinks(**given)[:5]:
            typer.echo(sentence)
        raise typer.Exit(0 if checked.passed else 1)


def data(
    name: Annotated[str, typer.Argument(help="xor, moons, circles, spirals, gaussians, checkerboard or plane.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The CSV file.")],
    count: Annotated[int, typer.Option("--count", min=1, max=10_000_000, help="How many samples.")] = 500,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The seed.")] = 0,
) -> None:
    """Make a data set with a seed: 500 points of XOR in [-2, 2]² unless told otherwise."""
    import io

    import polars

    from chalkgrad.files import write_atomically
    from chalkgrad.training.data import generate

    made = generate(name, count, seed)
    columns: dict[str, Any] = {column: made.x[:, place] for place, column in enumerate(made.columns)}
    columns[made.target] = made.labels if made.classes else made.y[:, 0]
    text = io.BytesIO()
    polars.DataFrame(columns).write_csv(text)
    typer.echo(f"{write_atomically(out, text.getvalue())}")


def fit(
    model: Model,
    source: Annotated[str, typer.Option("--data", help="A CSV file, iris, or the name of a data set such as xor.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder for losses and pictures.")] = Path("out"),
    target: Annotated[str | None, typer.Option("--target", help="The column to be predicted.")] = None,
    optimiser: Annotated[str, typer.Option("--optimiser", help="One or several: sgd,momentum.")] = "sgd,momentum",
    rate: Annotated[float, typer.Option("--rate", min=0.0, help="The learning rate.")] = 0.1,
    epochs: Annotated[int, typer.Option("--epochs", min=1, help="How often all samples are used.")] = 1000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="For the parameters, the data and the order.")] = 0,
    standardise: Annotated[
        bool, typer.Option("--standardise", help="Scale every input to mean 0, deviation 1.")
    ] = False,
    loss: Loss = None,
) -> None:
    """Fit a network by one or more optimisers and compare: losses per iteration as CSV, curves, prediction surface."""
    from chalkgrad.board.documents import read
    from chalkgrad.calculus import derive
    from chalkgrad.files import write_atomically
    from chalkgrad.networks.batches import batched, in_columns
    from chalkgrad.training.data import standardisation
    from chalkgrad.training.fit import fit as fit_program
    from chalkgrad.training.plots import loss_curves, surface_plot
    from chalkgrad.training.sources import dataset_named
    from chalkgrad.training.surface import bounds_of, prediction_surface

    net = read(model, loss)
    row = net.loss_row
    samples = dataset_named(source, target, seed, row)
    threshold = 0.5 if row is None else row.threshold
    scale = standardisation(samples.x) if standardise else None
    shown = samples if scale is None else _scaled(samples, scale)
    program = batched(in_columns(net.sample_program))
    gradients = derive(program).program
    start = net.initial(seed=seed)
    runs = {
        name: fit_program(
            program, gradients, start, shown, name, rate=rate, epochs=epochs, seed=seed, threshold=threshold
        )
        for name in (word.strip() for word in optimiser.split(","))
    }
    losses = {name: run.losses for name, run in runs.items()}
    rows = ["iteration," + ",".join(losses)]
    rows += [
        f"{step}," + ",".join(f"{losses[name][step]:.17g}" for name in losses)
        for step in range(len(next(iter(losses.values()))))
    ]
    typer.echo(f"{write_atomically(out / 'losses.csv', chr(10).join(rows) + chr(10))}")
    for suffix in ("svg", "png"):
        loss_curves(losses, "Loss on the whole set, by iteration").save(out / f"losses.{suffix}")
    for name, run in runs.items():
        typer.echo(
            f"{name}: loss {run.final_loss:.6g}" + ("" if run.accuracy is None else f", accuracy {run.accuracy:.1%}")
        )
        parameters = {parameter: value.tolist() for parameter, value in run.parameters.items()}
        write_atomically(out / f"parameters-{name}.json", json.dumps(parameters) + "\n")
        if samples.x.shape[1] == 2:
            surface = prediction_surface(program, run.parameters, bounds_of(samples.x), standardisation=scale)
            for suffix in ("svg", "png"):
                surface_plot(surface, samples, f"{samples.name} by {name}", run.accuracy, threshold).save(
                    out / f"surface-{name}.{suffix}"
                )
    typer.echo(f"{out}")


def _scaled(samples: Dataset, scale: Any) -> Dataset:
    from dataclasses import replace

    return replace(samples, x=scale.apply(samples.x))


def _values(settings: list[str]) -> dict[str, Any]:
    from chalkgrad.errors import ReadingError

    values: dict[str, Any] = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals:
            raise ReadingError(f"'{setting}' sets nothing", text=setting, expected="something like 'x=[1, 2]'")
        try:
            values[name.strip()] = json.loads(text)
        except (json.JSONDecodeError, RecursionError) as problem:
            column = len(name) + 1 + getattr(problem, "colno", 1)
            expected = "a number or nested lists of numbers in JSON"
            raise ReadingError(
                f"the value of {name} is not JSON", column=column, text=setting, expected=expected
            ) from None
    return values


def _rounded(value: Any, decimals: int) -> Any:
    return (
        [_rounded(entry, decimals) for entry in value] if isinstance(value, list) else round(value, decimals) + 0.0
    )  # not -0.0
