"""What an approval covers."""

import math
from dataclasses import replace
from datetime import date

import pytest
import synthetic

from harness.verdict.approval import Approvals, Finding, uses_of
from harness.verdict.judge import judge, verdict_json
from harness.verdict.rules import RULE_NAMES, GateSettings

SEEN = synthetic.APPROVED
TODAY = date(2026, 11, 25)


def state(approval=SEEN, outcome="fail", value=0.02, endpoint="live", today=TODAY):
    [use] = uses_of([approval], [Finding("wer_abs", outcome, value)], endpoint=endpoint, today=today)
    return use.state


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "used"),
        ({"value": 0.028}, "used"),
        ({"value": 0.0281}, "outgrown"),  # beyond the upper end of the interval approved
        ({"value": None}, "outgrown"),
        ({"outcome": "inconclusive"}, "used"),
        ({"outcome": "pass"}, "not_failing"),
        ({"outcome": "not_applicable", "value": None}, "not_failing"),
        ({"endpoint": "emulated"}, "other_endpoint"),
        ({"today": date(2026, 12, 31)}, "used"),
        ({"today": date(2027, 1, 1)}, "expired"),
        (
            {"approval": replace(SEEN, high=0.2), "value": 0.0301},
            "outgrown",
        ),  # a wide interval buys no more than a margin
        ({"approval": replace(SEEN, high=math.inf), "value": 0.03}, "used"),
        (
            {"approval": replace(SEEN, high=None), "value": 0.0201},
            "outgrown",
        ),  # without an interval, nothing beyond the value
        ({"approval": replace(SEEN, outcome="inconclusive")}, "proven"),
    ],
)
def test_what_is_covered(changes, expected):
    """An approval holds to its last day, on its endpoint, for at most what was seen."""
    assert expected == state(**changes)


def test_the_last_of_a_name_counts_and_one_without_a_rule_is_unmatched():
    """A renewed approval stands below the old one in the file."""
    renewed = replace(SEEN, until=date(2027, 3, 31), author="Ben")
    uses = uses_of(
        [SEEN, replace(SEEN, name="wer_rel"), renewed],
        [Finding("wer_abs", "fail", 0.02)],
        endpoint="live",
        today=date(2027, 1, 1),
    )

    assert [("wer_abs", "Ben", "used"), ("wer_rel", "Ann", "unmatched")] == [
        (use.approval.name, use.approval.author, use.state) for use in uses
    ]


def judged(approvals, candidate_wer=0.11, **settings):
    return judge(
        synthetic.run(300, seed=1, candidate_wer=candidate_wer, turns=2),
        GateSettings(resamples=999, **settings),
        run_valid=True,
        invalid_reason=None,
        emulated=False,
        run_id="r",
        approvals=Approvals(tuple(approvals), TODAY),
    )


def seen_in(document, name):
    rule = next(rule for rule in document["rules"] if rule["rule"] == name)
    told = {key: rule[key] for key in ("value", "low", "high", "margin", "unit")}
    return replace(SEEN, name=name, **told)


def test_an_approved_difference_does_not_block_and_keeps_its_number():
    """The word and the figures stay; who accepts it, why and until when is told beside them."""
    before = verdict_json(judged([]))
    approvals = [seen_in(before, name) for name in ("wer_abs", "wer_rel")]

    after = verdict_json(judged(approvals))

    assert (("fail", 1), ("pass", 0)) == tuple((found["verdict"], found["exit_code"]) for found in (before, after))
    old, new = before["rules"][0], after["rules"][0]
    same = ("rule", "verdict", "value", "low", "high", "severity")
    assert {key: old[key] for key in same} == {key: new[key] for key in same}
    assert ("2026-12-31", "Ann", "names of drugs") == tuple(new["approved"][key] for key in ("until", "by", "reason"))
    assert old["explanation"] == new["explanation"]
    assert "or is a difference that was approved: wer_abs, wer_rel." in after["explanation"]
    assert ["used", "used"] == [use["state"] for use in after["approvals"]]


def test_a_difference_that_grew_blocks_again():
    """What was accepted at three points is not accepted at six."""
    approvals = [seen_in(verdict_json(judged([])), name) for name in ("wer_abs", "wer_rel")]

    after = judged(approvals, candidate_wer=0.14)

    assert ("fail", ["outgrown", "outgrown"]) == (after.outcome, [use.state for use in after.approvals])


def test_approvals_alone_never_pass_a_run():
    """With every other rule off, nothing was shown to be as good as before."""
    off = {name: "off" for name in RULE_NAMES if name != "wer_abs"}
    approval = seen_in(verdict_json(judged([], levels=off)), "wer_abs")

    assert ("inconclusive", "nothing_judged") == (
        judged([approval], levels=off).outcome,
        judged([approval], levels=off).reason,
    )


def test_a_slice_is_approved_by_its_own_name():
    """Approving a rule says nothing about its slices, nor the other way round."""
    scores = synthetic.run(300, seed=1, turns=2)
    bad = synthetic.run(30, candidate_wer=0.11, clip="bad-{}")
    tagged = tuple(replace(row, tags=("noisy",)) for row in bad.sessions)
    both = synthetic.scores(
        (*scores.sessions, *tagged), (*scores.utterances, *bad.utterances), (*scores.turns, *bad.turns)
    )
    options = {"run_valid": True, "invalid_reason": None, "emulated": False, "run_id": "r"}
    settings = GateSettings(resamples=999, slices="error", levels={"wer_rel": "off"})
    before = judge(both, settings, **options)
    [noisy] = [found for found in before.slices if found.name == "wer_abs[tag=noisy]"]
    approval = replace(SEEN, name=noisy.name, value=noisy.value, low=noisy.low, high=noisy.high)
    rounded = replace(approval, value=float(f"{noisy.value:.6g}"))

    whole = judge(both, settings, **options, approvals=Approvals((SEEN,), TODAY))
    after = judge(both, settings, **options, approvals=Approvals((rounded,), TODAY))

    assert ("fail", "fail", "pass") == (before.outcome, whole.outcome, after.outcome)
    told = next(found for found in verdict_json(after)["slices"]["findings"] if found["name"] == noisy.name)
    assert ("fail", "Ann") == (told["verdict"], told["approved"]["by"])
