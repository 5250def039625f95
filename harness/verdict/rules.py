"""The gate's rules as a table, and what a user may change about them.

This module holds data only and imports nothing heavy, so that reading a configuration stays fast.
"""

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from harness.errors import ConfigError

Level = Literal["error", "warn", "off"]
Test = Literal["score", "relative_score", "score_or_rare", "ratio_difference", "quantile", "exact"]
Unit = Literal["ratio", "relative", "per_token", "ms", "count"]
EndpointSource = Literal["text", "time"]

MINIMUM_CALLS = 20
"""Fewer independent calls than this never decide a rule."""

MINIMUM_PLANNED_CALLS = 80
"""For early stopping: with fewer, the first of its looks would fall below the calls that decide a rule."""

MINIMUM_CALLS_FOR_INTERVAL = 5
"""Resampling fewer calls than this gives an interval that is far too narrow, down to a point, so none is shown."""

TOO_FEW_CALLS = "too few calls for an interval"
"""Said in place of the interval."""

MINIMUM_RESAMPLES = 999
"""Fewer bootstrap resamples than this leave the 5 % and 95 % bounds too coarse."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One requirement on the candidate; every estimand is oriented so that larger is worse.

    Attributes:
        name: What configuration, `verdict.json` and JUnit call it.
        label: What people read in its place, everywhere.
        metric: The metric of `summary.json` that it watches.
        test: How it is decided.
        margin: How much worse the candidate may be, in `unit`. A product judgement, fixed before data are seen.
        unit: `ratio` (0.01 = 1 percentage point), `relative` (0.10 = 10 % of the baseline), `per_token`
            (erased tokens per final token), `ms` or `count`.
        level: `error` decides the exit code, `warn` is printed, `off` is skipped.
        quantile: For quantile rules, which one.
        minimum_samples: For quantile rules, fewer paired values than this never decide.
        minimum_trials: With fewer trials in the corpus the rule is off, unless its level is configured.
        may_be_untestable: True if a flawless candidate may be too short to pass; then only a FAIL blocks.
    """

    name: str
    label: str
    metric: str
    test: Test
    margin: float
    unit: Unit
    level: Level = "error"
    quantile: float | None = None
    minimum_samples: int = 0
    minimum_trials: int = 0
    may_be_untestable: bool = False


RULES: tuple[Rule, ...] = (
    Rule("wer_abs", "Word error rate", "wer", "score", 0.01, "ratio"),
    Rule("wer_rel", "Relative word errors", "wer", "relative_score", 0.10, "relative"),
    Rule("success", "Failed sessions", "session_failure_rate", "score_or_rare", 0.005, "ratio", may_be_untestable=True),
    Rule("final_p50", "Final p50", "final_ms", "quantile", 150.0, "ms", quantile=0.50, minimum_samples=100),
    Rule("final_p95", "Final p95", "final_ms", "quantile", 300.0, "ms", quantile=0.95, minimum_samples=300),
    Rule(
        "first_partial_p50",
        "First partial p50",
        "first_partial_ms",
        "quantile",
        100.0,
        "ms",
        quantile=0.50,
        minimum_samples=100,
    ),
    Rule(
        "first_partial_p95",
        "First partial p95",
        "first_partial_ms",
        "quantile",
        250.0,
        "ms",
        quantile=0.95,
        minimum_samples=300,
    ),
    Rule("false_cutoff", "Early cuts", "false_cutoff_rate", "score_or_rare", 0.02, "ratio"),
    Rule("entity_miss", "Entities missed", "entity_miss_rate", "score_or_rare", 0.02, "ratio", minimum_trials=100),
    Rule("post_final_mutation", "Changed finals", "post_final_mutation_count", "exact", 0.0, "count"),
    Rule("erasure", "Erasure", "normalized_erasure", "ratio_difference", 0.10, "per_token", level="warn"),
)
"""Every rule, in the order in which it is printed."""

RULE_NAMES: tuple[str, ...] = tuple(rule.name for rule in RULES)

BY_TIME: dict[str, Rule] = {
    rule.name: replace(rule, label="Early cuts, by times", metric="false_cutoff_rate_by_time")
    for rule in RULES
    if rule.name == "false_cutoff"
}
"""Rules that read another metric where ends of turns are judged by times alone."""


