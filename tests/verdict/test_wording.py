from dataclasses import replace

import pytest
import synthetic

from harness.verdict.approval import ApprovalUse
from harness.verdict.judge import judge, verdict_json
from harness.verdict.results import Against, Evidence, InvalidReason, LastLook, RuleVerdict, SliceVerdict, Verdict
from harness.verdict.rules import BY_TIME, RULES, GateSettings
from harness.verdict.steps import next_step
from harness.verdict.wording import amount, explain, explain_run, explain_slice, explain_use, look_text

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


RULE = {rule.name: rule for rule in RULES}


def found(name, outcome, *, severity="error", **evidence):
    """A rule's verdict at its own margin."""
    rule = RULE[name]
    return RuleVerdict(rule, severity, rule.margin, Evidence(outcome, **evidence))


def run(outcome, *rules, **changes):
    """A run's verdict."""
    return Verdict("r7", "live", outcome, changes.pop("reason", None), rules, (), 1, 999, **changes)


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (0.00184, "ratio", "0.18 pp"), (0.0314, "relative", "3.1 %"), (0.1, "per_token", "0.10"), (119.6, "ms", "120 ms"),
        (2.0, "count", "2"),
    ],
)  # fmt: skip
def test_amounts_have_the_digits_of_their_unit(value, unit, expected):
    """And its word."""
    assert expected == amount(value, unit)


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        (found("wer_abs", "pass"), "With 95 % confidence the candidate is less than 1.00 pp worse."),
        (found("final_p50", "fail"), "With 95 % confidence the candidate is more than 150 ms worse."),
        (found("post_final_mutation", "fail", value=3), "3 seen, 0 allowed."),
        (found("post_final_mutation", "pass", value=0), "0 seen, 0 allowed."),
        (
            found("wer_abs", "inconclusive", reason="margin_inside_interval", calls=30, needed=31),
            (
                "The data fit both a difference within the margin and one beyond it. If the two sides are in truth equal, about 1 more "
                "call would show it."
            ),
        ),
        (
            found("wer_abs", "inconclusive", reason="margin_inside_interval", calls=30, needed=630),
            (
                "The data fit both a difference within the margin and one beyond it. If the two sides are in truth equal, about 600 more "
                "calls would show it."
            ),
        ),
        (
            found("wer_abs", "inconclusive", reason="margin_inside_interval", calls=30, needed=631),
            (
                "The data fit both a difference within the margin and one beyond it. If the two sides are in truth equal, it takes more "
                "than 600 calls to show it."
            ),
        ),
        (
            found("wer_abs", "inconclusive", reason="margin_inside_interval", calls=30, needed=30),
            (
                "The data fit both a difference within the margin and one beyond it. The run is large enough to decide if both sides were "
                "equal; what was seen lies too close to the margin, and only more calls than planned would tell."
            ),
        ),
        (
            found("wer_abs", "inconclusive", reason="normaliser_dependent", calls=30, needed=20),
            "The two text normalisers disagree on the verdict.",
        ),
        (
            found("final_p50", "inconclusive", reason="few_samples", calls=1, needed=1001, needed_at_least=True),
            "Too few paired values for this quantile. It takes at least 1,000 more calls.",
        ),
        (found("wer_rel", "inconclusive", reason="no_value"), "The metric has no value in this run."),
        (found("wer_abs", "not_applicable", reason="no_data"), "The corpus has no annotation for it."),
    ],
)
def test_a_rule_is_explained_in_a_sentence_or_two(verdict, expected):
    """Why, and how many calls more on what supposition."""
    assert expected == explain(verdict)


@pytest.mark.parametrize("outcome", ["pass", "fail"])
def test_a_rule_that_is_judged_by_times_says_so(outcome):
    """Whatever came out."""
    verdict = RuleVerdict(BY_TIME["false_cutoff"], "error", 0.02, Evidence(outcome))

    assert explain(verdict).endswith(" 2.00 pp worse. Judged by times alone, on turns with a pause.")


