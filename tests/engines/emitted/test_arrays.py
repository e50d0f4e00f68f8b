"""Printed NumPy and PyTorch: the numbers, the types, PyTorch's own checks of gradients, and what it looks like."""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from chalkgrad.calculus import Derivation
from chalkgrad.calculus import derive as derive_program
from chalkgrad.engines.emitted.jax_module import jax_module
from chalkgrad.engines.emitted.numpy_module import numpy_module
from chalkgrad.engines.emitted.torch_module import torch_module
from chalkgrad.engines.emitted.wanted import Wanted, wanted
from chalkgrad.engines.native.arrays.function import ArrayFunction
from chalkgrad.language import Axis, Definition, Program, Role, Tensor, as_index, matrix_function, summation
from emitted_sources import FORMULAS, NAMES, agree, expected, flat, of_formula, of_network, values_of
from programs_to_run import CASES

torch = pytest.importorskip("torch")
JAX = importlib.util.find_spec("jax") is not None


def run(text: str) -> dict[str, Any]:
    namespace: dict[str, Any] = {}
    exec(compile(text, "<printed>", "exec"), namespace)
    return namespace


def by_numpy(function: Wanted, dtype: type = np.float64) -> tuple[dict[str, Any], str]:
    text, values = numpy_module(function), values_of(function)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        given = run(text)[function.name](*(np.asarray(value, dtype)[()] for value in values.values()))
    return flat(function, given), text


@pytest.mark.parametrize(("text", "wrt"), FORMULAS, ids=NAMES)
def test_numpy_of_formulas(text: str, wrt: str) -> None:
    function = of_formula(text, wrt)
    found, source = by_numpy(function)
    agree(found, expected(function, values_of(function)), source)
    single, _ = by_numpy(function, np.float32)
    assert {np.asarray(value).dtype for value in single.values()} == {np.dtype(np.float32)}, source


@pytest.mark.parametrize("name", CASES)
def test_numpy_of_networks(name: str) -> None:
    function = of_network(name, ("value", "gradient"))
    found, source = by_numpy(function)
    agree(found, expected(function, values_of(function)), source)
    single, _ = by_numpy(function, np.float32)
    assert {np.asarray(value).dtype for value in single.values()} == {np.dtype(np.float32)}, source


def tensors(function: Wanted, dtype: Any = None) -> list[Any]:
    names = {tensor.name for tensor in function.parameters}
    return [
        torch.tensor(value, dtype=dtype or torch.float64, requires_grad=name in names)
        for name, value in values_of(function).items()
    ]


@pytest.mark.parametrize(("text", "wrt"), FORMULAS, ids=NAMES)
def test_torch_of_formulas(text: str, wrt: str) -> None:
    function = of_formula(text, wrt, ("value", "gradient"))
    source = torch_module(function)
    names, given = run(source), tensors(function)
    found = {key: value.detach().numpy() for key, value in flat(function, names[function.name](*given)).items()}
    agree(found, expected(function, values_of(function)), source)
    assert torch.autograd.gradcheck(names["Derived"].apply, given), source
    assert torch.autograd.gradgradcheck(names["Derived"].apply, given, atol=1e-4), source
    single = flat(function, names[function.name](*tensors(function, torch.float32)))
    assert {value.dtype for value in single.values()} == {torch.float32}, source


@pytest.mark.parametrize("name", CASES)
def test_torch_of_networks(name: str) -> None:
    """Our gradients, by hand through PyTorch's own differentiation of the printed value."""
    function = of_network(name, ("value", "gradient"))
    source = torch_module(function)
    names, given = run(source), tensors(function)
    result = names[function.name](*given)
    leaves = [each for each in given if each.requires_grad]
    theirs = torch.autograd.grad(result[0], leaves)
    ours = torch.autograd.grad(names["Derived"].apply(*given), leaves)
    for own, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(own, other, rtol=1e-9, atol=1e-9)


