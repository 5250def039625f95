"""What a corpus offers to the gate's rules, and what can be proved with it."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.corpus.model import Clip
from harness.errors import RunError
from harness.metrics.endpoint_times import turns_with_holds
from harness.metrics.normalize import UNINTELLIGIBLE, primary, primary_subtag
from harness.metrics.reference import reference_of, spoken_units
from harness.metrics.settings import ScoreSettings
from harness.metrics.tables import read_scores
from harness.rundir import RunDir
from harness.verdict.population import Population
from harness.verdict.power import Reason, RulePower, Trials, flawless_trials, powers
from harness.verdict.rules import MINIMUM_CALLS, GateSettings

Rewrites = tuple[tuple[str, str], ...]

_LIKE = 2.0  # calls of a pilot that are so many times longer or shorter are no longer like those planned


@dataclass(frozen=True, slots=True)
class Pilot:
    """An earlier run, for the spread between calls that it saw."""

    path: Path
    endpoint: str
    population: Population

    @property
    def words_per_call(self) -> float:
        """Reference words of a call on average, counted once however often it was repeated; 0 without a reference."""
        once: dict[str, int] = {}
        calls = {}
        for pair in self.population.sessions:
            if pair.baseline.words.reference_words:
                once[pair.baseline.clip_id] = pair.baseline.words.reference_words
                calls[pair.baseline.clip_id] = pair.baseline.call_id
        return sum(once.values()) / len(set(calls.values())) if calls else 0.0


@dataclass(frozen=True, slots=True)
class Prospects:
    """What a run over these clips can prove.

    Attributes:
        calls: Independent calls.
        trials: What the clips offer, by metric.
        rules: Every rule's prospects.
        pilot: Where the spread comes from; None: planning values alone.
        doubts: Why the pilot may mislead, each a sentence.
    """

    calls: int
    trials: Mapping[str, Trials]
    rules: tuple[RulePower, ...]
    pilot: Pilot | None
    doubts: tuple[str, ...]

    @property
    def needed_calls(self) -> int | None:
        """Calls in all that decide every rule that can block and on which a number is known; each with 80 % power."""
        rules = [rule for rule in self.rules if rule.level == "error" and rule.reason != "untestable"]
        known = [rule.needed for rule in rules if rule.needed is not None]
        return max(known, default=None)


def read_pilot(path: Path) -> Pilot:
    """An earlier run's scores.

    Raises:
        RunError: There is no such run, or it was not scored, or no pair of it can be compared.
    """
    run = RunDir(path)
    document = run.read_run()
    population = Population.of(read_scores(run.path / "scores"))
    if not population.sessions:
        raise RunError(f"{path}: no pair of sessions in it is valid on both sides. Name another run with --pilot.")
    return Pilot(path, str(document["endpoint"]), population)


def reference_words(clip: Clip, rewrites: Rewrites = ()) -> int:
    """Reference words of a clip under the normaliser that the rules are decided with, after the project's rewrites."""
    language = primary_subtag(clip.language, ScoreSettings().default_language)
    normalizer = primary(rewrites)
    return sum(
        token != UNINTELLIGIBLE
        for utterance in clip.utterances
        for token in normalizer.reference_tokens(utterance.text or "", language)
    )


def prospects(
    clips: Iterable[Clip],
    passes: int,
    settings: GateSettings,
    pilot: Pilot | None = None,
    count_words: Callable[[Clip], int] = reference_words,
) -> Prospects:
    """What the rules could decide on these clips.

    Args:
        clips: With their reference utterances.
        passes: Repeats that are planned.
        settings: Of the gate.
        pilot: An earlier run, for the spread between calls.
        count_words: Reference words of a clip; by default they are counted as scoring without rewrites will, 20 us each.
    """
    clips = tuple(clips)
    trials = trials_of(clips, passes, count_words, by_time=settings.endpoint_source == "time")
    return Prospects(
        calls=len({clip.call_id for clip in clips}),
        trials=trials,
        rules=powers(trials, settings, pilot.population if pilot else None),
        pilot=pilot,
        doubts=tuple(_doubts(pilot, trials["wer"])) if pilot else (),
    )


