"""One section of a report: what the page shows, what the JSON holds, the files beside it, and its LaTeX."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Section:
    """A section under its title; `name` is its anchor on the page and its key in the JSON.

    `files` are contents by the name that they get in the report's folder; `latex` is the body of a LaTeX section.
    """

    name: str
    title: str
    html: str
    data: Mapping[str, Any]
    files: Mapping[str, bytes | str] = field(default_factory=dict)
    latex: str = ""
