"""How many slips in code are found, named, and told with the right line: in right functions, 20 at the AST of each.

`python benchmarks/code_mutants.py [NAME …] [--json FILE]`; with `--write docs/benchmarks.md` the table goes there. The
functions stand in `right_functions/`, each with what it is checked against and an example of a call. A slip counts if
the example gives other gradients with it, and runs; which slips are taken depends on nothing but the text.
"""

from __future__ import annotations

import argparse
import ast
import importlib.util
import json
import platform
import random
import re
import sys
import tempfile
import types
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from chalkgrad.checking.code import CodeCheck, check_code
from chalkgrad.errors import ChalkgradError

FOLDER = Path(__file__).with_name("right_functions")
BEGIN, END = "<!-- mutants: begin -->", "<!-- mutants: end -->"
EACH = 20


@dataclass(frozen=True)
class Slip:
    """A slip in a right function: its kind, its line, and the whole text with it."""

    kind: str
    line: int
    text: str


@dataclass(frozen=True)
class Outcome:
    """What was said of a slip: `passes`, `wrong`, `up to a factor` or `not judged`; and whether it was named and its
    line told."""

    function: str
    kind: str
    line: int
    verdict: str
    named: bool
    placed: bool
    told: str
    seconds: float


class RightFunction:
    """A file of `right_functions/`: its text, and what it says of itself."""

    def __init__(self, path: Path) -> None:
        self.name, self.text = path.stem, path.read_text(encoding="utf-8")
        self.module = loaded(self.text, self.name)
        self.target: str = self.module.TARGET
        self.against: str | None = self.module.AGAINST
        self.let: dict[str, str] = getattr(self.module, "LET", {})
        self.gradients = example(self.module)

    def slips(self, count: int = EACH) -> list[Slip]:
        """Slips that give other gradients, and the same loss where one is returned beside them; kinds by turns."""
        chance = random.Random(self.name)
        by_kind: dict[str, list[Slip]] = {}
        for slip in slips_of(self.text, self.target):
            by_kind.setdefault(slip.kind, []).append(slip)
        for each in by_kind.values():
            chance.shuffle(each)
        chosen: list[Slip] = []
        while by_kind and len(chosen) < count:
            for kind in list(by_kind):
                while by_kind[kind]:
                    slip = by_kind[kind].pop()
                    if self._counts(slip):
                        chosen.append(slip)
                        break
                if not by_kind[kind]:
                    del by_kind[kind]
                if len(chosen) == count:
                    break
        return chosen

    def _counts(self, slip: Slip) -> bool:
        try:
            gradients = example(loaded(slip.text, self.name))
        except Exception:  # a slip that raises is told by Python itself
            return False
        if np.ndim(self.gradients[0]) == 0 and len(self.gradients) > 1 and self.against is None:
            if not alike(self.gradients[:1], gradients[:1]) and self.name != "hill":
                return False  # another loss is another function
        return not alike(self.gradients, gradients)

    def outcome(self, slip: Slip) -> Outcome:
        """What `check_code` says of a slip."""
        started = perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, f"{self.name}.py")
            file.write_text(slip.text, encoding="utf-8")
            try:
                checked = check_code(file, self.target, self.against, let=self.let)
            except ChalkgradError as problem:
                return self._outcome(slip, "not judged", False, False, str(problem), started)
        return self._outcome(slip, *judged(checked, slip), started)

    def _outcome(self, slip: Slip, verdict: str, named: bool, placed: bool, told: str, started: float) -> Outcome:
        seconds = round(perf_counter() - started, 2)
        return Outcome(self.name, slip.kind, slip.line, verdict, named, placed, told, seconds)


