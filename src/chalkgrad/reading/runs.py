"""Runs of letters taken apart into the names that the rest of a document has: 'wx' is w times x."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from chalkgrad.page.spelling import function_names
from chalkgrad.page.syntax import Addition, BigOperator, Chain, Fraction, Group, Name, Product, Syntax, mapped
from chalkgrad.reading.dotted import without_dots
from chalkgrad.reading.scripts import base_of, letters_in
from chalkgrad.reading.vocabulary import (
    ACRONYMS,
    LONGEST_RUN,
    WHOLE_FUNCTIONS,
    Vocabulary,
    bound_letters,
    quantities,
)


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
            part = _counted(cast("Product", without_dots(part)), found)
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


def _is_applied_matrix(text: str, found: Vocabulary) -> bool:
    """Whether what stands on the left is a matrix times a vector of the document, the `Ax` of `Ax = b`."""
    matrix = len(text) == 2 and text[0].isupper() and text[1].islower()
    return matrix and all(found.bases[letter] > 0 for letter in text)


def _in_a_pair(letter: str, found: Vocabulary) -> bool:
    """Whether a letter stands in a product of two that is written without a space, the x of `Wx`."""
    kept = {*found.words, *found.defined, *ACRONYMS}
    return any(len(base) == 2 and base.isalpha() and letter in base and base not in kept for base in found.bases)


def segments(name: Name, found: Vocabulary) -> list[Name] | None:
    """A run of letters as the known names that it is made of, or None: `Wx` is W times x."""
    text = name.base
    if not text.isalpha() or len(text) > LONGEST_RUN or text.lower() in function_names() or text in WHOLE_FUNCTIONS:
        return None
    if (text in found.defined and not _is_applied_matrix(text, found)) or text in found.words:
        return None
    if text[0] == "d" and text[1:] in found.bases and not found.has_d:
        return None
    if text.isupper() and text not in ACRONYMS and any(found.bases[letter] for letter in text):
        begin = name.span[0]
        letters = [Name(letter, span=(begin + k, begin + k + 1)) for k, letter in enumerate(text)]
        return [*letters[:-1], replace(name, base=text[-1], span=(name.span[1] - 1, name.span[1]))]
    if len(text) == 2 and text not in found.words and text not in ACRONYMS and not found.bases[text] > 3:
        return [Name(text[0], span=(name.span[0], name.span[0] + 1)),
                replace(name, base=text[1], span=(name.span[0] + 1, name.span[1]))]  # fmt: skip
    pieces: list[str] = []
    place = 0
    while place < len(text):
        for length in range(len(text) - place, 0, -1):
            piece = text[place : place + length]
            if piece == text:
                continue
            if (length == 1 and (found.bases[piece] or piece in found.sizes or _in_a_pair(piece, found))) or (
                length > 1 and (piece.lower() in function_names() or piece in found.defined)  # the dz of `dzx^\top`
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
