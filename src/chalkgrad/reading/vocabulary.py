r"""How a document uses its letters: which are indices, layers or parts of names, which names are functions or runs.

Everything here is found from where a letter stands in the whole document. Lists of letters only break ties.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from chalkgrad.page.spelling import function_names
from chalkgrad.page.syntax import (
    Addition,
    BigOperator,
    Chain,
    Derivative,
    Fraction,
    Group,
    Name,
    Number,
    Product,
    Scripted,
    Syntax,
    Unread,
    mapped,
    parts,
    walk_syntax,
)
from chalkgrad.reading.dotted import without_dots
from chalkgrad.reading.scripts import (
    Item,
    base_of,
    digits_apart,
    is_transpose,
    item_of,
    letters_apart,
    letters_in,
    scripts_of,
)

USUAL_INDICES = frozenset("ijklmnpqrsuvabcd")
USUAL_LAYERS = frozenset(("l", "L", "ell", "t", "T", "k"))
USUAL_SAMPLES = frozenset("inmsjk")
TABLE_COMMANDS = {"ln": "log", "sgn": "sign", "sigma": "sigmoid", "arctan": "arctan"}
WHOLE_FUNCTIONS = frozenset(
    ("softmax", "diag", "tr", "trace", "Tr", "max", "min", "sum", "np.sum", "vec", "det", "mean", "np.dot", "logsumexp",
     "Softmax", "rowsum", "log_softmax", "dot", "np.mean", "np.exp", "np.log", "np.maximum", "np.multiply", "np.outer",
     "sup", "inf", "argmax", "E", "Var", "rank", "Diag")
)  # fmt: skip
_LONGEST_RUN = 12
_ACRONYMS = frozenset(
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


@dataclass(frozen=True, order=True)
class Symbol:
    """Who a quantity is: its letters and the marks that are part of its name, such as layers.

    A label is a text and what is added to it: the layer `l-1` is `("l", -1)`.
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


@dataclass
class Vocabulary:
    """The letters of a document and what they are used for."""

    index_letters: set[str] = field(default_factory=set)
    bound: set[str] = field(default_factory=set)
    label_letters: set[str] = field(default_factory=set)
    labelled: set[str] = field(default_factory=set)  # bases whose letters below are part of the name
    places: set[str] = field(default_factory=set)  # bases whose digits below are places
    doubled: set[str] = field(default_factory=set)  # bases with two indices below
    pairs: set[str] = field(default_factory=set)  # bases whose two digits below are two places
    layered: set[str] = field(default_factory=set)  # bases whose plain marks above are layers
    powered: set[str] = field(default_factory=set)  # bases whose letters above are powers: `n x^{n-1}` beside x
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
    bracketed: Counter[str] = field(default_factory=Counter)
    # How many indices a name has at most in the whole document.
    ranks: Mapping[Symbol, int] = field(default_factory=dict)
    class_letters: set[str] = field(default_factory=set)  # `y_i` in `s_{y_i}`: the place of the right class

    # --- what a name is ---

    def use(self, name: Name) -> Use:
        """Who a name is and what hangs on it."""
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
        for item in self._below(base, scripts.below):
            if self.is_index(base, item) and not numbered:
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
        if item.kind == "number":
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
            if base in self.layered:
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
        if base == "sigma" and self.applied_never(base):
            return None
        if base in WHOLE_FUNCTIONS:
            return base if base not in self.sizes else None
        word = name.base.startswith("\\") or len(base) > 1 or base in ("σ",)
        if not word:
            return None
        if base in TABLE_COMMANDS:
            return TABLE_COMMANDS[base]
        spelled = base.lower().replace("-", "").replace(" ", "")
        return function_names().get(spelled)

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


