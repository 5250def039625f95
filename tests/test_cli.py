"""The command line as a user meets it: what it prints, what it leaves behind, and how it exits."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from scripted import DEMO, SHORTEST, config_file

import harness as public
from harness import again, pipeline
from harness.cli import run
from harness.emulators.embedded import Emulators
from harness.rundir import RunDir

WITHOUT_KEYS = {name: value for name, value in os.environ.items() if not name.endswith("_API_KEY") and name != "CI"}


def harness(*arguments: object, **options) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "harness", *map(str, arguments)]
    return subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=120, env=WITHOUT_KEYS, **options
    )


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A corpus of one good clip, to be damaged."""
    folder = tmp_path / "corpus"
    line = next(line for line in (DEMO / "manifest.jsonl").read_text().splitlines() if '"ps_cards_001"' in line)
    audio = json.loads(line)["audio_filepath"]
    (folder / audio).parent.mkdir(parents=True)
    shutil.copy(DEMO / audio, folder / audio)
    (folder / "manifest.jsonl").write_text(line + "\n")
    return folder


@pytest.fixture(scope="module")
def compared(
    emulators: Emulators, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, subprocess.CompletedProcess]:
    """One clip compared, for all tests that only look."""
    folder = tmp_path_factory.mktemp("compared")
    done = harness(
        "compare", "--config", config_file(folder, emulators), "--select", SHORTEST, "--out", folder, "--run-id", "r"
    )
    return folder / "r", done


def test_compare_completes_and_exits_0_whatever_the_verdict(compared: tuple[Path, subprocess.CompletedProcess]):
    """One call is too few for a verdict (and a busy machine may spoil it); the run is complete all the same."""
    run, done = compared

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0].endswith(("(inconclusive)", "(invalid)"))
    assert "EMULATED" in done.stdout
    assert f"Report: {run / 'report.html'}" in done.stdout
    assert "replaying: 1/1 pairs" in done.stderr


def test_the_function_compares_as_the_command_does(
    compared: tuple[Path, subprocess.CompletedProcess],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
):
    """What was recorded already is not played again; it prints nothing, and returns what the run holds."""
    folder, _ = compared
    config = folder.parent / "harness.toml"
    before = [(folder / name).read_bytes() for name in ("summary.json", "verdict.json")]
    page = (folder / "report.html").stat().st_mtime_ns
    (folder.parent / "index.html").unlink()
    monkeypatch.setattr(again, "harness_faults", lambda _sessions: ())  # a busy machine may have spoilt it

    run = public.compare(config, select=SHORTEST, out=folder.parent, run_id="r", resume=True)

    assert before == [(folder / name).read_bytes() for name in ("summary.json", "verdict.json")]
    assert page < (folder / "report.html").stat().st_mtime_ns
    assert (folder.parent / "index.html").is_file()
    assert (folder, "r", "emulated") == (run.path, run.run_id, run.endpoint)
    assert run.verdict.word in {"inconclusive", "invalid"}  # as above
    assert ("", "") == capsys.readouterr()
    with pytest.raises(public.RunError, match="a run of this name exists"):
        public.record(str(config), select=SHORTEST, out=folder.parent, run_id="r")


def test_every_promised_file_is_there(compared: tuple[Path, subprocess.CompletedProcess]):
    """Other programs rely on these names."""
    run, _ = compared
    expected = {
        "run.json",
        "summary.json",
        "verdict.json",
        "junit.xml",
        "summary.md",
        "report.html",
        "audio",
        "sessions",
    }

    assert expected <= {path.name for path in run.iterdir()}
    assert {"segments.csv", "words.csv", "sessions.csv"} <= {path.name for path in (run / "scores").iterdir()}
    assert (run / "sessions/ps_cards_001/baseline.1.jsonl.gz").is_file()


def test_emulated_results_are_marked_in_every_output(compared: tuple[Path, subprocess.CompletedProcess]):
    """Nobody can mistake an emulated result for one about the companies."""
    run, _ = compared

    for name in ("run.json", "summary.json", "verdict.json"):
        assert json.loads((run / name).read_text())["endpoint"] == "emulated"
    for name in ("junit.xml", "summary.md", "report.html"):
        assert "emulated" in (run / name).read_text().lower()


