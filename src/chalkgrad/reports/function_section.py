"""A function that the document is about: recovered from its partials, its stationary points, and descent on it."""

from __future__ import annotations

from chalkgrad.reading.functions import WrittenFunction
from chalkgrad.reports.section import Section


def function_section(function: WrittenFunction) -> Section | None:
    return None
