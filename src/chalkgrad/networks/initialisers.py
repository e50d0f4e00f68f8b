"""Initial values of the weights: a table of distributions, and drawing from them with a seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

from chalkgrad.networks.architecture import GATES, NORMALISATIONS, NetworkSpec
from chalkgrad.networks.tables import row_named

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Initialiser:
    """A row of the table: draws from ±`scale` ("uniform"), with the standard deviation `scale` ("normal"), or zeros.

    `scale` is a function of the numbers of inputs and outputs of a layer. Biases begin at zero, unless `biases`.
    """

    name: str
    distribution: str
    scale: Callable[[int, int], float]
    source: str
    aliases: tuple[str, ...] = ()
    biases: bool = False

    def draw(
        self, shape: tuple[int, ...], inputs: int, outputs: int, generator: np.random.Generator
    ) -> NDArray[np.float64]:
        """An array of the shape for a layer with so many inputs and outputs.

        >>> import numpy as np
        >>> INITIALISERS["zeros"].draw((2, 1), 2, 1, np.random.default_rng(0)).tolist()
        [[0.0], [0.0]]
        """
        import numpy as np

        scale = self.scale(inputs, outputs)
        match self.distribution:
            case "uniform":
                return generator.uniform(-scale, scale, shape)
            case "normal":
                return generator.normal(0.0, scale, shape)
        return np.zeros(shape)


_GLOROT = "Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks, 2010"
_HE = "He, Zhang, Ren and Sun, Delving deep into rectifiers, 2015"
_LECUN = "LeCun, Bottou, Orr and Müller, Efficient BackProp, 1998; Klambauer et al., Self-normalizing networks, 2017"
_ROWS = (
    Initialiser("he_normal", "normal", lambda i, o: sqrt(2 / i), _HE, ("he", "kaiming", "kaiming_normal")),
    Initialiser("he_uniform", "uniform", lambda i, o: sqrt(6 / i), _HE, ("kaiming_uniform",)),
    Initialiser("glorot_normal", "normal", lambda i, o: sqrt(2 / (i + o)), _GLOROT, ("xavier_normal",)),
    Initialiser(
        "glorot_uniform", "uniform", lambda i, o: sqrt(6 / (i + o)), _GLOROT, ("glorot", "xavier", "xavier_uniform")
    ),
    Initialiser("lecun_normal", "normal", lambda i, o: sqrt(1 / i), _LECUN, ("lecun",)),
    Initialiser("lecun_uniform", "uniform", lambda i, o: sqrt(3 / i), _LECUN),
    Initialiser("uniform", "uniform", lambda i, o: sqrt(1 / i), "torch.nn.Linear, weights and biases", biases=True),
    Initialiser("zeros", "zeros", lambda i, o: 0.0, "no source: all units of a layer then stay equal", ("zero",)),
)
INITIALISERS: dict[str, Initialiser] = {row.name: row for row in _ROWS}
_HE_ACTIVATIONS = {"relu", "leaky_relu", "elu", "gelu", "gelu_tanh", "silu", "mish", "softplus"}


def initialiser_named(name: str) -> Initialiser:
    """The row for a name or alias; raises `UnknownNameError` with the nearest.

    >>> initialiser_named("Xavier").name
    'glorot_uniform'
    """
    return row_named("initialiser", name, INITIALISERS.values())


def default_initialiser(activation: str) -> Initialiser:
    """He's for activations like ReLU, LeCun's for SELU, Glorot's for the others, each the one its paper is about.

    >>> default_initialiser("relu").name, default_initialiser("tanh").name
    ('he_normal', 'glorot_uniform')
    """
    if activation in _HE_ACTIVATIONS:
        return INITIALISERS["he_normal"]
    return INITIALISERS["lecun_normal" if activation == "selu" else "glorot_uniform"]


def initialise(spec: NetworkSpec, scheme: str | None = None, seed: int = 0) -> dict[str, NDArray[np.float64]]:
    """Initial values of a network's parameters by name: W1 (inputs by outputs), b1, W2, …; the same for the same seed.

    Without a scheme each layer has the default for its activation; what normalises begins with 1 and 0.
    Raises `UnknownNameError`.

    >>> spec = NetworkSpec((2, 3, 1), ("relu", "sigmoid"), "bce")
    >>> {name: value.shape for name, value in initialise(spec, seed=1).items()}
    {'W1': (2, 3), 'b1': (3,), 'W2': (3, 1), 'b2': (1,)}
    """
    import numpy as np

    generator = np.random.default_rng(seed)
    values: dict[str, NDArray[np.float64]] = {}
    layers = zip(spec.sizes, spec.sizes[1:], spec.activations, strict=False)
    for layer, (inputs, outputs, activation) in enumerate(layers, start=1):
        row = initialiser_named(scheme) if scheme else default_initialiser(activation.split()[-1])
        values[f"W{layer}"] = row.draw((inputs, outputs), inputs, outputs, generator)
        if activation in GATES:
            values[f"V{layer}"] = row.draw((inputs, outputs), inputs, outputs, generator)
            continue
        biases = row if row.biases else INITIALISERS["zeros"]
        values[f"b{layer}"] = biases.draw((outputs,), inputs, outputs, generator)
        if activation.startswith(tuple(NORMALISATIONS)):
            values[f"gamma{layer}"] = np.ones(outputs)
        if activation.startswith("layernorm"):
            values[f"beta{layer}"] = np.zeros(outputs)
    return values
