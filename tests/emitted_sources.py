"""What code is printed for in these tests, and printed code run: NumPy and PyTorch here, JavaScript in quickjs, C."""

from __future__ import annotations

import ctypes
import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from chalkgrad.board.derivation import derive
from chalkgrad.calculus import derive as derive_program
from chalkgrad.engines.emitted.c_source import c_source
from chalkgrad.engines.emitted.javascript_module import javascript_module
from chalkgrad.engines.emitted.wanted import Wanted, wanted
from chalkgrad.language import Definition, Program, Role, Tensor, evaluate, summation
from chalkgrad.language.evaluate import by_sizes
from chalkgrad.language.sizes import fits, size_number, size_parts
from programs_to_run import CASES

Values = Mapping[str, np.ndarray]

# the formula, and by what
FORMULAS = [
    ("x'*A*x", "x"),
    ("a'*X*b", "X"),
    ("norm2(A*x-b)^2 + c*norm1(x)", "x"),
    ("c*x'*x + a'*x + d", "c"),
    ("norm2(x-a)", "x"),
    ("sum(log(1+exp(-y.*(X*w))))", "w"),
    ("log(sum(exp(x)))", "x"),
    ("sum(relu(X*w))", "w"),
    ("v'*leaky_relu(W*x)", "W"),
    ("norm2(V*tanh(W*x)-y)^2/2", "W"),
    ("normF(T - U*V')^2", "V"),
    ("sum(gelu(X))", "X"),
    ("x'*A*x/(x'*x)", "x"),
    ("tr(X^3)", "X"),
    ("(x-m)'*inv(S)*(x-m)/2", "m"),
    ("logdet(S)/2 + (x-m)'*inv(S)*(x-m)/2", "S"),
    ("logdet(S)/2 + (x-m)'*inv(S)*(x-m)/2", "x"),
    ("tr(inv(X'*X)*A)", "X"),
    ("det(A*X*B)", "X"),
    ("logdet(X'*A*X)", "X"),
    ("tr(A*inv(X)*B)", "X"),
    ("exp(-norm2(x)^2/2)", "x"),
    ("norm2(chol(S)*x)^2", "x"),
    ("norm2(chol(S)*x)^2 + sum(chol(S))", "S"),
    ("sum(i, (x[i+1] - x[i])^2)", "x"),
    ("sum(o, sum(a, sum(b, (sum(c, sum(p, sum(q, x[c,a+p,b+q]*k[o,c,p,q]))) - t[o,a,b])^2)))", "x"),
    ("sum(a, sum(p, x[2*a+p]*k[p])^2)", "k"),
    ("sum(n, logsumexp(c, z[n,c]) - z[n,labels[n]])", "z"),
    ("sum(t, sum(d, E[labels[t],d]*u[d])^2)", "E"),
    ("sum(b, sum(t, sum(d, (E[labels[b,t],d] - x[b,t,d])^2)))", "E"),
    ("sum(n, a[labels[n]]*x[n]^2)^2", "a"),
    ("h[t,j] = tanh(U[j,k]*h[t-1,k] + V[j,i]*x[t,i] + b[j]); sum(t, sum(j, (h[t,j] - y[t,j])^2))", "U"),
    ("c[t] = a*c[t-1] + x[t]*h[t-1]; h[t] = tanh(c[t])*w + x[t]; sum(t, h[t]^2)", "a"),
    ("s[n,t] = s[n,t+1]/2 + x[n,t]^2; sum(n, sum(t, s[n,t]*y[t]))", "x"),
    ("f[t] = w*f[t-1] + u*f[t-2] + x[t]; sum(t, f[t]^2)", "w"),
    ("sum(t, exp(sum(u, [index(u) <= index(t)]*x[u]))*w[t])", "x"),
]
NAMES = [f"{text} by {wrt}" for text, wrt in FORMULAS]
PARTS = ("value", "gradient", "hvp")
SIZES = {"n": 3, "time": 4, "length": 11}


def of_formula(text: str, wrt: str, parts: Sequence[str] = PARTS) -> Wanted:
    return wanted(derive(text, wrt=wrt).derivation, parts)


def of_network(name: str, parts: Sequence[str] = PARTS) -> Wanted:
    """The sum of squares of the outputs of a network, by all that it is given."""
    program = CASES[name].needed_for(CASES[name].result)
    result, loss = program.result, Tensor("loss")
    total = summation(result[result.axes] ** 2, *result.axes)
    whole = Program(program.declared, (*program.definitions, Definition(loss, (), total)), (loss,))
    names = [tensor.name for tensor in program.declared if tensor.role is not Role.TARGET]
    return wanted(derive_program(whole, names), parts)


def length_of(size: int | str) -> int:
    names, _ = size_parts(size)
    found = size_number(size, {name: SIZES.get(name, 3) for name, _ in names})
    assert found is not None
    return found


