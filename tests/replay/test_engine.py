"""The engine with real worker processes, real SDKs and scripted emulators."""

import math
import os
import pickle
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

import pytest
from scripted import SPEECH, plan

from harness.emulators import embedded
from harness.errors import CorpusError, InvalidRunError
from harness.joblist import clips_by_id, missing_jobs, replay_settings
from harness.planning import RunPlan
from harness.replay import crew, engine
from harness.replay.clock import LagHistogram
from harness.replay.crew import Hand, Lost
from harness.replay.engine import Finished, ReplaySettings, Tally, run
from harness.replay.jobs import PairJob, SessionJob
from harness.replay.messages import Played as PairPlayed
from harness.replay.messages import Ready, Rows, SessionEnd
from harness.replay.quota import Limit, Quota
from harness.timeline.events import Audio, AudioFormat, ErrorRaised, Header
from harness.timeline.validity import harness_faults


@pytest.fixture(autouse=True)
def harness_is_never_at_fault(monkeypatch: pytest.MonkeyPatch):
    """A busy machine can spoil a pair, which would then be run again and disturb the counts."""
    monkeypatch.setattr(engine, "harness_faults", lambda _sessions: ())


@pytest.fixture
def behaving(tmp_path: Path) -> Callable:
    """Emulators that behave as a scenario says, in addition to speaking."""

    def start(assemblyai: str = "", gladia: str = "", *arguments: str):
        scenario = tmp_path / "scenario.toml"
        scenario.write_text(
            SPEECH.format(match='match = {provider = "assemblyai"}\n' + assemblyai)
            + SPEECH.format(match='match = {provider = "gladia"}\n' + gladia)
        )
        return embedded.start("script", scenario, *arguments)

    return start


def settings(planned: RunPlan, *, pairs: int = 2, workers: int = 1) -> ReplaySettings:
    hosts = {side: planned.sides[side].host for side in planned.sides}
    return replace(replay_settings(planned, hosts), pairs=pairs, workers=workers, limits={})


@dataclass
class Played:
    """One run of the engine, and what came of it."""

    planned: RunPlan
    settings: ReplaySettings
    stop: threading.Event = field(default_factory=threading.Event)
    tally: Tally = field(default_factory=Tally)
    quotas: dict = field(default_factory=dict)

    def __iter__(self) -> Iterator[Finished]:
        clips = clips_by_id(self.planned.clips)
        yield from run(
            missing_jobs(self.planned, ("baseline", "candidate"), lambda *_: False),
            self.settings,
            lambda session: self.planned.prepared([clips[clip_id] for clip_id in session.clip_ids]),
            self.stop,
            quotas=self.quotas,
            tally=self.tally,
        )

    def finish(self) -> list[Finished]:
        return list(self)


def close(finished: list[Finished]) -> None:
    for each in finished:
        for session in (*each.sessions, *each.rejected):
            session.close()


