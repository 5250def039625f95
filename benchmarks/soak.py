"""Does a process that records for an hour grow? Replays with random faults; memory, threads, open files, children on the way.

    python benchmarks/soak.py [--minutes 60] [--pairs 4] [--seed 1] [--samples FILE]

Linux only: it reads /proc. It needs the group `tests`, for the matrix of faults and psutil.

Five sixths of the time are one run: the same coordinator, the same workers and the same emulators all along, which is where a leak of
a session or a pair adds up. The last sixth is short runs one after another in the same process, each recorded and scored as by a
script that calls the API in a loop: what a run leaves behind adds up there.

The pairs are all cells of the matrix of faults (docs/faults.md) and 51 plain ones, shuffled anew by the seed in every pass. At the
end each recorded pair is scored and held against what the matrix says of its fault.
"""

import argparse
import math
import os
import random
import sys
import tempfile
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import psutil
import pytest
from growth import Samples, growth

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "faults"))
from fault_matrix import AUDIO_S, CELLS, Cell, Order, Row
from fault_outcome import complaints, faults_of_first_attempt
from fault_run import SCENARIO, Usher, planned, ushered, write_corpus

from harness import pipeline, scoring
from harness.atomic import TEMPORARY
from harness.emulators import embedded
from harness.metrics.tables import read_scores
from harness.planning import RunPlan
from harness.recording import Progress, Recording
from harness.replay import engine
from harness.rundir import RunDir
from harness.timeline.events import SIDES, Side

PLAIN = len(CELLS) // 3  # beside the faults: a quarter of all
SHARE_OF_LONG_RUN = 5 / 6
SHORT_RUN_PAIRS = 8
ORDERS_KEPT = 128  # of the emulators; those given before are of sessions that are over
SHORTEST_JUDGED_MIN = 30.0  # in less, heaps are filled for the first time for most of it, and pairs come and go
KEPT = ("--keep", "64")  # few accounts, so that a server is measured, not its memory of sessions
GIVEN_UP = ("--set", "gladia.resume_s=20")  # sessions without a socket, which would be open when all else is over


def cells() -> dict[str, Cell]:
    """By the names of the clips that are played for them."""
    plain = Row("nothing", "plain", {})
    return {cell.clip_id: cell for cell in CELLS} | {f"plain-{number}": Cell(plain, ()) for number in range(PLAIN)}


@dataclass
class Doorkeeper(Usher):
    """Shows pairs in until it is time to close; keeps nothing that grows with them.

    Attributes:
        cells: What a clip meets.
        open_s: So long after the first pair no other comes in; those inside finish.
        seed: Shuffles the passes.
        order: All pairs of the run in their order.
        begun: How many of them came in.
        seen: Sessions that the emulators must have counted, by provider.
    """

    cells: Mapping[str, Cell] = field(default_factory=cells)
    open_s: float = math.inf
    seed: int = 1
    order: Sequence[engine.PairJob] = ()
    begun: int = 0
    seen: Counter[str] = field(default_factory=Counter)
    _opened_s: float = math.inf
    _recent: deque[tuple[str, int]] = field(default_factory=lambda: deque(maxlen=256))
    _given: deque[str] = field(default_factory=deque)

    @property
    def is_closed(self) -> bool:
        """Whether it is time."""
        return bool(self.begun) and monotonic() > self._opened_s + self.open_s

    def shuffled(self, jobs: Sequence[engine.PairJob], *_: object) -> list[engine.PairJob]:
        """Pass by pass, each in an order of its own."""

        def place(job: engine.PairJob) -> tuple[int, float]:
            return job.pass_number, random.Random(f"{self.seed}/{job.pass_number}/{job.name}").random()

        self.order, self.begun = sorted(jobs, key=place), 0
        return list(self.order)

    def knows(self, job: engine.PairJob) -> bool:
        """Whether a pair was in before."""
        return (job.name, job.pass_number) in self._recent

    def orders_of(self, job: engine.PairJob) -> Mapping[Side, Order]:
        """The faults of its cell the first time, then none."""
        if self.knows(job):
            return {}
        if not self.begun:
            self._opened_s = monotonic()
        self._recent.append((job.name, job.pass_number))
        self.begun += 1
        return self.cells[job.name].orders

    def announce(self, job: engine.PairJob) -> list[str]:
        """As the usher; orders of old are withdrawn."""
        given = super().announce(job)
        self.seen.update(provider for provider, sign in self.awaited if sign == "sessions")
        self._given.extend(given)
        while len(self._given) > ORDERS_KEPT:
            self.emulators.cancel(self._given.popleft())
        return given

    def forget(self) -> None:
        """The next run has pairs of the same names."""
        self._recent.clear()


