"""Syntax in one short line, for tables of cases: `frac(1, n)`, `d(L; w)`, `W_{i, j}^{T}`, `a = b`."""

from __future__ import annotations

from chalkgrad.page.syntax import (
    Addition,
    BigOperator,
    Cases,
    Chain,
    Derivative,
    Dots,
    Evaluated,
    Fraction,
    Group,
    Name,
    Number,
    Product,
    Root,
    Scripted,
    Syntax,
    Text,
    Unread,
)

_CLOSES = {"(": ")", "[": "]", r"\{": r"\}", "{": "}", "": ""}


def compact(syntax: Syntax) -> str:
    match syntax:
        case Number(text=text):
            return text
        case Name(base=base, accents=accents, style=style, subscripts=below, superscripts=above, primes=primes):
            name = base.lstrip("\\") or base
            name = f"{style}:{name}" if style else name
            for accent in accents:
                name = f"{accent}({name})"
            return name + "'" * primes + _scripts(below, above)
        case Scripted(base=base, subscripts=below, superscripts=above, primes=primes):
            return compact(base) + "'" * primes + _scripts(below, above)
        case Group(bracket=bracket, contents=contents):
            return (bracket or "<") + listed(contents) + (_CLOSES.get(bracket, bracket) or ">")
        case Fraction(numerator=above, denominator=below):
            return f"frac({compact(above)}, {compact(below)})"
        case Derivative(numerator=of, denominators=by):
            return f"d({compact(of) if of else ''}; {listed(by)})"
        case Evaluated(body=body, at=at):
            return f"at({compact(body)}; {listed(at)})"
        case Root(radicand=radicand, degree=degree):
            return f"root({compact(radicand)}{', ' + compact(degree) if degree else ''})"
        case Addition(signs=signs, terms=terms):
            found = " ".join(
                ("+ " if sign > 0 else "- ") + compact(term) for sign, term in zip(signs, terms, strict=True)
            )
            return found.removeprefix("+ ") if len(terms) > 1 else found
        case Product(operators=operators, factors=factors):
            pairs = zip(operators, factors, strict=True)
            return "".join(f" {operator.lstrip(chr(92))} {compact(factor)}" if operator else f" {compact(factor)}"
                           for operator, factor in pairs).strip()  # fmt: skip
        case BigOperator(kind=kind, subscripts=below, superscripts=above, body=body):
            return f"{kind}{_scripts(below, above)}({compact(body)})"
        case Cases(rows=rows):
            found = "; ".join(compact(value) + (f" if {compact(at)}" if at else " else") for value, at in rows)
            return "{" + found + "}"
        case Chain(relations=relations, sides=sides):
            rest = "".join(f" {relation} {compact(side)}" for relation, side in zip(relations, sides[1:], strict=True))
            return compact(sides[0]) + rest
        case Text(content=content):
            return f"'{content}'"
        case Dots():
            return "..."
        case Unread(error=error):
            return f"?{error.problem}?"
    raise AssertionError(syntax)


def listed(parts: tuple[Syntax, ...]) -> str:
    return ", ".join(map(compact, parts))


def _scripts(below: tuple[Syntax, ...], above: tuple[Syntax, ...]) -> str:
    return (f"_{{{listed(below)}}}" if below else "") + (f"^{{{listed(above)}}}" if above else "")