@dataclass(frozen=True, slots=True)
class GateSettings:
    """What the `[gate]` table of the configuration decides; a rule left out keeps its default.

    Attributes:
        margins: Rule name to margin, in the rule's unit (0.01 = 1 percentage point; milliseconds for latencies).
        levels: Rule name to `error`, `warn` or `off`.
        planned_differences: Rule name to the true difference that sample sizes are planned for; 0 if left out.
        seed: Of every bootstrap; equal seeds give equal verdicts, byte for byte.
        resamples: Bootstrap resamples.
        require_reference: False lets a corpus without reference text pass on the remaining rules.
        look: For a run with early stopping, the look at which it is judged, 1 to 4: score rules are then held to the bound of
            that look in place of 95 %.
        slices: Whether a slice that is worse than a margin allows fails the run (`error`), is told (`warn`), or is not looked
            for (`off`).
        endpoint_source: Whether early cuts are judged by the text of segments or by times alone.

    Raises:
        ConfigError: An unknown rule, a margin or planned difference that is no finite number, a negative margin,
            an unknown level or source of endpoints, a negative seed or too few resamples.
    """

    margins: Mapping[str, float] = field(default_factory=dict)
    levels: Mapping[str, Level] = field(default_factory=dict)
    planned_differences: Mapping[str, float] = field(default_factory=dict)
    seed: int = 20_250_101
    resamples: int = 9_999
    require_reference: bool = True
    look: int | None = None
    slices: Level = "warn"
    endpoint_source: EndpointSource = "text"

    def __post_init__(self) -> None:
        for key in ("margins", "levels", "planned_differences"):
            for name in getattr(self, key):
                _require_known(key, name)
        for name, margin in self.margins.items():
            _require_number("margins", name, margin, minimum=0.0)
        for name, difference in self.planned_differences.items():
            _require_number("planned_differences", name, difference, minimum=-math.inf)
        for name, level in self.levels.items():
            _require_level(f"levels.{name}", level)
        _require_level("slices", self.slices)
        if self.endpoint_source not in (sources := get_args(EndpointSource)):
            raise ConfigError(
                f"gate.endpoint_source: {self.endpoint_source!r} is no source of endpoints. Allowed: {', '.join(sources)}."
            )
        _require_integer("seed", self.seed, minimum=0)
        _require_integer("resamples", self.resamples, minimum=MINIMUM_RESAMPLES)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules in force, each reading the metric that these settings choose."""
        return tuple(BY_TIME.get(rule.name, rule) for rule in RULES) if self.endpoint_source == "time" else RULES

    def margin(self, rule: Rule) -> float:
        """The margin in force for `rule`, in its unit."""
        return float(self.margins.get(rule.name, rule.margin))

    def level(self, rule: Rule, trials: int | None = None) -> Level:
        """The level in force for `rule`; `trials` is what the corpus offers, where the rule asks for a minimum."""
        configured = self.levels.get(rule.name)
        if configured is not None:
            return configured
        return "off" if trials is not None and trials < rule.minimum_trials else rule.level


def no_such_rule(name: str) -> str:
    """What is wrong with a rule's name, with the nearest that exists."""
    return f"there is no rule {name!r}.{_nearest(name, RULE_NAMES)} The rules are {', '.join(RULE_NAMES)}."


def _require_known(key: str, name: str) -> None:
    if name not in RULE_NAMES:
        raise ConfigError(f"gate.{key}.{name}: {no_such_rule(name)}")


def _require_level(key: str, level: object) -> None:
    allowed = get_args(Level)
    if level not in allowed:
        raise ConfigError(
            f"gate.{key}: {level!r} is no level. Allowed: {', '.join(allowed)}.{_nearest(level, allowed)}"
        )


def _require_number(key: str, name: str, value: object, *, minimum: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < minimum:
        bound = "" if math.isinf(minimum) else f" of at least {minimum:g}"
        raise ConfigError(
            f"gate.{key}.{name}: {value!r} is no finite number{bound}. Rates are fractions (0.01 is one percentage "
            "point), latencies milliseconds."
        )


def _require_integer(key: str, value: object, *, minimum: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < minimum:
        raise ConfigError(f"gate.{key}: {value!r} is no whole number of at least {minimum}.")


def _nearest(word: object, choices: tuple[str, ...]) -> str:
    matches = difflib.get_close_matches(str(word), choices, n=1, cutoff=0.5)
    return f" Did you mean {matches[0]!r}?" if matches else ""
