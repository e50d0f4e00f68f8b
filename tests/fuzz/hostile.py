"""Inputs made to crash, hang or fill the memory of each reader: a table of names, readers and texts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

MEGABYTE = 1_000_000
MODEL = r"$$z = w x + b$$ $$\hat y = \sigma(z)$$ Binary cross-entropy. "
CLAIM = r"\frac{\partial L}{\partial w} = "


def claim(right: str) -> str:
    return MODEL + f"$${CLAIM}{right}$$"


def nested(opening: str, inside: str, closing: str, depth: int) -> str:
    return opening * depth + inside + closing * depth


REPEATED = (
    "$",
    "$$",
    r"\(",
    r"\[",
    r"\frac",
    r"\frac{",
    r"\frac1",
    "_",
    "^",
    "'",
    "{",
    "}",
    "(",
    ")",
    "[",
    "|",
    r"\|",
    "\\",
    "\\\\",
    "&",
    "~",
    "`",
    "```\n",
    "<!--",
    "-->",
    "#",
    "# 1.1 x\n",
    "x",
    "1",
    ".",
    ",",
    "+",
    "-",
    "=",
    "x=",
    "x_",
    "x^",
    "é",
    "\u0301",
    "a\u0301",
    "\u202e",
    "\x00",
    "\ud800",
    "\ufeff",
    " ",
    "\n",
    "\t",
    "\r",
    r"\sum",
    r"\sum_i ",
    r"\hat",
    r"\hat ",
    r"\sqrt",
    r"\left(",
    r"\right)",
    r"\begin{align}",
    r"\end{align}",
    r"\begin{cases}",
    r"\begin{equation}x",
    r"\mathbf",
    r"\text{",
    r"\partial",
    r"\nabla",
    "∂",
    "Σ",
    "²",
    "₁",
    "%",
    "%\n",
    r"\%",
    "---\n",
    "$x$ ",
    "$$x=1$$\n",
    "\\section{x}\n",
    "aB",
    "x y ",
    "σ(",
    "1/",
    "x!",
    "?",
    ":",
    "x?1:",
    r"\cdot",
    "⊙",
    "ᵀ",
)


OF_PAGES = (
    "\\(",
    "\\\\[",
    "$`",
    "`$",
    "<script type='math/tex'>",
    "{{< katex >}}",
    "<pre>",
    "\n\n",
    "> ",
    "| $",
    ":math:`x` ",
    ".. math::\n\n   x\n",
    ".. math::\n",
    "\\begin{verbatim}",
    "\\verb|",
    "\\iffalse",
    "\\item $x$\n",
    "x,",
    "x=1,",
    "x:",
    "x &",
    "a \\to ",
    "x \\\\ ",
    "\\quad ",
    "\\quad x",
    "\\text{if} ",
    "\\text{if x} y",
    "\\tag{1}",
    "\\left.",
    "\\right.",
    "\\right)",
    "\\left|",
    "\\foo",
    "\\foo{",
    "\\over",
    "x \\over ",
    "\\overset",
    "\\overset{a}{b}",
    "\\overset{a}{",
    "\\underbrace{x}_{",
    "\\stackrel{!}{",
    "\\not",
    "\\pdv{",
    "\\bf ",
    "{\\bf ",
    "\\mathbf{",
    "\\begin{bmatrix}",
    "\\end{bmatrix}",
    "\\begin{foo}",
    "\\end{foo}",
    "|_x",
    "d/dx ",
    "\\partial_x ",
    "损",
    "x_1",
    "\\sum",
    "(x|",
    "\\{",
    "\\\\{",
    "\\\\frac",
    "\\_",
    "&lt;",
    "<br>",
    "if $x$ ",
    "for $i=j$ ",
    "**",
    "!",
    "\\forall x,",
)


def latex_cases() -> Iterator[tuple[str, str]]:
    for depth in (39, 1000, 30_000):
        yield f"braces {depth}", nested("{", "x", "}", depth)
        yield f"round {depth}", nested("(", "x", ")", depth)
        yield f"fractions {depth}", nested(r"\frac{1}{", "x", "}", depth)
        yield f"fractions above {depth}", nested(r"\frac{", "x", "}{2}", depth)
        yield f"roots {depth}", nested(r"\sqrt{", "x", "}", depth)
        yield f"powers {depth}", nested("9^{", "9", "}", depth)
        yield f"indices {depth}", nested("x_{", "1", "}", depth)
        yield f"functions {depth}", nested(r"\sigma(", "x", ")", depth)
        yield f"sums {depth}", r"\sum_i " * depth + "x"
        yield f"sums in brackets {depth}", nested(r"\sum_{i=1}^{9} (", "x", ")", depth)
        yield f"signs {depth}", "-" * depth + "x"
        yield f"primes {depth}", "x" + "'" * depth
        yield f"bars {depth}", "|" * depth + "x" + "|" * depth
        yield f"cases {depth}", nested(r"\begin{cases}", "x", r"\end{cases}", depth)
        yield f"left {depth}", nested(r"\left(", "x", r"\right)", depth)
        yield f"accents {depth}", nested(r"\hat{", "x", "}", depth)
        yield f"fonts {depth}", nested(r"\mathbf{", "x", "}", depth)
        yield f"choices {depth}", "x>0 ? " * depth + "1" + " : 0" * depth
    for right in (
        "10^{10^{10}}",
        "9^{9^{9^9}}",
        "2^{-999999999}",
        "x^{999999999}",
        "(x+w)^{100000}",
        "(2x)^{9999}",
        "1/0",
        "0^{-1}",
        "0/0",
        "9" * 10_000,
        "0." + "9" * 10_000,
        "x_{999999999}",
        "x_{99999999999999999999}",
        r"\sum_{i=1}^{1000000000} x_i",
        r"\sum_{i=1}^{999999} x",
        r"\sum_{i=-999}^{999} x",
        r"\sum_{i=1}^{n} \sum_{j=1}^{n} \sum_{k=1}^{n} x",
        r"\sqrt[9999]{x}",
        r"\sqrt[99999]{x}",
        r"e^{e^{e^{e^{e^{x}}}}}",
        r"\exp(10^{300} x)",
        r"\prod_{i=1}^{99} x",
        r"\sin^{9999}(x)",
        r"\infty",
        r"\sum_{=1}^9 x",
        "x_{=1}",
        "(=x)",
        r"x^{x^{x^{x^x}}}",
        "\\",
        "{",
        "}",
        "",
        "+".join(["x"] * 5000),
        "+".join(f"{k} x^{{{k}}}" for k in range(900)),
        "*".join(["(x+w)"] * 900),
        " ".join(["x"] * 9000),
        "(" + ")(".join(["x+1"] * 1500) + ")",
        "-".join(["(x-w)"] * 2000),
        "+".join(f"x_{{{k}}}" for k in range(3000)),
        r"\newcommand{\a}{\a\a}\a",
        r"\def\a{\a\a}\a",
        r"\input{/etc/passwd}",
        r"\write18{ls}",
        r"\include{x}",
        r"\catcode`\x=13",
        r"\csname x\endcsname",
        r"\begin{array}{" + "c" * 9999 + "}x\\end{array}",
        r"\text{" + "x" * 9999 + "}",
        r"\left" * 5000,
        r"x\\" * 3000,
        "x &" * 3000,
        "x," * 5000,
        "x=" * 5000 + "x",
    ):
        yield f"claim {right[:30]}", right


def document_cases() -> Iterator[tuple[str, str]]:
    for piece in REPEATED:
        yield f"a megabyte of {piece!r}", piece * (MEGABYTE // len(piece))
        yield f"a claim with 40 kB of {piece!r}", claim(piece * (40_000 // len(piece)))
    yield "10 000 equations", MODEL + "\n".join(f"$$a_{{{k}}} = x$$" for k in range(10_000))
    yield "10 000 claims", MODEL + f"$${CLAIM}(\\hat y - y)x$$\n" * 10_000
    yield "900 wrong claims", MODEL + f"$${CLAIM}(\\hat y + y)x$$\n" * 900
    yield "900 definitions in a chain", "\n".join(f"$$h_{{{k + 1}}} = \\sigma(h_{{{k}}} w)$$" for k in range(900))
    yield (
        "many parameters",
        "$$y = "
        + " + ".join(f"w_{{{k}}} x_{{{k}}}" for k in range(900))
        + "$$ $$\\frac{\\partial L}{\\partial w_1} = x_1$$",
    )
    yield (
        "many names",
        "$$y = " + " + ".join(f"{a}{b}_1" for a in "abcdefghijkmnopqrstuvwz" for b in "abcdefghijkmnopqrs") + "$$",
    )
    yield (
        "many names of sizes",
        "\n".join(f"$$h_{k} = W_{k} h_{k - 1}$$" for k in range(2, 40)) + "$$h_1 = W_1 x$$ $$\\hat y = h_{39}$$",
    )
    yield (
        "a billion laughs",
        r"\newcommand{\lol}{lol}"
        + "".join(
            rf"\newcommand{{\lol{chr(98 + k)}}}{{{(chr(92) + 'lol' + (chr(97 + k) if k else '')) * 10}}}"
            for k in range(15)
        )
        + claim(r"\lolp"),
    )
    yield "a macro of itself", r"\newcommand{\a}{\a}" + claim(r"\a")
    yield "macros that grow", r"\newcommand{\a}{\b\b}\newcommand{\b}{\a\a}" + claim(r"\a x")
    yield "long macros", r"\newcommand{\a}{" + "x" * 9000 + "}" + claim(r"\a" * 9000)
    yield "a long front matter", "---\n" + "let: a=b\n" * 90_000 + "---\n" + claim("x")
    yield "an open front matter", "---\n" + "model: 2-3-1\n" * 70_000
    yield "a huge model", "---\nmodel: 9999-9999-1\n---\n$$\\frac{\\partial L}{\\partial W_1} = x$$"
    yield "a deep model", "---\nmodel: " + "2-" * 20_000 + "1\n---\n$$\\frac{\\partial L}{\\partial W_1} = x$$"
    yield "a large model", "---\nmodel: 300-300-1\n---\n$$\\frac{\\partial L}{\\partial W_1} = x$$"
    yield "a huge network in prose", "A network of 999999999 layers with 1000000000 hidden tanh units. " + claim("x")
    yield "any layer of many", "A network of 100000 layers. $$Z^{[l]} = W^{[l]}A^{[l-1]}$$ $$dZ^{[L]} = A^{[L]} - Y$$"
    yield "sizes in sums", claim(r"\sum_{i=1}^{999999} \sum_{j=1}^{999999} x_i x_j")
    yield "a sum of many terms", claim("+".join(["(\\hat y - y) x"] * 2000))
    yield "a wrong sum of many terms", claim("+".join(f"{k}(\\hat y - y) x" for k in range(1000)))
    yield "a wrong product of many factors", claim(" ".join([r"\hat y", "w", "x", "b"] * 200))
    yield "a wrong product of many sums", claim("(" + ")(".join(["\\hat y - y + x"] * 60) + ")")
    yield "functions of functions", claim(nested(r"\sigma(", r"\hat y - y", ")", 38))
    yield "fractions of fractions", claim(nested(r"\frac{x}{1 + ", r"\hat y", "}", 18))
    for name, right in latex_cases():
        if len(right) < 45_000:
            yield f"document: {name}", claim(right)
    cell = {"cell_type": "markdown", "source": ["x"]}
    yield "a notebook of many cells", json.dumps({"cells": [cell] * 20_000})
    yield "a notebook in a notebook", '{"cells": ' * 50_000
    yield "a deep notebook", '{"cells": ' + "[" * 400_000 + "]" * 400_000 + "}"
    yield (
        "a notebook of other things",
        json.dumps(
            {
                "cells": [
                    1,
                    None,
                    {"cell_type": 5},
                    {"cell_type": "markdown", "source": {"a": 1}},
                    {"cell_type": "markdown", "source": [1, None, "$x$"]},
                ]
            }
        ),
    )
    yield (
        "a notebook with numbers",
        '{"cells": [{"cell_type": "markdown", "source": "$x=1$"}], "n": ' + "9" * 900_000 + "}",
    )
    yield (
        "a notebook in notebooks",
        json.dumps({"cells": [{"cell_type": "markdown", "source": json.dumps({"cells": [cell]})}]}),
    )


def plain_cases() -> Iterator[tuple[str, str]]:
    for piece in (
        "(",
        ")",
        "x",
        "1",
        "-",
        "+",
        "*",
        "^",
        "[",
        "]",
        "sum(i, ",
        "x[",
        "\n",
        "axis i: 2\n",
        "#",
        "é",
        "\x00",
        " ",
        "x = 1\n",
        ",",
        "9",
        "e",
        ".",
    ):
        yield f"plain: half a megabyte of {piece!r}", piece * (500_000 // len(piece))
        yield f"plain: 19 kB of {piece!r}", piece * (19_000 // len(piece))
    for text in (
        "9^9^9^9",
        "10^10^10",
        "2^(-999999999)",
        "(x+1)^1000000",
        "1e999999999",
        "1/0",
        "0^(-1)",
        "x" + "^2" * 300,
        "exp(" * 300 + "x" + ")" * 300,
        "+".join(["x"] * 5000),
        "*".join(["(x+1)"] * 2000),
        "axis i: 1000000000\ninput x[i]\ny = sum(i, x[i])\nresult y",
        "axis i: 99999999999999999999999\ninput x[i]\ny = sum(i, x[i])\nresult y",
        "x[999999999999]",
        "--" * 5000 + "x",
    ):
        yield f"plain: {text[:30]!r}", text


def spec_cases() -> Iterator[tuple[str, str]]:
    for text in (
        "1000000000-1",
        "2-" * 300_000 + "1",
        "2-3-1 " + "relu " * 100_000,
        "9" * 500_000 + "-1",
        "2-3-" + "\x00",
        "-" * 900_000,
        "2--1",
        "0-1",
        "-1-2",
        "2-3-1 relu sigmoid bce " * 20_000,
        "٣-٢-١",
        "2-1e9",
        "2-3-1\n" * 90_000,
        "2-(3-)*1",
        "conv " * 90_000,
        "2-999999-999999-1",
        "2x" * 400_000,
        "\ud800",
    ):
        yield f"spec: {text[:30]!r}", text


def rubric_cases() -> Iterator[tuple[str, str]]:
    for text in (
        "a=" + "[" * 20_000,
        "a=" + "{a=" * 20_000,
        "[" * 500_000,
        "a." * 100_000 + "b=1",
        "[[a]]\n" * 90_000,
        "x=" + "9" * 400_000,
        '"' * 900_000,
        "[parts]\n" * 2,
        "parts = 5",
        "[[parts]]\nname=1\npoints='x'",
        "\x00",
        "[[part]]\nequations = '" + "a" * 100_000 + "'",
        "a" * 900_000,
        "points = inf",
        "points = nan",
    ):
        yield f"rubric: {text[:30]!r}", text


def page_cases() -> Iterator[tuple[str, str]]:
    for name, text in latex_cases():
        yield f"page: {name}", f"$${text}$$"
    for piece in (*REPEATED, *OF_PAGES):
        yield f"page: a megabyte of {piece!r}", piece * (MEGABYTE // len(piece) - 1)
        yield f"page: 40 kB of {piece!r} in a display", f"$$a = {piece * (40_000 // len(piece))}$$"
    for name, text in document_cases():
        if not any(piece in name for piece in ("megabyte", "kB")):
            yield f"page: {name}", text
    yield "page: rests of brackets", "$$" + "([([" * 4000 + ")" * 8000 + "]" * 8000 + "$$"
    yield "page: bars that open and brackets that close", "$$" + "=|" * 9000 + ")" * 9000 + "$$"
    yield "page: ticks of every length", " ".join("`" * length for length in range(1, 1400))
    yield "page: rows of a table", "$$" + r"\begin{matrix}" + "x & " * 9000 + r"\\" * 3000 + r"\end{matrix}$$"
    yield "page: environments in each other", "".join(f"\\begin{{align}}{k}" for k in range(9000))
    yield "page: many cells", json.dumps({"cells": [{"cell_type": "markdown", "source": "$$x"}] * 9000})


READERS: dict[str, Callable[[], Iterator[tuple[str, str]]]] = {
    "latex": latex_cases,
    "document": document_cases,
    "page": page_cases,
    "plain": plain_cases,
    "spec": spec_cases,
    "rubric": rubric_cases,
}
