"""Keys and session tokens: what the program writes, prints and shows to other processes holds none of them."""

import base64
import gzip
import io
import logging
import os
import re
import threading
import zlib
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
from scripted import SPEECH, plan

from harness import pipeline
from harness.emulators import embedded
from harness.emulators.connection import new_ids
from harness.recording import Recording
from harness.replay import engine
from harness.rundir import RunDir

KEYS = {"baseline": "planted-assemblyai-key-7f3a", "candidate": "planted/gladia+key-9c1e"}
PROXY_PASSWORD = "planted-proxy-5d1b"
SEED = 7
ids = new_ids(SEED, "gladia/1")
TOKEN = [ids(), ids()][1]  # of the address that the POST answers: the session's id is drawn first


def spellings(secret: str) -> list[str]:
    """How services and libraries quote a secret."""
    encoded = base64.b64encode(secret.encode()).decode().rstrip("=")
    return [secret, secret.upper(), quote(secret, safe=""), secret.replace("/", "\\/"), encoded[:-1]]


# Both are closed in the midst of the call, and the reason quotes the key; what was said until then quotes the rest.
SCENARIO = f"seed = {SEED}\n" + "".join(
    SPEECH.format(match=f'match = {{provider = "{provider}"}}').replace("Queen", f"{' '.join(said)} Queen")
    + f"[[session.fault]]\nat_s = 0.8\nkind = \"close\"\ncode = {code}\nreason = 'no {secrets}'\n"
    for provider, code, key, secrets in (
        ("assemblyai", 3005, KEYS["baseline"], KEYS["baseline"]),
        ("gladia", 4408, KEYS["candidate"], f"{KEYS['candidate']} {TOKEN}"),
    )
    for said in [[spelling.replace("\\", "\\\\") for spelling in spellings(key)[1:]] + [f"wss://x.test/?token={TOKEN}"]]
)


@pytest.fixture(scope="module")
def leaks(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """One run with planted keys and failing sessions, and everything it left: files, logs, arguments of processes."""
    folder = tmp_path_factory.mktemp("secrets")
    (folder / "scenario.toml").write_text(SCENARIO)
    log, patch = io.StringIO(), pytest.MonkeyPatch()
    handler = logging.StreamHandler(log)
    logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel(logging.DEBUG)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):  # nobody listens there: the emulators are reached without
        patch.setenv(name, f"http://someone:{PROXY_PASSWORD}@127.0.0.1:9")
    patch.setattr(engine, "harness_faults", lambda _sessions: ())  # a busy machine would have it run again
    seen: set[bytes] = set()
    try:
        with embedded.start("script", folder / "scenario.toml") as emulators:
            planned = plan(emulators)
            sides = {side: replace(planned.sides[side], api_keys={"KEY": key}) for side, key in KEYS.items()}
            recording = Recording(replace(planned, sides=sides), RunDir(folder / "run"))
            run = while_watching(recording.record, seen)
    finally:
        patch.undo()
        logging.getLogger().removeHandler(handler)
        logging.getLogger().setLevel(logging.WARNING)
    pipeline.score(run)
    pipeline.judge(run)
    pipeline.report(run)
    return {
        "run": run,
        "files": {path: readable(path) for path in run.path.rglob("*") if path.is_file()},
        "log": log.getvalue().encode(),
        "arguments": b"\n".join(seen),
    }


def while_watching(work, seen: set[bytes]):
    """The result of `work`, while the command lines of this process and its children are read over and over."""
    done = threading.Event()

    def watch():
        while not done.wait(0.02):
            for pid in [os.getpid(), *children(os.getpid())]:
                try:
                    seen.add(Path(f"/proc/{pid}/cmdline").read_bytes())
                except OSError:
                    continue  # it has ended

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        return work()
    finally:
        done.set()
        thread.join()


def children(pid: int) -> list[int]:
    found: list[int] = []
    for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):  # the thread has ended
            found += map(int, tasks.read_text().split())
    return found


def readable(path: Path) -> bytes:
    """A file's bytes, with what is compressed in it unpacked behind them."""
    data = path.read_bytes()
    if path.suffix == ".gz":
        return gzip.decompress(data)
    packed = re.findall(rb'"?(eJ[\w+/=]{20,}|eN[\w+/=]{20,})"?', data)  # base64 of a zlib stream
    return data + b"".join(zlib.decompress(base64.b64decode(part)) for part in packed)


def test_the_sessions_failed_while_quoting_their_keys(leaks: dict):
    """Else nothing below would be tested: the reason of each close came back with the key replaced."""
    quoted = {path.name for path, data in leaks["files"].items() if b"no [key]" in data and "sessions" in path.parts}

    assert {"baseline.1.jsonl.gz", "candidate.1.jsonl.gz"} <= quoted


@pytest.mark.parametrize("key", [*KEYS.values(), PROXY_PASSWORD])
def test_a_key_is_in_no_file_log_or_argument(leaks: dict, key: str):
    """Timelines, tables, verdict, report with its frames, debug log, command lines of workers."""
    written = {**leaks["files"], Path("log"): leaks["log"], Path("arguments"): leaks["arguments"]}
    for secret in map(str.encode, spellings(key)):
        assert [] == [path.name for path, data in written.items() if secret in data]

    assert len(leaks["arguments"].split(b"\n")) > 1  # workers were seen


def test_a_session_token_is_in_no_file_or_log(leaks: dict):
    """Whoever has the address of a Gladia session may speak in it."""
    assert [] == [path.name for path, data in leaks["files"].items() if TOKEN.encode() in data]
    assert TOKEN.encode() not in leaks["log"]
    assert any(b"?token=[key]" in data for data in leaks["files"].values())  # it was said
