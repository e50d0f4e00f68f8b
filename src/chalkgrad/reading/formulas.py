r"""A formula of vectors and matrices as a program: `x'*A*x` as plain text, `x^\top A x` in LaTeX.

Both become the syntax of documents and get their meaning there; what each name is (a number, a column, a matrix) is
what fits at the lowest price, unless it is declared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import nsmallest
from itertools import product

from chalkgrad.calculus.kinds import KIND_ALIASES, with_zeros
from chalkgrad.calculus.kinds import KINDS as MATRIX_KINDS
from chalkgrad.errors import ChalkgradError, ReadingError, UnknownNameError
from chalkgrad.language import (
    SIZE_LETTERS,
    Axis,
    Definition,
    Element,
    Expression,
    Program,
    Role,
    SizeOf,
    Tensor,
    bound_by,
    number,
    walk,
    with_axes,
)
from chalkgrad.page.documents import Document, WrittenEquation, read_document
from chalkgrad.page.spelling import function_names
from chalkgrad.page.statement import Statement
from chalkgrad.page.statements import statements_in
from chalkgrad.page.syntax import Chain, Group, Name, Product, Syntax, Unread, mapped, walk_syntax
from chalkgrad.reading.factors import ELEMENTWISE
from chalkgrad.reading.facts import Facts
from chalkgrad.reading.layout import MisfitError, Value
from chalkgrad.reading.matrix_text import read_matrix_text
from chalkgrad.reading.parts import parts_of
from chalkgrad.reading.scripts import base_of, is_transpose
from chalkgrad.reading.sense import Sense, Setting, Sort
from chalkgrad.reading.sizes import Sizes
from chalkgrad.reading.sorts import domain, seen_in, templated_bases
from chalkgrad.reading.vocabulary import WHOLE_FUNCTIONS, Symbol, quantities

KINDS = {"scalar": "S", "vector": "C", "row": "R", "matrix": "M"} | {
    name: "M" for name in (*MATRIX_KINDS, *KIND_ALIASES) if not MATRIX_KINDS[KIND_ALIASES.get(name, name)].of_any_shape
}
_RESULTS = ("L", "f", "J", "Q", "F")
_INDICES = "ijklmnpqrstuvabcdefgh"
_MOST_TRIED = 3_000
_NOT_A_NUMBER = {"S": 0.0, "C": 0.5, "R": 1.5, "M": 1.5}  # what it costs that the formula is not a number
_LATEX_MARKS = re.compile(r"\\|[\^_]\{|[\w)\]]\s*\^\s*[T⊤]|\|\|")


@dataclass(frozen=True)
class Formula:
    """A formula read: its program, and what its names were declared to be."""

    program: Program
    kinds: Mapping[str, str]


def is_latex(text: str) -> bool:
    r"""Whether a formula is LaTeX: it has a command, or a transpose above a letter.

    >>> is_latex(r"\log\det X"), is_latex("x^T A x"), is_latex("x'*A*x")
    (True, True, False)
    """
    return _LATEX_MARKS.search(text) is not None


def read_formula(text: str, wrt: Sequence[str] | None = None, kinds: Mapping[str, str] | None = None) -> Formula:
    r"""The program whose result is the formula; what is derived by (everything, unless told) are its parameters.

    `kinds` says what names are: scalar, vector, row, matrix, or a kind of matrix (`calculus.kinds`). Raises
    `ReadingError` with the place where parts do not fit, and `UnknownNameError`.

    >>> print(read_formula("x'*A*x", ["x"]).program)
    axis i: m
    axis j: m
    parameter x[i]
    input A[i,j]
    L = sum(i, sum(j, x[j]*A[j,i])*x[i])
    result L
    """
    written = _Written.of(text)
    declared = dict(kinds or {})
    for name, kind in declared.items():
        if kind not in KINDS:
            raise UnknownNameError("kind", kind, KINDS)
        if name not in written.names:
            raise UnknownNameError("name", name, sorted(written.names))
    value, sizes = written.fitted({name: KINDS[kind] for name, kind in declared.items()})
    tensors = dict.fromkeys(value.expression.tensors)
    chosen = [written.own(name) for name in wrt] if wrt is not None else [tensor.name for tensor in tensors]
    for name in chosen:
        if name not in {tensor.name for tensor in tensors}:
            raise UnknownNameError("name", name, [tensor.name for tensor in tensors])
    program = _Lettered(value, sizes, chosen, written.result).program()
    return Formula(with_zeros(program, declared), declared)


class _Written:
    """A formula as syntax, in the setting of a document that says nothing else."""

    def __init__(self, text: str, facts: Facts, side: Syntax, offset: int, result: str) -> None:
        self.text, self.facts, self.side, self.offset, self.result = text, facts, side, offset, result
        named = (facts.use(name).symbol for name in quantities(side))
        self.symbols = [symbol for symbol in dict.fromkeys(named) if not self._is_special(symbol)]
        self.names = {str(symbol): symbol for symbol in self.symbols}

    @classmethod
    def of(cls, text: str) -> _Written:
        """The formula, as LaTeX or as plain text of matrices; a name before `=` is that of the result."""
        if not is_latex(text):
            side = _with_functions(read_matrix_text(text))
            used = {base_of(name) for name in walk_syntax(side) if isinstance(name, Name)}
            given = re.match(r"\s*([^\W\d_]\w*)\s*=", text)
            result = given[1] if given else next(name for name in _RESULTS if name not in used)
            equation = WrittenEquation(text, 1, 1)
            stated: Sequence[Statement] = (
                Statement(Chain(("=",), (Name(result if len(result) == 1 else "\\" + result), side)), equation),
            )
            return cls._from(text, stated, Document((equation,), ""), 0, result)
        given = re.match(r"\s*(\\?[A-Za-z]+)\s*=(?!=)", text)
        letters = set(
            re.findall(r"(?<![\\A-Za-z])[A-Za-z]|(?<=[A-Z])[A-Z]|[A-Za-z]", re.sub(r"\\[A-Za-z]+", " ", text))
        )
        result = given[1] if given else next(name for name in _RESULTS if name not in letters)
        prefix = "" if given else f"{result} = "
        document = read_document(f"$${prefix}{text.strip().strip('$')}$$", latex=False)
        stated = [_with_letters_apart(each) for each in statements_in(document)]
        return cls._from(text, stated, document, len(prefix), result.lstrip("\\"))

    @classmethod
    def _from(cls, text: str, stated: Sequence[Statement], document: Document, offset: int, result: str) -> _Written:
        for each in stated:
            for part in walk_syntax(each.body):
                if isinstance(part, Unread):
                    raise part.error
        parts = parts_of(stated, document)
        definitions = [each for facts in parts for group in facts.defined.values() for each in group]
        if len(stated) != 1 or not definitions:
            raise ReadingError("this is no formula", text=text, expected="one expression, such as x'*A*x")
        return cls(text, parts[0], definitions[0].side, offset, result)

    def own(self, name: str) -> str:
        """The name under which the formula has what the reader names."""
        bare = name.strip().lstrip("\\").replace("{", "").replace("}", "")
        return bare if bare in self.names else name

    def _is_special(self, symbol: Symbol) -> bool:
        vocabulary = self.facts.vocabulary
        constant = symbol.base in ("1", "I", "pi", "mathbb1", "0", "e") and not symbol.labels
        return constant or vocabulary.is_row(symbol.base) or symbol.base in vocabulary.bound

    def fitted(self, declared: Mapping[str, str]) -> tuple[Value, Sizes]:
        """The value under the cheapest choice of kinds under which all parts fit, and which sizes agree."""
        tables = [self._options(symbol, declared) for symbol in self.symbols]
        ways = ((sum(cost for _, cost in chosen), tuple(kind for kind, _ in chosen)) for chosen in product(*tables))
        best: tuple[float, Value, Sizes] | None = None
        first: ChalkgradError | None = None
        for price, kinds in nsmallest(_MOST_TRIED, ways, key=lambda way: way[0]):
            if best is not None and price >= best[0]:
                break
            sorts = dict(zip(self.symbols, kinds, strict=True))
            setting = Setting(self.facts.vocabulary, sorts, self.facts.heads)
            sense = Sense(setting, "f", self.text, frozenset({"star product", "trace of a matrix"}))
            try:
                value = sense.value(self.side)
                if setting.unknown:
                    raise UnknownNameError("function", next(iter(setting.unknown)), sorted(function_names()))
                sizes = Sizes()
                misfit = sizes.join_all(sense.facts.pairs)
                if misfit is not None:
                    raise MisfitError("sizes that differ stand where they must be the same", misfit)
                if value.expression.free - set(value.axes):
                    raise ReadingError("an index is neither summed nor fixed", text=self.text)
            except ChalkgradError as problem:
                first = first or problem
                continue
            cost = price + sense.cost + _NOT_A_NUMBER.get(value.kind, 3.0)
            if best is None or cost < best[0]:
                best = cost, value, sizes
        if best is not None:
            return best[1], best[2]
        raise self._placed(first)

    def _uses(self, symbol: Symbol) -> Iterator[Name]:
        return (name for name in quantities(self.side) if self.facts.use(name).symbol == symbol)

    def _options(self, symbol: Symbol, declared: Mapping[str, str]) -> list[tuple[Sort, float]]:
        """The sorts that a name may have, with what each costs: a letter's case is evidence, how it is used more.

        One with an index below is an entry of something, or one of several vectors: `x_i`.
        """
        kind = declared.get(str(symbol))
        if kind is None and any(self.facts.use(name).indices for name in self._uses(symbol)):
            return domain(seen_in(self.facts, templated_bases(self.facts))[symbol])
        return [(Sort(0, kind), cost) for kind, cost in ([(kind, 0.0)] if kind else self._kinds(symbol))]

    def _kinds(self, symbol: Symbol) -> list[tuple[str, float]]:
        uses = list(self._uses(symbol))
        turned = any(is_transpose(part) for name in uses for part in name.superscripts)
        inside = any(symbol == self.facts.use(name).symbol for name in _of_whole_functions(self.side))
        bold = any(name.style in ("mathbf", "bm", "boldsymbol") for name in uses)
        if symbol.base[:1].isupper():
            return [("M", 0.0), ("S", 0.9), ("C", 1.0)]
        vector = 0.0 if bold else 0.1
        return [("C", vector), ("S", 1.5 if turned else 0.5 if inside or bold else 0.0), ("M", 1.2)]

    def _placed(self, problem: ChalkgradError | None) -> ChalkgradError:
        """The problem with its place in the text."""
        if isinstance(problem, MisfitError):
            place = max(problem.span[0] - self.offset, 0)
            before = self.text[:place]
            line, column = before.count("\n") + 1, place - before.rfind("\n")
            return ReadingError(str(problem), line=line, column=column, text=self.text)
        return problem or ReadingError("nothing in it can be read", text=self.text)


def _of_whole_functions(side: Syntax) -> Iterator[Name]:
    """The names inside norms, beside ⊙, and of what a sum, a trace or a diag is taken of."""
    for part in walk_syntax(side):
        if isinstance(part, Group) and part.bracket == r"\|":
            yield from quantities(part)
        elif isinstance(part, Product):
            if ELEMENTWISE & set(part.operators):
                yield from quantities(part)
            for name, group in zip(part.factors, part.factors[1:], strict=False):
                if isinstance(name, Name) and base_of(name) in WHOLE_FUNCTIONS:
                    yield from quantities(group)


_OF_NORMALS = {"Phi": "normal_cdf", "phi": "normal_density", "varphi": "normal_density"}


def _with_functions(side: Syntax) -> Syntax:
    r"""The syntax in which Φ(x) and φ(x) are those of the normal distribution and `e^u` is the exponential function.

    A formula that stands alone has nothing else that they could be.
    """
    applied = {
        base_of(name) for part in walk_syntax(side) if isinstance(part, Product)
        for name, follows in zip(part.factors, part.factors[1:], strict=False)
        if isinstance(name, Name) and isinstance(follows, Group)
    }  # fmt: skip
    raised = [name for name in walk_syntax(side) if isinstance(name, Name) and name.base == "e"]
    base_of_powers = all(len(name.superscripts) == 1 and not name.subscripts for name in raised)

    def change(part: Syntax) -> Syntax:
        if not isinstance(part, Name):
            return part
        if base_of(part) in applied and base_of(part) in _OF_NORMALS:
            return replace(part, base="\\" + _OF_NORMALS[base_of(part)])
        if part.base == "e" and base_of_powers and not is_transpose(part.superscripts[0]):
            exponential = Name("e^", span=part.span)
            inside = Group("(", (part.superscripts[0],), part.span)
            return Group("{", (Product(("", ""), (exponential, inside), part.span),), part.span)
        return part

    return mapped(side, change, scripts=False)


def _with_letters_apart(stated: Statement) -> Statement:
    """A statement in which each run of letters is a product of them: nothing else says that `Xw` is a name."""

    def change(part: Syntax) -> Syntax:
        if not isinstance(part, Name) or part.style or part.accents or part.base.startswith("\\"):
            return part
        run = part.base
        if len(run) < 2 or not run.isalpha() or run.lower() in function_names() or run in WHOLE_FUNCTIONS:
            return part
        start = part.span[0]
        letters: list[Syntax] = [Name(letter, span=(start + k, start + k + 1)) for k, letter in enumerate(run[:-1])]
        last = Name(run[-1], part.subscripts, part.superscripts, part.primes, span=(start + len(run) - 1, part.span[1]))
        return Product(("",) * len(run), (*letters, last), part.span)

    changed = _with_functions(mapped(stated.body, change, scripts=False))
    return Statement(changed, stated.equation, stated.conditions, stated.notes, stated.lead, stated.continues)


class _Lettered:
    """The value as a program, with a letter for each size and each index."""

    def __init__(self, value: Value, sizes: Sizes, wrt: Sequence[str], result: str) -> None:
        self.value, self.sizes, self.wrt, self.result = value, sizes, wrt, result
        self.taken = {tensor.name for tensor in value.expression.tensors} | {result}
        self.axes: dict[Axis, Axis] = {}
        self.named: dict[int | str, int | str] = {}

    def size(self, size: int | str) -> int | str:
        root = self.sizes.find(size)
        if isinstance(root, int):
            return root
        if root not in self.named:
            free = (letter for letter in SIZE_LETTERS if letter not in self.taken)
            self.named[root] = next(free, f"size{len(self.named)}")
            self.taken.add(str(self.named[root]))
        return self.named[root]

    def axis(self, axis: Axis) -> Axis:
        if axis not in self.axes:
            size = self.size(axis.size)
            letters = (letter for letter in _INDICES if letter not in self.taken)
            self.axes[axis] = Axis(next(letters, axis.name), size)
            self.taken.add(self.axes[axis].name)
        return self.axes[axis]

    def program(self) -> Program:
        expression = self.value.expression
        for axis in self.value.axes:
            self.size(axis.size)
        for node in walk(expression):
            for tensor in (node.tensor,) if isinstance(node, Element) else ():
                for axis in tensor.axes:
                    self.size(axis.size)
        for axis in (*self.value.axes, *(axis for node in walk(expression) for axis in bound_by(node))):
            self.axis(axis)
        body = self._of(expression)
        indices = tuple(map(self.axis, self.value.axes))
        tensors = tuple(dict.fromkeys(body.tensors))
        result = Tensor(self.result, indices)
        return Program(tensors, (Definition(result, indices, body),), (result,))

    def _tensor(self, tensor: Tensor) -> Tensor:
        """The tensor along letters of the formula; two axes of one size have different ones."""
        axes: list[Axis] = []
        for axis in tensor.axes:
            size = self.size(axis.size)
            axes.append(next(own for own in (*self.axes.values(), Axis(axis.name, size))
                             if own.size == size and own not in axes))  # fmt: skip
        return Tensor(tensor.name, tuple(axes), Role.PARAMETER if tensor.name in self.wrt else Role.INPUT)

    def _of(self, node: Expression) -> Expression:
        match node:
            case Element(tensor=tensor, indices=indices):
                return Element(self._tensor(tensor), tuple(index.renamed(self.axis) for index in indices))
            case SizeOf(size=size):
                known = self.size(size)
                return number(known) if isinstance(known, int) else SizeOf(known)
        return with_axes(node, self._of, self.axis)
