"""How a whole document uses its letters: which are indices, layers, samples or sizes, and which names are functions."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise

from chalkgrad.page.spelling import function_names
from chalkgrad.page.syntax import (
    Addition,
    BigOperator,
    Cases,
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
    walk_syntax,
)
from chalkgrad.reading.fixed_places import fixed_places
from chalkgrad.reading.listed_by_partials import listed_by_partials
from chalkgrad.reading.scripts import Item, base_of, is_transpose, letters_apart, letters_in, scripts_of
from chalkgrad.reading.stages import staged
from chalkgrad.reading.told_apart import DEFINES, is_list, marks_above, name_on_the_left, spelled, told_apart
from chalkgrad.reading.vocabulary import (
    MARKED_INDICES,
    USUAL_INDICES,
    USUAL_SAMPLES,
    WHOLE_FUNCTIONS,
    Vocabulary,
    applications,
    arguments_of,
    bound_letters,
    quantities,
    size_key,
)
from chalkgrad.reading.written_sums import written_sums


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
    lefts = [left.base for chain in chains if (left := name_on_the_left(chain)) is not None and len(left.base) > 1]
    found.has_d = found.has_d and not any(base[0] == "d" and found.bases[base[1:]] for base in lefts)
    found.subscripted = {base_of(name) for name in names if name.subscripts}
    found.subscripted -= {base_of(name) for name in names if not name.subscripts and not name.superscripts}
    for chain in chains:
        left = name_on_the_left(chain)
        if left is not None:
            found.defined.add(base_of(left))
            if isinstance(chain, Chain):
                found.defined |= {base_of(side) for side in chain.sides[1:-1] if isinstance(side, Name)}
    _bind(found, every, conditions)
    _letters(found, names, chains)
    _above(found, names, chains)
    found.staged = staged(chains)
    found.stepping = set(_stepping(chains))
    _digits(found, names, chains)
    _functions(found, chains)
    _sizes(found, every)
    found.labelled |= set(_sums_of_all(found, chains, names))
    _counts(found, every, names)
    found.worded = set(_worded(chains))
    told_apart(found, chains)
    return found


def _sums_of_all(found: Vocabulary, chains: Sequence[Syntax], names: Sequence[Name]) -> Iterator[str]:
    r"""Names that wear how many there are and never anything else: `\ell_n(w) = \sum_{i=1}^n f_i(w)`."""
    worn: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for name in names:
        worn[base_of(name)].add(tuple(map(str, scripts_of(name).below)))
    for chain in chains:
        left = name_on_the_left(chain)
        if left is None or not isinstance(chain, Chain) or len(chain.sides) < 2 or chain.relations[0] not in DEFINES:
            continue
        (below, *others) = worn[base_of(left)]
        letter = below[0] if len(below) == 1 and not others else ""
        if letter in found.bound or letter not in found.sizes:
            continue
        sums = [part for part in walk_syntax(chain.sides[1]) if isinstance(part, BigOperator)]
        if any(isinstance(upper, Name) and size_key(upper) == letter for part in sums for upper in part.superscripts):
            yield base_of(left)


def _worded(chains: Sequence[Syntax]) -> Iterator[tuple[str, str]]:
    r"""Names with a word below, such as `E_{in} = \sum_i …`: what defines them has none of its letters as an index."""
    for chain in chains:
        left = name_on_the_left(chain)
        if left is None or not isinstance(chain, Chain) or len(chain.sides) < 2 or chain.relations[0] not in DEFINES:
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


def _bind(found: Vocabulary, every: Sequence[Syntax], conditions: Iterable[Syntax]) -> None:
    for part in every:
        if isinstance(part, BigOperator):
            found.bound.update(item.text for item in bound_letters(part))
        elif isinstance(part, Name):
            found.index_letters.update(_letters_of_kronecker(part))
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
    summed = _summed_over(chains)  # the `C_x` of a sample x, which has places of its own
    found.unworn = {letter for letter in found.bound
                    if letter in worn and single[letter] <= summed[letter] and letter not in runs}  # fmt: skip
    found.bound -= found.unworn
    found.index_letters |= found.bound
    found.compared = _classes(found, chains, set(single) | set(runs))
    derived = {base_of(each) for chain in chains for part in walk_syntax(chain) if isinstance(part, Derivative)
               for each in part.denominators if isinstance(each, Name)}  # fmt: skip
    for letter in single:
        quantity = found.bases[letter] > 0 and letter not in found.bound
        if letter in "ijk" and letter not in worn | derived | found.defined | found.applied:
            quantity = False  # the number that it is, as in `2i`
        quantity = quantity and letter not in MARKED_INDICES
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
    fixed = fixed_places(chains, found.bound)
    found.index_letters |= fixed
    found.class_letters |= found.compared | fixed
    for name in (each for each in quantities if each.base != r"\nabla"):  # that is what is derived by
        for item in scripts_of(name).below:
            if item.kind == "other" and isinstance(item.syntax, Name) and len(item.syntax.subscripts) <= 1:
                if any(isinstance(each, Number) for each in item.syntax.superscripts):
                    continue  # the square of `g_{\\sigma^2}` is part of a name
                found.class_letters.add(item.text)
    found.picks_class = _picks_class(found, quantities)


def _picks_class(found: Vocabulary, quantities: Sequence[Name]) -> bool:
    """Whether e is always that of a class, `e_y`, and nothing defines it: the vector with a 1 at that place."""
    below = [scripts_of(name).below for name in quantities if base_of(name) == "e" and name.subscripts]
    return (
        "e" not in found.defined
        and bool(below)
        and all(len(items) == 1 and items[0].text in found.class_letters for items in below)
    )


def _summed_over(chains: Sequence[Syntax]) -> dict[str, set[str]]:
    r"""For each letter the names that wear it by itself and of which a sum over it consists: the C of `\sum_x C_x`."""
    found: dict[str, set[str]] = defaultdict(set)
    for part in (part for chain in chains for part in walk_syntax(chain)):
        if isinstance(part, BigOperator) and part.kind == "sum" and isinstance(part.body, Name):
            below = scripts_of(part.body).below
            if len(below) == 1 and below[0].text in {item.text for item in bound_letters(part)}:
                found[below[0].text].add(base_of(part.body))
    return found


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
                        classes.add(size_key(label))
    return classes


def _plausible(found: Vocabulary, run: str) -> bool:
    return all(letter in found.index_letters or not found.bases[letter] for letter in run)


_EVERYBODYS = frozenset({"sin", "cos", "tan", "exp", "log", "ln"})  # functions that no document defines anew
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
    usual, steps = {"l", "L", "ell"} - found.bound, _letters_of_steps(quantities_, found.layered) - found.bound
    for name in quantities_:
        base = base_of(name)
        for item in scripts_of(name).above:
            if item.kind != "letter":
                continue
            if item.offset:
                shifted.add(item.text)
            if item.bracket == "(":
                bracketed[item.text] += 1
            elif item.bracket or base == "e":
                continue
            elif item.text in usual or (item.text in steps and base not in found.powered):
                found.layered.add(base)
    for chain in chains:
        left = name_on_the_left(chain)
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
    found.marks = marks_above(quantities_) - found.bound


def _with_samples(quantities_: Sequence[Name], sampled: set[str]) -> set[str]:
    """The bases that stand with a letter that counts samples in brackets above, and with no other letter there."""
    letters: dict[str, set[str]] = defaultdict(set)
    for name in quantities_:
        above = [item for item in scripts_of(name).above if item.bracket]
        for item in above:
            if item.kind != "number" or len(above) > 1:  # in `x^{(i, 2)}` the number is a layer
                letters[base_of(name)].add(item.text if item.bracket == "(" and item.kind == "letter" else "")
    return {base for base, found in letters.items() if found <= sampled}


def _digits(found: Vocabulary, quantities: Sequence[Name], chains: Sequence[Syntax]) -> None:
    """Of which names the digits below are places, as of a vector, and not just part of the name."""
    lettered: set[str] = set()
    numbers: dict[str, set[str]] = defaultdict(set)
    layers: dict[str, dict[tuple[str, ...], set[str]]] = defaultdict(lambda: defaultdict(set))
    bare: set[str] = set()
    twice: set[str] = set()
    behind: set[str] = set()  # with a letter behind a number: the entries of one of several, `z_{2,k}`
    for name in quantities:
        base = base_of(name)
        items = scripts_of(name).below
        if [item.kind for item in items] == ["number", "letter"]:
            behind.add(base)
            continue
        if len(items) == 2 or (len(items) == 1 and items[0].kind == "number" and len(items[0].text) > 1):
            twice.add(base)  # `w_{21}` has two places, written without a comma
        if len(items) == 1 and items[0].kind == "number":
            layers[base][tuple(map(str, scripts_of(name).above))].add(items[0].text)
        if not items:
            bare.add(base)
        for item in items:
            letters = letters_apart(item, found.index_letters) if item.kind == "word" else (item,)
            kronecker = base == "delta" and len(items) + len(letters) > 2  # it is another than `\\delta_1`
            if not kronecker and all(each.kind == "letter" and each.text in found.index_letters for each in letters):
                lettered.add(base)
            if item.kind == "number":  # beside a letter it is a place whatever else there is: `w_{1i}`
                beside = any(each.kind in ("letter", "word") for each in items)
                numbers[base] |= set() if beside else {item.text}
    members = {base for base in behind - bare - lettered if numbers[base]} - twice
    lettered |= behind - members
    found.doubled -= members | ({"delta"} if numbers["delta"] and "delta" not in lettered else set())
    tables: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for name in quantities:
        items = scripts_of(name).below
        if len(items) == 2 and all(item.kind == "number" and item.text.isdigit() for item in items):
            tables[base_of(name)].add(tuple(item.text for item in items))
    found.places |= {base for base, places in tables.items() if len(places) > 1}
    worksheet = any(
        len({text for text in texts if len(text) == 2 and text.isdigit()}) > 1 for texts in numbers.values()
    )
    sums = written_sums(chains)
    plainly = {
        base_of(left) for chain in chains if (left := name_on_the_left(chain)) is not None and not left.subscripts
    }
    listed = {
        base_of(chain.sides[0])
        for chain in chains
        if isinstance(chain, Chain) and isinstance(chain.sides[0], Name) and is_list(chain)
    }
    found.entries = listed_by_partials(chains)
    listed |= found.entries
    taken_whole = {
        base_of(argument)
        for chain in chains for part in walk_syntax(chain) if isinstance(part, Product)
        for name, group in applications(part) if base_of(name) in WHOLE_FUNCTIONS
        for argument in arguments_of(group) if isinstance(argument, Name) and not argument.subscripts
    }  # fmt: skip
    for base, texts in numbers.items():
        if base in found.staged:
            continue
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
        whole = (worksheet and base not in plainly) or texts in sums.get(base, ())
        whole = whole and base in bare and texts == counted and len(texts) > 1
        if base in lettered or base in listed or base in taken_whole or whole or (partner and len(texts) > 1):
            (found.pairs if len(two) == len(texts) and two else found.places).add(base)
        elif texts == {"1"} and (base in bare or partner):
            found.singles.add(base)
        if partner and base not in found.layered:
            found.capitals[capital] = base


def _are_pairs(texts: set[str]) -> bool:
    return len(texts) > 1 and all(len(text) == 2 and text.isdigit() and "0" not in text for text in texts)


def _letters_of_kronecker(name: Name) -> list[str]:
    r"""The two letters below a `\delta_{ij}`; none below any other name."""
    if base_of(name) != "delta" or not name.subscripts:
        return []
    items = [each for item in scripts_of(name).below for each in _apart(item)]
    return [item.text for item in items] if len(items) == 2 and all(item.kind == "letter" for item in items) else []


def _functions(found: Vocabulary, chains: Sequence[Syntax]) -> None:
    """Which names are functions: those that are applied, and stand for no number."""
    applied: Counter[str] = Counter()
    primed: set[str] = set()
    matrices: set[str] = set()
    inside: Counter[str] = Counter()
    among: Counter[str] = Counter()  # as all that another function is applied to, or as what is derived by
    arguments: dict[str, list[Group]] = defaultdict(list)
    defined_with: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for chain in chains:
        for part in walk_syntax(chain):
            if isinstance(part, Product):
                for name, group in applications(part):
                    if _is_matrix(name) or (_letters_of_kronecker(name) and not name.superscripts):
                        continue
                    if _is_entry(name, group):
                        continue
                    applied[base_of(name)] += 1
                    arguments[base_of(name)].append(group)
                    only = group.contents[0] if len(group.contents) == 1 else None
                    if isinstance(only, Name):
                        among[base_of(only)] += 1
                    if name.primes:
                        primed.add(base_of(name))
            elif isinstance(part, Name) and _is_matrix(part) and part.base[:1].isupper():
                matrices.add(base_of(part))
            elif isinstance(part, Derivative):
                if isinstance(part.numerator, Name):
                    inside[base_of(part.numerator)] += 1
                among.update(base_of(each) for each in part.denominators if isinstance(each, Name))
        head = _head(chain)
        if head is not None:
            found.heads.setdefault(head[0], head[1])
            names = (
                [part for part in walk_syntax(chain.sides[0]) if isinstance(part, Name)]
                if isinstance(chain, Chain)
                else []
            )
            if not any(name.subscripts or name.superscripts for name in names):  # `f(A) = …` after another `f(x) = …`
                defined_with[head[0]].add(tuple(map(spelled, names[1:])))
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
        written = {tuple(map(spelled, arguments_of(group))) for group in arguments[base]}
        if len(written) > 1 and written - defined_with[base]:
            found.others.add(base)
    for base in [base for base in found.heads if base in WHOLE_FUNCTIONS]:
        del found.heads[base]
    for base, count in applied.items():
        known = (base.lower() in function_names() and base not in found.stepping) or base in ("1", "sigmadot")
        if known and base not in found.heads:
            continue
        alone = found.bases[base] - count
        simple = sum(all(not isinstance(each, Addition) for each in group.contents) for group in arguments[base])
        if base in primed or alone == 0 or (alone <= inside[base] + among[base] and simple == count):
            if base in matrices and base not in primed:
                continue
            if base not in found.defined or base in found.heads or base in primed:
                found.functions.add(base)


def _stepping(chains: Sequence[Syntax]) -> Iterator[str]:
    r"""The functions of which a derivative is told by cases that are numbers, as no sigmoid's is: `\sigma'(x) = 1` for
    some x and 0 for others.
    """
    for chain in chains:
        left = chain.sides[0] if isinstance(chain, Chain) else None
        if not isinstance(left, Product) or not isinstance(chain, Chain) or not isinstance(chain.sides[-1], Cases):
            continue
        if all(isinstance(value, Number) for value, _ in chain.sides[-1].rows):
            yield from (base_of(name) for name, _ in applications(left) if name.primes)


def _is_matrix(name: Name) -> bool:
    r"""Whether a name before brackets is transposed, or a capital inverted, and so no function: `S^{-1}(x - m)`."""
    inverted = name.base[:1].isupper() and Addition((-1,), (Number("1"),)) in name.superscripts
    return inverted or any(map(is_transpose, name.superscripts))


def _is_entry(name: Name, group: Group) -> bool:
    r"""Whether a name before brackets is the entry of a matrix, the `w_{ij}` of `w_{ij} (x_i - x_j)`: both of its
    letters stand in a sum or difference there, which is no list of what a function has.
    """
    letters = {item.text for item in scripts_of(name).below for item in _apart(item) if item.kind == "letter"}
    inner = {letter for each in quantities(group) for item in scripts_of(each).below for letter in letters_in(item)}
    plain = not name.primes and len(group.contents) == 1 and isinstance(group.contents[0], Addition)
    return plain and len(letters) == 2 and letters <= inner


def _head(chain: Syntax) -> tuple[str, int] | None:
    r"""The function that an equation defines, and of how many arguments: `J(w, b) = …`."""
    if not isinstance(chain, Chain) or not isinstance(chain.sides[0], Product):
        return None
    if chain.relations[0] not in DEFINES:
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
    if base_of(factors[0]).lower() in function_names() and not _says_what_it_is(base_of(factors[0]), names, chain):
        return None
    return base_of(factors[0]), len(names)


def _says_what_it_is(function: str, arguments: Sequence[Name], chain: Chain) -> bool:
    r"""Whether an equation says what a known function is.

    `\ln(p_k) = x_k - c` says what p is, and `\log(a^k) = k \log(a)` what is true of it. What a sine is
    nobody says anew.
    """
    if function in _EVERYBODYS:
        return False
    body = [base_of(name) for name in quantities(chain.sides[1])]
    return function not in body and all(base_of(each) in body and not each.subscripts for each in arguments)


def _sizes(found: Vocabulary, every: Sequence[Syntax]) -> None:
    """The letters that say how many there are: what sums run to, and the sizes of declared spaces."""
    for part in every:
        if isinstance(part, BigOperator):
            for upper in part.superscripts:
                if isinstance(upper, Name) and not upper.superscripts:
                    found.sizes.add(size_key(upper))
        elif isinstance(part, Chain) and "∈" in part.relations:
            for name in (name for side in part.sides[1:] for name in walk_syntax(side) if isinstance(name, Name)):
                if name.base in ("R", r"\R", r"\Re") and name.superscripts:
                    for script in name.superscripts:
                        found.sizes |= {size_key(inner) for inner in quantities(script)}


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


def _letters_of_steps(names: Sequence[Name], layered: Collection[str]) -> set[str]:
    """The letters of layers: they step on above two names at least, `a^{q-1}` and `w^{q+1}`, that have no powers."""
    stepping: dict[str, set[str]] = defaultdict(set)
    for name in names:
        for item in scripts_of(name).above:
            if item.kind == "letter" and item.offset and not item.bracket and base_of(name) in layered:
                stepping[item.text].add(base_of(name))
    return {letter for letter, bases in stepping.items() if len(bases) > 1}
