"""What trains in the browser: the printed module beside our own trainer, step by step."""

from __future__ import annotations

import json

import numpy as np
import pytest
import quickjs

import chalkgrad as cg
from chalkgrad.errors import ChalkgradError
from chalkgrad.networks import OPTIMISERS
from chalkgrad.web.networks import initial
from chalkgrad.web.surfaces import surface_module
from chalkgrad.web.trainings import dataset, training_module

# Twenty steps as frontend/src/training/trainer.ts makes them.
STEPS = """
function train(name, x, y, initial, rate, steps) {
  const parameters = {}, state = {}, row = about.optimisers[name];
  for (const each in initial) {
    parameters[each] = Float64Array.from(initial[each]);
    state[each] = row.state.map(() => new Float64Array(initial[each].length));
  }
  const shared = Object.values({ ...row.defaults, rate });
  let value;
  for (let t = 1; t <= steps; t++) {
    const given = about.gradient_arguments.map((n) => n === about.input ? x : n === about.target ? y : parameters[n]);
    const found = gradients({ n: x.length / about.inputs }, ...given);
    value = found.value;
    for (const each in parameters) {
      for (let k = 0; k < parameters[each].length; k++) {
        const now = [parameters[each][k], found.gradient[each][k], ...state[each].map((s) => s[k])];
        const next = updates[name](...now, ...(row.uses_step ? [t] : []), ...shared);
        parameters[each][k] = next[0];
        state[each].forEach((s, i) => { s[k] = next[i + 1]; });
      }
    }
  }
  const out = {};
  for (const each in parameters) out[each] = Array.from(parameters[each]);
  return JSON.stringify(out);
}
"""


def context_of(module: str) -> quickjs.Context:
    context = quickjs.Context()
    context.eval(module.replace("export const ", "var "))
    return context


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_it_trains_as_our_own_trainer_does(optimiser: str) -> None:
    model, l2 = "2-4-1 tanh sigmoid bce", 0.01
    data, begun = dataset("xor", count=30), initial(model, seed=2)
    context = context_of(training_module(model, l2=l2))
    context.eval(STEPS)
    x, y = np.array(data["x"]), np.array(data["y"])
    given = ", ".join(
        [json.dumps(optimiser), *(f"Float64Array.from({json.dumps(each.ravel().tolist())})" for each in (x, y))]
    )
    found = json.loads(context.eval(f"train({given}, {json.dumps(begun)}, 0.05, 20)"))
    net = cg.network(model, l2=l2)
    shaped = {name: np.reshape(value, net.parameters[name]) for name, value in begun.items()}
    trainer = net.trainer(x, y, optimizer=optimiser, parameters=shaped, rate=0.05, dtype="float64", engine="numpy")
    trainer.run(20)
    for name, value in trainer.parameters.items():
        np.testing.assert_allclose(found[name], np.ravel(value), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    "model", ["3-5-4 relu softmax cross-entropy", "1-4-1 gelu identity mse", "2-2 elu-3 relu-1 identity mse"]
)
def test_its_units_are_those_of_the_network(model: str) -> None:
    net, begun = cg.network(model), initial(model, seed=1)
    context = context_of(training_module(model))
    sample = [0.5, -1.0, 2.0][: net.inputs]
    values = ", ".join(
        f"Float64Array.from({json.dumps(sample if name == 'x' else begun[name])})"
        for name in json.loads(context.eval("JSON.stringify(about.unit_arguments)"))
    )
    found = json.loads(context.eval(f"JSON.stringify(Array.from(units({{ n: 1 }}, {values})[about.output]))"))
    shaped = {name: np.reshape(value, net.parameters[name]) for name, value in begun.items()}
    np.testing.assert_allclose(found, net.forward(x=sample, **shaped), rtol=1e-12)


def test_a_function_of_two_variables_walks_as_ours_does() -> None:
    context = context_of(surface_module("x^2 + 3*y^2"))
    context.eval("var at = [1, 1, 0, 0]; for (let t = 0; t < 9; t++) at = steps.momentum(...at, 0.05, 0.9)")
    found = json.loads(context.eval("JSON.stringify(at)"))
    path = cg.function("x^2 + 3*y^2").descend({"x": 1, "y": 1}, "momentum", rate=0.05, steps=9)
    np.testing.assert_allclose(found[:2], path.points[9], rtol=1e-12)


@pytest.mark.parametrize(
    ("job", "words"),
    [
        (lambda: training_module("784-100-10 relu softmax cross-entropy"), "too many"),
        (lambda: training_module("/etc/passwd"), "not a layer"),
        (lambda: surface_module("x + y + z"), "two variables"),
        (lambda: surface_module(" "), "no function yet"),
        (lambda: dataset("moons", count=10**6), "too many"),
    ],
)
def test_what_is_too_much_is_refused(job: object, words: str) -> None:
    assert callable(job)
    with pytest.raises(ChalkgradError, match=words):
        job()


def test_dropout_drops_nothing_where_every_unit_is_kept_by_its_share() -> None:
    model, x, y = "2-4-1 tanh sigmoid bce", [0.5, -1.0, 1.0, 2.0], [1.0, 0.0]
    begun = {name: np.array(value) + 0.1 for name, value in initial(model, seed=2).items()}
    context = context_of(training_module(model, dropout=0.25))
    assert json.loads(context.eval("JSON.stringify(about.kept)")) == {"keep1": {"share": 0.75, "units": 4}}

    def found(keep: list[float]) -> list[float]:
        given = {**{name: value.tolist() for name, value in begun.items()}, "x": x, "y": y, "keep1": keep}
        context.eval(f"var given = {json.dumps(given)}")
        call = "gradients({n: 2}, ...about.gradient_arguments.map((n) => Float64Array.from(given[n]))).gradient.W2"
        return list(json.loads(context.eval(f"JSON.stringify(Array.from({call}))")))

    net = cg.network(model)
    shaped = {name: value.reshape(net.parameters[name]) for name, value in begun.items()}
    wanted = cg.derive(net).evaluate(x=np.reshape(x, (2, 2)), y=np.reshape(y, (2, 1)), **shaped)["W2"]
    np.testing.assert_allclose(found([0.75] * 8), np.ravel(wanted), rtol=1e-9)
    dropped = found([0.0, 1, 1, 1] * 2)
    assert dropped[0] == 0
    assert dropped[1] != 0
