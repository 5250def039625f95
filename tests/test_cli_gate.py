"""`harness gate` and `harness approve` as a user meets them."""

import json
import shutil
from pathlib import Path

import pytest
from scripted import DEMO

from harness.cli import run
from harness.rundir import RunDir

WHY = ["--reason", "drug names", "--author", "Ann", "--until", "2999-12-31"]


@pytest.fixture
def folder(judged: RunDir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the golden run, whose words fail, in the working directory; no CI around."""
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    shutil.copytree(judged.path, tmp_path / "run", ignore=shutil.ignore_patterns("sessions"))
    return tmp_path / "run"


def read(path: Path):
    return json.loads(path.read_text(encoding="utf-8"))


def test_approve_then_gate(folder: Path, capsys: pytest.CaptureFixture):
    """What is accepted by name no longer fails the run, and every output shows it with its number and who accepted it."""
    value = read(folder / "verdict.json")["rules"][0]["value"]

    approved = run(["approve", str(folder), "wer_abs", "wer_rel", *WHY])
    capsys.readouterr()
    after = run(["gate", str(folder), "--no-color"])

    assert (0, 4) == (approved, after)  # the other rules have too little evidence
    told = "fail (approved until 2999-12-31 by Ann: drug names)"
    out = capsys.readouterr().out
    assert f"Word error rate: +{100 * value:.1f}\N{NO-BREAK SPACE}pp, {told}".replace("\N{NO-BREAK SPACE}", " ") in out
    for name in ("summary.md", "junit.xml"):
        assert told in (folder / name).read_text(encoding="utf-8"), name
    rule = read(folder / "verdict.json")["rules"][0]
    assert ("fail", value, "Ann") == (rule["verdict"], rule["value"], rule["approved"]["by"])
    assert (folder.parent / "harness-approvals.toml").read_text().count("[[approval]]") == 2


def test_approvals_stand_beside_the_configuration(folder: Path, capsys: pytest.CaptureFixture):
    """Wherever the gate is run, those of the run's own configuration count, unless another file is named."""
    document = read(folder / "run.json")
    document["provenance"] = {"config_folder": "../project"}
    document["config"]["gate"]["approvals"] = "gate/accepted.toml"
    (folder / "run.json").write_text(json.dumps(document))

    assert 0 == run(["approve", str(folder), "wer_abs", *WHY, "--json"])

    assert ["wer_abs"] == json.loads(capsys.readouterr().out)["approved"]
    accepted = folder.parent / "project" / "gate" / "accepted.toml"
    assert accepted.is_file()
    run(["gate", str(folder)])
    assert ["used"] == [use["state"] for use in read(folder / "verdict.json")["approvals"]]
    (folder.parent / "none.toml").write_text("")
    run(["gate", str(folder), "--approvals", "none.toml"])
    assert [] == read(folder / "verdict.json")["approvals"]


def test_an_expired_approval_is_a_warning(folder: Path, capsys: pytest.CaptureFixture):
    """The run fails again, and the reader learns why."""
    run(["approve", str(folder), "wer_abs", *WHY])
    file = folder.parent / "harness-approvals.toml"
    file.write_text(file.read_text().replace("2999-12-31", "2026-01-01"))
    capsys.readouterr()

    assert 1 == run(["gate", str(folder)])

    told = "wer_abs: the approval expired on 2026-01-01."
    assert f"Warning: {told}" in capsys.readouterr().out
    assert f"- {told}" in (folder / "summary.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["wer_abz", *WHY], "there is no rule 'wer_abz'. Did you mean 'wer_abs'"),
        (["wer_abs", *WHY[2:]], "approve needs --reason TEXT (why)."),
        (["wer_abs", *WHY[:4]], "approve needs --until DATE (the last day on which it holds)."),
        (["wer_abs"], "approve needs --reason TEXT (why); --author NAME (who accepts it); --until DATE (the last day"),
        (["wer_abs", *WHY[:4], "--until", "2020-01-01"], "which is past"),
        (["wer_abs", *WHY[:4], "--until", "soon"], "Invalid value for '--until'"),
        (["post_final_mutation", *WHY], "post_final_mutation is pass in this run"),
        (WHY, "approve needs a rule, such as wer_abs, or --baseline FILE."),
        (["wer_abs", "--baseline", "b.json"], "--baseline takes the whole run"),
        (["--baseline", "b.json"], "the verdict is fail. Say with --author and --reason"),
    ],
)
def test_what_cannot_be_approved_is_refused(folder: Path, capsys: pytest.CaptureFixture, arguments, message):
    """Exit 2, one message, nothing written."""
    before = sorted(folder.parent.rglob("*"))

    assert 2 == run(["approve", str(folder), *arguments])

    assert message in capsys.readouterr().err
    assert before == sorted(folder.parent.rglob("*"))


@pytest.mark.parametrize("arguments", [["wer_abs", *WHY], ["--baseline", "b.json", *WHY[:4]]])
def test_a_verdict_of_another_schema_is_refused(folder: Path, capsys: pytest.CaptureFixture, arguments):
    """Nothing is accepted of what can't be understood."""
    (folder / "verdict.json").write_text('{"schema": "harness.verdict/9"}', encoding="utf-8")

    assert 2 == run(["approve", str(folder), *arguments])

    assert "verdict.json: schema is 'harness.verdict/9', this version reads" in capsys.readouterr().err
    assert ["run"] == [path.name for path in folder.parent.iterdir()]


