import json
import math
from dataclasses import replace

import pytest
import synthetic

from harness.metrics.word_counts import WordCounts
from harness.verdict.judge import judge, verdict_json
from harness.verdict.rules import RULE_NAMES, GateSettings

INF = math.inf
FAST = GateSettings(resamples=999)


def judged(scores, settings=FAST, **changes):
    return judge(
        scores, settings, **{"run_valid": True, "invalid_reason": None, "emulated": False, "run_id": "r"} | changes
    )


def rules(scores, settings=FAST):
    """Rule name to `(outcome, reason)`."""
    return {rule.rule.name: (rule.evidence.outcome, rule.evidence.reason) for rule in judged(scores, settings).rules}


def rule(name, scores, settings=FAST):
    (found,) = [rule for rule in judged(scores, settings).rules if rule.rule.name == name]
    return found


def sessions_of(scores, **changes):
    """The same run with every candidate session changed."""
    return replace(
        scores, sessions=tuple(replace(s, **changes) if s.side == "candidate" else s for s in scores.sessions)
    )


# -- the overall verdict ------------------------------------------------------------------------------------------------


def test_equal_providers_pass():
    """Two equal providers on a large enough corpus are a pass."""
    verdict = judged(synthetic.run(300, seed=1))

    assert ("pass", 0, None) == (verdict.outcome, verdict.exit_code, verdict.reason)


def test_worse_words_fail():
    """A candidate with far more word errors fails, by the rules on words and no other."""
    verdict = judged(synthetic.run(60, candidate_wer=0.2))

    assert ("fail", 1) == (verdict.outcome, verdict.exit_code)
    assert ["wer_abs", "wer_rel"] == [r.rule.name for r in verdict.rules if r.evidence.outcome == "fail"]


def test_slower_fails():
    """A candidate that answers half a second later fails, by the rules on latency and no other."""
    verdict = judged(synthetic.run(60, slower_ms=500))

    assert ["final_p50", "final_p95", "first_partial_p50", "first_partial_p95"] == [
        r.rule.name for r in verdict.rules if r.evidence.outcome == "fail"
    ]


def test_small_corpus_is_inconclusive():
    """A small corpus decides nothing, says so, and says how many calls it would take."""
    verdict = judged(synthetic.run(12))

    assert ("inconclusive", 4) == (verdict.outcome, verdict.exit_code)
    assert verdict.needed_calls == max(r.needed_calls for r in verdict.rules if r.blocks)
    assert all(r.needed_calls >= 8 for r in verdict.rules if r.blocks)


def test_invalid_run():
    """An invalid run is neither good nor bad, whatever its rules say."""
    verdict = judged(synthetic.run(60, candidate_wer=0.5), run_valid=False, invalid_reason="9 of 60 pairs are invalid")

    assert ("invalid", 3, "9 of 60 pairs are invalid") == (verdict.outcome, verdict.exit_code, verdict.reason)


def test_nothing_never_passes():
    """A run without a single score judges nothing and does not pass."""
    verdict = judged(synthetic.scores())

    assert "inconclusive" == verdict.outcome
    assert "pass" not in {r.evidence.outcome for r in verdict.rules}


def test_everything_switched_off_never_passes():
    """With every rule off nothing was judged, and the run does not pass."""
    verdict = judged(synthetic.run(300), GateSettings(levels=dict.fromkeys(RULE_NAMES, "off"), resamples=999))

    assert ("inconclusive", "nothing_judged") == (verdict.outcome, verdict.reason)
    assert len(RULE_NAMES) == len(verdict.skipped)


@pytest.mark.parametrize("table", ["sessions", "utterances", "turns"])
def test_lost_table_never_passes(table):
    """A run that lost one of its tables does not pass on the others."""
    scores = synthetic.run(300, seed=1)

    assert "pass" != judged(replace(scores, **{table: ()})).outcome


def test_warning_does_not_block():
    """A failed rule of level warn leaves the exit code alone."""
    verdict = judged(sessions_of(synthetic.run(300, seed=1), erased_tokens=90))

    assert [("erasure", "fail")] == [
        (r.rule.name, r.evidence.outcome) for r in verdict.rules if r.evidence.outcome == "fail"
    ]
    assert "pass" == verdict.outcome


@pytest.mark.parametrize(("level", "outcome"), [("error", "fail"), ("warn", "pass"), ("off", "pass")])
def test_a_worse_slice_decides_only_at_level_error(level, outcome):
    """Thirty of 330 calls got worse under their tag: a warning by default, and what was asked for otherwise."""
    fine, bad = synthetic.run(300, seed=1), synthetic.run(30, candidate_wer=0.11, clip="bad-{}")
    tagged = tuple(replace(row, tags=("noisy",)) for row in bad.sessions)
    scores = synthetic.scores((*fine.sessions, *tagged), (*fine.utterances, *bad.utterances), (*fine.turns, *bad.turns))

    verdict = judged(scores, GateSettings(resamples=999, slices=level))

    failed = {found.name for found in verdict.slices if found.outcome == "fail"}
    assert (outcome, level == "error") == (verdict.outcome, any(found.blocks for found in verdict.slices))
    assert ("wer_abs[tag=noisy]" in failed) == (level != "off")
    assert ("Word error rate in tag=noisy" in verdict_json(verdict)["explanation"]) == (level == "error")