def vocabulary_of(chains: Sequence[Syntax], conditions: Iterable[Syntax] = ()) -> Vocabulary:
    r"""What the equations of a document use their letters for.

    >>> from chalkgrad.page.documents import read_document
    >>> from chalkgrad.page.statements import statements_in
    >>> text = r"$z_j = \sum_i w_{ji} x_i$ and $W_f = a^{(1)}$"
    >>> chains = [each.body for each in statements_in(read_document(text))]
    >>> found = vocabulary_of(chains)
    >>> sorted(found.index_letters), str(found.use(chains[1].sides[0]).symbol)
    (['i', 'j'], 'W_f')
    """
    found = Vocabulary()
    conditions = tuple(conditions)
    every = [part for chain in (*chains, *conditions) for part in walk_syntax(chain)]
    conditions = tuple(conditions)
    names = [name for chain in chains for name in quantities(chain)]
    found.bases = Counter(base_of(name) for name in names)
    alone = any(isinstance(part, Fraction) and part.denominator == Name("d") for part in every)
    found.has_d = found.bases["d"] > 0 and (alone or not any(
        isinstance(part, Product) and any(_is_differential(one, other) for one, other in pairwise(part.factors))
        for part in every
    ))  # fmt: skip
    lefts = [left.base for chain in chains if (left := _left(chain)) is not None and len(left.base) > 1]
    found.has_d = found.has_d and not any(base[0] == "d" and found.bases[base[1:]] for base in lefts)
    found.subscripted = {base_of(name) for name in names if name.subscripts}
    found.subscripted -= {base_of(name) for name in names if not name.subscripts and not name.superscripts}
    for chain in chains:
        left = _left(chain)
        if left is not None:
            found.defined.add(base_of(left))
    for part in every:
        if isinstance(part, Product):
            for _name, group in applications(part):
                if group.bracket == "[":
                    found.bracketed.update(each.base for each in group.contents if isinstance(each, Name))
    _bind(found, every, conditions)
    _letters(found, names, chains)
    _above(found, names, chains)
    _digits(found, names, chains)
    _functions(found, chains)
    _sizes(found, every)
    _counts(found, every, names)
    found.worded = set(_worded(chains))
    _told_apart(found, chains)
    return found


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
            else:
                pending += [item.syntax for item in scripts_of(part).above
                            if item.kind == "other" and not item.bracket and item.syntax is not None]  # fmt: skip
        elif isinstance(part, BigOperator):
            pending.append(part.body)
        elif isinstance(part, Scripted):
            pending += [part.base, *(power for power in part.superscripts if not isinstance(power, Name))]
        else:
            pending.extend(reversed(parts(part)))


def _worded(chains: Sequence[Syntax]) -> Iterator[tuple[str, str]]:
    r"""Names with a word below, such as `E_{in} = \sum_i …`: what defines them has none of its letters as an index."""
    for chain in chains:
        left = _left(chain)
        if left is None or not isinstance(chain, Chain) or len(chain.sides) < 2 or chain.relations[0] not in _DEFINES:
            continue
        items, side = scripts_of(left).below, chain.sides[1]
        sums = [part for part in walk_syntax(side) if isinstance(part, BigOperator)]
        if len(items) != 1 or items[0].kind != "word" or not sums or any(map(_is_unread, walk_syntax(side))):
            continue
        bound = {item.text for part in sums for item in bound_letters(part)}
        everywhere = not all(part.subscripts for part in sums)  # a sum without its letter is over those in it
        below = [item for name in quantities(side) for item in scripts_of(name).below]
        letters = {letter for item in below for letter in (item.text if item.kind == "word" else letters_in(item))}
        if not set(items[0].text) & (letters - bound) or (everywhere and not set(items[0].text) <= letters):
            yield base_of(left), items[0].text


def _is_unread(part: Syntax) -> bool:
    return isinstance(part, Unread)


def _is_differential(one: Syntax, other: Syntax) -> bool:
    return isinstance(one, Name) and one.base == "d" and not one.subscripts and isinstance(other, Name)


def _left(chain: Syntax) -> Name | None:
    side = chain.sides[0] if isinstance(chain, Chain) else None
    if isinstance(side, Product) and isinstance(side.factors[0], Name) and len(side.factors) == 2:
        side = side.factors[0] if isinstance(side.factors[1], Group) else None
    return side if isinstance(side, Name) else None


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


def _bind(found: Vocabulary, every: Sequence[Syntax], conditions: Iterable[Syntax]) -> None:
    for part in every:
        if isinstance(part, BigOperator):
            found.bound.update(item.text for item in bound_letters(part))
        elif isinstance(part, Name) and base_of(part) == "delta" and part.subscripts:
            items = [each for item in scripts_of(part).below for each in _apart(item)]
            if len(items) == 2 and all(item.kind == "letter" for item in items):
                found.index_letters.update(item.text for item in items)
    for condition in conditions:
        for chain in (part for part in walk_syntax(condition) if isinstance(part, Chain)):
            sides = [side for side in chain.sides if isinstance(side, Name)]
            plain = not any(side.superscripts or side.subscripts for side in sides)
            small = all(len(base_of(side)) == 1 and base_of(side).islower() for side in sides)
            if len(sides) == len(chain.sides) and small and plain:
                found.index_letters.update(base_of(side) for side in sides)


def _apart(item: Item) -> tuple[Item, ...]:
    return letters_apart(item, set(item.text)) if item.kind == "word" and len(item.text) == 2 else (item,)


