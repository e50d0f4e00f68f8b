"""The one-line spec of a network: `2-3-1 relu sigmoid bce`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from chalkgrad.errors import ProgramError, ReadingError, UnknownNameError
from chalkgrad.networks.architecture import NetworkSpec, activation_named
from chalkgrad.networks.losses import LOSSES, loss_named

_LONGEST_SPEC = 100_000
_LARGEST_SIZE_DIGITS = 9
_EXAMPLE = "something like '2-3-1 relu sigmoid bce'"
_BETWEEN_LAYERS = re.compile(r"\s*(?:->|[-–—→×])\s*(?=\d)")
_LAYER = re.compile(r"(?P<size>\d+)\s*(?P<words>.*)", re.DOTALL)
_LOSS_FOR_OUTPUT = {"sigmoid": "bce", "softmax": "cross_entropy", "identity": "mse"}


@lru_cache(maxsize=256)
def read_spec(text: str, loss: str | None = None) -> NetworkSpec:
    """The network that a one-line spec describes: layer sizes, activations, loss.

    One activation serves all hidden layers, or each layer has its own: `30-16 relu-8 tanh-1 sigmoid bce`. It may have a
    normalisation before it, `30-16 layernorm relu-1 sigmoid bce`, or be a gated unit, `30-16 swiglu-1 …`. Without a
    loss, sigmoid takes bce, softmax the cross-entropy and identity mse; without an output activation the loss chooses
    it. `loss` overrides what the text says. Raises `ReadingError`, and `UnknownNameError` with the nearest spelling.

    >>> read_spec("4-8-3 gelu softmax cross-entropy").activations
    ('gelu', 'softmax')
    >>> str(read_spec("30-16 relu-8 tanh-1 sigmoid")), read_spec("2-3-1 relu BCE with logits").loss
    ('30-16 relu-8 tanh-1 sigmoid bce', 'bce_with_logits')
    """
    if len(text) > _LONGEST_SPEC:
        raise ReadingError(f"a spec of {len(text)} characters", expected=_EXAMPLE)
    sizes: list[int] = []
    words: list[list[str]] = []
    for piece in _BETWEEN_LAYERS.split(text.strip()):
        found = _LAYER.fullmatch(piece)
        if found is None or len(found["size"]) > _LARGEST_SIZE_DIGITS or (found["words"] and not _starts_word(found)):
            column = max(1, text.find(piece) + 1) if piece else 1
            shown = piece if len(piece) <= 40 else piece[:40] + "…"
            raise ReadingError(f"'{shown}' is not a layer", column=column, text=text, expected=_EXAMPLE)
        sizes.append(int(found["size"]))
        words.append(found["words"].replace(",", " ").split())
    if len(sizes) < 2:
        raise ReadingError("there are no layers", text=text, expected=_EXAMPLE)
    if words[0]:
        raise ReadingError(f"the inputs have no activation, but '{' '.join(words[0])}' follows", text=text)
    own = [_activation(" ".join(layer)) for layer in words[1:-1] if layer]
    if own and len(own) != len(sizes) - 2:
        bare = next(size for size, layer in zip(sizes[1:-1], words[1:-1], strict=True) if not layer)
        raise ReadingError(f"the layer of {bare} has no activation, but others have", text=text, expected=_EXAMPLE)
    rest, chosen = _activations_and_loss(words[-1], len(sizes) - 2 - len(own), loss, text)
    try:
        return NetworkSpec(tuple(sizes), (*own, *rest), chosen)
    except ProgramError as problem:
        raise ReadingError(str(problem), text=text) from None


def spec_text(spec: NetworkSpec) -> str:
    """The spec on one line, as `read_spec` reads it back; reduction and penalties are not part of it.

    >>> spec_text(NetworkSpec((2, 3, 1), ("relu", "sigmoid"), "bce"))
    '2-3-1 relu sigmoid bce'
    """
    return str(spec)


def _starts_word(layer: re.Match[str]) -> bool:
    return layer["words"][0].isalpha()


def _activation(name: str) -> str:
    return activation_named(name.replace(" ", "_"))


def _is_activation(name: str) -> bool:
    try:
        _activation(name)
    except UnknownNameError:
        return False
    return True


def _is_loss(name: str) -> bool:
    try:
        loss_named(name)
    except UnknownNameError:
        return False
    return True


def _splits(words: Sequence[str]) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Every way to read the words as activations, and the words after them.

    An activation is of one word or two (`leaky relu`), and more with a normalisation before it (`layer norm relu`).
    """
    pending: list[tuple[tuple[str, ...], int]] = [((), 0)]
    while pending:
        found, place = pending.pop()
        yield found, tuple(words[place:])
        for length in (1, 2, 3, 4):
            name = " ".join(words[place : place + length])
            if place + length <= len(words) and _is_activation(name):
                pending.append(((*found, _activation(name)), place + length))


def _activations_and_loss(
    words: Sequence[str], hidden: int, loss: str | None, text: str
) -> tuple[tuple[str, ...], str]:
    """The activations of the layers that have none yet (some hidden ones, and the output) and the loss."""
    if len(words) > hidden + 20:
        raise ReadingError("more names than layers", text=text, expected=_EXAMPLE)
    best: tuple[int, tuple[str, ...], str] | None = None
    longest: tuple[tuple[str, ...], tuple[str, ...]] = ((), tuple(words))
    for found, rest in _splits(words):
        if len(found) > len(longest[0]):
            longest = (found, rest)
        named = " ".join(rest)
        if named and not _is_loss(named):
            continue
        chosen = loss or named
        activations = _fitted(found, hidden, chosen)
        if activations is None:
            continue
        quality = 2 * bool(named) + (len(found) == len(activations) or len(found) == min(hidden, 1) + 1)
        if best is None or quality > best[0]:
            best = (quality, activations, chosen or _LOSS_FOR_OUTPUT.get(activations[-1], ""))
    if best is None:
        raise _refusal(*longest, hidden, text)
    if not best[2]:
        known = ", ".join(LOSSES)
        raise ReadingError(
            f"no loss is named, and {best[1][-1]} has no usual one", text=text, expected=f"one of {known}"
        )
    return best[1], best[2]


def _fitted(found: tuple[str, ...], hidden: int, loss: str) -> tuple[str, ...] | None:
    """The activations of the hidden layers and the output, or None if these are too few or too many."""
    shared = min(hidden, 1)
    if len(found) == hidden + 1:
        return found
    if len(found) == shared + 1:
        return (*found[:1] * hidden, found[-1])
    if loss and len(found) == shared:
        return (*found[:1] * hidden, loss_named(loss).output)
    return None


def _refusal(found: tuple[str, ...], rest: tuple[str, ...], hidden: int, text: str) -> ReadingError | UnknownNameError:
    needed = min(hidden, 1) + 1
    if not rest or _is_loss(" ".join(rest)):
        problem = f"{len(found)} activations for {hidden} hidden layers and the output"
        return ReadingError(problem, text=text, expected=_EXAMPLE)
    if len(found) < needed:
        try:
            _activation(rest[0])
        except UnknownNameError as unknown:
            return unknown
    try:
        loss_named(" ".join(rest))
    except UnknownNameError as unknown:
        return unknown
    return ReadingError("the names do not fit the layers", text=text, expected=_EXAMPLE)
