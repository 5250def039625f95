"""The migration guide's steps against the emulators: each fails as its defect says, the scan names the line, the fix runs.

What is run are the programs of `guide/`; with MIGRATION_GUIDE, also the snippets of a copy of the page.
"""

import json
import os
import re
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from pathlib import Path

import pytest
from patient import comes_true

from harness.code_scan.scan import scan

CLIENT_TIMEOUT_S = 90
LOOPBACK = "127.0.0.1,localhost"
GUIDE = Path(__file__).parent / "guide"
AS_WRITTEN_GLADIA = {
    "gladia-early-audio",
    "gladia-every-message",
    "gladia-late-listener",
    "gladia-no-stop",
    "name-not-assigned",
}
TRAPS = {
    "assemblyai_as_written.py": {
        "assemblyai-late-listener",
        "assemblyai-no-disconnect",
        "assemblyai-set-params",
        "assemblyai-turn-formatted",
        "name-not-assigned",
    },
    "gladia_as_written.py": AS_WRITTEN_GLADIA,
    "gladia_names_right.py": AS_WRITTEN_GLADIA - {"name-not-assigned"},
    "gladia_in_time.py": {"gladia-early-audio", "gladia-every-message", "gladia-no-stop"},
    "assemblyai_as_written.mjs": {
        "assemblyai-late-listener",
        "assemblyai-no-disconnect",
        "assemblyai-stream-argument",
    },
    "gladia_as_written.mjs": {"gladia-every-message", "gladia-late-listener", "gladia-no-stop"},
    "gladia_in_time.mjs": {"gladia-every-message", "gladia-no-stop"},
    "assemblyai_corrected.py": set(),
    "assemblyai_corrected.mjs": set(),
    "gladia_corrected.py": set(),
    "gladia_corrected.mjs": set(),
}


def messages_since(emulators, before, service):
    """Types of what a service has sent since the ledger was that long."""
    own = [each["session_id"] for each in emulators.ledger()[before:] if each["provider"] == service]
    return {message["type"] for session_id in own for message in emulators.session(session_id)["messages"]}


