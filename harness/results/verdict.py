"""`verdict.json` as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import UnknownNameError
from harness.providers.parameters import nearest
from harness.results.comparison import Comparison, WorstClip
from harness.results.numbers import Missing, Number


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """What the gate says about one rule.

    Attributes:
        name: Such as `final_p95`.
        label: For people.
        metric: The metric it judges.
        quantile: The quantile of it, such as 0.95; None for ratios and counts.
        severity: `error` decides the run, `warn` does not.
        word: `pass`, `fail`, `inconclusive` or `not_applicable`.
        reason: Code of why it is not decided; None if it is.
        explanation: A sentence or two for people.
        margin: How much worse the candidate may be, in the comparison's unit.
        comparison: Both sides, the difference, its interval, the calls, and the clips that speak most against the candidate.
        needed_calls: Additional calls that decide an inconclusive rule; None if it is decided or no number is known.
        tags: What else is to be known, such as `better`.
        approved: Until when, by whom and why a fail or a lack of evidence is accepted; None if nobody accepts it.
    """

    name: str
    label: str
    metric: str
    quantile: float | None
    severity: str
    word: str
    reason: str | None
    explanation: str
    margin: float
    comparison: Comparison
    needed_calls: int | None
    tags: tuple[str, ...]
    approved: str | None = None

    @property
    def passed(self) -> bool:
        """Whether the candidate is shown to be no worse than the margin allows."""
        return self.word == "pass"

    @property
    def value(self) -> Number | Missing:
        """The difference in the rule's unit, candidate minus baseline."""
        return self.comparison.difference

    @property
    def low(self) -> Number | Missing:
        """Lower end of its 90 % interval."""
        return self.comparison.low

    @property
    def high(self) -> Number | Missing:
        """Upper end of its 90 % interval."""
        return self.comparison.high

    @property
    def worst(self) -> tuple[WorstClip, ...]:
        """The clips that speak most against the candidate, worst first."""
        return self.comparison.worst

    def __repr__(self) -> str:
        word = f"{self.word} (approved {self.approved})" if self.approved else f"{self.word} ({self.severity})"
        return f"<rule {self.name}: {word}. {self.explanation} {self.comparison!r}>"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The gate's answer for a run.

    Attributes:
        word: `pass`, `fail`, `inconclusive` or `invalid`.
        exit_code: What `harness gate` exits with: 0, 1, 4 or 3.
        reason: Code, or what made the run invalid; None if the rules say it all.
        explanation: For people.
        next_step: What to do now.
        needed_calls: Additional calls that decide what is undecided, as far as that is known.
        rules: One verdict a rule, in the order of the table in `docs/methodology.md`.
        skipped: Rules that are off, with the reason.
        run: The run, for messages.
    """

    word: str
    exit_code: int
    reason: str | None
    explanation: str
    next_step: str
    needed_calls: int | None
    rules: tuple[RuleVerdict, ...]
    skipped: Mapping[str, str]
    run: str

    @property
    def passed(self) -> bool:
        """Whether the word is `pass`; an inconclusive run has not passed."""
        return self.word == "pass"

    def rule(self, name: str) -> RuleVerdict:
        """The verdict on one rule.

        Raises:
            UnknownNameError: There is no such rule, or it was off; the message has the nearest name, or the reason.
        """
        __tracebackhide__ = True  # pytest then shows the line that asks
        for rule in self.rules:
            if rule.name == name:
                return rule
        if name in self.skipped:
            raise UnknownNameError(f"Rule {name} was not judged in {self.run}: {self.skipped[name]}.")
        known = [*(rule.name for rule in self.rules), *self.skipped]
        raise UnknownNameError(f"There is no rule {name!r} in {self.run}. {nearest(name, known)}")

    def __repr__(self) -> str:
        return f"<{self.word}: {self.explanation} {self.run}>"


def verdict_from(document: Mapping[str, Any], folder: Path, run: str) -> Verdict:
    """Read `verdict.json`; keys that this version does not know are left alone.

    Args:
        document: Its content.
        folder: The run directory, for links into the report.
        run: The run, for messages.
    """
    return Verdict(
        word=document["verdict"],
        exit_code=document["exit_code"],
        reason=document["reason"],
        explanation=document["explanation"],
        next_step=document["next_step"],
        needed_calls=document["needed_calls"],
        rules=tuple(_rule(rule, folder, run) for rule in document["rules"]),
        skipped={entry["rule"]: entry["reason"] for entry in document["skipped"]},
        run=run,
    )


def _rule(rule: Mapping[str, Any], folder: Path, run: str) -> RuleVerdict:
    quantile = rule["quantile"]
    why, approved = rule["explanation"], rule.get("approved")
    comparison = Comparison(
        name=f"{rule['rule']} ({rule['metric']}{'' if quantile is None else f' p{100 * quantile:g}'})",
        unit=rule["unit"],
        run=run,
        figures={
            "baseline": rule["baseline"],
            "candidate": rule["candidate"],
            "difference": rule["value"],
            "low": rule["low"],
            "high": rule["high"],
        },
        reasons={
            "baseline": why,
            "candidate": why,
            "difference": why,
            "low": rule["interval_reason"] or why,
            "high": rule["interval_reason"] or why,
        },
        level=0.9,
        calls=rule["calls"],
        worst=tuple(
            WorstClip(clip["clip_id"], clip["baseline"], clip["candidate"], f"{folder}/{clip['link']}")
            for clip in rule["worst"]
        ),
    )
    return RuleVerdict(
        name=rule["rule"],
        label=rule["label"],
        metric=rule["metric"],
        quantile=quantile,
        severity=rule["severity"],
        word=rule["verdict"],
        reason=rule["reason"],
        explanation=why,
        margin=rule["margin"],
        comparison=comparison,
        needed_calls=rule["needed_calls"],
        tags=tuple(rule["tags"]),
        approved=approved and f"until {approved['until']} by {approved['by']}: {approved['reason']}",
    )
