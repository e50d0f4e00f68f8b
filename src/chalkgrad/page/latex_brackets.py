r"""Brackets in pairs: what is opened and closed on one level of braces, bars told apart, `\left` with its `\right`.

What is not matched becomes a PROBLEM where it stands, and costs no more than that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lark import Token

from chalkgrad.page.latex_commands import CLOSES
from chalkgrad.page.latex_items import ENDS_OPERAND, INVISIBLE, Item, end_of, kind_of, like
from chalkgrad.page.latex_scanner import Remark

_LONE_BARS = {"|": "|", r"\|": "∥"}
_FARTHEST = 60  # how many brackets that are open are looked at for the other half of one


@dataclass(frozen=True)
class _Open:
    place: int
    bracket: str
    by: str  # OPEN, LEFT or BAR
    until: int = -1  # where `\right.` stands, for want of anything better


def paired(items: Sequence[Item], remarks: list[Remark]) -> list[Item]:
    """The items with an OPEN and a CLOSE for each pair, AT for a bar of evaluation, and RELATION for any other bar."""
    return _Pairing(items, remarks).result()


class _Pairing:
    def __init__(self, items: Sequence[Item], remarks: list[Remark]) -> None:
        self.items, self.remarks = items, remarks
        self.made: list[list[Item]] = [[item] for item in items]
        self.stack: list[_Open] = []
        self.pairs: list[tuple[int, int]] = []

    def result(self) -> list[Item]:
        for place, item in enumerate(self.items):
            if not isinstance(item, Token):
                continue
            if item.type in ("RELATION", "NEXT_ROW"):
                self._no_bars_across()
            elif item.type in ("OPEN", "LEFT"):
                self.stack.append(_Open(place, str(item), item.type))
            elif item.type == "CLOSE":
                self._close(place, str(item))
            elif item.type == "RIGHT":
                self._right(place, str(item))
            elif item.type == "BAR":
                self._bar(place, str(item))
        end = end_of(self.items)
        while self.stack:
            opened = self.stack[-1]
            if opened.until > 0:
                self._pair(opened, opened.until, opened.bracket)
            else:
                self._unmatched(self.stack.pop(), end)
        for pair in self.pairs:
            self._rows_inside(*pair)
        return [item for made in self.made for item in made]

    # --- what is closed ---

    def _pair(self, opened: _Open, place: int, bracket: str) -> None:
        """The two as a pair; what was opened between them and not closed is no bracket."""
        while self.stack[-1] is not opened:
            self._unmatched(self.stack.pop(), self._place_of(place))
        self.stack.pop()
        self.made[opened.place][-1] = like(self._token(opened.place), "OPEN", bracket)
        self.made[place] = [like(self._token(place), "CLOSE", bracket), *self.made[place][1:]]
        self.pairs.append((opened.place, place))

    def _close(self, place: int, bracket: str) -> None:
        opened = self._last(bracket)
        if opened is not None:
            self._pair(opened, place, bracket)
            return
        if bracket in _LONE_BARS:
            self._bar(place, bracket)
            return
        last = next((each for each in self._recent() if each.by != "BAR"), None)
        if last is not None and bracket in "([" and last.bracket in ("(", "[") and self._is_interval(last.place, place):
            self._pair(last, place, last.bracket)
            return
        expected = f"'{CLOSES.get(last.bracket, '')}'" if last else ""
        token = self._token(place)
        self._problem(place, f"'{CLOSES.get(bracket, bracket)}' closes nothing that is open", token, expected)

    def _right(self, place: int, bracket: str) -> None:
        left = next((each for each in self._recent() if each.by == "LEFT"), None)
        if bracket == ".":
            self._right_nothing(left, place)
        elif left is None:
            self._close(place, bracket)
        elif left.bracket != ".":
            self._pair(left, place, left.bracket)
        elif kind_of(self._after(place)) in ("BELOW", "ABOVE"):
            token = self._token(place)
            self._pair(left, place, ".")
            self.made[place].append(like(token, "AT", str(token)))
        else:  # the other half of a bracket that was opened in another row
            if self._last(bracket) is None:
                self._pair(left, place, bracket)
            else:
                self._drop(left)
                self._close(place, bracket)

    def _right_nothing(self, left: _Open | None, place: int) -> None:
        self.made[place] = []
        if left is None:
            return
        inside = self.items[left.place : place]
        kinds = {kind_of(item) for item in inside}
        if left.bracket == "." or {"NEXT_ROW", "RELATION"} <= kinds:
            self._drop(left)
        else:
            by = "BAR" if left.bracket == "|" else "OPEN"
            self.stack[self._depth_of(left)] = _Open(left.place, left.bracket, by, place)

    def _drop(self, opened: _Open) -> None:
        del self.stack[self._depth_of(opened)]
        self.made[opened.place] = []

    def _recent(self) -> list[_Open]:
        """The last brackets that are open, the latest first."""
        return self.stack[: -_FARTHEST - 1 : -1]

    def _depth_of(self, opened: _Open) -> int:
        return len(self.stack) - 1 - self._recent().index(opened)

    # --- bars ---

    def _no_bars_across(self) -> None:
        """Bars that are open where a relation stands, or a row ends, are no brackets."""
        while self.stack and self.stack[-1].by == "BAR":
            self._unmatched(self.stack.pop(), 0)

    def _bar(self, place: int, bar: str) -> None:
        before, token = self._before(place), self._token(place)
        after_operand = kind_of(before) in ENDS_OPERAND
        last = self.stack[-1] if self.stack else None
        if bar == "||":
            if last is not None and last.by == "BAR" and last.bracket == "|" and after_operand:
                self._pair(last, place, "|")
                self.made[place].append(token)
                self.stack.append(_Open(place, "|", "BAR"))
                return
            bar = r"\|"
        if last is not None and last.bracket == bar and last.by in ("BAR", "OPEN") and after_operand:
            self._pair(last, place, bar)
        elif after_operand and bar == "|" and kind_of(self._after(place)) == "BELOW":
            self.made[place] = [like(token, "AT", "|")]
        else:
            self.stack.append(_Open(place, bar, "BAR"))

    # --- what is not matched ---

    def _unmatched(self, opened: _Open, end: int) -> None:
        token = self._token(opened.place)
        if opened.by == "BAR":
            before, after = self._before(opened.place), self._after(opened.place)
            taken = kind_of(before) in ENDS_OPERAND and kind_of(after) in ("BELOW", "ABOVE")
            kind, value = ("AT", "|") if taken else ("RELATION", _LONE_BARS[opened.bracket])
            self.made[opened.place][-1] = like(token, kind, value)
        elif opened.bracket == ".":
            self.made[opened.place] = []
        else:
            problem = f"'{opened.bracket}' is never closed"
            self._problem(opened.place, problem, token, CLOSES.get(opened.bracket, ""), end)

    def _problem(self, place: int, problem: str, token: Token, expected: str, at: int | None = None) -> None:
        self.made[place] = [like(token, "PROBLEM", str(len(self.remarks)))]
        self.remarks.append(Remark("problem", problem, (token.start_pos or 0) if at is None else at, expected))

    def _rows_inside(self, opened: int, closed: int) -> None:
        """A pair around the end of a row is one only if no equation stands in it; then the row does not end there."""
        rows = False
        depth = 0
        for place in range(opened + 1, closed):
            kind = kind_of(self.made[place][0]) if self.made[place] else ""
            depth += (kind == "OPEN") - (kind == "CLOSE")
            rows = rows or kind == "NEXT_ROW"
            if rows and kind == "RELATION" and depth == 0 and str(self.items[place]) not in ("|", "∥"):
                if str(self._token(opened)) == r"\{":  # braces around the steps of an algorithm
                    self.made[opened] = self.made[closed] = []
                    return
                for at in (opened, closed):
                    token = self._token(at)
                    shown = CLOSES.get(str(token), str(token)) if at == closed else str(token)
                    self._problem(at, f"'{shown}' and its other half stand in different rows", token, "")
                return
        if rows:
            for place in range(opened + 1, closed):
                if kind_of(self.items[place]) in ("NEXT_ROW", "ALIGN"):
                    self.made[place] = []

    # --- neighbours ---

    def _last(self, bracket: str) -> _Open | None:
        for by in ("OPEN", "BAR", "LEFT"):
            for opened in self._recent():
                if opened.bracket == bracket and opened.by == by:
                    return opened
                if opened.by == "LEFT" and by != "LEFT" and opened.bracket != ".":
                    break
        return None

    def _is_interval(self, opened: int, closed: int) -> bool:
        kinds = [kind_of(item) for item in self.items[opened + 1 : closed]]
        return kinds.count("COMMA") == 1 and len(kinds) <= 12 and not {"RELATION", "NEXT_ROW"} & set(kinds)

    def _token(self, place: int) -> Token:
        item = self.items[place]
        assert isinstance(item, Token)
        return item

    def _place_of(self, place: int) -> int:
        return self._token(place).start_pos or 0

    def _before(self, place: int) -> Item | None:
        while place > 0:
            place -= 1
            if self.made[place] and kind_of(self.made[place][-1]) not in INVISIBLE:
                return self.made[place][-1]
        return None

    def _after(self, place: int) -> Item | None:
        for item in self.items[place + 1 : place + 4]:
            if kind_of(item) not in INVISIBLE:
                return item
        return None
