"""The page without a server: its files, and every answer that it can need for some networks, written ahead."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from chalkgrad.errors import ChalkgradError
from chalkgrad.files import check_writable, write_atomically
from chalkgrad.web.jobs import JOBS

STATIC = Path(__file__).parent / "static"
SEEDS = range(5)
_SCRIPTS = ("training", "surface")
_POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'"
)


def export_page(folder: str | Path, models: Sequence[str]) -> Path:
    """Writes a page on which the given networks are drawn, derived and trained without any server; its path.

    The folder may be served as it is by anything that serves files. A network is a spec, or a document's text. Raises
    `ChalkgradError` for one that cannot be read, and where the folder cannot be written.
    """
    if not models:
        raise ChalkgradError("the exported page needs a network at least")
    if not (STATIC / "index.html").is_file():
        raise ChalkgradError(f"the page's files are missing from {STATIC}: build them with make page-bundle")
    target = Path(folder)
    check_writable(target)
    shutil.copytree(STATIC, target, dirs_exist_ok=True)
    files: dict[str, str] = {}
    for place, (job, asked) in enumerate(_questions(models)):
        try:
            answer = JOBS[job](**asked)
        except ChalkgradError:
            if job == "network":
                raise
            continue  # what a network has not, such as a form that would be too large, the page says itself
        name = f"written/{place}.{'js' if job in _SCRIPTS else 'json'}"
        content = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
        write_atomically(target / name, content)
        files[key_of(job, asked)] = f"./{name}"
    write_atomically(
        target / "written" / "index.json", json.dumps({"models": list(models), "files": files}, ensure_ascii=False)
    )
    return write_atomically(target / "index.html", _marked((STATIC / "index.html").read_text(encoding="utf-8")))


def key_of(job: str, asked: dict[str, Any]) -> str:
    """The name of a question, as frontend/src/api.ts spells it: without what is empty, in the alphabet's order.

    >>> key_of("board", {"source": "2-1 sigmoid bce", "form": "index", "seed": None})
    'board {"form":"index","source":"2-1 sigmoid bce"}'
    """
    given = {name: value for name, value in sorted(asked.items()) if value}
    return f"{job} {json.dumps(given, ensure_ascii=False, separators=(',', ':'))}"


def _questions(models: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    known = JOBS["choices"]()
    assert isinstance(known, dict)
    yield "choices", {}
    for name in known["datasets"]:
        yield "dataset", {"name": name}
    for function in known["functions"]:
        yield "surface", {"function": function}
    for model in models:
        for notation in known["notations"]:
            yield "network", {"model": model, "notation": notation}
            for form in known["forms"]:
                yield "board", {"source": model, "form": form, "notation": notation}
        for language in known["languages"]:
            yield "code", {"source": model, "to": language}
        yield "training", {"model": model}
        for seed in SEEDS:
            yield "initial", {"model": model, "seed": seed}


def _marked(page: str) -> str:
    """The page with a word that there is no server, and the policy that the server would have sent."""
    told = (
        '<meta name="chalkgrad-export" content="./written/index.json" />\n'
        f'    <meta http-equiv="Content-Security-Policy" content="{_POLICY}" />\n    '
    )
    return page.replace("<title>", f"{told}<title>", 1)
