"""One metric of a run, as `summary.json` holds it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from harness.errors import UnknownNameError
from harness.providers.parameters import nearest
from harness.results.comparison import Comparison, WorstClip
from harness.results.numbers import Explained, Missing, Number, number, shown
from harness.results.verdict import RuleVerdict
from harness.timeline.events import SIDES, Side

_OTHER: dict[Side, Side] = {"baseline": "candidate", "candidate": "baseline"}


@dataclass(frozen=True, repr=False)
class Metric:
    """One metric on both sides.

    Of a ratio or a count, `difference`, `low` and `high` are numbers. Of a latency, `p50`, `p90`, `p95` and `p99` are comparisons, as
    far as the metric has them. Any other figure that the metric has in `summary.json` is an attribute too. What does not exist in
    this run is `Missing`; a name that no such metric has is an error with the nearest one.

    Attributes:
        name: As in `docs/methodology.md`.
        block: As in `summary.json`.
        run: The run, for messages.
        rules: The gate's verdicts on this metric; they know which clips to listen to.
    """

    name: str
    block: Mapping[str, Any] = field(repr=False)
    run: str
    rules: tuple[RuleVerdict, ...] = ()

    @property
    def unit(self) -> str:
        """`ms`, `ratio` (0.01 is one percentage point), `count`, `per_min`, ..."""
        return str(self.block["unit"])

    @property
    def baseline(self) -> "SideFigures":
        """The baseline's figures, with the counts they come from."""
        return self._side("baseline")

    @property
    def candidate(self) -> "SideFigures":
        """The candidate's figures, with the counts they come from."""
        return self._side("candidate")

    @property
    def difference(self) -> Number | Missing:
        """Candidate minus baseline, of a ratio or a count."""
        return self.comparison("value").difference

    @property
    def low(self) -> Number | Missing:
        """Lower end of the difference's 90 % interval."""
        return self.comparison("value").low

    @property
    def high(self) -> Number | Missing:
        """Upper end of the difference's 90 % interval."""
        return self.comparison("value").high

    @property
    def p50(self) -> Comparison:
        """The median, of a latency."""
        return self.comparison("p50")

    @property
    def p90(self) -> Comparison:
        """The 90th percentile, of a latency."""
        return self.comparison("p90")

    @property
    def p95(self) -> Comparison:
        """The 95th percentile, of a latency."""
        return self.comparison("p95")

    @property
    def p99(self) -> Comparison:
        """The 99th percentile, of a latency; two of them are never compared, so it has no difference."""
        return self.comparison("p99")

    def comparison(self, key: str = "value") -> Comparison:
        """Both sides of one figure.

        Args:
            key: `value` of ratios and counts; `p50`, ... of latencies.

        Raises:
            UnknownNameError: The metric has no such figure.
        """
        baseline, candidate = (self.block.get(side, {}) for side in ("baseline", "candidate"))
        if key not in baseline or key not in candidate:
            raise self._unknown("difference" if key == "value" else key)
        gap, told = self.block.get("difference"), "no difference is drawn of it"
        if gap is not None and key != "value":
            gap, told = gap.get(key), f"a {key} is never compared"
        gap, level, calls = gap or {"reason": told}, self._of_difference("level"), self._of_difference("calls")
        why = gap.get("reason", "no interval is drawn of it")
        return Comparison(
            name=self.name if key == "value" else f"{self.name} {key}",
            unit=self.unit,
            run=self.run,
            figures={
                "baseline": baseline[key],
                "candidate": candidate[key],
                "difference": gap.get("value"),
                "low": gap.get("low"),
                "high": gap.get("high"),
            },
            reasons={
                "baseline": baseline.get("reason", "it has no value"),
                "candidate": candidate.get("reason", "it has no value"),
                "difference": why,
                "low": why,
                "high": why,
            },
            level=level,
            calls=calls,
            worst=self._worst(key),
        )

    def _of_difference(self, key: Literal["level", "calls"]) -> Any:
        return self.block.get("difference", {}).get(key)

    def _worst(self, key: str) -> tuple[WorstClip, ...]:
        """Clips of the rule on this very quantile, else of any rule on this metric."""
        exact = [rule for rule in self.rules if rule.quantile is not None and key == f"p{100 * rule.quantile:g}"]
        return next((rule.worst for rule in (*exact, *self.rules) if rule.worst), ())

    def _side(self, side: Side) -> "SideFigures":
        if not isinstance(self.block.get(side), Mapping):
            raise self._unknown(side)
        return SideFigures(self, side)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # Python's own protocols ask for names that are not there
            raise AttributeError(name)
        if name in _figures(self.block):
            return _figure(self.block, name, f"{name} of {self.name} in {self.run}", self)
        raise self._unknown(name)

    def _unknown(self, name: str) -> UnknownNameError:
        held = _figures(self.block.get("baseline", {}))
        quantiles = [key for key in held if key[0] == "p" and key[1:].isdigit()]
        differences = ["difference", "low", "high"] if "value" in held else []
        known = [*differences, *quantiles, *(side for side in SIDES if side in self.block), *_figures(self.block)]
        return UnknownNameError(f"{self.name} has no {name!r}. {nearest(name, known)}")

    def details(self) -> tuple[str, ...]:
        """Lines for people: every figure of both sides, and the run."""
        own = [f"  {name} {shown(self.block[name])}" for name in _figures(self.block)]
        return (
            f"{self.name} in {self.run}",
            *(f"  {self._side(side)!r}" for side in SIDES if side in self.block),
            *own,
        )

    def __repr__(self) -> str:
        if all("value" in self.block.get(side, {}) for side in SIDES):
            return repr(self.comparison())
        return f"<{'; '.join(line.strip() for line in self.details())}>"


@dataclass(frozen=True, repr=False)
class SideFigures:
    """The figures of one side: `value` and its counts (such as `errors` and `reference_words`), or `n`, `missing` and quantiles.

    Counts are plain ints. Other figures are numbers that can explain themselves, or `Missing`. A name that the metric does not
    have is an error with the nearest one.

    Attributes:
        metric: The metric they are of.
        side: Which side.
    """

    metric: Metric
    side: Side

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        block = self.metric.block[self.side]
        if name in _figures(block):
            of = self.metric.comparison(name) if name in self.metric.block[_OTHER[self.side]] else self.metric
            return _figure(block, name, f"{name} of the {self.side}'s {self.metric.name} in {self.metric.run}", of)
        raise UnknownNameError(
            f"The {self.side} of {self.metric.name} has no {name!r}. {nearest(name, _figures(block))}"
        )

    def __repr__(self) -> str:
        block = self.metric.block[self.side]
        return f"{self.side}: " + ", ".join(f"{name} {shown(block[name])}" for name in _figures(block))


def _figures(block: Mapping[str, Any]) -> list[str]:
    """Names of what is a number in a block, or would be one if it existed."""
    return [name for name, value in block.items() if _is_number(value)]


def _is_number(value: Any) -> bool:
    if value is None or isinstance(value, str):
        return value in {None, "inf", "-inf"}
    return isinstance(value, int | float) and not isinstance(value, bool)


def _figure(block: Mapping[str, Any], name: str, what: str, of: Explained) -> "int | Number | Missing":
    value = block[name]
    if value is None:
        return Missing(what, block.get("reason", "the run holds none"))
    return value if isinstance(value, int) else number(value, of)