@pytest.fixture
def steps(emulators, speech):
    """Runs Python programs of the guide at once, one a service; of each what it printed, how it went, the service's account."""

    def run_one(program, service, before, pieces):
        audio = {"audio": str(speech.audio), "pieces": pieces}
        settings = {"program": str(program), "host": emulators.assemblyai, **audio}
        with subprocess.Popen(
            [sys.executable, str(GUIDE / "run_steps.py"), json.dumps(settings)],
            env={**os.environ, "NO_PROXY": LOOPBACK, "GLADIA_API_URL": emulators.gladia},
            stdin=subprocess.PIPE,  # its end is the end of the audio
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                if pieces is None:
                    assert comes_true(lambda: process.poll() is not None or heard(service, before))
                *printed, last = process.communicate(timeout=CLIENT_TIMEOUT_S)[0].splitlines()
            finally:
                process.kill()
        return printed, json.loads(last)

    def heard(service, before):
        return not {"Turn", "transcript"}.isdisjoint(messages_since(emulators, before, service))

    def run(*programs, pieces=None):
        before = len(emulators.ledger())
        services = [
            "gladia" if "gladia" in program.read_text(encoding="utf-8") else "assemblyai" for program in programs
        ]
        with ThreadPoolExecutor() as pool:
            results = list(pool.map(run_one, programs, services, repeat(before), repeat(pieces)))
        ids = {account["provider"]: account["session_id"] for account in emulators.ledger()[before:]}
        accounts = [emulators.session(ids[service]) if service in ids else None for service in services]
        return [(*result, account) for result, account in zip(results, accounts, strict=True)]

    return run


@pytest.mark.parametrize(("program", "rules"), TRAPS.items())
def test_the_scan_names_each_defect_of_a_program_and_nothing_else(program, rules):
    """Every trap with its line and what to write instead; none in what was corrected."""
    found = [finding for finding in scan(GUIDE / program).findings if finding.rule.severity == "trap"]
    assert rules == {finding.rule.id for finding in found}
    lines = (GUIDE / program).read_text(encoding="utf-8").splitlines()
    assert [lines[finding.line - 1].strip() for finding in found] == [finding.code for finding in found]
    assert all(finding.counterpart or finding.rule.id == "name-not-assigned" for finding in found)


def test_the_guides_names_are_defined_nowhere(steps):
    """Both programs stop before anything listens: name-not-assigned. AssemblyAI's does not even end: no-disconnect."""
    assemblyai, gladia = steps(GUIDE / "assemblyai_as_written.py", GUIDE / "gladia_as_written.py", pieces=2)
    assert ([], "NameError: name 'client' is not defined", True) == (assemblyai[0], *told(assemblyai))
    assert ([], "NameError: name 'live_session' is not defined", False) == (gladia[0], *told(gladia))


def told(result):
    return result[1]["raised"], result[1]["keeps_running"]


def test_listeners_after_the_start_miss_what_was_said(steps):
    """`Begin`, `started` and what was said are gone before anything listens, and neither session is ended: late-listener, no-…."""
    assemblyai, gladia = steps(GUIDE / "assemblyai_names_right.py", GUIDE / "gladia_names_right.py")
    for (printed, _, account), missed, text in ((assemblyai, "began", "Turn"), (gladia, "started", "transcript")):
        sent = {message["type"] for message in account["messages"]}
        assert (True, False) == (text in sent, "Termination" in sent or "end_session" in sent)
        assert not any(line.startswith((missed, "ended", "terminated")) for line in printed)
    assert [(None, True), (None, False)] == [told(assemblyai), told(gladia)]


def test_gladia_handler_that_takes_every_message_for_a_transcript_hears_none(steps):
    """The first speech_start ends the receiving thread; transcripts are sent and none arrives, and status says connected."""
    [(printed, went, account)] = steps(GUIDE / "gladia_in_time.py")
    assert "transcript" in {message["type"] for message in account["messages"]}
    assert [] == [line for line in printed if line != "started"]  # which may come before it is listened for, too
    assert (None, "connected") == (went["raised"], went["status"])


def test_the_corrected_python_programs_print_what_was_said(steps, speech):
    """Both run to their end; the last line is the end of the session."""
    assemblyai, gladia = steps(GUIDE / "assemblyai_corrected.py", GUIDE / "gladia_corrected.py")
    assert [f"{text} (True)" for text in speech.texts] == [line for line in assemblyai[0] if line.endswith(". (True)")]
    assert [f"final {text}" for text in speech.texts] == [line for line in gladia[0] if line.startswith("final")]
    assert ("terminated", "stopped") == (assemblyai[2]["ended"], gladia[2]["ended"])
    assert [(None, False), (None, False)] == [told(assemblyai), told(gladia)]
    assert (True, "ended") == (assemblyai[0][-1].startswith("terminated after"), gladia[0][-1])


@pytest.fixture
def node_steps(node, emulators, speech, tmp_path):
    """Starts a TypeScript program of the guide; it may not end by itself, and is killed at the latest with the test."""
    running = []
    reader = {
        "websocketBaseUrl": f"{emulators.assemblyai_tls}/v3/ws",
        "apiUrl": emulators.gladia,
        "audio": str(speech.audio),
    }
    environment = {"READER": json.dumps(reader), "NODE_EXTRA_CA_CERTS": emulators.ca_file, "NO_PROXY": LOOPBACK}
    patient = "new GladiaClient({ httpTimeout: 60_000, wsTimeout: 60_000,"
    for file in GUIDE.glob("*.mjs"):
        source = file.read_text(encoding="utf-8").replace("new GladiaClient({", patient)
        (tmp_path / file.name).write_text(source, encoding="utf-8")
    (tmp_path / "node_modules").symlink_to(GUIDE.parent / "node" / "node_modules")

    def start(program):
        command = ["node", str(tmp_path / program)]
        process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True)
        limit = threading.Timer(CLIENT_TIMEOUT_S, process.kill)
        limit.start()
        running.append((process, limit))
        return process

    yield start
    for process, limit in running:
        limit.cancel()
        process.kill()
        process.communicate()