def test_early_cuts_by_times():
    """With `endpoint_source = "time"` turns with a pause are what counts, and the rule says so; without any it does not apply."""
    settings, scores = replace(FAST, endpoint_source="time"), synthetic.run(60)
    paused = replace(scores, sessions=tuple(replace(s, time_hold_turns=6) for s in scores.sessions))
    bare, good, bad = (
        rule("false_cutoff", found, settings)
        for found in (scores, paused, sessions_of(paused, time_hold_turns_fired=2))
    )

    assert ("not_applicable", "no_data") == (bare.evidence.outcome, bare.evidence.reason)
    assert ("pass", "fail") == (good.evidence.outcome, bad.evidence.outcome)
    assert (0.0, 1 / 3, 60) == (bad.evidence.baseline, bad.evidence.candidate, bad.evidence.calls)
    (told,) = [r for r in verdict_json(judged(paused, settings))["rules"] if r["rule"] == "false_cutoff"]
    assert ("Early cuts, by times", "false_cutoff_rate_by_time") == (told["label"], told["metric"])
    assert told["explanation"].endswith("Judged by times alone, on turns with a pause.")
    failed = replace(paused, sessions=tuple(replace(s, succeeded=False) for s in paused.sessions))
    assert ("inconclusive", "no_value") == rules(failed, settings)["false_cutoff"]


# -- references ---------------------------------------------------------------------------------------------------------


def without_reference(scores):
    bare = {"has_reference": False, "words": WordCounts(), "words_secondary": None, "turns": 0}
    return replace(
        scores,
        sessions=tuple(replace(s, **bare) for s in scores.sessions),
        utterances=tuple(replace(u, time_source="vad", text=None) for u in scores.utterances),
    )


def test_no_reference():
    """Without any reference text the rules on words do not apply, and the run is at best inconclusive."""
    scores = without_reference(synthetic.run(300, seed=1))

    assert ("not_applicable", "no_data") == rules(scores)["wer_abs"]
    assert ("inconclusive", "no_reference") == (judged(scores).outcome, judged(scores).reason)


def test_reference_not_required():
    """The configuration may decide on the remaining rules."""
    scores = without_reference(synthetic.run(300, seed=1))

    assert "pass" == judged(scores, GateSettings(require_reference=False, resamples=999)).outcome


def test_no_reference_still_fails():
    """Missing references do not hide a regression."""
    assert "fail" == judged(without_reference(synthetic.run(60, slower_ms=500))).outcome


# -- single rules -------------------------------------------------------------------------------------------------------


def test_too_few_calls():
    """Nineteen calls decide nothing, twenty may."""
    outcomes = [rules(synthetic.run(calls, candidate_wer=0.4))["wer_abs"] for calls in (19, 20)]

    assert [("inconclusive", "few_clusters"), ("fail", None)] == outcomes


def test_many_clips_of_few_calls():
    """Clips of one call are one call, however many."""
    scores = synthetic.run(60, candidate_wer=0.4)
    tables = {
        name: tuple(replace(row, call_id=row.call_id[-1]) for row in getattr(scores, name))
        for name in ("sessions", "utterances", "turns")
    }

    assert ("inconclusive", "few_clusters") == rules(replace(scores, **tables))["wer_abs"]


@pytest.mark.parametrize(
    ("calls", "turns", "p50", "p95"),
    [(24, 4, "few_samples", "few_samples"), (25, 4, None, "few_samples"), (75, 4, None, None)],
)
def test_too_few_samples(calls, turns, p50, p95):
    """A median needs 100 paired values, a p95 needs 300."""
    found = rules(synthetic.run(calls, turns=turns))

    assert (p50, p95) == (found["final_p50"][1], found["final_p95"][1])


def test_lost_finals_fail():
    """If a third of the candidate's finals never come, its p95 is infinite, and that is a fail."""
    found = rule("final_p95", synthetic.run(60, missing=0.33))

    assert ("fail", INF) == (found.evidence.outcome, found.evidence.candidate)


def test_lost_finals_on_both_sides():
    """If both sides lose so many finals that neither has a p95, nothing is known."""
    scores = synthetic.run(60)
    lost = tuple(replace(t, final_ms=INF) if t.turn % 3 == 0 else t for t in scores.turns)

    found = rule("final_p95", replace(scores, turns=lost))

    assert ("inconclusive", "missing_values", None) == (
        found.evidence.outcome,
        found.evidence.reason,
        found.evidence.value,
    )


