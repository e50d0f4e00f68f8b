"""How long deriving takes: beside SymPy's `diff` of the written-out loss, and as a network grows deeper.

Run `python benchmarks/derivation.py`; with `--write docs/benchmarks.md` the tables go there. Times are process CPU
times, medians of several runs, so that a busy machine disturbs them less. SymPy derives in a process of its own that
is stopped at a time limit.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import platform
import statistics
import sys
import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from chalkgrad.calculus import derive
from chalkgrad.language import Program, inline
from chalkgrad.networks import Network, NetworkSpec

BEGIN, END = "<!-- derivation: begin -->", "<!-- derivation: end -->"


@dataclass(frozen=True)
class Timing:
    """The median, least and greatest time of a row, in seconds; None where it was stopped at the limit."""

    median: float | None
    least: float = 0.0
    greatest: float = 0.0


def timed(work: Callable[[], object], repetitions: int) -> Timing:
    """CPU times of a piece of work after one run that does not count, without garbage collection, as in `timeit`."""
    work()
    times = []
    for _ in range(repetitions):
        gc.collect()
        gc.disable()
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
        gc.enable()
    return Timing(statistics.median(times), min(times), max(times))


def homework() -> Program:
    """The 2-3-1 network of the homework sheet, for one sample."""
    return Network(NetworkSpec((2, 3, 1), ("relu", "sigmoid"), "bce")).sample_program


def network(depth: int, width: int = 4) -> Program:
    """`depth` layers of `width` tanh units and one sigmoid output, for one sample."""
    sizes = (2, *(width,) * (depth - 1), 1) if depth > 1 else (width, 1)
    return Network(NetworkSpec(sizes, ("tanh",) * (len(sizes) - 2) + ("sigmoid",), "bce")).sample_program


def written_out(program: Program) -> tuple[object, list[object]]:
    """The loss as one SymPy expression of scalar symbols, and the symbols of the parameters."""
    import sympy

    from chalkgrad.language import Add, Call, Element, Expression, Indicator, Multiply, Number, Power, Sum

    closed = inline(program).definitions[-1].body
    functions = {
        "sigmoid": lambda x: 1 / (1 + sympy.exp(-x)),
        "tanh": sympy.tanh,
        "log": sympy.log,
        "relu": lambda x: sympy.Max(0, x),
    }

    def name(tensor: str, places: tuple[int, ...]) -> object:
        return sympy.Symbol("_".join((tensor, *map(str, places))), real=True)

    def convert(node: Expression, at: dict[object, int]) -> object:
        match node:
            case Number(value=value):
                return sympy.Rational(value.numerator, value.denominator)
            case Element(tensor=tensor, indices=indices):
                return name(tensor.name, tuple(at[i.axis] if i.axis is not None else i.offset for i in indices))
            case Add(terms=terms):
                return sympy.Add(*(convert(term, at) for term in terms))
            case Multiply(factors=factors):
                return sympy.Mul(*(convert(factor, at) for factor in factors))
            case Power(base=base, exponent=exponent):
                return sympy.Pow(convert(base, at), convert(exponent, at))
            case Call(function=function, argument=argument):
                return functions[function](convert(argument, at))
            case Sum(body=body, axis=axis):
                assert isinstance(axis.size, int)
                return sympy.Add(*(convert(body, {**at, axis: place}) for place in range(axis.size)))
            case Indicator():
                raise TypeError("an indicator")
        raise TypeError(type(node).__name__)

    symbols = []
    for tensor in program.parameters:
        places: list[tuple[int, ...]] = [()]
        for axis in tensor.axes:
            assert isinstance(axis.size, int)
            places = [(*place, k) for place in places for k in range(axis.size)]
        symbols += [name(tensor.name, place) for place in places]
    return convert(closed, {}), symbols


def _sympy_times(kind: str, depth: int, repetitions: int, answer: object) -> None:
    """In a process of its own: the times of SymPy's `diff` by every parameter, one after the other."""
    from sympy.core.cache import clear_cache

    loss, symbols = written_out(homework() if kind == "homework" else network(depth))
    for _ in range(repetitions):
        clear_cache()
        gc.collect()
        gc.disable()
        start = time.process_time()
        for symbol in symbols:
            loss.diff(symbol)  # type: ignore[attr-defined]
        answer.put(time.process_time() - start)  # type: ignore[attr-defined]
        gc.enable()


def sympy_timing(kind: str, depth: int, repetitions: int, limit: float) -> Timing:
    """SymPy's times; the median of those that were done within the limit for all of them, None if none was."""
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    process = context.Process(target=_sympy_times, args=(kind, depth, repetitions, answers))
    process.start()
    process.join(limit)
    if process.is_alive():
        process.terminate()
        process.join()
    times = []
    while not answers.empty():
        times.append(answers.get())
    return Timing(statistics.median(times), min(times), max(times)) if times else Timing(None)


def shown(timing: Timing, limit: float) -> str:
    """A time with its spread, in milliseconds."""
    if timing.median is None:
        return f"> {limit:.0f} s"
    scale, unit = (1e3, "ms") if timing.greatest < 2 else (1, "s")
    low, high = timing.least * scale, timing.greatest * scale
    return f"{timing.median * scale:.2f} {unit} ({low:.2f}–{high:.2f})"


