"""LaTeX to a tree, by recursive descent: just the LaTeX that the documents of this folder and their mutants use."""

from __future__ import annotations

from collections.abc import Sequence

from soundness.cursor import Cursor
from soundness.declared import Item, Written, closing, items_of
from soundness.derivatives import ACCENTS, nabla, quotient
from soundness.problems import MisfitError, UnreadError
from soundness.resolving import index_of, resolved
from soundness.trees import (
    Addition,
    Bracket,
    Call,
    Cases,
    Entry,
    Fraction,
    Indicator,
    Inner,
    Kronecker,
    Letter,
    Node,
    Norm,
    Number,
    Power,
    Product,
    Reference,
    Relation,
    Sum,
    Transposed,
)

RELATIONS = {"=", r"\neq", "<", ">", r"\le", r"\ge", r"\coloneqq"}
TIMES = {r"\cdot", r"\times", "*", r"\odot", r"\circ", ":", r"\otimes", "/"}
FUNCTIONS = {
    *(r"\log", r"\exp", r"\tanh", r"\sin", r"\cos", r"\sinh", r"\cosh", r"\arctan", r"\softmax", r"\sigmoid"),
    *(r"\tr", r"\diag", r"\ReLU", r"\erf", r"\sign", r"\max", r"\min", r"\softplus", r"\sech", "np.sum", r"\sum_rows"),
}
ONES = {(r"\mathbf", "1"), (r"\mathbb", "1"), (r"\mathbb", "I"), ("1",)}


