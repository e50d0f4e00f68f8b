r"""What is said of where a derivative lies, `\frac{\partial L}{\partial W} \in \mathbb R^{m \times n}`: its shape."""

from __future__ import annotations

from collections.abc import Sequence

from chalkgrad.errors import ChalkgradError
from chalkgrad.language import Axis
from chalkgrad.page.syntax import Name, Number, Syntax
from chalkgrad.reading.facts import Statement
from chalkgrad.reading.layout import Value
from chalkgrad.reading.readings import Reading
from chalkgrad.reading.sense import Sense
from chalkgrad.reading.sizes import Size
from chalkgrad.reading.sorts import dimensions_of
from chalkgrad.reading.vocabulary import size_key

DECLARES = "it says what shape the derivative has"


def of_membership(statement: Statement, reading: Reading) -> tuple[str, str]:
    """The verdict on such a line and why; a `definition` where nothing else tells the sizes.

    Where the shape that the document gives is another, it is left open: it may be the layout that is.
    """
    chain = statement.chain
    dimensions = dimensions_of(chain.sides[-1])
    if dimensions is None or reading.setting is None:
        return "definition", DECLARES
    sense = Sense(reading.setting, f"c{statement.place}", statement.equation.latex, frozenset({"left"}))
    try:
        value = sense.value(chain.sides[0])
    except (ChalkgradError, RecursionError) as problem:
        return "unread", str(problem)
    stated = [size for part in dimensions if (size := _size(part)) != 1]
    axes = _axes(value)
    if len(axes) != len(stated):
        return "undetermined", f"it has {len(axes)} axes as it is read here, and {len(stated)} are stated"
    sizes = reading.sizes
    named = {sizes.find(size) for size in list(sizes.parent) if isinstance(size, int) or size.startswith("size ")}
    known = [(sizes.find(axis.size), sizes.find(size)) for axis, size in zip(axes, stated, strict=True)
             if sizes.find(axis.size) in named and size is not None]  # fmt: skip
    if not known:
        return "definition", DECLARES
    if all(one == other for one, other in known):
        return "right", "it has the shape that the document gives it"
    return "undetermined", "the document gives it another shape than the one that is stated"


def _axes(value: Value) -> Sequence[Axis]:
    if value.kind == "T" and value.derivative is not None:
        return (*value.derivative.of_axes, *value.derivative.by_axes)
    return value.axes


def _size(part: Syntax) -> Size | None:
    """The size that a dimension is; None for a formula of several."""
    if isinstance(part, Number) and part.text.isdigit():
        return int(part.text)
    return f"size {size_key(part)}" if isinstance(part, Name) else None


__all__ = ["of_membership"]
