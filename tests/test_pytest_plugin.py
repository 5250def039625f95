"""The pytest plugin as a team meets it: in a pytest of its own."""

import subprocess
import sys
from pathlib import Path

import harness
from harness.rundir import RunDir

CUTOVER = """
def test_final(harness_run): assert harness_run.metric("final_ms").p95.difference <= -300
def test_words(harness_run): assert 0.01 >= harness_run.metric("wer").difference
def test_flicker(harness_run): assert harness_run.metric("normalized_erasure").difference <= 0.05
def test_entities(harness_run): assert harness_run.metric("entity_miss_rate").difference <= 0.05
def test_typo(harness_run): assert harness_run.metric("wre").difference <= 0.01
def test_gate(harness_run): assert harness_run.verdict.passed
"""
LOADED = "import sys\ndef test_loaded(): assert EXPECTED == {name for name in sys.modules if name.partition('.')[0] == 'harness'}\n"


def run_pytest(folder: Path, *arguments: object, ini: str = "", **files: str) -> subprocess.CompletedProcess[str]:
    """Pytest in a folder with these test files, as little of it as possible."""
    (folder / "pytest.ini").write_text(f"[pytest]\n{ini}\n", encoding="utf-8")
    for name, text in files.items():
        (folder / f"test_{name}.py").write_text(text, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:hypothesispytest",
        *map(str, arguments),
    ]
    return subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True, timeout=120)


def test_a_failed_assertion_says_what_to_listen_to(judged: RunDir, tmp_path: Path):
    """Both sides, the interval, the run and the clips; what passes passes. Also in the workers of xdist, for the newest run of a folder."""
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "demo").symlink_to(judged.path)

    done = run_pytest(tmp_path, "-n", "1", ini="harness_run = latest", cutover=CUTOVER)

    page = tmp_path / "reports" / "demo" / "report.html"
    assert 1 == done.returncode, done.stderr
    assert "5 failed, 1 passed" in done.stdout
    assert (
        f"harness: run golden (emulated), verdict fail, {page.parent}\nharness: EMULATED. An emulator " in done.stdout
    )
    details = harness.load_run(page.parent).metric("final_ms").p95.difference.of.details()
    assert f"  in          {page}" == details[-1]
    explained = "\nE   assert -101.0 <= -300\n" + "".join(f"E     {line}\n" for line in details)
    assert explained in done.stdout
    assert "E   assert 0.01 >= 0.0566616\nE     wer in run golden (emulated)\n" in done.stdout
    assert (
        "MissingValueError: difference of entity_miss_rate in run golden (emulated) has no value: no mentions on both"
        in done.stdout
    )
    assert "UnknownNameError: There is no metric 'wre' in run golden (emulated). Did you mean wer?" in done.stdout
    assert (
        "where False = <fail: The candidate is worse than its margin allows: Word error rate, Relative" in done.stdout
    )
    assert "def _refuse" not in done.stdout
    assert "def metric" not in done.stdout


def test_an_invalid_run_is_an_error_unless_it_is_allowed(judged: RunDir, tmp_path: Path):
    """A test on a metric would pass on figures that say nothing; the message says why, what next, and how to look all the same."""
    run = RunDir(tmp_path / "bad")
    run.path.mkdir()
    for name in ("run.json", "summary.json"):
        (run.path / name).symlink_to(judged.path / name)
    why = {"verdict": "invalid", "explanation": "The run can't be trusted: odd.", "next_step": "Record again."}
    run.write_json("verdict.json", judged.read_json("verdict.json") | why)
    words = "def test_words(harness_run): assert harness_run.metric('wer').difference <= 1\n"

    refused = run_pytest(tmp_path, "-p", "no:xdist", "--harness-run", "bad", words=words)
    allowed = run_pytest(tmp_path, "-p", "no:xdist", ini="harness_run = bad\nharness_allow_invalid = true", words=words)

    assert (1, True) == (refused.returncode, "1 error" in refused.stdout), refused.stdout
    assert "harness: run golden (emulated), verdict invalid, " in refused.stdout
    assert "run golden (emulated): The run can't be trusted: odd. Record again. To assert on its" in refused.stdout
    assert (0, True) == (allowed.returncode, "1 passed" in allowed.stdout), allowed.stdout


def test_without_a_run_nothing_is_imported_and_tests_are_skipped(tmp_path: Path):
    """The plugin is two small modules until somebody asks; the skip says what to do."""
    loaded = LOADED.replace("EXPECTED", "{'harness', 'harness.pytest_plugin'}")
    done = run_pytest(tmp_path, "-p", "no:xdist", "-rs", loaded=loaded, without=CUTOVER)

    assert 0 == done.returncode, done.stdout
    assert "1 passed, 6 skipped" in done.stdout
    assert "record one with `harness compare --run-id NAME`, then `pytest --harness-run reports/NAME`" in done.stdout
    off = run_pytest(
        tmp_path, "-p", "no:xdist", "-p", "no:harness", "-k", "loaded", loaded=LOADED.replace("EXPECTED", "set()")
    )
    assert (0, True) == (off.returncode, "1 passed" in off.stdout), off.stdout


def test_a_run_that_is_not_there_is_an_error_and_no_skip(tmp_path: Path):
    """Also if a variable was empty. It is told in one message, and tests that need no run still run."""
    arguments = ("-p", "no:xdist", "--harness-run", "")
    done = run_pytest(
        tmp_path, *arguments, ini="harness_run = unused", plain="def test_plain(): pass\n", cutover=CUTOVER
    )

    assert (1, True) == (done.returncode, "1 passed, 6 errors" in done.stdout), done.stdout
    assert f"{tmp_path}: there is no run. `harness compare" in done.stdout
    assert "During handling" not in done.stdout
