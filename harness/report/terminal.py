"""The verdict on one screen: the answer, then why, then what to do next."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.plain_text import plain_text
from harness.report.verdict_text import (
    ANSWERS,
    EMULATED_NOTE,
    FOR_DIAGNOSIS,
    look_text,
    noise_text,
    reruns_text,
    rule_texts,
    sessions_text,
    throttled_text,
)
from harness.timeline.events import SIDES

_STYLES = {
    "pass": "bold green",
    "fail": "bold red",
    "inconclusive": "bold yellow",
    "invalid": "bold magenta",
    "not_applicable": "dim",
}
_LOG_WIDTH = 200
_ALL_COLUMNS_WIDTH = 110  # below this the two sides' own values are left to summary.md


def print_verdict(summary: Mapping[str, Any], verdict: Mapping[str, Any], console: Console) -> None:
    """Print a verdict; plain text without colours where the console is no terminal.

    Args:
        summary: `summary.json`.
        verdict: `verdict.json`.
        console: Where to; its width and colour settings are obeyed.
    """
    word = verdict["verdict"]
    log = not console.is_terminal  # a log file has no width to keep to
    console.print(Text.assemble((ANSWERS[word], _STYLES[word]), f" ({word})"))
    if verdict["endpoint"] == "emulated":
        console.print(Text(f"EMULATED. {EMULATED_NOTE}", "bold"), soft_wrap=log)
    console.print(Text(verdict["explanation"]), soft_wrap=log)
    if looked := look_text(verdict):
        console.print(Text(f"{looked[0].upper()}{looked[1:]}."), soft_wrap=log)
    invalid = word == "invalid"
    if invalid:  # what to do is all that can be taken from such a run
        console.print(_next_step(verdict), soft_wrap=log)
    console.print()
    if invalid:
        console.print(Text(FOR_DIAGNOSIS, "bold"), soft_wrap=log)
    if log:
        table = _table(verdict, wide=True)
        console.out(plain_text(lambda page: page.print(table), _LOG_WIDTH), end="", highlight=False)
    else:
        console.print(_table(verdict, wide=console.width >= _ALL_COLUMNS_WIDTH))
    console.print()
    if noise := noise_text(verdict):
        console.print(Text(noise), soft_wrap=log)
    for line in _sessions(summary):
        console.print(Text(line), soft_wrap=log)
    if not invalid:
        console.print(_next_step(verdict), soft_wrap=log)


def _next_step(verdict: Mapping[str, Any]) -> Text:
    return Text.assemble(("Next: ", "bold"), verdict["next_step"])


def _table(verdict: Mapping[str, Any], *, wide: bool) -> Table:
    table = Table(box=None, pad_edge=False, collapse_padding=not wide, header_style="underline")
    table.add_column("rule", no_wrap=True)
    if wide:
        table.add_column("code", no_wrap=True, style="dim")
    for side in SIDES if wide else ():
        table.add_column(side, justify="right", no_wrap=True)
    for name in ("difference", "90 % interval", "margin", "needs"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for rule, text in zip(verdict["rules"], rule_texts(verdict), strict=True):
        values = [text.rule, text.baseline, text.candidate] if wide else []
        needs = f"+{text.calls_short}" if text.calls_short else ""
        cells = [text.label, *values, text.difference, text.interval, text.margin, needs]
        table.add_row(*(Text(cell) for cell in cells), Text(text.verdict, _STYLES[rule["verdict"]]))
    table.caption = "needs: further independent calls, as far as this run can tell"
    table.caption_justify = "left"
    return table


def _sessions(summary: Mapping[str, Any]) -> list[str]:
    """What became of the sessions of both sides, which is mostly the same."""
    texts = {side: sessions_text(counts) for side, counts in summary["sessions"].items()}
    identical = {True: "identical audio", False: "DIFFERENT AUDIO", None: "audio not comparable"}
    again = (reruns_text(summary), throttled_text(summary))
    *lines, last = [f"{side}: {text}" for side, text in texts.items()]
    if len(set(texts.values())) == 1:
        lines, last = [], f"each side: {last.split(': ', 1)[1]}"
    return [
        *lines,
        "; ".join(part for part in (last, *again, identical[summary["audio_identical"]]) if part),
    ]
