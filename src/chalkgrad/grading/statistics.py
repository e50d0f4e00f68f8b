"""The class in numbers, and its charts: bars with their numbers, which are told in words too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from statistics import fmean, median
from typing import Any

from chalkgrad.drawing.scene import BLUE, INK

_STEPS = 10  # tenths of the points
_ROW, _LABEL, _WIDTH, _AFTER = 30, 330, 320, 50


@dataclass(frozen=True)
class Chart:
    """A chart of bars: its title, and each label with its count."""

    title: str
    bars: tuple[tuple[str, int], ...]

    @property
    def alternative(self) -> str:
        """The chart in words.

        >>> Chart("Slips", (("sign flipped", 3), ("transposed", 1))).alternative
        'Slips: sign flipped 3, transposed 1.'
        """
        return f"{self.title}: {', '.join(f'{label} {count}' for label, count in self.bars)}."


def statistics_of(marks: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The class as plain data: mean and median, points by tenths, parts by verdict, and slips by frequency.

    The points are those of submissions in which nothing is open.
    """
    decided = [marked for marked in marks if not marked["open"]]
    points = [marked["points"] for marked in decided]
    shares = [marked["points"] / marked["of"] if marked["of"] else 0.0 for marked in decided]
    parts: dict[str, dict[str, Any]] = {}
    for part in (part for marked in marks for part in marked["parts"]):
        told = parts.setdefault(part["name"], {"points": [], "of": part["of"], "verdicts": Counter()})
        told["points"] += [] if part["open"] else [part["points"]]
        told["verdicts"]["open" if part["open"] else part["verdict"]] += 1
    return {
        "submissions": len(marks),
        "open": len(marks) - len(decided),
        "mean": fmean(points) if points else 0.0,
        "median": median(points) if points else 0.0,
        "of": max((marked["of"] for marked in marks), default=0.0),
        "tenths": [sum(min(int(share * _STEPS), _STEPS - 1) == k for share in shares) for k in range(_STEPS)],
        "parts": [
            {"name": name, "mean": fmean(told["points"] or [0.0]), "of": told["of"], "verdicts": dict(told["verdicts"])}
            for name, told in parts.items()
        ],
        "slips": [{"kind": kind, "submissions": count} for kind, count in _frequent_slips(marks)],
        "review": sum(bool(marked["review"]) for marked in marks),
    }


def _frequent_slips(marks: Sequence[Mapping[str, Any]]) -> list[tuple[str, int]]:
    """In how many submissions each kind of slip was found, the most frequent first."""
    kinds = (sorted({slip["kind"] for part in marked["parts"] for slip in part["slips"]}) for marked in marks)
    return Counter(kind for found in kinds for kind in found).most_common()


def slips_chart(statistics: Mapping[str, Any]) -> Chart:
    """The most frequent slips."""
    bars = tuple((slip["kind"].replace("_", " "), slip["submissions"]) for slip in statistics["slips"])
    return Chart("Submissions by kind of slip", bars)


def points_chart(statistics: Mapping[str, Any]) -> Chart:
    """How many submissions have how large a share of the points."""
    labels = [f"{10 * k} to {10 * k + 10} %" for k in range(_STEPS)]
    return Chart("Submissions by share of the points", tuple(zip(labels, statistics["tenths"], strict=True)))


def bar_chart(chart: Chart) -> str:
    """The chart as SVG: one colour, the count beside each bar, and a title and description for those who cannot see it.

    >>> "<desc>Slips: transposed 1.</desc>" in bar_chart(Chart("Slips", (("transposed", 1),)))
    True
    """
    most = max((count for _, count in chart.bars), default=0) or 1
    width, height = _LABEL + _WIDTH + _AFTER, _ROW * len(chart.bars) + 16
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'role="img" font-family="system-ui,Helvetica,Arial,sans-serif" font-size="15">',
        f"<title>{escape(chart.title)}</title>",
        f"<desc>{escape(chart.alternative)}</desc>",
    ]
    for place, (label, count) in enumerate(chart.bars):
        middle = 8 + _ROW * place + _ROW / 2
        length = _WIDTH * count / most
        text = f'y="{middle + 5:g}" fill="{INK}"'
        parts += [
            f'<text x="{_LABEL - 10}" {text} text-anchor="end">{escape(label)}</text>',
            f'<rect x="{_LABEL}" y="{middle - 9:g}" width="{length:.1f}" height="18" fill="{BLUE}"/>',
            f'<text x="{_LABEL + length + 8:.1f}" {text}>{count}</text>',
        ]
    axis = f'<line x1="{_LABEL}" y1="4" x2="{_LABEL}" y2="{height - 4}" stroke="{INK}"/>'
    return "\n".join([*parts, axis, "</svg>"]) + "\n"
