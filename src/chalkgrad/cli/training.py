"""Commands that train a network on a table and predict with it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chalkgrad.cli.main import INTERRUPTED
from chalkgrad.cli.models import Loss, Model

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rich.console import Console

    from chalkgrad.board.network import NetworkSheet
    from chalkgrad.drawing.plot import Plot
    from chalkgrad.training.preparation import Preparation
    from chalkgrad.training.settings import TrainingSettings

_MOST_POINTS = 2000
_MOST_FIELDS = 30


def train(
    model: Model,
    source: Annotated[
        str, typer.Option("--data", help="A .csv, .tsv, .parquet or .npz file, iris, or a generator such as xor.")
    ],
    target: Annotated[str | None, typer.Option("--target", help="The column to be predicted; else the last.")] = None,
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
    weights: Annotated[str | None, typer.Option("--weights", help="The column that weighs the samples.")] = None,
    standardise: Annotated[bool, typer.Option("--standardise", help="Numbers to mean 0, deviation 1.")] = False,
    missing: Annotated[
        str, typer.Option("--missing", help="Missing entries: refuse, mean, median, most_frequent.")
    ] = "refuse",
    unknown: Annotated[str, typer.Option("--unknown", help="Words not seen in training: refuse, zeros.")] = "refuse",
    dtype: Annotated[str, typer.Option("--dtype", help="float32 or float64.")] = "float32",
    threads: Annotated[int, typer.Option("--threads", min=1, help="How many threads.")] = 1,
    seed: Annotated[int, typer.Option("--seed", min=0, help="For parameters, parts and order.")] = 0,
    engine: Annotated[str | None, typer.Option("--engine", help="native or numpy.", show_default=False)] = None,
    stream: Annotated[
        bool | None, typer.Option("--stream/--no-stream", help="Never hold the table in memory; else if too large.")
    ] = None,
    plots: Annotated[bool, typer.Option("--plots/--no-plots", help="Whether to draw pictures.")] = True,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the newest checkpoint in the folder.")] = False,
    loss: Loss = None,
) -> None:
    """Train a network on a table: the model, its history, metrics and pictures go to a folder."""
    from dataclasses import replace

    from rich.console import Console

    from chalkgrad.board.documents import read
    from chalkgrad.errors import ChalkgradError
    from chalkgrad.files import check_writable
    from chalkgrad.training.arranging import Files, arrange, in_memory, too_large
    from chalkgrad.training.frames import KINDS, read_parts
    from chalkgrad.training.history import write_history
    from chalkgrad.training.preparation import check_inputs, check_target
    from chalkgrad.training.settings import TrainingSettings
    from chalkgrad.training.sources import frame_named

    if batch != "full" and not batch.isdecimal():
        raise ChalkgradError(f"a batch is 'full' or a number of samples from 1, not '{batch}'")
    check_writable(out)  # now, and not when hours of training are over
    console = Console(highlight=False)
    net = read(model, loss)
    is_file = Path(source).suffix.lower() in KINDS
    kept_in = Files(out / "data", dtype) if is_file and (too_large(source) if stream is None else stream) else None
    if kept_in is None:
        frame = frame_named(source, seed)
    try:
        arranged = arrange(
            (lambda: [frame]) if kept_in is None else lambda: read_parts(source),
            target, weights=weights, validation=validation, test=test, seed=seed, missing=missing,
            standardise=standardise, unknown=unknown, loss=net.loss_row, room=kept_in or in_memory,
        )  # fmt: skip
        preparation, parts = arranged.preparation, arranged.parts
        check_target(net.outputs, preparation)
        check_inputs(net.inputs, preparation)
        with _Progress(console, epochs) as progress:
            fitted = net.fit(
                *parts["train"], optimizer=optimizer, rate=rate, epochs=epochs, schedule=schedule,
                batch=batch if batch == "full" else int(batch), validation=parts.get("validation"), patience=patience,
                callbacks=[progress.show], clip=clip, l1=l1, l2=l2, dropout=dropout, dtype=dtype, threads=threads,
                seed=seed, weights=arranged.weights, engine=engine, checkpoints=out, resume=resume,
            )  # fmt: skip
        for sentence in _how_it_ended(fitted, epochs, patience):
            console.print(sentence)
        if not fitted.history:
            raise typer.Exit(INTERRUPTED)
        fitted = replace(fitted, preparation=preparation.as_json())
        _save(fitted, out / "model.safetensors")
        write_history(fitted.history, out)
        settings = TrainingSettings(dtype=dtype, threads=threads, engine=engine)
        outputs = _metrics(fitted, parts, settings, preparation, out, console)
        if plots:
            _draw(fitted, preparation, parts, outputs, Path(source).stem, out)
    finally:
        if kept_in is not None:
            kept_in.close()
    console.print(f"{out}")
    if fitted.ended == "interrupted":
        raise typer.Exit(INTERRUPTED)


def _how_it_ended(net: NetworkSheet, epochs: int, patience: int | None) -> Iterator[str]:
    """What there is to say besides that all epochs are over."""
    done = len(net.history)
    if net.ended == "interrupted":
        yield f"interrupted after {done} of {epochs} epochs; the same command with --resume goes on"
    if net.ended == "patience":
        yield f"stopped after {done} of {epochs} epochs: for {patience} of them the validation loss was not lower"
    losses = [epoch.validation_loss for epoch in net.history if epoch.validation_loss is not None]
    if losses and losses.index(min(losses)) < done - 1:
        yield f"the parameters are those after epoch {losses.index(min(losses)) + 1}, with the lowest validation loss"


def _save(net: NetworkSheet, path: Path) -> None:
    """Saves the network; where the disk is full it is saved among the temporary files, and the error says where."""
    import tempfile

    from chalkgrad.errors import ChalkgradError

    try:
        net.save(path)
    except ChalkgradError as problem:
        place = net.save(Path(tempfile.mkdtemp(prefix="chalkgrad-")) / path.name)
        raise ChalkgradError(f"{problem}; the trained network is in {place} instead") from None


def predict(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A .safetensors file that train or save wrote.")],
    source: Annotated[Path, typer.Option("--data", help="A table with the columns that the model was trained on.")],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="A CSV file; else the terminal.")] = None,
) -> None:
    """Predict with a trained network: its outputs for each row of a table, and the class where it has classes."""
    from chalkgrad.board.network import load
    from chalkgrad.files import atomic_file
    from chalkgrad.training.frames import read_parts
    from chalkgrad.training.preparation import InputColumn, Preparation, from_json

    net = load(model)
    preparation = None if net.preparation is None else from_json(net.preparation)

    def lines() -> Iterator[str]:
        for number, frame in enumerate(read_parts(source)):
            known = preparation or Preparation(tuple(InputColumn(name) for name in frame.columns))
            outputs, classes = known.in_units(net.predict(known.inputs(frame))), known.classes
            if not number:
                width = outputs.shape[1]
                names = classes if classes and width == len(classes) else [f"y{k + 1}" for k in range(width)]
                yield _csv_line([*names, *(["class"] if classes else [])])
            labels = known.predicted(outputs) if classes else [None] * len(outputs)
            for row, label in zip(outputs, labels, strict=True):
                yield _csv_line([*(f"{value:.9g}" for value in row), *([label] if label is not None else [])])

    if out is None:
        for line in lines():
            typer.echo(line, nl=False)
        return
    with atomic_file(out) as file:
        for line in lines():
            file.write(line.encode())
    typer.echo(f"{out}")


def _csv_line(entries: Sequence[str]) -> str:
    import csv
    from io import StringIO

    line = StringIO()
    csv.writer(line, lineterminator="\n").writerow(entries)
    return line.getvalue()


class _Progress:
    """A bar with loss, rate and the time that is left."""

    def __init__(self, console: Console, epochs: int) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self.bar = Progress(
            TextColumn("epoch"), MofNCompleteColumn(), BarColumn(), TextColumn("{task.description}"),
            TimeRemainingColumn(), TextColumn("left"), console=console, transient=True,
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


def _metrics(
    net: NetworkSheet,
    parts: Mapping[str, tuple[Any, Any]],
    settings: TrainingSettings,
    preparation: Preparation,
    out: Path,
    console: Console,
) -> dict[str, Any]:
    """Shows how good the predictions are, and writes it to metrics.json too; gives the outputs by part."""
    import json

    from rich.table import Table

    from chalkgrad.files import write_atomically
    from chalkgrad.training.judging import judged
    from chalkgrad.training.metrics import scores

    told: dict[str, dict[str, float]] = {}
    outputs: dict[str, Any] = {}
    for name, (x, y) in parts.items():
        outputs[name], found = judged(net.program, net.trained or {}, x, y, settings)
        predicted, aims = preparation.in_units(outputs[name]), preparation.in_units(y)
        good = scores(predicted, aims, len(preparation.classes), preparation.threshold)
        told[name] = {"samples": len(x), "loss": found, **good}
    write_atomically(out / "metrics.json", json.dumps(told, indent=1) + "\n")
    columns = list(dict.fromkeys(column for row in told.values() for column in row))
    table = Table("part", *columns, box=None, header_style="dim")
    for name, row in told.items():
        shown = {column: f"{value:,}" if isinstance(value, int) else f"{value:.4g}" for column, value in row.items()}
        table.add_row(name, *(shown.get(column, "") for column in columns))
    console.print(table)
    return outputs


def _draw(
    net: NetworkSheet,
    preparation: Preparation,
    parts: Mapping[str, tuple[Any, Any]],
    outputs: Mapping[str, Any],
    title: str,
    out: Path,
) -> None:
    from chalkgrad.training.history import curves
    from chalkgrad.training.plots import loss_curves
    from chalkgrad.training.score_plots import confusion_plot, roc_plot

    pictures: dict[str, Plot | None] = {"loss": loss_curves(curves(net.history), "Loss by epoch", along="epoch")}
    classes = preparation.classes
    if classes:
        judged, shown = ("test", "test") if "test" in parts else ("train", "training")
        drawn = outputs[judged], parts[judged][1], classes
        at = preparation.threshold
        pictures["confusion"] = confusion_plot(*drawn, f"Confusion on the {shown} samples", at)
        pictures["roc"] = roc_plot(*drawn, f"ROC on the {shown} samples", at)
    surface = _boundary(net, preparation, parts, title)
    if surface is not None:
        pictures["boundary"] = surface
    for name, picture in pictures.items():
        if picture is not None:
            for suffix in ("svg", "png"):
                picture.save(out / f"{name}.{suffix}")


def _boundary(
    net: NetworkSheet, preparation: Preparation, parts: Mapping[str, tuple[Any, Any]], title: str
) -> Plot | None:
    """The decision boundary of a network of two numbers, in the units of the table, with the first samples."""
    from dataclasses import replace

    import numpy as np

    from chalkgrad.training.data import Dataset, Standardisation
    from chalkgrad.training.plots import surface_plot
    from chalkgrad.training.surface import bounds_of, prediction_surface

    columns = preparation.columns
    if (
        len(preparation.classes) > _MOST_FIELDS
        or len(columns) != 2
        or any(column.categories for column in columns)
        or net.trained is None
    ):
        return None
    scale = Standardisation(
        np.array([column.mean for column in columns]), np.array([column.deviation for column in columns])
    )
    x, y = (np.concatenate([part[k][:_MOST_POINTS] for part in parts.values()]) for k in (0, 1))
    classes, at = preparation.classes, preparation.threshold
    if len(classes) == 2:
        y = (y > at) * 1.0
    shown = Dataset(title, scale.undo(x), preparation.in_units(y), preparation.names, preparation.target, classes)
    surface = prediction_surface(net.program, net.trained, bounds_of(shown.x), standardisation=scale)
    if not classes:
        surface = replace(surface, values=preparation.in_units(surface.values))
    return surface_plot(surface, shown, "Decision boundary" if classes else "Prediction surface", threshold=at)
