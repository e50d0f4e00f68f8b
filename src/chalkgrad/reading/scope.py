r"""Who a written name is: `h_i` an element, `V` a vector, `W^{[1]T}` a transposed matrix, `\sigma'` a derivative."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache

from chalkgrad.errors import ReadingError
from chalkgrad.language import FUNCTIONS, Axis, Element, Expression, Index, Program, Tensor, as_index
from chalkgrad.page.limits import LARGEST_INDEX
from chalkgrad.page.spelling import function_names
from chalkgrad.page.syntax import Addition, Derivative, Group, Name, Number, Product, Syntax

SAMPLES = "n"
COUNTS = ("n", "m", "N")  # how people write the number of samples
TRANSPOSES = frozenset({"T", r"\top", r"\intercal"})
_COMMAND_FUNCTIONS = {r"\ln": "log", r"\sgn": "sign", r"\sigma": "sigmoid"}


@cache
def latex_function_names() -> dict[str, str]:
    r"""How functions of the table are written in LaTeX, with the name of the row: `\tanh`, `ReLU`, `\sigma`."""
    names = {f"\\{name}": row for name, row in function_names().items() if name.isascii()}
    names |= dict(function_names())
    for row in FUNCTIONS.values():
        names[row.latex] = row.name
        names[row.latex.replace(r"\operatorname{", "").replace("}", "").lower()] = row.name
    names.pop("", None)
    return names | _COMMAND_FUNCTIONS


def core(name: Name) -> str:
    r"""The name without its scripts, as a key: `\hat y_i` is `yhat`, `out'_i` is `out'`.

    >>> core(Name("y", accents=("hat",))), core(Name("out", primes=1)), core(Name(r"\delta"))
    ('yhat', "out'", 'delta')
    """
    return name.base.lstrip("\\") + "".join(name.accents) + "'" * name.primes


def text_of(part: Syntax) -> str:
    """A script as a key."""
    match part:
        case Number(text=text):
            return text
        case Name(subscripts=()):
            return core(part)
        case Name():
            return core(part) + "_" + ",".join(map(text_of, part.subscripts))
        case Group(bracket=bracket, contents=contents):
            closing = {"(": ")", "[": "]"}.get(bracket, "")
            return bracket + ",".join(map(text_of, contents)) + closing
        case Product(factors=factors):
            return "".join(map(text_of, factors))
        case Addition(signs=signs, terms=terms):
            text = "".join(("-" if sign < 0 else "+") + text_of(term) for sign, term in zip(signs, terms, strict=True))
            return text.removeprefix("+")
    return "?"


def written(name: Name) -> str:
    """The whole name as a key: `h_1`, `w_11`, `W^[1]_ij`."""
    layers = "".join(text_of(part) for part in superscript_parts(name) if is_label(part))
    below = ",".join(text_of(part) for part in name.subscripts)
    return core(name) + (f"^{layers}" if layers else "") + (f"_{below}" if below else "")


def superscript_parts(name: Name) -> tuple[Syntax, ...]:
    """What stands in the superscripts, one after the other: `[1]` and `T` of `A^{[1]T}`."""
    found: list[Syntax] = []
    for part in name.superscripts:
        if isinstance(part, Product) and all(isinstance(each, Group) or is_transpose(each) for each in part.factors):
            found.extend(part.factors)
        else:
            found.append(part)
    return tuple(found)


def is_transpose(part: Syntax) -> bool:
    r"""Whether a superscript says transpose: `T`, `\top`."""
    return isinstance(part, Name) and part.base in TRANSPOSES and not part.subscripts


def is_label(part: Syntax) -> bool:
    """Whether a superscript names a layer: `[1]`, `(2)`, `[l-1]`."""
    return isinstance(part, Group) and (part.bracket == "[" or _is_number(part.contents))


def _is_number(contents: tuple[Syntax, ...]) -> bool:
    return len(contents) == 1 and isinstance(contents[0], Number)


@dataclass(frozen=True)
class Resolved:
    """A name that is known: the tensor, its indices (None where it stands as a whole), and what else hangs on it."""

    tensor: Tensor
    indices: tuple[Syntax | None, ...] | None
    transposed: bool = False
    exponents: tuple[Syntax, ...] = ()


@dataclass(frozen=True)
class Layout:
    """Which axis of a tensor each written subscript is, in order; axes of size 1 may go unwritten.

    `sample` is the axis whose index is written above, as in `x^{(s)}`.
    """

    written: tuple[int, ...]
    sample: int | None = None


@dataclass
class Scope:
    """The names that a piece of writing may use.

    `tensors` has a tensor for each written name without its indices; `elements` has scalars that are written with a
    script (`c_1`); `functions` has the writer's own names of functions; `namesakes` are further tensors of the same
    name, tried when the indices do not fit the first; with `rows` vectors are rows; `lying` says of matrices of one
    axis whether they are rows; `layouts` says where indices are
    written; `sizes` has the letters of sizes (the n of 1/n); `places` says in words what an axis counts.
    `own` has what the writer's own names (`dZ`) stand for, `lettered` those that are told apart by their index
    letters (`delta_j`, `delta_k`); `turned` has
    the matrices that are written with their axes the other way round, `stands_for` the
    derivatives that such names are said to be; `program` is the model.
    `guesses` has a sentence for each name whose meaning was guessed; those used are kept in `said`.
    """

    tensors: dict[str, Tensor] = field(default_factory=dict)
    elements: dict[str, Element] = field(default_factory=dict)
    functions: dict[str, str] = field(default_factory=dict)
    namesakes: dict[str, tuple[Tensor, ...]] = field(default_factory=dict)
    layouts: dict[Tensor, Layout] = field(default_factory=dict)
    rows: bool = False
    lying: dict[Tensor, bool] = field(default_factory=dict)
    sizes: dict[str, Expression] = field(default_factory=dict)
    places: dict[Axis, str] = field(default_factory=dict)
    guesses: dict[str, str] = field(default_factory=dict)
    own: dict[Tensor, tuple[tuple[Axis, ...], Expression]] = field(default_factory=dict)
    lettered: dict[str, Tensor] = field(default_factory=dict)
    turned: set[Tensor] = field(default_factory=set)
    stands_for: dict[str, Derivative] = field(default_factory=dict)
    program: Program | None = None
    said: list[str] = field(default_factory=list)

    def say(self, sentence: str) -> None:
        """Keeps a sentence about something that was guessed, once."""
        if sentence not in self.said:
            self.said.append(sentence)

    def function(self, name: Name) -> str | None:
        """The row of the function table that the name is, if it is one and no tensor has the name."""
        if name.accents:
            return None
        base = name.base + "".join(f"_{text_of(part)}" for part in name.subscripts)
        found = self.functions.get(base) or self.functions.get(base.lstrip("\\"))
        if found is not None:
            return found
        if base.lstrip("\\") in self.tensors:
            return None
        names = latex_function_names()
        word = len(base) > 1 and base.replace("_", "").isalnum()
        return names.get(base) or (names.get(base.lower()) if word else None)

    def resolve(self, name: Name) -> Resolved | None:
        """The tensor that the name is, with its indices; None if the name is not known."""
        parts = superscript_parts(name)
        transposed = sum(map(is_transpose, parts)) % 2 == 1
        others = [part for part in parts if not is_transpose(part)]
        for key, left in self._keys(core(name), others):
            for length in (len(name.subscripts), 1, 0):
                label = ",".join(map(text_of, name.subscripts[:length]))
                spelled = f"{key}_{label}" if length else key
                if length and length == len(name.subscripts) and spelled in self.lettered:
                    tensor = self.lettered[spelled]
                    placed = self._placed(tensor, name.subscripts, left)
                    if placed is not None:
                        return Resolved(tensor, placed[0], transposed, placed[1])
                if length and spelled in self.elements:
                    element = self.elements[spelled]
                    return Resolved(element.tensor, _fixed(element), transposed, tuple(left))
                named = (self.tensors[spelled], *self.namesakes.get(spelled, ())) if spelled in self.tensors else ()
                fits = [(tensor, self._placed(tensor, name.subscripts[length:], left)) for tensor in named]
                found = [(tensor, placed) for tensor, placed in fits if placed is not None]
                if found:
                    tensor, (indices, exponents) = min(found, key=lambda each: len(each[1][1]))
                    return Resolved(tensor, indices, transposed, exponents)
        return None

    def _keys(self, base: str, above: list[Syntax]) -> list[tuple[str, list[Syntax]]]:
        """The keys that the name may have with its superscripts, and what is left of those: first with a layer."""
        layers = [part for part in above if is_label(part)]
        if layers:
            label = "".join(map(text_of, layers))
            return [(f"{base}^{label}", [part for part in above if not is_label(part)])]
        keys = [(f"{base}^{text_of(part)}", [other for other in above if other is not part]) for part in above]
        return [*((key, left) for key, left in keys if key in self.tensors), (base, above)]

    def _placed(
        self, tensor: Tensor, below: tuple[Syntax, ...], above: list[Syntax]
    ) -> tuple[tuple[Syntax | None, ...] | None, tuple[Syntax, ...]] | None:
        """The indices in the order of the tensor's axes (None for all of an axis), and the exponents that are left."""
        layout = self.layouts.get(tensor) or Layout(tuple(range(len(tensor.axes))))
        sample, left = _sample_of(above) if layout.sample is not None else (None, tuple(above))
        if not below and sample is None and (layout.written or layout.sample is not None):
            return None, tuple(above)
        indices: tuple[Syntax | None, ...] | None = (None,) * len(layout.written)
        if below or (layout.written and sample is None):
            indices = split_indices(below, len(layout.written))
            if indices is None and layout.sample is None:
                indices = _one_sample(tensor, layout, below)
        if indices is None or (layout.sample is not None and sample is None):
            return None
        placed: list[Syntax | None] = [Number("1")] * len(tensor.axes)
        for position, index in zip(layout.written, indices, strict=True):
            placed[position] = index
        if layout.sample is not None and sample is not None:
            placed[layout.sample] = sample
        return tuple(placed), left

    def use(self, name: Name) -> Resolved | None:
        """Resolves a name that a formula uses: what was guessed about it is said."""
        resolved = self.resolve(name)
        if resolved is not None:
            for key in (written(name), core(name)):
                if key in self.guesses and key not in self.elements:
                    self.say(self.guesses[key])
                    break
        return resolved

    def segments(self, name: Name) -> tuple[Name, ...] | None:
        """A run of letters as the known names that it is made of (`XW_1` is X times W_1), or None."""
        letters = name.base
        if len(letters) < 2 or not letters.isalpha() or len(letters) > 40:
            return None
        found: list[Name] = []
        place = 0
        while place < len(letters):
            for length in range(min(len(letters) - place, 12), 0, -1):
                end = place + length
                piece = self._piece(name, place, end)
                exponential = piece.base == "e" and piece.superscripts
                if exponential or self.resolve(piece) or self.function(replace(piece, primes=0)):
                    found.append(piece)
                    place = end
                    break
            else:
                return None
        return tuple(found)

    def _piece(self, name: Name, place: int, end: int) -> Name:
        begin = name.span[0]
        if end == len(name.base):
            return replace(name, base=name.base[place:end], span=(begin + place, name.span[1]))
        return Name(name.base[place:end], style=name.style, span=(begin + place, begin + end))


