"""Julia source that stands alone: one function of arrays of any type of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from chalkgrad.engines.emitted.loops import Columns, Factors, LoopSource, Syntax
from chalkgrad.engines.emitted.wanted import Wanted
from chalkgrad.engines.size_text import sizes_from_shapes
from chalkgrad.language import Tensor

_KEYWORDS = (
    *("baremodule", "begin", "break", "catch", "const", "continue", "do", "else", "elseif", "end", "export", "false"),
    *("finally", "for", "function", "global", "if", "import", "in", "isa", "let", "local", "macro", "module", "quote"),
    *("return", "struct", "true", "try", "using", "where", "while", "T", "Inf", "pi", "im", "zeros", "size", "eltype"),
    *("lu", "inv", "det", "logabsdet", "promote_type", "typeof", "exp", "log", "sqrt", "abs", "sign", "erf", "Dict"),
    *("cholesky", "transpose"),
)
_NAMES = {"arctan": "atan"}


def _number(value: Fraction) -> str:
    if value.denominator == 1 and abs(value.numerator) < 2**53:
        return str(value.numerator)
    return f"T({float(value)!r})"


def _element(name: str, indices: Sequence[str], sizes: Sequence[str]) -> str:
    return f"{name}[{', '.join(f'{index} + 1' for index in indices)}]"


def _solve(size: str, factors: Factors, name: str, columns: Columns) -> str:
    matrix = f"transpose({factors.name})" if columns.transposed else factors.name
    if columns.count == "1" or columns.column == "1":
        return f"{name} .= {matrix} \\ {name}"
    return f"{name} .= transpose({matrix} \\ transpose({name}))"


JULIA = Syntax(
    "Julia",
    _KEYWORDS,
    _number,
    "T(pi)",
    lambda function: _NAMES.get(function, function),
    lambda base, exponent: f"({base})^({exponent})",
    lambda whole: f"T({whole})",
    lambda number: f"Int(floor({number}))",
    _element,
    lambda variable, size: f"for {variable} in 0:{size}-1",
    "end",
    lambda name, value: f"{name} = {value if value not in ('0', '1') else f'T({value})'}",
    lambda condition, step: f"{condition} && ({step})",
    "",
    lambda text: f"# {text}",
    "T(-Inf)",
    row_major=False,
    results_declared=True,
    cholesky=lambda size, matrix, name: f"{name} .= cholesky(({matrix} + transpose({matrix})) / 2).L",
    factor=lambda size, matrix, factors: f"{factors.name} = lu({matrix})",
    inverse=lambda size, factors, name: f"{name} .= inv({factors.name})",
    determinant=lambda size, factors: f"det({factors.name})",
    log_determinant=lambda size, factors: f"logabsdet({factors.name})[1]",
    solve=_solve,
)


def julia_source(wanted: Wanted) -> str:
    """The source of one Julia function; numbers are of the type of what is given, so Float32 stays Float32.

    >>> from chalkgrad.calculus import derive
    >>> from chalkgrad.engines.emitted.wanted import wanted
    >>> from chalkgrad.reading.formulas import read_formula
    >>> source = julia_source(wanted(derive(read_formula("a'*x", ["x"]).program)))
    >>> print(source[source.index("function") :])
    function value_and_gradient(a, x)
        T = promote_type(eltype(a), eltype(x))
        m = size(a, 1)
        dL_dx = zeros(T, m)
        @inbounds begin
            # L = sum(i, a[i]*x[i])
            L = T(0)
            for i in 0:m-1
                L += a[i + 1] * x[i + 1]
            end
            # dL_dx[i] = a[i]
            for i in 0:m-1
                dL_dx[i + 1] = a[i + 1]
            end
        end
        return L, dL_dx
    end
    <BLANKLINE>
    """
    source = LoopSource(wanted, JULIA, [wanted.name])
    declared = source.program.declared
    kinds = ", ".join(f"eltype({source.tensor(tensor)})" for tensor in declared)
    lines = [f"T = promote_type({kinds})"] if kinds else ["T = Float64"]

    def length(tensor: Tensor, place: int) -> str:
        return f"size({source.tensor(tensor)}, {place + 1})"

    found = sizes_from_shapes(source.sizes, source.program, source.size, length, "÷")
    lines += [f"{source.size(size)} = {text}" for size, text in found]
    arrays = [(name, axes) for name, axes in source.stored]
    results = dict.fromkeys(tensor for _, tensor in wanted.results if tensor.axes)
    arrays += [(source.tensor(tensor), tensor.axes) for tensor in results]
    for name, axes in arrays:
        lines.append(f"{name} = zeros(T, {', '.join(source.size(axis.size) for axis in axes)})")
    lines += ["@inbounds begin", *(f"    {line}" for line in source.lines), "end"]
    lines.append(f"return {_returned(wanted, source)}")
    functions = [
        "\n".join([f"function {name}(x)", "    T = typeof(x)", *(f"    {line}" for line in each.lines),
                   f"    return {each.value}", "end"])
        for name, each in reversed(source.functions.items())
    ]  # fmt: skip
    arguments = ", ".join(map(source.tensor, declared))
    function = "\n".join([f"function {wanted.name}({arguments})", *(f"    {line}" for line in lines), "end"])
    uses = ["using LinearAlgebra"] if source.factored or "cholesky(" in function else []
    uses += ["using SpecialFunctions: erf"] if "erf(" in "\n".join([function, *functions]) else []
    about = "\n".join(['"""', f"{wanted.title}.", "", *(f"    {each}" for each in wanted.equations), '"""'])
    return "\n\n".join([*(["\n".join(uses)] if uses else []), *functions, f"{about}\n{function}"]) + "\n"


def _returned(wanted: Wanted, source: LoopSource) -> str:
    parts = []
    for given in wanted.returns.values():
        if isinstance(given, Tensor):
            parts.append(source.tensor(given))
        elif len(given) == 1:
            parts.append(source.tensor(next(iter(given.values()))))
        else:
            parts.append("Dict(" + ", ".join(f'"{name}" => {source.tensor(t)}' for name, t in given.items()) + ")")
    return ", ".join(parts)
