"""How often is the gate wrong? Judges calls drawn at random, of which the true difference is known, as a run would be judged.

    python benchmarks/error_rates.py [--rules NAME...] [--levels NAME...] [--replicates N] [--quantile-replicates N]
                                     [--processes N] [--looks] [--plain]

Prints Markdown tables: per rule, spread between calls and number of calls, the share of false passes at the margin, of false
failures without a difference, of passes without one, and the power at the planned size. `--looks` does the same for early
stopping; `--plain` leaves out the corrections of decision 25. Every task has its own seed, so that neither the number of
processes nor the choice of rules changes a figure.

Counts go through `evaluate_counts`, without the interval that is shown beside its outcome; latencies through
`quantile_differences` and `decide`, both quantiles at once, as in `evaluate_samples`. A test holds either to `evaluate`. 999
resamples stand for 9999: with (resamples + 1) times the tail a whole number or nearly so, the level is the same. A shift of all
values by the margin shifts the bounds by it, so that one draw of equal sides tells of both truths.

In full, on two idle cores: about ten minutes.
"""

import argparse
import math
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from simulated_calls import LEVELS, Counts, Latencies, Level, draw_errors, draw_events, draw_latencies

from harness.verdict import clusters, evaluate, looks, rare, ratios, samples, sequential, tails
from harness.verdict.bootstrap import QuantileDifference, quantile_differences
from harness.verdict.estimands import CallSamples, CountRow
from harness.verdict.evaluate import evaluate_counts
from harness.verdict.ratios import decide
from harness.verdict.results import Evidence, RuleVerdict
from harness.verdict.rules import MINIMUM_CALLS, RULES, GateSettings, Rule

SEED = 20_250_101
CALLS = (20, 40, 100)
CHUNK = 50  # replicates a task
POWER_CHUNKS = 20
PILOT_CALLS = {"counts": 3000, "latencies": 600}
PILOTS = 9
MOST_PLANNED = 3000
RULE = {rule.name: rule for rule in RULES}
SETTINGS = GateSettings(seed=SEED, resamples=999)
TRUTHS = ("margin", "equal", "worse")


@dataclass(frozen=True, slots=True)
class Case:
    """A rule on one kind of corpus.

    Attributes:
        label: As in the table.
        rule: Which.
        draw: Of a generator, a level, a shape, and how many margins the candidate is worse by.
        calls: How many.
        sized_by_calls: The more calls, the smaller each: then no number of calls can be planned for.
    """

    label: str
    rule: str
    draw: Callable[[np.random.Generator, Level, tuple[int, int], float], Counts]
    calls: tuple[int, ...] = CALLS
    sized_by_calls: bool = False


def _words(rng: np.random.Generator, level: Level, shape: tuple[int, int], worse: float) -> Counts:
    return draw_errors(rng, level, shape, (0.10, 0.10 + 0.01 * worse), utterances=10)


def _erasure(rng: np.random.Generator, level: Level, shape: tuple[int, int], worse: float) -> Counts:
    return draw_errors(rng, level, shape, (0.3, 0.3 + 0.1 * worse), utterances=10, own_trials=True)


def _events(
    rate: float, margin: float, trials: dict[int, float] | float
) -> Callable[[np.random.Generator, Level, tuple[int, int], float], Counts]:
    def draw(rng: np.random.Generator, level: Level, shape: tuple[int, int], worse: float) -> Counts:
        each = trials.get(shape[1], 8.0) if isinstance(trials, dict) else trials
        return draw_events(rng, level, shape, (rate, rate + margin * worse), trials=each)

    return draw


