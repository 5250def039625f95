"""The quieter tables: every metric of the summary, by group, and the distributions of the gated latencies."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from harness.metrics.scores import Scores
from harness.report.facts import dig
from harness.report.figures import Distribution, distribution
from harness.report.glossary import term
from harness.report.numbers import Kind, number, show, show_difference, show_interval
from harness.report.ruling import side_value
from harness.report.term import GROUPS, Group, Term
from harness.timeline.events import SIDES
from harness.verdict.population import Population
from harness.verdict.rules import TOO_FEW_CALLS

Trend = Literal["better", "worse", "same", "none"]

QUANTILE = re.compile(r"p\d+(\.\d+)?")
PART_LABELS = {"median_of_session_p50": "typical session, p50", "max_of_session_p99": "worst session, p99"}


@dataclass(frozen=True, slots=True)
class MetricRow:
    """One metric, or one quantile of a latency.

    Attributes:
        metric: Name as in `summary.json`.
        term: Its definition.
        quantile: `p50`, `p95`, …, or empty.
        first: False for the further quantiles of a metric already named.
        baseline: Value as text, and what it was counted from.
        candidate: The same of the candidate.
        difference: Candidate minus baseline.
        interval: Its interval, or empty.
        trend: Whether the interval excludes zero, and in which sense.
    """

    metric: str
    term: Term
    quantile: str
    first: bool
    baseline: tuple[str, str]
    candidate: tuple[str, str]
    difference: str
    interval: str
    trend: Trend

    @property
    def is_measured(self) -> bool:
        """Whether a side has a value, or something is to be warned of."""
        sides = (self.baseline, self.candidate)
        return not all(value.startswith("n/a") and "warning" not in counts for value, counts in sides)

    @property
    def reason(self) -> str:
        """Why it was not measured."""
        return self.baseline[0].partition(": ")[2] or "no value"


@dataclass(frozen=True, slots=True)
class MetricGroup:
    """The metrics under one heading.

    Attributes:
        title: The heading.
        rows: What was measured.
        unmeasured: The first row of each metric that has a value on neither side.
    """

    title: str
    rows: tuple[MetricRow, ...]
    unmeasured: tuple[MetricRow, ...]


def metric_groups(summary: Mapping[str, Any]) -> list[MetricGroup]:
    """All metrics of the summary under the headings of the glossary; groups without one are left out.

    Args:
        summary: `summary.json`.
    """
    metrics = dig(summary, "metrics")
    rows = (
        [row for name, entry in metrics.items() for row in _rows(name, entry)] if isinstance(metrics, Mapping) else []
    )
    by_group: dict[Group, list[MetricRow]] = {group: [] for group in GROUPS}
    for row in rows:
        by_group[row.term.group].append(row)
    return [_group(GROUPS[group], members) for group, members in by_group.items() if members]


def _group(title: str, members: Sequence[MetricRow]) -> MetricGroup:
    measured = {row.metric for row in members if row.is_measured}
    return MetricGroup(
        title,
        tuple(row for row in members if row.metric in measured),
        tuple(row for row in members if row.first and row.metric not in measured),
    )


def _rows(name: str, entry: Any) -> Iterator[MetricRow]:
    if not isinstance(entry, Mapping):
        return
    sides = [side for side in (dig(entry, side) for side in SIDES) if isinstance(side, Mapping)]
    if not sides:
        return  # a comparison of both sides at once, shown apart
    parts = dict.fromkeys(key for side in sides for key in side if QUANTILE.fullmatch(key) or key in PART_LABELS)
    quantiles = list(parts) or [""]
    for position, quantile in enumerate(quantiles):
        yield _row(name, entry, quantile, first=position == 0)


def _row(name: str, entry: Mapping[str, Any], quantile: str, *, first: bool) -> MetricRow:
    described = term(name)
    baseline, candidate = (side_value(dig(entry, side), quantile or None, described.kind) for side in SIDES)
    difference = dig(entry, "difference", quantile) if quantile else dig(entry, "difference")
    difference = difference if isinstance(difference, Mapping) else {}
    value, low, high = (number(difference.get(key)) for key in ("value", "low", "high"))
    return MetricRow(
        metric=name,
        term=described,
        quantile=PART_LABELS.get(quantile, quantile),
        first=first,
        baseline=baseline,
        candidate=candidate,
        difference="" if value is None else show_difference(value, described.kind),
        interval=_no_interval(difference) if low is None or high is None else show_interval(low, high, described.kind),
        trend=_trend(low, high, described),
    )


def _no_interval(difference: Mapping[str, Any]) -> str:
    return "too few calls" if difference.get("reason") == TOO_FEW_CALLS else ""


def _trend(low: float | None, high: float | None, described: Term) -> Trend:
    if low is None or high is None or described.larger_is == "neither":
        return "none"
    if low <= 0 <= high:
        return "same"
    return "worse" if (low > 0) == (described.larger_is == "worse") else "better"


def boundary_facts(summary: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Where the candidate ends turns compared with the baseline, as facts; empty if the summary does not say.

    Args:
        summary: `summary.json`.
    """
    block = dig(summary, "metrics", "boundaries")
    if not isinstance(block, Mapping) or block.get("reason"):
        return []
    facts = [
        (label, show(block.get(key), kind)) for key, label, kind in BOUNDARY_FACTS if number(block.get(key)) is not None
    ]
    offset = dig(block, "offset_ms", "p50")
    return [*facts, ("Median offset", show_difference(offset, "ms"))] if number(offset) is not None else facts


BOUNDARY_FACTS: tuple[tuple[str, str, Kind], ...] = (
    ("matched", "Same place", "count"),
    ("split", "Only the candidate ends", "count"),
    ("merge", "Only the baseline ends", "count"),
    ("missing", "Not heard by the candidate", "count"),
    ("forced", "Forced by a length limit", "count"),
    ("split_per_100", "Only the candidate ends, per 100 words", "ratio"),
    ("merge_per_100", "Only the baseline ends, per 100 words", "ratio"),
    ("boundary_similarity", "Similarity", "ratio"),
)


@dataclass(frozen=True, slots=True)
class LatencyChart:
    """The distribution of one gated latency on both sides."""

    metric: str
    term: Term
    distribution: Distribution


def latency_charts(scores: Scores) -> list[LatencyChart]:
    """Distributions of `first_partial_ms` and `final_ms` over the valid pairs; a latency nobody has is left out.

    Args:
        scores: All tables of a run.
    """
    counted = Population.of(scores)
    utterances = [[getattr(pair, side).first_partial_ms for pair in counted.utterances] for side in SIDES]
    turns = [[getattr(pair, side).final_ms for pair in counted.turns] for side in SIDES]
    first, final = ([[ms for ms in side if ms is not None] for side in sides] for sides in (utterances, turns))
    charts = [(name, distribution(samples)) for name, samples in (("first_partial_ms", first), ("final_ms", final))]
    return [LatencyChart(name, term(name), chart) for name, chart in charts if chart]
