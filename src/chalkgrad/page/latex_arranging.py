r"""Tokens as the grammar takes them: environments as lists and cases, brackets in pairs, `\over` as a fraction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from lark import Token

from chalkgrad.page.latex_brackets import paired
from chalkgrad.page.latex_environments import bars_of, table_kind
from chalkgrad.page.latex_items import Item, Nest, begin_of, braced, end_of, flattened, kind_of, like, made
from chalkgrad.page.latex_loose import tidied
from chalkgrad.page.latex_scanner import DEEPEST_LATEX, Remark
from chalkgrad.page.latex_tables import case_rows, cells, in_one_line, joined_cells, list_of_rows

_ARGUMENTS = {"ABOVE": 1, "BELOW": 1, "ACCENT": 1, "ROOT": 1, "ROOT_OF": 2, "FRACTION": 2}
_TO_UNWRAP = frozenset({"RELATION", "NEXT_ROW", "ALIGN"})
_LONE = frozenset({"RELATION", "OPERATOR", "SIGN", "COMMA", "BREAK", "TEXT", "DOTS"})
_BOUNDARIES = frozenset({"RELATION", "NEXT_ROW", "ALIGN", "COMMA", "BREAK", "TEXT"})
_ENDS_ROW = frozenset({"NEXT_ROW", "BREAK", "TEXT", "NOTE", "GUESS"})
_OPENING = frozenset({"OPEN", "LEFT"})
_OPENS = frozenset({"OPEN", "BEGIN", "CASES"})
_CLOSES = frozenset({"CLOSE", "END", "END_CASES"})
_DEEPEST = 2 * DEEPEST_LATEX  # brackets and braces together


@dataclass
class _Context:
    """What stands in braces or in an environment that is not ended yet."""

    token: Token | None
    name: str = ""
    argument: bool = False
    script: bool = False
    items: list[Item] = field(default_factory=list)
    arguments: int = 0
    scripts: bool = False
    brackets: int = 0


def arranged(tokens: Sequence[Token], remarks: list[Remark]) -> list[Token]:
    """The tokens in the order and the kinds that `latex.lark` takes, and those that statements are parted at."""
    return _Arranging(tokens, remarks).result()


class _Arranging:
    def __init__(self, tokens: Sequence[Token], remarks: list[Remark]) -> None:
        self.tokens, self.remarks = tokens, remarks
        self.contexts = [_Context(None)]
        self.skip_right = -1
        self.too_deep = 0

    def result(self) -> list[Token]:
        for place, token in enumerate(self.tokens):
            kind = token.type
            if kind == "BEGIN":
                self._begin(token)
            elif kind == "END":
                self._end(token)
            elif kind == "BEGIN_ENVIRONMENT":
                self._begin_environment(token)
            elif kind == "END_ENVIRONMENT":
                self._end_environment(token, place)
            elif place != self.skip_right:
                self._add(token)
        while len(self.contexts) > 1:
            self._never_ended()
        top = self.contexts[0].items
        return self._shallow(flattened(tidied(self._fractions(paired(top, self.remarks)))))

    def _shallow(self, tokens: Iterable[Token]) -> list[Token]:
        """The tokens with a PROBLEM for what stands too deep in brackets and braces."""
        found: list[Token] = []
        depth = 0
        for token in tokens:
            depth += token.type in _OPENS
            if depth <= _DEEPEST:
                found.append(token)
            elif depth == _DEEPEST + 1 and token.type in _OPENS:
                found.append(like(token, "PROBLEM", str(len(self.remarks))))
                problem = f"brackets are nested deeper than {DEEPEST_LATEX}"
                self.remarks.append(Remark("problem", problem, token.start_pos or 0))
            depth -= token.type in _CLOSES
        return found

    def _add(self, token: Token) -> None:
        context = self.contexts[-1]
        context.arguments = _ARGUMENTS.get(token.type, 0)
        context.scripts = token.type in ("ABOVE", "BELOW")
        if token.type in _OPENING:
            context.brackets += 1
            if len(self.contexts) + sum(each.brackets for each in self.contexts[-3:]) > DEEPEST_LATEX + 1:
                if not self.too_deep:
                    self._problem(token, f"brackets are nested deeper than {DEEPEST_LATEX}")
                self.too_deep += 1
                context.brackets -= 1
                return
        elif token.type in ("CLOSE", "RIGHT"):
            if self.too_deep:
                self.too_deep -= 1
                return
            context.brackets = max(context.brackets - 1, 0)
        context.items.append(token)

    def _problem(self, token: Token, problem: str, expected: str = "") -> None:
        self.contexts[-1].items.append(like(token, "PROBLEM", str(len(self.remarks))))
        self.remarks.append(Remark("problem", problem, token.start_pos or 0, expected))

    # --- braces ---

    def _begin(self, token: Token) -> None:
        outer = self.contexts[-1]
        argument = outer.arguments > 0
        outer.arguments = max(outer.arguments - 1, 0)
        self.contexts.append(_Context(token, argument=argument, script=argument and outer.scripts))

    def _end(self, token: Token) -> None:
        while self.contexts[-1].name:
            self._never_ended()
        context = self.contexts.pop()
        outer = self.contexts[-1].items
        kinds = {kind_of(item) for item in context.items}
        if not context.argument:
            lone = len(context.items) == 1 and kinds <= _LONE
            if lone or kinds & _TO_UNWRAP:
                outer += context.items
                return
        items = [item for item in context.items if kind_of(item) not in ("ALIGN", "NEXT_ROW")]
        items = tidied(self._fractions(paired(items, self.remarks)), script=context.script, inside=True)
        begin = context.token
        assert begin is not None
        outer.append(Nest("BEGIN", [begin, *items, token]))

    # --- environments ---

    def _begin_environment(self, token: Token) -> None:
        if len(self.contexts) > DEEPEST_LATEX:
            self._problem(token, f"environments are nested deeper than {DEEPEST_LATEX}")
            return
        self.contexts[-1].arguments = 0
        self.contexts.append(_Context(token, name=str(token) or "environment"))

    def _never_ended(self) -> None:
        """The innermost context with what stands in it as if it had not been begun."""
        context = self.contexts.pop()
        if context.token is not None and table_kind(context.name) != "LAYOUT":
            self._problem(context.token, r"a \begin is never ended", r"\end")
        self.contexts[-1].items += context.items

    def _end_environment(self, token: Token, place: int) -> None:
        names = [context.name for context in self.contexts]
        open_names = names[len(names) - next((k for k, name in enumerate(reversed(names)) if not name), 0) :]
        if str(token) not in open_names:
            if table_kind(str(token)) != "LAYOUT":
                self._problem(token, f"\\end{{{token}}} ends nothing that was begun")
            return
        while self.contexts[-1].name != str(token):
            self._never_ended()
        context = self.contexts.pop()
        outer = self.contexts[-1]
        before = outer.items[-1] if outer.items else None
        following = self.tokens[place + 1] if place + 1 < len(self.tokens) else None
        kind = table_kind(context.name) or "LAYOUT"
        opened = str(before) if isinstance(before, Token) and before.type in _OPENING else ""
        closes_nothing = following is not None and following.type == "RIGHT" and str(following) == "."
        half_braced = opened == r"\{" and (closes_nothing or following is None or following.type == "NEXT_ROW")
        right_braced = opened == "." and following is not None and following.type == "RIGHT" and following == r"\{"
        if kind != "CASES" and (half_braced or right_braced):
            kind = "CASES"
            outer.items.pop()
            self.skip_right = place + 1 if closes_nothing or right_braced else -1
        elif (kind == "ARRAY" or context.name == "matrix") and not opened and _has_equation(context.items):
            for row in cells(context.items):
                outer.items += [*in_one_line(joined_cells(row), token, words=False), like(token, "NEXT_ROW", r"\\")]
            return
        if kind == "LAYOUT":
            outer.items += context.items
            return
        rows = [[self._cell(cell) for cell in row] for row in cells(context.items)]
        rows = [row for row in rows if any(row)]
        if kind == "CASES":
            outer.items += self._cases(rows, context.token or token, token)
        else:
            self._matrix(rows, context, token, opened, following, place)

    def _cell(self, items: Sequence[Item]) -> list[Item]:
        return tidied(self._fractions(paired(items, self.remarks)), inside=True)

    def _cases(self, rows: list[list[list[Item]]], begin: Token, end: Token) -> list[Item]:
        """Values with conditions; or, where each row is an equation and nothing stands before them, these equations."""
        rows = [joined_cells(row) for row in rows]
        row_before = self.contexts[-1].items
        first = next((item for item in reversed(row_before) if kind_of(item) not in ("NOTE", "GUESS", "ALIGN")), None)
        alone = first is None or kind_of(first) in _ENDS_ROW
        arranged_rows = case_rows(rows, begin)
        if alone and all(any(kind_of(item) == "RELATION" for item in value) for value, _ in arranged_rows):
            found: list[Item] = []
            for row in rows:
                found += [*in_one_line(row, end, words=True), like(end, "NEXT_ROW", r"\\")]
            return found[:-1]
        inner: list[Item] = [like(begin, "CASES", str(begin))]
        for number, (value, condition) in enumerate(arranged_rows):
            if number:
                inner.append(made("NEXT_ROW", r"\\", begin_of(value), begin_of(value)))
            inner += value
            if condition:
                inner += [made("NEXT_COLUMN", "&", begin_of(condition), begin_of(condition)), *condition]
        inner.append(like(end, "END_CASES", str(end)))
        return [Nest("CASES", inner)]

    def _matrix(
        self,
        rows: list[list[list[Item]]],
        context: _Context,
        end: Token,
        opened: str,
        following: Token | None,
        place: int,
    ) -> None:
        """The rows as lists in a list; brackets right around them are those of the list."""
        outer = self.contexts[-1].items
        begin = context.token or end
        found = list_of_rows(rows, begin, end)
        bars = bars_of(context.name)
        if opened in ("(", "[") and following is not None and following.type in ("CLOSE", "RIGHT"):
            outer.pop()
            self.contexts[-1].brackets = max(self.contexts[-1].brackets - 1, 0)
            self.skip_right = place + 1
        elif bars:
            found = [like(begin, "OPEN", bars), *found, like(end, "CLOSE", bars)]
        outer.append(Nest("MATRIX", found))

    # --- fractions between two parts ---

    def _fractions(self, items: list[Item]) -> list[Item]:
        r"""`a \over b` as a fraction of all before it and all after it, up to a relation, a comma or a bracket."""
        for _ in range(DEEPEST_LATEX):
            place = next((at for at, item in enumerate(items) if kind_of(item) == "OVER"), None)
            if place is None:
                break
            items = _with_fraction(items, place)
        return [item for item in items if kind_of(item) != "OVER"]


def _has_equation(items: Sequence[Item]) -> bool:
    return any(kind_of(item) == "RELATION" for item in items)


def _with_fraction(items: list[Item], place: int) -> list[Item]:
    first, last = place, place + 1
    depth = 0
    while first > 0:
        kind = kind_of(items[first - 1])
        depth += (kind == "CLOSE") - (kind == "OPEN")
        if depth < 0 or (depth == 0 and kind in _BOUNDARIES):
            break
        first -= 1
    depth = 0
    while last < len(items):
        kind = kind_of(items[last])
        depth += (kind == "OPEN") - (kind == "CLOSE")
        if depth < 0 or (depth == 0 and (kind in _BOUNDARIES or kind == "OVER")):
            break
        last += 1
    above, below = items[first:place], items[place + 1 : last]
    token = items[place]
    assert isinstance(token, Token)
    here = token.start_pos or 0
    parts = [braced(above, begin_of(above, here), end_of(above, here)), braced(below, here, end_of(below, here))]
    if token == r"\choose":
        made_of: list[Item] = [like(token, "WORD", r"\binom"), like(token, "OPEN", "("), parts[0]]
        made_of += [like(token, "COMMA", ","), parts[1], like(token, "CLOSE", "(")]
    else:
        made_of = [like(token, "FRACTION", r"\frac"), *parts]
    return [*items[:first], *made_of, *items[last:]]
