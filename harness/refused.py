"""Stopping a live run whose key is refused: the other service would be billed for the whole corpus, and nothing be compared."""

from dataclasses import dataclass, field

from harness.failures import causes, sort_of
from harness.planning import RunPlan
from harness.replay.jobs import PairJob
from harness.rundir import RunDir
from harness.timeline.account import account
from harness.timeline.events import Side

ENOUGH = 3
"""Pairs that have to be refused, and none let in, before a key is taken for refused."""


@dataclass(slots=True)
class RefusedKeys:
    """Watches the first pairs of a run, or of the rest of one, until each live side has let one in or refused enough."""

    plan: RunPlan
    folder: RunDir
    jobs: list[PairJob] = field(default_factory=list)
    _refusals: dict[Side, list[str]] = field(init=False)

    def __post_init__(self) -> None:
        self._refusals = {side: [] for side in self.plan.record_sides if self.plan.sides[side].live}

    def seen(self, job: PairJob) -> str | None:
        """Take note of a finished pair; returns why the run has to stop, if it has to.

        `jobs` are the pairs seen while it was undecided: with a key that is right, they have to be played again.
        """
        if not self._refusals:
            return None
        self.jobs.append(job)
        for session in job.sessions:
            if session.side in self._refusals:
                self._look(session.side, session.clip_ids[0], job.pass_number)
        for side, refusals in self._refusals.items():
            if len(refusals) >= ENOUGH:
                return self._told(side, refusals)
        return None

    def _look(self, side: Side, clip_id: str, pass_number: int) -> None:
        """A session that failed of something else proves nothing about the key, one that became ready all."""
        timeline = self.folder.read_session(clip_id, side, pass_number)
        if timeline is None:
            return
        found = account(timeline.header, timeline.events)
        kind, message = found.errors[0] if found.errors else ("", "")
        if found.ready_ns is not None:
            del self._refusals[side]
        elif sort_of(failure := f"{kind}: {message}") == "key":
            self._refusals[side].append(failure)

    def _told(self, side: Side, refusals: list[str]) -> str:
        planned = self.plan.sides[side]
        why = causes(refusals, planned.host or planned.provider.default_host)[0].text
        others = [other for other in self.plan.record_sides if other != side and self.plan.sides[other].live]
        billed = "".join(
            f", before {self.plan.sides[other].provider.name} is billed for the others" for other in others
        )
        keys = " and ".join(planned.provider.key_variables(planned.params))
        return (
            f"{side}: {len(refusals)} pairs were played, and all refused: {why}. The run was stopped{billed}. Check {keys}: what was "
            "refused is played again then."
        )