def test_the_stages_reproduce_the_run_byte_for_byte(compared: tuple[Path, subprocess.CompletedProcess], tmp_path: Path):
    """score, gate and report on a copy without their outputs write the same bytes again."""
    run, _ = compared
    copy = tmp_path / "r"
    shutil.copytree(
        run, copy, ignore=shutil.ignore_patterns("scores", "summary*", "verdict*", "junit*", "*.html", "audio")
    )
    document = RunDir(copy).read_run()
    document["provenance"]["corpus"]["path"] = os.path.relpath(DEMO, copy)
    shown = RunDir(run).read_run()["provenance"]["corpus"]["path"]

    codes = [harness(stage, copy).returncode for stage in ("score", "gate")]

    assert codes == [0, RunDir(run).read_json("verdict.json")["exit_code"]]
    for path in [
        *(run / "scores").iterdir(),
        *(run / name for name in ("summary.json", "verdict.json", "junit.xml", "summary.md")),
    ]:
        assert (copy / path.relative_to(run)).read_bytes() == path.read_bytes(), path.name
    before = {path: path.read_bytes() for path in [run / "report.html", *(run / "audio").iterdir()]}
    assert harness("report", run).returncode == 0
    assert {path: path.read_bytes() for path in before} == before
    assert shown == os.path.relpath(DEMO, run)


def test_gate_exits_by_the_verdict(compared: tuple[Path, subprocess.CompletedProcess]):
    """4 says that there is not enough evidence; 3 that the machine was too busy for the result to be trusted."""
    done = harness("gate", compared[0], "--json")

    assert (json.loads(done.stdout)["verdict"], done.returncode) in {("inconclusive", 4), ("invalid", 3)}


def test_json_is_one_object_on_stdout(compared: tuple[Path, subprocess.CompletedProcess]):
    """Everything for people goes to stderr."""
    done = harness("score", compared[0], "--json")

    assert json.loads(done.stdout)["schema"] == "harness.summary/1"


def test_a_killed_run_resumes_without_repeating_a_finished_session(emulators: Emulators, tmp_path: Path):
    """A kill -9 after the first of three pairs; --resume plays the other two and touches nothing that was finished."""
    common = ("--config", config_file(tmp_path, emulators), "--select", SHORTEST, "--pairs", "1", "--passes", "3",
              "--out", tmp_path, "--run-id", "r")  # fmt: skip
    run = RunDir(tmp_path / "r")
    with subprocess.Popen(
        [sys.executable, "-m", "harness", "record", *map(str, common)],
        stderr=subprocess.PIPE,
        text=True,
        env=WITHOUT_KEYS,
    ) as process:
        assert any("1/3 pairs" in line for line in process.stderr)
        process.send_signal(signal.SIGKILL)
    finished = (path for path in run.path.glob("sessions/*/*.gz") if ".rejected." not in path.name)
    kept = {path: path.stat().st_mtime_ns for path in finished}
    assert (process.returncode, run.read_run()["state"]) == (-signal.SIGKILL, "recording")
    assert len(kept) in {2, 4}  # on a busy machine, the signal may come after the second pair
    assert harness("gate", run.path).returncode == 2

    done = harness("record", *common, "--resume")

    assert done.returncode == 0, done.stderr
    assert (run.tally()["baseline"], run.tally()["candidate"]) == (3, 3)
    assert {path: path.stat().st_mtime_ns for path in kept} == kept


def test_ctrl_c_keeps_what_was_recorded(emulators: Emulators, tmp_path: Path):
    """SIGINT ends the run in order, exits 130 and says how to go on."""
    with subprocess.Popen(
        [sys.executable, "-m", "harness", "record", "--config", config_file(tmp_path, emulators), "--select", SHORTEST,
         "--pairs", "1", "--passes", "3", "--out", tmp_path, "--run-id", "r"],
        stderr=subprocess.PIPE, text=True, env=WITHOUT_KEYS,
    ) as process:  # fmt: skip
        assert any("1/3 pairs" in line for line in process.stderr)
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()

    assert process.returncode == 130
    assert f"Continue with: harness record --config {tmp_path}/harness.toml" in rest
    assert "--resume --run-id r" in rest
    assert RunDir(tmp_path / "r").read_run()["state"] == "interrupted"
    assert RunDir(tmp_path / "r").tally()["baseline"] in {
        1,
        2,
    }  # on a busy machine, the signal may come after the second pair


def refused(*arguments: object, cwd: Path, **options) -> str:
    """Run `compare`, which must refuse: exit 2, one message without traceback, nothing written."""
    done = harness("compare", *arguments, "--out", cwd / "out", cwd=cwd, **options)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert not (cwd / "out").exists()
    return done.stderr


