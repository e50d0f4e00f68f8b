"""C99 source that stands alone: one function, no library but the standard one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from chalkgrad.engines.emitted.loops import Columns, Factors, LoopSource, Syntax
from chalkgrad.engines.emitted.wanted import Wanted
from chalkgrad.language import Tensor

_KEYWORDS = (
    *("auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum", "extern"),
    *("float", "for", "goto", "if", "inline", "int", "long", "register", "restrict", "return", "short", "signed"),
    *("sizeof", "static", "struct", "switch", "typedef", "union", "unsigned", "void", "volatile", "while", "real"),
    *("exp", "log", "log1p", "expm1", "sqrt", "fabs", "sin", "cos", "tan", "atan", "sinh", "cosh", "tanh", "erf"),
    *("pow", "signum", "calloc", "free", "work", "orders", "lu_factor", "lu_solve", "lu_inverse", "lu_determinant"),
    *("lu_log_determinant", "cholesky", "main", "I", "INFINITY", "NULL", "abs", "complex", "imaginary", "index"),
)
_NAMES = {"abs": "fabs", "arctan": "atan", "sign": "signum"}

_INCLUDED = """#include <stddef.h>
#include <stdlib.h>
#include <tgmath.h>

#ifndef REAL
#define REAL double
#endif
typedef REAL real;"""
_SIGN = """static real signum(real x)
{
    return (real)((x > 0) - (x < 0));
}"""
_FACTOR = """/* The triangular factors of a matrix with its rows exchanged; 1 where the matrix is singular. */
static int lu_factor(ptrdiff_t n, const real *matrix, real *factors, ptrdiff_t *order)
{
    for (ptrdiff_t place = 0; place < n * n; place++) factors[place] = matrix[place];
    for (ptrdiff_t k = 0; k < n; k++) {
        ptrdiff_t pivot = k;
        for (ptrdiff_t i = k + 1; i < n; i++)
            if (fabs(factors[i * n + k]) > fabs(factors[pivot * n + k])) pivot = i;
        order[k] = pivot;
        if (factors[pivot * n + k] == 0) return 1;
        for (ptrdiff_t j = 0; j < n && pivot != k; j++) {
            real other = factors[k * n + j];
            factors[k * n + j] = factors[pivot * n + j];
            factors[pivot * n + j] = other;
        }
        for (ptrdiff_t i = k + 1; i < n; i++) {
            real factor = factors[i * n + k] /= factors[k * n + k];
            for (ptrdiff_t j = k + 1; j < n; j++) factors[i * n + j] -= factor * factors[k * n + j];
        }
    }
    return 0;
}"""
_SOLVE = """/* Solves in place for several right-hand sides, with the matrix or its transpose. */
static void lu_solve(ptrdiff_t n, const real *factors, const ptrdiff_t *order, real *x, ptrdiff_t columns,
                     ptrdiff_t row, ptrdiff_t column, int transposed)
{
    for (ptrdiff_t c = 0; c < columns; c++) {
        real *b = x + c * column;
        for (ptrdiff_t k = 0; k < n && !transposed; k++) {
            real other = b[k * row];
            b[k * row] = b[order[k] * row];
            b[order[k] * row] = other;
        }
        for (ptrdiff_t i = 0; i < n; i++) {
            for (ptrdiff_t j = 0; j < i; j++) b[i * row] -= factors[transposed ? j * n + i : i * n + j] * b[j * row];
            if (transposed) b[i * row] /= factors[i * n + i];
        }
        for (ptrdiff_t i = n - 1; i >= 0; i--) {
            for (ptrdiff_t j = i + 1; j < n; j++)
                b[i * row] -= factors[transposed ? j * n + i : i * n + j] * b[j * row];
            if (!transposed) b[i * row] /= factors[i * n + i];
        }
        for (ptrdiff_t k = n - 1; k >= 0 && transposed; k--) {
            real other = b[k * row];
            b[k * row] = b[order[k] * row];
            b[order[k] * row] = other;
        }
    }
}"""
_INVERSE = """static void lu_inverse(ptrdiff_t n, const real *factors, const ptrdiff_t *order, real *inverse)
{
    for (ptrdiff_t place = 0; place < n * n; place++) inverse[place] = (real)(place % (n + 1) == 0);
    lu_solve(n, factors, order, inverse, n, n, 1, 0);
}"""
_DETERMINANT = """static real lu_determinant(ptrdiff_t n, const real *factors, const ptrdiff_t *order)
{
    real product = 1;
    for (ptrdiff_t k = 0; k < n; k++) product *= order[k] == k ? factors[k * n + k] : -factors[k * n + k];
    return product;
}"""
_LOG_DETERMINANT = """static real lu_log_determinant(ptrdiff_t n, const real *factors)
{
    real sum = 0;
    for (ptrdiff_t k = 0; k < n; k++) sum += log(fabs(factors[k * n + k]));
    return sum;
}"""
_CHOLESKY = """/* The lower triangular factor of the symmetric part of a matrix; not a number where that has none. */
static void cholesky(ptrdiff_t n, const real *matrix, real *lower)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        for (ptrdiff_t j = 0; j < n; j++) {
            real sum = j > i ? 0 : (matrix[i * n + j] + matrix[j * n + i]) / 2;
            for (ptrdiff_t k = 0; k < j && j <= i; k++) sum -= lower[i * n + k] * lower[j * n + k];
            lower[i * n + j] = j > i ? 0 : j < i ? sum / lower[j * n + j] : sqrt(sum);
        }
    }
}"""
_HELPERS = (("signum(", _SIGN), ("lu_factor(", _FACTOR), ("lu_inverse(", _SOLVE), ("lu_inverse(", _INVERSE),
            ("cholesky(", _CHOLESKY), ("lu_determinant(", _DETERMINANT),
            ("lu_log_determinant(", _LOG_DETERMINANT))  # fmt: skip


def _number(value: Fraction) -> str:
    if value.denominator == 1 and abs(value.numerator) < 2**31:
        return str(value.numerator)
    return f"(real){float(value)!r}" if value >= 0 else f"-(real){-float(value)!r}"


def offset(indices: Sequence[str], sizes: Sequence[str]) -> str:
    """Where an element lies in an array whose last index runs fastest.

    >>> offset(["i", "j + 1", "k"], ["2", "m", "n"])
    '(i * m + j + 1) * n + k'
    """
    text = ""
    for index, size in zip(indices, sizes, strict=True):
        text = f"{f'({text})' if ' + ' in text or ' - ' in text else text} * {size} + {index}" if text else index
    return text


def _factor(size: str, matrix: str, factors: Factors) -> str:
    return f"if (lu_factor({size}, {matrix}, {factors.name}, {factors.order})) goto singular;"


def _solve(size: str, factors: Factors, name: str, columns: Columns) -> str:
    strides = f"{columns.count}, {columns.row}, {columns.column}, {int(columns.transposed)}"
    return f"lu_solve({size}, {factors.name}, {factors.order}, {name}, {strides});"


C = Syntax(
    "C",
    _KEYWORDS,
    _number,
    "(real)3.141592653589793",
    lambda function: _NAMES.get(function, function),
    lambda base, exponent: f"pow({base}, {exponent})",
    lambda whole: f"(real){whole}",
    lambda number: f"((ptrdiff_t){number})",
    lambda name, indices, sizes: f"{name}[{offset(indices, sizes)}]" if indices else f"*{name}",
    lambda variable, size: f"for (ptrdiff_t {variable} = 0; {variable} < {size}; {variable}++) {{",
    "}",
    lambda name, value: f"real {name} = {value};",
    lambda condition, step: f"if ({condition}) {step}",
    ";",
    lambda text: f"/* {text} */",
    "-INFINITY",
    row_major=True,
    results_declared=False,
    factor=_factor,
    cholesky=lambda size, matrix, name: f"cholesky({size}, {matrix}, {name});",
    inverse=lambda size, factors, name: f"lu_inverse({size}, {factors.name}, {factors.order}, {name});",
    determinant=lambda size, factors: f"lu_determinant({size}, {factors.name}, {factors.order})",
    log_determinant=lambda size, factors: f"lu_log_determinant({size}, {factors.name})",
    solve=_solve,
)


def c_source(wanted: Wanted) -> str:
    """The source of a C99 file with one function. Arrays are stored with the last index running fastest.

    The type `real` is double unless it is defined before. The function gives 0, 1 where there is too little memory,
    and 2 where a matrix is singular.

    >>> from chalkgrad.calculus import derive
    >>> from chalkgrad.engines.emitted.wanted import wanted
    >>> from chalkgrad.reading.formulas import read_formula
    >>> print(c_source(wanted(derive(read_formula("a'*x", ["x"]).program))).partition("int ")[2])
    value_and_gradient(ptrdiff_t m, const real *a, const real *x, real *L, real *dL_dx)
    {
        /* L = sum(i, a[i]*x[i]) */
        real total = 0;
        for (ptrdiff_t i = 0; i < m; i++) {
            total += a[i] * x[i];
        }
        *L = total;
        /* dL_dx[i] = a[i] */
        for (ptrdiff_t i = 0; i < m; i++) {
            dL_dx[i] = a[i];
        }
        return 0;
    }
    <BLANKLINE>
    """
    source = LoopSource(wanted, C, [wanted.name])
    arguments = [f"ptrdiff_t {source.size(size)}" for size in source.sizes]
    arguments += [_argument(tensor, source) for tensor in source.program.declared]
    outputs = dict.fromkeys(source.tensor(tensor) for _, tensor in wanted.results)
    arguments += [f"real *{name}" for name in outputs]
    lines = [*_memory(source), *source.lines, *_ending(source)]
    given = [source.size(size) for size in source.sizes] + [source.tensor(t) for t in source.program.declared]
    used = set(re.findall(r"\w+", re.sub(r"/\*.*?\*/", "", "\n".join(lines))))
    lines = [*(f"(void){name};" for name in given if name not in used), *lines]
    body = "\n".join(f"    {line}" if not line.endswith(":") else line for line in lines)
    functions = [
        "\n    ".join([f"static real {name}(real x)\n{{", *each.lines, f"return {each.value};"]) + "\n}"
        for name, each in reversed(source.functions.items())
    ]
    text = "\n".join((body, *functions))
    needed = {start: None for start, _ in _HELPERS if start in text}
    if "lu_solve(" in text or "lu_inverse(" in needed:
        needed["lu_solve("] = None
    helpers = [helper for start, helper in _HELPERS if start in needed and helper is not _SOLVE]
    if "lu_solve(" in needed:
        helpers.insert(helpers.index(_FACTOR) + 1, _SOLVE)
    head = _head(wanted, source)
    function = f"int {wanted.name}({', '.join(arguments)})\n{{\n{body}\n}}"
    return "\n\n".join([head, *helpers, *functions, function]) + "\n"


def _argument(tensor: Tensor, source: LoopSource) -> str:
    return f"const real *{source.tensor(tensor)}" if tensor.axes else f"real {source.tensor(tensor)}"


def _head(wanted: Wanted, source: LoopSource) -> str:
    equations = [f"    {line}" for equation in wanted.equations for line in equation.splitlines()]
    rows = [
        f"    {source.tensor(tensor)}: {' by '.join(source.size(axis.size) for axis in tensor.axes) or 'a number'}"
        for tensor in source.program.declared
    ]
    about = "\n".join([f"/* {wanted.title}.", "", *equations, "", "Takes", *rows, "",
                       "Gives 0; 1 where there is too little memory, 2 where a matrix is singular. */"])  # fmt: skip
    return f"{about}\n{_INCLUDED}"


def _memory(source: LoopSource) -> list[str]:
    """The arrays in between in one piece of memory, that for the exchanges of rows in another."""
    arrays = [(name, source.extent(axes)) for name, axes in source.stored]
    arrays += [(factors.name, f"{factors.size} * {factors.size}") for factors in source.factored.values()]
    lines = []
    if arrays:
        total = " + ".join(size for _, size in arrays)
        lines.append(f"real *work = calloc((size_t)({total} + 1), sizeof(real));")
        lines.append("if (!work) return 1;")
    if source.factored:
        total = " + ".join(factors.size for factors in source.factored.values())
        lines.append(f"ptrdiff_t *orders = calloc((size_t)({total} + 1), sizeof(ptrdiff_t));")
        lines.append("if (!orders) { free(work); return 1; }")
    start = "work"
    for name, size in arrays:
        lines.append(f"real *{name} = {start};")
        start = f"{name} + {size}"
    start = "orders"
    for factors in source.factored.values():
        lines.append(f"ptrdiff_t *{factors.order} = {start};")
        start = f"{factors.order} + {factors.size}"
    return lines if not source.factored else [*lines, "int failed = 2;"]


def _ending(source: LoopSource) -> list[str]:
    if source.factored:
        return ["failed = 0;", "singular:", "free(orders);", "free(work);", "return failed;"]
    return ["free(work);", "return 0;"] if source.stored else ["return 0;"]
