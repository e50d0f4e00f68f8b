"""Networks as programs: specs, layers, losses, optimisers and initial values."""

from chalkgrad.networks.architecture import REDUCTIONS, NetworkSpec, activation_named, uniform_spec
from chalkgrad.networks.initialisers import (
    INITIALISERS,
    Initialiser,
    default_initialiser,
    initialise,
    initialiser_named,
)
from chalkgrad.networks.layers import (
    Layer,
    activation,
    attention,
    convolution,
    dense,
    layer_normalisation,
    log_sum_exp,
    softmax,
)
from chalkgrad.networks.losses import LOSSES, Loss, loss_named
from chalkgrad.networks.network import Network, build, layer_axes
from chalkgrad.networks.optimisers import OPTIMISERS, Optimiser, optimiser_named
from chalkgrad.networks.parameters import pack, parameter_shapes, unpack

__all__ = [
    "INITIALISERS",
    "LOSSES",
    "OPTIMISERS",
    "REDUCTIONS",
    "Initialiser",
    "Layer",
    "Loss",
    "Network",
    "NetworkSpec",
    "Optimiser",
    "activation",
    "activation_named",
    "attention",
    "build",
    "convolution",
    "default_initialiser",
    "dense",
    "initialise",
    "initialiser_named",
    "layer_axes",
    "layer_normalisation",
    "log_sum_exp",
    "loss_named",
    "optimiser_named",
    "pack",
    "parameter_shapes",
    "softmax",
    "uniform_spec",
    "unpack",
]
