"""Every way in which the gate ends, end to end: real sockets, both SDKs, and services that are worse by a known amount."""

import contextlib
import io
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
from asyncio import CancelledError
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import psutil
import pytest
from injected import CALLS, Voice, most_late_ms, write_config, write_corpus, write_scenario, write_unreferenced
from junitparser import Error, Failure, JUnitXml
from leniency import let_it_be_late, let_it_dial

from harness import cli, pipeline
from harness.emulators import embedded
from harness.rundir import RunDir
from harness.timeline.events import SIDES

pytestmark = pytest.mark.slow

BASELINE = EQUAL = Voice()
BETTER = Voice(partial_ms=60, final_ms=90, wrong=frozenset(), cuts=frozenset())
DECIDING = ("wer_abs", "wer_rel", "final_p50", "first_partial_p50", "false_cutoff", "post_final_mutation")
"""Rules at level error that have data for a verdict; `success` can't pass with so few sessions, and then warns."""

STILL_MS = 400


@dataclass(frozen=True)
class Ended:
    """A command that has ended: how, what it printed, and the run it was about."""

    code: int
    out: str
    err: str
    run: RunDir

    @property
    def verdict(self) -> dict[str, Any]:
        return self.run.read_json("verdict.json")

    @property
    def rules(self) -> dict[str, dict[str, Any]]:
        return {rule["rule"]: rule for rule in self.verdict["rules"]}

    def outcomes(self, severity: str = "error") -> dict[str, str]:
        """The word on each rule of a severity."""
        return {name: rule["verdict"] for name, rule in self.rules.items() if rule["severity"] == severity}