@pytest.mark.parametrize(
    ("outcome", "calls", "expected"),
    [
        ("underpowered", 1, "Not tested: only 1 call, fewer than 20."),
        ("underpowered", 19, "Not tested: only 19 calls, fewer than 20."),
        ("underpowered", 20, "Not tested: a relative margin means nothing while the baseline has no errors."),
        ("not_worse", 1200, "Not shown to be more than 1.00 pp worse (adjusted p 0.12, 1,200 calls)."),
        (
            "fail",
            30,
            (
                "Word error rate in tag=noisy: the candidate is more than 1.00 pp worse, also after correction for the number of slices "
                "(adjusted p 0.12, 30 calls)."
            ),
        ),
    ],
)
def test_a_slice_is_explained_in_a_sentence(outcome, calls, expected):
    """With what it rests on."""
    verdict = SliceVerdict(RULE["wer_abs"], "tag=noisy", "warn", outcome, calls, 0.01, p=0.01, adjusted_p=0.1234)

    assert expected == explain_slice(verdict)


@pytest.mark.parametrize(
    ("state", "seen", "expected"),
    [
        ("used", 0.02, "2.00 pp is accepted up to 2.80 pp, until 2026-12-31 by Ann: names of drugs"),
        ("expired", 0.02, "the approval expired on 2026-12-31. Fix the difference, or approve it again with a reason."),
        ("outgrown", 0.03, "3.00 pp is seen, and the approval covers up to 2.80 pp."),
        ("outgrown", None, "no finite difference is seen, and the approval covers up to 2.80 pp."),
        ("proven", 0.02, "what was approved is a lack of evidence; now the difference, 2.00 pp, is proven."),
        ("other_endpoint", 0.02, "the approval was given for a run that was live, and this one is not."),
        ("not_failing", 0.0, "nothing fails here any more. Delete the approval."),
        ("unmatched", None, "no rule or slice of this name was judged. Delete the approval if it stays so."),
    ],
)
def test_what_became_of_an_approval_is_told(state, seen, expected):
    """By its name."""
    assert f"wer_abs: {expected}" == explain_use(ApprovalUse(synthetic.APPROVED, state, seen))


UNDECIDED = found("final_p50", "inconclusive", reason="margin_inside_interval", calls=30, needed=50)


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        (run("invalid"), "The run can't be trusted: the validity limits were exceeded."),
        (run("invalid", reason="2 of 20"), "The run can't be trusted: 2 of 20."),
        (run("pass"), "Every rule at level error passed."),
        (
            run("inconclusive", reason="nothing_judged"),
            "No error-level rule could be judged, and a run that shows nothing does not pass.",
        ),
        (
            run(
                "inconclusive",
                UNDECIDED,
                found("wer_abs", "fail", severity="warn"),
                found("wer_rel", "inconclusive", severity="warn"),
            ),
            "Not enough evidence on: Final p50.",
        ),
        (
            run("fail", UNDECIDED, found("wer_abs", "fail")),
            "The candidate is worse than its margin allows: Word error rate.",
        ),
        (
            run(
                "fail",
                *(found(name, "fail") for name in ("wer_abs", "wer_rel", "final_p50", "final_p95", "false_cutoff")),
            ),
            "The candidate is worse than its margin allows: Word error rate, Relative word errors, Final p50, Final p95, Early cuts.",
        ),
        (
            run(
                "fail",
                *(found(name, "fail") for name in ("wer_abs", "wer_rel", "final_p50", "final_p95", "false_cutoff")),
                slices=tuple(
                    SliceVerdict(RULE["wer_abs"], name, severity, "fail", 30, 0.01)
                    for name, severity in (("tag=a", "error"), ("tag=b", "warn"))
                ),
            ),
            "The candidate is worse than its margin allows: Word error rate, Relative word errors, Final p50, Final p95 and 2 more.",
        ),
    ],
)
def test_a_run_is_explained_by_the_rules_behind_it(verdict, expected):
    """Those that block with the run's own outcome, five of them by name or four and how many more."""
    assert expected == explain_run(verdict)


