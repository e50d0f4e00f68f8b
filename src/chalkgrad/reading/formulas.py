r"""A formula of vectors and matrices as a program: `x'*A*x` as plain text, `x^\top A x` in LaTeX.

Both become the syntax of documents and get their meaning there; what each name is (a number, a column, a matrix) is
what fits at the lowest price, unless it is declared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from itertools import product

from chalkgrad.calculus.kinds import KIND_ALIASES, with_zeros
from chalkgrad.calculus.kinds import KINDS as MATRIX_KINDS
from chalkgrad.errors import ChalkgradError, ProgramError, ReadingError, UnknownNameError
from chalkgrad.language import Axis, Expression, Program, validate
from chalkgrad.page.documents import Document, WrittenEquation, read_document
from chalkgrad.page.spelling import function_names
from chalkgrad.page.statement import Statement
from chalkgrad.page.statements import statements_in
from chalkgrad.page.syntax import Chain, Group, Name, Product, Scripted, Syntax, Unread, unbraced, walk_syntax
from chalkgrad.reading.factors import ELEMENTWISE
from chalkgrad.reading.facts import Facts
from chalkgrad.reading.formula_programs import Read, at_label, lettered, with_parameters
from chalkgrad.reading.formula_syntax import names_in, with_functions, with_letters_apart
from chalkgrad.reading.layout import MisfitError
from chalkgrad.reading.matrix_text import read_matrix_equation
from chalkgrad.reading.parts import parts_of
from chalkgrad.reading.scripts import base_of, is_transpose
from chalkgrad.reading.sense import Sense, Setting, Sort
from chalkgrad.reading.sizes import Sizes
from chalkgrad.reading.sorts import domain, seen_in, templated_bases
from chalkgrad.reading.vocabulary import WHOLE_FUNCTIONS, Symbol, Use, quantities

KINDS = {"scalar": "S", "vector": "C", "row": "R", "matrix": "M"} | {
    name: "M" for name in (*MATRIX_KINDS, *KIND_ALIASES) if not MATRIX_KINDS[KIND_ALIASES.get(name, name)].of_any_shape
}
_RESULTS = ("L", "f", "J", "Q", "F")
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
    read, sizes = written.fitted({name: KINDS[kind] for name, kind in declared.items()})
    program = lettered(read, sizes, written.result)
    try:
        validate(program)
    except ProgramError as problem:
        raise ReadingError(str(problem), text=text) from None
    declared |= {tensor.name: "labels" for tensor in program.declared if tensor.name not in written.names}
    known = [tensor.name for tensor in program.declared if declared.get(tensor.name) != "labels"]
    chosen = known if wrt is None else [written.own(name) for name in wrt]
    for name in chosen:
        if name not in known:
            raise UnknownNameError("name", name, known)
    return Formula(with_zeros(with_parameters(program, chosen), declared), declared)


@dataclass(frozen=True)
class _Equation:
    """A side, what it defines (the last one is the formula), and where in the text its syntax counts from."""

    use: Use
    side: Syntax
    start: int


@dataclass(frozen=True)
class _Piece:
    """A part of a text between `;` or line ends, and where it begins."""

    text: str
    start: int


_EQUATION = re.compile(r"\s*\\?[^\W\d_]\w*\s*(?:[_^\[][^=;\n]*)?=(?!=)")


_HEAD = re.compile(
    r"\s*(?:\\(?:ln|log)\s*)?(?P<name>\\math\w+\s*\{?\s*[A-Za-z]\s*\}?|\\?[A-Za-z]+)(?:_\{?\w+\}?)?"
    r"\s*(?:\\left|\\!|\\[,;:])*\s*(?P<arguments>\([^=]*?\))?\s*=(?!=)"
)


def is_one_formula(text: str) -> bool:
    r"""Whether a line is LaTeX of a formula, perhaps with a name, `f(x) = x^T A x`, and with equations before it.

    >>> is_one_formula(r"L = x^\top x"), is_one_formula(r"\hat y = \sigma(w^T x)"), is_one_formula("x = 1")
    (True, False, False)
    """
    signs = re.sub(r"_\{[^{}]*\}", "", text).count("=")
    return is_latex(text) and (
        signs == 0 or ";" in text or (signs == 1 and "\\\\" not in text and _HEAD.match(text) is not None)
    )


def _pieces(text: str) -> list[_Piece]:
    """The equations in a text and the formula after them; the whole text where it is one formula."""
    found = [_Piece(part[1], part.start(1)) for part in re.finditer(r"(?:\\\\)*((?:(?!\\\\)[^;\n])+)", text)]
    found = [piece for piece in found if piece.text.strip(" \t\\$")]
    if len(found) < 2 or "\\begin" in text or not all(_EQUATION.match(piece.text) for piece in found[:-1]):
        return [_Piece(text, 0)]
    return found


class _Written:
    """A formula as syntax, in the setting of a document that says nothing else."""

    def __init__(self, text: str, facts: Facts, equations: Sequence[_Equation], result: str) -> None:
        self.text, self.facts, self.equations, self.result = text, facts, equations, result
        named = (facts.use(name).symbol for each in equations for name in names_in(each.side))
        self.defined = [each.use.symbol for each in equations[:-1]]
        self.symbols = [symbol for symbol in dict.fromkeys((*self.defined, *named)) if not self._is_special(symbol)]
        self.names = {str(symbol): symbol for symbol in self.symbols}

    @classmethod
    def of(cls, text: str) -> _Written:
        """The formula, as LaTeX or as plain text of matrices; a name before `=` is that of the result."""
        pieces = _pieces(text)
        head = _HEAD.match(pieces[-1].text)
        if head and (head["arguments"] or head["name"].startswith(r"\math")):  # `f(x) =` only gives it a name
            pieces[-1] = _Piece(pieces[-1].text[head.end() :], pieces[-1].start + head.end())
        return cls._of_latex(text, pieces) if is_latex(text) else cls._of_text(text, pieces)

    @classmethod
    def _of_text(cls, text: str, pieces: Sequence[_Piece]) -> _Written:
        equation = WrittenEquation(text, 1, 1)
        read = [read_matrix_equation(text, piece.start, piece.start + len(piece.text)) for piece in pieces]
        sides = [with_functions(side) for _, side in read]
        used = {base_of(name) for side in sides for name in walk_syntax(side) if isinstance(name, Name)}
        last = read[-1][0]
        result = last.base.lstrip("\\") if last is not None else next(name for name in _RESULTS if name not in used)
        names = [name or Name(result) for name, _ in read]
        stated = [Statement(Chain(("=",), pair), equation) for pair in zip(names, sides, strict=True)]
        return cls._from(text, stated, Document((equation,), ""), [0] * len(stated), result)

    @classmethod
    def _of_latex(cls, text: str, pieces: Sequence[_Piece]) -> _Written:
        given = re.match(r"\s*(\\?[A-Za-z]+)\s*=(?!=)", pieces[-1].text)
        letters = {letter for piece in pieces for letter in re.sub(r"\\[A-Za-z]+", " ", piece.text) if letter.isalpha()}
        result = given[1] if given else next(name for name in _RESULTS if name not in letters)
        prefixes = [*("" for _ in pieces[:-1]), "" if given else f"{result} = "]
        bare = [piece.text.strip().strip("$") for piece in pieces]
        written = "\n\n".join(f"$${prefix}{inner}$$" for prefix, inner in zip(prefixes, bare, strict=True))
        starts = [
            piece.start + piece.text.index(inner) - len(prefix)
            for piece, prefix, inner in zip(pieces, prefixes, bare, strict=True)
        ]
        document = read_document(written, latex=False)
        stated = [with_letters_apart(each) for each in statements_in(document)]
        return cls._from(text, stated, document, starts, result.lstrip("\\"))

    @classmethod
    def _from(
        cls, text: str, stated: Sequence[Statement], document: Document, starts: Sequence[int], result: str
    ) -> _Written:
        for each, start in zip(stated, starts, strict=False):
            for part in walk_syntax(each.body):
                if isinstance(part, Unread):
                    raise _moved(part.error, text, start)
        (facts, *others) = parts_of(stated, document) if stated else ([])
        if others or len(facts.statements) != len(starts):
            raise _no_formula(text)
        equations = []
        for statement, start in zip(facts.statements, starts, strict=True):
            chain = statement.chain
            if len(chain.sides) != 2 or chain.relations != ("=",) or not isinstance(chain.sides[0], Name):
                raise _no_formula(text)
            equations.append(_Equation(facts.use(chain.sides[0]), chain.sides[1], start))
        return cls(text, facts, equations, result)

    def own(self, name: str) -> str:
        """The name under which the formula has what the reader names."""
        bare = name.strip().lstrip("\\").replace("{", "").replace("}", "")
        return bare if bare in self.names else name

    def _is_special(self, symbol: Symbol) -> bool:
        vocabulary = self.facts.vocabulary
        constant = symbol.base in ("1", "I", "pi", "mathbb1", "0", "e") and not symbol.labels
        counts = str(symbol) in vocabulary.sizes and symbol not in self.defined
        return constant or counts or vocabulary.is_row(symbol.base) or symbol.base in vocabulary.bound

    def fitted(self, declared: Mapping[str, str]) -> tuple[list[Read], Sizes]:
        """What is read under the cheapest choice of kinds under which all parts fit, and which sizes agree."""
        tables = [self._options(symbol, declared) for symbol in self.symbols]
        ways = ((sum(cost for _, cost in chosen), tuple(kind for kind, _ in chosen)) for chosen in product(*tables))
        best: tuple[float, list[Read], Sizes] | None = None
        first: ChalkgradError | None = None
        for price, kinds in nsmallest(_MOST_TRIED, ways, key=lambda way: way[0]):
            if best is not None and price >= best[0]:
                break
            sorts = dict(zip(self.symbols, kinds, strict=True))
            setting = Setting(self.facts.vocabulary, sorts, self.facts.heads)
            sizes, read, cost = Sizes(), [], price
            try:
                for each in self.equations:
                    read.append(self._read(each, setting, sizes))
                    cost += read[-1].cost
            except ChalkgradError as problem:
                first = first or problem
                continue
            if best is None or cost < best[0]:
                best = cost, read, sizes
        if best is not None:
            return best[1], best[2]
        raise first or ReadingError("nothing in it can be read", text=self.text)

    def _read(self, equation: _Equation, setting: Setting, sizes: Sizes) -> Read:
        """One equation under a choice of kinds. Raises an error with its place in the text where parts do not fit."""
        sense = Sense(setting, "f", self.text, frozenset({"star product", "trace of a matrix", "any class"}))
        try:
            value = sense.value(equation.side)
            if setting.unknown:
                name = next(iter(setting.unknown))
                raise UnknownNameError(
                    "function", name, sorted(function_names()), text=self.text, at=max(self.text.find(name), 0)
                )
            fixed: tuple[Axis, ...] = ()
            tensor = None
            if equation is not self.equations[-1]:
                symbol, sort = equation.use.symbol, setting.sorts[equation.use.symbol]
                given = (*equation.use.samples, *equation.use.indices)
                if any(item.kind != "letter" or item.offset for item in given):
                    raise MisfitError(f"the left side '{symbol}' has an index that is no letter", equation.side.span)
                tensor, fixed = setting.tensor(symbol, sort), tuple(sense.letter(item.text) for item in given)
                left = sort.rank - len(fixed)
                wanted = {0: (False, False), 1: (sort.kind != "R", sort.kind == "R"), 2: (True, True)}.get(left)
                if wanted != (value.row is not None, value.column is not None):
                    raise MisfitError(
                        f"'{symbol}' is another kind of thing than what it is said to be", equation.side.span
                    )
                for own, axis in zip((*fixed, *value.axes), tensor.axes, strict=True):
                    sense.facts.same(own, axis, equation.side.span)
            misfit = sizes.join_all(sense.facts.pairs)
            if misfit is not None:
                raise MisfitError("sizes that differ stand where they must be the same", misfit)
            expression = self._at_labels(value.expression, {*value.axes, *fixed})
        except (MisfitError, ReadingError) as problem:
            raise _moved(problem, self.text, equation.start) from None
        cost = sense.cost + (_NOT_A_NUMBER.get(value.kind, 3.0) if tensor is None else 0.0)
        return Read(tensor, (*fixed, *value.axes), expression, cost)

    def _at_labels(self, expression: Expression, known: set[Axis]) -> Expression:
        """What is left of an expression whose letters of classes, the y of `z_y`, are labels, which are inputs."""
        for axis in sorted(expression.free - known, key=lambda axis: axis.name):
            if axis.name not in self.facts.vocabulary.class_letters or axis.name in self.names:
                raise ReadingError(f"the index {axis.name} is neither summed nor fixed", text=self.text)
            expression = at_label(expression, axis)
        return expression

    def _uses(self, symbol: Symbol) -> Iterator[Name]:
        return (
            name for each in self.equations for name in names_in(each.side) if self.facts.use(name).symbol == symbol
        )

    def _options(self, symbol: Symbol, declared: Mapping[str, str]) -> list[tuple[Sort, float]]:
        """The sorts that a name may have, with what each costs: a letter's case is evidence, how it is used more.

        One with an index below is an entry of something, or one of several vectors: `x_i`.
        """
        kind = declared.get(str(symbol))
        if kind is None and any(self.facts.use(name).indices for name in self._uses(symbol)):
            return [(sort, self._price(symbol, sort, cost)) for sort, cost in self._families(symbol)]
        return [(Sort(0, kind), cost) for kind, cost in ([(kind, 0.0)] if kind else self._kinds(symbol))]

    def _families(self, symbol: Symbol) -> list[tuple[Sort, float]]:
        return domain(seen_in(self.facts, templated_bases(self.facts))[symbol])

    def _price(self, symbol: Symbol, sort: Sort, cost: float) -> float:
        """What a sort costs of a name with an index: in a norm, or after a matrix, `x_t` is a vector."""
        if sort.rank > 2 or sort.kind == "M" or not any(symbol in self._vectors(each.side) for each in self.equations):
            return cost
        return 0.2 if sort == Sort(1, "C") else cost + 0.4

    def _vectors(self, side: Syntax) -> set[Symbol]:
        """The names with one index in norms, beside ⊙, and after a capital letter."""
        found: set[Symbol] = set()
        for part in walk_syntax(side):
            norm = isinstance(part, Group) and part.bracket == r"\|"
            norm = norm or (isinstance(part, Scripted) and any(map(is_transpose, part.superscripts)))
            if norm or (isinstance(part, Product) and ELEMENTWISE & set(part.operators)):
                found |= {use.symbol for name in quantities(part) if len((use := self.facts.use(name)).indices) == 1}
            elif isinstance(part, Product):
                for name, follows in zip(map(unbraced, part.factors), map(unbraced, part.factors[1:]), strict=False):
                    if isinstance(name, Name) and isinstance(follows, Name) and base_of(name)[:1].isupper():
                        use = self.facts.use(follows)
                        if not self.facts.use(name).indices and len(use.indices) == 1:
                            found.add(use.symbol)
        return found

    def _kinds(self, symbol: Symbol) -> list[tuple[str, float]]:
        uses = list(self._uses(symbol))
        turned = any(is_transpose(part) for name in uses for part in name.superscripts)
        whole = (name for each in self.equations for name in _of_whole_functions(each.side))
        inside = any(symbol == self.facts.use(name).symbol for name in whole)
        bold = any(name.style in ("mathbf", "bm", "boldsymbol") for name in uses)
        if symbol.base[:1].isupper():
            return [("M", 0.0), ("S", 0.9), ("C", 1.0)]
        vector = 0.0 if bold else 0.1
        return [("C", vector), ("S", 1.5 if turned else 0.5 if inside or bold else 0.0), ("M", 1.2)]


def _no_formula(text: str) -> ReadingError:
    return ReadingError("this is no formula", text=text, expected="one expression, such as x'*A*x")


def _moved(problem: MisfitError | ReadingError, text: str, start: int) -> ReadingError:
    """The problem with its place in the whole text, in which its own text begins at a place."""
    if isinstance(problem, MisfitError):
        sentence, expected, place = str(problem), "", problem.span[0]
    else:
        sentence, expected, place = problem.problem, problem.expected, problem.column - 1
        if problem.line > 1:
            return problem
    place = min(max(place + start, 0), len(text))
    before = text[:place]
    line, column = before.count("\n") + 1, place - before.rfind("\n")
    return ReadingError(sentence, line=line, column=column, text=text, expected=expected)


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