def judged(checked: CodeCheck, slip: Slip) -> tuple[str, bool, bool, str]:
    """The verdict on a slip, whether it is named, whether its line is told, and in what words."""
    verdicts = [block.verdict for block in checked.blocks]
    edits = " | ".join(f"{each.place}: {each.kind}: {each.after}" for each in checked.edits)
    if "wrong" not in verdicts:
        verdict = {"right": "passes", "right_up_to": "up to a factor"}.get(verdicts[0], "not judged")
        if "undetermined" in verdicts:
            verdict = "not judged"
        return verdict, verdict == "up to a factor", False, checked.blocks[0].reason
    unnamed = [block.name for block in checked.blocks if block.verdict == "wrong" and not block.slips]
    placed = any(slip.line <= int(each.place.split()[-1]) <= slip.line for each in checked.edits)
    slips = ", ".join(f"{block.name}: {each.kind}" for block in checked.blocks for each in block.slips)
    return "wrong", bool(checked.edits) or not unnamed, placed, f"{edits} {slips}"


def loaded(text: str, name: str) -> types.ModuleType:
    """The module of a text."""
    module = types.ModuleType(f"right_{name}")
    sys.modules[module.__name__] = module
    exec(compile(text, f"{name}.py", "exec"), module.__dict__)
    return module


def example(module: types.ModuleType) -> list[Any]:
    """The gradients that the example of a module gives, in order."""
    generator = np.random.default_rng(0)
    with np.errstate(all="ignore"):
        found = module.example(lambda *shape: generator.normal(size=shape))
    return list(flat(found))