def _one_sample(tensor: Tensor, layout: Layout, below: tuple[Syntax, ...]) -> tuple[Syntax | None, ...] | None:
    """The lone index on a matrix of a batch, which is that of the sample: all of it in `dH_i`."""
    samples = [tensor.axes[place].size == SAMPLES for place in layout.written]
    if len(samples) != 2 or sum(samples) != 1 or split_indices(below, 1) is None:
        return None
    return tuple(below[0] if is_sample else None for is_sample in samples)


def _sample_of(above: list[Syntax]) -> tuple[Syntax | None, tuple[Syntax, ...]]:
    """The sample among the superscripts, `(s)` or `s`, and the others."""
    for part in above:
        inner = part.contents[0] if isinstance(part, Group) and len(part.contents) == 1 else part
        if isinstance(inner, Name) and inner.base.isalpha() and len(inner.base) == 1:
            return inner, tuple(other for other in above if other is not part)
    return None, tuple(above)


def _fixed(element: Element) -> tuple[Syntax, ...]:
    return tuple(Number(str(index.offset + 1)) for index in element.indices)


def split_indices(below: tuple[Syntax, ...], rank: int) -> tuple[Syntax, ...] | None:
    """The subscripts as so many indices: `_{12}`, `_{ij}`, `_{i,j}` and `_{i1}` are two; None if they do not fit.

    >>> split_indices((Number("12"),), 2), split_indices((Name("ij"),), 1)
    ((Number(text='1'), Number(text='2')), None)
    """
    if len(below) == rank:
        fits = all(
            not (isinstance(part, Name) and len(part.base.lstrip("\\")) > 1 and part.base[0] != "\\") for part in below
        )
        return below if fits else None
    if len(below) != 1 or rank < 2:
        return None
    part = below[0]
    if isinstance(part, Number) and len(part.text) == rank and part.text.isdigit():
        return tuple(Number(digit, part.span) for digit in part.text)
    if isinstance(part, Name) and len(part.base) == rank and part.base.isalpha() and not part.subscripts:
        return tuple(Name(letter, span=part.span) for letter in part.base)
    if isinstance(part, Product) and not any(part.operators):
        letters: list[Syntax] = []
        for factor in part.factors:
            if isinstance(factor, Name) and factor.base.isalpha() and len(factor.base) > 1:
                letters.extend(Name(letter, span=factor.span) for letter in factor.base)
            else:
                letters.append(factor)
        return tuple(letters) if len(letters) == rank else None
    return None


def index_of(part: Syntax | None, axes: Mapping[str, Axis], axis: Axis) -> Index:
    """The index that a subscript is: `1` is the first place, `i` an axis, `i+1` the place after it.

    Raises `ReadingError` without a place, for a place that the axis does not have.
    """
    match part:
        case None:
            raise ReadingError("an index is missing", expected="a number or an index such as i")
        case Number(text=text) if text.isdigit() and int(text) <= LARGEST_INDEX:
            place = int(text)
            if place < 1 or (isinstance(axis.size, int) and place > axis.size):
                raise ReadingError(f"there is no place {place}", expected=f"1 to {axis.size}")
            return as_index(place - 1)
        case Name() if core(part) in axes:
            return as_index(axes[core(part)])
        case Addition(signs=signs, terms=terms):
            total = as_index(-1)  # places are counted from 1 on paper, from 0 here
            for sign, term in zip(signs, terms, strict=True):
                if isinstance(term, Number) and term.text.isdigit() and int(term.text) <= LARGEST_INDEX:
                    total = total + sign * int(term.text)
                else:
                    total = total + (index_of(term, axes, axis) + 1) * sign
            return total
    raise ReadingError(f"'{text_of(part)}' is not an index", expected="a number or an index such as i")