def values_of(function: Wanted) -> dict[str, np.ndarray]:
    """Values at which everything is defined; matrices far from singular."""
    generator = np.random.default_rng(3)
    values = {}
    for tensor in function.program.declared:
        shape = [length_of(size) for size in tensor.shape]
        square = len(shape) == 2 and shape[0] == shape[1]
        if tensor.name == "labels":
            values[tensor.name] = generator.integers(0, 3, shape).astype(float)
            values[tensor.name].flat[0] = 7  # which is no place
            continue
        values[tensor.name] = np.array(generator.uniform(0.3, 1.5, shape) + (2 * np.eye(shape[0]) if square else 0))
    return values


def expected(function: Wanted, values: Values) -> dict[str, np.ndarray]:
    """What the reference evaluator gives for the ordered program, by the names of `Wanted.results`."""
    found = evaluate(function.program, values)
    return {name: np.array(found[tensor.name].nested(), dtype=float) for name, tensor in function.results}


def agree(found: Mapping[str, Any], reference: Values, text: str, tolerance: float = 1e-9) -> None:
    assert found.keys() == reference.keys()
    for name, value in reference.items():
        error = f"{name} in\n{text}"
        np.testing.assert_allclose(np.reshape(found[name], value.shape), value, tolerance, tolerance, err_msg=error)


def flat(function: Wanted, given: Any) -> dict[str, Any]:
    """What a printed function returned, by the names of `Wanted.results`."""
    parts = given if len(function.returns) > 1 else (given,)
    found: dict[str, Any] = {}
    for (part, tensors), value in zip(function.returns.items(), parts, strict=True):
        if isinstance(tensors, Tensor):
            found[part] = value
        else:
            by_name = value if len(tensors) > 1 else dict.fromkeys(tensors, value)
            found.update({f"{part}_{name}": each for name, each in by_name.items()})
    return found


def sizes_in(function: Wanted) -> list[str]:
    sizes = (size_parts(size)[0] for tensor in function.program.declared for size in tensor.shape)
    return list(dict.fromkeys(name for names in sizes for name, _ in names))


def bound(function: Wanted, values: Values) -> dict[str, int]:
    known: dict[str, int] = {}
    for tensor in by_sizes(function.program.declared):
        for size, length in zip(tensor.shape, np.shape(values[tensor.name]), strict=True):
            assert fits(size, length, known)
    return known


def by_javascript(function: Wanted, values: Values, kind: str = "Float64Array") -> tuple[dict[str, Any], str]:
    """What the printed JavaScript gives in quickjs, and its text."""
    import quickjs

    text, sizes = javascript_module(function), bound(function, values)
    arguments = ["{" + ", ".join(f"{size}: {sizes[size]}" for size in sizes_in(function)) + "}"]
    arguments = arguments if sizes_in(function) else []
    for tensor in function.program.declared:
        value = np.asarray(values[tensor.name])
        listed = json.dumps(value.ravel().tolist())
        arguments.append(f"new {kind}({listed})" if tensor.axes else repr(float(value)))
    call = f"{function.name}({', '.join(arguments)})"
    plain = f"(key, value) => value instanceof {kind} ? Array.from(value) : value"
    given = json.loads(quickjs.Context().eval(f"{text}\nJSON.stringify({call}, {plain})"))
    found: dict[str, Any] = {}
    for part, value in given.items():
        if isinstance(value, dict):
            names = function.returns[part]
            found.update({f"{part}_{name}": each for name, each in zip(names, value.values(), strict=True)})
        else:
            found[part] = value
    return found, text


def compiler() -> str | None:
    return shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")


class Compiled:
    """The C of several functions in one library, compiled without a warning."""

    def __init__(self, folder: Path, functions: Sequence[Wanted], real: str = "double") -> None:
        self.kind = {"double": ctypes.c_double, "float": ctypes.c_float}[real]
        self.functions, paths = list(functions), []
        for number, function in enumerate(functions):
            path = folder / f"f{number}.c"
            path.write_text(c_source(function).replace(f"int {function.name}(", f"int f{number}("), encoding="utf-8")
            paths.append(str(path))
        library = folder / "all.so"
        options = ["-std=c99", "-Wall", "-Wextra", "-Werror", f"-DREAL={real}", "-shared", "-fPIC", "-o", str(library)]
        done = subprocess.run([str(compiler()), *options, *paths, "-lm"], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        self.library = ctypes.CDLL(str(library))

    def run(self, number: int, values: Values) -> tuple[int, dict[str, Any]]:
        """The code that a function ends with, and its results."""
        function, pointer = self.functions[number], ctypes.POINTER(self.kind)
        sizes, dtype = bound(function, values), np.dtype(self.kind)
        arguments: list[Any] = [ctypes.c_ssize_t(sizes[size]) for size in sizes_in(function)]
        kept = []
        for tensor in function.program.declared:
            array = np.array(values[tensor.name], dtype=dtype, order="C")
            kept.append(array)
            arguments.append(array.ctypes.data_as(pointer) if tensor.axes else self.kind(float(array)))
        shapes = [[size_number(size, sizes) or 0 for size in tensor.shape] for _, tensor in function.results]
        results = [np.full(shape, np.nan, dtype=dtype) for shape in shapes]
        code = getattr(self.library, f"f{number}")(*arguments, *(each.ctypes.data_as(pointer) for each in results))
        return code, {name: result for (name, _), result in zip(function.results, results, strict=True)}
