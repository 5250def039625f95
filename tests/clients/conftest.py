"""Clients that others wrote, unmodified, against the emulators: installed once, run as programs of their own.

A client says what happened to it as lines of JSON. Where what runs it can't be had, its tests are skipped with the reason,
except in CI, where they fail.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pytest
import soundfile
from scripted import DEMO

from harness.emulators import embedded

HERE = Path(__file__).parent
NODE = HERE / "node"
REQUIREMENTS = HERE / "agents" / "requirements.txt"
CLIENT_TIMEOUT_S = 90
LOOPBACK = "127.0.0.1,localhost"
INSTALL_TIMEOUT_S = 540
OLDEST_NODE = 20
TAKES = {"ps_cards_002": "Four queen of clubs.", "ps_cards_003": "Seven of clubs."}
PAUSE_S = 0.7  # after each take
SCENARIO = """
seed = 3
[[session]]
partial_delay_ms = 20
final_delay_ms = 100
"""

Happening = dict[str, Any]
Client = Callable[..., list[Happening]]


@dataclass(frozen=True, slots=True)
class Speech:
    """A recording of several utterances and the scenario that says what is in it.

    Attributes:
        audio: Raw PCM, 16 kHz, 16 bit, a whole number of 100 ms pieces.
        scenario: Times and texts of the utterances.
        texts: The texts alone.
        sha256: Of the audio, as the ledger has it.
    """

    audio: Path
    scenario: Path
    texts: tuple[str, ...]
    sha256: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What curl got: status, content type without parameters, and the document."""

    status: int
    content_type: str
    document: Any


@pytest.fixture(scope="session")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Speech:
    """Two takes of the demo corpus, one after the other."""
    folder = tmp_path_factory.mktemp("speech")
    clips = {clip["id"]: clip for clip in map(json.loads, (DEMO / "manifest.jsonl").read_text().splitlines())}
    audio, scenario = b"", SCENARIO
    for name, text in TAKES.items():
        clip, begin_s = clips[name], len(audio) / 32000
        samples, rate = soundfile.read(DEMO / clip["audio_filepath"], dtype="int16")
        assert rate == 16000
        [said] = clip["segments"]
        start_s, end_s = (round(begin_s + said[edge], 3) for edge in ("start", "end"))
        scenario += f'[[session.segment]]\ntext = "{text}"\nstart_s = {start_s}\nend_s = {end_s}\n'
        audio += samples.tobytes() + bytes(2 * int(PAUSE_S * rate))
    audio += bytes(-len(audio) % 3200)
    (folder / "speech.pcm").write_bytes(audio)
    (folder / "scenario.toml").write_text(scenario, encoding="utf-8")
    digest = hashlib.sha256(audio).hexdigest()
    return Speech(folder / "speech.pcm", folder / "scenario.toml", tuple(TAKES.values()), digest)


@pytest.fixture(scope="session")
def emulators(speech: Speech) -> Iterator[embedded.Emulators]:
    """Both services, by TLS too, hearing the recording; the key `bad` is refused."""
    with embedded.start("script", speech.scenario, "--tls", "--reject-key", "bad") as running:
        yield running


@pytest.fixture(scope="session")
def installed(request: pytest.FixtureRequest) -> Callable[[Path], str]:
    """Installs the packages of a folder's lock beside it; returns the program that runs what lies there."""
    program = shutil.which("node")
    version = run([program, "--version"]).stdout.strip().lstrip("v") if program else ""
    if program is None or int(version.partition(".")[0]) < OLDEST_NODE or not shutil.which("npm"):
        unavailable(f"the TypeScript SDKs need Node {OLDEST_NODE} or later and npm (found: {version or 'none'})")

    def install_folder(folder: Path) -> str:
        mark = folder / "node_modules" / ".lock-hash"
        with locked(request.config.cache.mkdir("clients") / "node.lock"):
            if not is_current(mark, folder / "package-lock.json"):
                install(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], folder)
                mark_current(mark, folder / "package-lock.json")
        return program

    return install_folder


@pytest.fixture(scope="session")
def built(installed: Callable[[Path], str], request: pytest.FixtureRequest) -> Callable[[Path], None]:
    """Compiles the TypeScript of a folder with the compiler of its lock, as its README says."""

    def build(folder: Path) -> None:
        installed(folder)
        with locked(request.config.cache.mkdir("clients") / "build.lock"):
            done = run([shutil.which("npm"), "run", "build"], folder=folder)
        assert done.returncode == 0, done.stdout + done.stderr

    return build


