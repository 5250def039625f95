from pathlib import Path

import pytest

from harness.atomic import TEMPORARY
from harness.errors import RunError
from harness.rundir import SCHEMA, RunDir, RunLock, runs_in
from harness.timeline.events import AudioFormat, Header, Timeline


def timeline(clip_id: str, side="baseline", number=1) -> Timeline:
    return Timeline(Header(clip_id, side, "assemblyai", number, AudioFormat("pcm_s16le", 16000, 100.0, 1600, 1, 1)), ())


@pytest.mark.parametrize("clip_id", ["plain", "a/b", "../../escape", "ünïcode", "with space", ".", ".."])
def test_any_clip_id_has_a_folder_inside_the_run(tmp_path: Path, clip_id: str):
    """No id leaves the run directory, and what is written is found again."""
    run = RunDir(tmp_path / "run")

    run.write_session(timeline(clip_id))

    assert run.read_session(clip_id, "baseline", 1) == timeline(clip_id)
    assert (tmp_path / "run/sessions").resolve() == run.session_path(clip_id, "baseline", 1).resolve().parents[1]


def test_rejected_attempts_are_kept_apart(tmp_path: Path):
    """A first attempt that the harness spoiled is kept and counted, but it is no session."""
    run = RunDir(tmp_path)
    run.write_session(timeline("a"), rejected=True)
    run.write_session(timeline("a", "candidate"), rejected=True)
    run.write_session(timeline("a"))

    assert run.tally() == {"baseline": 1, "candidate": 0, "reruns": 1}
    assert run.has_session("a", "candidate", 1) is False


def test_pairs_that_were_run_again_are_counted_pass_by_pass(tmp_path: Path):
    """Two passes of one clip, both spoiled at first, are two pairs; their sides are not."""
    run = RunDir(tmp_path)
    for number in (1, 2):
        run.write_session(timeline("a", number=number), rejected=True)
        run.write_session(timeline("a", "candidate", number), rejected=True)

    assert run.tally()["reruns"] == 2


def test_a_misspelt_run_names_the_runs_beside_it(tmp_path: Path):
    """The nearest by name, else the last ones; none where there are none."""
    for name in ("cutover", "pilot", "rehearsal"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.json").write_text("{}")
    for asked, told in (("pilto", ": pilot, ... "), ("x", ": pilot, rehearsal, ... ")):
        with pytest.raises(
            RunError, match=rf"there is no such file\. Runs in {tmp_path}{told.strip().replace('.', '[.]')}"
        ):
            RunDir(tmp_path / asked).read_run()
    with pytest.raises(RunError, match=r"there is no such file\. Name a run directory"):
        RunDir(tmp_path / "none" / "x").read_run()


def test_a_run_of_another_schema_is_refused(tmp_path: Path):
    """The message names both schemas."""
    run = RunDir(tmp_path)
    run.write_run({"schema": "harness.run/7"})

    with pytest.raises(RunError, match=rf"'harness.run/7', this version reads '{SCHEMA}'"):
        run.read_run()


@pytest.mark.parametrize("text", ["", "{", "[]", "null"])
def test_damaged_documents_are_one_message(tmp_path: Path, text: str):
    """The file is named, and the way out."""
    (tmp_path / "summary.json").write_text(text)

    with pytest.raises(RunError, match=r"summary\.json: not .* Run the stage that writes it again"):
        RunDir(tmp_path).read_json("summary.json")


def test_numbers_that_are_no_json_are_refused(tmp_path: Path):
    """NaN and infinity would make a file that strict readers reject."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        RunDir(tmp_path).write_json("summary.json", {"value": float("inf")})

    assert not (tmp_path / "summary.json").exists()


def test_a_run_is_locked_while_it_is_written(tmp_path: Path):
    """The second writer is refused while the first one holds the run, and welcome afterwards."""
    run = RunDir(tmp_path / "run")
    with RunLock(run), pytest.raises(RunError, match="another harness process"), RunLock(run):
        pass
    with RunLock(run):
        pass


def test_only_run_directories_are_runs(tmp_path: Path):
    """Other folders and files in the reports folder do not disturb."""
    RunDir(tmp_path / "b").write_run({"schema": SCHEMA})
    RunDir(tmp_path / "a").write_run({"schema": SCHEMA})
    (tmp_path / "empty").mkdir()
    (tmp_path / "README.md").write_text("")

    assert [run.path.name for run in runs_in(tmp_path)] == ["a", "b"]
    assert list(runs_in(tmp_path / "absent")) == []


@pytest.mark.parametrize(
    ("name", "document", "message"),
    [
        ("run.json", {"sessions": {"planned": {"baseline": "3"}}}, "sessions.planned.baseline is a str, not a int"),
        ("run.json", {"sessions": {"recorded": None}}, "sessions.recorded is a NoneType, not a dict"),
        ("run.json", {"emulators": [{}, []]}, "emulators.1 is a list, not a dict"),
        (
            "summary.json",
            {"slices": {"tag=a": {"rules": {"wer_abs": 1}}}},
            "slices.tag=a.rules.wer_abs is a int, not a dict",
        ),
        (
            "summary.json",
            {"contract_diff": {"rows": [{"baseline": {"shown": [{"count": []}]}}]}},
            "contract_diff.rows.0.baseline.shown.0.count is a list, not a int",
        ),
        (
            "summary.json",
            {"hold_sweep": {"baseline": {"points": [7]}}},
            "hold_sweep.baseline.points.0 is a int, not a dict",
        ),
        ("verdict.json", {"rules": [[]]}, "rules.0 is a list, not a dict"),
    ],
)
def test_a_value_of_another_type_inside_a_document_is_told_with_its_place(
    tmp_path: Path, name: str, document: dict, message: str
):
    """What is not there is no error yet: not every run has everything."""
    run = RunDir(tmp_path)
    run.write_json(name, document)
    with pytest.raises(RunError, match=f"{name}: {message}"):
        run.read_json(name)


def test_what_a_kill_left_half_written_is_swept_away(tmp_path: Path):
    """And nothing else: a whole session, and a half that is somebody else's, stay."""
    run = RunDir(tmp_path / "run")
    run.write_session(timeline("a"))
    whole = run.session_path("a", "baseline", 1)
    half, other = whole.with_name(f".{whole.name}{TEMPORARY}"), whole.with_name("notes.txt")
    half.write_bytes(b"half")
    other.write_bytes(b"")
    run.sweep()

    assert {whole.name, other.name} == {path.name for path in whole.parent.iterdir()}


def test_a_session_that_was_not_recorded_is_not_set_aside(tmp_path: Path):
    """Of a pair that lacks a side, the other alone is laid beside."""
    run = RunDir(tmp_path / "run")
    run.write_session(timeline("a"))
    for side in ("baseline", "candidate"):
        run.set_aside("a", side, 1)

    assert ["baseline.1.rejected.jsonl.gz"] == [path.name for path in run.path.glob("sessions/a/*")]
