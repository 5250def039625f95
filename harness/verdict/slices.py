"""The same metrics on parts of the run: by tag, language, speaker, channel, duration and noise.

Intervals are those of the linearised difference (t bounds, with exact bounds where events are rare): a run has many slices, and
with the calls as units they agree with the bootstrap's. Whether a slice is worse than the margin allows is tested rule by rule
over all slices with enough calls, with Holm's correction; the others are listed as underpowered.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Literal

from scipy import special

from harness.metrics.scores import SessionScore
from harness.verdict.estimands import RATIO, RATIOS, pool
from harness.verdict.holm import holm
from harness.verdict.json_numbers import ratio_number
from harness.verdict.latencies import LATENCIES
from harness.verdict.metric_blocks import latency_block, ratio_block
from harness.verdict.population import Population
from harness.verdict.ratios import absolute_scores, relative_scores, score_test
from harness.verdict.results import SliceVerdict
from harness.verdict.rules import MINIMUM_CALLS, GateSettings, Rule

SLICED_RATIOS = (
    "wer",
    "session_failure_rate",
    "false_cutoff_rate",
    "endpoint_recall",
    "entity_miss_rate",
    "normalized_erasure",
)
SLICED_LATENCIES = ("first_partial_ms", "final_ms")
RESAMPLES = 1999
"""Of a latency's interval in a slice: fewer than for the run, because slices are many."""

_DURATIONS_S = ((10.0, "under-10s"), (60.0, "10s-to-1min"), (600.0, "1min-to-10min"), (math.inf, "over-10min"))
_NOISES_DB = ((10.0, "loud"), (20.0, "moderate"), (math.inf, "quiet"))
_SNR = re.compile(r"snr(?:_db)?=(-?\d+(?:\.\d+)?)(?:db)?", re.IGNORECASE)

Json = dict[str, Any]


def slice_names(session: SessionScore) -> tuple[str, ...]:
    """The slices a session belongs to.

    `tag=noisy` and `band=wide` (of tags), `lang=es`, `speaker=ann`, `channel=1`, `duration=under-10s`, and from a numeric tag
    `snr=7` the class `noise=loud` (under 10 dB; `moderate` under 20 dB, else `quiet`).
    """
    names = [tag if "=" in tag else f"tag={tag}" for tag in session.tags]
    names += [f"noise={_class_of(float(m[1]), _NOISES_DB)}" for tag in session.tags if (m := _SNR.fullmatch(tag))]
    if session.language:
        names.append(f"lang={session.language}")
    if session.speaker:
        names.append(f"speaker={session.speaker}")
    if session.channel is not None:
        names.append(f"channel={session.channel}")
    names.append(f"duration={_class_of(session.duration_s, _DURATIONS_S)}")
    return tuple(dict.fromkeys(names))


def slices_of(population: Population, settings: GateSettings) -> Json:
    """Every slice with its sizes, the gated metrics with their intervals, and what the rules find in it."""
    quick = replace(settings, resamples=min(settings.resamples, RESAMPLES))
    parts = _parts(population)
    blocks = {name: _slice(part, quick) for name, part in parts.items()}
    for found in _verdicts(parts, len(population.sessions), settings, settings.rules):
        if found.outcome != "underpowered":
            blocks[found.slice_name]["rules"][found.rule.name] = {
                "verdict": found.outcome,
                "p": ratio_number(found.p),
                "adjusted_p": ratio_number(found.adjusted_p),
                "calls": found.calls,
            }
    return blocks


def slice_verdicts(population: Population, settings: GateSettings, rules: Iterable[Rule]) -> tuple[SliceVerdict, ...]:
    """What `rules` find in every slice that has data for them, in the order of the rules, then of the slices' names."""
    return tuple(_verdicts(_parts(population), len(population.sessions), settings, rules))


def _parts(population: Population) -> dict[str, Population]:
    members: dict[str, list[Population]] = {}
    for (pair,), part in ((part.sessions, part) for part in population.by_pair().values()):
        for name in slice_names(pair.baseline):
            members.setdefault(name, []).append(part)
    # What holds for all pairs alike is no part of them.
    return {name: Population.joined(found) for name, found in sorted(members.items())}


def _slice(part: Population, settings: GateSettings) -> Json:
    metrics: Json = {
        ratio.name: ratio_block(ratio, part, settings, linear=True) for ratio in RATIOS if ratio.name in SLICED_RATIOS
    }
    metrics |= {
        latency.name: latency_block(latency, part, settings)
        for latency in LATENCIES
        if latency.name in SLICED_LATENCIES
    }
    calls = len({pair.baseline.call_id for pair in part.sessions})
    return {
        "pairs": len(part.sessions),
        "calls": calls,
        "utterances": len(part.utterances),
        "audio_s": ratio_number(sum(pair.baseline.duration_s for pair in part.sessions)),
        "underpowered": calls < MINIMUM_CALLS,
        "metrics": metrics,
        "rules": {},
    }


def _verdicts(
    parts: Mapping[str, Population], pairs: int, settings: GateSettings, rules: Iterable[Rule]
) -> Iterator[SliceVerdict]:
    """Per rule of a common denominator and slice, whether the slice is worse than the margin; the whole run is no slice."""
    for rule in rules:
        if rule.test not in {"score", "score_or_rare", "relative_score"}:
            continue
        tested = [_tested(rule, name, part, settings) for name, part in parts.items() if len(part.sessions) < pairs]
        corrected = iter(holm([found.p for found in tested if found.p is not None]))
        for found in tested:
            if found.p is not None:
                rejected, adjusted = next(corrected)
                yield replace(found, outcome="fail" if rejected else "not_worse", adjusted_p=adjusted)
            elif found.calls:
                yield found


def _tested(rule: Rule, name: str, part: Population, settings: GateSettings) -> SliceVerdict:
    """One rule in one slice, before the correction; without a p value where there is too little to test."""
    counts = pool(RATIO[rule.metric].rows(part))
    margin, calls = settings.margin(rule), len(counts.calls)
    severity: Literal["error", "warn"] = (
        "error" if settings.slices == "error" and settings.level(rule) == "error" else "warn"
    )
    relative = rule.test == "relative_score"
    total = float((counts.baseline_events if relative else counts.baseline_trials).sum())
    change = float((counts.candidate_events - counts.baseline_events).sum())
    found = SliceVerdict(rule, name, severity, "underpowered", calls, margin, change / total if total else None)
    if calls < MINIMUM_CALLS or not total:  # a share of no errors at all is no margin
        return found
    test = score_test((relative_scores if relative else absolute_scores)(counts, margin))
    # P(T >= t); without any spread the sign decides.
    p = float(special.stdtr(test.calls - 1, -test.t)) if test.t is not None else float(test.mean <= 0)
    scale = total / calls  # a score is a difference in events, less the margin
    return replace(found, p=p, low=margin + test.low / scale, high=margin + test.high / scale)


def _class_of(value: float, classes: tuple[tuple[float, str], ...]) -> str:
    return next(name for limit, name in classes if value < limit or math.isinf(limit))
