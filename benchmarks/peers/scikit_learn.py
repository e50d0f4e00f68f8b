"""scikit-learn's MLPClassifier, by epochs; it draws its own first parameters."""

from __future__ import annotations

import warnings
from typing import Any

from sklearn.neural_network import MLPClassifier

from peers.works import Work


def prepare(work: Work, threads: int) -> Any:
    """Plain gradient descent or Adam, no penalty; a call of `partial_fit` is an epoch."""
    warnings.filterwarnings("ignore")
    x, y = work.data
    labels = y[:, 0].astype(int) if work.outputs == 1 else y.argmax(1)
    model = MLPClassifier(
        work.sizes[1:-1], solver=work.optimiser, alpha=0, batch_size=work.batch or work.samples, momentum=0,
        learning_rate_init=work.rate, nesterovs_momentum=False, random_state=0,
    )  # fmt: skip
    classes = sorted(set(labels.tolist()))

    class Run:
        waiting = 0

        @classmethod
        def steps(cls, count: int) -> None:
            """Whole epochs: what is asked for beyond them waits."""
            epochs, cls.waiting = divmod(cls.waiting + count, work.steps_per_epoch)
            for _ in range(epochs):
                model.partial_fit(x, labels, classes=classes)

        @staticmethod
        def parameters() -> list[Any]:
            return [part for pair in zip(model.coefs_, model.intercepts_, strict=True) for part in pair]

    return Run