def harness(arguments: list[str], run: RunDir) -> Ended:
    """The command line, in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = cli.run(arguments)
    return Ended(code, out.getvalue(), err.getvalue(), run)


@contextlib.contextmanager
def _whatever_the_machine_does() -> Iterator[None]:
    """A busy machine makes chunks late, and a run of late chunks is invalid: rightly so, but not what is tested here."""
    with pytest.MonkeyPatch.context() as patch:
        let_it_be_late(patch)
        let_it_dial(patch)
        yield


@dataclass(frozen=True)
class Workshop:
    """Where runs are made: corpora, configurations and reports of this module."""

    folder: Path

    @contextlib.contextmanager
    def services(self, name: str, candidate: Voice) -> Iterator[embedded.Emulators]:
        scenario = write_scenario(self.folder / f"{name}.json", BASELINE, candidate)
        with embedded.start("script", scenario, "--stamp") as emulators:
            yield emulators

    def config(self, name: str, baseline_host: str, candidate_host: str) -> Path:
        return write_config(self.folder / f"{name}.toml", self.folder / "corpus", baseline_host, candidate_host)

    def arguments(self, name: str, config: Path, *more: object) -> list[str]:
        where = ("--config", config, "--out", self.folder / "reports", "--run-id", name)
        return ["compare", "--gate", *map(str, (*where, *more))]

    def run(self, name: str) -> RunDir:
        return RunDir(self.folder / "reports" / name)


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    folder = tmp_path_factory.mktemp("exit-codes")
    write_corpus(folder / "corpus")
    write_unreferenced(folder / "unreferenced")
    return Workshop(folder)


@pytest.fixture(scope="module")
def better(workshop: Workshop) -> Iterator[embedded.Emulators]:
    """Services of which the candidate is better in everything."""
    with workshop.services("better", BETTER) as emulators:
        yield emulators


@pytest.fixture(scope="module")
def equal(workshop: Workshop) -> Iterator[embedded.Emulators]:
    """Services that say the same after the same time."""
    with workshop.services("equal", EQUAL) as emulators:
        yield emulators


@pytest.fixture(scope="module")
def stopped(workshop: Workshop, better: embedded.Emulators) -> Ended:
    """A comparison that got Ctrl-C when the first half of its pairs had been played."""
    arguments = workshop.arguments("better", workshop.config("better", better.assemblyai, better.gladia))
    command = [sys.executable, "-m", "harness", *arguments, "--pairs", str(CALLS // 2)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        shown = next(line for line in process.stderr if re.search(r" [1-9]\d*/", line))
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
    return Ended(process.returncode, out, shown + err, workshop.run("better"))


@pytest.fixture(scope="module")
def kept(stopped: Ended) -> dict[Path, int]:
    """The sessions that were finished then, by when they were written."""
    finished = (path for path in stopped.run.path.glob("sessions/*/*.gz") if ".rejected." not in path.name)
    return {path: path.stat().st_mtime_ns for path in finished}


@pytest.fixture(scope="module")
def state(stopped: Ended) -> str:
    """What run.json said of it then."""
    return stopped.run.read_run()["state"]


@pytest.fixture(scope="module")
def passed(stopped: Ended, kept: dict[Path, int], state: str) -> Ended:
    """The same comparison, continued by the command that it printed."""
    [command] = re.findall(r"Continue with: harness (.*)", stopped.err)
    with _whatever_the_machine_does():
        return harness(shlex.split(command), stopped.run)


def beside(passed: Ended, workshop: Workshop, name: str, emulators: embedded.Emulators, *more: object) -> Ended:
    """Another candidate beside the baseline that was recorded for the better one."""
    baseline_host = passed.run.read_run()["config"]["baseline"]["host"]
    config = workshop.config(name, baseline_host, emulators.gladia)
    baseline = ("--baseline-run", passed.run.path, "--pairs", CALLS)
    with _whatever_the_machine_does():
        return harness(workshop.arguments(name, config, *baseline, *more), workshop.run(name))


def unreferenced(workshop: Workshop, name: str, emulators: embedded.Emulators, *more: object) -> Ended:
    """Short recordings without reference, on both sides."""
    config = workshop.config(name, emulators.assemblyai, emulators.gladia)
    corpus = ("--corpus", workshop.folder / "unreferenced")
    return harness(workshop.arguments(name, config, *corpus, *more), workshop.run(name))


def test_an_interrupted_run_is_kept(stopped: Ended, kept: dict[Path, int], state: str):
    """Exit 130: what was finished is there, nothing is judged, and the way to go on is said."""
    assert (130, "interrupted") == (stopped.code, state)
    assert 0 < len(kept) < 2 * CALLS
    assert "what was finished is kept" in stopped.err
    assert "" == stopped.out


def test_a_better_candidate_passes(passed: Ended, kept: dict[Path, int]):
    """Exit 0, of a run that was interrupted: what had been kept is untouched, and all is found as injected."""
    assert 0 == passed.code, passed.out
    assert kept == {path: path.stat().st_mtime_ns for path in kept}
    assert dict.fromkeys(DECIDING, "pass") == passed.outcomes()
    assert {
        "success": "inconclusive",
        "erasure": "pass",
        "first_partial_p95": "inconclusive",
        "final_p95": "inconclusive",
    } == passed.outcomes("warn")
    assert_counts(passed, wer=(27, 3, 360), false_cutoff_rate=(27, 3, 117), session_failure_rate=(0, 0, 24))
    assert "better" in passed.rules["wer_abs"]["tags"]
    assert_latencies(passed, BETTER)
    assert_told(passed, "pass", set())


WORSE = {
    "words and first partials": (
        replace(EQUAL, wrong=frozenset({0, 2, 4}), partial_ms=320, cuts=frozenset()),
        {"wer_abs", "wer_rel", "first_partial_p50"},
        {"wer": (27, 69, 360), "false_cutoff_rate": (27, 3, 117), "session_failure_rate": (0, 0, 24)},
    ),
    "early cuts and finals": (
        replace(EQUAL, cuts=frozenset({1, 2}), final_ms=450),
        {"false_cutoff", "final_p50"},
        {"wer": (27, 27, 360), "false_cutoff_rate": (27, 51, 117), "session_failure_rate": (0, 0, 24)},
    ),
    "failed sessions": (
        replace(EQUAL, drops_longer=True, cuts=frozenset()),
        {"success"},
        {"wer": (27, 27, 360), "false_cutoff_rate": (21, 0, 105), "session_failure_rate": (0, 3, 24)},
    ),
}
"""What is worse in a candidate, the rules that watch it, and what is counted of both sides, and of how many.

