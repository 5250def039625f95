"""`harness translate --code`, as a user types it."""

import json
import sys
from pathlib import Path

from click.testing import CliRunner

from harness.cli import commands, run
from harness.code_scan import typescript_code

APP = Path(__file__).parent / "code_scan" / "app"


def test_it_prints_each_place_with_its_counterpart_and_says_that_nothing_was_changed():
    """By file, with the line's code, the rows of parameters, and what to write instead."""
    done = CliRunner().invoke(commands, ["translate", "--code", str(APP)], standalone_mode=False)
    assert 0 == done.return_value
    lines = [line.strip() for line in done.output.splitlines()]
    assert ["live.py", "live.ts"] == [line for line in lines if line.startswith("live.")]
    assert "21:9  trap    assemblyai-force-endpoint" in lines
    assert "self.client.force_endpoint()" in lines
    assert any(line.startswith("13: max_turn_silence = 2400  approximate -> endpointing:") for line in lines)
    assert "2 source files, 2 of them with either SDK: 8 traps, 6 changes, 0 notes. Nothing was changed." == lines[-1]


def test_json_and_sarif_hold_the_same_findings(tmp_path):
    """One JSON object on stdout, people's text on stderr."""
    sarif = tmp_path / "found.sarif"
    done = CliRunner().invoke(
        commands, ["translate", "--code", str(APP), "--json", "--sarif", str(sarif)], standalone_mode=False
    )
    document = json.loads(done.stdout)
    results = json.loads(sarif.read_text(encoding="utf-8"))["runs"][0]["results"]
    assert "harness.code/1" == document["schema"]
    assert [each["rule"] for each in document["findings"]] == [each["ruleId"] for each in results]
    assert "Nothing was changed." in done.stderr


def test_strict_exits_1_at_a_trap(tmp_path):
    """And 0 without one."""
    (tmp_path / "calm.py").write_text("import assemblyai\n", encoding="utf-8")
    assert [1, 0] == [run(["translate", "--code", str(folder), "-q", "--strict"]) for folder in (APP, tmp_path)]


def test_a_file_that_is_not_read_is_no_clean_bill(tmp_path, monkeypatch):
    """The last line counts it, and --strict exits 1: there may be a trap in it."""
    monkeypatch.setitem(sys.modules, "tree_sitter", None)
    typescript_code._parser.cache_clear()
    (tmp_path / "app.ts").write_text("import 'assemblyai';\n", encoding="utf-8")
    done = CliRunner().invoke(commands, ["translate", "--code", str(tmp_path), "--strict"], standalone_mode=False)

    assert 1 == done.return_value
    assert "pip install '.[code]'" in done.output
    assert "1 file not read, or not wholly (named above): there may be more." == done.output.splitlines()[-1]


def test_what_cannot_be_done_is_refused(tmp_path, capsys):
    """A folder that is not there, a file to write that can't be, options that do not go together."""
    (tmp_path / "no").touch()
    for arguments, said in (
        (["--code", "nowhere"], "--code nowhere: there is no such folder."),
        (["--code", str(APP), "--sarif", str(tmp_path / "no" / "x.sarif")], "can't be written"),
        (["--sarif", "x.sarif", "params.json"], "--sarif writes what --code DIR found"),
        (["--code", str(APP), "params.json"], "leave FILE and --out away"),
    ):
        assert 2 == run(["translate", *arguments])
        assert said in capsys.readouterr().err


def test_no_name_of_a_file_is_a_command_to_ci(tmp_path, capsys):
    """A line that begins with two colons would be one."""
    (tmp_path / "::error::pwned.py").write_text(
        "import assemblyai\nu = 'wss://streaming.assemblyai.com'", encoding="utf-8"
    )
    assert 0 == run(["translate", "--code", str(tmp_path)])
    lines = capsys.readouterr().out.splitlines()
    assert ("'::error::pwned.py'", []) == (lines[0], [line for line in lines if line.lstrip().startswith("::")])