def test_untestable_success():
    """300 flawless sessions can't show half a percentage point: a warning, with the calls that could."""
    found = rule("success", synthetic.run(300))

    assert ("inconclusive", "untestable", "warn", 298) == (
        found.evidence.outcome,
        found.evidence.reason,
        found.severity,
        found.needed_calls,
    )


def test_sessions_that_all_failed_are_no_success():
    """If every session fails on both sides there is no difference to see, and 100 of them show nothing either."""
    scores = synthetic.run(100)
    dead = replace(scores, sessions=tuple(replace(s, succeeded=False) for s in scores.sessions))

    found = rule("success", dead)

    assert ("inconclusive", "untestable", "warn") == (found.evidence.outcome, found.evidence.reason, found.severity)


@pytest.mark.parametrize("calls", [1, 2, 4])
def test_few_calls_have_no_interval(calls):
    """What so few calls span is no interval, not even a narrow one; the difference itself is still shown."""
    document = verdict_json(judged(synthetic.run(calls)))

    judged_rules = [r for r in document["rules"] if r["value"] is not None and r["unit"] != "count"]

    assert judged_rules
    assert {(None, None, None, "too few calls for an interval")} == {
        (r["low"], r["high"], r["mde"], r["interval_reason"]) for r in judged_rules
    }
    assert {None} >= {
        value for r in judged_rules for name, value in r["statistics"].items() if name.endswith(("_low", "_high"))
    }


def test_five_calls_have_an_interval():
    """From five calls on the interval is shown, though nothing is decided yet."""
    found = rule("final_p50", synthetic.run(5)).evidence

    assert found.low is not None
    assert found.interval_reason is None


def test_untestable_success_still_fails():
    """A candidate that drops one session in four fails, testable or not."""
    scores = synthetic.run(100)
    sessions = tuple(
        replace(s, succeeded=False) if s.side == "candidate" and int(s.clip_id[-4:]) % 4 == 0 else s
        for s in scores.sessions
    )

    found = rule("success", replace(scores, sessions=sessions))

    assert ("fail", "error") == (found.evidence.outcome, found.severity)


def test_testable_success():
    """598 flawless sessions pass."""
    assert ("pass", None) == rules(synthetic.run(598, turns=1))["success"]


def test_rare_cutoffs():
    """200 turns without a cut-off on either side pass, by exact bounds: those of ten turns a call."""
    found = rule("false_cutoff", synthetic.run(20, turns=10))

    assert ("pass", 0.01801, ("rare",)) == (found.evidence.outcome, round(found.evidence.high, 5), found.evidence.tags)


def test_one_mutation_fails():
    """One changed final is a fact, even in a run too small for anything else, and whatever the baseline does."""
    scores = synthetic.run(3)
    counts = {"baseline": 2, "candidate": 1}
    mutated = tuple(
        replace(s, post_final_mutations=counts[s.side]) if s.clip_id == "call-0001" else s for s in scores.sessions
    )

    found = rule("post_final_mutation", replace(scores, sessions=mutated))

    assert ("fail", 1, ["call-0001"]) == (
        found.evidence.outcome,
        found.evidence.value,
        [recording.clip_id for recording in found.evidence.worst],
    )


def test_no_mutation_in_few_calls():
    """No changed final in a few calls is no evidence yet."""
    assert ("inconclusive", "few_clusters") == rules(synthetic.run(3))["post_final_mutation"]


def test_baseline_mutations_do_not_count():
    """Only the candidate's changed finals count."""
    scores = synthetic.run(30)
    mutated = tuple(replace(s, post_final_mutations=2) if s.side == "baseline" else s for s in scores.sessions)

    assert ("pass", None) == rules(replace(scores, sessions=mutated))["post_final_mutation"]


def test_normaliser_dependent():
    """A fail under one normaliser and a pass under the other is no verdict."""
    scores = synthetic.run(200, candidate_wer=0.2)
    clean = {s.clip_id: s.words for s in scores.sessions if s.side == "baseline"}
    flipped = tuple(replace(s, words_secondary=clean[s.clip_id]) for s in scores.sessions)

    assert ("inconclusive", "normaliser_dependent") == rules(replace(scores, sessions=flipped))["wer_abs"]


def test_unsupported_secondary():
    """Where the secondary normaliser knows none of the languages, the primary decides and the rule says so."""
    scores = synthetic.run(60, candidate_wer=0.4)
    alone = tuple(replace(s, words_secondary=None) for s in scores.sessions)

    found = rule("wer_abs", replace(scores, sessions=alone))

    assert ("fail", ("secondary_unsupported",)) == (found.evidence.outcome, found.evidence.tags)


