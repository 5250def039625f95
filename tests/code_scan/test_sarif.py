"""SARIF: valid by its schema, and the same as the file kept beside this test.

The schema is the one that Microsoft's jest-sarif (MIT) ships, but for a pattern that was no regular expression. After a change that is meant: `python tests/code_scan/test_sarif.py`.
"""

import json
import os
from pathlib import Path

from check_jsonschema import main as check_jsonschema
from click.testing import CliRunner

from harness.code_scan.rules import RULES
from harness.code_scan.sarif import as_sarif
from harness.code_scan.scan import scan

HERE = Path(__file__).parent
KEPT = HERE / "app.sarif"
SCHEMA = HERE.parent / "resources" / "sarif-2.1.0.json"


def made():
    """The results of the app beside this file; rules, which docs/code.md shows, are left out."""
    document = as_sarif(scan(HERE / "app"), "0")
    document["runs"][0]["tool"]["driver"]["rules"] = []
    return document


def test_the_document_is_valid_sarif(tmp_path):
    """With every rule, parameters, both languages and a file that could not be read."""
    (tmp_path / "app").mkdir()
    for file in (HERE / "app").iterdir():
        (tmp_path / "app" / file.name).write_bytes(file.read_bytes())
    (tmp_path / "app" / "broken.py").write_text("gladia = (", encoding="utf-8")
    document = as_sarif(scan(tmp_path / "app"), "0")
    (tmp_path / "app.sarif").write_text(json.dumps(document), encoding="utf-8")
    done = CliRunner().invoke(check_jsonschema, ["--schemafile", str(SCHEMA), str(tmp_path / "app.sarif")])
    assert (0, 1) == (done.exit_code, len(document["runs"][0]["invocations"][0]["toolExecutionNotifications"])), (
        done.output
    )
    rules = document["runs"][0]["tool"]["driver"]["rules"]
    assert list(RULES) == [rule["id"] for rule in rules]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in document["runs"][0]["results"])


def test_names_of_files_become_relative_addresses(tmp_path):
    """Blanks and accents are quoted; what was not read is a notification."""
    folder = tmp_path / "ein Ordner"
    folder.mkdir()
    (folder / "naïve.py").write_text("gladia = (", encoding="utf-8")
    [run] = as_sarif(scan(tmp_path), "0")["runs"]
    [notification] = run["invocations"][0]["toolExecutionNotifications"]
    location = notification["locations"][0]["physicalLocation"]["artifactLocation"]
    assert {"uri": "ein%20Ordner/na%C3%AFve.py", "uriBaseId": "%SRCROOT%"} == location


def test_what_is_no_unicode_can_be_written(tmp_path):
    """Names of files in another encoding, and halves of characters among parameters."""
    code = 'from assemblyai.streaming.v3 import StreamingParameters as P\nP(prompt="\\ud800", foo="\\x1b[31m")'
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/b\xff.py")).write_text(code, encoding="utf-8")
    document = as_sarif(scan(tmp_path), "0")
    text = json.dumps(document, ensure_ascii=False).encode().decode()
    assert (True, False) == ("b%FF.py" in text, "\x1b" in text)


def test_the_results_are_those_kept():
    """Whoever changes a rule sees here what users will see."""
    assert json.loads(KEPT.read_text(encoding="utf-8")) == made()


if __name__ == "__main__":
    KEPT.write_text(json.dumps(made(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
