"""What a scan says: findings with their rules, and what could not be read."""

from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["trap", "change", "note"]
SEVERITIES: tuple[Severity, ...] = ("trap", "change", "note")
SCHEMA = "harness.code/1"


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that is looked for.

    Attributes:
        id: Never renamed.
        severity: `trap` fails or misleads without a word, `change` has to be written anew, `note` is good to know.
        title: What it is about, in a few words.
        meaning: What it means at Gladia.
        python: What to write there instead; empty if there is nothing.
        typescript: The same in TypeScript.
    """

    id: str
    severity: Severity
    title: str
    meaning: str
    python: str = ""
    typescript: str = ""

    def counterpart(self, language: str) -> str:
        """What to write instead, in the language of the file."""
        return self.python if language == "python" else self.typescript


@dataclass(frozen=True, slots=True)
class ParameterRow:
    """What becomes of one AssemblyAI parameter: line, value, and the row of the table of `translate`.

    Where the code does not tell the value (`is_literal` is false), it is the expression as it is written.
    """

    line: int
    field: str
    value: Any
    is_literal: bool
    fidelity: str
    target: str
    conversion: str
    risk: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule at one place.

    Attributes:
        rule: Which.
        file: Relative to the folder that was scanned, with `/`.
        line: From 1; in a notebook, of the file as it lies on disk.
        column: From 1, in characters.
        code: The line, without its indentation.
        message: What it means there.
        counterpart: What to write instead; empty if there is nothing.
        rows: For parameters, what becomes of each.
        cell: In a notebook, (number of the cell, line in it).
    """

    rule: Rule
    file: str
    line: int
    column: int
    code: str
    message: str
    counterpart: str
    rows: tuple[ParameterRow, ...] = ()
    cell: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Unread:
    """A file of which all or a part could not be read, and why."""

    file: str
    reason: str


@dataclass(frozen=True, slots=True)
class Scan:
    """All that a scan found, files and places in order.

    Attributes:
        root: The folder.
        files: How many source files it looked into.
        using: How many of them mention either SDK.
        findings: What was found there.
        unread: What could not be read.
    """

    root: str
    files: int
    using: int
    findings: tuple[Finding, ...]
    unread: tuple[Unread, ...]

    def counts(self) -> dict[Severity, int]:
        """How many findings of each severity."""
        counted = Counter(finding.rule.severity for finding in self.findings)
        return {severity: counted[severity] for severity in SEVERITIES}
