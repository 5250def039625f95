"""The verdict on one screen: the answer, then why, then what to do next."""

import io
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.report.verdict_text import ANSWERS, EMULATED_NOTE, next_steps, rule_texts

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
    console.print()
    if log:
        console.out(_unwrapped(_table(verdict, wide=True)), end="", highlight=False)
    else:
        console.print(_table(verdict, wide=console.width >= _ALL_COLUMNS_WIDTH))
    console.print()
    console.print(Text(_sessions(summary)), soft_wrap=log)
    console.print(Text.assemble(("Next: ", "bold"), next_steps(verdict)), soft_wrap=log)


def _unwrapped(table: Table) -> str:
    """The table as plain text at its natural width."""
    page = Console(file=io.StringIO(), width=_LOG_WIDTH, color_system=None)
    with page.capture() as captured:
        page.print(table)
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def _table(verdict: Mapping[str, Any], *, wide: bool) -> Table:
    table = Table(box=None, pad_edge=False, collapse_padding=not wide, header_style="underline")
    table.add_column("rule", no_wrap=True)
    for name in ("baseline", "candidate") if wide else ():
        table.add_column(name, justify="right", no_wrap=True)
    for name in ("difference", "90 % interval", "margin", "needs"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for rule, text in zip(verdict["rules"], rule_texts(verdict), strict=True):
        values = [text.baseline, text.candidate] if wide else []
        needs = f"+{text.calls_short}" if text.calls_short else ""
        cells = [text.rule, *values, text.difference, text.interval, text.margin, needs]
        table.add_row(*(Text(cell) for cell in cells), Text(text.verdict, _STYLES[rule["verdict"]]))
    table.caption = "needs: further independent calls that would probably decide the rule"
    table.caption_justify = "left"
    return table


def _sessions(summary: Mapping[str, Any]) -> str:
    sides = [
        f"{side} {counts['completed']} of {counts['planned']} sessions completed"
        for side, counts in summary["sessions"].items()
    ]
    identical = {True: "identical audio", False: "DIFFERENT AUDIO", None: "audio not comparable"}
    return f"{', '.join(sides)}; {identical[summary['audio_identical']]}."
