"""The trade-off of a sweep as geometry: finals to the right, early cuts upwards, in percent of the chart's width and height."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.report.figures import nice_ticks
from harness.report.numbers import Kind, number, show

_ROOM = 0.06  # of the span, beyond the outermost value
_NEVER_PERCENT = 97.0
"""Where finals stand that never came."""


@dataclass(frozen=True, slots=True)
class Scale:
    """One axis: its ends, and round values with their places and texts. Larger values have larger places."""

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]

    @classmethod
    def over(cls, values: Sequence[float], kind: Kind, *, wanted: int) -> "Scale":
        """A scale that shows all of these, in the unit in which they are counted."""
        share = kind == "percent"
        factor = 100.0 if share else 1.0  # round numbers of percent
        least, most = min(values) * factor, max(values) * factor
        room = _ROOM * max(most - least, 1.0)
        steps = nice_ticks(max(0.0, least - room), min(most + room, 100.0) if share else most + room, wanted)
        scale = cls(steps[0] / factor, steps[-1] / factor, ())
        return cls(
            scale.low, scale.high, tuple((scale.place(step / factor), show(step / factor, kind)) for step in steps)
        )

    def place(self, value: float) -> float:
        """Percent of the way; what lies beyond the scale stands at its end."""
        return round(100 * min(max((value - self.low) / (self.high - self.low), 0.0), 1.0), 3)


@dataclass(frozen=True, slots=True)
class Point:
    """One variant, or the baseline as number 0; places in percent from the left and from the top.

    Attributes:
        number: In the table beside the chart.
        x: Of its finals.
        y: Of its early cuts.
        across: Ends of the interval of finals, or None.
        along: Ends of the interval of early cuts, or None.
        verdict: The gate's word; `baseline` for the baseline.
        best: Whether it was chosen.
        tip: What it says, in words.
        link: To its report.
    """

    number: int
    x: float
    y: float
    across: tuple[float, float] | None
    along: tuple[float, float] | None
    verdict: str
    best: bool
    tip: str
    link: str | None


@dataclass(frozen=True, slots=True)
class Chart:
    """The whole chart; the margins are places in percent, None where no rule has one."""

    across: Scale
    along: Scale
    points: tuple[Point, ...]
    final_margin: float | None
    cutoff_margin: float | None


def trade_off(document: Mapping[str, Any]) -> Chart | None:
    """The chart of `sweep.json`; None if there is nothing to draw."""
    cutoffs = document["cutoff_metric"]
    baseline = document["baseline"]["metrics"]
    base = number(baseline["final_ms"]["p95"]), number(baseline[cutoffs])
    shown = [
        (place, variant, number(variant["metrics"]["final_ms"]["candidate"]["p95"]), number(_cuts(variant, cutoffs)))
        for place, variant in enumerate(document["variants"], start=1)
        if variant["verdict"] != "invalid"
    ]
    finals = [value for value in (base[0], *(row[2] for row in shown)) if value is not None and math.isfinite(value)]
    cuts = [value for value in (base[1], *(row[3] for row in shown)) if value is not None]
    if not finals or not cuts:
        return None
    margins = [_limit(document, rule, value) for rule, value in zip(("final_p95", "false_cutoff"), base, strict=True)]
    across = Scale.over([*finals, *(m for m in margins[:1] if m is not None)], "ms", wanted=5)
    along = Scale.over([*cuts, *(m for m in margins[1:] if m is not None)], "percent", wanted=4)
    points: list[Point] = []
    best = (document["best"] or {}).get("variant")
    for place, variant, final_ms, cut in shown:
        if final_ms is None or cut is None:
            continue
        gaps = variant["metrics"]["final_ms"]["difference"]["p95"], variant["metrics"][cutoffs]["difference"]
        x = across.place(final_ms) if math.isfinite(final_ms) else _NEVER_PERCENT
        reach = _reach(gaps[1], base[1], along)
        points.append(
            Point(
                place,
                x,
                100 - along.place(cut),
                _reach(gaps[0], base[0], across),
                None if reach is None else (100 - reach[1], 100 - reach[0]),
                variant["verdict"],
                best=variant["variant"] == best,
                tip="\n".join(_told(variant, cutoffs)),
                link=variant["report"],
            )
        )
    if None not in base:  # last, so that it lies on top
        points.append(_baseline(document, base, across, along))
    return Chart(
        across,
        along,
        tuple(points),
        None if margins[0] is None else across.place(margins[0]),
        None if margins[1] is None else 100 - along.place(margins[1]),
    )


def _cuts(variant: Mapping[str, Any], cutoffs: str) -> Any:
    return variant["metrics"][cutoffs]["candidate"]["value"]


def _limit(document: Mapping[str, Any], rule: str, baseline: float | None) -> float | None:
    """What a variant may reach at most under a rule."""
    found = next((each for each in document["variants"][0]["rules"] if each["rule"] == rule), None)
    known = found is not None and baseline is not None and math.isfinite(baseline)
    return baseline + found["margin"] if known and found is not None and baseline is not None else None


def _baseline(document: Mapping[str, Any], base: tuple[Any, Any], across: Scale, along: Scale) -> Point:
    own = document["baseline"]
    texts = f"{show(base[0], 'ms')} finals p95, {show(base[1], 'percent')} early cuts"
    x = across.place(base[0]) if math.isfinite(base[0]) else _NEVER_PERCENT
    tip = f"{own['provider']}, the baseline\n{texts}, {show(own['metrics']['wer'], 'percent')} WER"
    return Point(0, x, 100 - along.place(base[1]), None, None, "baseline", best=False, tip=tip, link=None)


def _reach(gap: Mapping[str, Any], baseline: float | None, scale: Scale) -> tuple[float, float] | None:
    """An interval of a difference, drawn from the baseline's own value."""
    low, high = number(gap.get("low")), number(gap.get("high"))
    if low is None or high is None or baseline is None or not math.isfinite(baseline) or math.isinf(low):
        return None
    return scale.place(baseline + low), scale.place(baseline + high)


def _told(variant: Mapping[str, Any], cutoffs: str) -> Iterator[str]:
    metrics = variant["metrics"]
    yield variant["variant"]
    yield f"{show(metrics['final_ms']['candidate']['p95'], 'ms')} finals p95"
    yield f"{show(_cuts(variant, cutoffs), 'percent')} early cuts"
    yield f"{show(metrics['wer']['candidate']['value'], 'percent')} WER"
