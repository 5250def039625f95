"""Accepted differences: what an approval covers, and until when.

An approval binds the value that was seen. It goes on covering a rule while the new difference is at most the upper end of the
interval approved and at most one margin beyond the value approved, whichever is less: a small run, whose interval is wide,
must not buy room to get worse. Where there was no interval, nothing beyond the value itself is covered. Whoever approved that
there was not enough evidence did not approve a proven FAIL.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from harness.verdict.rules import Unit

State = Literal["used", "expired", "outgrown", "proven", "other_endpoint", "not_failing", "unmatched"]
LONGEST_TEXT = 1_000
"""Characters of a reason, or of any other text of an approval: each stands in a cell of a table."""
_BLOCKING = ("fail", "inconclusive")


@dataclass(frozen=True, slots=True)
class Approval:
    """One difference that somebody accepted.

    Attributes:
        name: A rule, or a rule in a slice: `wer_abs[tag=noisy]`.
        outcome: What it was: `fail` or `inconclusive`.
        value: The difference seen, in the rule's unit; finite.
        low: Lower end of its interval; None if there was none.
        high: Upper end.
        margin: In force then.
        unit: The rule's.
        endpoint: `emulated` or `live`: one says nothing about the other.
        run_id: Of the run in which it was seen.
        reason: Why it is accepted.
        author: By whom.
        approved: On which day.
        until: The last day on which it holds.
    """

    name: str
    outcome: Literal["fail", "inconclusive"]
    value: float
    low: float | None
    high: float | None
    margin: float
    unit: Unit
    endpoint: Literal["emulated", "live"]
    run_id: str
    reason: str
    author: str
    approved: date
    until: date

    @property
    def limit(self) -> float:
        """The largest difference that is covered, in the rule's unit."""
        return self.value if self.high is None else min(self.high, self.value + self.margin)


@dataclass(frozen=True, slots=True)
class Approvals:
    """The approvals in force, and the day on which they are."""

    approvals: tuple[Approval, ...]
    today: date


@dataclass(frozen=True, slots=True)
class Finding:
    """What an approval may cover: a rule or a rule in a slice, and how it came out; `value` is None unless finite."""

    name: str
    outcome: str
    value: float | None


@dataclass(frozen=True, slots=True)
class ApprovalUse:
    """What became of an approval; `seen` is the difference found now."""

    approval: Approval
    state: State
    seen: float | None = None


def uses_of(
    approvals: Iterable[Approval], findings: Sequence[Finding], *, endpoint: str, today: date
) -> tuple[ApprovalUse, ...]:
    """What becomes of each approval on a day; of several of one name, the last one counts."""
    latest = {approval.name: approval for approval in approvals}
    found = {finding.name: finding for finding in findings}
    return tuple(_use(approval, found.get(name), endpoint, today) for name, approval in latest.items())


def _use(approval: Approval, finding: Finding | None, endpoint: str, today: date) -> ApprovalUse:
    if finding is None:
        return ApprovalUse(approval, "unmatched")
    use = ApprovalUse(approval, "used", finding.value)
    if endpoint != approval.endpoint:
        return replace(use, state="other_endpoint")
    if finding.outcome not in _BLOCKING:
        return replace(use, state="not_failing")
    if today > approval.until:
        return replace(use, state="expired")
    if finding.outcome == "fail" and approval.outcome == "inconclusive":
        return replace(use, state="proven")
    return use if finding.value is not None and finding.value <= approval.limit else replace(use, state="outgrown")
