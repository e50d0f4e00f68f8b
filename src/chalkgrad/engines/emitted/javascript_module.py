"""JavaScript source that stands alone: one function of typed arrays, for browsers and for Node."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from chalkgrad.engines.emitted.c_source import offset
from chalkgrad.engines.emitted.loops import Columns, Factors, LoopSource, Syntax
from chalkgrad.engines.emitted.wanted import Wanted
from chalkgrad.engines.javascript import ERF, RESERVED
from chalkgrad.language import Tensor

_MATH = {"arctan": "atan"}
_LU = """// The triangular factors of a matrix with its rows exchanged; throws where the matrix is singular.
function luFactor(n, matrix, factors, order) {
  factors.set(matrix);
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) {
      if (Math.abs(factors[i * n + k]) > Math.abs(factors[pivot * n + k])) pivot = i;
    }
    order[k] = pivot;
    if (factors[pivot * n + k] === 0) throw new RangeError("a matrix is singular");
    for (let j = 0; j < n && pivot !== k; j++) {
      [factors[k * n + j], factors[pivot * n + j]] = [factors[pivot * n + j], factors[k * n + j]];
    }
    for (let i = k + 1; i < n; i++) {
      const factor = (factors[i * n + k] /= factors[k * n + k]);
      for (let j = k + 1; j < n; j++) factors[i * n + j] -= factor * factors[k * n + j];
    }
  }
}

// Solves in place for several right-hand sides, with the matrix or its transpose.
function luSolve(n, factors, order, x, columns, row, column, transposed) {
  for (let c = 0; c < columns; c++) {
    const at = (i) => i * row + c * column;
    const factor = transposed ? (i, j) => factors[j * n + i] : (i, j) => factors[i * n + j];
    const exchange = (k) => { [x[at(k)], x[at(order[k])]] = [x[at(order[k])], x[at(k)]]; };
    if (!transposed) for (let k = 0; k < n; k++) exchange(k);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < i; j++) x[at(i)] -= factor(i, j) * x[at(j)];
      if (transposed) x[at(i)] /= factor(i, i);
    }
    for (let i = n - 1; i >= 0; i--) {
      for (let j = i + 1; j < n; j++) x[at(i)] -= factor(i, j) * x[at(j)];
      if (!transposed) x[at(i)] /= factor(i, i);
    }
    if (transposed) for (let k = n - 1; k >= 0; k--) exchange(k);
  }
}

function luInverse(n, factors, order, inverse) {
  for (let i = 0; i < n; i++) inverse[i * n + i] = 1;
  luSolve(n, factors, order, inverse, n, n, 1, false);
}

function luDeterminant(n, factors, order) {
  let product = 1;
  for (let k = 0; k < n; k++) product *= order[k] === k ? factors[k * n + k] : -factors[k * n + k];
  return product;
}