In 3 of the 24 recordings, the longer ones, a side has one word more wrong, but for the third of the candidate's wrong words, which is
right there; and it cuts one turn more, of 4 in place of 5. Turns count where both sessions succeeded. Where early cuts have to pass,
the candidate makes none of its own: so few calls can't show that equally many are within the margin.
"""


@pytest.mark.parametrize("what", WORSE)
def test_a_worse_candidate_fails(workshop: Workshop, passed: Ended, what: str):
    """Exit 1, by the rules that watch what is worse and by no other, and by the amount that was injected."""
    candidate, rules, counts = WORSE[what]
    with workshop.services(what, candidate) as emulators:
        ended = beside(passed, workshop, what.replace(" ", "-"), emulators)

    assert 1 == ended.code, ended.out
    assert {**dict.fromkeys(DECIDING, "pass"), **dict.fromkeys(rules, "fail")} == ended.outcomes()
    assert_counts(ended, **counts)
    assert_latencies(ended, candidate)
    assert_told(ended, "fail", rules)


def test_too_few_calls_are_not_enough_evidence(workshop: Workshop, passed: Ended, equal: embedded.Emulators):
    """Exit 4: nothing that was seen speaks against the candidate, and no rule passes."""
    ended = beside(passed, workshop, "five", equal, "--limit", 5)

    assert 4 == ended.code, ended.out
    assert dict.fromkeys(DECIDING, "inconclusive") == ended.outcomes()
    assert {"few_clusters", "few_samples"} >= {ended.rules[name]["reason"] for name in DECIDING}
    assert_counts(ended, wer=(6, 6, 75), false_cutoff_rate=(6, 6, 24), session_failure_rate=(0, 0, 5))
    assert 15 <= ended.verdict["needed_calls"]
    assert_latencies(ended, EQUAL)
    assert_told(ended, "inconclusive", set(DECIDING))


def test_a_rule_without_data_never_passes(workshop: Workshop, equal: embedded.Emulators):
    """Exit 4: without references, words, latencies and turns can't be judged, and what can doesn't make a pass."""
    with _whatever_the_machine_does():
        ended = unreferenced(workshop, "unreferenced", equal, "--pairs", CALLS)

    assert 4 == ended.code, ended.out
    assert "no_reference" == ended.verdict["reason"]
    unknown = dict.fromkeys(DECIDING, "not_applicable")
    assert {**unknown, "post_final_mutation": "pass"} == ended.outcomes()
    assert_told(ended, "inconclusive", {"run"})


def test_a_harness_that_stood_still_is_no_result(workshop: Workshop, equal: embedded.Emulators):
    """Exit 3: pairs that were late by 0.2 s and more, twice, are named, and no rule speaks of the candidate."""
    with _standing_still():
        ended = unreferenced(workshop, "still", equal, "--pairs", 3, "--limit", 3)

    assert 3 == ended.code, ended.out
    [reason] = ended.verdict["reasons"]
    assert ("spoilt_pairs", 3) == (reason["kind"], len(reason["pairs"]))
    assert all(pair["late_ms"] >= STILL_MS - 200 for pair in reason["pairs"])
    assert 3 == ended.run.tally()["reruns"]
    assert_told(ended, "invalid", {"run"})
    assert all(pair["clip_id"] in ended.run.path.joinpath("summary.md").read_text() for pair in reason["pairs"])


def test_progress_that_nobody_reads_stops_nothing(workshop: Workshop, equal: embedded.Emulators):
    """`harness compare --gate 2>&1 | head -1`: the exit is the verdict's; it used to be 0, with nothing recorded."""
    config = workshop.config("unread", equal.assemblyai, equal.gladia)
    corpus = ("--corpus", workshop.folder / "unreferenced", "--limit", 1)
    command = [sys.executable, "-m", "harness", *workshop.arguments("unread", config, *corpus)]
    reader, writer = os.pipe()
    os.close(reader)

    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=writer, text=True, check=False)
    os.close(writer)

    ended = Ended(done.returncode, done.stdout, "", workshop.run("unread"))
    assert ended.code in {3, 4}  # 3 on a machine too busy for a single pair
    assert ended.code == ended.verdict["exit_code"]
    assert {"baseline": 1, "candidate": 1} == {side: ended.run.tally()[side] for side in SIDES}


def test_a_misspelt_rule_streams_nothing(workshop: Workshop, better: embedded.Emulators):
    """Exit 2: the nearest name is said; no session was opened and no run directory is left."""
    config = workshop.config("typo", better.assemblyai, better.gladia)
    config.write_text(config.read_text() + "[gate.margins]\nfalse_cut = 0.05\n")
    before = len(better.ledger())

    ended = harness(workshop.arguments("typo", config), workshop.run("typo"))

    assert 2 == ended.code
    assert "gate.margins.false_cut: there is no rule 'false_cut'. Did you mean 'false_cutoff'?" in ended.err
    assert "Traceback" not in ended.err
    assert (before, False) == (len(better.ledger()), ended.run.path.exists())