@pytest.fixture
def alive(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The workers in the order in which they became ready."""
    pids: list[int] = []
    await_ready = crew.Crew._await_ready

    def noted(self, hand) -> None:
        await_ready(self, hand)
        pids.append(hand.pid)

    monkeypatch.setattr(crew.Crew, "_await_ready", noted)
    return pids


@pytest.fixture
def kill_at_first_rows(monkeypatch: pytest.MonkeyPatch) -> Callable:
    """Kill a worker when it first tells of a job, that is in its midst; a number of times."""

    def arm(times: int) -> None:
        heard = engine._Coordinator._heard
        killed: set[int] = set()

        def noted(self, hand, told, **more):
            if isinstance(told, engine.Rows) and len(killed) < times and hand.pid not in killed:
                killed.add(hand.pid)
                os.kill(hand.pid, signal.SIGKILL)
            elif isinstance(told, PairPlayed) and hand.pid in killed:
                hand.tickets[told.ticket] = math.inf  # a busy machine killed it after its job: as if it had not said so
                return None
            return heard(self, hand, told, **more)

        monkeypatch.setattr(engine._Coordinator, "_heard", noted)

    return arm


def test_every_job_is_played_once_over_several_workers(emulators: embedded.Emulators, alive: list[int]):
    """Three passes over two processes: three results, each complete."""
    planned = plan(emulators, passes=3)
    played = Played(planned, settings(planned, pairs=3, workers=2))
    finished = played.finish()

    assert sorted(each.job.pass_number for each in finished) == [1, 2, 3]
    assert len(set(alive)) == 2
    chunks = planned.chunks["ps_cards_001"].chunks
    counts = {sum(isinstance(event, Audio) for event in s.events) for each in finished for s in each.sessions}
    assert counts == {chunks}
    assert (played.tally.reruns, played.tally.lost, dict(played.tally.throttled)) == (0, 0, {})
    assert played.tally.cpu_s > 0
    close(finished)


def test_a_killed_worker_costs_a_replay_and_nothing_else(
    emulators: embedded.Emulators, alive: list[int], kill_at_first_rows: Callable
):
    """The process dies in the midst of its job: another one plays the job from its start, and its half is forgotten."""
    kill_at_first_rows(1)
    planned = plan(emulators)
    played = Played(planned, settings(planned))
    [finished] = played.finish()

    assert (played.tally.lost, len(set(alive))) == (1, 2)
    for session in finished.sessions:
        audio = [event.index for event in session.events if isinstance(event, Audio)]
        assert audio == list(range(planned.chunks["ps_cards_001"].chunks))
    close([finished])


def test_a_worker_that_dies_over_and_over_ends_the_run(emulators: embedded.Emulators, kill_at_first_rows: Callable):
    """Twice the same job: something on this machine kills it, and going on would not help."""
    kill_at_first_rows(2)
    planned = plan(emulators)

    with pytest.raises(InvalidRunError, match="'ps_cards_001' died 2 times"):
        Played(planned, settings(planned)).finish()


def test_a_stopped_run_drops_what_is_in_flight(emulators: embedded.Emulators, alive: list[int]):
    """Stopped in the midst of a job: nothing is handed out, and no process is left."""
    planned = plan(emulators, select="id=jfk")
    played = Played(planned, settings(planned))
    heard = engine._Coordinator._heard

    def stopping(self, hand, told, **more):
        played.stop.set()
        return heard(self, hand, told, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine._Coordinator, "_heard", stopping)
        assert played.finish() == []
    assert [pid for pid in alive if Path(f"/proc/{pid}").exists()] == []


def test_a_defect_in_a_worker_is_told_with_its_traceback(
    emulators: embedded.Emulators, monkeypatch: pytest.MonkeyPatch
):
    """A job for a side that nobody set up: the run ends with the reason, not with a hang; and with no key in it."""
    monkeypatch.setattr(engine._Coordinator, "_take_places", lambda *_: True)
    planned = plan(emulators)
    ours = settings(planned)
    baseline = ours.sides["baseline"]
    baseline = replace(baseline, spec=replace(baseline.spec, api_keys={"A_API_KEY": "candidate"}))
    broken = replace(ours, sides={"baseline": baseline})
    job = PairJob("ps_cards_001", 1, (SessionJob("candidate", ("ps_cards_001",)),), 1.0)

    with pytest.raises(InvalidRunError, match=r"(?s)A defect.*KeyError: '\[key\]'"):
        list(run([job], broken, lambda _session: planned.prepared(planned.clips), threading.Event()))


class Patient(Quota):
    """A quota that does not wait after a refusal, and counts them."""

    def refused(self) -> float:
        self.refusals = getattr(self, "refusals", 0) + 1
        return 0.0


def test_a_refusal_for_a_quota_is_dialled_again(behaving: Callable):
    """Gladia answers 429 twice before it has room: scheduling, no failure; the partner's session is given up each time."""
    with behaving(gladia="open = {status = 429, times = 2}\n") as emulators:
        planned = plan(emulators)
        quota = Patient(Limit())
        played = Played(planned, settings(planned), quotas={"gladia": quota})
        [finished] = played.finish()

    assert (dict(played.tally.throttled), quota.refusals) == ({"gladia": 2}, 2)
    assert [event for session in finished.sessions for event in session.events if isinstance(event, ErrorRaised)] == []
    close([finished])


@pytest.mark.parametrize("excess", ["1008", "3009"])
def test_assemblyais_refusals_for_a_quota_are_known_by_code_or_text(behaving: Callable, excess: str):
    """A third session in the minute is refused with either documented code, until a limit that allows it."""
    with behaving(
        "", "", "--set", "assemblyai.new_sessions_per_minute=1", "--set", f"assemblyai.excess_code={excess}"
    ) as emulators:
        planned = plan(emulators, passes=2)
        played = Played(planned, settings(planned, pairs=2), quotas={"assemblyai": Patient(Limit())})
        for finished in played:
            close([finished])
            played.stop.set()  # one got in; the other is refused for a minute, and need not be waited for

    assert played.tally.throttled["assemblyai"] >= 1


def test_a_bad_key_is_a_failure_and_not_a_quota(behaving: Callable):
    """1008 with another text is recorded as the service's refusal and dialled once."""
    with behaving("", "", "--reject-key", "key-for-the-emulators") as emulators:
        planned = plan(emulators)
        played = Played(planned, settings(planned))
        [finished] = played.finish()

    assert dict(played.tally.throttled) == {}
    assert all(any(isinstance(event, ErrorRaised) for event in session.events) for session in finished.sessions)
    close([finished])


def test_a_pair_that_the_harness_spoilt_is_run_once_more(
    emulators: embedded.Emulators, monkeypatch: pytest.MonkeyPatch
):
    """Hosts that this machine can't find: two attempts, both kept, and the second counts; a service's refusal has one."""
    monkeypatch.setattr(engine, "harness_faults", harness_faults)
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    planned = plan(emulators)
    ours = settings(planned)
    hosts = {"baseline": "ws://no-such-host.invalid", "candidate": "http://no-such-host.invalid"}
    lost = {side: replace(own, spec=replace(own.spec, host=hosts[side])) for side, own in ours.sides.items()}
    played = Played(planned, replace(ours, sides=lost))
    [finished] = played.finish()

    assert (1, 2, 2) == (played.tally.reruns, len(finished.rejected), len(finished.sessions))
    assert {"unresolved_host"} <= {
        event.type for event in finished.sessions[0].events if isinstance(event, ErrorRaised)
    }
    assert sum("could not be resolved" in fault for fault in finished.faults) == 2
    close([finished])


def test_what_does_not_end_is_cut_off_at_its_deadline(emulators: embedded.Emulators, monkeypatch):
    """Five seconds after its start, a job of fourteen is overdue: its sockets are torn down and what was recorded is kept."""
    planned = plan(emulators, select="id=jfk")
    ours = settings(planned)
    monkeypatch.setattr(engine._Coordinator, "_deadline_s", lambda _self, _job: 5.0)
    [finished] = Played(planned, ours).finish()

    for session in finished.sessions:
        events = list(session.events)
        assert 0 < sum(isinstance(event, Audio) for event in events) < session.header.audio.chunks
        assert "deadline" in {event.type for event in events if isinstance(event, ErrorRaised)}
    close([finished])


class Answering:
    """A crew of one that answers each job as told, in the order in which they are started."""

    granted, cpu_s = Ready(1, memory_locked=True, niceness=-10), 0.5

    def __init__(self, *answers: Callable[[int], list]) -> None:
        self.answers = iter(answers)
        self.hand = Hand(None)
        self.started: list[int] = []
        self.deadlines_s: list[float] = []
        self.at_once = 0

    def __call__(self, *_arguments) -> "Answering":
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc) -> None: ...

    def stop(self) -> None: ...

    def play(self, ticket: int, _job: PairJob, _audio: tuple, deadline_s: float) -> None:
        self.started.append(ticket)
        self.deadlines_s.append(deadline_s)
        self.hand.tickets[ticket] = 0.0
        self.hand.lags[ticket] = LagHistogram()

    def listen(self, _timeout_s: float) -> Iterator[tuple]:
        self.at_once = max(self.at_once, len(self.hand.tickets))
        for ticket in list(self.hand.tickets):
            del self.hand.tickets[ticket]
            yield from ((self.hand, told) for told in next(self.answers)(ticket))