TRIALS = {
    "wer": "reference words",
    "session_failure_rate": "sessions",
    "final_ms": "turns",
    "first_partial_ms": "utterances",
    "false_cutoff_rate": "turns",
    "false_cutoff_rate_by_time": "turns with a pause",
    "entity_miss_rate": "mentions",
    "post_final_mutation_count": "sessions",
    "normalized_erasure": "sessions",
}
"""What each gated metric is counted on."""


def trials_of(
    clips: Iterable[Clip], passes: int, count_words: Callable[[Clip], int] = reference_words, *, by_time: bool = False
) -> dict[str, Trials]:
    """What clips offer to each gated metric, counted as scoring counts it, if every session succeeds.

    Turns with a pause are looked for only `by_time`, because it takes all words of the reference.
    """
    counts: dict[str, Counter[str]] = {metric: Counter() for metric in TRIALS}
    for clip in clips:
        utterances, turns = spoken_units(clip)
        timed, has_text = clip.time_source != "none", clip.text is not None
        offered = {
            "wer": count_words(clip) if has_text else 0,
            "session_failure_rate": 1,
            "post_final_mutation_count": 1,
            "normalized_erasure": 1,
            "false_cutoff_rate": turns if timed and has_text else 0,
            "false_cutoff_rate_by_time": turns_with_holds(reference_of(clip)) if by_time else 0,
            "final_ms": turns if timed else 0,
            "first_partial_ms": utterances if timed else 0,
            "entity_miss_rate": len(clip.entities) if has_text else 0,
        }
        for metric, count in offered.items():
            counts[metric][clip.call_id] += count
    return {
        metric: Trials(tuple(count for _, count in sorted(by_call.items()) if count), passes)
        for metric, by_call in counts.items()
    }


def _doubts(pilot: Pilot, words: Trials) -> Iterable[str]:
    if pilot.endpoint != "live":
        yield (
            "The pilot was answered by emulators: its spread says nothing about the services. Record a few calls with "
            "--live and name that run."
        )
    planned = sum(words.per_call) / words.calls if words.calls else 0.0
    seen = pilot.words_per_call
    if planned and seen and not 1 / _LIKE <= planned / seen <= _LIKE:
        yield (
            f"The pilot's calls hold {seen:.0f} reference words on average, those planned {planned:.0f}: its spread is "
            "carried over all the same, and will be off."
        )


_EXPECT: dict[Reason, str] = {
    "off": "switched off",
    "no_data": "the corpus has no annotation for it",
    "few_clusters": "{calls} calls; fewer than {minimum_calls} decide nothing",
    "few_samples": "{trials:,} {trials_are}; fewer than {minimum_samples} decide nothing",
    "untestable": "{trials:,} {trials_are}; even a flawless candidate needs {flawless:,}. Only a failure blocks",
    "underpowered": "likely to stay inconclusive",
    "unreachable": "no number of calls shows it: the margin leaves nothing to prove",
    "missing_values": "unknown: in the pilot, values that never came reach this quantile",
    "unknown": "unknown: there is no planning value for it",
}


def explain(power: RulePower) -> str:
    """What to expect of one rule, in a few words."""
    rule, trials = power.rule, power.trials
    if power.reason is None:
        return "decides: a single one fails" if rule.test == "exact" else "decides"
    if power.reason == "off" and trials.total < rule.minimum_trials:
        return f"off: {trials.total} {TRIALS[rule.metric]}, and it asks for {rule.minimum_trials}"
    return _EXPECT[power.reason].format(
        calls=trials.calls,
        trials=trials.total,
        trials_are=TRIALS[rule.metric],
        minimum_calls=MINIMUM_CALLS,
        minimum_samples=rule.minimum_samples,
        flawless=flawless_trials(rule, power.margin, trials) or 0,
    )
