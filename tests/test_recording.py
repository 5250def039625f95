"""Recording against scripted emulators: real sockets, real SDKs, real speech, real time."""

import gzip
import json
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import at_once
import pytest
from scripted import SPEECH, plan

from harness import again, pipeline
from harness.config import override
from harness.corpus.activity import SETTINGS
from harness.emulators import embedded
from harness.errors import InterruptedRunError, RunError
from harness.metrics.validity import provider_failure
from harness.planning import RunPlan
from harness.recording import Progress, Recording, _describe, adopt, hosts_of, newest_unfinished
from harness.replay import engine
from harness.rundir import RunDir
from harness.timeline.events import Audio, Closed, Connected, ConnectStarted, ErrorRaised, FinishSent, Frame, Timeline
from harness.timeline.fold import fold
from harness.timeline.validity import harness_faults


@pytest.fixture(autouse=True)
def _never_run_again(monkeypatch: pytest.MonkeyPatch):
    """A busy machine can spoil a pair, which is then run again; that is tested elsewhere and would disturb here."""
    monkeypatch.setattr(engine, "harness_faults", lambda _sessions: ())
    monkeypatch.setattr(again, "harness_faults", lambda _sessions: ())


@pytest.fixture
def faulty(tmp_path: Path) -> Callable:
    """Emulators whose Gladia side behaves as given; AssemblyAI's is well."""

    def start(gladia: str):
        scenario = tmp_path / "faulty.toml"
        scenario.write_text(
            SPEECH.format(match='match = {provider = "assemblyai"}')
            + SPEECH.format(match='match = {provider = "gladia"}\n' + gladia.partition("---")[0])
            + gladia.partition("---")[2]
        )
        return embedded.start("script", scenario)

    return start


def of(timeline: Timeline, kind: type) -> list:
    return [event for event in timeline.events if isinstance(event, kind)]


@pytest.fixture(scope="module")
def recorded(emulators: embedded.Emulators, tmp_path_factory: pytest.TempPathFactory) -> tuple[RunPlan, RunDir]:
    """One clip recorded once, for all tests that only look."""
    planned = plan(emulators)
    folder = RunDir(tmp_path_factory.mktemp("reports") / "run")
    return planned, Recording(planned, folder).record()


@pytest.fixture(scope="module")
def both(recorded: tuple[RunPlan, RunDir]) -> list[Timeline]:
    return [recorded[1].read_session("ps_cards_001", side, 1) for side in ("baseline", "candidate")]


def test_both_sides_were_sent_the_clip_byte_for_byte(recorded: tuple[RunPlan, RunDir], both: list[Timeline]):
    """The hash taken at the socket is that of the prepared audio, on both sides."""
    planned, _ = recorded
    expected = planned.stream(planned.clips[0]).sha256

    assert [timeline.header.audio_sha256 for timeline in both] == [expected, expected]
    assert [of(timeline, Audio)[-1].sha256 for timeline in both] == [expected, expected]


def test_emulators_that_were_there_already_are_asked_whether_they_kept_up(recorded: tuple[RunPlan, RunDir]):
    """In `run.json`, as of those that a run starts itself; a host on this machine that does not tell is named."""
    planned, folder = recorded
    document = folder.read_run()
    assert [side.host for side in planned.sides.values()] == [fared["host"] for fared in document["emulators"]]
    assert all(kept["n"] > 0 for fared in document["emulators"] for kept in [fared["loop_lag_ms"]])
    assert "emulators_unchecked" not in document

    silent = {**planned.sides, "candidate": replace(planned.sides["candidate"], host="http://127.0.0.1:1")}
    found: dict[str, Any] = {"emulators": []}
    with hosts_of(replace(planned, sides=silent), [found]):
        pass
    assert (1, ["http://127.0.0.1:1"]) == (len(found["emulators"]), found["emulators_unchecked"])


