"""How a rule's figures went from run to run, as geometry in percent of a small chart."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.report.figures import nice_ticks
from harness.report.numbers import show
from harness.report.runs import RuleValue, RunEntry
from harness.report.verdict_text import own_kind

HEADROOM_PERCENT = 4.0
NEVER_PERCENT = 22.0
"""Where the scale ends if a value never came: above it there is a line for that."""


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One run in a chart.

    Attributes:
        x: Percent of the width.
        baseline: Percent of the height from the top; None if there is no value.
        candidate: The same of the candidate.
        verdict: Of the rule in this run.
        link: To the run's report, or None.
        tip: What the point says, in words.
    """

    x: float
    baseline: float | None
    candidate: float | None
    verdict: str
    link: str | None
    tip: str


@dataclass(frozen=True, slots=True)
class Trend:
    """One rule over the runs that can be compared.

    Attributes:
        rule: Its name.
        label: For people.
        points: One a run, oldest first.
        lines: SVG paths of baseline and candidate in a box of 100 by 100, y down; gaps where a value is missing.
        ticks: Percent from the top, and the value there as text.
        latest: Both sides' values in the last run, and its verdict on the rule.
    """

    rule: str
    label: str
    points: tuple[TrendPoint, ...]
    lines: tuple[str, str]
    ticks: tuple[tuple[float, str], ...]
    latest: tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class TrendGroup:
    """Runs whose figures may be put beside each other, and their trends."""

    corpus: str
    sizes: str
    names: tuple[str, str]
    emulated: bool
    runs: tuple[RunEntry, ...]
    trends: tuple[Trend, ...]


def trend_groups(runs: Iterable[RunEntry]) -> list[TrendGroup]:
    """Groups of at least two judged, valid runs of the same recordings, format and pair of services; the newest group first.

    Args:
        runs: Oldest first.
    """
    groups: dict[object, list[RunEntry]] = {}
    for run in runs:
        if run.rules and run.verdict != "invalid":
            groups.setdefault((run.alike, run.names), []).append(run)
    ordered = sorted(groups.values(), key=lambda members: members[-1].created_at, reverse=True)
    return [_group(members) for members in ordered if len(members) > 1]


def _group(runs: Sequence[RunEntry]) -> TrendGroup:
    last = runs[-1]
    # A relative rule watches what an absolute one already shows.
    rules = [rule.rule for rule in last.rules if rule.severity == "error" and rule.unit != "relative"]
    trends = [_trend(rule, runs) for rule in rules]
    return TrendGroup(
        last.corpus, last.sizes, last.names, last.emulated, tuple(runs), tuple(trend for trend in trends if trend)
    )


def _trend(rule: str, runs: Sequence[RunEntry]) -> Trend | None:
    found = [(run, next((value for value in run.rules if value.rule == rule), None)) for run in runs]
    values = [value for _, value in found if value is not None]
    both = [side for value in values for side in (value.baseline, value.candidate)]
    finite = [side for side in both if side is not None and math.isfinite(side)]
    if not finite:
        return None
    kind = own_kind(values[-1].unit)
    factor = 100.0 if kind == "percent" else 1.0
    ticks = [tick / factor for tick in _ticks(0.0, max(finite) * factor)]
    has_never = any(side is not None and math.isinf(side) for side in both)
    scale = _Scale(ticks[-1], NEVER_PERCENT if has_never else HEADROOM_PERCENT)
    points = tuple(_point(run, value, place, len(runs), scale) for place, (run, value) in enumerate(found))
    latest = values[-1].text
    return Trend(
        rule=rule,
        label=latest.label,
        points=points,
        lines=(
            _line([(point.x, point.baseline) for point in points]),
            _line([(point.x, point.candidate) for point in points]),
        ),
        ticks=tuple((scale.height(tick), show(tick, kind)) for tick in (*ticks, *([math.inf] if has_never else []))),
        latest=(latest.baseline, latest.candidate, values[-1].verdict),
    )


def _ticks(low: float, high: float) -> tuple[float, ...]:
    return nice_ticks(low, high, wanted=4) if high > 0 else (0.0, 1.0)


@dataclass(frozen=True, slots=True)
class _Scale:
    """From zero to `top`, which lies `head` percent from the top; what never came lies above it."""

    top: float
    head: float

    def height(self, value: float) -> float:
        """Percent from the top."""
        if math.isinf(value):
            return HEADROOM_PERCENT
        return round(100 - (100 - self.head) * min(max(value / self.top, 0.0), 1.0), 3)


def _point(run: RunEntry, value: RuleValue | None, place: int, of: int, scale: _Scale) -> TrendPoint:
    x = round(100 * (place + 0.5) / of, 3)
    if value is None:
        return TrendPoint(x, None, None, "not_applicable", run.link, f"{run.day} {run.run_id}: not judged")
    words = value.text
    difference = f", {words.difference}" if words.difference else ""
    interval = f" ({words.interval})" if words.interval else ""
    return TrendPoint(
        x,
        None if value.baseline is None else scale.height(value.baseline),
        None if value.candidate is None else scale.height(value.candidate),
        value.verdict,
        run.link,
        f"{run.day}  {run.run_id}\n{run.names[0]} {words.baseline or 'n/a'}\n{run.names[1]} {words.candidate or 'n/a'}"
        f"{difference}{interval}: {words.verdict}",
    )


def _line(points: Sequence[tuple[float, float | None]]) -> str:
    drawn, pen = [], "M"
    for x, y in points:
        if y is None:
            pen = "M"
            continue
        drawn.append(f"{pen}{x:g} {y:g}")
        pen = "L"
    return "".join(drawn)
