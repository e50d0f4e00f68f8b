"""The estimators for scikit-learn beside its own networks: five data sets at the same settings, in turns.

`python benchmarks/estimators.py`; with `--write docs/benchmarks.md` the table goes there. Accuracy (R² for numbers) is
that of the samples kept apart in a cross-validation; the time is of one fit on all samples, by the processor, one
thread each, the median of several rounds, after one fit that is not timed (what is compiled is kept).
"""

from __future__ import annotations

import argparse
import statistics
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine, make_moons
from sklearn.model_selection import cross_val_score
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from chalkgrad.files import write_atomically
from chalkgrad.sklearn import NetworkClassifier, NetworkRegressor

BEGIN, END = "<!-- estimators: begin -->", "<!-- estimators: end -->"
EPOCHS, BATCH, RATE, HIDDEN = 100, 50, 0.01, 30


def data_sets() -> dict[str, tuple[Any, Any]]:
    """Inputs, standardised, and classes or numbers."""
    found = {
        "breast cancer": load_breast_cancer(return_X_y=True),
        "wine": load_wine(return_X_y=True),
        "digits": load_digits(return_X_y=True),
        "moons": make_moons(2000, noise=0.2, random_state=0),
        "diabetes (numbers)": load_diabetes(return_X_y=True),
    }
    x, y = found["diabetes (numbers)"]
    found["diabetes (numbers)"] = x, (y - y.mean()) / y.std()
    return {name: (StandardScaler().fit_transform(x), y) for name, (x, y) in found.items()}


def estimators(numbers: bool) -> tuple[Any, Any]:
    """Ours and theirs: one hidden layer, relu, Adam, mini-batches, the same epochs and number type, no penalty."""
    settings: dict[str, Any] = {"batch": BATCH, "rate": RATE, "epochs": EPOCHS, "random_state": 0}
    ours = (NetworkRegressor if numbers else NetworkClassifier)(f"{HIDDEN} relu", **settings)
    known = MLPRegressor if numbers else MLPClassifier
    theirs = known(
        hidden_layer_sizes=(HIDDEN,), batch_size=BATCH, learning_rate_init=RATE, max_iter=EPOCHS, alpha=0, tol=0,
        n_iter_no_change=EPOCHS, random_state=0,
    )  # fmt: skip
    return ours, theirs


def seconds(estimator: Any, x: Any, y: Any) -> float:
    """The processor's time of a fit."""
    began = time.process_time()
    estimator.fit(x, y)
    return time.process_time() - began


def measured(rounds: int) -> list[str]:
    """The table."""
    lines = ["| data | scores: ours | scikit-learn | a fit: ours | scikit-learn | times ours |", "| --- " * 6 + "|"]
    for name, (x, y) in data_sets().items():
        pair = estimators("numbers" in name)
        scores = [cross_val_score(each, x, y, cv=5) for each in pair]
        pair[0].fit(x, y)
        times = [[seconds(each, x, y) for each in pair] for _ in range(rounds)]
        ours, theirs = (statistics.median(each) for each in zip(*times, strict=True))
        ratio = statistics.median(second / first for first, second in times)
        shown = " | ".join(f"{np.mean(each):.3f} ± {np.std(each):.3f}" for each in scores)
        lines.append(f"| {name}, {len(x)} × {x.shape[1]} | {shown} | {ours:.3f} s | {theirs:.2f} s | {ratio:.1f} |")
        print(lines[-1], flush=True)
    return lines


def main() -> None:
    """Measures, and writes the table where it is told to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", type=Path)
    chosen = parser.parse_args()
    warnings.filterwarnings("ignore", message="Stochastic Optimizer: Maximum iterations")
    with threadpool_limits(1):
        lines = measured(chosen.rounds)
    if chosen.write:
        before, _, rest = chosen.write.read_text(encoding="utf-8").partition(BEGIN)
        after = rest.partition(END)[2]
        write_atomically(chosen.write, "\n".join([before + BEGIN, *lines, END]) + after)


if __name__ == "__main__":
    main()