CASES = (
    Case("wer_abs", "wer_abs", _words),
    Case("wer_rel", "wer_rel", _words),
    Case(
        "success, 0.5 %, 800 sessions",
        "success",
        _events(0.005, 0.005, {20: 40.0, 40: 20.0, 100: 8.0}),
        sized_by_calls=True,
    ),
    Case("success, 0.5 %, 1 a call", "success", _events(0.005, 0.005, 1.0), (600, 1000, 1500)),
    Case("false_cutoff, 5 %", "false_cutoff", _events(0.05, 0.02, 10.0)),
    Case("false_cutoff, 2 %", "false_cutoff", _events(0.02, 0.02, 10.0)),
    Case("false_cutoff, 0.5 %", "false_cutoff", _events(0.005, 0.02, 10.0)),
    Case("false_cutoff, none", "false_cutoff", _events(0.0, 0.02, 10.0)),
    Case("entity_miss, 10 %", "entity_miss", _events(0.10, 0.02, 8.0)),
    Case("erasure", "erasure", _erasure),
)


@dataclass(frozen=True, slots=True)
class Speed:
    """A latency metric: what it is drawn from."""

    metric: str
    median_ms: float
    sigma: float

    def draw(self, rng: np.random.Generator, level: Level, shape: tuple[int, int], longer_tail_ms: float) -> Latencies:
        """Equal sides or, with the same median, a candidate whose p95 is longer by so much."""
        at_p95 = self.sigma * 1.6448536
        sigma = math.log(math.exp(at_p95) + longer_tail_ms / self.median_ms) / 1.6448536
        return draw_latencies(
            rng, level, shape, median_ms=self.median_ms, sigmas=(self.sigma, sigma), slower_ms=0.0, utterances=16
        )


SPEEDS = (Speed("final", 700.0, 0.5), Speed("first_partial", 600.0, 0.4))


def rows_of(counts: Counts, replicate: int, calls: int | None = None) -> tuple[CountRow, ...]:
    """One replicate, or the first calls of it, as a run's rows: one clip a call."""
    table = (counts.baseline_events, counts.baseline_trials, counts.candidate_events, counts.candidate_trials)
    columns = [column[replicate, :calls].tolist() for column in table]
    return tuple(
        CountRow(name, name, *row)
        for name, row in ((f"{i:05}", row) for i, row in enumerate(zip(*columns, strict=True)))
    )


def samples_of(latencies: Latencies, replicate: int) -> CallSamples:
    """One replicate as `by_call` has it."""
    exists = latencies.exists[replicate]
    calls = exists.shape[0]
    return CallSamples(
        tuple(f"{i:05}" for i in range(calls)),
        np.repeat(np.arange(calls), exists.sum(axis=1)),
        latencies.baseline[replicate][exists],
        latencies.candidate[replicate][exists],
    )


Tally = Counter[tuple[str, ...]]


def counts_task(case: int, level: int, calls: int, truth: str, chunk: int, *, seed: int = SEED) -> Tally:
    """Outcomes of one chunk of a ratio rule."""
    one, worse = CASES[case], {"margin": 1.0, "equal": 0.0}[truth]
    rng = _rng(seed, case, level, calls, TRUTHS.index(truth), chunk)
    drawn = one.draw(rng, LEVELS[level], (CHUNK, calls), worse)
    found = (evaluate_counts(RULE[one.rule], rows_of(drawn, i), SETTINGS).outcome for i in range(CHUNK))
    return Counter((one.label, LEVELS[level].name, str(calls), truth, outcome) for outcome in found)


def latencies_task(speed: int, level: int, calls: int, chunk: int, *, tail: bool, seed: int = SEED) -> Tally:
    """Outcomes of one chunk of a latency's two rules, or of the p95 if the candidate's tail is longer by the margin."""
    one = SPEEDS[speed]
    p50, p95 = RULE[f"{one.metric}_p50"], RULE[f"{one.metric}_p95"]
    rng = _rng(seed, 100 + speed, level, calls, int(tail), chunk)
    drawn = one.draw(rng, LEVELS[level], (CHUNK, calls), p95.margin if tail else 0.0)
    tally: Tally = Counter()
    for i in range(CHUNK):
        both = quantile_differences(samples_of(drawn, i), (0.5, 0.95), seed=seed + chunk, resamples=SETTINGS.resamples)
        for rule, found in zip((p50, p95), both, strict=True):
            place = (LEVELS[level].name, str(calls))
            if not tail:
                tally[rule.name, *place, "margin", _outcome(found, rule.margin, rule.margin)] += 1
                tally[rule.name, *place, "equal", _outcome(found, 0.0, rule.margin)] += 1
            elif rule is p95:
                tally[f"{rule.name}, longer tail", *place, "margin", _outcome(found, 0.0, rule.margin)] += 1
    return tally


