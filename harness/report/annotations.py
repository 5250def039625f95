"""The verdict as workflow commands, which GitHub shows beside the job and the pull request.

GitHub shows ten errors and ten warnings of a step; what is beyond is counted in the last one of its kind.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from harness.one_line import in_one_line
from harness.report.verdict_text import (
    EMULATED_NOTE,
    RuleText,
    SliceText,
    answer,
    blocks,
    rule_texts,
    slice_findings,
    slice_text,
    warnings_of,
)

MOST = 10
"""Annotations of one kind that GitHub shows for one step."""

Kind = Literal["error", "warning", "notice"]


def annotations(verdict: Mapping[str, Any]) -> list[str]:
    """One `::error title=...::message` a finding that keeps the run from passing, one `::warning` for any other finding.

    Args:
        verdict: `verdict.json`.
    """
    verdict = in_one_line(verdict)
    by_kind: dict[Kind, list[tuple[str, str]]] = {"error": [], "warning": [], "notice": []}
    for kind, title, message in _found(verdict):
        by_kind[kind].append((title, message))
    return [line for kind, found in by_kind.items() for line in _lines(kind, found)]


def _found(verdict: Mapping[str, Any]) -> Iterator[tuple[Kind, str, str]]:
    word, title = verdict["verdict"], answer(verdict)
    if verdict["endpoint"] == "emulated":
        yield "notice", "Emulated run", EMULATED_NOTE
    if word == "invalid":
        yield "error", title, f"{verdict['explanation']} {verdict['next_step']}"
        return
    if word == "inconclusive" and verdict["reason"] is not None:
        yield "error", title, verdict["explanation"]
    if word == "pass":
        yield "notice", title, verdict["explanation"]
    yield from (("warning", "harness gate", text) for text in warnings_of(verdict))
    told: list[tuple[Mapping[str, Any], RuleText | SliceText]] = []
    told += zip(verdict["rules"], rule_texts(verdict), strict=True)
    told += [(found, slice_text(found)) for found in slice_findings(verdict, "fail")]
    for finding, text in told:
        if finding["verdict"] in {"fail", "inconclusive"}:
            kind: Kind = "error" if blocks(finding) else "warning"
            yield kind, f"{text.label}: {text.verdict}", _message(text)


def _message(text: RuleText | SliceText) -> str:
    figures = f"{text.difference}, margin {text.margin}. " if text.difference else ""
    return figures + (text.approved or text.explanation)


def _lines(kind: Kind, found: list[tuple[str, str]]) -> Iterable[str]:
    shown = found if len(found) <= MOST else found[: MOST - 1]
    for title, message in shown:
        yield f"::{kind} title={_property(title)}::{_data(message)}"
    if len(found) > len(shown):
        yield f"::{kind} title=harness gate::and {len(found) - len(shown)} more, see summary.md"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