def _letters(found: Vocabulary, quantities: Sequence[Name], chains: Sequence[Syntax]) -> None:
    """Which letters below names are indices."""
    shifted: set[str] = set()
    runs: dict[str, list[str]] = defaultdict(list)
    single: dict[str, set[str]] = defaultdict(set)
    for name in quantities:
        for item in scripts_of(name).below:
            if item.kind == "letter":
                single[item.text].add(base_of(name))
                if item.offset:
                    shifted.add(item.text)
            elif item.kind == "word" and item.text.isalpha() and len(item.text) <= 4:
                runs[item.text].append(base_of(name))
    worn = {base_of(name) for name in quantities if name.subscripts or name.superscripts}
    found.unworn = {letter for letter in found.bound if letter in worn and letter not in single and letter not in runs}
    found.bound -= found.unworn
    found.index_letters |= found.bound
    found.compared = _classes(found, chains, set(single) | set(runs))
    derived = {base_of(each) for chain in chains for part in walk_syntax(chain) if isinstance(part, Derivative)
               for each in part.denominators if isinstance(each, Name)}  # fmt: skip
    for letter in single:
        quantity = found.bases[letter] > 0 and letter not in found.bound
        if letter in "ijk" and letter not in worn | derived | found.defined | found.applied:
            quantity = False  # the number that it is, as in `2i`
        if letter in found.bound or (letter in USUAL_INDICES and not quantity and letter not in shifted):
            found.index_letters.add(letter)
    for run in runs:
        if any(letter.isupper() and letter not in found.bound for letter in run) and not run.isupper():
            continue  # the capital of `W_{Si}` says which, not where
        known = [letter in found.index_letters for letter in run]
        usual = all(letter in USUAL_INDICES and not found.bases[letter] for letter in run)
        if len(set(run)) == len(run) and ((len(run) == 2 and any(known) and _plausible(found, run)) or usual):
            found.index_letters.update(run)
    bare = {name.base for name in quantities if name == Name(name.base)}
    for name in quantities:
        items = scripts_of(name).below
        run = items[0].text if len(items) == 1 and items[0].kind == "word" else ""
        if len(items) == 2 or (len(run) == 2 and set(run) <= found.index_letters):
            found.doubled.add(base_of(name))
    for run, bases in runs.items():
        if len(set(run)) == len(run) == 2 and set(bases) & found.doubled and set(run) <= USUAL_INDICES - bare:
            found.index_letters.update(run)
            found.doubled.update(bases)
    found.class_letters |= found.compared
    for name in quantities:
        for item in scripts_of(name).below:
            if item.kind == "other" and isinstance(item.syntax, Name) and len(item.syntax.subscripts) <= 1:
                if any(isinstance(each, Number) for each in item.syntax.superscripts):
                    continue  # the square of `g_{\\sigma^2}` is part of a name
                found.class_letters.add(item.text)
    found.label_letters = set(single) - found.index_letters


def _classes(found: Vocabulary, chains: Sequence[Syntax], worn: set[str]) -> set[str]:
    """What is no index itself and is compared with one: the class of a sample."""
    classes = set()
    for part in (part for chain in chains for part in walk_syntax(chain)):
        groups = part.contents if isinstance(part, Group) else part.subscripts if isinstance(part, Name) else ()
        for chain in (each for each in groups if isinstance(each, Chain) and len(each.sides) == 2):
            if chain.relations[0] not in ("=", "!=") or not all(isinstance(side, Name) for side in chain.sides):
                continue
            one, other = (side for side in chain.sides if isinstance(side, Name))
            for index, label in ((one, other), (other, one)):
                plain = not index.subscripts and base_of(index) in (found.index_letters | worn)
                if plain and base_of(label) not in found.bound and found.bases[base_of(label)] > 0:
                    if base_of(label) not in USUAL_INDICES:
                        classes.add(_size_key(label))
    return classes


def _plausible(found: Vocabulary, run: str) -> bool:
    return all(letter in found.index_letters or not found.bases[letter] for letter in run)


_SQUARES = frozenset(("sigma", "s", "rho", "tau", "R", "r", "e"))


def _numbered_above(name: Name) -> bool:
    """Whether a whole number stands above a name."""
    return any(item.kind == "number" and not item.bracket and item.text.isdigit() for item in scripts_of(name).above)


def _above(found: Vocabulary, quantities_: Sequence[Name], chains: Sequence[Syntax]) -> None:
    """Which marks above names are layers and which count samples."""
    shifted: set[str] = set()
    bracketed: Counter[str] = Counter()
    for chain in chains:
        here = list(quantities(chain))
        bare = {base_of(name) for name in here if not name.superscripts}  # of `x^n` and `n x^{n-1}` powers are taken
        lifted = {base_of(name) for name in here for item in scripts_of(name).above
                  if item.kind == "letter" and item.offset and not item.bracket} - {"e", "exp"}  # fmt: skip
        found.layered |= lifted - bare
        found.powered |= lifted & bare
    found.powered -= found.layered
    for name in quantities_:
        base = base_of(name)
        for item in scripts_of(name).above:
            if item.kind != "letter":
                continue
            if item.offset:
                shifted.add(item.text)
            if item.bracket == "(":
                bracketed[item.text] += 1
            elif not item.bracket and item.text in ("l", "L", "ell") and item.text not in found.bound and base != "e":
                found.layered.add(base)
    for chain in chains:
        left = _left(chain)
        if left is not None and isinstance(chain, Chain) and _numbered_above(left) and base_of(left) not in _SQUARES:
            found.layered |= {base_of(name) for name in quantities(chain) if _numbered_above(name)} - {"e", "exp"}
    for part in (part for chain in chains for part in walk_syntax(chain)):
        if isinstance(part, Derivative):
            below = [each for each in part.denominators if isinstance(each, Name) and _numbered_above(each)]
            found.layered |= {base_of(name) for name in below if any(name2.base == name.base and scripts_of(name2).above
                              != scripts_of(name).above for name2 in quantities_)} - _SQUARES  # fmt: skip
    for letter in bracketed:
        if letter in found.bound or (letter not in shifted and letter in USUAL_SAMPLES):
            found.sampled.add(letter)
    found.with_samples = _with_samples(quantities_, found.sampled)