class Parser(Cursor):
    """Reads one equation."""

    def grouped(self) -> Node:
        """The expression in a TeX argument."""
        if self.key == "{":
            return self.bracketed("{", "}").inner  # type: ignore[attr-defined]
        begin = self.at
        return Number(self.span(begin), self.take()) if self.key.isdigit() else self.atom()

    # The grammar, from the outside in.

    def equation(self) -> Relation:
        relation = self.relation()
        if self.at < len(self.keys) and self.keys[self.at :] not in ([","], ["."], [";"]):
            raise UnreadError(f"{self.key} is left over")
        return relation

    def relation(self) -> Relation:
        begin, sides, operators = self.at, [self.sum()], []
        while self.key in RELATIONS:
            operators.append(self.take())
            sides.append(self.sum())
        return Relation(self.span(begin), tuple(sides), tuple(operators))

    def sum(self) -> Node:
        begin, signs, terms, marks = self.at, [], [], []
        while not terms or self.key in ("+", "-"):
            marks.append(self.places[self.at] if self.key in ("+", "-") else None)
            signs.append(-1 if self.key == "-" else 1)
            if marks[-1] is not None:
                self.take()
            terms.append(self.term())
        if signs == [1] and marks == [None]:
            return terms[0]
        return Addition(self.span(begin), tuple(signs), tuple(terms), tuple(marks))

    def starts(self) -> bool:
        """Whether a factor begins here."""
        key = self.key
        if not key or key in RELATIONS | TIMES or key in ("+", "-", ",", ".", ";", "&", r"\\", "^", "_", "'"):
            return False
        if key in (")", "]", "}", r"\}", r"\rangle", r"\end{cases}", r"\mid") or (self.ends and key == self.ends[-1]):
            return False
        return not (key.startswith(r"\if") or key in (r"\otherwise",))

    def term(self) -> Node:
        begin, factors, operators = self.at, [self.factor()], []
        while self.starts() or self.key in TIMES:
            operator = self.take() if self.key in TIMES else ""
            factor = self.factor()
            if operator == "/":
                above = self._product(begin, factors, operators)
                factors, operators = [Fraction(self.span(begin), above, factor)], []
            else:
                factors.append(factor)
                operators.append(operator)
        return self._product(begin, factors, operators)

    def _product(self, begin: int, factors: list[Node], operators: list[str]) -> Node:
        if len(factors) == 1:
            return factors[0]
        return Product(self.span(begin), tuple(factors), tuple(operators))

    def factor(self) -> Node:
        return self.summation() if self.key == r"\sum" else self.atom()

    def summation(self) -> Node:
        begin = self.at
        self.take(r"\sum")
        letters: list[str] = []
        low = high = condition = None
        while self.key in ("_", "^"):
            if self.take() == "^":
                high = self.grouped()
                continue
            keys = self.argument()
            if "=" in keys or r"\neq" in keys:
                relation = next(i for i, key in enumerate(keys) if key in ("=", r"\neq"))
                letters = ["".join(keys[:relation])]
                inner = self.inside(keys)
                low, condition = (inner.sides[1], condition) if keys[relation] == "=" else (low, inner)
            else:
                letters = ["".join(item) for item in items_of(keys)]
        if not letters or not all(letter.rstrip("'").isalpha() for letter in letters):
            raise UnreadError("a sum without its letter")
        body = self.term()
        return Sum(self.span(begin), tuple(letters), low, high, condition, body)

    def inside(self, keys: Sequence[str]) -> Relation:
        inner = Parser([], self.names)
        inner.keys, inner.places = list(keys), [self.places[self.at - 1]] * len(keys)
        return inner.equation()

    def bracketed(self, opening: str, end: str) -> Node:
        begin = self.at
        self.take(opening)
        self.ends.append(end)
        inner = self.sum()
        self.take(end)
        self.ends.pop()
        return Bracket(self.span(begin), inner)

    def atom(self) -> Node:
        begin, key = self.at, self.key
        if key.isdigit():
            while self.key.isdigit() or (self.key == "." and self.keys[self.at + 1 : self.at + 2][0:1] != []):
                if self.key == "." and not self.keys[self.at + 1].isdigit():
                    break
                self.take()
            text = "".join(self.keys[begin : self.at])
            if text == "1" and self.key == "[":
                return self.indicator(begin)
            return self.scripted(begin, Number(self.span(begin), text))
        if key in ("(", "[", r"\{", "{"):
            bracket = self.bracketed(key, {"(": ")", "[": "]", r"\{": r"\}", "{": "}"}[key])
            return self.scripted(begin, bracket)
        if key in ("|", r"\|"):
            return self.norm()
        if key == r"\langle":
            self.take()
            one = self.sum()
            self.take(",")
            other = self.sum()
            self.take(r"\rangle")
            return Inner(self.span(begin), one, other)
        if key == r"\frac":
            return self.fraction()
        if key == r"\sqrt":
            self.take()
            if self.key == "[":
                raise UnreadError("a root of another order")
            inner = self.grouped()
            return self.scripted(begin, Call(self.span(begin), r"\sqrt", (inner,)))
        if key == r"\nabla":
            return self.scripted(begin, nabla(self))
        if key == r"\begin{cases}":
            return self.cases()
        if not self.starts():
            raise UnreadError(f"{key or 'the end'} where a factor should stand")
        return self.named()

    def norm(self) -> Node:
        begin, mark = self.at, self.take()
        self.ends.append(mark)
        inner = self.sum()
        self.take(mark)
        self.ends.pop()
        kind = "abs" if mark == "|" else "2"
        if mark == r"\|" and self.key == "_":
            self.take()
            kind = self.argument()[0]
            if kind not in ("1", "2", "F"):
                raise UnreadError(f"the norm {kind}")
        node: Node = Norm(self.span(begin), inner, kind)
        if self.key == "^":
            self.take()
            exponent = self.grouped()
            node = Power(self.span(begin), node, exponent)
        return node

    def fraction(self) -> Node:
        begin = self.at
        self.take(r"\frac")
        derivative = quotient(self, begin)
        if derivative is not None:
            return self.scripted(begin, derivative)
        above, below = self.grouped(), self.grouped()
        return self.scripted(begin, Fraction(self.span(begin), above, below))

    def cases(self) -> Node:
        begin, values, conditions = self.at, [], []
        self.take(r"\begin{cases}")
        while self.key != r"\end{cases}":
            values.append(self.sum())
            while self.key in (",", "&"):
                self.take()
            if self.key.startswith((r"\otherwise", r"\else")):
                self.take()
                conditions.append(None)
            else:
                if self.key.startswith(r"\if") or self.key == r"\for":
                    self.take()
                conditions.append(self.relation())
            while self.key in (",", ".", r"\\"):
                self.take()
        self.take(r"\end{cases}")
        return Cases(self.span(begin), tuple(values), tuple(conditions))

    def indicator(self, begin: int) -> Node:
        if self.key == "_":
            self.take()
            condition = self.inside(self.argument())
        else:
            end = {"[": "]", "(": ")", r"\{": r"\}"}[self.take()]
            self.ends.append(end)
            condition = self.relation()
            self.take(end)
            self.ends.pop()
        return Indicator(self.span(begin), condition)

    # Names, with what stands around them.

    def named(self) -> Node:
        begin = self.at
        base: Item = (self.take(),)
        while base[-1] in ACCENTS:
            base = (*base, *self.argument())
        if base in ONES and self.condition_follows():
            return self.indicator(begin)
        primes = self.primes()
        below, above = self.scripts()
        while above and above[0] == ("'",):
            above, primes = above[1:], primes + 1
        if base == ("e",) and above and not below and all(name.below for name in self.names.with_base(base)):
            return Call(self.span(begin), r"\exp", (self.reparsed(above),))
        if not self.names.with_base(base) and base == (r"\delta",) and len(below) == 2 and not above:
            return Kronecker(self.span(begin), index_of(below[0], self.names), index_of(below[1], self.names))
        if self.names.is_function(base) and (name := self.called(base, below, above)):
            node, primes_above = name
            return self.call(begin, node, primes + primes_above, None)
        if base[0] in FUNCTIONS and not self.names.with_base(base):
            return self.known(begin, base[0], primes, below, above)
        if base == (r"\pi",) and not self.names.with_base(base):
            return self.scripted(begin, Number(self.span(begin), "3.141592653589793"))
        if primes and len(base) == 1:  # a prime may also belong to an index letter
            base = (base[0] + "'" * primes,) if not below and not above else base
        if not self.names.with_base(base):
            return self.letter(begin, base, below, above)
        if primes and not base[0].endswith("'"):
            raise MisfitError(f"{base[0]}' is no function")
        return self.reference(begin, base, below, above)

    def letter(self, begin: int, base: Item, below: tuple[Item, ...], above: tuple[Item, ...]) -> Node:
        if len(base) > 1 or below or above or not base[0].rstrip("'").isalpha():
            raise MisfitError(f"there is no name {' '.join(base)}")
        return Letter(self.span(begin), index_of(base, self.names))

    def reference(self, begin: int, base: Item, below: tuple[Item, ...], above: tuple[Item, ...]) -> Node:
        name, slots, entry, rest = resolved(self.names, base, below, above)
        if name.argument and tuple(self.keys[self.at : self.at + len(name.argument)]) == name.argument:
            self.at += len(name.argument)
        node: Node = Reference(self.span(begin), name, slots, entry)
        return self.raised(begin, node, rest)

    def condition_follows(self) -> bool:
        if self.key not in ("[", "(", r"\{", "_"):
            return False
        keys = self.keys[self.at + (self.key == "_") : closing(self.keys, self.at + (self.key == "_"))]
        return any(key in RELATIONS for key in keys)

    def reparsed(self, items: Sequence[Item]) -> Node:
        """A superscript, or what is left of it, as an expression."""
        keys = [key for item in items for key in item]
        inner = Parser([], self.names)
        start, end = self.raising
        if [key for key in self.keys[start:end] if key not in ("{", "}", ",")] == [k for k in keys if k != ","]:
            inner.keys, inner.places = self.keys[start:end], self.places[start:end]
        else:
            inner.keys, inner.places = keys, [self.places[end - 1]] * len(keys)
        node = inner.sum()
        if inner.at < len(inner.keys):
            raise UnreadError(f"{inner.key} is left over")
        return node

    def called(self, base: Item, below: tuple[Item, ...], above: tuple[Item, ...]) -> tuple[Written, int] | None:
        """The declared function of that name, if it is called here, and the primes among its superscripts."""
        primes = sum(item == ("'",) for item in above)
        above = tuple(item for item in above if item != ("'",))
        for name in self.names.with_base(base):
            if name.kind == "function" and (name.below, name.above) == (below, above):
                followed = self.key in ("(", "[") or len(self.names.with_base(base)) == 1
                return (name, primes) if followed else None
        return None

    def call(self, begin: int, name: Written, primes: int, power: Node | None) -> Node:
        arguments = self.called_with()
        return self.scripted(begin, Call(self.span(begin), name.quantity, arguments, primes, power))

    def called_with(self) -> tuple[Node, ...]:
        if self.key not in ("(", "[", r"\{"):
            return (self.atom(),)
        opening = self.take()
        end = {"(": ")", "[": "]", r"\{": r"\}"}[opening]
        self.ends.append(end)
        arguments = [self.sum()]
        while self.key == ",":
            self.take()
            arguments.append(self.sum())
        self.take(end)
        self.ends.pop()
        return tuple(arguments)

    def known(self, begin: int, function: str, primes: int, below: tuple[Item, ...], above: tuple[Item, ...]) -> Node:
        if below:
            raise UnreadError(f"{function} with a subscript")
        if function == "np.sum":
            return self.summed(begin)
        power = None
        if above:
            if above in ((("-", "1"),), (("T",),), ((r"\T",),)):
                raise UnreadError(f"a power of {function} that is none")
            power = self.reparsed(above)
        arguments = self.called_with()
        return self.scripted(begin, Call(self.span(begin), function, arguments, primes, power))

    def summed(self, begin: int) -> Node:
        """`np.sum(A, axis=1, keepdims=True)`."""
        keys = self.argument()
        marks = "".join(keys)
        along = next((axis for axis in "01" if f"axis={axis}" in marks), None)
        if along is None or "," not in keys:
            raise UnreadError("a sum along no axis")
        inner = Parser([], self.names)
        inner.keys = keys[1 : keys.index(",")]
        start = self.at - len(keys) + 1
        inner.places = self.places[start : start + len(inner.keys)]
        return Call(self.span(begin), f"np.sum{along}", (inner.equation().sides[0],))

    def scripted(self, begin: int, node: Node) -> Node:
        if self.key not in ("^", "_"):
            return node
        below, above = self.scripts()
        if below:
            node = Entry(self.span(begin), node, tuple(index_of(item, self.names) for item in below))
        return self.raised(begin, node, above)

    def raised(self, begin: int, node: Node, above: Sequence[Item]) -> Node:
        if not above:
            return node
        if above[-1] in (("T",), (r"\T",)):
            return Transposed(self.span(begin), self.raised(begin, node, above[:-1]))
        return Power(self.span(begin), node, self.reparsed(above))
