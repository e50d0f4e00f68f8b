"""Commands that train a network on a table and predict with it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chalkgrad.cli.models import Loss, Model

if TYPE_CHECKING:
    from rich.console import Console

    from chalkgrad.board import NetworkSheet
    from chalkgrad.training.data import Dataset


def train(
    model: Model,
    source: Annotated[str, typer.Option("--data", help="A CSV file, iris, or the name of a data set such as xor.")],
    target: Annotated[str | None, typer.Option("--target", help="The column to be predicted.")] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder for everything that comes out.")] = Path("out"),
    optimizer: Annotated[str, typer.Option("--optimizer", "--optimiser", help="sgd, momentum, …, adamw.")] = "adam",
    rate: Annotated[float | None, typer.Option("--rate", help="The learning rate; else the optimiser's own.")] = None,
    batch: Annotated[str, typer.Option("--batch", help="Samples a step, or full.")] = "32",
    epochs: Annotated[int, typer.Option("--epochs", min=1, help="How often all samples are used.")] = 100,
    schedule: Annotated[str, typer.Option("--schedule", help="Of the rate: constant, step, cosine, 1/t.")] = "constant",
    validation: Annotated[float, typer.Option("--validation", min=0, max=0.8, help="The share kept apart.")] = 0.2,
    test: Annotated[float, typer.Option("--test", min=0, max=0.8, help="The share for the last judgement.")] = 0.2,
    patience: Annotated[int | None, typer.Option("--patience", help="Epochs without a better validation loss.")] = None,
    clip: Annotated[float | None, typer.Option("--clip", help="The greatest length of a gradient.")] = None,
    l1: Annotated[float, typer.Option("--l1", help="The weight of the penalty Σ|w|.")] = 0.0,
    l2: Annotated[float, typer.Option("--l2", help="The weight of the penalty ½Σw².")] = 0.0,
    dropout: Annotated[float, typer.Option("--dropout", min=0, max=0.99, help="How likely a hidden unit is 0.")] = 0.0,
    standardise: Annotated[bool, typer.Option("--standardise", help="Inputs to mean 0 and deviation 1.")] = False,
    dtype: Annotated[str, typer.Option("--dtype", help="float32 or float64.")] = "float32",
    threads: Annotated[int, typer.Option("--threads", min=1, help="How many threads.")] = 1,
    seed: Annotated[int, typer.Option("--seed", min=0, help="For parameters, parts and order.")] = 0,
    engine: Annotated[str | None, typer.Option("--engine", help="native or numpy.", show_default=False)] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the newest checkpoint in the folder.")] = False,
    loss: Loss = None,
) -> None:
    """Train a network on a table: the model, its history, metrics and pictures go to a folder."""
    from dataclasses import replace

    from rich.console import Console

    from chalkgrad.board import read
    from chalkgrad.cli.numbers import _dataset
    from chalkgrad.errors import ChalkgradError
    from chalkgrad.training.data import standardisation

    if validation + test >= 1:
        raise ChalkgradError("validation and test are shares that leave something to train on: their sum is below 1")
    if batch != "full" and not batch.isdecimal():
        raise ChalkgradError(f"a batch is 'full' or a number of samples from 1, not '{batch}'")
    console = Console(highlight=False)
    net, data = read(model, loss), _dataset(source, target, seed)
    parts = _parts(data, seed, test, validation)
    scale = standardisation(parts["train"].x) if standardise else None
    ready = {name: part if scale is None else replace(part, x=scale.apply(part.x)) for name, part in parts.items()}
    kept = ready.get("validation")
    with _Progress(console, epochs) as progress:
        fitted = net.fit(
            ready["train"].x, ready["train"].y, optimizer=optimizer, rate=rate, epochs=epochs, schedule=schedule,
            batch=batch if batch == "full" else int(batch), validation=(kept.x, kept.y) if kept else None,
            patience=patience, callbacks=[progress.show], clip=clip, l1=l1, l2=l2, dropout=dropout, dtype=dtype,
            threads=threads, seed=seed, engine=engine, checkpoints=out, resume=resume,
        )  # fmt: skip
    preparation = {
        "columns": list(data.columns), "target": data.target, "classes": list(data.classes),
        "mean": None if scale is None else scale.mean.tolist(),
        "deviation": None if scale is None else scale.deviation.tolist(),
    }  # fmt: skip
    fitted = replace(fitted, preparation=preparation)
    fitted.save(out / "model.safetensors")
    _write_history(fitted, out)
    _write_surface(fitted, data, scale, out)
    console.print(_metrics(fitted, ready))
    console.print(f"{out}")


def predict(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A .safetensors file that train or save wrote.")],
    source: Annotated[Path, typer.Option("--data", help="A CSV file with the columns that the model was trained on.")],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="A CSV file; else the terminal.")] = None,
) -> None:
    """Predict with a trained network: its outputs for each row of a table, and the class where it has classes."""
    import numpy as np

    from chalkgrad.board import load
    from chalkgrad.errors import ReadingError
    from chalkgrad.files import write_atomically
    from chalkgrad.training.tables import read_columns

    net = load(model)
    kept = net.preparation or {}
    columns, classes = kept.get("columns"), kept.get("classes") or []
    x = read_columns(source, columns)
    if kept.get("mean") is not None:
        try:
            x = (x - np.asarray(kept["mean"], dtype=float)) / np.asarray(kept["deviation"], dtype=float)
        except (KeyError, TypeError, ValueError):
            raise ReadingError(f"{model}: its standardisation does not fit its columns") from None
    outputs = net.predict(x)
    width = outputs.shape[1]
    names = classes if classes and width == len(classes) else [f"y{k + 1}" for k in range(width)]
    lines = [",".join([*names, *(["class"] if classes else [])])]
    for row in outputs:
        place = int(row.argmax()) if width > 1 else int(row[0] > 0.5)
        lines.append(",".join([*(f"{value:.9g}" for value in row), *([str(classes[place])] if classes else [])]))
    text = "\n".join(lines) + "\n"
    typer.echo(text, nl=False) if out is None else typer.echo(f"{write_atomically(out, text)}")


def _parts(data: Dataset, seed: int, test: float, validation: float) -> dict[str, Dataset]:
    """The data in parts for training, validation and test, each class in the same shares."""
    from dataclasses import replace

    import numpy as np

    from chalkgrad.engines.shuffling import epoch_order

    order = epoch_order(seed, 2**32, len(data))
    if data.classes:
        order = order[np.argsort(data.labels[order], kind="stable")]
    # Dealt out like cards: place k of n goes where the golden ratio's multiple falls.
    place = (np.arange(len(data)) * 0.6180339887498949) % 1
    chosen = {
        "train": order[place >= test + validation],
        "validation": order[(place >= test) & (place < test + validation)],
        "test": order[place < test],
    }
    return {name: replace(data, x=data.x[rows], y=data.y[rows]) for name, rows in chosen.items() if len(rows)}


class _Progress:
    """A bar with loss, rate and the time that is left."""

    def __init__(self, console: Console, epochs: int) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self.bar = Progress(
            TextColumn("epoch"), MofNCompleteColumn(), BarColumn(), TextColumn("{task.description}"),
            TimeRemainingColumn(), console=console, transient=True,
        )  # fmt: skip
        self.task = self.bar.add_task("", total=epochs)

    def __enter__(self) -> _Progress:
        self.bar.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self.bar.stop()

    def show(self, epoch: Any) -> None:
        kept = "" if epoch.validation_loss is None else f", validation {epoch.validation_loss:.4g}"
        told = f"loss {epoch.loss:.4g}{kept}, rate {epoch.rate:.3g}"
        self.bar.update(self.task, completed=epoch.epoch, description=told)


def _write_history(net: NetworkSheet, out: Path) -> None:
    import json
    from dataclasses import asdict

    import numpy as np

    from chalkgrad.files import write_atomically
    from chalkgrad.training.plots import loss_curves

    rows = [asdict(epoch) for epoch in net.history]
    write_atomically(out / "history.json", json.dumps(rows, indent=1) + "\n")
    lines = [",".join("" if value is None else f"{value:.9g}" for value in row.values()) for row in rows]
    write_atomically(out / "history.csv", "\n".join([",".join(rows[0]), *lines]) + "\n")
    curves = {"training": np.array([epoch.loss for epoch in net.history])}
    kept = [epoch.validation_loss for epoch in net.history if epoch.validation_loss is not None]
    if kept:
        curves["validation"] = np.array(kept)
    for suffix in ("svg", "png"):
        loss_curves(curves, "Loss by epoch").save(out / f"loss.{suffix}")


def _write_surface(net: NetworkSheet, data: Dataset, scale: Any, out: Path) -> None:
    from chalkgrad.training.plots import surface_plot
    from chalkgrad.training.surface import bounds_of, prediction_surface

    if data.x.shape[1] != 2 or net.trained is None:
        return
    surface = prediction_surface(net.program, net.trained, bounds_of(data.x), standardisation=scale)
    for suffix in ("svg", "png"):
        surface_plot(surface, data, "Decision boundary").save(out / f"boundary.{suffix}")


def _metrics(net: NetworkSheet, parts: dict[str, Dataset]) -> Any:
    from rich.table import Table

    from chalkgrad.training.fit import accuracy_of
    from chalkgrad.training.trainer import data_names

    inputs, targets = data_names(net.program)
    table = Table("part", "samples", "loss", "accuracy", box=None, header_style="dim")
    for name, part in parts.items():
        loss = float(net.loss(**{inputs: part.x, targets: part.y}, **(net.trained or {})))
        accuracy = f"{accuracy_of(net.predict(part.x), part.y):.1%}" if part.classes else ""
        table.add_row(name, str(len(part)), f"{loss:.5g}", accuracy)
    return table
