"""Everything that the server can be asked for, by name: plain data in, plain data or a JavaScript module out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

Job: TypeAlias = Callable[..., "dict[str, Any] | str"]


def _check(**given: Any) -> dict[str, Any]:
    from chalkgrad.web.verdicts import verdicts

    return verdicts(**given)


def _board(**given: Any) -> dict[str, Any]:
    from chalkgrad.web.boards import board

    return board(**given)


def _code(**given: Any) -> dict[str, Any]:
    from chalkgrad.web.boards import code

    return code(**given)


def _network(**given: Any) -> dict[str, Any]:
    from chalkgrad.web.networks import network

    return network(**given)


def _picture(**given: Any) -> dict[str, Any]:
    from chalkgrad.web.networks import picture

    return picture(**given)


def _trained(**given: Any) -> dict[str, Any]:
    from chalkgrad.web.trained import trained

    return trained(**given)


def _initial(**given: Any) -> dict[str, Any]:
    from chalkgrad.web.networks import initial

    return initial(**given)


def _training(**given: Any) -> str:
    from chalkgrad.web.trainings import training_module

    return training_module(**given)


def _dataset(**given: Any) -> dict[str, Any]:
    from chalkgrad.web.trainings import dataset

    return dataset(**given)


def _surface(**given: Any) -> str:
    from chalkgrad.web.surfaces import surface_module

    return surface_module(**given)


def _choices(**given: Any) -> dict[str, Any]:
    from chalkgrad.web.choices import choices

    return choices(**given)


# Each imports what it needs when it is first asked for, so that checking never loads what training needs.
JOBS: Mapping[str, Job] = {
    "check": _check,
    "board": _board,
    "code": _code,
    "network": _network,
    "picture": _picture,
    "trained": _trained,
    "initial": _initial,
    "training": _training,
    "surface": _surface,
    "dataset": _dataset,
    "choices": _choices,
}
