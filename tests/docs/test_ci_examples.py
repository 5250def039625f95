"""The CI configurations to copy are valid, careful with keys, and call what there is."""

import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from check_jsonschema import main as check_jsonschema
from click.testing import CliRunner

from harness.cli import commands
from harness.config import load_config
from harness.emulators.scenario import load_scenario

ROOT = Path(__file__).parents[2]
GITHUB = ROOT / "examples" / "ci" / "github-actions.yml"
GITLAB = ROOT / "examples" / "ci" / "gitlab-ci.yml"
SCHEMAS = {GITHUB: ("vendor.github-workflows",), GITLAB: ("vendor.gitlab-ci", "--data-transform", "gitlab-ci")}
STYLE = (
    "{extends: default, rules: {line-length: {max: 130}, truthy: {check-keys: false}, comments-indentation: disable}}"
)


def nightly(path: Path) -> str:
    """The file as it is once everything behind `# Nightly` is no comment any more."""
    head, mark, tail = path.read_text(encoding="utf-8").partition("# Nightly")
    told, _, job = tail.partition("\n")
    return f"{head}{mark}{told}\n" + re.sub(r"(?m)^( *)# ", r"\1", job)


def scripts(document: dict[str, Any]) -> Iterator[str]:
    """Everything that a shell runs."""
    for job in document.get("jobs", document).values():
        yield from (step["run"] for step in job.get("steps", ()) if "run" in step)
        for name in ("script", "after_script"):
            if name in job:
                yield "\n".join(job[name])


@pytest.mark.parametrize("path", [GITHUB, GITLAB], ids=lambda path: path.stem)
def test_an_example_is_valid_as_it_is_and_with_its_nightly_job(path: Path, tmp_path: Path):
    """By the services' own schemas and by yamllint."""
    whole = tmp_path / path.name
    whole.write_text(nightly(path), encoding="utf-8")
    assert "drift" in yaml.safe_load(whole.read_text(encoding="utf-8")).get("jobs", {}) or path == GITLAB
    for file in (path, whole):
        done = CliRunner().invoke(check_jsonschema, ["--builtin-schema", *SCHEMAS[path], str(file)])
        assert (0, "") == (done.exit_code, done.output if done.exit_code else "")
    done = subprocess.run(
        [sys.executable, "-m", "yamllint", "-s", "-d", STYLE, path, whole], check=False, capture_output=True, text=True
    )
    assert "" == done.stdout


@pytest.mark.parametrize("path", [GITHUB, GITLAB], ids=lambda path: path.stem)
def test_every_harness_command_of_an_example_parses(path: Path):
    """By the program's own parser; shellcheck reads the rest."""
    found = list(scripts(yaml.safe_load(path.read_text(encoding="utf-8"))))
    lines = [line for script in found for line in script.splitlines() if line.startswith("harness ")]

    assert ["corpus", "compare"] == [line.split()[1] for line in lines]
    for line in lines:
        arguments = shlex.split(line)[1:]
        command: click.Command = commands
        while isinstance(command, click.Group):
            command = command.commands[arguments.pop(0)]
        context = command.make_context(command.name, arguments)
        if command.name == "compare":
            assert {"live", "use_gate", "yes"} <= {name for name, value in context.params.items() if value is True}
    checked = subprocess.run(
        [Path(sys.executable).with_name("shellcheck"), "-s", "bash", "-"],
        input="\n".join(found),
        check=False,
        capture_output=True,
        text=True,
    )
    assert "" == checked.stdout


def test_the_workflow_may_do_little_and_ends():
    """It reads the repository and no more, waits for others, ends in time, and only the step that streams sees keys."""
    document = yaml.safe_load(nightly(GITHUB))
    assert {"contents": "read"} == document["permissions"]
    assert {"group": "cutover", "cancel-in-progress": False} == document["concurrency"]
    commands = {
        "compare": "harness compare --corpus corpus --live --yes",
        "drift": "harness record --only-side candidate --corpus corpus --live --yes",
    }
    assert commands.keys() == document["jobs"].keys()
    for name, job in document["jobs"].items():
        assert [120, 110] == [
            job["timeout-minutes"],
            *(s["timeout-minutes"] for s in job["steps"] if "timeout-minutes" in s),
        ]
        assert "secrets." not in str(job.get("env"))
        with_keys = [step["run"] for step in job["steps"] if "secrets." in str(step)]
        assert [commands[name]] == [line.partition(" --gate")[0].partition(" --run-id")[0] for line in with_keys]
        assert all(re.fullmatch(r"actions/[a-z-]+@v\d+", step["uses"]) for step in job["steps"] if "uses" in step)
        assert "if" in next(step for step in job["steps"] if "upload-artifact" in str(step))
        assert "${{" not in "".join(step.get("run", "") for step in job["steps"])  # nothing foreign gets into a shell


def test_the_job_keeps_its_run_and_shows_its_tests():
    """Also of a run that fails; those who may not read the code may not hear the calls."""
    job = yaml.safe_load(GITLAB.read_text(encoding="utf-8"))["cutover"]
    kept = job["artifacts"]
    assert ("always", "developer", "2 weeks") == (kept["when"], kept["access"], kept["expire_in"])
    assert (["reports/$RUN/"], {"junit": "reports/$RUN/junit.xml"}) == (kept["paths"], kept["reports"])
    assert ("cutover", False) == (job["resource_group"], job["interruptible"])


def test_the_version_installed_is_this_one():
    """Whoever copies an example of a release gets that release."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    for path in (GITHUB, GITLAB):
        assert {version} == set(re.findall(r"cutover_harness-([\d.]+)-py3", nightly(path)))


def test_the_rehearsal_is_a_configuration_and_a_scenario(tmp_path: Path):
    """Both sides are the emulator that the command starts, and the commands are the program's."""
    page = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    worse, rehearsal = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    (tmp_path / "worse.toml").write_text(worse, encoding="utf-8")
    (tmp_path / "rehearsal.toml").write_text(rehearsal, encoding="utf-8")

    [session] = load_scenario(tmp_path / "worse.toml").session
    config = load_config(tmp_path / "rehearsal.toml").config

    assert ["truncate", "delay"] == [fault.kind for fault in session.fault]
    emulate, compare = (
        shlex.split(line)
        for line in re.findall(r"^ {4}harness ((?:emulate --sc|compare --conf).*)$", page, re.MULTILINE)
    )
    port = commands.commands["emulate"].make_context("emulate", emulate[1:]).params["port"]
    assert [f"ws://127.0.0.1:{port}", f"http://127.0.0.1:{port + 1}"] == [config.baseline.host, config.candidate.host]
    assert commands.commands["compare"].make_context("compare", compare[1:]).params["use_gate"]