def test_approvals_that_cannot_be_read_are_refused(folder: Path, capsys: pytest.CaptureFixture):
    """A folder, or a link to nothing, where the configuration's file is looked for is no file that is not there yet."""
    (folder.parent / "harness-approvals.toml").symlink_to("nowhere")

    assert 2 == run(["gate", str(folder)])

    assert "harness-approvals.toml: there is no such file" in capsys.readouterr().err


def test_a_misspelt_rule_in_the_file_is_refused(folder: Path, capsys: pytest.CaptureFixture):
    """A typo must not switch an approval off, silently."""
    run(["approve", str(folder), "wer_abs", *WHY])
    file = folder.parent / "harness-approvals.toml"
    file.write_text(file.read_text().replace('"wer_abs"', '"wer_abz"'))

    for command in (["gate", str(folder)], ["plan", "--corpus", str(DEMO)]):  # before anything is streamed, too
        assert 2 == run(command)
        assert "approval 1: there is no rule 'wer_abz'. Did you mean 'wer_abs'" in capsys.readouterr().err


def test_a_named_file_that_is_not_there_is_refused(folder: Path, capsys: pytest.CaptureFixture):
    """Whoever names approvals or a baseline expects them to count; nothing is written."""
    for option in ("--approvals", "--against"):
        assert 2 == run(["gate", str(folder), option, "typo"])
        assert "typo: there is no such file. `harness approve" in capsys.readouterr().err
    assert [] == list(folder.glob("*-against*"))
    assert 2 == run(["gate", str(folder), "--approvals", "a", "--against", "b"])


def test_baseline_then_against(folder: Path, capsys: pytest.CaptureFixture):
    """The verdict on drift stands in files of its own, is labelled as such in each, and leaves the ordinary one alone."""
    before = {name: (folder / name).read_bytes() for name in ("verdict.json", "junit.xml", "summary.md")}
    capsys.readouterr()

    approved = run(["approve", str(folder), "--baseline", "accepted.json", "--author", "Ann", "--reason", "cutover"])
    said, warned = capsys.readouterr()
    code = run(["gate", str(folder), "--against", "accepted.json", "--json"])

    assert (0, 4) == (approved, code)
    assert said.startswith("accepted.json: 30 sessions, 5.")
    assert "the verdict on" in warned
    assert "is fail (wer_abs, wer_rel" in warned
    printed = json.loads(capsys.readouterr().out)
    assert printed == read(folder / "verdict-against.json")
    assert ("accepted.json", "golden") == (printed["against"]["file"], printed["against"]["run_id"])
    assert {0} == {rule["value"] for rule in printed["rules"]}
    assert '"harness gate against accepted.json (emulated)"' in (folder / "junit-against.xml").read_text()
    assert "**Drift against accepted.json**" in (folder / "summary-against.md").read_text()
    assert before == {name: (folder / name).read_bytes() for name in before}
    assert read(folder / "verdict.json")["against"] is None


def test_another_format_is_refused(folder: Path, capsys: pytest.CaptureFixture):
    """Both values are named, and nothing is written."""
    run(["approve", str(folder), "--baseline", "accepted.json", "--author", "Ann", "--reason", "cutover"])
    document = read(folder / "run.json")
    document["identity"]["audio"]["chunk_ms"] = 50.0
    (folder / "run.json").write_text(json.dumps(document))
    capsys.readouterr()

    assert 2 == run(["gate", str(folder), "--against", "accepted.json"])

    assert "audio.chunk_ms was 100.0 and is 50.0" in capsys.readouterr().err
    assert [] == list(folder.glob("*against*"))


def test_an_incomplete_candidate_is_invalid_against_a_file_too(folder: Path):
    """Half a night's run is no evidence; a missing baseline, which nobody needs, is none against it."""
    run(["approve", str(folder), "--baseline", "accepted.json", "--author", "Ann", "--reason", "cutover"])
    document = read(folder / "run.json")
    document["sessions"]["planned"] = {"baseline": 0, "candidate": 30}
    (folder / "run.json").write_text(json.dumps(document))
    alone = run(["gate", str(folder), "--against", "accepted.json"])
    document["sessions"]["planned"]["candidate"] = 60
    (folder / "run.json").write_text(json.dumps(document))

    assert (4, 3) == (alone, run(["gate", str(folder), "--against", "accepted.json"]))
    assert 3 == run(["gate", str(folder)])
    assert 2 == run(["approve", str(folder), "--baseline", "b.json"])  # neither verdict is valid


def test_in_github_actions(folder: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch):
    """Annotations among the output, the summary appended to the page of the job; JSON stays alone on stdout."""
    page = folder.parent / "page.md"
    page.write_text("# before\n")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))

    assert 1 == run(["gate", str(folder)])

    out = capsys.readouterr().out
    assert "::error title=Word error rate%3A FAIL::+5." in out
    assert f"# before\n{(folder / 'summary.md').read_text(encoding='utf-8')}\n" == page.read_text(encoding="utf-8")
    run(["gate", str(folder), "--json"])
    captured = capsys.readouterr()
    assert "fail" == json.loads(captured.out)["verdict"]
    assert "::error" in captured.err
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(folder.parent))
    assert 1 == run(["gate", str(folder)])
    assert "can't be written" in capsys.readouterr().err


def test_a_run_that_passed_becomes_a_baseline_without_a_warning(folder: Path, capsys: pytest.CaptureFixture):
    """Nothing is wrong with it that would never be seen again."""
    (folder / "verdict.json").write_text(json.dumps({**read(folder / "verdict.json"), "verdict": "pass"}))

    assert 0 == run(["approve", str(folder), "--baseline", "accepted.json", "--author", "Ann", "--reason", "cutover"])
    assert "" == capsys.readouterr().err