def until(process, *lines):
    """What a program printed until it had printed all of these lines."""
    printed = []
    for line in process.stdout:
        printed.append(line.rstrip("\n"))
        if set(lines) <= set(printed):
            break
    return printed


def test_assemblyai_typescript_hears_and_sends_nothing(node_steps, emulators):
    """`stream(chunk)` sends no audio, `open` is gone before anything listens, and the program does not end."""
    before = len(emulators.ledger())
    process = node_steps("assemblyai_as_written.mjs")
    assert ["at the end of the page"] == until(process, "at the end of the page")
    account = emulators.session(emulators.ledger()[before]["session_id"])
    assert (None, 0, None) == (process.poll(), account["audio_bytes"], account["ended"])


def test_gladia_typescript_listens_late_takes_speech_events_for_partials_and_never_ends(node_steps, emulators):
    """After the audio, nothing is left to hear; in time, messages without text are printed as partials; neither ends."""
    for program, heard in (("gladia_as_written.mjs", set()), ("gladia_in_time.mjs", {"started", "partial undefined"})):
        before = len(emulators.ledger())
        process = node_steps(program)
        printed = until(process, "at the end of the page", *heard)
        assert comes_true(lambda before=before: "transcript" in messages_since(emulators, before, "gladia"))
        account = emulators.session(emulators.ledger()[before]["session_id"])
        assert heard == {"started", "partial undefined", "ended"} & set(printed)
        assert (None, None) == (process.poll(), account["ended"])


def test_the_corrected_typescript_programs_print_what_was_said(node_steps, speech):
    """Both end by themselves."""
    started = [
        (node_steps(f"{name}_corrected.mjs"), said) for name, said in (("assemblyai", "turn "), ("gladia", "final "))
    ]
    for process, said in started:
        lines = process.communicate(timeout=CLIENT_TIMEOUT_S)[0].splitlines()
        assert (0, [True, True]) == (process.returncode, [f"{said}{text}" in lines for text in speech.texts])


@pytest.mark.skipif(
    not os.environ.get("MIGRATION_GUIDE"), reason="needs a copy of the guide: MIGRATION_GUIDE=from-assembly.mdx"
)
@pytest.mark.parametrize(
    ("mark", "name", "rules"),
    [
        (
            "assemblyai",
            "client",
            {"assemblyai-late-listener", "assemblyai-no-disconnect", "assemblyai-set-params", "name-not-assigned"},
        ),
        ("gladia", "live_session", AS_WRITTEN_GLADIA),
    ],
)
def test_the_pages_own_snippets_fail_and_are_named(steps, tmp_path, mark, name, rules):
    """Word for word, in the order of the page, one service at a time."""
    page = Path(os.environ["MIGRATION_GUIDE"]).read_text(encoding="utf-8")
    snippets = re.findall(r"```python Python[^\n]*\n(.*?)```", page, re.DOTALL)
    program = tmp_path / "page.py"
    program.write_text(
        "\n".join(each for each in snippets if ("gladia" in each) is (mark == "gladia")), encoding="utf-8"
    )
    [result] = steps(program, pieces=2)
    assert f"NameError: name '{name}' is not defined" == told(result)[0]
    assert rules <= {finding.rule.id for finding in scan(program).findings}


@pytest.mark.skipif(
    not os.environ.get("MIGRATION_GUIDE"), reason="needs a copy of the guide: MIGRATION_GUIDE=from-assembly.mdx"
)
def test_the_pages_own_typescript_is_named(tmp_path):
    """Word for word, in the order of the page; Node does not run TypeScript by itself."""
    page = Path(os.environ["MIGRATION_GUIDE"]).read_text(encoding="utf-8")
    program = tmp_path / "page.ts"
    snippets = re.findall(r"```typescript Typescript[^\n]*\n(.*?)```", page, re.DOTALL)
    program.write_text("\n".join(snippets), encoding="utf-8")
    rules = {finding.rule.id for finding in scan(program).findings if finding.rule.severity == "trap"}
    assert TRAPS["assemblyai_as_written.mjs"] | {"gladia-every-message", "gladia-no-stop"} <= rules
