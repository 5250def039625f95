"""What docs/emulators.md shows is what the emulators do; its TypeScript runs among the clients."""

import json
import os
import re
import subprocess
import sys
from dataclasses import asdict, fields
from pathlib import Path
from typing import get_args
from urllib.parse import urlsplit

import pytest

from harness.emulators import embedded
from harness.emulators.faults import FaultKind
from harness.emulators.options import AssemblyAIOptions, GladiaOptions
from harness.emulators.scenario import load_scenario

TEXT = (Path(__file__).parents[2] / "docs" / "emulators.md").read_text(encoding="utf-8")
SCENARIO = '[[session]]\n[[session.segment]]\ntext = "Queen of hearts."\nstart_s = 0.2\nend_s = 0.9\n'


def shown(language: str) -> list[str]:
    """The blocks of a language."""
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


@pytest.fixture(scope="module")
def emulators(tmp_path_factory: pytest.TempPathFactory):
    path = tmp_path_factory.mktemp("page") / "scenario.toml"
    path.write_text(SCENARIO, encoding="utf-8")
    with embedded.start("script", path) as running:
        yield running


def here(emulators: embedded.Emulators, snippet: str) -> str:
    """The snippet with the ports of the running emulators."""
    ports = {"8765": urlsplit(emulators.assemblyai).port, "8766": urlsplit(emulators.gladia).port}
    return re.sub(r"\b876[56]\b", lambda found: str(ports[found[0]]), snippet)


def test_the_line_of_json_has_the_keys_of_a_real_one(emulators: embedded.Emulators):
    """What is printed without TLS; the page names what TLS adds."""
    real = {name for name, value in asdict(emulators).items() if value is not None}
    assert real == json.loads(shown("json")[0]).keys()
    assert all(f"`{name}`" in TEXT for name in asdict(emulators).keys() - real)


@pytest.mark.parametrize("snippet", shown("python"), ids=["assemblyai", "gladia"])
def test_the_python_runs_as_it_stands(emulators: embedded.Emulators, tmp_path: Path, snippet: str):
    """A program of nothing else prints what was said."""
    (tmp_path / "speech.pcm").write_bytes(bytes(3200 * 12))
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", here(emulators, snippet)],
        cwd=tmp_path, env={**os.environ, "NO_PROXY": "127.0.0.1"}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, "queen of hearts" in done.stdout.lower()) == (0, True), done.stderr


@pytest.mark.parametrize("block", shown("sh"))
def test_every_curl_command_is_answered(emulators: embedded.Emulators, block: str):
    """With success, and with JSON where there is an answer."""
    for line in here(emulators, block).strip().splitlines():
        assert line.startswith("curl -s ")
        done = subprocess.run(
            line.replace("curl -s ", "curl -s --fail-with-body --noproxy '*' ", 1),
            shell=True, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stdout[:1] in {"{", "[", ""}) == (0, True), done.stdout


def test_the_scenario_shown_is_valid(tmp_path: Path):
    """All of its keys mean something."""
    path = tmp_path / "shown.toml"
    path.write_text(shown("toml")[0], encoding="utf-8")
    assert load_scenario(path).session[0].fault[0].delay_ms == 400


def rows(after: str) -> dict[str, str]:
    """The first two cells of the table that follows a text."""
    table = TEXT[TEXT.index(after) :].split("\n\n", maxsplit=1)[0]
    return dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", table, re.MULTILINE))


def test_every_kind_of_fault_is_described():
    """And none that does not exist."""
    assert set(get_args(FaultKind)) == set(rows("| kind |"))


@pytest.mark.parametrize("options", [AssemblyAIOptions, GladiaOptions])
def test_every_switch_is_described_with_its_default(options: type):
    """And none that does not exist."""
    switches = rows(f"| `{options.__name__.removesuffix('Options').lower()}.`")
    assert {field.name: written(getattr(options(), field.name)) for field in fields(options)} == switches


def written(value: object) -> str:
    """As the page writes it."""
    if value is None or isinstance(value, bool):
        return "none" if value is None else str(value).lower()
    return str(list(value)) if isinstance(value, tuple) else str(value)
