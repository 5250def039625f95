"""A plan and everything that can be told of it beforehand, as one value and as one JSON object."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from harness.config import LimitConfig
from harness.forecast.cost import LIVE_CLOSING_S, LIVE_OPENING_S, SideCost, cost_json, side_cost, total_cost
from harness.forecast.disk import DiskUse, disk_use
from harness.forecast.early_stop import EarlyStop, early_stop
from harness.forecast.evidence import TRIALS, Pilot, Prospects, explain, prospects, reference_words
from harness.forecast.wall_time import Throttle, WallTime, wall_time
from harness.joblist import missing_jobs
from harness.planning import PlannedSide, RunPlan, describe, gate_settings
from harness.replay.jobs import PairJob, schedule
from harness.timeline.events import Side
from harness.verdict.power import POWER, RulePower

EMULATED_OVERHEAD_S = 0.25
"""A pair's sessions before and after its audio, on loopback. Measured on the demo: 0.22 s and 0.01 s."""

PLANNING_VALUES_NOTE = (
    "What it can prove rests on planning values, which are suppositions and not measurements of either service. Record a "
    "few calls with --live and name that run with --pilot."
)


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a plan takes and what it can prove.

    Attributes:
        plan: The plan.
        reports: Folder in which its run directory would lie.
        wall: How long recording takes.
        costs: What each side costs, or would cost with --live.
        disk: What is written, and the room for it.
        prospects: What the rules can decide.
        early_stop: How soon the run may end; None without `gate.early_stopping`.
        variants: Names of the candidates that are compared with one baseline in a sweep; empty without.
    """

    plan: RunPlan
    reports: Path
    wall: WallTime
    costs: Mapping[Side, SideCost]
    disk: DiskUse
    prospects: Prospects
    early_stop: EarlyStop | None = None
    variants: tuple[str, ...] = ()

    @property
    def sessions(self) -> int:
        """Sessions that are recorded, of both sides and all candidates."""
        sides = self.plan.record_sides
        return self.plan.pairs * (len(sides) + max(0, len(self.variants) - 1) * ("candidate" in sides))

    @property
    def usd(self) -> float | None:
        """List price of both sides; None if that of either is unknown."""
        amounts = [cost.usd for cost in self.costs.values()]
        return sum(amount for amount in amounts if amount is not None) if None not in amounts else None

    @property
    def warnings(self) -> tuple[str, ...]:
        """What should be known before the run is begun, each a sentence or two."""
        return tuple(self._warnings())

    def _warnings(self) -> Iterator[str]:
        if self.disk.is_short:
            yield (
                f"The run may not fit on the disk: it writes about {self.disk.total / 1e6:,.0f} MB, and {self.reports} has "
                f"{self.disk.free / 1e6:,.0f} MB free. Make room, or name another place with --out."
            )
        for side in self.plan.record_sides:
            planned = self.plan.sides[side]
            if planned.live and (planned.host or "").startswith(("ws://", "http://")):
                yield (
                    f"{side}.host is {planned.host}, which is not encrypted: the key and what people say can be read on the way. Use "
                    f"{'wss' if (planned.host or '').startswith('ws') else 'https'}:// if there is any."
                )
        allowed, at_once = self.wall.pairs_allowed, self.plan.config.replay.pairs
        if allowed is not None and at_once > allowed:
            yield f"replay.pairs is {at_once}, but the quotas let {allowed} pairs run at once; the others will wait."
        if len({side.provider.recv_stamp for side in self.plan.sides.values()}) > 1:
            yield (
                "One side is a program of yours and the other an SDK in this process: latencies of both are taken when the application "
                "had them, and what differs between the two processes is in them. Let both sides be programs to leave that out."
            )
        yield from self.prospects.doubts
        supposed = [rule.rule.label for rule in self.prospects.rules if rule.basis == "planning_values"]
        if self.prospects.pilot is None:
            yield PLANNING_VALUES_NOTE
        elif supposed:
            yield f"The pilot does not tell the spread of {', '.join(supposed)}; planning values stand in, which are suppositions."


def forecast(
    plan: RunPlan, reports: Path, pilot: Pilot | None = None, variants: Mapping[str, PlannedSide] | None = None
) -> Forecast:
    """What `plan` takes, and what it can prove with the spread that `pilot` saw. Streams and writes nothing.

    Args:
        plan: The plan; of a sweep, with any of its candidates.
        reports: Where run directories go.
        pilot: An earlier run.
        variants: The candidates of a sweep by name; each is played as the plan's own would be.
    """
    variants = variants or {}
    costs = {side: side_cost(plan, plan.sides[side]) for side in plan.record_sides}
    if variants:
        costs["candidate"] = total_cost([side_cost(plan, side) for side in variants.values()])
    candidates = max(1, len(variants))
    found = prospects(
        plan.clips,
        plan.config.replay.passes,
        gate_settings(plan.config),
        pilot,
        partial(reference_words, rewrites=plan.config.score.rewrite_pairs),
    )
    return Forecast(
        plan=plan,
        reports=reports,
        wall=_wall_time(plan, candidates),
        costs=costs,
        disk=disk_use(plan, reports, candidates),
        prospects=found,
        early_stop=early_stop(found.calls, found.rules) if plan.config.gate.early_stopping else None,
        variants=tuple(variants),
    )


def _wall_time(plan: RunPlan, candidates: int) -> WallTime:
    replay = plan.config.replay
    overhead_s = LIVE_OPENING_S + LIVE_CLOSING_S if plan.reaches_out else EMULATED_OVERHEAD_S
    jobs = missing_jobs(plan, plan.record_sides, lambda *_: False)
    sessions = Counter(plan.sides[session.side].provider.name for session in max(jobs, key=_size).sessions)
    throttles = [Throttle(name, count, plan.config.limits.get(name, LimitConfig())) for name, count in sessions.items()]
    ordered = schedule(jobs, replay.seed, replay.pairs)
    durations_s = [job.audio_s + overhead_s for job in ordered for _ in range(candidates)]
    return wall_time(durations_s, replay.pairs, throttles)


def _size(job: PairJob) -> int:
    return len(job.sessions)


def forecast_json(foreseen: Forecast) -> dict[str, Any]:
    """The plan and its forecast in plain values; what is unknown is null beside a reason."""
    wall, disk = foreseen.wall, foreseen.disk
    return {
        **describe(foreseen.plan),
        "sessions_in_all": foreseen.sessions,
        "variants": list(foreseen.variants),
        "wall_minutes": round(wall.seconds / 60, 2),
        "wall_bound_by": list(wall.bound_by),
        "wall_minutes_by_constraint": {key: round(s / 60, 2) for key, s in wall.seconds_by_constraint.items()},
        "pairs_allowed": wall.pairs_allowed,
        "cost": {
            **{side: cost_json(cost) for side, cost in foreseen.costs.items()},
            "usd": round(foreseen.usd, 4) if foreseen.usd is not None else None,
            "reason": None if foreseen.usd is not None else "the price of a side is unknown",
            "charged": any(cost.charged for cost in foreseen.costs.values()),
        },
        "disk": {
            "folder": str(foreseen.reports),
            "timelines_bytes": disk.timelines,
            "audio_bytes": disk.audio,
            "report_bytes": disk.report,
            "total_bytes": disk.total,
            "free_bytes": disk.free,
            "enough": not disk.is_short,
        },
        "evidence": evidence_json(foreseen.prospects),
        "early_stop": None if foreseen.early_stop is None else _early_stop_json(foreseen.early_stop),
        "warnings": list(foreseen.warnings),
    }


def _early_stop_json(found: EarlyStop) -> dict[str, Any]:
    """When looks fall and how likely each ends the run if the sides are equal; nulls where no spread is known."""
    expected = found.expected_calls
    return {
        "at_calls": list(found.at_calls),
        "chances": None if found.chances is None else [float(f"{chance:.3g}") for chance in found.chances],
        "expected_calls": None if expected is None else round(expected, 1),
        "rule": None if found.rule is None else found.rule.rule.name,
    }


def evidence_json(found: Prospects) -> dict[str, Any]:
    """What a run can prove, in plain values."""
    return {
        "calls": found.calls,
        **{name: found.trials[metric].total for name, metric in _COUNTED.items()},
        "power": POWER,
        "pilot": None if found.pilot is None else {"path": str(found.pilot.path), "endpoint": found.pilot.endpoint},
        "calls_in_all": found.needed_calls,
        "rules": [_rule_json(power) for power in found.rules],
    }


_COUNTED = {
    "reference_words": "wer",
    "turns": "final_ms",
    "utterances": "first_partial_ms",
    "entity_mentions": "entity_miss_rate",
}


def _rule_json(power: RulePower) -> dict[str, Any]:
    """One rule; `calls_in_all` decide it with 80 % power, `needed_calls` are those still missing, as in a verdict."""
    return {
        "rule": power.rule.name,
        "label": power.rule.label,
        "metric": power.rule.metric,
        "unit": power.rule.unit,
        "level": power.level,
        "margin": power.margin,
        "calls": power.trials.calls,
        "trials": power.trials.total,
        "trials_are": TRIALS[power.rule.metric],
        "mde": None if power.mde is None else float(f"{power.mde:.6g}"),
        "calls_in_all": power.needed,
        "needed_calls": None if power.needed is None else max(0, power.needed - power.trials.calls),
        "decides": power.reason is None,
        "reason": power.reason,
        "explanation": explain(power),
        "basis": power.basis,
    }