def _outcome(found: QuantileDifference, slower_ms: float, margin: float) -> str:
    return decide(found.low + slower_ms, found.high + slower_ms, margin)


def _rng(seed: int, *place: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=place))


def planned_for_counts(case: int, level: int, *, seed: int = SEED) -> int | None:
    """Calls that the program asks for, of a large pilot without a difference."""
    one = CASES[case]
    drawn = one.draw(_rng(seed, case, level, 0), LEVELS[level], (1, PILOT_CALLS["counts"]), 0.0)
    return evaluate_counts(RULE[one.rule], rows_of(drawn, 0), SETTINGS).needed


def planned_for_latencies(speed: int, level: int, *, seed: int = SEED) -> list[int | None]:
    """The same of both quantiles: the median of a few pilots, for the spread of a p95 is not known well from one."""
    one, calls = SPEEDS[speed], PILOT_CALLS["latencies"]
    drawn = one.draw(_rng(seed, 100 + speed, level, 0), LEVELS[level], (PILOTS, calls), 0.0)
    found = [
        quantile_differences(samples_of(drawn, i), (0.5, 0.95), seed=seed, resamples=SETTINGS.resamples)
        for i in range(PILOTS)
    ]
    margins = [RULE[f"{one.metric}_{q}"].margin for q in ("p50", "p95")]
    return [_median([_planned(both[i], calls, margin) for both in found]) for i, margin in enumerate(margins)]


def _planned(found: QuantileDifference, calls: int, margin: float) -> int | None:
    return samples.calls_for_estimate(
        calls,
        found.sd,
        margin,
        reach=lambda number: found.tail.at(number).reach,
        power=samples.Z_POWER_OF_QUANTILES,
    )


