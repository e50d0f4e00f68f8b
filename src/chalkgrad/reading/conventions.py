r"""One spelling for what people write in several ways: `\nabla_W L`, `\partial L/\partial W`, `h_\theta(x)`, `z^2`.

All that follows reads derivatives as fractions, layers in brackets, and the writer's own activation by its real name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TypeGuard

from chalkgrad.page.syntax import (
    Chain,
    Derivative,
    Group,
    Name,
    Number,
    Product,
    Scripted,
    Syntax,
    mapped,
    walk_syntax,
)
from chalkgrad.reading.activations import Activations
from chalkgrad.reading.scope import Scope, core, is_label, is_transpose, superscript_parts

LOSS_NAMES = ("L", "J", "C", "E", "ell", "Loss", "loss", "cost", "l")
ERRORS = frozenset({"delta", "varepsilon", "epsilon", "err"})
TARGETS = ("y", "t", "Y")
_PARAMETERS_BELOW = frozenset({"theta", "w", "W", "beta", "phi"})
_LAYERED = frozenset({"w", "W", "b", "B", "a", "z", "h", r"\delta"})


def settled(chains: Sequence[Chain], activations: Activations) -> list[Chain]:
    r"""The equations in the one spelling that the rest of the reader knows, with the writer's activations by name.

    >>> from chalkgrad.reading.latex import read_latex
    >>> settled(read_latex(r"\nabla_{W} L = \delta x^T"), Activations())[0].sides[0]
    Derivative(numerator=Name(base='L', ...), denominators=(Name(base='W', ...),))
    """
    plain = [_plainly(chain) for chain in chains]
    layered = _layered_bases(plain)
    defined = {core(chain.sides[0]) for chain in plain if isinstance(chain, Chain) and isinstance(chain.sides[0], Name)}

    def change(part: Syntax) -> Syntax:
        if isinstance(part, Product) and "H" not in defined:
            return _with_steps(part)
        if not isinstance(part, Name):
            return part
        if "e" in defined and part.base == "e" and not part.subscripts and _is_square(part):
            return Scripted(replace(part, superscripts=()), (), part.superscripts, 0, part.span)
        return activations.known(_with_layer(part, layered))

    return [chain for chain in (mapped(chain, change, scripts=False) for chain in plain) if isinstance(chain, Chain)]


def _plainly(syntax: Syntax) -> Syntax:
    """The whole part in that spelling."""
    return mapped(syntax, _plain, scripts=False)


def _plain(part: Syntax) -> Syntax:
    match part:
        case Name(accents=accents) if "vec" in accents:
            return replace(part, accents=tuple(accent for accent in accents if accent != "vec"))
        case Name(accents=("dot",)) if Scope().function(replace(part, accents=(), primes=0, superscripts=())):
            return replace(part, accents=(), primes=part.primes + 1)
        case Name(base="e", superscripts=(above,), subscripts=(), accents=(), primes=0) if _is_exponent(above):
            return Product(
                ("", ""),
                (Name(r"\exp", span=part.span), Group("(", (_plainly(above),), part.span)),
                part.span,
            )
        case Product():
            return _plain_product(part)
    return part


def _is_square(name: Name) -> bool:
    return bool(name.superscripts) and all(isinstance(part, Number) for part in name.superscripts)


def _is_exponent(part: Syntax) -> bool:
    """Whether what stands above an e makes it the exponential: no plain number, sample, layer or transpose."""
    return not (isinstance(part, Number) or sample_letter(part) or is_label(part) or is_transpose(part))


def _plain_product(product: Product) -> Syntax:
    """The product with gradients as derivatives, `J(W, b)` as J, and `h_θ(x)` as h."""
    factors: list[Syntax] = []
    operators: list[str] = []
    place = 0
    while place < len(product.factors):
        found, after = _spelled(product, place)
        factors.append(found)
        operators.append(product.operators[place] if factors[1:] else "")
        place = after
    return factors[0] if len(factors) == 1 else Product(tuple(operators), tuple(factors), product.span)


def _spelled(product: Product, place: int) -> tuple[Syntax, int]:
    """What begins at the place in the one spelling, and where the next factor is."""
    factor, rest = product.factors[place], product.factors[place + 1 :]
    beside = rest[0] if rest and not product.operators[place + 1] else None
    if _is_gradient(factor) and isinstance(beside, Name):
        span = (factor.span[0], beside.span[1])
        after = place + 2 + _is_loss_of(beside, rest)
        by = factor.subscripts[0]
        by = by.contents[0] if isinstance(by, Group) and len(by.contents) == 1 else by
        twice = 2 if factor.superscripts == (Number("2"),) else 1
        return Derivative(_plainly(beside), (_plainly(by),) * twice, span), after
    if isinstance(factor, Name) and factor == Name(r"\nabla") and isinstance(beside, Name) and len(rest) > 1:
        listed = rest[1]
        if isinstance(listed, Group) and _lists_names(listed) and len(listed.contents) == 1:
            span = (factor.span[0], listed.span[1])
            return Derivative(_plainly(beside), (_plainly(listed.contents[0]),), span), place + 3
    if isinstance(factor, Derivative) and factor.numerator is None and isinstance(beside, Name):
        return replace(factor, numerator=beside, span=(factor.span[0], beside.span[1])), place + 2 + _is_loss_of(
            beside, rest
        )
    slashed = _slashed(product, place)
    if slashed is not None:
        return slashed
    if isinstance(factor, Name) and isinstance(beside, Group):
        if core(factor) in LOSS_NAMES and _lists_names(beside):
            return replace(factor, span=(factor.span[0], beside.span[1])), place + 2
        if _is_hypothesis(factor) and len(beside.contents) == 1 and isinstance(beside.contents[0], Name):
            above = beside.contents[0].superscripts
            span = (factor.span[0], beside.span[1])
            return Name(factor.base, (), above, factor.primes, factor.accents, factor.style, span), place + 2
    return factor, place + 1


def _is_gradient(factor: Syntax) -> TypeGuard[Name]:
    r"""Whether a factor is `\nabla_W`, or `\nabla_W^2` for the second derivative."""
    if not isinstance(factor, Name) or factor.base != r"\nabla" or not factor.subscripts:
        return False
    return factor.superscripts in ((), (Number("2"),))


def _is_loss_of(name: Name, rest: Sequence[Syntax]) -> bool:
    r"""Whether a loss with its variables stands there, `J(\theta)`."""
    return core(name) in LOSS_NAMES and len(rest) > 1 and _lists_names(rest[1])


def _slashed(product: Product, place: int) -> tuple[Derivative, int] | None:
    r"""A derivative written in one line: `\partial L/\partial W`, `dL/dW`."""
    above = _after_sign(product, place)
    if above is None or above[1] >= len(product.factors) or product.operators[above[1]] != "/":
        return None
    below = _after_sign(product, above[1])
    if below is None:
        return None
    span = (product.factors[place].span[0], below[0].span[1])
    return Derivative(above[0], (below[0],), span), below[1]


def _after_sign(product: Product, place: int) -> tuple[Name, int] | None:
    factor = product.factors[place]
    if not isinstance(factor, Name) or factor.accents or factor.primes:
        return None
    if factor.base in (r"\partial", "d") and not (factor.subscripts or factor.superscripts):
        following = product.factors[place + 1 : place + 2]
        if following and isinstance(following[0], Name) and not product.operators[place + 1]:
            return following[0], place + 2
    elif len(factor.base) == 2 and factor.base[0] == "d" and factor.base[1].isalpha():
        return replace(factor, base=factor.base[1:], span=(factor.span[0] + 1, factor.span[1])), place + 1
    return None


def _with_steps(product: Product) -> Product:
    """Heaviside's H of a name as the step function that it is."""
    factors = list(product.factors)
    for place, (factor, following) in enumerate(pairwise(factors)):
        if isinstance(factor, Name) and factor == Name("H") and _lists_names(following):
            factors[place] = replace(factor, base="step")
    return replace(product, factors=tuple(factors))


