"""The verdict in sentences and rows."""

import pytest
from fabricate import fabricate
from rulings import failing, finding, invalid, sliced

from harness.report.glossary import RULE_LABELS, TERMS, term
from harness.report.ruling import headline, rule_rows, side_value
from harness.verdict.rules import RULES


def _rule(name="wer_abs", verdict="inconclusive", **fields):
    defaults = {
        "severity": "error",
        "value": 0.02,
        "low": -0.01,
        "high": 0.05,
        "margin": 0.01,
        "explanation": "Too few.",
    }
    return {"rule": name, "verdict": verdict} | defaults | fields


@pytest.mark.parametrize(
    ("verdict", "word"),
    [("pass", "Go"), ("fail", "No go"), ("inconclusive", "Not enough evidence"), ("invalid", "Not a valid run")],
)
def test_each_verdict_has_its_word(verdict, word):
    """A reader learns the decision from the largest words of the page."""
    assert word == headline({"verdict": verdict, "rules": [_rule(verdict=verdict)]}, "A", "B").word


def test_a_failure_names_what_failed_by_how_much():
    """The reasons of a fail are the failing blocking rules; warnings do not decide."""
    rules = [_rule(verdict="fail"), _rule("erasure", "fail", severity="warn"), _rule("final_p50", "pass")]
    found = headline({"verdict": "fail", "rules": rules}, "A", "B")

    assert found.reasons == ("Word error rate: +2.0\N{NO-BREAK SPACE}pp, allowed +1.0\N{NO-BREAK SPACE}pp",)
    assert "1 of 2 blocking rules" in found.sentence


def test_slices_that_decide_are_reasons():
    """A run may fail by its slices alone; those that only warn are no reasons."""
    document = {"rules": [_rule(verdict="pass")]} | sliced(finding(severity="error"), finding("wer_rel[tag=noisy]"))
    found = headline({"verdict": "fail"} | document, "A", "B")

    assert ("Because of wer_abs[tag=noisy].",) == found.reasons
    assert "on 0 of 1 blocking rules and in 1 slice." in found.sentence


def test_what_somebody_approved_is_told_with_its_number():
    """In the headline and at the rule; it is none of the rules that decide. Approvals that cover nothing are warnings."""
    by_ann = {"until": "2026-12-31", "by": "Ann", "reason": "drug names"}
    rules = [_rule(verdict="fail", approved=by_ann), _rule("final_p50", "pass")]
    uses = [{"state": "used", "explanation": "x"}, {"state": "expired", "explanation": "wer_rel: expired."}]
    found = headline({"verdict": "pass", "rules": rules, "approvals": uses}, "A", "B")
    row = rule_rows({"rules": rules}, {})[0]

    told = "fail (approved until 2026-12-31 by Ann: drug names)"
    assert (f"Word error rate: +2.0\N{NO-BREAK SPACE}pp, {told}", "Warning: wer_rel: expired.") == found.reasons
    assert "on all 1 rules that can block, but for 1 difference that somebody approved." in found.sentence
    assert ("fail (approved)", (f"F{told[1:]}",)) == (row.word, row.notes)


def test_the_next_step_is_the_verdict_s():
    """All views give the same advice, in the same words."""
    found = headline({"verdict": "inconclusive", "rules": [_rule()], "next_step": "Do this."}, "A", "B")

    assert "Do this." == found.next_step


def test_rules_undecided_for_one_reason_share_a_line():
    """Eight rules that lack calls are one reason, not eight."""
    rules = [
        _rule(explanation="Too few calls. About 9 more."),
        _rule("false_cutoff", explanation="Too few calls. About 3 more."),
    ]
    found = headline({"verdict": "inconclusive", "rules": rules}, "A", "B")

    assert found.reasons == ("Word error rate, Early cuts: too few calls",)


def test_a_rule_is_read_as_the_verdict_names_it():
    """Judged by times, its label and both sides' values are those of the metric that it was told to look at."""
    rule = _rule("false_cutoff", label="Early cuts, by times", metric="false_cutoff_rate_by_time")
    entry = {"value": 0.5, "cut_turns": 2, "turns_with_pauses": 4}
    metrics = {"false_cutoff_rate_by_time": {"baseline": entry, "candidate": entry}}
    (row,) = rule_rows({"rules": [rule]}, {"metrics": metrics})

    assert ("Early cuts, by times", "2 of 4 turns with pauses") == (row.label, row.baseline[1])
    assert "Early cuts, by times: too few" in headline({"verdict": "inconclusive", "rules": [rule]}, "A", "B").reasons


