"""The network trained: on measured flowers, and on XOR by gradient descent and by momentum."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalkgrad.errors import ChalkgradError
from chalkgrad.reports.figures import Figure, figure_files, figure_html
from chalkgrad.reports.section import Section
from chalkgrad.reports.work import Model
from chalkgrad.training.data import Dataset, Standardisation, generate, standardisation
from chalkgrad.training.fit import History, fit
from chalkgrad.training.plots import loss_curves, surface_plot
from chalkgrad.training.surface import bounds_of, prediction_surface
from chalkgrad.training.tables import iris_petals
from chalkgrad.writing.markup import heading, paragraph, table, text

STARTS = 4  # starting points that are tried, since a small network may get stuck
TRIAL_EPOCHS = 30
GRID = 120


@dataclass(frozen=True)
class Training:
    """A data set, what the network was fitted to it with, and what came of it."""

    data: Dataset
    scale: Standardisation | None
    seed: int
    runs: Mapping[str, History]


def training_section(model: Model) -> Section | None:
    """The network fitted to two data sets in the plane; None for a network that does not take them."""
    if not model.takes_points:
        return None
    iris = _trained(model, iris_petals(), True, 300, {"gradient descent, rate 0.5": ("sgd", 0.5)})
    xor = _trained(
        model,
        generate("xor", count=500, seed=1),
        False,
        400,
        {"gradient descent, rate 0.1": ("sgd", 0.1), "with momentum 0.9, rate 0.1": ("momentum", 0.1)},
    )
    iris_figures = _figures(model, iris, "iris", "Iris petals")
    xor_figures = _figures(model, xor, "xor", "XOR")
    figures = [*iris_figures, *xor_figures]
    html = paragraph(
        "The derived gradients at work: the loss is the mean over all samples, and each iteration takes one step on "
        f"the whole set. Of {STARTS} starting points the one with the lowest loss after {TRIAL_EPOCHS} iterations "
        "was taken on."
    )
    html += heading(3, "Two kinds of iris, by their petals")
    html += paragraph(
        "Length and width of the petals of 50 Iris versicolor and 50 Iris virginica, measured by Anderson and "
        "published by Fisher in 1936. No straight line parts the two kinds. Inputs were standardised."
    )
    html += _table(iris) + "".join(map(figure_html, iris_figures))
    html += heading(3, "XOR")
    html += paragraph(
        "500 points spread evenly over the square from −2 to 2; a point belongs to class 1 where its two coordinates "
        "differ in sign. The same start, once by gradient descent and once with momentum."
    )
    html += _table(xor) + "".join(map(figure_html, xor_figures))
    data = {"iris": _data(iris), "xor": _data(xor)}
    return Section("training", "The network trained", html, data, figure_files(figures))


def _trained(model: Model, data: Dataset, scaled: bool, epochs: int, runs: Mapping[str, tuple[str, float]]) -> Training:
    scale = standardisation(data.x) if scaled else None
    inputs = (
        data
        if scale is None
        else Dataset(data.name, scale.apply(data.x), data.y, data.columns, data.target, data.classes)
    )
    program, gradients = model.batch, model.batch_derivation.program
    trials = {}
    for seed in range(STARTS):
        try:
            trials[seed] = fit(
                program, gradients, model.initial(seed), inputs, "momentum", rate=0.1, epochs=TRIAL_EPOCHS
            ).final_loss
        except ChalkgradError:
            continue
    seed = min(trials, key=lambda each: trials[each], default=0)
    start = model.initial(seed)
    fitted = {
        name: fit(program, gradients, start, inputs, optimiser, rate=rate, epochs=epochs)
        for name, (optimiser, rate) in runs.items()
    }
    return Training(data, scale, seed, fitted)


def _figures(model: Model, training: Training, name: str, title: str) -> list[Figure]:
    best = min(training.runs.values(), key=lambda run: run.final_loss)
    surface = prediction_surface(model.batch, best.parameters, bounds_of(training.data.x), GRID, training.scale)
    losses = loss_curves(
        {run: history.losses for run, history in training.runs.items()}, f"{title}: loss per iteration"
    )
    plane = surface_plot(surface, training.data, f"{title}: what the network predicts", best.accuracy)
    return [
        Figure(f"{name}_loss", losses, "The loss at each iteration."),
        Figure(f"{name}_surface", plane, "The predicted probability, the boundary at one half, and the data."),
    ]


def _table(training: Training) -> str:
    rows = [
        [
            text(name),
            text(str(len(run.losses))),
            text(f"{run.losses[0]:.4f}"),
            text(f"{run.final_loss:.4f}"),
            text("" if run.accuracy is None else f"{run.accuracy:.1%}"),
        ]
        for name, run in training.runs.items()
    ]
    head = ["method", "iterations", "loss at the start", "loss at the end", "on the right side"]
    return table([text(word) for word in head], rows, f"Fitting {len(training.data)} samples")


def _data(training: Training) -> dict[str, Any]:
    return {
        "samples": len(training.data),
        "columns": list(training.data.columns),
        "seed": training.seed,
        "runs": {
            name: {
                "optimiser": run.optimiser,
                "losses": [float(loss) for loss in run.losses],
                "final_loss": run.final_loss,
                "accuracy": run.accuracy,
                "parameters": {key: value.tolist() for key, value in run.parameters.items()},
            }
            for name, run in training.runs.items()
        },
    }
