"""Findings as SARIF 2.1.0, which GitHub, GitLab, Azure and most editors read.

Columns are counted in code points, and the log says so; an opinion that was not reached is a result of kind `open`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from chalkgrad.checking.mistakes import CATALOGUE
from chalkgrad.editors.findings import SEVERITIES, WORDS, Finding, Place
from chalkgrad.version import __version__

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning", "information": "note"}
_KINDS = {"undetermined": "open", "unread": "open", "right_up_to": "informational"}  # all others are failures
_ROOT = "SRCROOT"
_HINTS = {row.kind: row.hint for row in CATALOGUE}


def sarif(checked: Mapping[Path, Sequence[Finding]], refused: Mapping[Path, str] | None = None) -> dict[str, Any]:
    """One run over the files: what was found in each, and of those that could not be read why.

    >>> log = sarif({Path("a sheet.md"): []})
    >>> log["version"], log["runs"][0]["columnKind"], log["runs"][0]["artifacts"][0]["location"]["uri"]
    ('2.1.0', 'unicodeCodePoints', 'a%20sheet.md')
    """
    used = sorted({finding.rule for findings in checked.values() for finding in findings})
    places = {rule: number for number, rule in enumerate(used)}
    refused = refused or {}
    driver = {
        "name": "chalkgrad",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [_rule(rule) for rule in used],
    }
    notifications = [
        {
            "level": "error",
            "message": {"text": problem},
            "locations": [{"physicalLocation": {"artifactLocation": _artifact(path)}}],
        }
        for path, problem in refused.items()
    ]
    run: dict[str, Any] = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "newlineSequences": ["\r\n", "\n", "\r"],
        "invocations": [{"executionSuccessful": not refused, "toolExecutionNotifications": notifications}],
        "artifacts": [{"location": _artifact(path)} for path in checked],
        "results": [
            _result(finding, path, number, places[finding.rule])
            for number, (path, findings) in enumerate(checked.items())
            for finding in findings
        ],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: str) -> dict[str, Any]:
    verdict = rule if rule in SEVERITIES else "wrong"
    found: dict[str, Any] = {
        "id": rule,
        "shortDescription": {"text": f"A claim {WORDS[verdict]}" + ("" if rule == verdict else f": {_spoken(rule)}")},
        "defaultConfiguration": {"level": _LEVELS[SEVERITIES[verdict]]},
    }
    return {**found, "help": {"text": _HINTS[rule]}} if rule in _HINTS else found


def _spoken(rule: str) -> str:
    return rule.replace("_", " ")


def _result(finding: Finding, path: Path, artifact: int, rule: int) -> dict[str, Any]:
    kind = _KINDS.get(finding.rule, "fail")
    located = {**_artifact(path), "index": artifact}
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": rule,
        "kind": kind,
        "level": _LEVELS[finding.severity] if kind == "fail" else "none",
        "message": {"text": _text(finding, path)},
        "locations": [_location(located, finding.place, path)],
        "partialFingerprints": {"equation/v1": hashlib.sha256(finding.claim.latex.encode()).hexdigest()},
    }
    related = [] if len(finding.parts) == 1 else [(place, "this part") for place in finding.parts]
    if finding.earlier is not None:
        related.append((Place(finding.earlier, 1, finding.earlier, 1), "the earlier slip"))
    if related and not _is_notebook(path):
        result["relatedLocations"] = [
            {"id": number, **_location(located, place, path), "message": {"text": words}}
            for number, (place, words) in enumerate(related, start=1)
        ]
    return result


def _text(finding: Finding, path: Path) -> str:
    where = f" ({finding.claim.section})" if _is_notebook(path) and finding.claim.section else ""
    return "\n".join((finding.title + where, *finding.sentences))


def _location(artifact: Mapping[str, Any], place: Place, path: Path) -> dict[str, Any]:
    """The place; of a notebook only the file, as its lines are not those of its JSON."""
    located: dict[str, Any] = {"artifactLocation": artifact}
    if not _is_notebook(path):
        located["region"] = {
            "startLine": place.line,
            "startColumn": place.column,
            "endLine": place.end_line,
            "endColumn": place.end_column,
        }
    return {"physicalLocation": located}


def _is_notebook(path: Path) -> bool:
    return path.suffix == ".ipynb"


def _artifact(path: Path) -> dict[str, Any]:
    """The address of a file: relative to the folder of the run, where it lies in it."""
    try:
        inside = path.resolve().relative_to(Path.cwd().resolve()) if path.is_absolute() else path
    except ValueError:
        return {"uri": path.as_uri()}
    return {"uri": quote(inside.as_posix()), "uriBaseId": _ROOT}
