"""What each free quantity of a network is for: an input, a target, or a parameter.

Structure decides: what is derived by is a parameter, what is set against a value in the loss alone is a target. Letters
count only where structure leaves it open.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from chalkgrad.language import (
    Add,
    Call,
    Definition,
    Element,
    Expression,
    Multiply,
    Role,
    split_coefficient,
    walk,
)

INPUT_LETTERS = frozenset(["x", "X", "u", "U", "s", "q", "k", "input", "inputs"])
TARGET_LETTERS = frozenset(["y", "t", "Y", "T", "r", "d", "target", "label"])
PARAMETER_LETTERS = frozenset(
    ["w", "W", "b", "B", "c", "v", "V", "a", "p", "theta", "Theta", "beta", "Omega", "omega", "phi", "weight", "bias"]
)
_PLAIN_INPUTS = frozenset(("x", "X", "u", "input", "inputs"))
_MARKS = ("hat", "bar", "tilde", "dot")


def roles_in(
    definitions: Mapping[str, Definition],
    result: str,
    derived_by: Collection[str],
    *,
    is_loss: bool,
    target: str = "",
) -> dict[str, Role]:
    """The role of each quantity that the definitions leave free, in the order of its first use.

    `result` is what they end in and `derived_by` what the document derives by; `is_loss` says that the result is a
    loss, which has a target. A `target` that is known is one.

    >>> from chalkgrad.language import Tensor
    >>> x, w, y, L = (Tensor(name) for name in ("x", "w", "y", "L"))
    >>> body = (w[()] * x[()] - y[()]) ** 2
    >>> found = roles_in({"L": Definition(L, (), body)}, "L", {"w"}, is_loss=True)
    >>> [f"{name}: {role.value}" for name, role in found.items()]
    ['w: parameter', 'x: input', 'y: target']
    """
    free = free_in(definitions)
    derived = [name for name in free if name in derived_by]
    bases = {base(name) for name in derived}
    alike = [name for name in free if name in derived or (base(name) in bases and _is_lettered(name))]
    weights = [name for name in alike if base(name) not in _PLAIN_INPUTS]
    inside = _needed_before(definitions, result)
    found: dict[str, Role] = {}
    for name in free:
        letters = base(name)
        if name == target:
            found[name] = Role.TARGET
        elif name in alike:
            data = letters in _PLAIN_INPUTS and weights and is_loss
            found[name] = Role.INPUT if data else Role.PARAMETER
        elif is_loss and not target and name not in inside and _is_goal(name, definitions[result].body):
            found[name] = Role.TARGET
        elif _is_lettered(name) and base(name) in {base(other) for other in definitions if _is_lettered(other)}:
            found[name] = Role.INPUT  # the a_0 below the first of the layers that are defined
        elif letters in INPUT_LETTERS and letters not in bases:
            found[name] = Role.INPUT
        elif letters in PARAMETER_LETTERS or not derived:
            found[name] = Role.PARAMETER
        else:
            found[name] = Role.INPUT
    return found


def base(name: str) -> str:
    """The letter of a name, without its labels and accents.

    >>> base("W_1"), base("yhat"), base("out'")
    ('W', 'y', 'out')
    """
    letter = name.partition("_")[0].rstrip("'²")
    for mark in _MARKS:
        if len(letter) > len(mark) and letter.endswith(mark):
            letter = letter.removesuffix(mark)
    return letter


def free_in(definitions: Mapping[str, Definition]) -> list[str]:
    """What the definitions use and do not define, in order of first use."""
    used = (tensor.name for each in definitions.values() for tensor in each.body.tensors)
    return list(dict.fromkeys(name for name in used if name not in definitions))


def has_goal(definitions: Mapping[str, Definition], result: str, derived_by: Collection[str]) -> bool:
    """Whether a result holds a value against something that nothing computes or derives by, as losses do."""
    inside = _needed_before(definitions, result)
    free = [name for name in free_in(definitions) if name not in inside and name not in derived_by]
    return any(_is_held_against(name, definitions[result].body) for name in free)


def _is_lettered(name: str) -> bool:
    """Whether labels tell a quantity from others of the same letter."""
    return "_" in name


def _needed_before(definitions: Mapping[str, Definition], result: str) -> set[str]:
    """What the values need that the result is made of."""
    pending = [tensor.name for tensor in definitions[result].body.tensors if tensor.name in definitions]
    found: set[str] = set()
    while pending:
        name = pending.pop()
        if name in found:
            continue
        found.add(name)
        if name in definitions:
            pending += [tensor.name for tensor in definitions[name].body.tensors]
    return found


def _is_goal(name: str, body: Expression) -> bool:
    """Whether a quantity is what a value is held against, or has a letter of targets."""
    return base(name) in TARGET_LETTERS or _is_held_against(name, body)


def _is_held_against(name: str, body: Expression) -> bool:
    """Whether a value is held against a quantity: `y - ŷ`, `y log ŷ`."""
    for node in walk(body):
        if isinstance(node, Add) and _differs(name, node.terms):
            return True
        if isinstance(node, Multiply) and _weighs_logarithm(name, node):
            return True
    return False


def _differs(name: str, terms: Sequence[Expression]) -> bool:
    signs = {}
    for term in terms:
        coefficient, rest = split_coefficient(term)
        signs[rest] = coefficient
    own = [sign for rest, sign in signs.items() if isinstance(rest, Element) and rest.tensor.name == name]
    return len(own) == 1 and abs(own[0]) == 1 and any(sign * own[0] < 0 for sign in signs.values())


def _weighs_logarithm(name: str, product: Multiply) -> bool:
    elements = [each.tensor.name for each in product.factors if isinstance(each, Element)]
    return name in elements and any(isinstance(each, Call) and each.function == "log" for each in product.factors)