def played_with(*throttled: str) -> Callable[[int], list]:
    """Both sessions are over; these providers had no room."""
    header = Header("c", "baseline", "assemblyai", 1, AudioFormat("pcm_s16le", 16000, 100.0, 1600, 1, 1))
    ends = [SessionEnd(replace(header, side=side, extra={"stamps": {}}), (), ()) for side in ("baseline", "candidate")]
    return lambda ticket: [PairPlayed(ticket, tuple(ends), throttled, cut_off=False)]


def lost(ticket: int) -> list:
    """The worker died; a row that was under way arrives afterwards."""
    return [Lost((ticket,)), Rows(ticket, 0, pickle.dumps([]), pickle.dumps([]))]


class Nothing:
    """Audio of no length."""

    def close(self) -> None: ...


def answered(
    answering: Answering,
    planned: RunPlan,
    monkeypatch: pytest.MonkeyPatch,
    *,
    pairs: int = 1,
    prepare: Callable = lambda _session: Nothing(),
    **quotas: Quota,
) -> tuple[list[Finished], Tally]:
    """What comes of so many pairs."""
    monkeypatch.setattr(engine, "Crew", answering)
    sessions = (SessionJob("baseline", ("c",)), SessionJob("candidate", ("c",)))
    jobs, tally = [PairJob("c", number, sessions, 1.0) for number in range(1, pairs + 1)], Tally()
    ours = settings(planned, pairs=pairs)
    return list(run(jobs, ours, prepare, threading.Event(), quotas=quotas, tally=tally)), tally