def _with_samples(quantities_: Sequence[Name], sampled: set[str]) -> set[str]:
    """The bases that stand with a letter that counts samples in brackets above, and with no other letter there."""
    letters: dict[str, set[str]] = defaultdict(set)
    for name in quantities_:
        for item in scripts_of(name).above:
            if item.bracket and item.kind != "number":
                letters[base_of(name)].add(item.text if item.bracket == "(" and item.kind == "letter" else "")
    return {base for base, found in letters.items() if found <= sampled}


def _digits(found: Vocabulary, quantities: Sequence[Name], chains: Sequence[Syntax]) -> None:
    """Of which names the digits below are places, as of a vector, and not just part of the name."""
    lettered: set[str] = set()
    numbers: dict[str, set[str]] = defaultdict(set)
    layers: dict[str, dict[tuple[str, ...], set[str]]] = defaultdict(lambda: defaultdict(set))
    bare: set[str] = set()
    for name in quantities:
        base = base_of(name)
        items = scripts_of(name).below
        if len(items) == 1 and items[0].kind == "number":
            layers[base][tuple(map(str, scripts_of(name).above))].add(items[0].text)
        if not items:
            bare.add(base)
        for item in items:
            letters = letters_apart(item, found.index_letters) if item.kind == "word" else (item,)
            if all(each.kind == "letter" and each.text in found.index_letters for each in letters):
                lettered.add(base)
            if item.kind == "number":  # beside a letter it is a place whatever else there is: `w_{1i}`
                beside = any(each.kind in ("letter", "word") for each in items)
                numbers[base] |= set() if beside else {item.text}
    tables: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for name in quantities:
        items = scripts_of(name).below
        if len(items) == 2 and all(item.kind == "number" and item.text.isdigit() for item in items):
            tables[base_of(name)].add(tuple(item.text for item in items))
    found.places |= {base for base, places in tables.items() if len(places) > 1}
    worksheet = any(
        len({text for text in texts if len(text) == 2 and text.isdigit()}) > 1 for texts in numbers.values()
    )
    plainly = {base_of(left) for chain in chains if (left := _left(chain)) is not None and not left.subscripts}
    listed = {
        base_of(chain.sides[0])
        for chain in chains
        if isinstance(chain, Chain) and isinstance(chain.sides[0], Name) and _is_list(chain)
    }
    for base, texts in numbers.items():
        capital = base.upper() if len(base) == 1 else base
        partner = capital != base and capital in bare and capital not in found.defined and not numbers.get(capital)
        two = {text for text in texts if len(text) == 2 and text.isdigit() and "0" not in text}
        alone = {text for text in texts if len(text) == 1}
        if two and two == texts and base in found.doubled:
            found.pairs.add(base)
        if len(two) >= 2 and (two == texts or (two | alone == texts and alone <= {"1", "2"} and {"11", "12"} <= two)):
            found.pairs.add(base)  # nothing has places 1, 2 and 11 to 22 but none between
        if len(two) >= 2 and any(_are_pairs(each) for each in layers[base].values()):
            if all(_are_pairs(each) or max(map(len, each)) == 1 for each in layers[base].values()):
                found.pairs.add(base)  # `w^{(1)}_{12}` beside `w^{(2)}_1`: each layer counts in its own way
        counted = {str(k + 1) for k in range(len(texts))}
        whole = worksheet and base in bare and base not in plainly and texts == counted and len(texts) > 1
        if base in lettered or base in listed or whole or (partner and len(texts) > 1):
            (found.pairs if len(two) == len(texts) and two else found.places).add(base)
        elif texts == {"1"} and (base in bare or partner):
            found.singles.add(base)
        if partner and base not in found.layered:
            found.capitals[capital] = base


def _are_pairs(texts: set[str]) -> bool:
    return len(texts) > 1 and all(len(text) == 2 and text.isdigit() and "0" not in text for text in texts)


