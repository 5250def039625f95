"""`index.html` of a reports folder: all runs, how each rule's figures went from run to run, and two runs side by side."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.atomic import write_text_atomically
from harness.report.assets import RUNS_ENTRY, RUNS_STYLES, script, style
from harness.report.html import environment
from harness.report.packing import pack
from harness.report.ruling import HEADLINES
from harness.report.runs import RuleValue, RunEntry, read_runs
from harness.report.trends import trend_groups

PAGE = "index.html"
SHOWN_RULES = ("wer_abs", "first_partial_p50", "final_p50", "false_cutoff")
"""The differences that the table of runs has room for: words, both latencies, turns."""


def write_runs_page(reports: Path) -> Path:
    """Write the page over all runs in `reports`; returns its path.

    Raises:
        OSError: If the disk refuses; a page that was there before is left as it was.
    """
    page = reports / PAGE
    write_text_atomically(page, render_runs(*read_runs(reports)))
    return page


def render_runs(runs: Sequence[RunEntry], damaged: Sequence[str]) -> str:
    """The page as text.

    Args:
        runs: Oldest first.
        damaged: What is wrong with those that can't be read.
    """
    return (
        environment()
        .get_template("runs.html.jinja")
        .render(
            style=style(RUNS_STYLES),
            script=script(RUNS_ENTRY),
            runs=[(run, _shown(run)) for run in reversed(runs)],
            shown=[(rule, _label(rule, runs)) for rule in SHOWN_RULES],
            words=HEADLINES,
            groups=trend_groups(runs),
            damaged=damaged,
            emulated=bool(runs) and all(run.emulated for run in runs),
            data=pack([_as_json(run) for run in runs]),
        )
    )


def _shown(run: RunEntry) -> list[RuleValue | None]:
    by_name = {rule.rule: rule for rule in run.rules}
    return [by_name.get(name) for name in SHOWN_RULES]


def _label(rule: str, runs: Sequence[RunEntry]) -> str:
    return next((value.text.label for run in runs for value in run.rules if value.rule == rule), rule)


def _as_json(run: RunEntry) -> dict[str, Any]:
    return {
        "id": run.run_id,
        "day": run.day,
        "corpus": run.corpus,
        "sizes": run.sizes,
        "emulated": run.emulated,
        "names": run.names,
        "verdict": run.verdict,
        "word": HEADLINES.get(run.verdict, run.verdict),
        "link": run.link,
        "alike": run.alike,
        "differing": run.differing,
        "rules": [
            {
                "rule": rule.rule,
                "label": rule.text.label,
                "unit": rule.unit,
                "verdict": rule.verdict,
                "word": rule.text.verdict,
                "values": [rule.baseline, rule.candidate],
                "texts": [rule.text.baseline, rule.text.candidate],
                "difference": rule.text.difference,
                "interval": rule.text.interval,
                "margin": rule.text.margin,
            }
            for rule in run.rules
        ],
    }
