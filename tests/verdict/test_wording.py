from dataclasses import replace

import pytest
import synthetic

from harness.verdict.judge import judge, verdict_json
from harness.verdict.results import InvalidReason
from harness.verdict.rules import RULES, GateSettings

SETTINGS = GateSettings(resamples=999)


def document(scores, **changes):
    options = {"run_valid": True, "invalid_reason": None, "emulated": False, "run_id": "r7"} | changes
    return verdict_json(judge(scores, SETTINGS, **options))


def invalid(*kinds):
    reasons = tuple(InvalidReason(kind, f"{kind}!") for kind in kinds)
    return document(synthetic.scores(), run_valid=False, invalid_reason="; ".join(kinds), invalid_reasons=reasons)


def explanation(name, found):
    return next(rule["explanation"] for rule in found["rules"] if rule["rule"] == name)


def test_a_spoilt_run_is_recorded_again():
    """The next step is a command, and says why --resume is none."""
    step = invalid("spoilt_pairs", "emulators")["next_step"]

    assert "`harness compare --pairs 1` (a new run)" in step
    assert "--resume would record nothing" in step


def test_an_incomplete_run_is_completed():
    """Where sessions are missing, --resume is the way; where more is wrong, a new run comes after it."""
    alone, both = (invalid(*kinds)["next_step"] for kinds in (["incomplete"], ["incomplete", "spoilt_pairs"]))

    assert "Complete the run: `harness compare --resume --run-id r7`." == alone
    assert both.startswith(alone)
    assert "`harness compare --pairs 1`" in both


def test_reasons_are_listed():
    """What made the run invalid stands in the file as a list; a valid run has none."""
    assert ["incomplete!", "emulators!"] == [
        reason["explanation"] for reason in invalid("incomplete", "emulators")["reasons"]
    ]
    assert [] == document(synthetic.run(12))["reasons"]


def test_rules_have_one_name():
    """The prose names rules as the tables do."""
    found = document(synthetic.run(60, slower_ms=500))

    assert "Final p50, Final p95, First partial p50, First partial p95." in found["explanation"]
    assert [rule.label for rule in RULES if rule.name != "entity_miss"] == [rule["label"] for rule in found["rules"]]


def test_too_few_calls_are_no_basis_for_an_estimate():
    """Below the minimum of calls only the minimum is stated."""
    expected = "Fewer than 20 independent calls have data. It takes at least 18 more calls."

    assert expected == explanation("wer_abs", document(synthetic.run(2)))


def test_an_estimate_says_what_it_supposes():
    """How many calls would decide depends on what is true."""
    found = document(synthetic.run(24, seed=2, baseline_wer=0.2, candidate_wer=0.2))

    assert "If the two sides are in truth equal, about " in explanation("wer_abs", found)


@pytest.mark.parametrize(
    ("scores", "word"), [(synthetic.run(300, seed=1), "pass"), (synthetic.run(60, slower_ms=500), "fail")]
)
def test_a_decided_run_says_what_to_do(scores, word):
    """After a decision comes listening."""
    found = document(scores)

    assert word == found["verdict"]
    assert found["next_step"].startswith("Listen to the ")


def test_an_untestable_rule_does_not_claim_to_block():
    """It only warns, and says so."""
    found = explanation("success", document(synthetic.run(300)))

    assert "only warns" in found
    assert "block" not in found


def test_a_new_run_is_proposed_for_an_unnamed_fault():
    """A reason without its parts is a reason all the same."""
    found = document(synthetic.scores(), run_valid=False, invalid_reason="odd")

    assert [{"kind": "other", "explanation": "odd", "pairs": []}] == found["reasons"]
    assert "`harness compare --pairs 1`" in found["next_step"]


def test_more_calls_are_named_with_the_rule_that_needs_them():
    """The next step of an undecided run says how many calls, and for what."""
    found = document(replace(synthetic.run(12), utterances=()))

    assert f"{found['needed_calls']:,} more independent calls (" in found["next_step"]


@pytest.mark.parametrize(
    ("margins", "step"),
    [
        (
            {"wer_abs": 0.0005},
            (
                "Add recordings of about 164 more independent calls for all but Word error rate, of which 25 calls tell only that it takes "
                "more than 500; repeating the same calls settles little."
            ),
        ),
        (
            {"wer_abs": 0.0005, "wer_rel": 0.005, "final_p50": 1.0},
            (
                "Add recordings of many more independent calls: for Word error rate, Relative word errors, Final p50, of which 25 calls tell only "
                "that it takes more than 500; repeating the same calls settles little."
            ),
        ),
    ],
)
def test_no_number_is_told_that_so_few_calls_cannot_tell(margins, step):
    """Tens of thousands, estimated from 25, are no number to plan by; the rules that can be told keep theirs."""
    settings = replace(SETTINGS, margins=margins)
    found = verdict_json(
        judge(synthetic.run(25), settings, run_valid=True, invalid_reason=None, emulated=False, run_id="r7")
    )

    assert step == found["next_step"]
    assert (500, None) == tuple(found["rules"][place]["needed_calls_more_than"] for place in (0, 4))
    assert "it takes more than 500 calls to show it" in explanation("wer_abs", found)
