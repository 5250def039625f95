"""What early stopping may save: how soon looks at the words would settle a run whose sides are in truth equal."""

from collections.abc import Iterable
from dataclasses import dataclass

from harness.verdict.power import RulePower
from harness.verdict.samples import Z_SIZE_AND_POWER
from harness.verdict.sequential import planned_looks, stopping_chances


@dataclass(frozen=True, slots=True)
class EarlyStop:
    """How soon a run may end.

    Attributes:
        at_calls: After how many calls each look falls; the last is the end.
        chances: That a look ends the run, one each but for the last; None without a rule whose spread is known or supposed.
        rule: The rule that takes longest, on which the chances rest; None without one.
    """

    at_calls: tuple[int, ...]
    chances: tuple[float, ...] | None
    rule: RulePower | None

    @property
    def expected_calls(self) -> float | None:
        """Calls that are played on average; None where no chances are known."""
        if self.chances is None:
            return None
        last = 1 - sum(self.chances)
        return sum(calls * chance for calls, chance in zip(self.at_calls, (*self.chances, last), strict=True))


def early_stop(calls: int, rules: Iterable[RulePower]) -> EarlyStop:
    """How soon the rules on words would end a run of so many calls.

    Rules on events that may be rare are left out: where they are, they end nothing. Any rule may still hold a pass up.
    """
    known = [
        power
        for power in rules
        if power.level == "error" and power.rule.test in {"score", "relative_score"} and power.mde and power.margin > 0
    ]
    if not known:
        return EarlyStop(planned_looks(calls), None, None)
    slowest = max(known, key=lambda power: (power.mde or 0.0) / power.margin)
    drift = -Z_SIZE_AND_POWER * slowest.margin / (slowest.mde or 1.0)
    return EarlyStop(planned_looks(calls), stopping_chances(drift), slowest)