def ratio(ours: Timing, theirs: Timing, limit: float) -> str:
    """How many times as long the other took."""
    assert ours.median is not None
    if theirs.median is None:
        return f"> {limit / ours.median:,.0f}"
    return f"{theirs.median / ours.median:,.0f}"


def against_sympy(depths: list[int], repetitions: int, limit: float) -> list[list[str]]:
    """Rows: the network, our time, SymPy's time, the ratio."""
    cases = [("2-3-1 relu, the homework's", homework(), "homework", 0)]
    cases += [(f"depth {depth}, width 4, tanh", network(depth), "network", depth) for depth in depths]
    rows = []
    for title, program, kind, depth in cases:
        ours = timed(lambda program=program: derive(program), repetitions)  # type: ignore[misc]
        theirs = sympy_timing(kind, depth, repetitions, limit)
        rows.append([title, shown(ours, limit), shown(theirs, limit), ratio(ours, theirs, limit)])
        print("  ".join(rows[-1]), file=sys.stderr)
    return rows


def growth(depths: list[int], repetitions: int) -> list[list[str]]:
    """Rows: the layers, our time, how many times that of the shallowest, and the same with the garbage collector on."""
    rows: list[list[str]] = []
    first, collected = 0.0, growth_with_collector(depths, repetitions)
    for depth in depths:
        program = network(depth)
        timing = timed(lambda program=program: derive(program), repetitions)  # type: ignore[misc]
        assert timing.median is not None
        first = first or timing.median
        rows.append([str(depth), shown(timing, 0), f"{timing.median / first:.1f}", f"{collected[depth]:.1f}"])
        print("  ".join(rows[-1]), file=sys.stderr)
    return rows


def growth_with_collector(depths: list[int], repetitions: int) -> dict[int, float]:
    """How many times as long as the shallowest each takes while Python collects garbage, by the depth.

    They take turns; in each one all derive as many layers in all, so that each has its share of the collections.
    """
    programs = {depth: network(depth) for depth in depths}
    ratios: dict[int, list[float]] = {depth: [] for depth in depths}
    for _ in range(repetitions + 1):  # the first of them does not count
        times = {}
        for depth, program in programs.items():
            start, count = time.process_time(), max(depths) // depth
            for _ in range(count):
                derive(program)
            times[depth] = (time.process_time() - start) / count
        for depth, found in times.items():
            ratios[depth].append(found / times[depths[0]])
    return {depth: statistics.median(found[1:]) for depth, found in ratios.items()}


def formulas(repetitions: int) -> list[list[str]]:
    """Rows: reading, deriving, and both, for the formulas of tests/books.toml; the median of them and the slowest."""
    from chalkgrad.board.derivation import derive as derive_formula
    from chalkgrad.reading.formulas import read_formula

    books = tomllib.loads((Path(__file__).parents[1] / "tests/books.toml").read_text(encoding="utf-8"))["results"]
    times: dict[str, list[float]] = {"reading": [], "deriving": [], "both, by `cg.derive`": []}
    for text, wrt, *_ in books:
        program = read_formula(text, [wrt]).program
        works = (
            lambda text=text, wrt=wrt: read_formula(text, [wrt]),
            lambda program=program: derive(program),
            lambda text=text, wrt=wrt: derive_formula(text, wrt=wrt),
        )
        for found, work in zip(times.values(), works, strict=True):
            median = timed(work, repetitions).median
            assert median is not None
            found.append(median)
    return [
        [what, f"{1000 * statistics.median(found):.2f} ms", f"{1000 * max(found):.2f} ms"]
        for what, found in times.items()
    ]


def machine() -> str:
    """The kind of machine, without its name."""
    import os

    return f"{os.cpu_count()} cores of {platform.machine()}, {platform.system()}, Python {platform.python_version()}"


def table(head: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown."""
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def main() -> None:
    """Measures and prints, or writes, the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--depths", default="1,2,3,4,5,6", help="depths to compare with SymPy at")
    parser.add_argument("--layers", default="20,50,100,200", help="depths to show the growth at")
    parser.add_argument("--repetitions", type=int, default=7)
    parser.add_argument("--limit", type=float, default=60.0, help="seconds for SymPy, for all repetitions of a row")
    parser.add_argument("--write", type=Path, help="a Markdown file whose marked part is replaced")
    given = parser.parse_args()
    depths, layers = ([int(part) for part in text.split(",") if part] for text in (given.depths, given.layers))
    compared = against_sympy(depths, given.repetitions, given.limit)
    grown = growth(layers, given.repetitions)
    short = formulas(given.repetitions)
    text = "\n\n".join(
        [
            f"{machine()}. CPU time, median of {given.repetitions} (least–greatest).",
            table(["network", "chalkgrad", "SymPy `diff`", "times as long"], compared),
            table(["layers", "chalkgrad", "times the first", "with the garbage collector on"], grown),
            table(["formulas of `tests/books.toml`", "median", "slowest"], short),
        ]
    )
    if given.write is None:
        print(text)
        return
    from chalkgrad.files import write_atomically

    whole = given.write.read_text(encoding="utf-8")
    before, after = whole.split(BEGIN)[0], whole.split(END)[1]
    write_atomically(given.write, f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")


if __name__ == "__main__":
    main()