_DEFINES = ("=", ":=", "≡", "≜")


def _told_apart(found: Vocabulary, chains: Sequence[Syntax]) -> None:
    r"""Names that only their index letters tell apart: `a_j = …` of the hidden units and `a_k = …` of the outputs."""
    letters: dict[str, list[str]] = defaultdict(list)
    beside: dict[str, set[str]] = defaultdict(set)
    said: dict[str, set[str]] = defaultdict(set)
    for chain in chains:
        left = _left(chain)
        if left is None or not isinstance(chain, Chain) or chain.relations[0] not in _DEFINES:
            continue
        use = found.use(left)
        if use.symbol.labels or use.samples or not use.indices or any(item.kind != "letter" for item in use.indices):
            continue
        mine = "".join(item.text for item in use.indices)
        said[base_of(left)].add(_whatever_letters(chain, found))
        if mine not in letters[base_of(left)]:
            letters[base_of(left)].append(mine)
        for name in quantities(chain.sides[1]):
            inner = found.use(name)
            if len(inner.indices) == 2 and not inner.symbol.labels and all(i.kind == "letter" for i in inner.indices):
                beside[base_of(name)].add("".join(item.text for item in inner.indices))
    apart = {base: set(found_) for base, found_ in letters.items()
             if len(found_) > 1 and len({*map(len, found_)}) == 1 and len(said[base]) > 1}  # fmt: skip
    if not apart:
        return
    found.lettered.update(apart)
    known = {letter for each in apart.values() for letters_ in each for letter in letters_}
    for base, pairs in beside.items():
        if len(pairs) > 1 and base not in letters and all(set(pair) & known for pair in pairs):
            found.lettered[base] = pairs
    _told_apart(found, chains)  # what is made of these may be told apart now: `\delta_j = \partial L/\partial a_j`


def _whatever_letters(chain: Chain, found: Vocabulary) -> str:
    """What an equation says, whatever letters it takes for its indices."""
    order: dict[str, str] = {}

    def told_apart(part: Syntax) -> Syntax:
        if isinstance(part, Name) and base_of(part) in found.lettered:
            return replace(part, accents=(*part.accents, str(found.use(part).symbol)))
        return part

    def renamed(part: Syntax) -> Syntax:
        if isinstance(part, Name) and part.base in found.index_letters and part == Name(part.base):
            return Name(order.setdefault(part.base, f"index {len(order)}"))
        if (
            isinstance(part, Name)
            and part.base.isalpha()
            and set(part.base) <= found.index_letters
            and part == Name(part.base)
        ):
            return Product(("",) * len(part.base), tuple(renamed(Name(letter)) for letter in part.base))
        if isinstance(part, Name) and any(isinstance(each, Product) for each in part.subscripts):
            return replace(part, subscripts=tuple(
                each for one in part.subscripts for each in (one.factors if isinstance(one, Product) else (one,))
            ))  # fmt: skip
        return part

    side = chain.sides[-1] if isinstance(chain.sides[1], Derivative) else chain.sides[1]
    both = replace(chain, sides=(chain.sides[0], side), relations=chain.relations[:1])
    return _spelled(mapped(mapped(both, told_apart, scripts=False), renamed))


def _is_list(chain: Chain) -> bool:
    if not isinstance(chain.sides[0], Name) or len(chain.sides) < 2:
        return False
    side = chain.sides[1]
    if isinstance(side, Scripted):
        side = side.base
    return isinstance(side, Group) and side.bracket in "[(" and len(side.contents) > 1


def applications(part: Product) -> Iterator[tuple[Name, Group]]:
    """The names in a product that brackets follow directly."""
    for place, (one, other) in enumerate(pairwise(part.factors)):
        if part.operators[place + 1]:
            continue
        group = other.base if isinstance(other, Scripted) else other
        if isinstance(one, Name) and isinstance(group, Group) and group.bracket in ("(", "["):
            yield one, group


