"""Approving by name what a verdict shows."""

from datetime import date

import pytest
from rulings import finding, rule, sliced, verdict

from harness.approve.differences import approved_differences
from harness.errors import ConfigError

TODAY = date(2026, 11, 25)
FAILED = verdict(
    "fail",
    rule("wer_abs", "fail"),
    rule("final_p50", "inconclusive", unit="ms", value=20, low="-inf", high="inf", margin=150),
    rule("final_p95", "fail", value="inf", low=None, high=None),
    rule("success", "pass"),
    rule("wer_rel", "inconclusive", value=None),
    **sliced(finding("wer_abs[tag=noisy]"), finding("wer_abs[tag=clean]", "not_worse")),
)


def approve(*names, document=FAILED, reason="drug names", author="Ann", until=date(2026, 12, 31)):
    return approved_differences(document, names, reason=reason, author=author, until=until, today=TODAY)


def test_an_approval_binds_what_was_seen():
    """Value, interval, margin, endpoint and run go into the file; a name given twice is one approval."""
    whole, latency, noisy = approve("wer_abs", "final_p50", "wer_abs[tag=noisy]", "wer_abs")

    assert ("fail", 0.012, -0.001, 0.025, 0.01) == (whole.outcome, whole.value, whole.low, whole.high, whole.margin)
    assert ("emulated", "r1", TODAY) == (whole.endpoint, whole.run_id, whole.approved)
    assert ("inconclusive", 20, float("inf"), 170) == (latency.outcome, latency.value, latency.high, latency.limit)
    assert ("wer_abs[tag=noisy]", 0.042) == (noisy.name, noisy.value)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["wer_abz"], "there is no rule 'wer_abz'. Did you mean 'wer_abs'"),
        (["wer_abz[tag=noisy]"], "there is no rule 'wer_abz'. Did you mean 'wer_abs'"),
        (["wer_abs[tag=nosy]"], r"wer_abs\[tag=nosy\] is no slice of this run. Did you mean 'wer_abs\[tag=noisy\]'"),
        (["success"], "success is pass in this run; only what failed or is inconclusive"),
        (["wer_abs[tag=clean]"], "is not worse in this run; only what failed"),
        (["entity_miss"], "entity_miss was not judged .fewer than 100 trials."),
        (["erasure"], "erasure was not judged in this run"),
        (["wer_rel"], "wer_rel has no finite difference"),
        (["final_p95"], "final_p95 has no finite difference"),
    ],
)
def test_what_cannot_be_approved_is_refused(names, message):
    """Typos, what did not fail, and what has no number to bind; nothing is approved of several if one can't be."""
    with pytest.raises(ConfigError, match=message):
        approve("wer_abs", *names)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"reason": " "}, "--reason is empty"),
        ({"author": ""}, "--author is empty"),
        ({"reason": "x" * 1001}, "--reason has 1,001 characters; at most 1,000 are shown"),
        ({"until": date(2026, 11, 24)}, "--until is 2026-11-24, which is past"),
        ({"document": FAILED | {"verdict": "invalid"}}, "run r1 is invalid"),
    ],
)
def test_an_approval_says_why_by_whom_and_until_when(changes, message):
    """And a run that can't be trusted has nothing to approve."""
    with pytest.raises(ConfigError, match=message):
        approve("wer_abs", **changes)


def test_it_may_end_today():
    """The day named is the last day on which it holds."""
    assert TODAY == approve("wer_abs", until=TODAY)[0].until
