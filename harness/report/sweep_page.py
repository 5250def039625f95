"""`sweep.html`: the trade-off between variants as a chart, with every figure behind it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.atomic import write_text_atomically
from harness.report.assets import SWEEP_ENTRY, SWEEP_STYLES, script, style
from harness.report.figures import Whisker, whisker
from harness.report.html import environment
from harness.report.numbers import Kind, number, show, show_difference, show_interval
from harness.report.ruling import HEADLINES
from harness.report.sweep_chart import trade_off

PAGE = "sweep.html"


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure of a variant, and its difference to the baseline with the interval; all as text."""

    name: str
    value: str
    difference: str = ""
    interval: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One variant as the page shows it: its number in the chart, its entry in `sweep.json`, its figures, its word errors drawn."""

    number: int
    variant: Mapping[str, Any]
    cells: tuple[Cell, ...]
    word_errors: Whisker | None
    is_best: bool


def write_sweep_page(folder: Path, document: Mapping[str, Any]) -> Path:
    """Write the page of a sweep into its folder; returns its path.

    Args:
        folder: The baseline's run directory, beside those of the variants.
        document: `sweep.json`.

    Raises:
        OSError: If the disk refuses; a page that was there before is left as it was.
    """
    page = folder / PAGE
    write_text_atomically(page, render_sweep(document))
    return page


def render_sweep(document: Mapping[str, Any]) -> str:
    """The page as text."""
    best = (document["best"] or {}).get("variant")
    return (
        environment()
        .get_template("sweep.html.jinja")
        .render(
            style=style(SWEEP_STYLES),
            script=script(SWEEP_ENTRY),
            document=document,
            emulated=document["endpoint"] == "emulated",
            words=HEADLINES,
            chart=trade_off(document),
            baseline=list(_baseline_cells(document)),
            rows=[
                Row(
                    place,
                    variant,
                    tuple(_cells(variant, document["cutoff_metric"])),
                    _word_errors(variant),
                    is_best=variant["variant"] == best,
                )
                for place, variant in enumerate(document["variants"], start=1)
            ],
        )
    )


def _figures(cutoffs: str) -> list[tuple[str, str, str | None, Kind]]:
    """What the table shows: name, metric, quantile, how it is written."""
    return [
        ("Finals p50", "final_ms", "p50", "ms"),
        ("Finals p95", "final_ms", "p95", "ms"),
        ("Early cuts", cutoffs, None, "percent"),
        ("WER", "wer", None, "percent"),
        ("First partial p50", "first_partial_ms", "p50", "ms"),
        ("Erasure", "normalized_erasure", None, "ratio"),
        ("Failed sessions", "session_failure_rate", None, "percent"),
    ]


def _baseline_cells(document: Mapping[str, Any]) -> Iterator[Cell]:
    metrics = document["baseline"]["metrics"]
    for name, metric, quantile, kind in _figures(document["cutoff_metric"]):
        yield Cell(name, show(metrics[metric] if quantile is None else metrics[metric][quantile], kind))


def _cells(variant: Mapping[str, Any], cutoffs: str) -> Iterator[Cell]:
    for name, metric, quantile, kind in _figures(cutoffs):
        block = variant["metrics"][metric]
        gap = block["difference"] if quantile is None else block["difference"][quantile]
        known = gap.get("low") is not None
        difference = show_difference(gap["value"], kind) if gap["value"] is not None else ""
        interval = show_interval(gap["low"], gap["high"], kind) if known else ""
        value = show(block["candidate"]["value" if quantile is None else quantile], kind)
        yield Cell(name, value, difference, interval)


def _word_errors(variant: Mapping[str, Any]) -> Whisker | None:
    """The difference of word error rates against its margin; None where no rule has one."""
    rule = next((each for each in variant["rules"] if each["rule"] == "wer_abs"), None)
    gap = variant["metrics"]["wer"]["difference"]
    return rule and whisker(number(gap["value"]), number(gap["low"]), number(gap["high"]), rule["margin"])