function luLogDeterminant(n, factors) {
  let sum = 0;
  for (let k = 0; k < n; k++) sum += Math.log(Math.abs(factors[k * n + k]));
  return sum;
}"""


_CHOLESKY = """// The lower triangular factor of the symmetric part of a matrix; not a number where that has none.
function cholesky(n, matrix, lower) {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = (matrix[i * n + j] + matrix[j * n + i]) / 2;
      for (let k = 0; k < j; k++) sum -= lower[i * n + k] * lower[j * n + k];
      lower[i * n + j] = j < i ? sum / lower[j * n + j] : Math.sqrt(sum);
    }
  }
}"""


def _number(value: Fraction) -> str:
    if value.denominator == 1 and abs(value.numerator) < 2**53:
        return str(value.numerator)
    return repr(float(value))


def _function(name: str) -> str:
    return "erf" if name == "erf" else f"Math.{_MATH.get(name, name)}"


def _element(name: str, indices: Sequence[str], sizes: Sequence[str]) -> str:
    return f"{name}[{offset(indices, sizes)}]"


def _factor(size: str, matrix: str, factors: Factors) -> str:
    return f"luFactor({size}, {matrix}, {factors.name}, {factors.order});"


def _solve(size: str, factors: Factors, name: str, columns: Columns) -> str:
    strides = f"{columns.count}, {columns.row}, {columns.column}, {str(columns.transposed).lower()}"
    return f"luSolve({size}, {factors.name}, {factors.order}, {name}, {strides});"


JAVASCRIPT = Syntax(
    "JavaScript",
    (*RESERVED, "sizes", "Real", "Int32Array", "Float64Array", "luFactor", "luSolve", "luInverse", "luDeterminant",
     "luLogDeterminant", "cholesky", "RangeError"),
    _number,
    "Math.PI",
    _function,
    lambda base, exponent: f"Math.pow({base}, {exponent})",
    lambda whole: whole,
    lambda number: f"Math.floor({number})",
    _element,
    lambda variable, size: f"for (let {variable} = 0; {variable} < {size}; {variable}++) {{",
    "}",
    lambda name, value: f"let {name} = {value};",
    lambda condition, step: f"if ({condition}) {step}",
    ";",
    lambda text: f"// {text}",
    "-Infinity",
    row_major=True,
    results_declared=True,
    factor=_factor,
    cholesky=lambda size, matrix, name: f"cholesky({size}, {matrix}, {name});",
    inverse=lambda size, factors, name: f"luInverse({size}, {factors.name}, {factors.order}, {name});",
    determinant=lambda size, factors: f"luDeterminant({size}, {factors.name}, {factors.order})",
    log_determinant=lambda size, factors: f"luLogDeterminant({size}, {factors.name})",
    solve=_solve,
)  # fmt: skip


def javascript_module(wanted: Wanted) -> str:
    """The source of one JavaScript function of typed arrays, in which the last index runs fastest.

    New arrays are of the type of the first that is given, so Float32Array stays Float32Array.

    >>> from chalkgrad.calculus import derive
    >>> from chalkgrad.engines.emitted.wanted import wanted
    >>> from chalkgrad.reading.formulas import read_formula
    >>> print(javascript_module(wanted(derive(read_formula("a'*x", ["x"]).program))).partition(" */")[2].strip())
    function value_and_gradient({ m }, a, x) {
      const Real = a.constructor;
      const dL_dx = new Real(m);
      // L = sum(i, a[i]*x[i])
      let L = 0;
      for (let i = 0; i < m; i++) {
        L += a[i] * x[i];
      }
      // dL_dx[i] = a[i]
      for (let i = 0; i < m; i++) {
        dL_dx[i] = a[i];
      }
      return { value: L, gradient: { x: dL_dx } };
    }
    """
    source = LoopSource(wanted, JAVASCRIPT, [wanted.name])
    arrays = [(name, source.extent(axes)) for name, axes in source.stored]
    results = dict.fromkeys(tensor for _, tensor in wanted.results if tensor.axes)
    arrays += [(source.tensor(tensor), source.extent(tensor.axes)) for tensor in results]
    arrays += [(factors.name, f"{factors.size} * {factors.size}") for factors in source.factored.values()]
    first = next((source.tensor(tensor) for tensor in source.program.declared if tensor.axes), None)
    memory = [f"const Real = {f'{first}.constructor' if first else 'Float64Array'};"] if arrays else []
    memory += [f"const {name} = new Real({size});" for name, size in arrays]
    memory += [f"const {factors.order} = new Int32Array({factors.size});" for factors in source.factored.values()]
    lines = [*memory, *source.lines, f"return {{ {_returned(wanted, source)} }};"]
    sizes = ", ".join(own if (own := source.size(size)) == size else f"{size}: {own}" for size in source.sizes)
    arguments = [f"{{ {sizes} }}"] if sizes else []
    arguments += [source.tensor(tensor) for tensor in source.program.declared]
    body = "\n".join(f"  {line.replace('    ', '  ')}" for line in lines)
    function = f"function {wanted.name}({', '.join(arguments)}) {{\n{body}\n}}"
    functions = [
        "\n".join([f"function {name}(x) {{", *(f"  {line}" for line in each.lines), f"  return {each.value};", "}"])
        for name, each in reversed(source.functions.items())
    ]
    helpers = [ERF] if "erf(" in "\n".join([body, *functions]) else []
    helpers += [_LU] if source.factored else []
    helpers += [_CHOLESKY] if any("cholesky(" in line for line in source.lines) else []
    return "\n\n".join([_about(wanted, source), *helpers, *functions, function]) + "\n"


def _returned(wanted: Wanted, source: LoopSource) -> str:
    parts = []
    for part, given in wanted.returns.items():
        if isinstance(given, Tensor):
            parts.append(f"{part}: {source.tensor(given)}")
        else:
            named = [(source.tensor(source.parameter(name)), source.tensor(each)) for name, each in given.items()]
            inner = ", ".join(f"{name}: {value}" for name, value in named)
            parts.append(f"{part}: {{ {inner} }}")
    return ", ".join(parts)


def _about(wanted: Wanted, source: LoopSource) -> str:
    equations = [f" *     {line}" for equation in wanted.equations for line in equation.splitlines()]
    rows = [
        f" *     {source.tensor(tensor)}: {' by '.join(source.size(axis.size) for axis in tensor.axes) or 'a number'}"
        for tensor in source.program.declared
    ]
    return "\n".join([f"/* {wanted.title}.", " *", *equations, " *", " * Takes", *rows, " */"])
