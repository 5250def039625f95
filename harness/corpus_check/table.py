"""What a check found, on a screen: what there is, its slices, what it can prove, what is wrong, and what to do next."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from harness.corpus_check.balance import Balance, Slice
from harness.corpus_check.check import CorpusReport
from harness.corpus_check.findings import KINDS, SEVERITIES, Finding, Severity
from harness.forecast.table import print_prospects
from harness.one_line import lines_of, one_line
from harness.plain_text import page_width, plain_text
from harness.verdict.rules import MINIMUM_CALLS

_SLICES_SHOWN = {"tag": 24}
_SLICES_SHOWN_ELSE = 6
_FINDINGS_SHOWN: dict[Severity, int] = {"error": 10, "warning": 3, "note": 3}
_STYLES: dict[Severity, str] = {"error": "bold red", "warning": "bold yellow", "note": "bold"}
_SUPPOSED = "Clips without reference times count as one utterance each, from their first sound to their last. --listen looks for speech."
_NOT_HEARD = "Levels, silence and speech outside the references were not looked at. Next: the same with --listen."


def print_check(report: CorpusReport, console: Console) -> None:
    """Print a check; plain text where the console is no terminal.

    Args:
        report: What to print.
        console: Where to; its width and colour settings are obeyed.
    """
    if console.is_terminal:
        _print(report, console)
        return
    console.out(plain_text(lambda page: _print(report, page), page_width(console)), end="", highlight=False)


def _print(report: CorpusReport, console: Console) -> None:
    console.print(Text(str(report.path), "bold"))
    console.print(_facts(report))
    if report.clips:
        console.print()
        console.print(_slices(report.slices))
    if any(not one.decides for one in report.slices):
        _indented(
            console, f"* fewer than {MINIMUM_CALLS} calls: no rule of the gate decides anything on this slice alone"
        )
    if report.prospects is not None:
        console.print()
        print_prospects(report.prospects, console)
        if report.time_sources.get("vad") and not report.listened:
            _indented(console, _SUPPOSED)
    for severity in SEVERITIES:
        _print_findings([finding for finding in report.findings if finding.severity == severity], console)
    console.print()
    if report.clips and not report.listened:
        console.print(Text(_NOT_HEARD))
    console.print(Text(_conclusion(report), "bold"))


def _facts(report: CorpusReport) -> Table:
    all_lines = f" of {report.manifest_lines:,} lines" if report.recordings != report.manifest_lines else ""
    facts = {
        "recordings": f"{report.recordings:,}{all_lines} in the manifest; {_count(report.clips, 'clip')}, {_duration(report.audio_s)}",
        "calls": ", ".join(_calls(report.balance)),
        "speakers": ", ".join(_speakers(report.balance)),
        "references": ", ".join(_references(report)),
        "times from": _counts(report.time_sources),
        "encodings": _counts(report.encodings),
    }
    if report.audio_kept_out:
        facts["kept out"] = f"of reports: the audio of {_count(report.audio_kept_out, 'clip')} (copy_audio is false)"
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column()
    for name, value in facts.items():
        grid.add_row(f"  {name}", one_line(value))
    return grid


def _calls(balance: Balance) -> Iterator[str]:
    yield f"{balance.calls:,}"
    if balance.calls > 1:
        yield f"the largest ({balance.largest_call}) with {balance.largest_share:.0%} of the reference"


def _speakers(balance: Balance) -> Iterator[str]:
    yield f"{balance.speakers:,}"
    if balance.speakers > 1:
        yield f"the busiest ({balance.busiest_speaker}) in {_count(balance.busiest_calls, 'call')}"
    if balance.clips_without_speaker:
        yield f"none named in {_count(balance.clips_without_speaker, 'clip')}"


def _references(report: CorpusReport) -> Iterator[str]:
    yield _count(report.reference_words, "word")
    yield _count(report.utterances, "utterance")
    yield _count(report.turns, "turn")
    if not report.listened and (unheard := report.time_sources.get("vad")):
        yield f"not counted: those of {_count(unheard, 'clip')} without times (--listen finds them)"
    if report.entities:
        yield f"{report.entities:,} entit{'y' if report.entities == 1 else 'ies'}"
    if report.without_text:
        yield f"clips without reference text: {report.without_text:,} of {report.clips:,}"


def _slices(slices: Sequence[Slice]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="underline", show_edge=False, title_justify="left")
    table.add_column("  slice", no_wrap=True)
    table.add_column("", overflow="fold")
    for name in ("clips", "calls ", "minutes", "words"):
        table.add_column(name, justify="right", no_wrap=True)
    for dimension, members in groupby(slices, key=lambda one: one.dimension):
        every = list(members)
        shown = every[: _SLICES_SHOWN.get(dimension, _SLICES_SHOWN_ELSE)]
        for index, one in enumerate(shown):
            table.add_row(
                "" if index else f"  {dimension}",
                one_line(one.value) or "none given",
                f"{one.clips:,}",
                f"{one.calls:,}{' ' if one.decides else '*'}",
                f"{one.audio_s / 60:,.1f}",
                f"{one.words:,}",
            )
        if len(every) > len(shown):
            table.add_row("", f"and {len(every) - len(shown):,} more", style="dim")
    return table


def _print_findings(findings: Sequence[Finding], console: Console) -> None:
    """Kind by kind: how many, the worst of them, what is allowed, what to do."""
    by_kind = sorted(findings, key=lambda finding: list(KINDS).index(finding.kind))
    for name, members in groupby(by_kind, key=lambda finding: finding.kind):
        every, kind = list(members), KINDS[name]
        severity = every[0].severity
        worst = sorted(every, key=lambda finding: -finding.badness)[: _FINDINGS_SHOWN[severity]]
        console.print()
        count = f" ({len(every):,})" if len(every) > 1 else ""
        console.print(Text.assemble((severity, _STYLES[severity]), f": {kind.title}{count}"))
        for finding in worst:
            _indented(console, str(finding))
        if len(every) > len(worst):
            _indented(console, f"... and {len(every) - len(worst):,} more; --json lists all")
        _indented(console, f"Allowed: {kind.allowed}.", "dim")
        _indented(console, f"Next: {kind.next_step}")


def _indented(console: Console, text: str, style: str = "") -> None:
    console.print(Padding(Text(lines_of(text), style), (0, 0, 0, 2)))


def _conclusion(report: CorpusReport) -> str:
    return ", ".join(_conclusions(report))


def _conclusions(report: CorpusReport) -> Iterator[str]:
    yield _count(len(report.errors), "error") if report.errors else "usable"
    yield _count(len(report.warnings), "warning")
    if report.notes:
        yield _count(len(report.notes), "note")


def _counts(counts: Mapping[Any, int]) -> str:
    return ", ".join(f"{name or 'none'} ({count:,})" for name, count in counts.items()) or "none"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _duration(seconds: float) -> str:
    return f"{seconds / 60:.1f} min" if seconds < 3600 else f"{seconds / 3600:,.1f} h"  # noqa: PLR2004 - an hour