def test_a_module_of_pytorch_is_trained() -> None:
    function = of_formula("norm2(A*x-b)^2", "x", ("value", "gradient"))
    model = run(torch_module(function))["Module"](torch.zeros(3))
    A, b = torch.eye(3) * 2, torch.ones(3)
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(50):
        optimiser.zero_grad()
        model(A, b).backward()
        optimiser.step()
    torch.testing.assert_close(model.x.detach(), torch.full((3,), 0.5), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("wrt", ["w", "X"])
def test_the_product_with_the_hessian_is_that_of_pytorch(wrt: str) -> None:
    function = of_formula("sum(log(1+exp(-y.*(X*w))))", wrt)
    values = values_of(function)
    found, _ = by_numpy(function)
    names = [tensor.name for tensor in function.program.declared if tensor not in function.directions.values()]

    def loss(at: Any) -> Any:
        given = {name: torch.tensor(values[name]) for name in names} | {wrt: at}
        return torch.nn.functional.softplus(-given["y"] * (given["X"] @ given["w"]), threshold=1e9).sum()

    direction = torch.tensor(values[f"direction_{wrt}"])
    theirs = torch.autograd.functional.hvp(loss, torch.tensor(values[wrt]), direction)[1]
    np.testing.assert_allclose(found[f"hvp_{wrt}"], theirs.numpy(), rtol=1e-10)


def test_the_error_function_in_single_precision() -> None:
    from scipy.special import erf

    printed = run(numpy_module(of_formula("sum(erf(x))", "x")))["erf"]
    x = np.linspace(-6, 6, 40_001, dtype=np.float32)
    found, expected_values = printed(x), erf(x.astype(float))
    assert found.dtype == np.float32
    assert np.abs(found - expected_values).max() < 2e-7
    near = np.abs(x) > 1e-6
    assert np.abs(found[near] / expected_values[near] - 1).max() < 3e-7
    assert printed(x.reshape(-1, 1)).shape == (40_001, 1)
    assert printed(np.float32(0.5)).dtype == np.float32
    np.testing.assert_array_equal(printed(x.astype(float)), expected_values)


@pytest.mark.parametrize("far", [-1000.0, 1000.0])
def test_nothing_overflows_far_out(far: float) -> None:
    for text in ("sum(log(1+exp(a.*x)))", "log(sum(exp(a.*x)))", "sum(sigmoid(a.*x))"):
        function = of_formula(text, "x")
        names = run(numpy_module(function))
        ones = np.ones(3)
        given = [far * ones if tensor.name == "x" else ones for tensor in function.program.declared]
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for value in names[function.name](*given):
                assert np.isfinite(value).all(), text


@pytest.mark.skipif(not JAX, reason="JAX is not installed")
@pytest.mark.parametrize(("text", "wrt"), FORMULAS, ids=NAMES)
def test_jax_of_formulas(text: str, wrt: str) -> None:
    import jax

    jax.config.update("jax_enable_x64", True)
    function = of_formula(text, wrt, ("value", "gradient"))
    source = jax_module(function)
    names, values = run(source), values_of(function)
    given = [jax.numpy.asarray(value) for value in values.values()]
    reference = expected(function, values)
    agree(flat(function, jax.jit(names[function.name])(*given)), reference, source)
    slope = jax.jit(jax.grad(names["derived"], list(values).index(wrt)))(*given)
    agree({"gradient": slope}, {"gradient": reference[f"gradient_{wrt}"]}, source)
    place = list(values).index(wrt)
    several = [*given[:place], jax.numpy.stack([given[place], given[place] * 0, given[place]]), *given[place + 1 :]]
    axes = [0 if name == wrt else None for name in values]
    slopes = jax.jit(jax.vmap(jax.grad(names["derived"], place), axes))(*several)
    for each in (slopes[0], slopes[2]):
        agree({"gradient": each}, {"gradient": reference[f"gradient_{wrt}"]}, source)


@pytest.mark.skipif(not JAX, reason="JAX is not installed")
@pytest.mark.parametrize("name", CASES)
def test_jax_of_networks(name: str) -> None:
    import jax

    jax.config.update("jax_enable_x64", True)
    function = of_network(name, ("value", "gradient"))
    source = jax_module(function)
    given = [jax.numpy.asarray(value) for value in values_of(function).values()]
    found = flat(function, jax.jit(run(source)[function.name])(*given))
    agree(found, expected(function, values_of(function)), source)
    single = flat(function, run(source)[function.name](*(each.astype(np.float32) for each in given)))
    assert {value.dtype for value in single.values()} == {np.dtype(np.float32)}, source


GOLDEN: dict[str, Callable[[], Wanted]] = {
    "logistic": lambda: of_formula("sum(log(1+exp(-y.*(X*w))))", "w"),
    "gaussian": lambda: of_formula("logdet(S)/2 + (x-m)'*inv(S)*(x-m)/2", "x", ("value", "gradient")),
    "convolution": lambda: of_network("image convolution", ("value", "gradient")),
    "attention": lambda: of_network("causal attention", ("value", "gradient")),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_what_is_printed(name: str, golden: Callable[[str, str], None]) -> None:
    for target, printed in (("numpy", numpy_module), ("torch", torch_module), ("jax", jax_module)):
        golden(f"engines/emitted/{name}.{target}.txt", printed(GOLDEN[name]()))


def many_equations(vector: bool) -> tuple[Derivation, dict[str, np.ndarray]]:
    """Σ ‖X⁻¹b‖² over samples, each with a matrix of its own."""
    s, i, j, k = Axis("s", "n"), Axis("i", "d"), Axis("j", "d"), Axis("k", 2)
    free = (s,) if vector else (s, k)
    own = (j,) if vector else (j, k)
    X, b = Tensor("X", (s, i, j), Role.INPUT), Tensor("b", (s, *own), Role.PARAMETER)
    z, total = Tensor("z", (*free, i)), Tensor("L")
    inverse = matrix_function("inverse", X[s, i, j], i, j, (as_index(i), as_index(j)))
    solved = Definition(z, (*free, i), summation(inverse * b[(s, *own)], j))
    last = Definition(total, (), summation(z[(*free, i)] ** 2, *free, i))
    generator = np.random.default_rng(0)
    values = {"X": generator.normal(size=(4, 3, 3)), "b": generator.normal(size=(4, 3) if vector else (4, 3, 2))}
    return derive_program(Program((X, b), (solved, last), (total,)), ["b", "X"]), values


@pytest.mark.parametrize("vector", [True, False])
def test_many_equations_at_once_are_solved(vector: bool) -> None:
    derivation, values = many_equations(vector)
    function = wanted(derivation)
    source = numpy_module(function)
    assert source.count("np.linalg.solve(") == 2
    assert "inv(" not in source
    reference = expected(function, values)
    agree(flat(function, run(source)[function.name](*values.values())), reference, source)
    compiled = ArrayFunction(function.program)
    found = dict(zip((t.name for t in compiled.program.results), compiled(**values), strict=True))
    agree({name: found[tensor.name] for name, tensor in function.results}, reference, source)
    names = run(torch_module(function))
    given = [torch.tensor(value, requires_grad=name == "b") for name, value in values.items()]
    assert torch.autograd.gradcheck(names["Derived"].apply, given)
