"""How good chalkgrad has been on the soundness set; `measure.py --write-floors` writes it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FLOORS = Path(__file__).parent / "floors.json"
MUTANTS = 200  # for which the floors of the mutants hold
PARTS = 4  # in which the mutants are tested


def floors() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(FLOORS.read_text(encoding="utf-8"))
    return found


def write_floors(found: dict[str, Any]) -> None:
    FLOORS.write_text(json.dumps(found, indent=2, sort_keys=True) + "\n", encoding="utf-8")