def test_the_shell_completes_commands_and_options():
    """At the press of Tab; `_HARNESS_COMPLETE=bash_source harness` writes what bash has to be told."""

    def asked(**variables: str) -> str:
        environment = {**os.environ, **variables}
        command = [sys.executable, "-m", "harness"]
        return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout

    offered = [
        asked(_HARNESS_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=at).split()
        for words, at in (("harness tran", "1"), ("harness compare --swe", "2"))
    ]

    assert [["plain,translate"], ["plain,--sweep"]] == offered
    assert "complete -o nosort -F _harness_completion harness" in asked(_HARNESS_COMPLETE="bash_source")


def test_a_missing_wav_is_refused(corpus: Path, tmp_path: Path):
    """The message names manifest, line, field and file."""
    shutil.rmtree(corpus / "wav")

    message = refused("--corpus", corpus, cwd=tmp_path)

    assert "manifest.jsonl:1" in message
    assert "audio_filepath" in message
    assert "ps_cards_001.wav" in message


def test_a_truncated_wav_is_refused(corpus: Path, tmp_path: Path):
    """A file that holds less audio than its header claims is not silently shortened."""
    [audio] = corpus.rglob("*.wav")
    audio.write_bytes(audio.read_bytes()[:-5000])

    assert "truncated" in refused("--corpus", corpus, cwd=tmp_path)


def test_an_empty_manifest_line_is_refused(corpus: Path, tmp_path: Path):
    """An empty line is named by its number."""
    manifest = corpus / "manifest.jsonl"
    manifest.write_text("\n" + manifest.read_text())

    assert "manifest.jsonl:1" in refused("--corpus", corpus, cwd=tmp_path)


def test_an_unknown_configuration_key_is_refused(tmp_path: Path):
    """With the nearest spelling."""
    (tmp_path / "harness.toml").write_text("[replay]\npair = 3\n")

    assert "replay.pair is no known key. Did you mean pairs?" in refused(cwd=tmp_path)


def test_live_without_a_key_is_refused(corpus: Path, tmp_path: Path):
    """The message names the variables, not a value."""
    assert "ASSEMBLYAI_API_KEY and GLADIA_API_KEY are not set" in refused(
        "--live", "--yes", "--corpus", corpus, cwd=tmp_path
    )