def flat(value: Any) -> Iterator[Any]:
    """The arrays of a result."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for each in value:
            yield from flat(each)
    else:
        yield np.asarray(value, dtype=float)


def alike(ones: list[Any], others: list[Any]) -> bool:
    """Whether two lists of arrays are the same but for rounding."""
    return len(ones) == len(others) and all(
        one.shape == other.shape and np.allclose(one, other, rtol=1e-6, atol=1e-9)
        for one, other in zip(ones, others, strict=True)
    )


# The slips. Each maker gives (kind, node whose line it is, first and last byte, text).
Piece = tuple[str, int, int, str]


def slips_of(text: str, target: str) -> Iterator[Slip]:
    """All slips of the backward pass in a text, in the order of its lines."""
    tree = ast.parse(text)
    lines = [0]
    for line in text.splitlines(keepends=True):
        lines.append(lines[-1] + len(line))
    function = next(
        each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef) and each.name in _names(tree, target)
    )
    for maker in MAKERS:
        for kind, start, end, new in maker(function, text, lines):
            if text[start:end] != new:
                made = text[:start] + new + text[end:]
                try:
                    ast.parse(made)
                except SyntaxError:
                    continue
                yield Slip(kind, text.count("\n", 0, start) + 1 + _offset(text[start:end], new), made)


def _offset(old: str, new: str) -> int:
    """How many lines of a piece are the same in front."""
    olds, news = old.split("\n"), new.split("\n")
    return next((k for k, (one, other) in enumerate(zip(olds, news, strict=False)) if one != other), 0)


def _names(tree: ast.Module, target: str) -> set[str]:
    owner = next((each for each in tree.body if isinstance(each, ast.ClassDef) and each.name == target), None)
    rule = f"{target}_backward"
    known = {each.name for each in tree.body if isinstance(each, ast.FunctionDef)}
    return {"backward"} if owner else {rule} if rule in known else {target}


class Place:
    """Where the nodes of a function stand in its text."""

    def __init__(self, text: str, lines: list[int]) -> None:
        self.text, self.lines = text, lines

    def __call__(self, node: ast.AST) -> tuple[int, int]:
        first, last = node.lineno, node.end_lineno  # type: ignore[attr-defined]
        return self.lines[first - 1] + node.col_offset, self.lines[last - 1] + node.end_col_offset  # type: ignore[attr-defined]

    def read(self, node: ast.AST) -> str:
        start, end = self(node)
        return self.text[start:end]


def signs(function: ast.FunctionDef, text: str, lines: list[int]) -> Iterator[Piece]:
    place = Place(text, lines)
    for node in ast.walk(function):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
            start, end = place(node.left)[1], place(node.right)[0]
            old, new = ("+", "-") if isinstance(node.op, ast.Add) else ("-", "+")
            yield "sign flipped", start, end, text[start:end].replace(old, new)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            yield "sign flipped", *place(node), place.read(node.operand)
    for value in computed(function):
        yield "sign flipped", *place(value), f"-({place.read(value)})"


def factors_dropped(function: ast.FunctionDef, text: str, lines: list[int]) -> Iterator[Piece]:
    place = Place(text, lines)
    for node in ast.walk(function):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
            yield "factor dropped", *place(node), f"({place.read(node.left)})"
            if isinstance(node.op, ast.Mult):
                yield "factor dropped", *place(node), f"({place.read(node.right)})"
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
            yield "factor dropped", *place(node), f"({place.read(node.left)})"


def factors_added(function: ast.FunctionDef, text: str, lines: list[int]) -> Iterator[Piece]:
    place = Place(text, lines)
    for value in computed(function):
        yield "factor added", *place(value), f"2 * ({place.read(value)})"
    for node in ast.walk(function):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            yield "factor added", *place(node), f"({place.read(node)}) * {bracketed(place, node.right)}"


def axes(function: ast.FunctionDef, text: str, lines: list[int]) -> Iterator[Piece]:
    place = Place(text, lines)
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            for given in [k.value for k in node.keywords if k.arg in ("axis", "dim")]:
                for other in ("0", "1", "-1", "(0, 1)", "(1, 2)", "(0, 2)"):
                    yield "other axis", *place(given), other


def variables(function: ast.FunctionDef, text: str, lines: list[int]) -> Iterator[Piece]:
    place = Place(text, lines)
    known = local_names(function)
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in known:
            for other in known:
                delta = bool(re.match(r"d|grad", other)) != bool(re.match(r"d|grad", node.id))
                yield "value for gradient" if delta else "other variable", *place(node), other
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and place.read(node.value) == "self":
            for other in sorted({each.attr for each in ast.walk(function) if isinstance(each, ast.Attribute)}):
                yield "other variable", *place(node), f"self.{other}"


def transposes(function: ast.FunctionDef, text: str, lines: list[int]) -> Iterator[Piece]:
    place = Place(text, lines)
    for node in ast.walk(function):
        if isinstance(node, ast.Attribute) and node.attr == "T":
            yield "transpose dropped", *place(node), place.read(node.value)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
            for side in (node.left, node.right):
                yield "transpose added", *place(side), f"{bracketed(place, side)}.T"


def brackets(function: ast.FunctionDef, text: str, lines: list[int]) -> Iterator[Piece]:
    place = Place(text, lines)
    for value in computed(function):
        start, _ = place(value)
        written = place.read(value)
        for where, sign in enumerate(written):
            if sign == "(" and (where == 0 or not re.match(r"[\w\])]", written[where - 1])):
                depth = 0
                for last in range(where, len(written)):
                    depth += {"(": 1, ")": -1}.get(written[last], 0)
                    if depth == 0:
                        break
                inner = written[where + 1 : last]
                if "," not in inner:
                    yield "brackets dropped", start + where, start + last + 1, inner


def indices(function: ast.FunctionDef, text: str, lines: list[int]) -> Iterator[Piece]:
    place = Place(text, lines)
    for node in ast.walk(function):
        if not isinstance(node, ast.Subscript):
            continue
        for each in ast.walk(node.slice):
            if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load):
                yield "index shifted", *place(each), f"{each.id} - 1"
            elif isinstance(each, ast.BinOp) and isinstance(each.right, ast.Constant):
                yield "index shifted", *place(each), place.read(each.left)
            elif isinstance(each, ast.Constant) and type(each.value) is int:
                yield "index shifted", *place(each), str(each.value + 1)


def before_use(function: ast.FunctionDef, text: str, lines: list[int]) -> Iterator[Piece]:
    """Two statements that follow each other change places; an array is changed in place where a new one was made."""
    place = Place(text, lines)
    for holder in ast.walk(function):
        body = getattr(holder, "body", None)
        for one, other in pairwise(body) if isinstance(body, list) else ():
            if isinstance(one, ast.Assign | ast.AugAssign) and isinstance(other, ast.Assign | ast.AugAssign):
                (start, end), (begin, stop) = place(one), place(other)
                yield "changed before use", start, stop, f"{text[begin:stop]}{text[end:begin]}{text[start:end]}"
    for node in ast.walk(function):
        if isinstance(node, ast.AugAssign):
            start, end = place(node.target)[1], place(node.value)[0]
            yield "overwritten", start, end, re.sub(r"[-+*/]=", "=", text[start:end])


def masks(function: ast.FunctionDef, text: str, lines: list[int]) -> Iterator[Piece]:
    place = Place(text, lines)
    for node in ast.walk(function):
        if isinstance(node, ast.Compare):
            start, end = place(node.left)[1], place(node.comparators[0])[0]
            for other in (" < ", " > ", " != ", " >= "):
                yield "mask at the wrong value", start, end, other
            yield "mask at the wrong value", *place(node.comparators[0]), "1"
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and "mask" in node.id:
            yield "mask at the wrong value", *place(node), f"(1 - {node.id})"
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and "mask" in node.attr:
            yield "mask at the wrong value", *place(node), f"(1 - {place.read(node)})"


def exchanged(function: ast.FunctionDef, text: str, lines: list[int]) -> Iterator[Piece]:
    """Two gradients change places: what is assigned to them, or the entries of a dictionary."""
    place = Place(text, lines)
    assigned = [each for each in ast.walk(function) if isinstance(each, ast.Assign)
                and re.match(r"(self\.)?(d|grad)\w+$", place.read(each.targets[0]))]  # fmt: skip
    pairs = [(one.value, other.value) for k, one in enumerate(assigned) for other in assigned[k + 1 : k + 3]]
    for node in ast.walk(function):
        if isinstance(node, ast.Dict):
            pairs += [(one, other) for k, one in enumerate(node.values) for other in node.values[k + 1 :]]
    for one, other in pairs:
        (start, end), (begin, stop) = place(one), place(other)
        if end < begin:
            yield "gradients exchanged", start, stop, f"{text[begin:stop]}{text[end:begin]}{text[start:end]}"


def means(function: ast.FunctionDef, text: str, lines: list[int]) -> Iterator[Piece]:
    place = Place(text, lines)
    for node in ast.walk(function):
        if isinstance(node, ast.Attribute) and node.attr in ("sum", "mean"):
            _, end = place(node)
            yield "mean for sum", end - len(node.attr), end, {"sum": "mean", "mean": "sum"}[node.attr]


def numbers(function: ast.FunctionDef, text: str, lines: list[int]) -> Iterator[Piece]:
    place = Place(text, lines)
    inside = {
        id(each) for node in ast.walk(function) if isinstance(node, ast.Subscript) for each in ast.walk(node.slice)
    }
    for node in ast.walk(function):
        if isinstance(node, ast.Constant) and type(node.value) in (int, float) and id(node) not in inside:
            yield "other number", *place(node), {1: "2", 2: "1", 0: "1"}.get(node.value, f"{2 * node.value:g}")


def computed(function: ast.FunctionDef) -> list[ast.expr]:
    """The values that a function assigns or returns, if they are computed."""
    found = [each.value for each in ast.walk(function) if isinstance(each, ast.Assign | ast.AugAssign | ast.Return)]
    entries = [entry for each in found for entry in (each.elts if isinstance(each, ast.Tuple) else [each])]
    return [each for each in entries if isinstance(each, ast.BinOp | ast.Call)]


def local_names(function: ast.FunctionDef) -> list[str]:
    """The arguments and local names."""
    stored = {each.id for each in ast.walk(function) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}
    return sorted((stored | {each.arg for each in function.args.args}) - {"self", "ctx", "cache"})


def bracketed(place: Place, node: ast.expr) -> str:
    return f"({place.read(node)})" if isinstance(node, ast.BinOp | ast.UnaryOp) else place.read(node)


Maker = Callable[[ast.FunctionDef, str, "list[int]"], Iterator[Piece]]
MAKERS: tuple[Maker, ...] = (
    signs, factors_dropped, factors_added, axes, variables, transposes, brackets, indices, before_use, masks,
    exchanged, means, numbers,
)  # fmt: skip


def right_functions(names: list[str]) -> Iterator[RightFunction | str]:
    """The functions of these names, or all; the name alone of one whose library is missing here."""
    for path in sorted(FOLDER.glob("*.py")):
        if names and path.stem not in names:
            continue
        libraries = set(re.findall(r"^import (torch|jax)\b", path.read_text(encoding="utf-8"), flags=re.MULTILINE))
        if all(importlib.util.find_spec(each) for each in libraries):
            yield RightFunction(path)
        else:
            yield path.stem


def table(outcomes: list[Outcome], left_out: list[str]) -> list[str]:
    """The table by kinds of slips, and the sums."""
    functions = len({each.function for each in outcomes})
    seconds = sorted(each.seconds for each in outcomes)
    lines = [
        f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}. {functions} functions"
        + (f" ({', '.join(left_out)} left out: JAX is not installed)" if left_out else "")
        + f"; a check takes {seconds[len(seconds) // 2]:.1f} s (median; at most {seconds[-1]:.0f} s).",
        "",
        "| slip | made | pass | not judged | named | right line |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    kinds = [kind for kind, _ in Counter(each.kind for each in outcomes).most_common()]
    for kind in [*kinds, "all"]:
        chosen = [each for each in outcomes if kind in (each.kind, "all")]
        count = len(chosen)
        cells = [
            str(count),
            str(sum(each.verdict == "passes" for each in chosen)),
            str(sum(each.verdict == "not judged" for each in chosen)),
            share(sum(each.named for each in chosen), count),
            share(sum(each.placed for each in chosen), count),
        ]
        lines.append(f"| {kind} | {' | '.join(cells)} |")
    return lines


def share(part: int, count: int) -> str:
    return f"{part} ({100 * part / count:.0f} %)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--each", type=int, default=EACH)
    parser.add_argument("--minutes", type=float, default=600, help="stop after so long, all functions at the same slip")
    parser.add_argument("--json", type=Path, help="where outcomes are kept, and not measured again")
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    found = list(right_functions(options.names))
    left_out = [each for each in found if isinstance(each, str)]
    known = options.json.read_text(encoding="utf-8").splitlines() if options.json and options.json.exists() else []
    outcomes = [Outcome(**json.loads(line)) for line in known]
    seen = Counter(each.function for each in outcomes)
    slips = {each.name: (each, each.slips(options.each)) for each in found if not isinstance(each, str)}
    ends = perf_counter() + 60 * options.minutes
    for turn in range(options.each):
        for function, chosen in slips.values():
            if seen[function.name] > turn or turn >= len(chosen) or perf_counter() > ends:
                continue
            outcomes.append(function.outcome(chosen[turn]))
            if options.json:
                with options.json.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(asdict(outcomes[-1])) + "\n")
    lines = table(outcomes, left_out)
    print("\n".join(lines))
    if options.write:
        text = options.write.read_text(encoding="utf-8")
        before, rest = text.split(BEGIN)
        joined = "\n".join(lines)
        options.write.write_text(f"{before}{BEGIN}\n\n{joined}\n\n{END}{rest.split(END)[1]}", encoding="utf-8")


if __name__ == "__main__":
    main()