@contextmanager
def kept_by(doorkeeper: Doorkeeper) -> Iterator[None]:
    """Pairs come in by the doorkeeper, and those that were not in when it closes are not played."""
    with ushered(doorkeeper), pytest.MonkeyPatch.context() as patch:
        coordinator: Any = engine._Coordinator  # noqa: SLF001 - as the usher does
        take = coordinator._take_places  # noqa: SLF001

        def take_until_closed(self: Any, job: engine.PairJob) -> bool:
            if not doorkeeper.is_closed or doorkeeper.knows(job):
                return take(self, job)
            for attempt in [each for each in self._waiting if not doorkeeper.knows(each.job)]:
                self._waiting.remove(attempt)
                for audio in attempt.audio:
                    audio.close()
            return False

        patch.setattr(engine, "schedule", doorkeeper.shuffled)
        patch.setattr(coordinator, "_take_places", take_until_closed)
        patch.setattr(scoring, "_FEWEST_FOR_PROCESSES", math.inf)  # here, where a busy machine spoils nothing
        yield


def record(plan: RunPlan, folder: Path, doorkeeper: Doorkeeper) -> tuple[RunDir, int]:
    """Record a run, as the program does; returns it and how many of its pairs ended."""
    ended = 0

    def count(progress: Progress) -> None:
        nonlocal ended
        ended = progress.pairs_done

    doorkeeper.forget()
    return Recording(plan, RunDir(folder), count).record(), ended


def check(run: RunDir, ended: int, doorkeeper: Doorkeeper) -> list[str]:
    """What is wrong with a run: sessions lost or there twice, or charged to whom they are not."""
    played = doorkeeper.order[: doorkeeper.begun]
    wanted = {run.session_path(job.name, side, job.pass_number) for job in played for side in SIDES}
    there = {path for path in run.path.glob("sessions/*/*.gz") if ".rejected." not in path.name}
    found = [f"lost: {path}" for path in sorted(wanted - there)] + [
        f"never played: {path}" for path in sorted(there - wanted)
    ]
    if ended != len(played) or not played:
        found.append(f"{len(played)} pairs were begun, {ended} ended")
    if lost := run.read_run()["accounting"]["lost"]:
        found.append(f"{lost} pairs were lost with a worker")
    found += [f"left over: {path}" for path in run.path.rglob(f".*{TEMPORARY}")]
    pipeline.score(run)
    rows: dict[tuple[str, int], dict[Side, list]] = {}
    for row in read_scores(run.path / "scores").sessions:
        rows.setdefault((row.clip_id, row.pass_number), {}).setdefault(row.side, []).append(row)
    for job in played:
        of_pair = rows.get((job.name, job.pass_number), {})
        if any(len(of_pair.get(side, ())) != 1 for side in SIDES):
            found.append(f"{job.name} in pass {job.pass_number}: not one session a side is scored")
            continue
        again = faults_of_first_attempt(run, job.name, job.pass_number)
        wrong = complaints(doorkeeper.cells[job.name], {side: of_pair[side][0] for side in SIDES}, again)
        found += [f"{job.name} in pass {job.pass_number}: {each}" for each in wrong]
    return found


def short_runs(plan: RunPlan, folder: Path, doorkeeper: Doorkeeper, samples: Samples, until_s: float) -> list[str]:
    """One after another, of eight pairs each, sampled in between."""
    drawn, found, number, pairs = random.Random(doorkeeper.seed), [], 0, 0
    while monotonic() < until_s or not number:
        number += 1
        clips = tuple(drawn.sample(plan.clips, SHORT_RUN_PAIRS))
        run, ended = record(replace(plan, clips=clips), folder / f"short-{number}", doorkeeper)
        found += check(run, ended, doorkeeper)
        pairs += ended
        samples.take("short runs")
    print(f"{number} short runs, {pairs} pairs", flush=True)
    return found


