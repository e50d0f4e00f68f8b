"""Safe, unique identifiers for the names of tensors and axes, in source that an engine prints."""

from __future__ import annotations

import keyword
import unicodedata
from collections.abc import Hashable, Iterable


def safe_identifier(name: str) -> str:
    """An identifier of Python that looks like the name; nothing in a name can become code.

    >>> safe_identifier("h'"), safe_identifier("2nd w_{11}"), safe_identifier("lambda"), safe_identifier("ŷ")
    ('h_prime', '_2nd_w_11', 'lambda_', 'ŷ')
    """
    spelled = unicodedata.normalize("NFKC", name.replace("'", "_prime"))
    kept = "".join(character if f"a{character}".isidentifier() else " " for character in spelled)
    identifier = "_".join(kept.split()).replace("__", "_") or "_"
    if not identifier.isidentifier():
        identifier = f"_{identifier}"
    return f"{identifier}_" if keyword.iskeyword(identifier) else identifier


class Names:
    """Hands out one identifier per thing, each different from all others and from the reserved ones.

    >>> names = Names(["np"])
    >>> names.of("tensor", "np"), names.of("another", "np"), names.of("tensor", "np")
    ('np_2', 'np_3', 'np_2')
    """

    def __init__(self, reserved: Iterable[str] = ()) -> None:
        self._taken = set(reserved)
        self._given: dict[Hashable, str] = {}

    def of(self, key: Hashable, wanted: str) -> str:
        """The identifier of `key`, spelled like `wanted` where that is free."""
        if key not in self._given:
            stem = safe_identifier(wanted)
            identifier, count = stem, 2
            while identifier in self._taken:
                identifier, count = f"{stem}_{count}", count + 1
            self._taken.add(identifier)
            self._given[key] = identifier
        return self._given[key]
