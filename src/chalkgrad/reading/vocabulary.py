r"""How a document uses its letters: which are indices, layers or parts of names, which names are functions or runs.

Everything here is found from where a letter stands in the whole document. Lists of letters only break ties.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from chalkgrad.page.spelling import function_names
from chalkgrad.page.syntax import (
    BigOperator,
    Chain,
    Group,
    Name,
    Number,
    Product,
    Scripted,
    Syntax,
    parts,
)
from chalkgrad.reading.scripts import (
    Item,
    base_of,
    digits_apart,
    item_of,
    letters_apart,
    letters_in,
    scripts_of,
)

_INDICES = "ijklmnpqrsuvabcd"
MARKED_ALPHABETS = "𝖺𝚊𝗮𝘢𝐚𝒂"  # the a of each alphabet in which marked letters are set: the k of `k'`, of `k_1`, …
MARKED_INDICES = frozenset(chr(ord(a) + ord(letter) - ord("a")) for a in MARKED_ALPHABETS for letter in _INDICES)
USUAL_INDICES = frozenset(_INDICES) | MARKED_INDICES
USUAL_LAYERS = frozenset(("l", "L", "ell", "t", "T", "k"))
USUAL_SAMPLES = frozenset("inmsjk")
TABLE_COMMANDS = {"ln": "log", "sgn": "sign", "sigma": "sigmoid", "arctan": "arctan"}
WHOLE_FUNCTIONS = frozenset(
    ("softmax", "diag", "tr", "trace", "Tr", "max", "min", "sum", "np.sum", "vec", "det", "logdet", "inv", "mean",
     "chol", "expm", "np.dot", "logsumexp", "Softmax", "rowsum", "log_softmax", "dot", "np.mean", "np.exp", "np.log",
     "np.maximum", "np.multiply", "np.outer", "np.power", "sup", "inf", "argmax", "E", "Var", "rank", "Diag", "e^")
)  # fmt: skip
LONGEST_RUN = 12
ACRONYMS = frozenset(
    [
        "MSE",
        "CE",
        "BCE",
        "KL",
        "NLL",
        "SSE",
        "RSS",
        "MAE",
        "RMSE",
        "ELBO",
        "MLP",
        "SGD",
        "LN",
        "BN",
        "FFN",
        "LR",
        "OLS",
        "MLE",
        "MAP",
        "RL",
        "TD",
        "CNN",
        "RNN",
        "GAN",
        "VAE",
        "SVM",
        "lr",
        "Cov",
        "Var",
    ]
)


class Symbol(NamedTuple):
    """Who a quantity is: its letters and the marks that are part of its name, such as layers.

    A label is a text and what is added to it: the layer `l-1` is `("l", -1)`. A tuple, as symbols are the keys of
    nearly all that is looked up while a document is read.
    """

    base: str
    labels: tuple[tuple[str, int], ...] = ()

    def __str__(self) -> str:
        marks = ",".join(text + (f"{shift:+d}" if shift else "") for text, shift in self.labels)
        return f"{self.base}_{marks}" if marks else self.base


@dataclass(frozen=True)
class Use:
    """One occurrence of a quantity: who it is, its indices (samples first), its powers, whether it is transposed."""

    symbol: Symbol
    samples: tuple[Item, ...] = ()
    indices: tuple[Item, ...] = ()
    powers: tuple[Syntax, ...] = ()
    transposed: bool = False
    name: Name | None = field(default=None, compare=False)


_MOST_KEPT = 50_000


@dataclass
class Vocabulary:
    """The letters of a document and what they are used for."""

    index_letters: set[str] = field(default_factory=set)
    bound: set[str] = field(default_factory=set)
    labelled: set[str] = field(default_factory=set)  # bases whose letters below are part of the name
    places: set[str] = field(default_factory=set)  # bases whose digits below are places
    doubled: set[str] = field(default_factory=set)  # bases with two indices below
    staged: set[str] = field(default_factory=set)  # bases whose digits below say which of several values it is
    pairs: set[str] = field(default_factory=set)  # bases whose two digits below are two places
    layered: set[str] = field(default_factory=set)  # bases whose plain marks above are layers
    powered: set[str] = field(default_factory=set)  # bases whose letters above are powers: `n x^{n-1}` beside x
    marks: set[str] = field(default_factory=set)  # letters above that name a layer: the h of `W^h_1` beside h_1 and h_2
    sampled: set[str] = field(default_factory=set)  # letters in brackets above that count samples
    with_samples: set[str] = field(default_factory=set)  # bases with such a letter above, and never another
    functions: set[str] = field(default_factory=set)  # bases that are applied and never stand for a number
    scalar_valued: set[str] = field(default_factory=set)  # functions that give a number
    vector_valued: set[str] = field(default_factory=set)  # functions that give a vector
    heads: dict[str, int] = field(default_factory=dict)  # bases defined as functions, with how many arguments
    bases: Counter[str] = field(default_factory=Counter)
    einstein: bool = False  # whether a letter that stands twice in a product is summed over
    samples_in: str = ""  # `rows` or `columns`, where the words say so
    has_d: bool = False  # whether d is a quantity, so that dx may be a product
    lettered: dict[str, set[str]] = field(default_factory=dict)  # bases told apart by their index letters: a_j and a_k
    subscripted: set[str] = field(default_factory=set)  # bases that never stand without something below
    others: set[str] = field(default_factory=set)  # functions applied to other things than they are defined with
    alone: Counter[str] = field(default_factory=Counter)  # how often each name stands without arguments
    applied: set[str] = field(default_factory=set)  # bases that something follows as an argument
    words: set[str] = field(default_factory=set)
    # names with the words below them that are no letters side by side: the E_{in} that is a sum over other letters
    worded: set[tuple[str, str]] = field(default_factory=set)
    squares: set[str] = field(default_factory=set)  # bases whose squares are names of their own somewhere
    stepped: frozenset[str] = frozenset()  # bases of which each time has a name of its own
    at_own_steps: Callable[[Syntax], Syntax] | None = None  # turns the W of `∂h_t/∂W` to what it is at the time t
    defined: set[str] = field(default_factory=set)
    derived_by: set[Symbol] = field(default_factory=set)  # what the whole document derives by
    capitals: dict[str, str] = field(default_factory=dict)
    singles: set[str] = field(default_factory=set)
    sizes: set[str] = field(default_factory=set)
    columns: set[str] = field(default_factory=set)  # bases of matrices with a sample in each column
    moving: Mapping[str, tuple[Name, ...]] = field(default_factory=dict)  # what moves along each step of a small change
    counts: dict[str, str] = field(default_factory=dict)  # the capital that says how many places a letter has: H of h
    unworn: set[str] = field(default_factory=set)  # letters of sums that are quantities and no index: `\sum_x`
    compared: set[str] = field(default_factory=set)  # classes that an index is compared with: the y of `1[k = y]`
    # How many indices a name has at most in the whole document.
    ranks: Mapping[Symbol, int] = field(default_factory=dict)
    told: tuple[tuple[Name, Syntax], ...] = ()  # quantities with formulas that are derived in their place
    entries: set[str] = field(default_factory=set)  # names whose places lists of partials name
    from_zero: frozenset[str] = frozenset()  # names whose places are counted from 0
    apart_at_zero: frozenset[str] = frozenset()  # names of which the one with a 0 is another quantity
    perhaps_from_zero: frozenset[str] = frozenset()  # of these, those whose letters no sum binds
    class_letters: set[str] = field(default_factory=set)  # `y_i` in `s_{y_i}`: the place of the right class
    stepping: set[str] = field(default_factory=set)  # functions whose derivative is said to be one number or another
    picks_class: bool = False  # whether `e_y` is the vector with a 1 at the class y, as e has no other index

    _uses: dict[int, tuple[Name, Use]] | None = None  # once the letters are settled, what was found of each name

    def remember(self, settled: bool) -> None:
        """Says whether the letters are settled, so that what a name is need not be found again and again."""
        self._uses = {} if settled else None

    # --- what a name is ---

    def use(self, name: Name) -> Use:
        """Who a name is and what hangs on it."""
        if self._uses is None:
            return self._use(name)
        kept = self._uses.get(id(name))
        if kept is None:
            if len(self._uses) > _MOST_KEPT:
                self._uses.clear()
            kept = self._uses[id(name)] = (name, self._use(name))  # the name with it, so that its id stays its own
        return kept[1]

    def _use(self, name: Name) -> Use:
        base = base_of(name)
        scripts = scripts_of(name)
        labels: list[tuple[str, int]] = []
        indices: list[Item] = []
        samples: list[Item] = []
        powers: list[Syntax] = []
        for item in scripts.above:
            if item.bracket == "[" or (item.bracket == "(" and not self.is_sample(item, base)):
                labels.append((item.text, item.offset))
            elif item.bracket == "(":
                samples.append(item)
            elif self.is_label_above(base, item):
                labels.append((item.text, item.offset))
            elif item.kind == "letter" and item.text in self.bound and self.is_index_above(base, item):
                samples.append(item)
            elif item.syntax is not None:
                powers.append(item.syntax)
        lone = len(scripts.below) == 1 and scripts.below[0].kind == "number" and len(scripts.below[0].text) == 1
        # the X_1 beside the X_{ij}: another matrix
        numbered = lone and base in self.doubled | self.pairs and base[:1].isupper()
        is_size = bool(self.sizes) and size_key(name) in self.sizes  # the `D_y` up to which a sum runs
        for item in self._below(base, scripts.below):
            if self.is_index(base, item) and not numbered and not is_size:
                indices.append(item)
            else:
                labels.append((item.text, item.offset))
        if base in self.lettered and indices:
            letters = "".join(item.text for item in indices if item.kind == "letter")
            if letters in self.lettered[base]:
                labels.append((f"·{letters}", 0))
        if base in self.singles and labels == [("1", 0)]:
            labels = []
        if scripts.starred:
            labels.append(("*", 0))
        return Use(
            Symbol(base + "'" * name.primes, tuple(labels)), tuple(samples), tuple(indices), tuple(powers),
            scripts.transposed, name,
        )  # fmt: skip

    def _below(self, base: str, items: Sequence[Item]) -> Iterator[Item]:
        for item in items:
            if item.kind == "word" and (base, item.text) in self.worded:
                yield item
            elif item.kind == "word":
                yield from self._capital_first(item) or letters_apart(item, self.index_letters)
            elif item.kind == "number" and base in self.pairs and len(items) == 1:
                yield from digits_apart(item)
            elif item.kind == "other" and base in self.doubled and len(items) == 1:
                yield from self._digit_and_letter(item)
            else:
                yield item

    def _capital_first(self, item: Item) -> tuple[Item, ...]:
        """The mark and the indices of `W_{Si}`, where S is no index."""
        first, rest = item.text[:1], item.text[1:]
        if not first.isupper() or first in self.index_letters or not rest or not set(rest) <= self.index_letters:
            return ()
        return (
            Item("letter", first, 0, "", item.syntax),
            *letters_apart(Item("word", rest, 0, "", item.syntax), set(rest)),
        )

    def _digit_and_letter(self, item: Item) -> Iterator[Item]:
        """The two places of `y_{1j}`."""
        match item.syntax:
            case Product(factors=(Number(text=text) as one, Name() as other)) if len(text) == 1:
                both = (item_of(one), item_of(other))
                yield from both if both[1].text in self.index_letters else (item,)
            case _:
                yield item

    def is_index(self, base: str, item: Item) -> bool:
        """Whether something below a name is one of its indices."""
        if item.text in self.class_letters or item.text == ":":
            return True
        if item.kind in ("letter", "affine"):
            return all(letter in self.index_letters for letter in letters_in(item)) and base not in self.labelled
        if item.kind == "number" and item.text == "0" and base in self.apart_at_zero:
            return False
        if item.kind == "number" and base not in self.staged:
            return base in self.places or base in self.pairs or (base in self.doubled and item.text.isdigit())
        return item.kind == "other" and item.text in self.class_letters

    def is_sample(self, item: Item, base: str = "") -> bool:
        """Whether something in brackets above a name counts samples."""
        if item.kind == "number":
            return base in self.with_samples  # `x^{(1)}` beside `x^{(i)}`
        return item.kind == "letter" and item.text in self.sampled

    def is_label_above(self, base: str, item: Item) -> bool:
        """Whether a plain mark above a name says which of several quantities it is."""
        if item.kind == "word":
            return True
        if item.kind == "number":
            return base in self.layered and item.text.isdigit()
        if item.kind == "letter" and base not in self.powered:
            if base in self.layered or (item.text in self.marks and not item.offset):
                return True
            upper = len(item.text) == 1 and item.text.isupper()
            return item.text not in self.bound and (item.text in USUAL_LAYERS or item.offset != 0 or upper)
        return False

    def applied_never(self, base: str) -> bool:
        """Whether a name that a function has is only ever a quantity: a standard deviation called σ."""
        return base not in self.applied and self.bases[base] > 0

    def is_index_above(self, base: str, item: Item) -> bool:
        return base not in self.layered

    def row_of(self, name: Name) -> str | None:
        """The row of the function table, or the operation on whole vectors, that a name is; None for a quantity."""
        base = name.base.lstrip("\\")
        if name.accents or (base in self.defined and base not in self.applied) or base in self.heads:
            return None
        if base == "Sigma" or (base == "sigma" and (self.applied_never(base) or base in self.stepping)):
            return None
        if base in WHOLE_FUNCTIONS:
            stands_alone = len(base) == 1 and self.alone[base] > 0  # an E that is derived by is no expectation
            return base if base not in self.sizes and not stands_alone else None
        word = name.base.startswith("\\") or len(base) > 1 or base in ("σ",)
        if not word:
            return None
        if base in TABLE_COMMANDS:
            return TABLE_COMMANDS[base]
        spelled = base.lower().replace("-", "").replace(" ", "")
        return function_names().get(spelled)

    def goes_on(self, base: str, marked: str) -> None:
        """Under its mark a name with a new meaning has scripts, and is a function, as it had and was before."""
        for names in (
            self.labelled, self.places, self.doubled, self.staged, self.pairs, self.layered, self.powered, self.applied,
            self.with_samples, self.functions, self.scalar_valued, self.vector_valued, self.subscripted, self.others,
        ):  # fmt: skip
            if base in names:
                names.add(marked)
        self.alone[marked] = self.alone[base]
        if base in self.heads:
            self.heads[marked] = self.heads[base]
        if base in self.lettered:
            self.lettered[marked] = self.lettered[base]
        self.worded |= {(marked, text) for name, text in self.worded if name == base}

    def only_applied(self, base: str) -> bool:
        """Whether a function is applied to other things than it is defined with, and never stands by itself."""
        return base in self.others and not self.alone[base]

    def is_row(self, base: str) -> bool:
        """Whether letters name a function of the table, or an operation on whole vectors."""
        return self.row_of(Name("\\" + base)) is not None

    def is_function(self, name: Name) -> bool:
        """Whether a name is applied to what stands in brackets after it."""
        base = base_of(name)
        return base in self.functions or base in self.heads


def quantities(syntax: Syntax) -> Iterator[Name]:
    """The names in a part but for those that are indices or marks."""
    pending = [syntax]
    while pending:
        part = pending.pop()
        if isinstance(part, Name):
            yield part
            if part.base == r"\nabla":
                pending.extend(reversed(part.subscripts))
            elif part.base in ("e", r"\exp"):
                pending.extend(reversed(part.superscripts))
            elif part.superscripts:
                pending += [item.syntax for item in scripts_of(part).above
                            if item.kind == "other" and not item.bracket and item.syntax is not None]  # fmt: skip
        elif isinstance(part, BigOperator):
            pending.append(part.body)
        elif isinstance(part, Scripted):
            pending += [part.base, *(power for power in part.superscripts if not isinstance(power, Name))]
        else:
            pending.extend(parts(part)[::-1])


def bound_letters(operator: BigOperator) -> list[Item]:
    r"""The letters below a sum: i of `\sum_{i=1}^n`, i and j of `\sum_{i,j}` and `\sum_{ij}`."""
    found: list[Item] = []
    for part in operator.subscripts:
        side = part.sides[0] if isinstance(part, Chain) else part
        if isinstance(side, Group) and side.contents:
            side = side.contents[0]
        if isinstance(side, Name):
            scripts = Item("word", side.base, 0, "", side)
            if side.base.isalpha() and 1 < len(side.base) <= 3 and not side.style:
                found += letters_apart(scripts, set(side.base))
            else:
                found.append(Item("letter", base_of(side), 0, "", side))
    return found


def applications(part: Product) -> Iterator[tuple[Name, Group]]:
    """The names in a product that brackets follow directly."""
    for place, (one, other) in enumerate(pairwise(part.factors)):
        if part.operators[place + 1]:
            continue
        group = other.base if isinstance(other, Scripted) else other
        if isinstance(one, Name) and isinstance(group, Group) and group.bracket in ("(", "["):
            yield one, group


def arguments_of(group: Group) -> list[Syntax]:
    r"""What a function is applied to: `(x; w, b)` has three arguments, as `(y \mid x)` has two."""
    found: list[Syntax] = []
    for part in group.contents:
        if isinstance(part, Group) and part.bracket == "{":
            found.extend(part.contents)
        else:
            found.append(part)
    return found


def size_key(name: Name) -> str:
    """The name of a size: its letter with what stands below and above it."""
    return base_of(name) + scripts_of(name).size_marks