def test_progress_counts_the_pairs_that_were_run_again(
    emulators: embedded.Emulators, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Whoever watches learns that the machine spoils pairs before the run is over."""

    def played(_self: Recording, jobs: Any, _hosts: Any, tally: engine.Tally, document: Any, *, quotas: Any) -> Any:
        document["engine"] = {}
        for job in jobs:
            tally.reruns += 1
            yield job

    monkeypatch.setattr(Recording, "_played", played)
    seen: list[Progress] = []
    Recording(plan(emulators, passes=3), RunDir(tmp_path / "run"), seen.append).record()

    assert [0, 1, 2, 3] == [progress.reruns for progress in seen]


def test_every_chunk_is_due_on_the_absolute_schedule(both: list[Timeline]):
    """Chunk i is due (i + 1) chunk lengths after T0, on both sides alike."""
    for timeline in both:
        audio = of(timeline, Audio)
        assert [event.index for event in audio] == list(range(timeline.header.audio.chunks))
        assert [event.due_ns for event in audio] == [(i + 1) * 100_000_000 for i in range(len(audio))]
        assert all(event.sent_ns >= event.due_ns for event in audio)


def test_no_audio_leaves_before_both_are_ready(both: list[Timeline]):
    """T0 is common and at least 200 ms after the later of the two became ready."""
    assert all(timeline.header.paired for timeline in both)
    ready_ns = [of(timeline, Connected)[0].t_ns for timeline in both]
    assert max(ready_ns) == -200_000_000
    assert all(of(timeline, ConnectStarted)[0].t_ns < ready for timeline, ready in zip(both, ready_ns, strict=True))


def test_the_stop_follows_the_last_chunk_and_the_end_is_clean(both: list[Timeline]):
    """Stop after all audio; then the service's own close with code 1000; no error."""
    for timeline in both:
        [finish], [closed] = of(timeline, FinishSent), of(timeline, Closed)
        assert of(timeline, Audio)[-1].t_ns <= finish.t_ns <= closed.t_ns
        assert (closed.code, of(timeline, ErrorRaised)) == (1000, [])


def test_frames_are_kept_raw_with_both_stamps(both: list[Timeline]):
    """Every frame is JSON as received; those with a handler were handled after they arrived."""
    for timeline in both:
        frames = of(timeline, Frame)
        assert {json.loads(frame.raw)["type"] for frame in frames} & {"Turn", "transcript"}
        assert all(frame.handler_ns >= frame.wire_ns for frame in frames if frame.handler_ns is not None)
        assert any(frame.handler_ns is not None for frame in frames)
        assert [frame.t_ns for frame in frames] == [frame.wire_ns for frame in frames]


def test_the_ledger_agrees_with_what_was_recorded(emulators: embedded.Emulators, both: list[Timeline]):
    """What the services received is what the harness says it sent."""
    received = {entry["audio_sha256"] for entry in emulators.ledger()}

    assert both[0].header.audio_sha256 in received


def test_the_run_says_how_it_came_about(recorded: tuple[RunPlan, RunDir]):
    """Schema, endpoint, parameters as sent, versions and accounting are in run.json; no key is."""
    document = recorded[1].read_run()

    assert document["schema"] == "harness.run/1"
    assert (document["endpoint"], document["state"]) == ("emulated", "recorded")
    assert document["config"]["candidate"]["params_as_sent"]["endpointing"] == 0.4
    assert document["sessions"]["recorded"] | {"reruns": 0} == {"baseline": 1, "candidate": 1, "reruns": 0}
    assert "api_key" not in json.dumps(document)
    assert document["provenance"]["corpus"]["speech_found_by"] is None


def test_the_run_says_how_speech_was_found(recorded: tuple[RunPlan, RunDir]):
    """Where onsets come from a detector, every threshold and version that they depend on is kept."""
    planned, folder = recorded
    heard = replace(planned, clips=(replace(planned.clips[0], time_source="vad"),))

    assert _describe(heard, folder)["provenance"]["corpus"]["speech_found_by"] == SETTINGS.as_dict()


def test_a_finished_run_is_not_overwritten(recorded: tuple[RunPlan, RunDir]):
    """A second run of the same name is refused, and the first stays as it was."""
    planned, folder = recorded
    before = (folder.path / "run.json").read_bytes()

    with pytest.raises(RunError, match="a run of this name exists"):
        Recording(planned, folder).record()

    assert (folder.path / "run.json").read_bytes() == before


def test_resuming_with_other_settings_is_refused(emulators: embedded.Emulators, recorded: tuple[RunPlan, RunDir]):
    """Sessions of different settings are never mixed in one run."""
    with pytest.raises(RunError, match="differs in: audio"):
        Recording(plan(emulators, chunk_ms=50.0), recorded[1]).record(resume=True)


def test_a_stopped_run_keeps_what_was_finished_and_resumes_the_rest(emulators: embedded.Emulators, tmp_path: Path):
    """Three passes, stopped after the first: resuming plays the other two and touches nothing that is there."""
    planned = plan(emulators, passes=3, pairs=1)
    folder = RunDir(tmp_path / "run")
    recording = Recording(planned, folder)

    def stop_after_one(progress: Progress) -> None:
        if progress.pairs_done == 1:
            recording.stop.set()

    recording.on_progress = stop_after_one
    with pytest.raises(InterruptedRunError, match="what was finished is kept"):
        recording.record()
    kept = {path: path.stat().st_mtime_ns for path in folder.path.glob("sessions/*/*.gz")}

    assert folder.read_run()["state"] == "interrupted"
    assert len(kept) == 2
    assert newest_unfinished(tmp_path) == folder

    Recording(planned, folder).record(resume=True)

    assert folder.read_run()["state"] == "recorded"
    assert folder.tally() | {"reruns": 0} == {
        "baseline": 3,
        "candidate": 3,
        "reruns": 0,
    }  # a busy machine may spoil a pair
    assert {path: path.stat().st_mtime_ns for path in kept} == kept


def test_a_lone_side_is_completed_alone(emulators: embedded.Emulators, tmp_path: Path):
    """If one side of a pair is missing, only that side is played again, with a T0 of its own."""
    planned = plan(emulators)
    folder = Recording(planned, RunDir(tmp_path / "run")).record()
    folder.session_path("ps_cards_001", "candidate", 1).unlink()
    baseline = folder.session_path("ps_cards_001", "baseline", 1).stat().st_mtime_ns

    Recording(planned, folder).record(resume=True)

    again = folder.read_session("ps_cards_001", "candidate", 1)
    assert again.header.paired is False
    assert folder.session_path("ps_cards_001", "baseline", 1).stat().st_mtime_ns == baseline


def test_a_refused_side_does_not_stop_the_other(faulty: Callable, tmp_path: Path):
    """Gladia answers 503: its session is recorded as failed, never retried, and AssemblyAI runs alone."""
    with faulty("open = {status = 503, times = 1}\n") as emulators:
        folder = Recording(plan(emulators), RunDir(tmp_path / "run")).record()

    baseline, candidate = (folder.read_session("ps_cards_001", side, 1) for side in ("baseline", "candidate"))
    assert (candidate.header.t0_reached, of(candidate, Audio), candidate.header.audio_sha256) == (False, [], "")
    assert any("503" in error.message for error in of(candidate, ErrorRaised))
    assert (baseline.header.paired, len(of(baseline, Audio))) == (False, baseline.header.audio.chunks)
    assert of(baseline, Closed)[0].code == 1000


def test_a_terminal_close_in_the_middle_is_recorded_as_the_services_doing(faulty: Callable, tmp_path: Path):
    """The candidate is closed at 0.3 s: audio stops there, the other side goes on to its end, nothing is run again."""
    with faulty('---[[session.fault]]\nat_s = 0.3\nkind = "close"\ncode = 4408\nreason = "gone"\n') as emulators:
        folder = Recording(plan(emulators), RunDir(tmp_path / "run")).record()

    baseline, candidate = (folder.read_session("ps_cards_001", side, 1) for side in ("baseline", "candidate"))
    assert 0 < len(of(candidate, Audio)) < candidate.header.audio.chunks
    assert (of(candidate, Closed)[-1].code, of(candidate, FinishSent)) == (4408, [])
    assert {error.type for error in of(candidate, ErrorRaised)} >= {"dropped", "gladia_ended_4408"}
    assert len(of(baseline, Audio)) == baseline.header.audio.chunks
    assert folder.tally()["reruns"] == 0


def test_two_processes_do_not_write_one_run(emulators: embedded.Emulators, tmp_path: Path):
    """While a recording is under way, a second one in the same directory is refused."""
    planned = plan(emulators)
    folder = RunDir(tmp_path / "run")
    started = threading.Event()
    first = Recording(planned, folder, lambda _progress: started.set())
    thread = threading.Thread(target=first.record)
    thread.start()
    assert started.wait(60)

    with pytest.raises(RunError, match="another harness process"):
        Recording(planned, folder).record(resume=True)

    thread.join()
    assert folder.read_run()["state"] == "recorded"


def test_a_lost_and_resumed_socket_is_told_and_costs_no_stamp(faulty: Callable, tmp_path: Path):
    """The candidate's socket is cut at 1 s and the SDK resumes: one reconnect, the provider's failure, not the harness's."""
    with faulty('---[[session.fault]]\nat_s = 1.0\nkind = "drop"\n') as emulators:
        planned = plan(emulators)
        folder = Recording(planned, RunDir(tmp_path / "run")).record()

    sessions = {side: fold(folder.read_session("ps_cards_001", side, 1)) for side in ("baseline", "candidate")}
    candidate = sessions["candidate"]
    assert (candidate.reconnects, sessions["baseline"].reconnects) == (1, 0)
    assert provider_failure(candidate, expects_text=True) == "reconnected 1 times"
    # A busy machine may be late and lag, which has nothing to do with the socket.
    faults = harness_faults({"candidate": candidate})
    assert [fault for fault in faults if "late" not in fault and "lag" not in fault] == []
    assert [event.index for event in of(folder.read_session("ps_cards_001", "candidate", 1), Audio)] == list(range(41))
    assert all(sent >= due for sent, due in zip(candidate.sent_ns, candidate.due_ns, strict=True))
    assert candidate.header.audio_sha256 == planned.stream(planned.clips[0]).sha256


def test_a_key_quoted_by_the_service_is_not_stored(faulty: Callable, tmp_path: Path):
    """Whatever text comes back with our key in it, what is written has none."""
    with faulty(
        '---[[session.fault]]\nat_s = 1.0\nkind = "close"\ncode = 4408\nreason = "bad key very-secret-key"\n'
    ) as emulators:
        planned = plan(emulators)
        sides = {
            side: replace(planned.sides[side], api_keys={"A_API_KEY": "very-secret-key"}) for side in planned.sides
        }
        folder = Recording(replace(planned, sides=sides), RunDir(tmp_path / "run")).record()

    written = [gzip.decompress(p.read_bytes()) for p in folder.path.glob("sessions/*/*.gz")]
    written += [p.read_bytes() for p in folder.path.glob("*.json*")]
    assert [text for text in written if b"very-secret-key" in text] == []
    assert any(b"bad key [key]" in text for text in written)


def test_a_run_that_takes_too_long_is_stopped_as_by_hand(tmp_path: Path, engine: at_once.Engine):
    """What was finished by then is kept, and the message names the setting that stopped it."""
    (tmp_path / "corpus").mkdir()
    at_once.write_corpus(tmp_path / "corpus", 3)
    planned = at_once.plan(tmp_path / "corpus")
    planned = replace(planned, loaded=override(planned.loaded, {"replay.deadline_min": 0.0001}))
    recording = Recording(planned, RunDir(tmp_path / "run"))
    recording.on_progress = lambda progress: progress.pairs_done == 0 or recording.stop.wait(60)

    with pytest.raises(InterruptedRunError, match=r"run: stopped after replay\.deadline_min = 0\.0001; what was fin"):
        recording.record()
    assert (1, "interrupted") == (recording.folder.tally()["candidate"], recording.folder.read_run()["state"])


@pytest.mark.parametrize(("own", "borrowed"), [("live", "emulated"), ("emulated", "live"), ("live", "live")])
def test_a_run_with_a_borrowed_baseline_is_live_only_if_both_are(own: str, borrowed: str):
    """Half a result of an emulator is none about the companies."""
    earlier = {"run_id": "monday", "created_at": "", "endpoint": borrowed, "provenance": {"sdks": {}}}
    document = {"endpoint": own, "sessions": {"planned": {"baseline": 0, "candidate": 3}}, "provenance": {}}
    adopt(document, earlier)

    assert ("emulated" if "emulated" in {own, borrowed} else "live") == document["endpoint"]
    assert {"baseline": 3, "candidate": 3} == document["sessions"]["planned"]


def test_without_an_unfinished_run_there_is_nothing_to_resume(recorded: tuple[RunPlan, RunDir]):
    """Nor is a new, paid run begun instead."""
    reports = recorded[1].path.parent
    options = pipeline.RecordOptions(reports, resume=True)
    with pytest.raises(RunError, match=r"no unfinished run to resume\. Leave --resume out, or name the run with --run"):
        pipeline.record(recorded[0], options)
    assert ["run"] == [path.name for path in reports.iterdir()]
