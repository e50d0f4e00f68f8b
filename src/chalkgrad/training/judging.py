"""What a trained network gives for data as large as they may be: its outputs and its loss, compiled if they can be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chalkgrad.engines.lowering import LoweringError
from chalkgrad.engines.numpy_training import network_output
from chalkgrad.language import Program
from chalkgrad.training.fit import predict
from chalkgrad.training.settings import TrainingSettings
from chalkgrad.training.trainer import data_names, numpy_loss


def judged(
    program: Program, parameters: Mapping[str, Any], x: Any, y: Any, settings: TrainingSettings
) -> tuple[NDArray[Any], float]:
    """The outputs (samples, outputs) and the loss over the samples, by the engine of the settings.

    The native one makes nothing as long as the data but the outputs.

    >>> from chalkgrad.networks import Network, NetworkSpec
    >>> program = Network(NetworkSpec((1, 1), ("identity",), "mse")).program
    >>> judged(program, {"W1": [[2.0]], "b1": [0.0]}, [[1.0], [2.0]], [[2.0], [5.0]], TrainingSettings())
    (array([[2.],
           [4.]], dtype=float32), 0.5)
    """
    inputs, targets = data_names(program)
    data = {inputs: np.asarray(x), targets: np.asarray(y)}
    if settings.engine != "numpy":
        from chalkgrad.engines.native.losses import LossOnData
        from chalkgrad.engines.native.predictor import NativePredictor

        try:
            common: dict[str, Any] = {"dtype": settings.dtype, "threads": settings.threads}
            predictor = NativePredictor(program, network_output(program), parameters, **common)
            return predictor(data[inputs]), LossOnData(program, data, **common)(parameters)
        except LoweringError:
            if settings.engine == "native":
                raise
    return predict(program, parameters, data[inputs]), numpy_loss(program, data)(parameters)
