"""One figure on both sides, with their difference and its interval."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from harness.results.numbers import JsonNumber, Missing, Number, number, shown

Part: TypeAlias = Literal["baseline", "candidate", "difference", "low", "high"]


@dataclass(frozen=True, slots=True)
class WorstClip:
    """A clip that speaks against the candidate.

    Attributes:
        clip_id: Which.
        baseline: Its part of the baseline's figure: events for ratios and counts, ms for latencies.
        candidate: Its part of the candidate's.
        link: Where to hear it: the run's report, opened at the clip.
    """

    clip_id: str
    baseline: JsonNumber
    candidate: JsonNumber
    link: str

    def __str__(self) -> str:
        return f"{self.clip_id} ({shown(self.baseline)} -> {shown(self.candidate)})"


@dataclass(frozen=True, slots=True, repr=False)
class Comparison:
    """One figure of a run on both sides: a ratio, or a quantile of a latency.

    `baseline`, `candidate`, `difference` (candidate minus baseline) and the ends of its interval, `low` and `high`, are numbers in
    `unit`, infinite where the value never came; what does not exist is `Missing` and says why when it is used.

    Attributes:
        name: Such as `final_ms p95`.
        unit: `ms`, `ratio` (0.01 is one percentage point), `count`, ...
        run: The run it is of, for messages.
        figures: The five numbers, as in `summary.json`.
        reasons: Why some of them do not exist.
        level: Confidence of the interval, such as 0.9; None if there is no interval.
        calls: Independent calls behind the difference; None if it is not estimated.
        worst: Clips that speak most against the candidate, worst first; empty if no rule of the gate looks at this figure.
    """

    name: str
    unit: str
    run: str
    figures: Mapping[Part, JsonNumber]
    reasons: Mapping[Part, str] = field(default_factory=dict)
    level: float | None = None
    calls: int | None = None
    worst: tuple[WorstClip, ...] = ()

    @property
    def baseline(self) -> Number | Missing:
        """The baseline's value."""
        return self._figure("baseline")

    @property
    def candidate(self) -> Number | Missing:
        """The candidate's value."""
        return self._figure("candidate")

    @property
    def difference(self) -> Number | Missing:
        """Candidate minus baseline."""
        return self._figure("difference")

    @property
    def low(self) -> Number | Missing:
        """Lower end of the difference's interval."""
        return self._figure("low")

    @property
    def high(self) -> Number | Missing:
        """Upper end of the difference's interval."""
        return self._figure("high")

    def _figure(self, part: Part) -> Number | Missing:
        value = self.figures.get(part)
        if value is not None:
            return number(value, self)
        return Missing(f"{part} of {self.name} in {self.run}", self.reasons.get(part, "the run holds none"))

    def details(self) -> tuple[str, ...]:
        """Lines for people: both sides, the difference, its interval, the run, and what to listen to."""
        difference = shown(self.figures.get("difference"), self.unit, signed=True)
        lines = [
            f"{self.name} in {self.run}",
            f"  baseline    {shown(self.figures.get('baseline'), self.unit)}",
            f"  candidate   {shown(self.figures.get('candidate'), self.unit)}",
            f"  difference  {difference}{self._uncertainty()}",
        ]
        if self.worst:
            page, _, _ = self.worst[0].link.partition("#")
            lines += [f"  listen to   {', '.join(map(str, self.worst))}", f"  in          {page}"]
        return tuple(lines)

    def _uncertainty(self) -> str:
        calls = "" if self.calls is None else f", {self.calls} {'call' if self.calls == 1 else 'calls'}"
        low, high = (self.figures.get(part) for part in ("low", "high"))
        if low is None or high is None:
            return f"{calls} ({self.reasons['low']})" if "low" in self.reasons else calls
        share = "" if self.level is None else f"{100 * self.level:g} % "
        return f" ({share}interval {shown(low, signed=True)} to {shown(high, signed=True)}){calls}"

    def __repr__(self) -> str:
        """In one line, short enough for pytest to show in full."""
        sides = f"{shown(self.figures.get('baseline'))} -> {shown(self.figures.get('candidate'), self.unit)}"
        difference = shown(self.figures.get("difference"), signed=True)
        return f"<{self.name}: {sides}, difference {difference}{self._uncertainty()}; {self.run}>"