@pytest.mark.parametrize("full", ["assemblyai", "gladia"])
def test_a_pair_waits_until_both_services_have_room(
    emulators: embedded.Emulators, monkeypatch: pytest.MonkeyPatch, full: str
):
    """With room for one session at either, pairs run one after the other, and no place at the other is kept meanwhile."""
    answering = Answering(*[played_with()] * 3)
    quotas = {name: Quota(Limit(concurrent_sessions=1 if name == full else 2)) for name in ("assemblyai", "gladia")}
    finished, tally = answered(answering, plan(emulators), monkeypatch, pairs=3, **quotas)

    close(finished)
    assert (3, 1) == (len(finished), answering.at_once)
    assert all(quota.take(quota.limit.concurrent_sessions) for quota in quotas.values())
    assert (True, -10, 0.5) == (tally.memory_locked, tally.niceness, tally.cpu_s)


def test_what_arrives_of_a_job_that_was_lost_is_dropped(emulators: embedded.Emulators, monkeypatch: pytest.MonkeyPatch):
    """Its next attempt starts empty."""
    answering = Answering(lost, played_with())
    [finished], tally = answered(answering, plan(emulators), monkeypatch)

    assert ([1, 2], 1) == (answering.started, tally.lost)
    assert [[], []] == [list(session.events) for session in finished.sessions]
    close([finished])


def test_a_service_that_never_has_room_is_recorded_so_in_the_end(
    emulators: embedded.Emulators, monkeypatch: pytest.MonkeyPatch
):
    """After the last refusal that is waited for, the pair counts as it is; only the other service's pause is over."""
    monkeypatch.setattr(engine, "_MOST_THROTTLED", 1)
    accepted = []

    class Told(Patient):
        def accepted(self) -> None:
            accepted.append(self)

    quotas = {name: Told(Limit()) for name in ("assemblyai", "gladia")}
    answering = Answering(*[played_with("gladia")] * 2)
    finished, tally = answered(answering, plan(emulators), monkeypatch, **quotas)

    assert (1, {"gladia": 1}, [quotas["assemblyai"]]) == (len(finished), dict(tally.throttled), accepted)
    close(finished)


def test_audio_that_cannot_be_prepared_ends_the_run(emulators: embedded.Emulators, monkeypatch: pytest.MonkeyPatch):
    """A file that is gone since the plan was made: its own message, and nothing is played."""

    def gone(_session: SessionJob):
        raise CorpusError("a.wav: there is no such file.")

    answering = Answering()
    with pytest.raises(CorpusError, match=r"a\.wav: there is no such file"):
        answered(answering, plan(emulators), monkeypatch, pairs=2, prepare=gone)
    assert [] == answering.started


def test_a_pair_has_time_for_its_audio_two_dials_and_a_goodbye(
    emulators: embedded.Emulators, monkeypatch: pytest.MonkeyPatch
):
    """And some seconds more, before it is cut off; the slower dial of the two counts."""
    planned, answering = plan(emulators), Answering(played_with())
    ours = settings(planned)
    dials_s = [side.spec.connect_timeout_s for side in ours.sides.values()]
    finished, _ = answered(answering, planned, monkeypatch)

    assert [1.0 + 2 * max(dials_s) + engine.CLOSE_DEADLINE_S + 15.0] == answering.deadlines_s
    close(finished)


def test_every_lost_worker_is_counted_and_says_what_to_do(
    emulators: embedded.Emulators, monkeypatch: pytest.MonkeyPatch
):
    """Two pairs that each lose one are played; one that loses two ends the run."""
    one_at_a_time = Quota(Limit(concurrent_sessions=1))
    answering = Answering(lost, played_with(), lost, played_with())
    finished, tally = answered(answering, plan(emulators), monkeypatch, pairs=2, gladia=one_at_a_time)
    close(finished)

    assert (2, 2) == (len(finished), tally.lost)
    with pytest.raises(InvalidRunError) as ended:
        answered(Answering(lost, lost), plan(emulators), monkeypatch)
    assert str(ended.value) == (
        "The process that recorded 'c' died 2 times. Look for what kills it (memory?), then continue with --resume."
    )


@pytest.mark.parametrize(("found", "faults"), [([("late",), ()], ()), ([("late",), ("late again",)], ("late again",))])
def test_what_the_harness_spoilt_is_kept_beside_what_counts(
    emulators: embedded.Emulators, monkeypatch: pytest.MonkeyPatch, found: list, faults: tuple
):
    """The first attempt is rejected; the second counts, whether or not it was spoilt as well; each has a session a side."""
    told = iter(found)
    monkeypatch.setattr(engine, "harness_faults", lambda _sessions: next(told))
    answering = Answering(played_with(), played_with())
    [finished], tally = answered(answering, plan(emulators), monkeypatch)

    assert (faults, 1, 2) == (finished.faults, tally.reruns, len(answering.started))
    assert [("baseline", True), ("candidate", True), ("baseline", False), ("candidate", False)] == [
        (session.header.side, rejected) for session, rejected in finished.timelines()
    ]
    finished.close()
