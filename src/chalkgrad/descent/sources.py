"""A function from whatever it is given as: text, LaTeX, Python, a name of the collection, or its partials."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, TypeAlias

from chalkgrad.descent.collection import TestFunction, test_function
from chalkgrad.descent.function import ScalarFunction, function_of_program, scalar_function
from chalkgrad.descent.integration import Recovered, Refuted, integrate_partials
from chalkgrad.descent.tracing import traced_function
from chalkgrad.errors import ProgramError, ReadingError, UnknownNameError
from chalkgrad.language import Expression
from chalkgrad.reading.programs import read_function
from chalkgrad.reading.scalar_functions import read_latex_function

Source: TypeAlias = "str | Expression | Callable[..., Any]"
_NAME = re.compile(r"[A-Za-z][\w -]{2,40}$")
_NEARLY = 0.75  # a word as near as this to a name of the collection is taken for a misspelling
_HEAD = re.compile(r"\s*[^\W\d]\w*\s*\((?P<variables>[\w\s,]*)\)\s*=(?!=)")


def function_of_source(source: Source, variables: Sequence[str] | None = None) -> ScalarFunction:
    r"""The function that a text, a formula in LaTeX, a Python callable, an expression or a collection's name is.

    The variables are those of `f(x, y) = …` or of the callable, in that order, else all names in alphabetical order,
    unless `variables` gives them. Raises `ReadingError` with the place, `UnknownNameError` for a name that is not among
    the variables or for a misspelt name of the collection, and `ProgramError` for Python that cannot be followed.

    >>> print(function_of_source(r"100(y^2-x)^2 + \frac{x}{2}"))
    f(x, y) = 100*(y^2 - x)^2 + x/2
    >>> print(function_of_source(lambda u, v: u * v**2))
    f(u, v) = u*v^2
    >>> function_of_source("Booth").variables
    ('x', 'y')
    """
    if isinstance(source, Expression):
        return scalar_function(source, variables)
    if not isinstance(source, str):
        if not callable(source):
            raise ProgramError(
                f"{source!r} is not a function; expected text, LaTeX, a callable, or partials by variable"
            )
        return _with_variables(traced_function(source), variables)
    row = named(source)
    if row is not None:
        return _with_variables(row.function, variables)
    program = read_latex_function(source) if is_latex(source) else read_function(source)
    function = function_of_program(program)
    head = _HEAD.match(source)
    if variables is None and head is not None:
        count = len([name for name in head["variables"].split(",") if name.strip()])
        for extra in function.variables[count:]:
            known = ", ".join(function.variables[:count])
            column = source.find(extra, head.end()) + 1
            raise ReadingError(
                f"{extra} is not a variable of {function.name}", column=column, text=source, expected=known
            )
        return function
    return _with_variables(function, variables or sorted(function.variables))


def named(text: str) -> TestFunction | None:
    """The row of the collection that a text names; raises `UnknownNameError` for what is nearly the name of one.

    >>> named("Six-hump camel").name, named("x^2 + y^2")
    ('six_hump_camel', None)
    """
    decomposed = unicodedata.normalize("NFKD", text.replace("–", "-"))
    plain = "".join(character for character in decomposed if not unicodedata.combining(character)).strip()
    if not _NAME.match(plain):
        return None
    try:
        return test_function(plain)
    except UnknownNameError as problem:
        if get_close_matches(plain.lower(), problem.known, cutoff=_NEARLY):
            raise
        return None


def is_latex(text: str) -> bool:
    """Whether a formula is written in LaTeX: a command, braces, or dollar signs.

    >>> is_latex(r"\\sin x"), is_latex("x^{2}"), is_latex("x^2")
    (True, True, False)
    """
    return any(character in text for character in "\\{$")


def function_of_partials(partials: Mapping[str, Source], name: str = "f") -> ScalarFunction:
    """The function, up to a constant, whose partial derivatives are given by variable.

    Raises `ProgramError` with the point and both values where the mixed partials differ, as then there is none.

    >>> print(function_of_partials({"x": "2*x*y", "y": "x^2 + 1"}))
    f(x, y) = y*x^2 + y
    >>> function_of_partials({"x": "y", "y": "-x"})
    Traceback (most recent call last):
    chalkgrad.errors.ProgramError: no function has these partials: by x and then by y gives 1 = 1, by y and then by x \
gives -1 = -1, at x = 1, y = -1
    """
    variables = list(partials)
    if not variables:
        raise ProgramError("there are no partials")
    found = integrate_partials({v: _component(partial, variables) for v, partial in partials.items()}, name)
    if isinstance(found, Refuted):
        raise ProgramError(str(found))
    assert isinstance(found, Recovered)
    return found.function


def _component(partial: Source, variables: Sequence[str]) -> Expression:
    """One partial, which may also be a constant."""
    if isinstance(partial, str):
        program = read_latex_function(partial) if is_latex(partial) else read_function(partial)
        partial = program.definitions[-1].body
    elif not isinstance(partial, Expression):
        return function_of_source(partial, variables).expression
    return scalar_function(partial, variables).expression


def _with_variables(function: ScalarFunction, variables: Sequence[str] | None) -> ScalarFunction:
    """The same function of the variables in this order."""
    if variables is None or tuple(variables) == function.variables:
        return function
    return scalar_function(function.expression, variables, function.name)
