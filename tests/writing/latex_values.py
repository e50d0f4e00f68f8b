"""An independent reader of the scalar form in LaTeX that computes the value of what stands there, as a person would.

It knows nothing of boxes or expressions: it goes by precedence and parentheses alone, so a sign or a pair of
parentheses that the writer left out changes the value.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping

_NUMBER = re.compile(r"\d+(\.\d+)?")
_COMPARISONS = {">": float.__gt__, "<": float.__lt__, r"\ge": float.__ge__, r"\le": float.__le__, "=": float.__eq__}


class LatexValues:
    """The value of LaTeX text, given those of its symbols and functions, each as it is spelled."""

    def __init__(self, symbols: Mapping[str, float], functions: Mapping[str, Callable[[float], float]]) -> None:
        self.symbols = sorted(symbols.items(), key=lambda pair: -len(pair[0]))
        self.functions = sorted(functions.items(), key=lambda pair: -len(pair[0]))

    def value(self, text: str) -> float:
        self.text, self.at = text.replace(r"\left", "").replace(r"\right", "").replace(r"\,", ""), 0
        result = self.sum()
        assert self.at == len(self.text), f"left over: {self.text[self.at :]!r} of {text!r}"
        return result

    def skip(self, literal: str) -> bool:
        while self.text[self.at : self.at + 1] == " ":
            self.at += 1
        if not self.text.startswith(literal, self.at):
            return False
        self.at += len(literal)
        return True

    def need(self, literal: str) -> None:
        assert self.skip(literal), f"{literal!r} expected at {self.text[self.at :]!r} of {self.text!r}"

    def sum(self) -> float:
        total = -self.product() if self.skip("-") else self.product()
        while True:
            if self.skip("+"):
                total += self.product()
            elif self.skip("-"):
                total -= self.product()
            else:
                return total

    def product(self) -> float:
        result = self.power()
        while True:
            self.skip(r"\cdot")
            start = self.at
            factor = self.power(required=False)
            if factor is None:
                self.at = start
                return result
            result *= factor

    def power(self, required: bool = True) -> float | None:
        base = self.atom()
        assert base is not None or not required, f"a factor expected at {self.text[self.at :]!r} of {self.text!r}"
        if base is not None and self.skip("^"):
            return math.pow(base, self.group())
        return base

    def group(self) -> float:
        """What stands in braces, or one token."""
        if self.skip("{"):
            inner = self.sum()
            self.need("}")
            return inner
        token = self.atom(one_digit=True)
        assert token is not None
        return token

    def between(self, opening: str, closing: str) -> float:
        self.need(opening)
        inner = self.sum()
        self.need(closing)
        return inner

    def atom(self, one_digit: bool = False) -> float | None:
        self.skip("")
        number = _NUMBER.match(self.text, self.at)
        if number:
            spelled = number[0][0] if one_digit else number[0]
            self.at += len(spelled)
            return float(spelled)
        if self.skip(r"\frac"):
            return self.between("{", "}") / self.between("{", "}")
        if self.skip(r"\sqrt"):
            return math.sqrt(self.between("{", "}"))
        if self.skip(r"\mathbf{1}["):
            return self.indicator()
        if self.skip(r"\max("):
            values = [self.sum()]
            while self.skip(","):
                values.append(self.sum())
            self.need(")")
            return max(values)
        if self.skip(r"\lvert"):
            self.at -= len(r"\lvert")
            return abs(self.between(r"\lvert", r"\rvert"))
        if self.text.startswith("(", self.at):
            return self.between("(", ")")
        if self.skip("e^"):
            return math.exp(self.group())
        for spelling, function in self.functions:
            if self.skip(spelling):
                return function(self.between("(", ")"))
        for spelling, value in self.symbols:
            if self.skip(spelling):
                return value
        return None

    def indicator(self) -> float:
        left = self.sum()
        comparison = next(sign for sign in (r"\ge", r"\le", ">", "<", "=") if self.skip(sign))
        right = self.sum()
        self.need("]")
        return float(_COMPARISONS[comparison](left, right))
