"""What the names and indices of one piece of plain text stand for, and where in it an error lies."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from lark import Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from chalkgrad.errors import ReadingError, UnknownNameError
from chalkgrad.language import FUNCTIONS, PI, SIZE_LETTERS, Axis, Expression, Index, Role, Tensor
from chalkgrad.language.sizes import Size, add_sizes
from chalkgrad.page.limits import LONGEST_EXPRESSION, check_length, check_nesting
from chalkgrad.page.spelling import plain_name

Branch: TypeAlias = Any  # a lark Tree or Token, whose children lark leaves untyped
Value: TypeAlias = "Expression | Index | Token"

_EXPECTED = {
    "NUMBER": "a number",
    "NAME": "a name",
    "ADDED": "+ or -",
    "MULTIPLIED": "* or /",
    "COMPARISON": "a comparison",
    "SUPERSCRIPT": "a power",
    "CIRCUMFLEX": "^",
    "LPAR": "(",
    "RPAR": ")",
    "LSQB": "[",
    "RSQB": "]",
    "COMMA": "a comma",
    "BAR_CLOSE": "|",
    "$END": "the end",
}


class PlainNames:
    """The tensors known so far and the axes that indices stand for, in one piece of plain text."""

    def __init__(
        self,
        text: str,
        tensors: Mapping[str, Tensor] | None = None,
        axes: Mapping[str, Axis] | None = None,
        line: int = 1,
        whole: str | None = None,
        role: Role = Role.VALUE,
    ) -> None:
        """`axes` are known; `line` and `whole` place the text in a larger one; free names get the `role`."""
        self.role = role
        self.text, self.line, self.whole = text, line, text if whole is None else whole
        check_length(text, LONGEST_EXPRESSION)
        check_nesting(text)
        self.closed = tensors is not None
        self.tensors: dict[str, Tensor] = dict(tensors or {})
        self.axes: dict[str, Axis] = dict(axes or {})
        self.product_names: set[str] = set()
        self.indexed: set[str] = set()

    def axis(self, name: str) -> Axis:
        """The axis that an index name stands for in this text."""
        known = self.axes.get(name)
        if known is None:
            plain = self.axes.get(name.rstrip("'"))
            known = self.axes[name] = Axis(name, plain.size if plain else name)
        return known

    def unexpected(self, problem: UnexpectedInput) -> ReadingError:
        accepted: set[str] = set()
        found = "the text ends too early"
        line, column = problem.line, problem.column
        if isinstance(problem, UnexpectedToken):
            accepted = set(problem.accepts or problem.expected)
            if problem.token.type != "$END":
                found = f"unexpected '{'|' if problem.token in ('⟪', '⟫') else problem.token}'"
            else:
                lines = self.text.splitlines() or [""]
                line, column = len(lines), len(lines[-1]) + 1
        elif isinstance(problem, UnexpectedCharacters):
            accepted = set(problem.allowed or ())
            found = f"unexpected '{problem.char}'"
        called = self._function_around(line, column) if found == "unexpected ','" else None
        if called:
            expected = f"one argument: '{called}' is a function of one number"
        elif {"NUMBER", "NAME"} <= accepted:
            expected = "a number, a name or a bracket"
        else:
            expected = " or ".join(sorted({_EXPECTED[name] for name in accepted if name in _EXPECTED}))
        return ReadingError(found, line=self.line + line - 1, column=column, text=self.whole, expected=expected)

    def _function_around(self, line: int, column: int) -> str | None:
        """The function of the table in whose innermost brackets a place is."""
        before = self.text.splitlines()[line - 1][: column - 1] if self.text else ""
        depth = 0
        for place in range(len(before) - 1, -1, -1):
            depth += (before[place] in ")]") - (before[place] in "([")
            if depth < 0:
                name = re.search(r"\w+\Z", before[:place])
                return name.group() if name and before[place] == "(" and name.group() in FUNCTIONS else None
        return None

    def error(self, place: Branch, problem: str, expected: str = "") -> ReadingError:
        meta = place.meta if isinstance(place, Tree) else place
        line, column = getattr(meta, "line", 1) or 1, getattr(meta, "column", 1) or 1
        return ReadingError(problem, line=self.line + line - 1, column=column, text=self.whole, expected=expected)

    def infer(self, tree: Branch) -> None:
        """Finds the axes that the indices stand for, and with free names the axes of the tensors."""
        for tensor in self.tensors.values():
            for axis in tensor.axes:
                self.axes.setdefault(axis.name, axis)
        elements = [part for part in tree.iter_subtrees_topdown() if part.data in ("element", "label")]
        self.indexed = {plain_name(str(element.children[0])) for element in elements}
        for element in elements:
            known = self.tensors.get(plain_name(str(element.children[0])))
            for index, axis in zip(element.children[1:], known.axes if known else (), strict=False):
                names = [str(part) for part in index.scan_values(lambda part: True)]
                if len(names) == 1 and names[0] not in self.axes and not names[0].isdigit():
                    self.axes[names[0]] = Axis(names[0], axis.size)
        if not self.closed:
            self._sizes_by_use(elements, [whole.children[1:3] for whole in tree.find_data("of_matrix")])
            for element in elements:
                name = plain_name(str(element.children[0]))
                if name not in self.tensors:
                    uses = [other for other in elements if plain_name(str(other.children[0])) == name]
                    self.tensors[name] = Tensor(name, self._inferred_axes(element, uses), self.role)
        for binder in ("summation", "along"):
            for found in tree.find_data(binder):
                for index in found.children[1:-1]:
                    self.axis(str(index))
        for whole in tree.find_data("of_matrix"):
            for index in whole.children[1:3]:
                self.axis(str(index))
        bare: list[Branch] = [part for part in tree.iter_subtrees() if part.data == "name"]
        self.product_names = {str(name.children[0]) for name in bare if not self._before_group(name)}

    def _sizes_by_use(self, elements: Sequence[Branch], square: Sequence[Sequence[Token]]) -> None:
        """Makes indices that stand at one place of a name range over one size: `x[i]*A[i,j]*x[j]`.

        So do the letters for the rows and the columns of a matrix that has to be `square`.

        A size of several indices gets a letter of its own; that of one goes by the index.
        """
        parent: dict[str, str] = {}
        first: dict[tuple[str, int], str] = {}

        def root(letter: str) -> str:
            while parent.setdefault(letter, letter) != letter:
                letter = parent[letter]
            return letter

        for element in elements:
            name = plain_name(str(element.children[0]))
            for place, index in enumerate(element.children[1:]):
                parts = [str(part) for part in index.scan_values(lambda part: True)]
                if len(parts) == 1 and not parts[0].isdigit():
                    parent[root(parts[0])] = root(first.setdefault((name, place), parts[0]))
        for rows, columns in square:
            parent[root(str(rows))] = root(str(columns))
        members: dict[str, list[str]] = {}
        for letter in parent:
            members.setdefault(root(letter), []).append(letter)
        taken = {plain_name(str(element.children[0])) for element in elements} | set(parent)
        free = (letter for letter in SIZE_LETTERS if letter not in taken)
        for letters in members.values():
            if len(letters) > 1 and not any(letter in self.axes for letter in letters):
                size = "n" if "n" in letters else next(free, letters[0])
                self.axes.update({letter: Axis(letter, size) for letter in letters})

    def _before_group(self, name: Branch) -> bool:
        return self.text[name.meta.end_pos :].lstrip().startswith("(")

    def _inferred_axes(self, element: Branch, uses: Sequence[Branch]) -> tuple[Axis, ...]:
        """The axes of a tensor whose elements are used in these places, the first of them at hand."""
        axes: list[Axis] = []
        for place in range(len(element.children) - 1):
            written = [use.children[place + 1] for use in uses if len(use.children) > place + 1]
            axis = self._inferred_axis(written) or Axis(f"{element.children[0]}{place}", f"size{place}")
            axes.append(Axis(axis.name + "'" * axes.count(axis), axis.size))
        return tuple(axes)

    def _inferred_axis(self, written: Sequence[Branch]) -> Axis | None:
        """The axis that indices at one place of a name go along: long enough for `i + 1`, or for `a + p`.

        Where a letter stands there alone, the axis is its own, but for what lies beyond its end by a known number.
        """
        alone: Axis | None = None
        reached: list[tuple[Size, str]] = []
        for index in written:
            terms, offset = index_terms(index)
            if not terms:
                continue
            if len(terms) == 1 and not offset and next(iter(terms.values())) == 1:
                alone = alone or self.axis(next(iter(terms)))
                continue
            size: Size = offset + 1
            for letter, factor in terms.items():
                if factor > 0:
                    size = add_sizes(add_sizes(size, self.axis(letter).size, factor), -factor)
            reached.append((size, next(iter(terms))))
        if alone is not None:
            beyond = [add_sizes(size, alone.size, -1) for size, _ in reached]
            most = max((each for each in beyond if isinstance(each, int)), default=0)
            return alone if most <= 0 else Axis(self._free_letter(alone.name), add_sizes(alone.size, most))
        if not reached:
            labelled = any(index.data == "label" for index in written)
            return Axis(letter := self._free_letter("i"), letter) if labelled else None
        size, letter = reached[0]
        for other, _ in reached[1:]:
            more = add_sizes(other, size, -1)
            size = other if isinstance(more, int) and more > 0 else size
        return Axis(self._free_letter(letter), size)

    def _free_letter(self, like: str) -> str:
        """A letter for an index that nothing has."""
        taken = set(self.axes) | set(self.tensors) | self.indexed
        letter = next((letter for letter in "ijklmnrstuvwxyz" if letter not in taken), f"{like}'")
        self.indexed.add(letter)
        return letter

    def resolved(self, value: Value, place: Branch) -> Expression:
        """The value as an expression: a bare name becomes a scalar here, and not where it names an index."""
        if isinstance(value, Expression):
            return value
        if isinstance(value, Index):
            raise self.error(place, "an index stands where a number should")
        name = plain_name(str(value))
        if name in self.tensors:
            tensor = self.tensors[name]
            if tensor.axes:
                example = f"{name}[{','.join(axis.name for axis in tensor.axes)}]"
                raise self.error(value, f"'{name}' has {len(tensor.axes)} axes and stands without indices", example)
            return tensor[()]
        if name in ("pi", "π"):
            return PI
        if name in self.axes:
            expected = f"index({name}), which counts from 0, for the position as a number"
            raise self.error(value, f"the index '{name}' stands where a number should", expected)
        if self.closed:
            raise UnknownNameError("name", name, self.tensors)
        self.tensors[name] = Tensor(name, (), self.role)
        return self.tensors[name][()]


def index_terms(index: Branch) -> tuple[dict[str, int], int]:
    """The letters in the tree of an index with their factors, and the number beside them; none of a label's."""
    if index.data == "label":
        return {}, 0
    terms: dict[str, int] = {}
    offset, sign = 0, 1
    for child in index.children:
        if isinstance(child, Token):
            sign = -1 if child == "-" else 1
            continue
        factor, name = 1, None
        for part in child.children:
            if part.type == "NUMBER":
                factor = int(part) if part.isdigit() else 1
            elif part.type == "NAME":
                name = str(part)
        if name is None:
            offset += sign * factor
        else:
            terms[name] = terms.get(name, 0) + sign * factor
        sign = 1
    return terms, offset
