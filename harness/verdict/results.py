"""The verdict as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from harness.failures import Cause
from harness.fault_words import is_of_network
from harness.verdict.approval import Approval, ApprovalUse
from harness.verdict.rules import Level, Rule

RuleOutcome = Literal["pass", "fail", "inconclusive", "not_applicable"]
SliceOutcome = Literal["fail", "not_worse", "underpowered"]
RunOutcome = Literal["pass", "fail", "inconclusive", "invalid"]

_FARTHEST = 20  # times the calls there are: what is estimated beyond that is no number to plan by

EXIT_CODES: dict[RunOutcome, int] = {"pass": 0, "fail": 1, "invalid": 3, "inconclusive": 4}


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording that speaks against the candidate, and its part: events for ratios and counts, ms for latencies."""

    clip_id: str
    baseline: float
    candidate: float


@dataclass(frozen=True, slots=True)
class SpoiltPair:
    """A pair of sessions that the harness itself spoilt, so that it counts for neither side.

    Attributes:
        clip_id: Which clip.
        pass_number: Which repetition.
        late_ms: The latest chunk of either session against its schedule; None if lateness is not what was wrong.
        findings: What was wrong, each a phrase.
    """

    clip_id: str
    pass_number: int
    late_ms: float | None
    findings: tuple[str, ...]

    @property
    def by_network(self) -> bool:
        """Whether the network of this machine, and not its load, was what went wrong."""
        return any(map(is_of_network, self.findings))


@dataclass(frozen=True, slots=True)
class InvalidReason:
    """One reason why a run can't be trusted.

    Attributes:
        kind: Decides what to do next.
        explanation: One phrase for people.
        pairs: The spoilt pairs behind it, worst first.
    """

    kind: Literal["incomplete", "unreached", "spoilt_pairs", "emulators", "self_test", "other"]
    explanation: str
    pairs: tuple[SpoiltPair, ...] = ()


@dataclass(frozen=True, slots=True)
class Service:
    """What a side was reached at, for people.

    Attributes:
        provider: Its name.
        host: Where; None: the embedded emulator, or unknown.
        keys: The environment variables its keys came from; none for services on this machine, which are sent a made-up key;
            None: unknown.
    """

    provider: str
    host: str | None = None
    keys: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """How a run was recorded, to say how to record it again.

    Attributes:
        command: As it was typed, `harness` first; the plainest one if unknown.
        pairs: Pairs at once; None if unknown.
        plays_again: Whether `--resume` plays pairs again that the harness or the network spoilt.
        services: By side; empty if unknown.
    """

    command: tuple[str, ...] = ("harness", "compare")
    pairs: int | None = None
    plays_again: bool = False
    services: Mapping[str, Service] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FailedSide:
    """A side of which sessions failed, in ways that the harness had no part in, or never became ready.

    Attributes:
        side: Which.
        failed: How many sessions.
        sessions: Of how many recorded ones.
        causes: Why, the most frequent first.
    """

    side: str
    failed: int
    sessions: int
    causes: tuple[Cause, ...]

    @property
    def mostly(self) -> bool:
        """Whether more than half of its sessions failed: then that is what the run is about."""
        return 2 * self.failed > self.sessions


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the data say about one rule, before its level is considered.

    Attributes:
        outcome: Three-valued, or not applicable.
        reason: Code of why it is not decided; None for pass and fail.
        calls: Calls with data.
        baseline: The baseline's value of the metric (for a quantile rule, the quantile).
        candidate: The candidate's.
        value: The difference in the rule's unit, candidate minus baseline; None if it does not exist.
        low: Lower end of its 90 % interval.
        high: Upper end.
        needed: Calls in total that decide the rule with 80 % power; None if unknown or if no number would.
        mde: Minimum detectable effect of this run, in the rule's unit.
        needed_at_least: True if `needed` is what the rule asks for before it decides anything, not an estimate from the
            spread seen.
        interval_reason: Why there is a value but no interval.
        tags: `better`, `worse_but_acceptable`, `ci_disagrees`, `secondary_unsupported`, `secondary_partial`, `rare`,
            `few_clusters`.
        statistics: Figures of the test, by name.
        worst: Recordings that speak most against the candidate, worst first.
    """

    outcome: RuleOutcome
    reason: str | None = None
    calls: int = 0
    baseline: float | None = None
    candidate: float | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    needed: int | None = None
    needed_at_least: bool = False
    interval_reason: str | None = None
    mde: float | None = None
    tags: tuple[str, ...] = ()
    statistics: Mapping[str, float | int | str | None] = field(default_factory=dict)
    worst: tuple[Recording, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """A rule, the margin and severity in force, the evidence, and the approval that covers it, if one does."""

    rule: Rule
    severity: Literal["error", "warn"]
    margin: float
    evidence: Evidence
    approval: Approval | None = None

    @property
    def needed_calls(self) -> int | None:
        """Additional calls that decide an inconclusive rule; None if it is decided or no number is known."""
        if self.evidence.outcome != "inconclusive" or self.evidence.needed is None:
            return None
        return max(0, self.evidence.needed - self.evidence.calls)

    @property
    def needed_calls_more_than(self) -> int | None:
        """What can be said in place of `needed_calls` where that is too far beyond the calls there are to plan by; None else."""
        farthest = _FARTHEST * self.evidence.calls
        estimated = not self.evidence.needed_at_least
        return farthest if estimated and (self.needed_calls or 0) > farthest else None

    @property
    def blocks(self) -> bool:
        """True if the run can't pass because of this rule."""
        return self.approval is None and self.severity == "error" and self.evidence.outcome in ("fail", "inconclusive")


