"""Every layer and loss of the catalogue in every language: value, gradient and the product with the Hessian."""

from __future__ import annotations

import importlib.util
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chalkgrad.calculus import Derivation, derive
from chalkgrad.engines.emitted.c_source import c_source
from chalkgrad.engines.emitted.jax_module import jax_module
from chalkgrad.engines.emitted.julia_source import julia_source
from chalkgrad.engines.emitted.numpy_module import numpy_module
from chalkgrad.engines.emitted.torch_module import torch_module
from chalkgrad.engines.emitted.wanted import Wanted, wanted
from chalkgrad.engines.native.arrays.function import ArrayFunction
from chalkgrad.networks.catalogue import CATALOGUE
from emitted_sources import Compiled, agree, by_javascript, compiler, expected, flat, values_of

torch = pytest.importorskip("torch")
JAX = importlib.util.find_spec("jax") is not None
SINGLE = 5e-3


@lru_cache
def of_layer(name: str) -> tuple[Wanted, dict[str, np.ndarray], dict[str, np.ndarray]]:
    """What is printed for a row of the catalogue, values, and what the reference evaluator makes of them."""
    function = wanted(derived(name), ("value", "gradient", "hvp"))
    values = values_of(function)
    return function, values, expected(function, values)


@lru_cache
def derived(name: str) -> Derivation:
    row = CATALOGUE[name]
    program = row.program({"steps": 2} if "steps" in row.options else {})
    return derive(program, row.derived(program))


def run(text: str) -> dict[str, Any]:
    namespace: dict[str, Any] = {}
    exec(compile(text, "<printed>", "exec"), namespace)
    return namespace


@pytest.mark.parametrize("name", CATALOGUE)
def test_numpy_and_compiled(name: str) -> None:
    function, values, reference = of_layer(name)
    source = numpy_module(function)
    printed = run(source)[function.name]
    agree(flat(function, printed(*values.values())), reference, source)
    single = flat(function, printed(*(np.asarray(each, np.float32)[()] for each in values.values())))
    assert {np.asarray(each).dtype for each in single.values()} == {np.dtype(np.float32)}, source
    agree(single, reference, source, SINGLE)
    native = ArrayFunction(function.program)
    given = {tensor.name: values[tensor.name] for tensor in native.program.declared}
    found = dict(zip((each.name for each in native.program.results), native(**given), strict=True))
    agree({part: found[tensor.name] for part, tensor in function.results}, reference, name)


@pytest.mark.parametrize("name", CATALOGUE)
def test_torch(name: str) -> None:
    function, values, reference = of_layer(name)
    source = torch_module(function)
    single = [torch.tensor(value, dtype=torch.float32) for value in values.values()]
    found = flat(function, run(source)[function.name](*single))
    assert {each.dtype for each in found.values()} == {torch.float32}, source
    given = [torch.tensor(value) for value in values.values()]
    found = flat(function, run(source)[function.name](*given))
    agree({part: each.numpy() for part, each in found.items()}, reference, source)
    own = wanted(derived(name))
    apply, leaves = run(torch_module(own))["Derived"].apply, {tensor.name for tensor in own.parameters}
    given = [torch.tensor(values[t.name], requires_grad=t.name in leaves) for t in own.program.declared]
    assert torch.autograd.gradcheck(apply, given, fast_mode=True)
    assert torch.autograd.gradgradcheck(apply, given, atol=1e-4, fast_mode=True)


@pytest.mark.skipif(not JAX, reason="JAX is not installed")
@pytest.mark.parametrize("name", CATALOGUE)
def test_jax(name: str) -> None:
    import jax

    jax.config.update("jax_enable_x64", True)
    function, values, reference = of_layer(name)
    source = jax_module(function)
    given = [jax.numpy.asarray(value) for value in values.values()]
    agree(flat(function, jax.jit(run(source)[function.name])(*given)), reference, source)
    single = flat(function, jax.jit(run(source)[function.name])(*(each.astype(np.float32) for each in given)))
    assert {each.dtype for each in single.values()} == {np.dtype(np.float32)}, source
    own = wanted(derived(name))
    arrays = [jax.numpy.asarray(values[tensor.name]) for tensor in own.program.declared]
    places = [own.program.declared.index(tensor) for tensor in own.parameters]
    slope = jax.grad(run(jax_module(own))["derived"], places)
    parts = [f"gradient_{tensor.name}" for tensor in own.parameters]
    reference = {part: reference[part] for part in parts}
    agree(dict(zip(parts, jax.jit(slope)(*arrays), strict=True)), reference, source)
    several = [jax.numpy.stack([each, each]) if at in places else each for at, each in enumerate(arrays)]
    slopes = jax.jit(jax.vmap(slope, [0 if at in places else None for at in range(len(arrays))]))(*several)
    agree({part: each[1] for part, each in zip(parts, slopes, strict=True)}, reference, source)


@pytest.mark.skipif(compiler() is None, reason="there is no compiler of C")
@pytest.mark.parametrize(("real", "tolerance"), [("double", 1e-9), ("float", SINGLE)])
def test_c(tmp_path: Path, real: str, tolerance: float) -> None:
    functions = [of_layer(name) for name in CATALOGUE]
    compiled = Compiled(tmp_path, [function for function, _, _ in functions], real)
    for number, (function, values, reference) in enumerate(functions):
        code, found = compiled.run(number, values)
        assert code == 0
        agree(found, reference, c_source(function), tolerance)


@pytest.mark.parametrize("name", CATALOGUE)
def test_javascript(name: str) -> None:
    function, values, reference = of_layer(name)
    found, source = by_javascript(function, values)
    agree(found, reference, source)


@pytest.mark.parametrize("name", CATALOGUE)
def test_julia(name: str) -> None:
    pytest.importorskip("tree_sitter_julia")
    from julia_subset import run_julia

    function, values, reference = of_layer(name)
    source = julia_source(function)
    for kind, tolerance in ((np.float64, 1e-9), (np.float32, SINGLE)):
        given = run_julia(source)[function.name](*(np.asarray(value, kind)[()] for value in values.values()))
        found = flat(function, given)
        agree(found, reference, source, tolerance)
        assert {np.asarray(value).dtype for value in found.values()} == {np.dtype(kind)}, source