def test_a_live_run_that_can_ask_nobody_is_refused(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Standard input may be closed, or a file: a word what to add, and not the end that Ctrl-C would make."""
    for name in ("ASSEMBLYAI_API_KEY", "GLADIA_API_KEY"):
        monkeypatch.setitem(WITHOUT_KEYS, name, "key-of-2026")

    told = refused("--live", "--corpus", corpus, cwd=tmp_path, stdin=subprocess.DEVNULL)
    assert "standard input is not a terminal: add --yes" in told
    assert "Stream this" not in told


def test_a_run_on_a_cluster_needs_no_keys_here(corpus: Path, tmp_path: Path):
    """They are the workers'. What is missing here is the scheduler."""
    arguments = ("--corpus", corpus, "--live", "--yes", "--scheduler", "tcp://127.0.0.1:1")
    assert "--scheduler tcp://127.0.0.1:1: no Dask scheduler answers there" in refused(*arguments, cwd=tmp_path)


def test_a_host_elsewhere_needs_live(corpus: Path, tmp_path: Path):
    """Nothing leaves this machine unless it is asked for."""
    (tmp_path / "harness.toml").write_text('[candidate]\nprovider = "gladia"\nhost = "https://api.gladia.io"\n')

    assert "Add --live" in refused("--corpus", corpus, cwd=tmp_path)


def test_a_misspelt_parameter_is_refused(corpus: Path, tmp_path: Path):
    """The SDK would drop it without a word."""
    (tmp_path / "harness.toml").write_text('[baseline]\nprovider = "assemblyai"\nparams = {format_turn = true}\n')

    assert "Did you mean format_turns" in refused("--corpus", corpus, cwd=tmp_path)


def test_too_little_silence_for_the_endpoints_is_refused(corpus: Path, tmp_path: Path):
    """Else the last endpoint of every clip would be an artefact of stopping."""
    (tmp_path / "harness.toml").write_text('[baseline]\nprovider = "assemblyai"\nparams = {max_turn_silence = 4000}\n')

    assert "Set it to 5 or more" in refused("--corpus", corpus, cwd=tmp_path)


def test_a_misspelt_rule_is_refused_before_anything_is_streamed(corpus: Path, tmp_path: Path):
    """A typo in a rule's name would otherwise switch nothing off, silently."""
    (tmp_path / "harness.toml").write_text("[gate.margins]\nwer_absolute = 0.02\n")

    assert "wer_abs" in refused("--corpus", corpus, cwd=tmp_path)


def test_a_run_directory_that_is_none_is_refused(tmp_path: Path):
    """score, gate and report say what they need."""
    for stage in ("score", "gate", "report"):
        done = harness(stage, tmp_path)
        assert (done.returncode, "run.json: there is no such file" in done.stderr) == (2, True)


def test_a_damaged_timeline_is_one_message(compared: tuple[Path, subprocess.CompletedProcess], tmp_path: Path):
    """A flipped bit ends in a message that names the file."""
    copy = tmp_path / "r"
    shutil.copytree(compared[0], copy)
    damaged = copy / "sessions/ps_cards_001/baseline.1.jsonl.gz"
    damaged.write_bytes(damaged.read_bytes()[:-20])

    done = harness("score", copy)

    assert (done.returncode, str(damaged) in done.stderr) == (2, True)
    assert "Traceback" not in done.stderr


def test_a_plan_streams_nothing(corpus: Path, tmp_path: Path):
    """The plan is numbers about what would be done."""
    done = harness("plan", "--corpus", corpus, "--json", cwd=tmp_path)

    facts = json.loads(done.stdout)
    assert (done.returncode, facts["sessions_per_side"], facts["endpoint"]) == (0, 1, "emulated")


def test_unknown_options_are_a_usage_error(tmp_path: Path):
    """Exit 2 and the usage, never 1."""
    assert harness("compare", "--fast", cwd=tmp_path).returncode == 2


@pytest.mark.parametrize("command", ["compare", "record", "plan"])
def test_a_corpus_given_as_an_argument_is_told_where_it_goes(command: str, capsys: pytest.CaptureFixture[str]):
    """`corpus check` takes it so."""
    assert run([command, "calls"]) == 2
    assert "unexpected extra argument (calls). A corpus goes behind --corpus.\n" in capsys.readouterr().err


def test_the_demo_corpus_is_usable():
    """`corpus check` passes on what the README runs; that it is small, and one voice in many calls, is said."""
    done = harness("corpus", "check", DEMO)

    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "usable, 2 warnings")


def test_a_check_follows_the_configuration(tmp_path: Path):
    """Its passes and its gate; what it says is one object, whatever it found, and nothing else."""
    (tmp_path / "harness.toml").write_text('[replay]\npasses = 3\n[gate.levels]\nerasure = "off"\n')
    done = harness("corpus", "check", DEMO, "--json", "--listen", cwd=tmp_path)

    found = json.loads(done.stdout)
    assert (found["listened"], found["evidence"]["utterances"], done.stderr) == (True, 68 * 3, "")
    assert {"off"} == {rule["level"] for rule in found["evidence"]["rules"] if rule["rule"] == "erasure"}


def test_clips_are_shown_as_json(tmp_path: Path):
    """Several, in the order in which they are named."""
    done = harness("corpus", "show", "ps_cards_001", "jfk", "--corpus", DEMO, "--json")

    assert ["ps_cards_001", "jfk"] == [clip["clip_id"] for clip in json.loads(done.stdout)["clips"]]


def test_an_unknown_clip_is_answered_with_the_nearest(tmp_path: Path):
    """A typo in a clip's name costs no look into the manifest."""
    done = harness("corpus", "show", "ps_card_001", "--corpus", DEMO)

    assert (done.returncode, "ps_cards_001" in done.stderr) == (2, True)


@pytest.mark.parametrize("stage", ["gate", "score"])
def test_a_reader_that_has_gone_changes_no_exit_code(compared: tuple[Path, subprocess.CompletedProcess], stage: str):
    """`harness gate RUN | true` leaves with the verdict's code, never with Python's 1; what has no verdict leaves with 0."""
    expected = RunDir(compared[0]).read_json("verdict.json")["exit_code"] if stage == "gate" else 0
    reader, writer = os.pipe()
    os.close(reader)

    done = subprocess.run(
        [sys.executable, "-m", "harness", stage, str(compared[0])], stdout=writer, stderr=subprocess.PIPE, check=False,
        env=WITHOUT_KEYS, timeout=120,
    )  # fmt: skip
    os.close(writer)

    assert (done.returncode, done.stderr) == (expected, b"")