def _median(planned: list[int | None]) -> int | None:
    return sorted(planned, key=lambda calls: math.inf if calls is None else calls)[len(planned) // 2]


def looks_task(case: int, level: int, planned: int, worse: float, chunk: int, *, seed: int = SEED) -> Tally:
    """Outcomes of one rule with and without four looks, and how many calls were played."""
    one, rule = CASES[case], RULE[CASES[case].rule]
    rng = _rng(seed, 200 + case, level, planned, round(10 * worse), chunk)
    drawn = one.draw(rng, LEVELS[level], (CHUNK, planned), worse)
    place = (one.label, LEVELS[level].name, str(planned), f"{worse:g}")
    tally: Tally = Counter()
    for i in range(CHUNK):
        tally[*place, "fixed", evaluate_counts(rule, rows_of(drawn, i), SETTINGS).outcome] += 1
        for look, calls in enumerate(sequential.planned_looks(planned), start=1):
            evidence = evaluate_counts(
                rule, rows_of(drawn, i, calls), GateSettings(seed=SEED, resamples=999, look=look)
            )
            if _ends(rule, evidence, look) or calls == planned:
                tally[*place, "looks", evidence.outcome] += 1
                tally[*place, "played", ""] += calls
                break
    return tally


def _ends(rule: Rule, evidence: Evidence, look: int) -> bool:
    """As `looks.take` has it of a single rule."""
    verdict = RuleVerdict(rule, "error", rule.margin, evidence)
    tests = [looks.test_of(verdict)] if "t" in evidence.statistics else []
    found = sequential.decision(look, tests)
    return found == "fail" or (found == "pass" and not looks.hardly_differs(verdict))


def without_corrections() -> None:
    """Judge as before decision 25."""
    evaluate._exact_bounds = lambda _counts, _confidence: {}  # noqa: SLF001 - to see what it is good for
    clusters.Clusters.pooled_correlation = property(lambda _clusters: 0.0)  # type: ignore[assignment, method-assign]
    tails.Tail.rank = lambda _tail, resamples: round(0.05 * (resamples + 1))  # type: ignore[method-assign]
    ratios._calls_that_count = lambda contributions: len(contributions) - 1.0  # noqa: SLF001 - as above


def prepare(*, plain: bool) -> None:
    """What a process does first: the interval that is shown beside a ratio's outcome has no part in it, and takes most of the time."""
    ratios.difference_interval = lambda *_, **__: None
    rare.calls_needed = lambda *_: None
    if plain:
        without_corrections()


def run(tasks: Iterable[Callable[[], Any]], processes: int, *, plain: bool = False) -> list[Any]:
    """Results in the order of the tasks; without processes of their own in this one, as a run would be judged."""
    tasks = list(tasks)
    if not processes:
        return [task() for task in tasks]
    with ProcessPoolExecutor(processes, initializer=partial(prepare, plain=plain)) as pool:
        return list(pool.map(_call, tasks, chunksize=max(1, min(20, len(tasks) // (4 * processes)))))


def _call(task: Callable[[], Any]) -> Any:
    return task()


def share(tally: Tally, place: tuple[str, ...], outcome: str) -> tuple[float, int]:
    """Share of an outcome, and of how many."""
    total = sum(tally[*place, one] for one in ("pass", "fail", "inconclusive"))
    return (tally[*place, outcome] / total if total else math.nan), total


def percent(tally: Tally, place: tuple[str, ...], outcome: str) -> str:
    """As a figure of the table."""
    value, total = share(tally, place, outcome)
    return "-" if not total else f"{100 * value:.1f}"


def rules_table(tally: Tally, planned: dict[tuple[str, str], int | None], labels: dict[str, tuple[int, ...]]) -> None:
    """Print all of it."""
    print("| rule, corpus | calls | spread | false pass | false fail | pass if equal | planned calls: power |")
    print("|---|---|---|---|---|---|---|")
    for label, calls in labels.items():
        for level in LEVELS:
            cells = [
                " / ".join(percent(tally, (label, level.name, str(k), truth), outcome) for k in calls)
                for truth, outcome in (("margin", "pass"), ("equal", "fail"), ("equal", "pass"))
            ]
            if not any(tally[label, level.name, str(calls[0]), "margin", o] for o in ("pass", "fail", "inconclusive")):
                continue
            needed = planned.get((label, level.name))
            power = (
                "-"
                if needed is None
                else f"{needed}: {percent(tally, (label, level.name, str(needed), 'equal'), 'pass')}"
            )
            if needed is not None and needed > MOST_PLANNED:
                power = f"{needed}: not drawn"
            print(f"| {label} | {' / '.join(map(str, calls))} | {level.name} | {' | '.join(cells)} | {power} |")


@dataclass(slots=True)
class Plan:
    """What is to be drawn, and what the table shows of it.

    Attributes:
        tasks: Each gives a tally.
        planned: By label and level, the calls that the program asks for.
        labels: Rows of the table with their numbers of calls.
    """

    tasks: list[Callable[[], Tally]]
    planned: dict[tuple[str, str], int | None]
    labels: dict[str, tuple[int, ...]]

    def add_case(self, i: int, level: int, chunks: int) -> None:
        """A ratio rule's tasks."""
        case = CASES[i]
        self.labels[case.label] = case.calls
        chunks = chunks if max(case.calls) <= max(CALLS) else max(1, chunks // 5)  # fifteen times the calls
        for calls in case.calls:
            self.tasks += [
                partial(counts_task, i, level, calls, t, c) for t in ("margin", "equal") for c in range(chunks)
            ]
        if case.sized_by_calls:
            return
        size = self._size(case.label, level, planned_for_counts(i, level))
        if size is not None and size not in case.calls:
            self.tasks += [partial(counts_task, i, level, size, "equal", c) for c in range(min(chunks, POWER_CHUNKS))]

    def add_speed(self, i: int, level: int, chunks: int) -> None:
        """Those of both rules of a latency."""
        metric = SPEEDS[i].metric
        names = [f"{metric}_p50", f"{metric}_p95"]
        self.labels |= dict.fromkeys([*names, f"{names[1]}, longer tail"], CALLS)
        self.tasks += [
            partial(latencies_task, i, level, calls, c, tail=tail)
            for calls in CALLS
            for tail in (False, True)
            for c in range(chunks)
        ]
        sizes = {self._size(*one) for one in zip(names, (level, level), planned_for_latencies(i, level), strict=True)}
        for size in sizes - {None, *CALLS}:
            self.tasks += [
                partial(latencies_task, i, level, size, c, tail=False) for c in range(min(chunks, POWER_CHUNKS))
            ]

    def _size(self, label: str, level: int, needed: int | None) -> int | None:
        """Notes the planned size; None if it is not drawn."""
        size = None if needed is None else max(MINIMUM_CALLS, needed)
        self.planned[label, LEVELS[level].name] = size
        return size if size is not None and size <= MOST_PLANNED else None


def judge_rules(options: argparse.Namespace) -> None:
    """The table of all rules."""
    plan = Plan([], {}, {})
    for level in (i for i, level in enumerate(LEVELS) if level.name in options.levels):
        for i, case in enumerate(CASES):
            if case.rule in options.rules:
                plan.add_case(i, level, max(1, options.replicates // CHUNK))
        for i, speed in enumerate(SPEEDS):
            if {f"{speed.metric}_p50", f"{speed.metric}_p95"} & set(options.rules):
                plan.add_speed(i, level, max(1, options.quantile_replicates // CHUNK))
    tally: Tally = Counter()
    for found in run(plan.tasks, options.processes, plain=options.plain):
        tally.update(found)
    rules_table(tally, plan.planned, plan.labels)


LOOKED_AT = (
    ("wer_abs", 0, 120),
    ("wer_abs", 1, 120),
    ("wer_abs", 1, 240),
    ("wer_abs", 2, 240),
    ("false_cutoff, 2 %", 1, 120),
    ("false_cutoff, 2 %", 2, 120),
)
"""What early stopping is tried on: case, level of spread, planned calls."""


def judge_looks(options: argparse.Namespace) -> None:
    """The table of early stopping: so many calls in four looks, against as many judged once."""
    chunks = max(1, options.replicates // CHUNK)
    truths = {0.0: "equal", 1.0: "at the margin", 2.0: "worse by twice the margin"}
    number = {case.label: i for i, case in enumerate(CASES)}
    chosen = [one for one in LOOKED_AT if CASES[number[one[0]]].rule in options.rules]
    tasks = [
        partial(looks_task, number[label], level, planned, worse, c)
        for label, level, planned in chosen
        for worse in truths
        for c in range(chunks)
    ]
    tally: Tally = Counter()
    for found in run(tasks, options.processes, plain=options.plain):
        tally.update(found)
    print(
        "| rule, corpus | spread | planned calls | in truth | pass: looks (once) | fail: looks (once) | calls played |"
    )
    print("|---|---|---|---|---|---|---|")
    for label, level, planned in chosen:
        for worse, words in truths.items():
            place = (label, LEVELS[level].name, str(planned), f"{worse:g}")
            cells = [
                f"{percent(tally, (*place, 'looks'), outcome)} ({percent(tally, (*place, 'fixed'), outcome)})"
                for outcome in ("pass", "fail")
            ]
            played = tally[*place, "played", ""] / (chunks * CHUNK * planned)
            print(f"| {label} | {place[1]} | {planned} | {words} | {' | '.join(cells)} | {100 * played:.0f} % |")


def main() -> None:
    """Read options, judge, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [rule.name for rule in RULES if rule.test != "exact"]
    parser.add_argument("--rules", nargs="*", choices=names, default=names)
    parser.add_argument(
        "--levels", nargs="*", choices=[level.name for level in LEVELS], default=[level.name for level in LEVELS]
    )
    parser.add_argument("--replicates", type=int, default=5000)
    parser.add_argument("--quantile-replicates", type=int, default=1000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--looks", action="store_true", help="early stopping instead of the rules")
    parser.add_argument("--plain", action="store_true", help="without the corrections of decision 25")
    options = parser.parse_args()
    if options.plain:
        without_corrections()
    if options.looks:
        judge_looks(options)
    else:
        judge_rules(options)


if __name__ == "__main__":
    main()
