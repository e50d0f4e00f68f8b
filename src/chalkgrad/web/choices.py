"""What can be chosen on the page: the tables of the library, with their titles."""

from __future__ import annotations

from typing import Any

from chalkgrad.engines.emitted.targets import TARGETS
from chalkgrad.language import FUNCTIONS
from chalkgrad.networks import OPTIMISERS
from chalkgrad.networks.losses import LOSSES
from chalkgrad.notation import NOTATIONS
from chalkgrad.version import __version__
from chalkgrad.writing.equations import FORMS

_ACTIVATIONS = ("identity", "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "mish", "softplus", "softsign",
                "sigmoid", "tanh", "sin")  # fmt: skip
# Of two variables, to walk downhill on.
_FUNCTIONS = ("rosenbrock", "himmelblau", "x^2 + 3*y^2", "x*exp(-x^2-y^2)", "sin(x)*cos(y) + x^2/10 + y^2/10")


def choices() -> dict[str, Any]:
    """Activations, losses, notations, forms, languages, optimisers, functions, data sets: the names that are typed.

    >>> choices()["forms"]
    ['scalar', 'index', 'matrix']
    """
    from chalkgrad.training.data import GENERATORS

    return {
        "version": __version__,
        "activations": [*(name for name in _ACTIVATIONS if name in FUNCTIONS), "softmax"],
        "losses": {name: {"title": row.title, "output": row.output} for name, row in LOSSES.items()},
        "notations": {name: row.description for name, row in NOTATIONS.items()},
        "forms": list(FORMS),
        "languages": list(TARGETS),
        "optimisers": {name: {"title": row.title, "defaults": dict(row.defaults)} for name, row in OPTIMISERS.items()},
        "functions": list(_FUNCTIONS),
        "datasets": {name: noise for name, (_, noise) in GENERATORS.items()},
    }