def test_a_usage_error_that_nobody_reads_is_still_one(tmp_path: Path):
    """`harness compare 2>&1 | true`: a broken pipe must end neither in Python's 1 nor in 0."""
    reader, writer = os.pipe()
    os.close(reader)

    done = subprocess.run([sys.executable, "-m", "harness", "gate", str(tmp_path)], stderr=writer, check=False)
    os.close(writer)

    assert done.returncode == 2


def test_a_closed_stdout_changes_no_exit_code(compared: tuple[Path, subprocess.CompletedProcess]):
    """Daemons close it: `harness gate RUN >&-`."""
    expected = RunDir(compared[0]).read_json("verdict.json")["exit_code"]
    command = ["sh", "-c", 'exec "$@" >&-', "sh", sys.executable, "-m", "harness", "gate", str(compared[0])]

    done = subprocess.run(command, stderr=subprocess.PIPE, check=False, env=WITHOUT_KEYS, timeout=120)

    assert (done.returncode, done.stderr) == (expected, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_a_full_disk_is_no_defect(compared: tuple[Path, subprocess.CompletedProcess]):
    """One message, and neither a verdict's exit code nor a traceback."""
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "harness", "gate", str(compared[0])]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False, env=WITHOUT_KEYS)

    assert (
        3,
        "harness: [Errno 28] No space left on device. Make room and run it again, a recording with --resume.\n",
    ) == (
        done.returncode,
        done.stderr,
    )


def test_a_broken_installation_is_no_regression(compared: tuple[Path, subprocess.CompletedProcess], tmp_path: Path):
    """Exit 3, where Python would leave with 1, which means a regression."""
    (tmp_path / "click.py").write_text("raise ImportError('half installed')")
    command = [sys.executable, "-m", "harness", "gate", str(compared[0])]
    environment = {**WITHOUT_KEYS, "PYTHONPATH": str(tmp_path)}

    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=120)

    assert (done.returncode, "half installed" in done.stderr) == (3, True)
    assert done.stderr.splitlines()[-1] == "harness: its installation is incomplete or broken; install it again."


@pytest.mark.parametrize("run_id", ["", ".", "..", "a/b", "-x", "x" * 300])
def test_a_run_id_that_is_no_folder_name_is_refused(corpus: Path, tmp_path: Path, run_id: str):
    """Nothing is written beside or above the reports folder."""
    assert "--run-id is" in refused("--corpus", corpus, f"--run-id={run_id}", cwd=tmp_path)


