"""Edits of what is computed: signs, factors, powers, brackets, derivatives of activations, constants."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from chalkgrad.checking.code.spans import Body, SmallEdit, Text

_COUNTS = ("m", "n", "N", "batch_size", "num_train", "n_samples", "B")


def signs(text: Text, body: Body) -> Iterator[SmallEdit]:
    """Another sign."""
    for node in body.nodes:
        match node:
            case ast.BinOp(left=left, op=ast.Sub(), right=right):
                swapped = f"{text.bracketed(right)} - {text.bracketed(left)}"
                yield text.edit(node, swapped, "sign_flipped")
                yield text.edit(node, f"{text.text(left)} + {text.bracketed(right)}", "sign_flipped")
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                yield text.edit(node, f"{text.text(left)} - {text.bracketed(right)}", "sign_flipped")
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                yield text.edit(node, text.bracketed(operand), "sign_flipped")
            case ast.Call(args=[ast.BinOp() | ast.Name() | ast.Attribute() | ast.Call() as given, *_]):
                yield text.edit(given, f"-{text.bracketed(given)}", "sign_flipped")
            case ast.AugAssign(target=target, op=ast.Add() | ast.Sub() as op, value=value):
                (start, end), old = text.between(target, value), "+=" if isinstance(op, ast.Add) else "-="
                turned = text.data[start:end].decode().replace(old, "-=" if old == "+=" else "+=")
                yield SmallEdit(start, end, turned, "sign_flipped", target.lineno)
    for value in body.computed:
        yield text.edit(value, f"-{text.bracketed(value)}", "sign_flipped")


def factors(text: Text, body: Body) -> Iterator[SmallEdit]:
    """A factor less, on the other side of the fraction line, or a constant more."""
    for node in body.nodes:
        match node:
            case ast.BinOp(left=left, op=ast.Mult(), right=right):
                yield text.edit(node, text.bracketed(left), "factor_too_many")
                yield text.edit(node, text.bracketed(right), "factor_too_many")
                yield text.edit(node, f"{text.text(left)} / {text.bracketed(right)}", "quotient_upside_down")
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                yield text.edit(node, text.bracketed(left), "factor_too_many")
                yield text.edit(node, f"{text.bracketed(left)} * {text.bracketed(right)}", "quotient_upside_down")
                yield text.edit(node, f"{text.bracketed(right)} / {text.bracketed(left)}", "quotient_upside_down")
            case ast.BinOp(left=left, op=ast.Pow()):
                yield text.edit(node, text.bracketed(left), "power_rule")
    counts = [name for name in _COUNTS if name in body.names]
    samples = [f"{name}.shape[0]" for name in ("X", "x", "y") if name in body.names]
    for value in body.computed:
        if isinstance(value, ast.Subscript):
            continue
        inner = text.bracketed(value)
        yield text.edit(value, f"2 * {inner}", "factor_of_two")
        yield text.edit(value, f"{inner} / 2", "factor_of_two")
        for number in ("-2", "3", "-3", "4", "-0.5"):
            yield text.edit(value, f"{number} * {inner}", "factor_missing")
        for count in (counts or samples)[:1]:
            yield text.edit(value, f"{inner} / {count}", "mean_missing")
            yield text.edit(value, f"{inner} * {count}", "mean_doubled")


def softmaxes(text: Text, body: Body) -> Iterator[SmallEdit]:
    """The whole Jacobian of the softmax s where only its diagonal s (1 - s) stands, times what comes from above."""
    for node in body.nodes:
        if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Mult):
            continue
        factors = _factors(node)
        for rest in factors:
            match rest:
                case ast.BinOp(left=ast.Constant(value=1), op=ast.Sub(), right=value):
                    same = [each for each in factors if ast.dump(each) == ast.dump(value)]
                    others = [each for each in factors if each is not rest and each not in same[:1]]
                    if same and others:
                        s, above = text.bracketed(value), " * ".join(map(text.bracketed, others))
                        above = f"({above})" if len(others) > 1 else above
                        for axis in ("-1", "0"):
                            summed = f"({above} * {s}).sum({axis}, keepdims=True)"
                            yield text.edit(node, f"{s} * ({above} - {summed})", "softmax_jacobian_diagonal")


def _factors(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return [*_factors(node.left), *_factors(node.right)]
    return [node]


def powers(text: Text, body: Body) -> Iterator[SmallEdit]:
    """A square where a name stands alone."""
    for node in body.nodes:
        match node:
            case ast.BinOp(left=left, op=ast.Sub() | ast.Add() | ast.Mult() | ast.Div() as op, right=right):
                kind = "tanh_derivative_slip" if isinstance(op, ast.Sub) else "power_rule"
                for side in (right, left):
                    if isinstance(side, ast.Name | ast.Attribute | ast.Subscript):
                        yield text.edit(side, f"{text.text(side)}**2", kind)


def names_more(text: Text, body: Body) -> Iterator[SmallEdit]:
    """A whole value times, or over, another that the function has."""
    for value in body.values:
        if isinstance(value, ast.Name | ast.BinOp | ast.Call | ast.Subscript):
            for name in _factors_of(body):
                yield text.edit(value, f"{text.bracketed(value)} * {name}", "factor_missing")
                yield text.edit(value, f"{text.bracketed(value)} / {name}", "factor_missing")


def factors_summed(text: Text, body: Body) -> Iterator[SmallEdit]:
    """A factor more in what is added up: `(d * h).sum(axis=0)` for `d.sum(axis=0)`."""
    for node in body.nodes:
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name() | ast.Subscript() as held, attr="sum" | "mean")):
                summed = text.text(held)
                for name in _factors_of(body):
                    if summed not in ("np", "torch", "jnp", name):
                        yield text.edit(held, f"({summed} * {name})", "factor_missing")


def terms_more(text: Text, body: Body) -> Iterator[SmallEdit]:
    """A term more: a value that the function has, and does not use."""
    read = {each.id for each in body.nodes if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)}
    products = [each for each in body.nodes if isinstance(each, ast.BinOp)
                and isinstance(each.op, ast.Mult | ast.MatMult)]  # fmt: skip
    factors = [side for each in products for side in (each.left, each.right)]
    for name in sorted(set(body.names) - read):
        for value in body.computed:
            yield text.edit(value, f"{text.text(value)} + {name}", "partial_for_total")
        for value in factors:
            yield text.edit(value, f"({text.text(value)} + {name})", "partial_for_total")


def _factors_of(body: Body) -> list[str]:
    return [name for name in (*body.held[:12], *body.names) if not re.fullmatch(r"[ijklt]|self", name)]


def factors_more(text: Text, body: Body) -> Iterator[SmallEdit]:
    """A factor more: each value that the function has, and what derivatives of activations are made of."""
    names = _factors_of(body)
    forms: tuple[tuple[str, str], ...] = (
        ("* {}", "factor_missing"), ("/ {}", "factor_missing"), ("* (1 - {})", "factor_missing"),
        ("* (1 + {})", "factor_missing"),
    )  # fmt: skip
    wide = [*forms, ("* ({} > 0)", "activation_derivative_missing"), ("* (1 - {}**2)", "activation_derivative_missing"),
            ("* {0} * (1 - {0})", "activation_derivative_missing"),
            ("/ {}**2", "factor_missing"), ("* {}[:, None]", "factor_missing")]  # fmt: skip
    values = {id(each) for each in body.values}
    whole = [each for each in body.computed if id(each) in values]
    terms = [each for each in body.computed if id(each) not in values]
    for chosen in (whole, terms):
        for form, kind in wide:
            for value in chosen:
                for name in names:
                    yield text.edit(value, f"{text.bracketed(value)} {form.format(name)}", kind)


def parts(text: Text, body: Body) -> Iterator[SmallEdit]:
    """A value for the rest to one, and the reverse; a name in brackets with 1."""
    for node in body.nodes:
        match node:
            case ast.BinOp(op=ast.Mult(), left=left, right=right):
                for side in (left, right):
                    if isinstance(side, ast.Name | ast.Attribute | ast.Subscript):
                        yield text.edit(side, f"(1 - {text.text(side)})", "mask_wrong")
                        yield text.edit(side, f"({text.text(side)} > 0)", "mask_wrong")
            case ast.BinOp(left=ast.Constant(value=1), op=ast.Sub(), right=right):
                yield text.edit(node, text.bracketed(right), "mask_wrong")


def brackets(text: Text, body: Body) -> Iterator[SmallEdit]:
    """Brackets around another run of the same expression, or none."""
    for value in body.values:
        if not isinstance(value, ast.BinOp | ast.UnaryOp | ast.Call | ast.Tuple):
            continue
        start, end = text.span(value)
        plain = ast.dump(value)
        inside = [each for each in ast.walk(value) if isinstance(each, ast.expr) and hasattr(each, "lineno")]
        begins = sorted({text.span(each)[0] for each in inside})[:24]
        ends = sorted({text.span(each)[1] for each in inside})[:24]
        seen = {plain}
        whole = text.data[start:end].decode()
        for one in begins:
            for other in ends:
                if other <= one or (one, other) == (start, end):
                    continue
                cut = text.data[one:other]
                if cut.count(b"(") != cut.count(b")") or not re.search(rb"[-+*/@]", cut):
                    continue
                made = (text.data[start:one] + b"(" + cut + b")" + text.data[other:end]).decode()
                shape = _shape(made)
                if shape and shape not in seen:
                    seen.add(shape)
                    yield SmallEdit(start, end, made, "brackets_missing", value.lineno)
        for place, sign in enumerate(whole):
            if sign == "(":
                close = _closing(whole, place)
                made = f"{whole[:place]} {whole[place + 1 : close]} {whole[close + 1 :]}".strip() if close else ""
                shape = _shape(made)
                if shape and shape not in seen:
                    seen.add(shape)
                    yield SmallEdit(start, end, made, "brackets_missing", value.lineno)


def _shape(text: str) -> str:
    try:
        return ast.dump(ast.parse(f"({text})", mode="eval").body) if text else ""
    except SyntaxError:
        return ""


def _closing(text: str, place: int) -> int:
    depth = 0
    for where in range(place, len(text)):
        depth += {"(": 1, ")": -1}.get(text[where], 0)
        if depth == 0:
            return where
    return 0


def constants(text: Text, body: Body) -> Iterator[SmallEdit]:
    """Another number."""
    for node in body.nodes:
        match node:
            case ast.Constant(value=int() | float() as number) if type(number) is not bool and abs(number) < 10:
                near = (number - 1, number + 1, 2 * number, number / 2) if type(number) is int else ()
                for other in dict.fromkeys((0, 1, 2, -1, 3, 0.5, *near)):
                    if other != number:
                        yield text.edit(node, f"{other:g}", "constant_wrong")