def test_how_far_a_run_came_is_told():
    """All calls, or those up to a look."""
    assert "played to the last of 4 looks: all 120 calls" == look_text(LastLook(4, 4, 120, 120))
    assert "stopped early at look 2 of 4: 60 of 120 calls" == look_text(LastLook(2, 4, 60, 120))


LISTEN = "Listen to the worst clips"
AGAINST = Against("b.json", "old", "2026-11-01")


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        (
            run("pass"),
            "Listen to the clips that got worst before you switch: a pass is about the corpus, not about every caller.",
        ),
        (
            run("fail"),
            f"{LISTEN}, change the candidate's settings and compare again; or accept a difference by name: `harness approve`.",
        ),
        (
            run("pass", against=AGAINST),
            "Nothing: the candidate does what it did when it was approved, within the margins.",
        ),
        (
            run("fail", against=AGAINST),
            (
                f"{LISTEN} and ask what changed at the service, its SDK or your settings. If the new behaviour is to stay, approve this run "
                "as the new baseline file: `harness approve RUN --baseline FILE`."
            ),
        ),
        (
            run("inconclusive", reason="no_reference", against=AGAINST),
            "Give the corpus what the rules need, then score and judge again; nothing has to be streamed again.",
        ),
        (
            run("invalid", invalid_reasons=(InvalidReason("self_test", "p"),)),
            (
                "Find out what changed while the run was recorded (a service deployed anew, a network, a quota), then record again with "
                "two passes, which are interleaved: `harness compare --passes 2` (a new run)."
            ),
        ),
        (
            run("invalid", invalid_reasons=(InvalidReason("self_test", "p"), InvalidReason("spoilt_pairs", "p"))),
            (
                "Record again: `harness compare --pairs 1` (a new run), while the machine does nothing else. All sessions are there, so "
                "--resume would record nothing."
            ),
        ),
        (
            run("invalid", invalid_reasons=(InvalidReason("incomplete", "p"), InvalidReason("self_test", "p"))),
            (
                "Complete the run: `harness compare --resume --run-id r7`. If it is still invalid then, record again: `harness compare "
                "--pairs 1` (a new run), while the machine does nothing else."
            ),
        ),
        (
            run("inconclusive", UNDECIDED, last_look=LastLook(2, 4, 30, 60)),
            "Play the calls that were left out, once: the command of this run with `--top-up --run-id r7`.",
        ),
        (
            run("inconclusive", UNDECIDED, last_look=LastLook(4, 4, 30, 30)),
            "Add recordings of about 20 more independent calls (Final p50 needs the most); repeating the same calls settles little.",
        ),
        (
            run(
                "inconclusive",
                found("final_p50", "inconclusive", reason="few_samples", calls=19, needed=20, needed_at_least=True),
            ),
            "Add recordings of at least 1 more independent call (Final p50 needs the most); repeating the same calls settles little.",
        ),
        (
            run(
                "inconclusive",
                found("final_p50", "inconclusive", reason="few_samples", calls=19, needed=50, needed_at_least=True),
                found("final_p95", "inconclusive", reason="margin_inside_interval", calls=19, needed=50),
            ),
            "Add recordings of about 31 more independent calls (Final p50 needs the most); repeating the same calls settles little.",
        ),
        (
            run("inconclusive", found("wer_abs", "inconclusive", reason="no_value", needed=None)),
            "Add recordings of more independent calls; repeating the same calls settles little.",
        ),
        (
            run("inconclusive", found("wer_abs", "inconclusive", reason="margin_inside_interval", calls=1, needed=22)),
            (
                "Add recordings of many more independent calls: for Word error rate, of which 1 call tell only that it takes more than 20; "
                "repeating the same calls settles little."
            ),
        ),
    ],
)
def test_what_to_do_next_is_told(verdict, expected):
    """One way to go on, with its command."""
    assert expected == next_step(verdict)