def test_a_dry_run_refuses_the_same_run_ids(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """What passes there has to pass for real; what passes writes nothing."""
    for command in ("compare", "record"):
        assert 0 == run([command, "--dry-run", "--run-id", "x", "--corpus", str(DEMO), "--out", str(tmp_path / "out")])
        assert "What it can prove" in capsys.readouterr().out
        assert [] == list(tmp_path.iterdir())
        assert 2 == run([command, "--dry-run", "--run-id", "x y"])
        assert "--run-id is 'x y'; it names a folder" in capsys.readouterr().err


def test_an_out_that_cannot_be_written_is_refused(corpus: Path, tmp_path: Path):
    """A file where the reports folder should be: one message, exit 2."""
    (tmp_path / "taken").write_text("")

    done = harness("compare", "--corpus", corpus, "--out", tmp_path / "taken", cwd=tmp_path)

    assert (done.returncode, "can't be written" in done.stderr, "Traceback" in done.stderr) == (2, True, False)


def test_resuming_a_run_that_is_not_there_is_refused(corpus: Path, tmp_path: Path):
    """A typo must not start a new, paid, run."""
    assert "there is no such run to resume" in refused("--corpus", corpus, "--resume", "--run-id", "typo", cwd=tmp_path)


def test_resuming_with_another_margin_is_refused(
    emulators: Emulators, compared: tuple[Path, subprocess.CompletedProcess], tmp_path: Path
):
    """The message says what differs; the run stays as it was."""
    config = config_file(tmp_path, emulators)
    config.write_text(config.read_text() + "[gate.margins]\nwer_abs = 0.5\n")
    before = (compared[0] / "run.json").read_bytes()

    done = harness(
        "record", "--config", config, "--select", SHORTEST, "--out", compared[0].parent, "--run-id", "r", "--resume"
    )

    assert (done.returncode, "differs in: gate." in done.stderr) == (2, True)
    assert (compared[0] / "run.json").read_bytes() == before


def test_a_recording_that_changed_since_is_not_played(emulators: Emulators, corpus: Path, tmp_path: Path):
    """The report shows no audio rather than another one."""
    config = config_file(tmp_path, emulators)
    assert (
        harness("compare", "--config", config, "--corpus", corpus, "--out", tmp_path, "--run-id", "r").returncode == 0
    )
    assert len(list((tmp_path / "r/audio").iterdir())) == 1
    [audio] = corpus.rglob("*.wav")
    shutil.copy(DEMO / "wav/read/ps_cards_002.wav", audio)
    shutil.rmtree(tmp_path / "r/audio")

    assert harness("report", tmp_path / "r").returncode == 0
    assert not (tmp_path / "r/audio").exists() or list((tmp_path / "r/audio").iterdir()) == []


def test_a_plan_of_a_live_run_needs_no_keys(corpus: Path, tmp_path: Path):
    """What it would be can be asked before anybody hands out a key."""
    done = harness("plan", "--live", "--corpus", corpus, "--json", cwd=tmp_path)

    assert (done.returncode, json.loads(done.stdout)["endpoint"]) == (0, "live")


def test_one_good_clip_is_shown_beside_a_bad_line(corpus: Path):
    """Showing a clip is how one finds out what is wrong."""
    manifest = corpus / "manifest.jsonl"
    manifest.write_text(manifest.read_text() + "{broken\n")

    assert harness("corpus", "show", "ps_cards_001", "--corpus", corpus).returncode == 0


def test_a_plan_is_readable_without_json(tmp_path: Path):
    """Sessions, time, money, disk and evidence, on stdout."""
    done = harness("plan", "--corpus", DEMO, cwd=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split(" (")[0] for line in done.stdout.splitlines() if line[:1].isupper()][:6] == [
        "What", "Where to", "Time", "Money", "Disk", "What it can prove",
    ]  # fmt: skip
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_prints_the_same_plan_and_writes_nothing(corpus: Path, tmp_path: Path):
    """`--dry-run` of the command that would be run is `plan` with its options."""
    plan = harness("plan", "--live", "--corpus", corpus, "--json", "--out", tmp_path / "out")
    dry = harness("compare", "--live", "--dry-run", "--corpus", corpus, "--json", "--out", tmp_path / "out")

    assert (dry.returncode, dry.stdout.replace(_free(dry), "")) == (0, plan.stdout.replace(_free(plan), ""))
    assert not (tmp_path / "out").exists()


def _free(done: subprocess.CompletedProcess) -> str:
    """The disk is shared: what is free on it changes."""
    return f'"free_bytes": {json.loads(done.stdout)["disk"]["free_bytes"]}'


def test_a_report_of_a_run_that_does_not_say_where_its_recordings_are_is_refused(golden: RunDir):
    """The golden run keeps no corpus; one message names the file and the key."""
    pipeline.score(golden)
    done = harness("report", golden.path)

    assert 2 == done.returncode
    assert f"{golden.path / 'run.json'}: provenance.corpus.path is missing" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_run_that_was_scored_is_a_pilot(golden: RunDir, corpus: Path):
    """What it was answered by is said with it. A run of its own: a busy machine may spoil the one that was compared."""
    pipeline.score(golden)
    done = harness("plan", "--corpus", corpus, "--pilot", golden.path, "--json")
    facts = json.loads(done.stdout)

    assert (done.returncode, facts["evidence"]["pilot"]["endpoint"]) == (0, "emulated")
    assert any("answered by emulators" in warning for warning in facts["warnings"])


def test_a_pilot_that_is_no_run_is_one_message(corpus: Path, tmp_path: Path):
    """Exit 2, no traceback."""
    done = harness("plan", "--corpus", corpus, "--pilot", tmp_path / "typo")

    assert (done.returncode, "typo/run.json: there is no such file" in done.stderr) == (2, True)
    assert "Traceback" not in done.stderr


def test_the_disk_estimate_is_near_what_a_run_writes(compared: tuple[Path, subprocess.CompletedProcess], corpus: Path):
    """Within half and double, of one short clip answered by a script."""
    written = sum(path.stat().st_size for path in compared[0].rglob("*") if path.is_file())
    estimate = json.loads(harness("plan", "--corpus", corpus, "--json").stdout)["disk"]["total_bytes"]

    assert written / 2 < estimate < written * 2


def test_a_plan_beside_a_run_that_is_not_there_is_refused(tmp_path: Path):
    """As recording would refuse it."""
    result = harness("plan", "--limit", "1", "--baseline-run", str(tmp_path / "none"))

    assert result.returncode == 2
    assert "none/run.json: there is no such file" in result.stderr
