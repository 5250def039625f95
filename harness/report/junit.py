"""The verdict as JUnit XML, one test case a rule, for CI systems that show tests.

What is red in CI is exactly what keeps `harness gate` from exiting with 0. A FAIL is a `failure`; an INCONCLUSIVE at level
error is an `error`, for no answer was reached; whatever can't change the exit code (level warn, not applicable, off, approved)
is `skipped` with its finding as the message. The first case, `run`, carries what concerns the run as a whole.

Slices follow, a case a rule and slice (`wer_abs[tag=noisy]`), those that fail first, then the tested ones, then those with too
few calls. A corpus of many speakers has thousands: beyond `SLICE_CASES` they are counted in one skipped case.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite
from junitparser.junitparser import FinalResult

from harness.one_line import in_one_line
from harness.report.verdict_text import (
    EMULATED_NOTE,
    RuleText,
    SliceText,
    against_text,
    mostly_failed,
    rule_texts,
    slice_findings,
    slice_text,
    warnings_of,
)

SLICE_CASES = 200
"""Cases of slices in one file."""


def junit_xml(summary: Mapping[str, Any], verdict: Mapping[str, Any]) -> str:
    """JUnit XML of a verdict.

    Args:
        summary: `summary.json`.
        verdict: `verdict.json`.

    Returns:
        The document, equal for equal input: it carries no times.
    """
    summary, verdict = in_one_line(summary), in_one_line(verdict)
    emulated = verdict["endpoint"] == "emulated"
    against = verdict.get("against")
    name = f"harness gate against {against['file']}" if against else "harness gate"
    suite = TestSuite(f"{name} ({verdict['endpoint']})")
    suite.add_property("run_id", verdict["run_id"])
    suite.add_property("endpoint", verdict["endpoint"])
    suite.add_property("verdict", verdict["verdict"])
    suite.add_property("exit_code", str(verdict["exit_code"]))
    suite.add_property("normalizer", summary["normalizer"])
    if emulated:
        suite.add_property("note", f"EMULATED. {EMULATED_NOTE}")
    if against:
        suite.add_property("against", against_text(verdict))
    for number, warning in enumerate(warnings_of(verdict), 1):
        suite.add_property(f"warning.{number}", warning)
    classname = f"harness.gate.{'against.' if against else ''}{verdict['endpoint']}"
    suite.add_testcase(_case("run", classname, _run_result(verdict)))
    invalid = verdict["verdict"] == "invalid"
    for rule, text in zip(verdict["rules"], rule_texts(verdict), strict=True):
        suite.add_testcase(_case(rule["rule"], classname, _rule_result(rule, text, run_invalid=invalid)))
    for skipped in verdict["skipped"]:
        suite.add_testcase(_case(skipped["rule"], classname, Skipped(skipped["reason"], "off")))
    for case in _slice_cases(verdict, classname, run_invalid=invalid):
        suite.add_testcase(case)
    document = JUnitXml("harness")
    document.add_testsuite(suite)
    body: bytes = document.tostring()  # type: ignore[no-untyped-call] # junitparser leaves it untyped
    return f"<?xml version='1.0' encoding='utf-8'?>\n{body.decode()}\n"


def _case(name: str, classname: str, result: FinalResult | None) -> TestCase:
    case = TestCase(name, classname)
    if result is not None:
        case.result = [result]
    return case


def _run_result(verdict: Mapping[str, Any]) -> FinalResult | None:
    """What can't be said of one rule: an invalid run, sessions that failed, or that nothing that matters could be judged."""
    if verdict["verdict"] == "invalid":
        result = Error(verdict["explanation"], "invalid")
        pairs = [pair for reason in verdict["reasons"] for pair in reason["pairs"]]
        result.text = "\n".join(
            [verdict["next_step"], *(f"{pair['clip_id']}: {pair['explanation']}" for pair in pairs)]
        )
        return result
    if verdict["verdict"] != "pass" and mostly_failed(verdict):
        result = Error(verdict["explanation"], "failed_sessions")
        result.text = verdict["next_step"]
        return result
    if verdict["verdict"] == "inconclusive" and verdict["reason"] is not None:
        return Error(verdict["explanation"], verdict["reason"])
    return None


def _rule_result(rule: Mapping[str, Any], text: RuleText, *, run_invalid: bool) -> FinalResult | None:
    word, message = rule["verdict"], rule["explanation"]
    if run_invalid:
        return Skipped(f"the run is invalid; for information: {word}. {message}", "invalid")
    if word == "pass":
        return None
    if text.approved:
        return Skipped(f"{text.approved}. {_figures(text)}", "approved")
    if rule["severity"] != "error" or word == "not_applicable":
        return Skipped(f"{word}: {message}", rule["severity"])
    result = Failure(message, word) if word == "fail" else Error(message, rule["reason"])
    result.text = _details(rule, text)
    return result


def _slice_cases(verdict: Mapping[str, Any], classname: str, *, run_invalid: bool) -> Iterator[TestCase]:
    findings = [
        found for outcome in ("fail", "not_worse", "underpowered") for found in slice_findings(verdict, outcome)
    ]
    for found in findings[:SLICE_CASES]:
        yield _case(found["name"], classname, _slice_result(found, run_invalid=run_invalid))
    if (left_out := len(findings) - SLICE_CASES) > 0:
        message = f"{left_out} more rules and slices are left out, see verdict.json; at most {SLICE_CASES} are listed"
        yield _case("slices", classname, Skipped(message, "left_out"))


def _slice_result(found: Mapping[str, Any], *, run_invalid: bool) -> FinalResult | None:
    text = slice_text(found)
    message = f"{text.verdict}: {text.explanation}"
    if run_invalid:
        return Skipped(f"the run is invalid; for information: {message}", "invalid")
    if found["verdict"] == "not_worse":
        return None
    if text.approved:
        return Skipped(f"{text.approved}. {_figures(text)}", "approved")
    if found["verdict"] == "underpowered" or found["severity"] != "error":
        return Skipped(message, found["verdict"] if found["verdict"] == "underpowered" else found["severity"])
    result = Failure(text.explanation, "fail")
    result.text = f"{_figures(text)}\n{found['calls']} calls"
    return result


def _details(rule: Mapping[str, Any], text: RuleText) -> str:
    lines = [
        f"baseline {text.baseline or 'none'}, candidate {text.candidate or 'none'}",
        _figures(text),
        f"{rule['calls']} calls",
        *(f"listen: {item['clip_id']} ({item['link']})" for item in rule["worst"]),
    ]
    return "\n".join(lines)


def _figures(text: RuleText | SliceText) -> str:
    return f"difference {text.difference or 'none'}, 90 % interval {text.interval or 'none'}, margin {text.margin}"