def test_flawless_on_both_sides():
    """Without baseline errors a relative margin means nothing, and says so."""
    found = rules(synthetic.run(60, baseline_wer=0.0, candidate_wer=0.0))

    assert [("pass", None), ("inconclusive", "no_baseline_events")] == [found["wer_abs"], found["wer_rel"]]


def test_tags():
    """A candidate that is better is called better; one that is worse within the margin, acceptable."""
    better = rule("wer_abs", synthetic.run(200, candidate_wer=0.05))
    worse = rule("final_p50", synthetic.run(200, slower_ms=60))

    assert ("better", "worse_but_acceptable") == (better.evidence.tags[0], worse.evidence.tags[0])


def test_worst_recordings():
    """The recordings that speak most against the candidate come first; equal ones are left out."""
    scores = synthetic.run(30)
    extra = {"call-0003": 40, "call-0007": 20}
    sessions = tuple(
        replace(s, words=s.words + WordCounts(insertions=extra.get(s.clip_id, 0))) if s.side == "candidate" else s
        for s in scores.sessions
    )

    found = rule("wer_abs", replace(scores, sessions=sessions))

    assert ["call-0003", "call-0007"] == [recording.clip_id for recording in found.evidence.worst][:2]


# -- the file -----------------------------------------------------------------------------------------------------------


def test_deterministic():
    """Equal scores give an equal file, byte for byte, in whatever order the rows came."""
    scores = synthetic.run(24, missing=0.1)
    shuffled = replace(
        scores,
        sessions=scores.sessions[::-1],
        utterances=scores.utterances[::-1],
        turns=scores.turns[::-1],
    )

    first, second = (json.dumps(verdict_json(judged(s)), allow_nan=False) for s in (scores, shuffled))

    assert first == second


def test_keys():
    """Every rule of the file has the keys that other programs rely on."""
    document = verdict_json(judged(synthetic.run(12)))

    keys = {
        *("rule", "severity", "verdict", "value", "low", "high", "margin", "calls", "needed_calls", "mde", "reason"),
        *("tags", "worst"),
    }

    assert [set()] * len(document["rules"]) == [keys - set(entry) for entry in document["rules"]]
    assert ("harness.verdict/1", "inconclusive", 4, "live") == tuple(
        document[key] for key in ("schema", "verdict", "exit_code", "endpoint")
    )


def test_links():
    """A recording is linked into the report, whatever its name."""
    document = verdict_json(judged(synthetic.run(30, slower_ms=300, clip="a b/{}")))

    links = {item["link"] for entry in document["rules"] for item in entry["worst"]}

    assert links
    assert all(link.startswith("report.html#clip=a%20b%2F") for link in links)


@pytest.mark.parametrize(("mentions", "named"), [(99, False), (100, True)])
def test_a_rule_with_too_few_trials_is_skipped(mentions, named):
    """It says how many it asks for; one that is switched off says that."""
    scores = synthetic.run(20)
    each = iter([mentions - 75, *[5] * 15, *[0] * 4] * 2)
    by_side = {side: [s for s in scores.sessions if s.side == side] for side in synthetic.SIDES}
    sessions = [replace(s, entity_mentions=next(each)) for side in by_side.values() for s in side]
    found = judged(replace(scores, sessions=tuple(sessions)), GateSettings(resamples=999, levels={"erasure": "off"}))

    assert ("entity_miss" in [rule.rule.name for rule in found.rules]) == named
    skipped = [] if named else [("entity_miss", "fewer than 100 trials")]
    assert (*skipped, ("erasure", "switched off")) == found.skipped


def test_rules_without_annotation_are_not_applicable():
    """Entities by mentions, latencies by words or by any source of times; whether a session was valid plays no part."""
    settings = GateSettings(resamples=999, levels={"entity_miss": "error"}, endpoint_source="time")
    scores = without_reference(synthetic.run(20))
    timeless = replace(scores, utterances=tuple(replace(u, time_source="none") for u in scores.utterances), turns=())
    timeless = replace(timeless, utterances=tuple(replace(u, first_partial_ms=None) for u in timeless.utterances))
    invalid = replace(synthetic.run(20), sessions=tuple(replace(s, valid=False) for s in synthetic.run(20).sessions))

    assert {
        "wer_abs",
        "wer_rel",
        "false_cutoff",
        "entity_miss",
        "final_p50",
        "final_p95",
        "first_partial_p50",
        "first_partial_p95",
    } == {name for name, found in rules(timeless, settings).items() if found == ("not_applicable", "no_data")}
    found = rules(invalid, settings)
    assert (("inconclusive", "no_value"), ("not_applicable", "no_data")) == (found["wer_abs"], found["entity_miss"])
    assert {("inconclusive", "no_value")} == {found[name] for name in ("final_p50", "first_partial_p95", "success")}
