"""The verdict on one screen: the answer, then why, then what to do next, then the figures."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.one_line import in_one_line
from harness.plain_text import plain_text
from harness.report.verdict_text import (
    FOR_DIAGNOSIS,
    RuleText,
    SliceText,
    against_text,
    answer,
    listen_first,
    look_text,
    noise_text,
    reruns_text,
    rule_texts,
    sessions_text,
    slice_findings,
    slice_text,
    slices_text,
    throttled_text,
    warnings_of,
)
from harness.timeline.events import SIDES

_STYLES = {
    "pass": "bold green",
    "fail": "bold red",
    "inconclusive": "bold yellow",
    "invalid": "bold magenta",
    "not_applicable": "dim",
}
_EMULATED = "Not the real services: this says nothing about either company."
_SLICES_SHOWN = 2
_ONLY_WARNS = " (warn)"
_LOG_WIDTH = 200
_ALL_COLUMNS_WIDTH = 126  # below this the two sides' own values are left to summary.md
_APPROVED_STYLE = "green"


def print_verdict(summary: Mapping[str, Any], verdict: Mapping[str, Any], console: Console) -> None:
    """Print a verdict: the answer, then why, then what to do next, then the figures.

    Plain text without colours where the console is no terminal.

    Args:
        summary: `summary.json`.
        verdict: `verdict.json`.
        console: Where to; its width and colour settings are obeyed.
    """
    summary, verdict = in_one_line(summary), in_one_line(verdict)
    word = verdict["verdict"]
    log = not console.is_terminal  # a log file has no width to keep to
    console.print(Text.assemble((answer(verdict), _STYLES[word]), f" ({word})"))
    for text in _introduction(verdict):
        console.print(text, soft_wrap=log)
    console.print()
    if word == "invalid":
        console.print(Text(FOR_DIAGNOSIS, "bold"), soft_wrap=log)
    wide = log or console.width >= _ALL_COLUMNS_WIDTH
    table = _table(verdict, wide=wide)
    if log:
        console.out(plain_text(lambda page: page.print(table), _LOG_WIDTH), end="", highlight=False)
    else:
        console.print(table)
    if notes := _notes(verdict, codes=not wide):
        console.print(Text(notes, "dim"), soft_wrap=log)
    noise = noise_text(verdict)
    for line in (*_approved(verdict), *_slices(verdict), *([noise] if noise else []), *_sessions(summary)):
        console.print(Text(line), soft_wrap=log)


def _introduction(verdict: Mapping[str, Any]) -> Iterator[Text]:
    """What the run is about, why the answer is what it is, and what to do."""
    if drift := against_text(verdict):
        yield Text(drift, "bold")
    if verdict["endpoint"] == "emulated":
        yield Text(f"EMULATED. {_EMULATED}", "bold")
    yield Text(verdict["explanation"])
    if looked := look_text(verdict):
        yield Text(f"{looked[0].upper()}{looked[1:]}.")
    yield Text.assemble(("Next: ", "bold"), verdict["next_step"])
    if clips := listen_first(verdict):
        yield Text.assemble(("Listen first: ", "bold"), ", ".join(clips))
    for warning in warnings_of(verdict):
        yield Text.assemble(("Warning: ", "bold yellow"), warning)


def _approved(verdict: Mapping[str, Any]) -> Iterator[str]:
    """Who accepts which difference, a line each; the table has no room for it."""
    texts: list[RuleText | SliceText] = [*rule_texts(verdict)]
    texts += [slice_text(found) for found in slice_findings(verdict, "fail")]
    for text in texts:
        if text.approved:
            yield f"{text.label}: {text.difference}, {text.approved}"


def _notes(verdict: Mapping[str, Any], *, codes: bool) -> str:
    """What the table's stars mean, and what `approve` calls the rules that failed, where the table has no room for it."""
    warns = any(text.verdict.endswith(_ONLY_WARNS) for text in rule_texts(verdict))
    failed = [rule["rule"] for rule in verdict["rules"] if rule["verdict"] == "fail" and not rule.get("approved")]
    notes = ["*: only warns"] if warns else []
    notes += [f"for `harness approve`: {', '.join(failed)}"] if failed and codes else []
    return "; ".join(notes)


def _table(verdict: Mapping[str, Any], *, wide: bool) -> Table:
    table = Table(box=None, pad_edge=False, collapse_padding=not wide, header_style="underline")
    table.add_column("rule", no_wrap=True)
    if wide:
        table.add_column("code", no_wrap=True, style="dim")
    for side in SIDES if wide else ():
        table.add_column(side, justify="right", no_wrap=True)
    for name in ("difference", "90 % interval", "margin", "+calls"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for rule, text in zip(verdict["rules"], rule_texts(verdict), strict=True):
        values = [text.rule, text.baseline, text.candidate] if wide else []
        cells = [text.label, *values, text.difference, text.interval, text.margin, text.calls_short]
        style = _APPROVED_STYLE if text.approved else _STYLES[rule["verdict"]]
        table.add_row(*(Text(cell) for cell in cells), Text(text.verdict.replace(_ONLY_WARNS, "*"), style))
    return table


def _slices(verdict: Mapping[str, Any]) -> list[str]:
    """The slices that are worse than a margin allows, one a line, and how many others there are."""
    failed = [slice_text(found) for found in slice_findings(verdict, "fail") if not found.get("approved")]
    lines = [f"{text.verdict}: {text.label} {text.difference}, margin {text.margin}" for text in failed[:_SLICES_SHOWN]]
    more = f" ({len(failed) - _SLICES_SHOWN} more in summary.md)" if len(failed) > _SLICES_SHOWN else ""
    summary = slices_text(verdict)
    return [*lines, summary + more] if summary else []


def _sessions(summary: Mapping[str, Any]) -> list[str]:
    """What became of the sessions of both sides, which is mostly the same."""
    texts = {side: sessions_text(counts) for side, counts in summary["sessions"].items()}
    identical = {True: "same audio", False: "DIFFERENT AUDIO", None: "audio not comparable"}
    again = (reruns_text(summary), throttled_text(summary))
    *lines, last = [f"{side}: {text}" for side, text in texts.items()]
    if len(set(texts.values())) == 1:
        lines, last = [], f"each side: {last.split(': ', 1)[1]}"
    return [
        *lines,
        "; ".join(part for part in (last, *again, identical[summary["audio_identical"]]) if part),
    ]
