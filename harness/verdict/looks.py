"""A look at a run on its way: its scores so far, held to the bounds of that look."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from harness.metrics.scores import Scores
from harness.verdict.json_numbers import ratio_number
from harness.verdict.judge import judge
from harness.verdict.power import Trials
from harness.verdict.rare import FEW_EVENT_CALLS
from harness.verdict.ratios import t_of
from harness.verdict.results import RuleVerdict, Verdict
from harness.verdict.rules import MINIMUM_CALLS, MINIMUM_RESAMPLES, GateSettings
from harness.verdict.sequential import Decision, LookTest, critical_t, decision
from harness.verdict.validity import too_many_spoilt


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen at a look.

    Attributes:
        look: 1 to 4.
        tests: Score rules of level error, each with its t.
        decision: What follows; `continue` if anything has to be waited for.
        waits_for: Why a decision is put off: rules that the calls played are too few for, though those planned are not, so that a
            pass would leave them undecided; score rules by which fewer than five calls differ; or `valid_pairs`, while the harness
            has spoilt too many.
    """

    look: int
    tests: tuple[LookTest, ...]
    decision: Decision
    waits_for: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """As `run.json` keeps it; JSON-safe."""
        return {
            "look": self.look,
            "decision": self.decision,
            "rules": [
                {
                    "rule": test.rule,
                    "calls": test.calls,
                    "t": ratio_number(test.t),
                    "critical_t": ratio_number(critical_t(self.look, test.calls)) if test.calls > 1 else None,
                }
                for test in self.tests
            ],
            "waits_for": list(self.waits_for),
        }


def take_look(look: int, scores: Scores, settings: GateSettings, planned: Mapping[str, Trials]) -> Look:
    """Look at the calls that were played so far.

    Args:
        look: 1 to 4.
        scores: Of these calls.
        settings: Of the gate.
        planned: What all calls that are planned offer, by metric. A run that passes on words must not end before rules that ask
            for so many values have them; that depends on numbers of calls alone and so costs no error.
    """
    quick = replace(settings, look=look, resamples=MINIMUM_RESAMPLES, slices="off")  # intervals and slices play no part
    pairs = {(session.clip_id, session.pass_number) for session in scores.sessions}
    verdict = judge(scores, quick, run_valid=True, invalid_reason=None, emulated=False, run_id="")
    tests = tuple(
        test_of(rule) for rule in verdict.rules if rule.severity == "error" and "t" in rule.evidence.statistics
    )
    found = decision(look, tests)
    waits_for = tuple(_short(verdict, settings, planned)) if found == "pass" else ()
    if found != "continue" and too_many_spoilt(scores, planned_pairs=len(pairs)):
        waits_for = ("valid_pairs",)
    return Look(look, tests, "continue" if waits_for else found, waits_for)


def test_of(rule: RuleVerdict) -> LookTest:
    """The rule's t; of two normalisers' the one that shows less, as the gate asks both to agree.

    Exact bounds that have to agree and don't leave nothing shown.
    """
    statistics = rule.evidence.statistics
    t = _t(statistics, "")
    if "secondary_t" in statistics:
        other = _t(statistics, "secondary_")
        t = 0.0 if t * other <= 0 else min(t, other, key=abs)
    if "exact_high" in statistics and rule.evidence.outcome == "inconclusive":
        t = 0.0
    return LookTest(rule.rule.name, rule.evidence.calls, t)


def _t(statistics: Mapping[str, Any], prefix: str) -> float:
    return t_of(statistics[f"{prefix}t"], statistics[f"{prefix}score_mean"])


def _short(verdict: Verdict, settings: GateSettings, planned: Mapping[str, Trials]) -> Iterator[str]:
    """Rules that would be left undecided, or unasked, for want of data that further calls bring."""
    off = {name for name, _ in verdict.skipped}
    for rule in settings.rules:
        if rule.name in off and settings.level(rule) == "error" and planned[rule.metric].total >= rule.minimum_trials:
            yield rule.name
    for found in verdict.rules:
        rule, offered = found.rule, planned[found.rule.metric]
        enough_to_come = {
            "few_samples": offered.total >= rule.minimum_samples,
            "few_clusters": offered.calls >= MINIMUM_CALLS,
            "no_value": offered.calls >= MINIMUM_CALLS,
        }
        if found.severity != "error":
            continue
        if enough_to_come.get(found.evidence.reason or "", False) or hardly_differs(found):
            yield rule.name


def hardly_differs(rule: RuleVerdict) -> bool:
    """Whether the sides have unequal numbers of events in so few calls that t tells how long calls are, not how far apart they."""
    return float(rule.evidence.statistics.get("differing_calls", math.inf) or 0.0) < FEW_EVENT_CALLS
