"""The optimisers, each a program: how one parameter p with the gradient g moves, and what is remembered of it.

An engine maps the equations over every element of every parameter. The step t counts from 1. Where a row says that it
does as PyTorch does, 20 steps of both agree in the tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chalkgrad.language import Call, Definition, Element, Expression, Program, Role, Tensor
from chalkgrad.networks.tables import row_named

_NEXT = "_next"


@dataclass(frozen=True)
class Optimiser:
    """A row of the table.

    `program` declares the parameter `p`, the gradient `g`, the state, the hyper-parameters and, where it is used, the
    step `t`; its results are the new values. `updates` says which result each declared tensor takes: {"p": "p_next",
    "v": "v_next"}. All state begins at 0. `defaults` are the hyper-parameters with their usual values.

    >>> print(OPTIMISERS["momentum"].program)
    parameter p
    input g
    input v
    input rate
    input momentum
    v_next = momentum*v + rate*g
    p_next = p - v_next
    result p_next, v_next
    """

    name: str
    title: str
    program: Program
    updates: Mapping[str, str]
    defaults: Mapping[str, float]
    source: str
    aliases: tuple[str, ...] = ()

    @property
    def state(self) -> tuple[str, ...]:
        """The names of what is remembered from step to step besides the parameter.

        >>> OPTIMISERS["adam"].state
        ('m', 'v')
        """
        return tuple(name for name in self.updates if name != "p")

    @property
    def uses_step(self) -> bool:
        """Whether the equations hold the number of the step, t."""
        return _T.tensor in self.program.declared


def _scalar(name: str) -> Element:
    return Tensor(name, (), Role.INPUT)[()]


def _value(name: str) -> Element:
    return Tensor(name)[()]


_P = Tensor("p", (), Role.PARAMETER)[()]
_G, _T, _RATE, _EPSILON = _scalar("g"), _scalar("t"), _scalar("rate"), _scalar("epsilon")
_M, _V, _S = _scalar("m"), _scalar("v"), _scalar("s")
_MOMENTUM, _DECAY, _WEIGHT_DECAY = _scalar("momentum"), _scalar("decay"), _scalar("weight_decay")
_BETA1, _BETA2 = _scalar("beta1"), _scalar("beta2")


def _root(value: Expression) -> Expression:
    return Call("sqrt", value)


def _row(
    name: str,
    title: str,
    equations: Mapping[str, Expression],
    defaults: Mapping[str, float],
    source: str,
    aliases: tuple[str, ...] = (),
) -> Optimiser:
    """The row for equations in order; those named `…_next` are the new values of p and of the state."""
    definitions = tuple(Definition(Tensor(left), (), right) for left, right in equations.items())
    state = [left.removesuffix(_NEXT) for left in equations if left.endswith(_NEXT) and left != "p_next"]
    updates = {tensor: tensor + _NEXT for tensor in ("p", *state)}
    used = {tensor for right in equations.values() for tensor in right.tensors}
    step = [_T.tensor] if _T.tensor in used else []
    declared = (
        _P.tensor,
        _G.tensor,
        *(_scalar(s).tensor for s in state),
        *step,
        *(_scalar(h).tensor for h in defaults),
    )
    results = tuple(Tensor(result) for result in updates.values())
    return Optimiser(name, title, Program(declared, definitions, results), updates, defaults, source, aliases)


_ADAM = {
    "m_next": _BETA1 * _M + (1 - _BETA1) * _G,
    "v_next": _BETA2 * _V + (1 - _BETA2) * _G**2,
    "mhat": _value("m_next") / (1 - _BETA1**_T),
    "vhat": _value("v_next") / (1 - _BETA2**_T),
}
_ADAM_STEP = _RATE * _value("mhat") / (_root(_value("vhat")) + _EPSILON)
_ADAM_DEFAULTS = {"rate": 0.001, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
_ROWS = (
    _row(
        "sgd",
        "gradient descent",
        {"p_next": _P - _RATE * _G},
        {"rate": 0.01},
        "Cauchy, 1847; Robbins and Monro, A stochastic approximation method, 1951",
        ("gradient_descent", "gd"),
    ),
    _row(
        "momentum",
        "gradient descent with momentum",
        {"v_next": _MOMENTUM * _V + _RATE * _G, "p_next": _P - _value("v_next")},
        {"rate": 0.01, "momentum": 0.9},
        "Polyak, Some methods of speeding up the convergence of iteration methods, 1964. The rate is inside v; PyTorch "
        "has it outside, which is the same as long as the rate does not change",
        ("heavy_ball", "polyak"),
    ),
    _row(
        "nesterov",
        "Nesterov's momentum",
        {"v_next": _MOMENTUM * _V + _RATE * _G, "p_next": _P - (_MOMENTUM * _value("v_next") + _RATE * _G)},
        {"rate": 0.01, "momentum": 0.9},
        "Nesterov, 1983; Sutskever, Martens, Dahl and Hinton, On the importance of initialization and momentum, 2013, "
        "with p standing for their look-ahead point, as in PyTorch",
        ("nag",),
    ),
    _row(
        "adagrad",
        "AdaGrad",
        {"s_next": _S + _G**2, "p_next": _P - _RATE * _G / (_root(_value("s_next")) + _EPSILON)},
        {"rate": 0.01, "epsilon": 1e-10},
        "Duchi, Hazan and Singer, Adaptive subgradient methods, 2011; epsilon outside the root, as PyTorch",
    ),
    _row(
        "rmsprop",
        "RMSProp",
        {
            "s_next": _DECAY * _S + (1 - _DECAY) * _G**2,
            "p_next": _P - _RATE * _G / (_root(_value("s_next")) + _EPSILON),
        },
        {"rate": 0.01, "decay": 0.99, "epsilon": 1e-8},
        "Tieleman and Hinton, Lecture 6.5, 2012; epsilon outside the root, as PyTorch",
    ),
    _row(
        "adam",
        "Adam",
        {**_ADAM, "p_next": _P - _ADAM_STEP},
        _ADAM_DEFAULTS,
        "Kingma and Ba, Adam: a method for stochastic optimization, 2015, algorithm 1",
    ),
    _row(
        "adamw",
        "Adam with decoupled weight decay",
        {**_ADAM, "p_next": _P - _RATE * _WEIGHT_DECAY * _P - _ADAM_STEP},
        {**_ADAM_DEFAULTS, "weight_decay": 0.01},
        "Loshchilov and Hutter, Decoupled weight decay regularization, 2019; the decay times the rate, as PyTorch",
    ),
)
OPTIMISERS: dict[str, Optimiser] = {row.name: row for row in _ROWS}


def optimiser_named(name: str) -> Optimiser:
    """The row for a name or alias; case and hyphens do not matter. Raises `UnknownNameError` with the nearest name.

    >>> optimiser_named("Gradient descent").name
    'sgd'
    """
    return row_named("optimiser", name, OPTIMISERS.values())