@dataclass(frozen=True, slots=True)
class SliceVerdict:
    """A rule in one slice of the run: whether the candidate is worse there than the margin allows.

    Attributes:
        rule: The rule.
        slice_name: Such as `tag=noisy`.
        severity: `error` if a FAIL keeps the run from passing.
        outcome: `fail` if Holm's correction over the rule's slices rejects; `underpowered` where there is too little to test.
        calls: Calls of the slice with data.
        margin: In the rule's unit, as the next three.
        value: The difference, candidate minus baseline; None if it does not exist.
        low: Lower end of its 90 % interval, by the t test on calls; None if untested.
        high: Upper end.
        p: Of the test that the candidate is worse than the margin; None if untested.
        adjusted_p: The same after Holm's correction.
        approval: What covers it, if anything does.
    """

    rule: Rule
    slice_name: str
    severity: Literal["error", "warn"]
    outcome: SliceOutcome
    calls: int
    margin: float
    value: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    adjusted_p: float | None = None
    approval: Approval | None = None

    @property
    def name(self) -> str:
        """Rule and slice: `wer_abs[tag=noisy]`."""
        return f"{self.rule.name}[{self.slice_name}]"

    @property
    def blocks(self) -> bool:
        """True if the run can't pass because of this slice."""
        return self.approval is None and self.severity == "error" and self.outcome == "fail"


@dataclass(frozen=True, slots=True)
class Against:
    """The baseline file that a run's candidate was compared with, in place of the run's own baseline.

    Attributes:
        file: Its name.
        run_id: Of the run approved in it.
        recorded_at: When that run was recorded, ISO 8601.
        warnings: What else is different between then and now, each a phrase.
        unpaired: Sessions of this run that the file does not have.
    """

    file: str
    run_id: str
    recorded_at: str
    warnings: tuple[str, ...] = ()
    unpaired: int = 0


@dataclass(frozen=True, slots=True)
class LastLook:
    """How far a run with early stopping had come when it was judged.

    Attributes:
        look: The last look, 1 to `looks`.
        looks: How many were planned.
        calls: Played.
        planned_calls: In all.
    """

    look: int
    looks: int
    calls: int
    planned_calls: int

    @property
    def stopped_early(self) -> bool:
        """True if calls were left unplayed."""
        return self.look < self.looks


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer for a run.

    Attributes:
        run_id: Of the run judged.
        endpoint: `emulated` or `live`.
        outcome: The word.
        reason: Code, or what made the run invalid; None if the rules say it all.
        rules: In the order of the table.
        skipped: Rules that are off, with the reason.
        seed: Of the bootstraps.
        resamples: Of the bootstraps.
        invalid_reasons: What made the run invalid, one by one; empty for a valid run.
        normalizer: Id of the primary normaliser of the words judged.
        last_look: How far a run with early stopping had come; None without.
        slices: Every rule in every slice that has data for it.
        slices_level: Whether slices decide, warn, or were left out.
        approvals: What became of every approval.
        against: What the candidate was compared with, if not with the run's own baseline.
        origin: How the run was recorded.
        failed_sides: The sides of which sessions failed.
    """

    run_id: str
    endpoint: Literal["emulated", "live"]
    outcome: RunOutcome
    reason: str | None
    rules: tuple[RuleVerdict, ...]
    skipped: tuple[tuple[str, str], ...]
    seed: int
    resamples: int
    invalid_reasons: tuple[InvalidReason, ...] = ()
    normalizer: str = ""
    last_look: LastLook | None = None
    slices: tuple[SliceVerdict, ...] = ()
    slices_level: Level = "off"
    approvals: tuple[ApprovalUse, ...] = ()
    against: Against | None = None
    origin: Origin = Origin()
    failed_sides: tuple[FailedSide, ...] = ()

    @property
    def exit_code(self) -> int:
        """What `harness gate` leaves with."""
        return EXIT_CODES[self.outcome]

    @property
    def needed_calls(self) -> int | None:
        """Additional calls that decide every blocking inconclusive rule for which a number is known."""
        known = [rule.needed_calls for rule in self.rules if rule.blocks and rule.needed_calls is not None]
        return max(known, default=None)
