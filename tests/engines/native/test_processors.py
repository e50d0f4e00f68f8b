"""The code for narrower vectors: it runs on the processor at hand if that has wider ones; for ARM it is compiled."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from typing import Any

import llvmlite.binding as llvm
import numpy as np
import pytest

from chalkgrad.calculus import derive
from chalkgrad.engines.native import host as module
from chalkgrad.engines.native.host import Host, host
from chalkgrad.engines.native.layer_loop import layer_assembly
from chalkgrad.engines.native.layout import layout_of
from chalkgrad.engines.native.planning import layer_plan, training_plan
from chalkgrad.engines.native.predictor import NativePredictor
from chalkgrad.engines.native.trainer import NativeTrainer
from chalkgrad.engines.native.training_loop import training_assembly
from chalkgrad.engines.stabilise import stabilised
from chalkgrad.networks import Network, NetworkSpec, initialise, optimiser_named
from chalkgrad.training.trainer import NumPyTrainer

# What a processor must have for the code, and what its name is to LLVM.
OLDER = {
    "haswell": {"avx", "avx2", "fma", "bmi", "bmi2", "f16c", "lzcnt", "movbe", "popcnt", "sse4.2", "sse4.1", "ssse3"},
    "nehalem": {"sse4.2", "sse4.1", "ssse3", "popcnt"},
}
BASE = {"sse", "sse2", "sse3", "cx8", "cx16", "cmov", "mmx", "fxsr", "sahf", "64bit"}
HERE = {name for name, present in llvm.get_host_cpu_features().items() if present}
SPECS = {
    "registers": NetworkSpec((3, 4, 1), ("tanh", "sigmoid"), "bce"),
    "memory": NetworkSpec((5, 19, 7, 3), ("relu", "softplus", "softmax"), "cross_entropy"),
}


@pytest.fixture(params=list(OLDER))
def processor(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Iterator[str]:
    """An older processor than this one, as far as the compiler is told."""
    name: str = request.param
    if platform.machine() not in ("x86_64", "AMD64") or not OLDER[name] <= HERE:
        pytest.skip(f"this machine does not run the code of {name}")
    features = llvm.FeatureMap({feature: feature in OLDER[name] | BASE for feature in llvm.get_host_cpu_features()})
    monkeypatch.setattr(llvm, "get_host_cpu_name", lambda: name)
    monkeypatch.setattr(llvm, "get_host_cpu_features", lambda: features)
    monkeypatch.setenv("CHALKGRAD_CACHE", str(tmp_path))
    host.cache_clear()
    yield name
    host.cache_clear()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", list(SPECS))
def test_training_is_that_of_numpy(processor: str, kind: str, dtype: str) -> None:
    assert host().vector_bits == {"haswell": 256, "nehalem": 128}[processor]
    assert host().fused == (processor == "haswell")
    spec = SPECS[kind]
    generator = np.random.default_rng(1)
    x = generator.normal(size=(45, spec.sizes[0]))
    y = np.eye(max(spec.sizes[-1], 2))[generator.integers(0, max(spec.sizes[-1], 2), 45)][:, : spec.sizes[-1]]
    program = Network(spec).program
    given = (program, derive(program).program, initialise(spec, seed=1), x, y, optimiser_named("adam"))
    for batch in (1, 7, "full"):
        one, other = (
            make(*given, rate=0.01, batch=batch, dtype=dtype, seed=3)  # type: ignore[arg-type]
            for make in (NativeTrainer, NumPyTrainer)
        )
        one.run(20)
        other.run(20)
        for name, value in other.parameters.items():
            np.testing.assert_allclose(one.parameters[name], value, rtol=0, atol=2e-4 if dtype == "float32" else 1e-10)
        assert one.loss == pytest.approx(other.loss, rel=1e-4 if dtype == "float32" else 1e-9)


@pytest.mark.usefixtures("processor")
@pytest.mark.parametrize("rows", [1, 3, 8, 700])
def test_prediction_is_that_of_numpy(rows: int) -> None:
    spec = SPECS["memory"]
    net, parameters = Network(spec), initialise(spec, seed=1)
    x = np.random.default_rng(0).normal(size=(rows, 5))
    from chalkgrad.training.fit import predict

    predictor = NativePredictor(net.program, net.program.tensor("yhat"), parameters, dtype="float64")
    np.testing.assert_allclose(predictor(x), predict(net.program, parameters, x), rtol=1e-10)


@pytest.mark.parametrize("kind", list(SPECS))
def test_the_code_for_arm_compiles_to_its_vectors(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "host", lambda: Host("cortex-a72", frozenset(), 128, True, False))
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    target = llvm.Target.from_triple("aarch64-unknown-linux-gnu").create_target_machine(cpu="cortex-a72", opt=2)
    program = Network(SPECS[kind]).program
    row = optimiser_named("adam")
    gradient = stabilised(derive(program).program)
    layout = layout_of(gradient, row)
    if kind == "registers":
        plan = training_plan(gradient, row, layout, shuffled=True, threaded=True)
        text = training_assembly(plan, "float", 4, fused=True)
    else:
        layers = layer_plan(gradient, row, layout, shuffled=True, batch=32, drawn={}, threaded=True)
        text = layer_assembly(layers, "float", 4, registers=32, fused=True)
    parsed = llvm.parse_assembly(text)
    parsed.triple = "aarch64-unknown-linux-gnu"
    parsed.data_layout = str(target.target_data)
    parsed.verify()
    written = target.emit_assembly(parsed)
    assert "fmla" in written
    assert ".4s" in written