@pytest.mark.parametrize("defect", [ZeroDivisionError(), SystemExit(1), CancelledError()], ids=repr)
def test_a_defect_of_the_program_is_no_regression(
    passed: Ended, monkeypatch: pytest.MonkeyPatch, defect: BaseException
):
    """Exit 3 and not Python's own 1: the traceback is shown, and the run stays as it was."""
    before = passed.verdict
    monkeypatch.setattr(pipeline, "judge_scores", Mock(side_effect=defect))
    ended = harness(["gate", str(passed.run.path)], passed.run)

    assert (3, before) == (ended.code, ended.verdict)
    assert type(defect).__name__ in ended.err
    assert "internal error; this is a bug" in ended.err


COUNTED = {
    "wer": ("errors", "reference_words", "wer_abs"),
    "false_cutoff_rate": ("early_cut_turns", "turns", "false_cutoff"),
    "session_failure_rate": ("failed", "sessions", "success"),
}


def assert_counts(ended: Ended, **counts: tuple[int, int, int]) -> None:
    """The events of baseline and candidate, and their common trials, are exactly these; so are the differences that were judged."""
    metrics = ended.run.read_json("summary.json")["metrics"]
    for metric, (baseline, candidate, trials) in counts.items():
        events_name, trials_name, rule = COUNTED[metric]
        found = [(metrics[metric][side][events_name], metrics[metric][side][trials_name]) for side in SIDES]
        assert [(baseline, trials), (candidate, trials)] == found, metric
        assert (candidate - baseline) / trials == pytest.approx(ended.rules[rule]["value"], rel=1e-5)
    change = (counts["wer"][1] - counts["wer"][0]) / counts["wer"][0]
    assert change == pytest.approx(ended.rules["wer_rel"]["value"], rel=1e-5)


def assert_latencies(ended: Ended, candidate: Voice) -> None:
    """Medians are the injected ones, within what calibration allows; so are the differences that were judged."""
    voices = {"baseline": BASELINE, "candidate": candidate}
    slack_ms = {
        side: max(most_late_ms(ended.run.read_session(clip.clip_id, side, 1), voice) for clip in ended.run.read_clips())
        for side, voice in voices.items()
    }
    for rule, injected in (
        ("first_partial_p50", {side: voice.first_partial_ms for side, voice in voices.items()}),
        ("final_p50", {side: voice.final_ms for side, voice in voices.items()}),
    ):
        found = ended.rules[rule]
        for side in SIDES:
            assert -1.0 <= found[side] - injected[side] <= slack_ms[side], (rule, side)
        assert abs(found["value"] - (injected["candidate"] - injected["baseline"])) <= 1.0 + max(slack_ms.values()), (
            rule
        )


def assert_told(ended: Ended, word: str, red: set[str] | frozenset[str]) -> None:
    """All outputs say the same: the word, the code, and the rules (or the `run` itself) that keep it from passing."""
    code = {"pass": 0, "fail": 1, "invalid": 3, "inconclusive": 4}[word]
    assert (word, code) == (ended.verdict["verdict"], ended.verdict["exit_code"])
    [suite] = JUnitXml.fromfile(str(ended.run.path / "junit.xml"))
    properties = {each.name: each.value for each in suite.properties()}
    assert (word, str(code)) == (properties["verdict"], properties["exit_code"])
    assert red == {case.name for case in suite for found in case.result if isinstance(found, Error | Failure)}
    heading, *lines = ended.run.path.joinpath("summary.md").read_text().splitlines()
    assert heading.endswith(f"({word})")
    rows = {re.search(r"`(\w+)`", line)[1]: line for line in lines if line.startswith("| ") and "`" in line}
    assert all(("FAIL" if word == "fail" else "inconclusive") in rows[rule] for rule in red - {"run"})
    assert word != "fail" or red == {rule for rule, row in rows.items() if "FAIL" in row}
    assert ended.verdict["explanation"] in "\n".join(lines)
    assert ended.out.splitlines()[0] == heading.split(" ", 2)[2]


def _recording_processes() -> Iterator[psutil.Process]:
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if "harness.replay.worker" in child.cmdline():
                yield child


@contextlib.contextmanager
def _standing_still() -> Iterator[None]:
    """The processes that replay stand still half of the time, for 0.4 s, as on a machine that is taken away from them."""
    over = threading.Event()

    def stutter() -> None:
        while not over.wait(STILL_MS / 1000):
            workers = list(_recording_processes())
            for worker in workers:
                with contextlib.suppress(psutil.NoSuchProcess):
                    worker.suspend()
            over.wait(STILL_MS / 1000)
            for worker in workers:
                with contextlib.suppress(psutil.NoSuchProcess):
                    worker.resume()

    thread = threading.Thread(target=stutter)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
