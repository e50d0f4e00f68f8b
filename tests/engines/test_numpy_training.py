"""The printed training code runs, and does what the programs say."""

from __future__ import annotations

import numpy as np
import pytest

from chalkgrad.calculus import derive
from chalkgrad.engines.numpy import compile_numpy
from chalkgrad.engines.numpy_training import network_output, training_source
from chalkgrad.errors import ProgramError, UnknownNameError
from chalkgrad.language import Axis, Definition, Program, Role, Tensor, evaluate
from chalkgrad.networks import OPTIMISERS, Network, NetworkSpec, initialise

SPECS = {
    "2-3-1 relu sigmoid bce": NetworkSpec((2, 3, 1), ("relu", "sigmoid"), "bce"),
    "2-4-3 tanh softmax cross-entropy": NetworkSpec((2, 4, 3), ("tanh", "softmax"), "cross-entropy"),
    "2-5-3 gelu identity mse": NetworkSpec((2, 5, 3), ("gelu", "identity"), "mse"),
}


def data_for(spec: NetworkSpec) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(7, 2))
    outputs = spec.sizes[-1]
    return x, np.eye(outputs)[rng.integers(outputs, size=7)] if outputs > 1 else rng.integers(2, size=(7, 1)) * 1.0


def run(source: str) -> dict:
    namespace: dict = {}
    exec(source, namespace)
    return namespace


@pytest.mark.parametrize("optimiser", OPTIMISERS)
@pytest.mark.parametrize("name", SPECS)
def test_three_printed_steps_are_three_steps_of_the_programs(name: str, optimiser: str) -> None:
    spec, row = SPECS[name], OPTIMISERS[optimiser]
    program = Network(spec).program
    gradient_program = derive(program).program
    module = run(training_source(program, gradient_program, optimiser))
    x, y = data_for(spec)
    printed = {name: np.array(value) for name, value in initialise(spec, seed=1).items()}
    expected = {name: value.copy() for name, value in printed.items()}
    memory = {name: dict.fromkeys(row.state, 0.0) for name in printed}
    states = {name: {state: np.zeros_like(value) for state in row.state} for name, value in expected.items()}
    for t in (1, 2, 3):
        module["training_step"](printed, memory, x, y, *([t] if row.uses_step else []))
        slopes = compile_numpy(gradient_program)(x=x, y=y, **expected)
        for parameter, value in expected.items():
            flat = value.ravel()  # a view
            for place, g in enumerate(slopes[f"dL_d{parameter}"].ravel()):
                known = {state: array.ravel()[place] for state, array in states[parameter].items()}
                values = {"p": flat[place], "g": g, **known, **row.defaults, **({"t": t} if row.uses_step else {})}
                new = evaluate(row.program, values)
                flat[place] = new["p_next"].numbers[0]
                for state in row.state:
                    states[parameter][state].ravel()[place] = new[row.updates[state]].numbers[0]
    for parameter, value in expected.items():
        np.testing.assert_allclose(printed[parameter], value, rtol=1e-12)
    assert np.isfinite(module["loss"](x, y, **printed))
    assert module["forward"](x, **printed).shape == y.shape


def test_the_code_for_the_sheets_network_reads_well(golden) -> None:
    program = Network(SPECS["2-3-1 relu sigmoid bce"]).program
    golden("engines/training_2-3-1.py.txt", training_source(program, derive(program).program, "momentum"))


def test_parameters_may_be_called_like_the_functions() -> None:
    w, x, t = Tensor("loss", (), Role.PARAMETER), Tensor("update", (), Role.INPUT), Tensor("np", (), Role.TARGET)
    yhat, total = Tensor("forward"), Tensor("L")
    lines = (Definition(yhat, (), w[()] * x[()]), Definition(total, (), (yhat[()] - t[()]) ** 2))
    program = Program((x, t, w), lines, (total,))
    module = run(training_source(program, derive(program).program))
    parameters = {"loss_2": np.array(2.0)}
    module["training_step"](parameters, {"loss_2": {}}, 3.0, 5.0, rate=0.5)
    assert parameters["loss_2"] == 2.0 - 0.5 * 2 * (6 - 5) * 3


def test_errors_say_what_is_wrong() -> None:
    program = Network(SPECS["2-3-1 relu sigmoid bce"]).program
    with pytest.raises(ProgramError, match="'L' is a result, but not a gradient"):
        training_source(program, program)
    with pytest.raises(UnknownNameError, match="there is no optimiser 'adan'"):
        training_source(program, derive(program).program, "adan")
    y = Tensor("y", (Axis("i", 2),), Role.TARGET)
    with pytest.raises(ProgramError, match="it is not a network"):
        network_output(Program((y,), (), (y,)))