def miscounted(emulators: embedded.Emulators, seen: Mapping[str, int]) -> list[str]:
    """Whether the emulators saw as many sessions as were played, and hold none of them open any more."""
    for _ in range(
        90
    ):  # deaf ones come back to their senses after a minute, those without a socket are given up after twenty seconds
        sessions = emulators.metrics()["sessions"]
        if not any(count["open"] for count in sessions.values()):
            break
        sleep(1.0)
    counted = {name: (count["total"], count["open"]) for name, count in sessions.items()}
    print("sessions that the emulators counted, and still open:", counted)
    return [
        f"{name}: {seen[name]} sessions were played, {count}"
        for name, count in counted.items()
        if count != (seen[name], 0)
    ]


def orphans(temporary: Path) -> list[str]:
    """Processes that this one started and that are still there."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.environ().get("TMPDIR") == str(temporary):
                found.append(f"left running: {process.pid} {' '.join(process.cmdline())}")
        except psutil.Error:
            continue  # somebody else's, or gone
    return found


def soak(given: argparse.Namespace, folder: Path, temporary: Path) -> list[str]:
    """Both parts; returns what is wrong."""
    names = cells()
    (folder / "scenario.toml").write_text(SCENARIO, encoding="utf-8")
    write_corpus(folder / "corpus", list(names))
    long_s, judged = 60 * given.minutes * SHARE_OF_LONG_RUN, given.minutes >= SHORTEST_JUDGED_MIN
    # More pairs than have audio enough can't be played in the time.
    passes = math.ceil(long_s / AUDIO_S * given.pairs / len(names))
    with embedded.start("script", folder / "scenario.toml", *KEPT, *GIVEN_UP) as emulators:
        began_s = monotonic()
        samples = Samples(given.samples or folder / "samples.csv", emulators.pid, temporary)
        doorkeeper = Doorkeeper(emulators, {}, seed=given.seed, open_s=long_s)
        with kept_by(doorkeeper):
            plan = planned(folder / "corpus", emulators, **{"replay.pairs": given.pairs, "replay.passes": passes})
            with samples.during("one run"):
                run, ended = record(plan, folder / "run", doorkeeper)
            minutes = (monotonic() - began_s) / 60
            print(f"one run of {minutes:.1f} minutes, {ended} pairs, {run.tally()}", flush=True)
            found = check(run, ended, doorkeeper)
            print(f"checked after {(monotonic() - began_s) / 60:.1f} minutes", flush=True)
            found += growth(samples, "one run", judged=judged)
            doorkeeper.open_s = math.inf
            plan = planned(folder / "corpus", emulators, **{"replay.pairs": given.pairs})
            found += short_runs(plan, folder, doorkeeper, samples, monotonic() + 60 * given.minutes - long_s)
        found += growth(samples, "short runs", judged=judged)
        found += miscounted(emulators, doorkeeper.seen)
    return found + orphans(temporary)


def main() -> int:
    """Print the figures; returns 1 if something grew, was lost, doubled or misjudged."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--pairs", type=int, default=4, help="at once")
    parser.add_argument("--seed", type=int, default=1, help="shuffles the passes and draws the short runs")
    parser.add_argument("--samples", type=Path, help="keep the samples as CSV; by default they are thrown away")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, temporary = Path(name), Path(name) / "temporary"
        temporary.mkdir()
        os.environ["TMPDIR"] = tempfile.tempdir = str(temporary)  # of all processes: whatever they leave is seen
        found = soak(given, folder, temporary)
        tempfile.tempdir = None
    for each in found:
        print("WRONG", each)
    well = "nothing was lost, doubled or misjudged"
    well += (
        ", and nothing grew"
        if given.minutes >= SHORTEST_JUDGED_MIN
        else f"; growth is judged from {SHORTEST_JUDGED_MIN:g} minutes on"
    )
    print(well if not found else f"{len(found)} things are wrong")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
