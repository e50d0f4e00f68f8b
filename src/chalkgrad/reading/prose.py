"""What prose says about a network: which loss is meant, and how many units its layers have."""

from __future__ import annotations

import re
from functools import cache

from chalkgrad.networks.losses import LOSSES, Loss, loss_named


@cache
def loss_spellings() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Every spelling of every loss, the longest first, as a pattern."""
    found: dict[str, str] = {}
    for row in LOSSES.values():
        for name in (row.name, row.title, *row.aliases):
            found[name.lower()] = row.name
    found |= {"squared loss": "mse", "least squares": "mse", "quadratic cost": "mse", "cross-entropy": "cross_entropy"}
    found.pop("ce", None)
    ordered = sorted(found.items(), key=lambda pair: -len(pair[0]))
    return tuple((_pattern(spelling), name) for spelling, name in ordered)


def _pattern(spelling: str) -> re.Pattern[str]:
    words = [re.escape(word) for word in re.split(r"[\s_-]+", spelling)]
    return re.compile(r"(?<![^\W_])" + r"[\s_-]*".join(words) + r"(?![^\W_])", re.IGNORECASE)


def loss_in_prose(prose: str, *, one_output: bool = True) -> Loss | None:
    """The loss that the prose names, or None. With one output "cross-entropy" is the binary one.

    >>> loss_in_prose("Suppose the Loss function is Binary Cross Entropy since it is binary.").name
    'bce'
    """
    for pattern, name in loss_spellings():
        if pattern.search(prose):
            return loss_named("bce") if name == "cross_entropy" and one_output else LOSSES[name]
    return None


_COUNTED = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_NUMBERS = {"a": 1, "an": 1, "single": 1} | {word: number for number, word in enumerate(_COUNTED, start=1)}
_NUMBER = r"\b(?:\d{1,4}|" + "|".join(_NUMBERS) + r")\b"
_ACTIVATION = r"(?:tanh|relu|leaky[ -]relu|sigmoid|logistic|gelu|silu|swish|elu|selu|softplus|mish|linear|softmax)"
_UNITS = r"(?:units?|neurons?|nodes?)"
_AND = r"(?:\s*,\s*(?:and\s+)?|\s+and\s+)"
_HIDDEN = re.compile(
    rf"\bhidden\s+layers?\s+(?:\w+\s+)?(?:of|with|having|has|have)\s+(?P<sizes>{_NUMBER}(?:{_AND}{_NUMBER})*)"
    rf"\s+(?:(?P<before>{_ACTIVATION})\s+)?(?:hidden\s+)?{_UNITS}"
    rf"(?:\s*(?:each|\(|with|and|using)?\s*(?:an?\s+)?(?P<after>{_ACTIVATION}))?",
    re.IGNORECASE,
)
_INPUTS = re.compile(rf"\b(?P<size>{_NUMBER})\s+(?:inputs?|features)\b", re.IGNORECASE)
_OUTPUTS = re.compile(
    rf"\b(?P<size>{_NUMBER})\s+(?:(?P<before>{_ACTIVATION})\s+)?(?:outputs?|classes)\b"
    rf"|\b(?P<kind>{_ACTIVATION})\s+(?:output|over\s+(?P<classes>{_NUMBER})\s+classes)",
    re.IGNORECASE,
)
_USUAL_INPUTS = 2


def spec_in_prose(prose: str) -> tuple[str, tuple[str, ...]] | None:
    """The one-line spec of the network that the prose describes, and what it leaves open; None where it has none.

    >>> spec_in_prose("Two hidden layers of 4 and 3 tanh units and a cross-entropy loss, on 5 inputs.")
    ('5-4 tanh-3 tanh-1 sigmoid bce', ())
    """
    hidden = _HIDDEN.search(prose)
    loss = loss_in_prose(prose, one_output=not re.search(r"softmax|classes", prose, re.IGNORECASE))
    if hidden is None or loss is None:
        return None
    said: list[str] = []
    activation = hidden["before"] or hidden["after"]
    if activation is None:
        said.append("the text does not say which activation the hidden units have, so it is taken to be tanh")
    sizes = [_number(word) for word in re.findall(_NUMBER, hidden["sizes"], re.IGNORECASE)]
    inputs = _INPUTS.search(prose)
    if inputs is None:
        said.append(f"the text does not say how many inputs there are, so they are taken to be {_USUAL_INPUTS}")
    first = _number(inputs["size"]) if inputs else _USUAL_INPUTS
    found = _OUTPUTS.search(prose)
    size = next((_number(word) for word in (found["size"], found["classes"]) if word), 1) if found else 1
    output = (found["before"] or found["kind"] if found else None) or loss.output
    layers = [str(first), *(f"{count} {activation or 'tanh'}" for count in sizes), f"{size} {output}"]
    return "-".join(layers).lower() + f" {loss.name}", tuple(said)


def _number(word: str) -> int:
    return _NUMBERS.get(word.lower()) or int(word)