def _functions(found: Vocabulary, chains: Sequence[Syntax]) -> None:
    """Which names are functions: those that are applied, and stand for no number."""
    applied: Counter[str] = Counter()
    primed: set[str] = set()
    inside: Counter[str] = Counter()
    among: Counter[str] = Counter()  # as all that another function is applied to, or as what is derived by
    arguments: dict[str, list[Group]] = defaultdict(list)
    for chain in chains:
        for part in walk_syntax(chain):
            if isinstance(part, Product):
                for name, group in applications(part):
                    applied[base_of(name)] += 1
                    arguments[base_of(name)].append(group)
                    only = group.contents[0] if len(group.contents) == 1 else None
                    if isinstance(only, Name):
                        among[base_of(only)] += 1
                    if name.primes:
                        primed.add(base_of(name))
            elif isinstance(part, Derivative):
                if isinstance(part.numerator, Name):
                    inside[base_of(part.numerator)] += 1
                among.update(base_of(each) for each in part.denominators if isinstance(each, Name))
        head = _head(chain)
        if head is not None:
            found.heads.setdefault(head[0], head[1])
    for chain in chains:
        for part in walk_syntax(chain):
            if isinstance(part, Product):
                for place, factor in enumerate(part.factors[:-1]):
                    if isinstance(factor, Name) and not part.operators[place + 1]:
                        if factor.base.startswith("\\") and isinstance(part.factors[place + 1], Name | Scripted):
                            if base_of(factor) != "sigma" or (not factor.subscripts and not factor.superscripts):
                                found.applied.add(base_of(factor))
    found.applied |= set(applied)
    found.alone = Counter({base: found.bases[base] - applied[base] for base in found.bases})
    for base in found.heads:
        found.alone[base] += inside[base]
        written = {tuple(map(_spelled, arguments_of(group))) for group in arguments[base]}
        if len(written) > 1:
            found.others.add(base)
    for base in [base for base in found.heads if base in WHOLE_FUNCTIONS]:
        del found.heads[base]
    for base, count in applied.items():
        known = base.lower() in function_names() or base == "1" or base == "sigmadot"
        if known and base not in found.heads:
            continue
        alone = found.bases[base] - count
        simple = sum(all(not isinstance(each, Addition) for each in group.contents) for group in arguments[base])
        if base in primed or alone == 0 or (alone <= inside[base] + among[base] and simple == count):
            if base not in found.defined or base in found.heads or base in primed:
                found.functions.add(base)


def _head(chain: Syntax) -> tuple[str, int] | None:
    r"""The function that an equation defines, and of how many arguments: `J(w, b) = …`."""
    if not isinstance(chain, Chain) or not isinstance(chain.sides[0], Product):
        return None
    if chain.relations[0] not in ("=", ":=", "≡", "≜"):
        return None  # `\exp(z) \propto y` defines nothing
    factors = chain.sides[0].factors
    if len(factors) != 2 or chain.sides[0].operators[1] or not isinstance(factors[0], Name):
        return None
    group = factors[1]
    if not isinstance(group, Group) or group.bracket not in ("(", "["):
        return None
    names = [part for part in arguments_of(group) if isinstance(part, Name)]
    if factors[0].primes or len(names) != len(arguments_of(group)):
        return None
    return base_of(factors[0]), len(names)


def _spelled(part: Syntax) -> str:
    return repr(part)


def arguments_of(group: Group) -> list[Syntax]:
    r"""What a function is applied to: `(x; w, b)` has three arguments, as `(y \mid x)` has two."""
    found: list[Syntax] = []
    for part in group.contents:
        if isinstance(part, Group) and part.bracket == "{":
            found.extend(part.contents)
        else:
            found.append(part)
    return found


def labelled_bases(chains: Sequence[Syntax], found: Vocabulary) -> set[str]:
    r"""The names whose letters below stand free on the right of a definition, and once: the ij of `\hat\theta_{ij}
    x`.
    """
    labelled: set[str] = set()
    for chain in chains:
        left = _left(chain)
        if left is None or not isinstance(chain, Chain) or chain.relations[0] != "=":
            continue
        bound = {
            item.text for part in walk_syntax(chain) if isinstance(part, BigOperator) for item in bound_letters(part)
        }
        known = {letter for item in found.use(left).indices + found.use(left).samples for letter in letters_in(item)}
        counted: Counter[str] = Counter()
        wearing: dict[str, set[str]] = defaultdict(set)
        for name in quantities(chain.sides[1]):
            use = found.use(name)
            for item in (*use.indices, *use.samples):
                for letter in () if item.text in found.class_letters else letters_in(item):
                    counted[letter] += 1
                    wearing[letter].add(base_of(name))
        for letter, count in counted.items():
            if letter not in bound and letter not in known and count == 1 and letter not in found.bound:
                labelled |= wearing[letter]
    letters: dict[str, set[str]] = defaultdict(set)
    for chain in chains:
        for name in quantities(chain):
            use = found.use(name)
            letters[base_of(name)].update(letter for item in use.indices for letter in letters_in(item))
    labelled = {base for base in labelled if not letters[base] & found.bound and len(letters[base]) <= 2}
    lefts = [left for left in map(_left, chains) if left is not None]
    below = [[letter for item in found.use(left).indices for letter in letters_in(item)] for left in lefts]
    worn = {letter for each in below if len(each) > 1 for letter in each}  # by what is defined for each sample
    return labelled | {base for chain in chains for base, letters_ in _of_each(chain) if not letters_ & worn}