@pytest.fixture(scope="session")
def node(installed: Callable[[Path], str]) -> Client:
    """Runs a module of `node/` with the packages of its lock."""
    program = installed(NODE)

    def client(script: str, *, trust: str | None = None, **settings: Any) -> list[Happening]:
        environment = {"NODE_EXTRA_CA_CERTS": trust} if trust else {}
        return happenings([program, str(NODE / script), json.dumps(settings)], environment)

    return client


@pytest.fixture(scope="session")
def run_module(node: Client) -> Callable[[Path, str], str]:
    """Runs a module that lies elsewhere as if it lay beside the packages of `node/`; returns what it printed."""

    def runner(module: Path, trust: str) -> str:
        (module.parent / "node_modules").symlink_to(NODE / "node_modules")
        done = run(["node", str(module)], {"NODE_EXTRA_CA_CERTS": trust}, folder=module.parent)
        assert done.returncode == 0, f"{module.read_text()} failed:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    return runner


@pytest.fixture(scope="session")
def sdks() -> Client:
    """Runs a program of `sdks/` in this environment; the authority it trusts is chosen when a process starts."""

    def client(script: str, *, trust: str, **settings: Any) -> list[Happening]:
        command = [sys.executable, str(HERE / "sdks" / script), json.dumps(settings)]
        return happenings(command, {"SSL_CERT_FILE": trust})

    return client


@pytest.fixture(scope="session")
def agents(request: pytest.FixtureRequest) -> Client:
    """Runs a program of `agents/` in an environment of its own, with the packages of its lock."""
    name = f"agents-{sys.version_info.major}.{sys.version_info.minor}"
    environment = request.config.cache.mkdir("clients") / name
    python = environment / "bin" / "python"
    with locked(environment.with_suffix(".lock")):
        if not is_current(environment / ".lock-hash", REQUIREMENTS):
            uv = [sys.executable, "-m", "uv"]
            install([*uv, "venv", "--clear", "--python", sys.executable, str(environment)], HERE)
            install([*uv, "pip", "sync", "--python", str(python), str(REQUIREMENTS)], HERE)
            mark_current(environment / ".lock-hash", REQUIREMENTS)

    def client(script: str, **settings: Any) -> list[Happening]:
        return happenings([str(python), str(HERE / "agents" / script), json.dumps(settings)])

    return client


@pytest.fixture(scope="session")
def curl() -> Callable[..., Answer]:
    """Runs curl with given arguments."""
    program = shutil.which("curl")
    if program is None:
        unavailable("curl is not installed")

    def client(*arguments: str) -> Answer:
        done = run([program, "--silent", "--show-error", "--write-out", "\n%{http_code} %{content_type}", *arguments])
        assert done.returncode == 0, done.stderr
        body, _, last = done.stdout.rpartition("\n")
        status, _, content_type = last.partition(" ")
        return Answer(int(status), content_type.partition(";")[0], json.loads(body) if body else None)

    return client


def happenings(command: list[str | None], environment: dict[str, str] | None = None) -> list[Happening]:
    """What a client printed, line by line."""
    done = run(command, environment)
    assert done.returncode == 0, f"{command} failed:\n{done.stdout}\n{done.stderr}"
    return [json.loads(line) for line in done.stdout.splitlines()]


def run(
    command: list[str | None], environment: dict[str, str] | None = None, folder: Path = HERE
) -> "subprocess.CompletedProcess[str]":
    """Run a client to its end, without a system proxy between it and the emulators."""
    variables = {**os.environ, "NO_PROXY": LOOPBACK, "no_proxy": LOOPBACK, **(environment or {})}
    try:
        return subprocess.run(
            command, cwd=folder, env=variables, capture_output=True, text=True, check=False, timeout=CLIENT_TIMEOUT_S
        )
    except subprocess.TimeoutExpired as hang:
        pytest.fail(f"{command} did not end. It said:\n{hang.stdout!r}\n{hang.stderr!r}")


def unavailable(reason: str) -> NoReturn:
    """Skip with a reason that nobody overlooks; CI must have everything."""
    if os.environ.get("CI"):
        pytest.fail(f"CI has to run every client, but {reason}.", pytrace=False)
    pytest.skip(f"NOT TESTED: {reason}.")


def install(command: list[str], folder: Path) -> None:
    """Run an installer; without a network there is nothing to test."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=INSTALL_TIMEOUT_S)
    if done.returncode:
        unavailable(f"`{' '.join(command)}` failed: {done.stderr.strip()[-500:]}")


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """One at a time, though tests run in several processes."""
    with path.open("w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def is_current(mark: Path, lock: Path) -> bool:
    """True if what the lock names was installed completely."""
    return mark.exists() and mark.read_text(encoding="utf-8") == digest_of(lock)


def mark_current(mark: Path, lock: Path) -> None:
    """Remember what was installed, after it was."""
    mark.write_text(digest_of(lock), encoding="utf-8")


def digest_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