def test_quantiles_are_no_counts():
    """Beside a session's typical overhead stands the number of sessions, not another quantile."""
    entry = {"sessions": 29, "median_of_session_p50": 0.2, "max_of_session_p99": 26.0}

    assert side_value(entry, "max_of_session_p99", "ms") == ("26\N{NO-BREAK SPACE}ms", "29 sessions")


def test_what_a_side_lacks_is_told():
    """Sessions without a value stand beside those with one; where a side has none at all, the cell says so already."""
    entry = {"n": 38, "missing": 2, "p50": 90.0, "excluded": 3}

    assert side_value(entry, "p50", "ms")[1] == "n 38, 2 never, 3 without"
    assert side_value({"n": 0, "p50": None, "excluded": 3}, "p50", "ms")[1] == "n 0"


def test_an_invalid_run_says_why():
    """The explanation of the verdict is the reason shown."""
    found = headline({"verdict": "invalid", "explanation": "The clock stood still.", "rules": []}, "A", "B")

    assert found.reasons == ("The clock stood still.",)


@pytest.mark.parametrize("document", [{"verdict": "fail", "rules": [_rule(verdict="fail")]}, invalid("a")])
def test_what_failed_is_the_first_reason(document):
    """Whatever else decided; where the explanation is shown, it begins with it already."""
    found = headline(document | failing(), "A", "B")
    alone = headline({"verdict": "invalid", "explanation": "It failed.", "rules": []} | failing(), "A", "B")

    assert found.reasons[0].startswith(
        "candidate: 3 of 3 sessions failed: HTTP 401 from POST https://a.example/v2/live"
    )
    assert len(found.reasons) > 1
    assert ("It failed.",) == alone.reasons


def test_the_findings_of_an_invalid_run_are_folded_away():
    """The reason stays readable; the findings become a list, a clip each."""
    found = headline(invalid("a", "b"), "A", "B")

    assert found.reasons == ("2 of 30 pairs are invalid.",)
    assert found.details == tuple((clip, "baseline: send lateness reached 438 ms, limit 100 ms") for clip in "ab")


def test_too_few_calls_draw_a_point():
    """Without an interval the row says why, and the picture shows no whisker."""
    (row,) = rule_rows({"rules": [_rule(low=None, high=None, interval_reason="too few calls for an interval")]}, {})

    assert (row.interval, row.whisker.interval) == ("too few calls", False)


def test_what_can_be_detected_is_said_in_full():
    """The cell is short, its tool tip a sentence."""
    (row,) = rule_rows({"rules": [_rule(calls=30, mde=0.006)]}, {})

    assert row.evidence == "30 calls, detects 0.6\N{NO-BREAK SPACE}pp"
    assert row.detectable.startswith("The smallest difference that this much speech detects")


def test_rows_read_values_from_the_summary():
    """A quantile rule shows its quantile of both sides, with how many never came."""
    inputs = fabricate(clips=4)
    rows = {row.rule: row for row in rule_rows(inputs.verdict, inputs.summary)}

    assert "never" in rows["final_p50"].candidate[1]
    assert rows["wer_abs"].baseline[1].endswith("words")
    assert "margin" not in rows["post_final_mutation"].difference
    assert rows["post_final_mutation"].whisker is None


def test_side_values_show_counts_or_reasons():
    """A ratio carries numerator and denominator, a missing one its reason."""
    ratio = side_value({"value": 0.08, "errors": 80, "reference_words": 1000}, None, "percent")
    missing = side_value({"value": None, "reason": "no mentions", "misses": 0, "mentions": 0}, None, "percent")

    assert ratio == ("8.0\N{NO-BREAK SPACE}%", "80 of 1,000 words")
    assert missing == ("n/a: no mentions", "")


def test_every_rule_is_in_the_glossary():
    """No gated rule is shown without a name of its own and a definition."""
    for rule in RULES:
        assert rule.name in RULE_LABELS
        assert rule.metric in TERMS
    assert len({*RULE_LABELS.values()} - {""}) == len(RULES)


def test_every_metric_of_a_summary_is_in_the_glossary():
    """What the summary computes, the report explains."""
    metrics = fabricate(clips=2).summary["metrics"]
    unknown = {name for name in metrics if term(name).meaning == "No definition in this version."}

    assert unknown == {"boundaries"}  # a comparison of both sides, shown under its own heading


def test_what_is_pooled_says_how_many_and_the_largest():
    """It has no call behind it, and nothing of it is missing."""
    pooled = {"n": 546, "p50": 0.4, "max": 31.3, "sessions": 30}
    assert ("n 546, at most 31\N{NO-BREAK SPACE}ms", "n 0") == (
        side_value(pooled, "p50", "ms")[1],
        side_value({"n": 0, "max": None, "reason": "no values"}, "p50", "ms")[1],
    )