def _of_each(chain: Syntax) -> Iterator[tuple[str, set[str]]]:
    r"""The C of `C = \frac1n \sum_x C_x`: with the letter below, it is another quantity, of one sample."""
    left = _left(chain)
    if left is None or left.subscripts or not isinstance(chain, Chain):
        return
    for part in (part for side in chain.sides[1:] for part in walk_syntax(side)):
        if isinstance(part, BigOperator) and part.kind == "sum":
            bound = {item.text for item in bound_letters(part)}
            for name in quantities(part.body):
                if base_of(name) == base_of(left) and {item.text for item in scripts_of(name).below} & bound:
                    yield base_of(left), bound


def _sizes(found: Vocabulary, every: Sequence[Syntax]) -> None:
    """The letters that say how many there are: what sums run to, and the sizes of declared spaces."""
    for part in every:
        if isinstance(part, BigOperator):
            for upper in part.superscripts:
                if isinstance(upper, Name) and not upper.superscripts:
                    found.sizes.add(_size_key(upper))
        elif isinstance(part, Chain) and "∈" in part.relations:
            for name in (name for side in part.sides[1:] for name in walk_syntax(side) if isinstance(name, Name)):
                if name.base in ("R", r"\R", r"\Re") and name.superscripts:
                    for script in name.superscripts:
                        found.sizes |= {_size_key(inner) for inner in quantities(script)}


def _counts(found: Vocabulary, every: Sequence[Syntax], names: Sequence[Name]) -> None:
    r"""The capitals that what wears an index is divided by: `\frac{1}{H} \mathbf{1}_h x_{bh}` is a mean over H
    places.
    """
    worn = {base_of(name) for name in names if name.subscripts or name.superscripts or name.accents or name.primes}
    derived = {base_of(each) for part in every if isinstance(part, Derivative)
               for each in (*part.denominators, part.numerator) if isinstance(each, Name)}  # fmt: skip
    for part in every:
        if not isinstance(part, Product):
            continue
        below = [factor.denominator for factor in part.factors if isinstance(factor, Fraction)]
        for name in (name for each in below for name in quantities(each)):
            base = base_of(name)
            if len(base) != 1 or not base.isupper() or base in worn | derived | found.defined | found.functions:
                continue
            letters = {
                letter for each in quantities(part) for item in found.use(each).indices for letter in letters_in(item)
            }
            ones = {item.text for each in walk_syntax(part) if isinstance(each, Name) and base_of(each) == "1"
                    for item in scripts_of(each).below}  # fmt: skip
            if base.lower() in (letters | ones) & found.index_letters:
                found.counts[base.lower()] = base
                found.sizes.add(base)


def _size_key(name: Name) -> str:
    below = "".join(str(item) for item in scripts_of(name).below)
    above = "".join(str(item) for item in scripts_of(name).above)
    return base_of(name) + (f"_{below}" if below else "") + (f"^{above}" if above else "")


size_key = _size_key


def runs_apart(chain: Syntax, found: Vocabulary) -> Syntax:
    """The equation with each run of letters that is a product of the document's names taken apart."""
    differential = not found.has_d and "d" not in found.defined and "d" not in found.sizes

    def change(part: Syntax) -> Syntax:
        if isinstance(part, Addition | Group):
            return without_dots(part)
        if isinstance(part, Name) and part.base in ("e", r"\exp") and part.superscripts:
            above = tuple(mapped(each, change, scripts=False) for each in part.superscripts)
            return replace(part, superscripts=above)
        if isinstance(part, Product):
            part = _counted(part, found)
        if isinstance(part, Product) and differential:
            part = _differentials(part)
        if isinstance(part, Name) and len(part.base) == 2 and part.base[0] == "d" and part.base[1].isupper():
            if not found.bases[part.base[1]] and part.base[1].lower() in found.doubled:
                part = replace(part, base=part.base.lower())  # the dY of what is written y_{ij}
        if isinstance(part, Name) and not part.style and not part.base.startswith("\\") and len(part.base) > 1:
            pieces = segments(part, found)
            if pieces is not None:
                return Product(("",) * len(pieces), tuple(pieces), part.span)
        if isinstance(part, Product):
            part = _bracketed(part, found)
        if isinstance(part, Product):
            if not isinstance(part, Product):
                return part
            factors: list[Syntax] = []
            operators: list[str] = []
            for operator, factor in zip(part.operators, part.factors, strict=True):
                if isinstance(factor, Product) and not any(factor.operators):
                    factors += factor.factors
                    operators += [operator, *factor.operators[1:]]
                else:
                    factors.append(factor)
                    operators.append(operator)
            return replace(part, factors=tuple(factors), operators=tuple(operators))
        return part

    return mapped(chain, change, scripts=False)


