"""For Sphinx: a directive whose derivation is checked, and a build that fails where one is wrong.

With `extensions = ["chalkgrad.sphinx"]` in `conf.py`, `.. chalkgrad::` (or ```` ```{chalkgrad} ```` in MyST) shows what
stands in it as ever, and checks it. `chalkgrad_fail = False` makes warnings of what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.parsers.rst.states import RSTState
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from chalkgrad.checking.document import check_text
from chalkgrad.checking.report import Report
from chalkgrad.checking.showing import report_html
from chalkgrad.editors.findings import findings_in
from chalkgrad.errors import ChalkgradError
from chalkgrad.version import __version__

_LOGGER = logging.getLogger(__name__)
_KEPT = "chalkgrad_wrong"  # in the environment: what is wrong in each document, also where it is not read again


class Derivation(SphinxDirective):
    """What stands in it is shown and checked; with `:verdicts:` the verdicts are shown below it."""

    has_content = True
    option_spec: ClassVar[dict[str, Callable[[str], Any]] | None] = {
        "loss": directives.unchanged_required,
        "model": directives.unchanged_required,
        "unjudged": lambda argument: directives.choice(argument, ("ignore", "warn", "fail")),
        "verdicts": directives.flag,
    }

    def run(self) -> list[nodes.Node]:
        """The nodes of what stands in it, and of the verdicts."""
        self.assert_has_content()
        shown = self.parse_content_to_nodes()
        text = "\n".join(self.content)
        try:
            report = check_text(text, loss=self.options.get("loss"), model=self.options.get("model"))
        except ChalkgradError as problem:
            raise self.error(f"chalkgrad: {problem}") from None
        self._tell(report)
        if "verdicts" in self.options:
            shown.append(nodes.raw("", report_html(report), format="html"))
        return shown

    def _tell(self, report: Report) -> None:
        unjudged = self.options.get("unjudged", "ignore")
        # reStructuredText tells the line in the document before the content, MyST that in the directive.
        before = self.content_offset + (0 if isinstance(self.state, RSTState) else self.lineno)
        for finding in findings_in(report):
            wrong = finding.claim.verdict == "wrong"
            if finding.rule == "right_up_to" or (not wrong and unjudged == "ignore"):
                continue
            where = f"{self.env.doc2path(self.env.docname)}:{before + finding.place.line}"
            _LOGGER.warning(finding.message, location=where, type="chalkgrad", subtype=finding.rule)
            if wrong or unjudged == "fail":
                _kept(self.env).setdefault(self.env.docname, []).append(f"{where}: {finding.title}")


def _kept(environment: BuildEnvironment) -> dict[str, list[str]]:
    if not hasattr(environment, _KEPT):
        setattr(environment, _KEPT, {})
    found: dict[str, list[str]] = getattr(environment, _KEPT)
    return found


def _forget(app: Sphinx, environment: BuildEnvironment, document: str) -> None:
    _kept(environment).pop(document, None)


def _merge(app: Sphinx, environment: BuildEnvironment, documents: Sequence[str], other: BuildEnvironment) -> None:
    """What a process has found that read some of the documents."""
    _kept(environment).update({name: found for name, found in _kept(other).items() if name in documents})


def _end(app: Sphinx, problem: Exception | None) -> None:
    """Fails the build where something is wrong."""
    wrong = [each for found in _kept(app.env).values() for each in found]
    if wrong and problem is None and app.config.chalkgrad_fail:
        raise ExtensionError("derivations are not right:\n" + "\n".join(wrong), modname="chalkgrad")


def setup(app: Sphinx) -> dict[str, Any]:
    """What Sphinx calls: makes the directive and the option known."""
    app.add_config_value("chalkgrad_fail", True, "env", frozenset({bool}))
    app.add_directive("chalkgrad", Derivation)
    app.connect("env-purge-doc", _forget)
    app.connect("env-merge-info", _merge)
    app.connect("build-finished", _end)
    return {"version": __version__, "parallel_read_safe": True, "parallel_write_safe": True}