def _lists_names(part: Syntax) -> bool:
    if not isinstance(part, Group) or part.bracket != "(" or not part.contents:
        return False
    return all(isinstance(each, Name) for each in part.contents)


def _is_hypothesis(name: Name) -> bool:
    r"""Whether a name is one such as `h_\theta`, `f_{w,b}`: what its parameters are stands below it."""
    if not name.subscripts or name.superscripts or name.base in ("x", "y"):
        return False
    return all(isinstance(part, Name) and core(part) in {*_PARAMETERS_BELOW, "b"} for part in name.subscripts)


def _layered_bases(chains: Iterable[Syntax]) -> frozenset[str]:
    """The names on which a superscript number is a layer: those of a document that defines `z^2 = …`."""
    for chain in chains:
        left = chain.sides[0] if isinstance(chain, Chain) else chain
        if isinstance(left, Name) and any(isinstance(part, Number) for part in left.superscripts):
            return _LAYERED | {left.base}
    return frozenset()


def _with_layer(name: Name, layered: frozenset[str]) -> Name:
    if name.base not in layered:
        return name
    above: list[Syntax] = []
    for part in name.superscripts:
        above.append(Group("(", (part,), part.span) if isinstance(part, Number) else part)
    base = "W" if name.base == "w" else name.base
    return replace(name, base=base, superscripts=tuple(above))


def names_of_samples(chains: Iterable[Syntax]) -> frozenset[str]:
    """The letters that name a sample above a quantity: the i of `x^{(i)}`."""
    found: set[str] = set()
    for part in (part for chain in chains for part in walk_syntax(chain)):
        if isinstance(part, Name):
            found |= {letter for each in superscript_parts(part) if (letter := sample_letter(each))}
    return frozenset(found)


def sample_letter(part: Syntax) -> str:
    """The letter of a superscript that names a sample, `(i)`; "" for anything else."""
    if isinstance(part, Group) and part.bracket == "(" and len(part.contents) == 1:
        inner = part.contents[0]
        if isinstance(inner, Name) and len(inner.base) == 1 and inner.base.islower() and inner.base != "l":
            return inner.base
    return ""


def without_samples(chain: Chain) -> Chain:
    """The equation for one sample: without the `(i)` above its names."""

    def change(part: Syntax) -> Syntax:
        if isinstance(part, Name) and part.superscripts:
            kept = tuple(each for each in superscript_parts(part) if not sample_letter(each))
            return replace(part, superscripts=kept)
        return part

    changed = mapped(chain, change, scripts=False)
    assert isinstance(changed, Chain)
    return changed