def _counted(product: Product, found: Vocabulary) -> Product:
    r"""The product with the d of `\frac1d \sum_i` as the end of that sum, where it has none."""
    for place in range(len(product.factors) - 1):
        one, other = product.factors[place], product.factors[place + 1]
        if not isinstance(one, Fraction) or not isinstance(other, BigOperator) or other.superscripts:
            continue
        below = one.denominator
        if not isinstance(below, Name) or below.superscripts or base_of(below) in found.defined - found.sizes:
            continue
        letters = [item.text for item in bound_letters(other)]
        if not other.subscripts and other.kind == "sum":
            letters = sorted({letter for name in quantities(other.body) for item in found.use(name).indices
                              for letter in letters_in(item)})  # fmt: skip
        if (
            len(letters) == 1
            and not any(isinstance(part, Chain) for part in other.subscripts)
            and below.base not in letters
        ):
            letter = other.subscripts or (Name(letters[0], span=other.span),)
            counted = replace(other, subscripts=letter, superscripts=(replace(below, span=other.span),))
            factors = (*product.factors[: place + 1], counted, *product.factors[place + 2 :])
            return replace(product, factors=factors)
    return product


def _differentials(product: Product) -> Syntax:
    r"""The product with `\mathrm{d} W` as one name, dW."""
    factors: list[Syntax] = []
    operators: list[str] = []
    for operator, factor in zip(product.operators, product.factors, strict=True):
        before = factors[-1] if factors else None
        bare = isinstance(before, Name) and before == Name("d", style=before.style)
        if bare and not operator and isinstance(factor, Name) and before is not None:
            factors[-1] = replace(factor, base="d" + factor.base, style="", span=(before.span[0], factor.span[1]))
            continue
        factors.append(factor)
        operators.append(operator)
    if len(factors) == 1:
        return factors[0]
    return replace(product, factors=tuple(factors), operators=tuple(operators))


def _bracketed(product: Product, found: Vocabulary) -> Syntax:
    """The product with indices in brackets as indices: `S[i, k]` is S_{ik}."""
    factors: list[Syntax] = []
    operators: list[str] = []
    for operator, factor in zip(product.operators, product.factors, strict=True):
        before = factors[-1] if factors else None
        if not operator and isinstance(before, Name) and not before.subscripts and _is_brackets(factor, before, found):
            assert isinstance(factor, Group)
            span = (before.span[0], factor.span[1])
            factors[-1] = replace(before, subscripts=factor.contents, span=span)
            continue
        factors.append(factor)
        operators.append(operator)
    if len(factors) == 1:
        return factors[0]
    return replace(product, factors=tuple(factors), operators=tuple(operators))


def _is_brackets(part: Syntax, name: Name, found: Vocabulary) -> bool:
    if not isinstance(part, Group) or part.bracket != "[" or found.row_of(name) is not None:
        return False
    letters = [each for each in part.contents if isinstance(each, Name) and not each.subscripts and len(each.base) == 1]
    bases = all(each.base in USUAL_INDICES and found.bases[each.base] <= found.bracketed[each.base] for each in letters)
    return len(letters) == len(part.contents) and bool(letters) and bases


def segments(name: Name, found: Vocabulary) -> list[Name] | None:
    """A run of letters as the known names that it is made of, or None: `Wx` is W times x."""
    text = name.base
    if not text.isalpha() or len(text) > _LONGEST_RUN or text.lower() in function_names() or text in WHOLE_FUNCTIONS:
        return None
    if text in found.defined or text in found.words:
        return None
    if text[0] == "d" and text[1:] in found.bases and not found.has_d:
        return None
    if text.isupper() and text not in _ACRONYMS and any(found.bases[letter] for letter in text):
        begin = name.span[0]
        letters = [Name(letter, span=(begin + k, begin + k + 1)) for k, letter in enumerate(text)]
        return [*letters[:-1], replace(name, base=text[-1], span=(name.span[1] - 1, name.span[1]))]
    if len(text) == 2 and text not in found.words and text not in _ACRONYMS and not found.bases[text] > 3:
        return [Name(text[0], span=(name.span[0], name.span[0] + 1)),
                replace(name, base=text[1], span=(name.span[0] + 1, name.span[1]))]  # fmt: skip
    pieces: list[str] = []
    place = 0
    while place < len(text):
        for length in range(len(text) - place, 0, -1):
            piece = text[place : place + length]
            if piece == text:
                continue
            if (length == 1 and (found.bases[piece] or piece in found.sizes)) or (
                length > 1 and (piece.lower() in function_names())
            ):
                pieces.append(piece)
                place += length
                break
        else:
            return None
    begin = name.span[0]
    made: list[Name] = []
    at = 0
    for number, piece in enumerate(pieces):
        last = number == len(pieces) - 1
        span = (begin + at, name.span[1] if last else begin + at + len(piece))
        at += len(piece)
        if last:
            made.append(replace(name, base=piece, span=span))
        else:
            made.append(Name(piece, span=span))
    return made


__all__ = ["Number", "Symbol", "Use", "Vocabulary", "is_transpose", "runs_apart", "size_key", "vocabulary_of"]
