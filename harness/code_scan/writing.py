"""A scan for people and for programs."""

import json
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from harness.code_scan.findings import SCHEMA, SEVERITIES, Finding, ParameterRow, Scan, Severity
from harness.one_line import in_one_line, no_command, one_line
from harness.plain_text import page_width, plain_text
from harness.report.numbers import plural
from harness.translation.rules import NO_COUNTERPART

_STYLES: dict[Severity, str] = {"trap": "bold red", "change": "yellow", "note": "dim"}


def as_document(scan: Scan) -> dict[str, Any]:
    """The scan as one JSON object."""
    return in_one_line(
        {
            "schema": SCHEMA,
            "path": scan.root,
            "files": scan.files,
            "using": scan.using,
            "counts": scan.counts(),
            "unread": [{"file": each.file, "reason": each.reason} for each in scan.unread],
        }
    ) | {"findings": [_finding(finding) for finding in scan.findings]}


def _finding(finding: Finding) -> dict[str, Any]:
    cell = {} if finding.cell is None else {"cell": finding.cell[0], "cell_line": finding.cell[1]}
    told = {
        "rule": finding.rule.id,
        "severity": finding.rule.severity,
        "file": finding.file,
        "line": finding.line,
        "column": finding.column,
        **cell,
        "code": finding.code,
        "message": finding.message,
    }
    return {
        **in_one_line(told),
        "counterpart": finding.counterpart,
        "rows": [in_one_line(_row(row)) for row in finding.rows],
    }


def _row(row: ParameterRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__slots__}


def print_scan(scan: Scan, console: Console) -> None:
    """Print it by file; plain text at a fixed width where the console is no terminal.

    What a rule says, and the code to write instead, stands once for each file; its other places name their line only.
    """
    if console.is_terminal:
        _print(scan, console)
        return
    console.out(plain_text(lambda page: _print(scan, page), page_width(console)), end="", highlight=False)


def _print(scan: Scan, console: Console) -> None:
    for file, findings in groupby(scan.findings, key=lambda finding: finding.file):
        console.print(Text(no_command(file), "bold"))
        told: set[str] = set()
        for finding in findings:
            _print_finding(finding, console, is_first=finding.rule.id not in told)
            told.add(finding.rule.id)
        console.print()
    for each in scan.unread:
        console.print(Text.assemble(("Not read: ", "bold yellow"), one_line(f"{each.file}: {each.reason}")))
    console.print(Text(_conclusion(scan), "bold"))
    if unread := len({each.file for each in scan.unread}):
        more = f"{plural(unread, 'file')} not read, or not wholly (named above): there may be more."
        console.print(Text(more, "bold yellow"))


def _print_finding(finding: Finding, console: Console, *, is_first: bool) -> None:
    rule = finding.rule
    where = f"{finding.line}:{finding.column}"
    if finding.cell is not None:
        where += f" (cell {finding.cell[0]}, line {finding.cell[1]})"
    head = Text.assemble(f"{where:>7}  ", (f"{rule.severity:<6}", _STYLES[rule.severity]), "  ", (rule.id, "bold"))
    console.print(head)
    console.print(_below(one_line(finding.code), "cyan"))
    more = finding.message.removeprefix(rule.meaning).strip()
    text = finding.message if is_first else more
    if text:
        console.print(_below(one_line(text)))
    for row in _rows(finding):
        console.print(_below(row, indent=13))
    if is_first and finding.counterpart:
        console.print(_below(finding.counterpart, "green", indent=13))


def _below(text: str, style: str = "", indent: int = 9) -> Padding:
    return Padding(Text(text, style), (0, 0, 0, indent))


def _rows(finding: Finding) -> Iterator[str]:
    for row in finding.rows:
        told = " ".join(f"{part}." for part in (row.conversion.rstrip("."), row.risk.rstrip(".")) if part)
        target = "no counterpart" if row.target == NO_COUNTERPART else f"{row.fidelity} -> {row.target}"
        value = json.dumps(row.value, ensure_ascii=False, default=str) if row.is_literal else row.value
        yield one_line(f"{row.line}: {row.field} = {value}  {target}: {told}")


def _conclusion(scan: Scan) -> str:
    counts = scan.counts()
    found = ", ".join(plural(counts[severity], severity) for severity in SEVERITIES)
    return f"{plural(scan.files, 'source file')}, {scan.using} of them with either SDK: {found}. Nothing was changed."
