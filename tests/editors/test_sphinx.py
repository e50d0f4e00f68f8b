"""The directive for Sphinx: what stands in it is shown, and a build whose derivation is wrong fails."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import docutils_namespace, patch_docutils

RIGHT = r"\frac{\partial L}{\partial w} = (y - t) x"
WRONG = r"\frac{\partial L}{\partial w} = (t - y) x"


def restructured(claim: str, options: str = "") -> str:
    return f"""
Notes
=====

.. chalkgrad::
   :loss: bce
{options}
   The model:

   .. math:: y = \\sigma(w x)

   .. math:: {claim}
"""


def markdown(claim: str) -> str:
    return f"""
# Notes

```{{chalkgrad}}
:loss: bce

The model: $y = \\sigma(w x)$

$$
{claim}
$$
```
"""


def build(folder: Path, text: str, suffix: str = ".rst", **config: object) -> tuple[str, str]:
    """The page of a build, and the warnings."""
    (folder / f"index{suffix}").write_text(text, encoding="utf-8")
    warnings = StringIO()
    options = {"extensions": ["chalkgrad.sphinx", "myst_parser"], "myst_enable_extensions": ["dollarmath"], **config}
    with patch_docutils(), docutils_namespace():
        app = Sphinx(folder, None, folder / "out", folder / "trees", "html", options, status=None, warning=warnings)
        try:
            app.build()
        except ExtensionError as problem:
            return str(problem), warnings.getvalue()
    return (folder / "out" / "index.html").read_text(encoding="utf-8"), warnings.getvalue()


@pytest.mark.parametrize(("suffix", "text"), [(".rst", restructured(RIGHT)), (".md", markdown(RIGHT))])
def test_what_is_right_is_shown(tmp_path: Path, suffix: str, text: str) -> None:
    page, warnings = build(tmp_path, text, suffix)
    assert r"\frac{\partial L}{\partial w}" in page
    assert "The model:" in page
    assert warnings == ""


@pytest.mark.parametrize(("suffix", "text", "line"), [(".rst", restructured(WRONG), 12), (".md", markdown(WRONG), 10)])
def test_what_is_wrong_fails_the_build(tmp_path: Path, suffix: str, text: str, line: int) -> None:
    told, warnings = build(tmp_path, text, suffix)
    assert told.startswith("derivations are not right:")
    assert f"index{suffix}:{line}: ∂L/∂w is wrong" in told
    assert "The sign is flipped" in warnings
    again, _ = build(tmp_path, text, suffix)  # nothing has changed, and nothing is read again
    assert again == told
    page, _ = build(tmp_path, text.replace(WRONG, RIGHT), suffix)
    assert "<html" in page


def test_it_may_be_a_warning(tmp_path: Path) -> None:
    page, warnings = build(tmp_path, restructured(WRONG), chalkgrad_fail=False)
    assert "<html" in page
    assert "The sign is flipped" in warnings


def test_verdicts_are_shown_where_they_are_wanted(tmp_path: Path) -> None:
    page, _ = build(tmp_path, restructured(RIGHT, "   :verdicts:\n"))
    assert "✓ right" in page


def test_what_could_not_be_judged_may_fail_too(tmp_path: Path) -> None:
    unknown = r"\frac{\partial L}{\partial q} = 1"
    assert "<html" in build(tmp_path, restructured(unknown))[0]
    told, _ = build(tmp_path, restructured(unknown, "   :unjudged: fail\n"))
    assert "∂L/∂q could not be judged" in told
