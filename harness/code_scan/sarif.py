"""A scan as SARIF 2.1.0, which code hosts and editors show beside the lines."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from harness.code_scan.findings import Finding, Rule, Scan, Severity
from harness.code_scan.rules import RULES
from harness.one_line import lines_of, one_line

_SCHEMA_URI = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS: dict[Severity, str] = {"trap": "error", "change": "warning", "note": "note"}
_ROOT = "%SRCROOT%"


def as_sarif(scan: Scan, version: str) -> dict[str, Any]:
    """One run with all rules; places are relative to the folder that was scanned.

    Args:
        scan: What was found.
        version: Of this program.
    """
    numbers = {rule_id: number for number, rule_id in enumerate(RULES)}
    driver = {"name": "harness translate --code", "version": version, "rules": [_rule(rule) for rule in RULES.values()]}
    notifications = [
        {
            "level": "warning",
            "message": {"text": one_line(each.reason)},
            "locations": [{"physicalLocation": {"artifactLocation": _artifact(each.file)}}],
        }
        for each in scan.unread
    ]
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notifications}],
        "results": [_result(finding, numbers) for finding in scan.findings],
    }
    return {"$schema": _SCHEMA_URI, "version": "2.1.0", "runs": [run]}


def _rule(rule: Rule) -> dict[str, Any]:
    instead = [code for code in (rule.python, rule.typescript) if code]
    text = "\n\n".join((rule.meaning, *instead))
    markdown = "\n\n".join((rule.meaning, *(f"```\n{code}\n```" for code in instead)))
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.meaning},
        "help": {"text": text, "markdown": markdown},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _result(finding: Finding, numbers: Mapping[str, int]) -> dict[str, Any]:
    rows = [
        one_line(f"{row.field} = {row.value}: {row.fidelity}, {row.target}. {row.conversion}") for row in finding.rows
    ]
    instead = [f"Instead:\n{finding.counterpart}"] if finding.counterpart else []
    region = {"startLine": finding.line, "startColumn": finding.column, "snippet": {"text": one_line(finding.code)}}
    return {
        "ruleId": finding.rule.id,
        "ruleIndex": numbers[finding.rule.id],
        "level": _LEVELS[finding.rule.severity],
        "message": {"text": lines_of("\n".join((finding.message, *rows, *instead)))},
        "locations": [{"physicalLocation": {"artifactLocation": _artifact(finding.file), "region": region}}],
    }


def _artifact(file: str) -> dict[str, str]:
    return {"uri": quote(file, errors="surrogateescape"), "uriBaseId": _ROOT}  # a name may be no UTF-8
