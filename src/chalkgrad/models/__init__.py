"""Models that others made, as networks of ours: equations, drawings, gradients and code of what one has already."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chalkgrad.board.network import NetworkSheet
from chalkgrad.errors import ChalkgradError

__all__ = ["read_model"]


def read_model(source: Any, inputs: Any = None, *, loss: str | None = None, layers: str | None = None) -> NetworkSheet:
    """The network of a model, with its parameters: what `draw`, `derive`, `equations`, `fit` and `code` are for.

    `source` is one of

    - a PyTorch module, with `inputs`, an example of a batch or its shape: by `torch.export`, its operations as they are
      called, its parameters in their own names and layout;
    - a fitted model of scikit-learn: `MLPClassifier`, `MLPRegressor`, `LogisticRegression`, `LinearRegression`,
      `Ridge`, `Lasso`, `ElasticNet`, also behind scalers in a pipeline, which become part of the first layer;
    - a state dict of fully connected layers, as a mapping or a `.safetensors` file, with `layers`, the activations and
      the loss as a spec has them ("relu softmax cross-entropy"), which a state dict does not say;
    - a `.safetensors` file that `NetworkSheet.save` wrote; a spec; a file of equations.

    `loss` is that of the outputs; without it a softmax has the cross-entropy, a sigmoid bce, anything else mse. Nothing
    is unpickled. Raises `ChalkgradError` for what is not covered, with its name, and `ReadingError` for files.

    >>> import numpy as np
    >>> state = {"0.weight": np.ones((3, 2)), "0.bias": np.zeros(3), "2.weight": np.ones((1, 3)), "2.bias": np.zeros(1)}
    >>> net = read_model(state, layers="relu sigmoid")
    >>> net.spec, net.predict([[0.0, 0.0]]).tolist()
    ('2-3-1 relu sigmoid bce', [[0.5]])
    """
    if isinstance(source, Mapping):
        from chalkgrad.models.state_dicts import read_state

        return read_state(source, layers, loss)
    if isinstance(source, str | Path):
        from chalkgrad.board.documents import read

        if layers is not None:
            from chalkgrad.models.state_dicts import read_state
            from chalkgrad.training.tensor_files import tensors_of_others

            return read_state(tensors_of_others(source), layers, loss)
        return read(source, loss)
    home = {base.__module__.partition(".")[0] for base in type(source).__mro__}
    if "torch" in home:
        from chalkgrad.models.torch_export import read_torch

        if inputs is None:
            raise ChalkgradError("a PyTorch module needs an example of its inputs, or their shape: inputs=(1, 4)")
        return read_torch(source, inputs, loss)
    if "sklearn" in home:
        from chalkgrad.models.scikit_learn import read_estimator

        return read_estimator(source)
    shown = f"{type(source).__module__}.{type(source).__qualname__}"
    raise ChalkgradError(f"a {shown} is no model that can be read; expected a PyTorch module, a model of scikit-learn, "
                         "a state dict, a file or a spec")  # fmt: skip
