"""The noise floor in `summary.json` and `verdict.json`, and in words."""

from typing import Any

from harness.metrics.scores import Scores
from harness.verdict.json_numbers import ratio_number
from harness.verdict.noise import ClipNoise, NoiseFloor, SelfTest, SideNoise
from harness.verdict.population import SIDES, Population
from harness.verdict.rules import MINIMUM_CALLS, RULES
from harness.verdict.word_blocks import disagreement_blocks

Json = dict[str, Any]

_LISTED = 20
_LABELS = {rule.name: rule.label for rule in RULES}


def noise_block(floor: NoiseFloor | None, scores: Scores) -> Json | None:
    """What `summary.json` says under `noise`; None if the baseline was recorded once.

    Args:
        floor: As found.
        scores: The run's, for how far texts differ, which takes no reference.
    """
    if floor is None:
        return None
    metrics = disagreement_blocks(Population.of(scores))
    churn = metrics["disagreement"]["repeats"]
    block: Json = {side: _side_json(getattr(floor, side)) | {"churn": churn[side]} for side in SIDES}
    above = sorted((clip for clip in floor.clips if clip.above_noise), key=_least_like_noise)
    if not floor.enough:
        block["reason"] = f"fewer than {MINIMUM_CALLS} calls with two passes of the baseline"
    return block | {
        "self_test": floor.self_test,
        "rules": [
            {"rule": rule.rule, "verdict": rule.outcome, "reason": rule.reason, "achievable": rule.achievable}
            for rule in floor.rules
        ],
        "disagreement": metrics["disagreement"]["value"],
        "excess_disagreement": metrics["excess_disagreement"]["value"],
        "above_noise": {
            "clips": len(floor.clips),
            "value": len(above),
            "most": [
                {"clip_id": clip.clip_id, "baseline": [clip.first, clip.second], "candidate": clip.candidate}
                for clip in above[:_LISTED]
            ],
        },
        "explanation": explain_noise(floor, churn["baseline"]["value"], metrics["disagreement"]["value"]),
    }


def noise_verdict(block: Json | None) -> Json | None:
    """What `verdict.json` says under `noise`: whether the baseline agrees with itself, and which margins are not achievable."""
    if block is None:
        return None
    return {
        "self_test": block["self_test"],
        "not_achievable": [rule["rule"] for rule in block["rules"] if rule["achievable"] is False],
        "churn": block["baseline"]["churn"]["value"],
        "disagreement": block["disagreement"],
        "explanation": block["explanation"],
    }


def explain_noise(floor: NoiseFloor, churn: float | None, disagreement: float | None) -> str:
    """The noise floor in a few sentences.

    Args:
        floor: As found.
        churn: Share of words in which the baseline's passes differ.
        disagreement: Share of words in which the sides differ.
    """
    sentences = []
    if churn is not None and disagreement is not None:
        sentences.append(
            f"The baseline, heard twice, differs from itself in {100 * churn:.1f} % of the words, from the candidate in "
            f"{100 * disagreement:.1f} %."
        )
    if not floor.enough:
        calls = floor.baseline.calls
        few = f"{calls} {'call' if calls == 1 else 'calls'}"
        return " ".join([*sentences, f"A noise floor takes {MINIMUM_CALLS} calls with two passes; here it is {few}."])
    if floor.baseline.differs:
        text = self_test_text(floor)
        sentences.append(f"{text[0].upper()}{text[1:]}.")
    missed = [rule.label for rule in floor.rules if rule.achievable is False]
    unknown = [rule.label for rule in floor.rules if rule.achievable is None and rule.outcome != "not_applicable"]
    if missed:
        sentences.append(
            f"Margin not achievable on this corpus, even by the baseline against itself: {', '.join(missed)}."
        )
    else:
        sentences.append("It keeps every margin that enough values tell of.")
    if unknown:
        sentences.append(f"Too few values to say: {', '.join(unknown)}.")
    if floor.candidate.differs:
        names = ", ".join(_LABELS[test.rule] for test in floor.candidate.differs)
        sentences.append(f"The candidate's passes differ by more than chance: {names}.")
    return " ".join(sentences)


def self_test_text(floor: NoiseFloor) -> str:
    """What a failed self-test says, as a phrase."""
    found = ", ".join(f"{_LABELS[test.rule]}: p = {test.adjusted_p:.2g}" for test in floor.baseline.differs)
    return f"the baseline's second pass differs from its first by more than chance ({found})"


def _side_json(noise: SideNoise) -> Json:
    return {
        "calls": noise.calls,
        "self_tests": [_test_json(test) for test in noise.self_tests],
        "v_run": ratio_number(noise.v_run),
    }


def _test_json(test: SelfTest) -> Json:
    return {
        "rule": test.rule,
        "calls": test.calls,
        "t": ratio_number(test.t),
        "p": ratio_number(test.p),
        "adjusted_p": ratio_number(test.adjusted_p),
        "margin": ratio_number(test.margin),
        "floor": ratio_number(test.floor),
    }


def _least_like_noise(clip: ClipNoise) -> tuple[int, str]:
    return abs(clip.second - clip.first) - abs(clip.candidate - clip.first), clip.clip_id
