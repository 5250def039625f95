"""A user's program as the client: what it is given, what becomes of what it says, and of whatever it does wrong."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
from patient import LIMIT_S, comes_true
from programs import BEHAVING, HELLO, READY, session

from harness.errors import ConfigError, ProviderError, ThrottledError
from harness.providers import command
from harness.providers.command import Command, CommandSession
from harness.providers.registry import provider

SECOND = bytes(32000)


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch):
    """On a busy machine a program may take its time to end, and its reader to hear of it; a wait lasts no longer than they do."""
    monkeypatch.setattr(command, "_EXIT_S", LIMIT_S)


def run(session: CommandSession, audio: bytes = SECOND) -> list[dict]:
    """A session from its start to its end; what the program said."""
    try:
        session.open()
        for start in range(0, len(audio), 3200):
            if session.accepting():
                session.send(audio[start : start + 3200])
        session.finish()
        session.wait_closed(LIMIT_S)
    finally:
        session.abort()
    return [json.loads(frame.data) for frame in session.wire.settled_frames(all_of_them=True)]


def kinds(session: CommandSession) -> list[str]:
    return [kind for _, kind, _ in session.errors]


def is_gone(pid: int) -> bool:
    """Whether no process of this group is left but those that wait to be buried."""
    listed = subprocess.run(["ps", "-A", "-o", "pgid=,stat="], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in listed.splitlines()]
    return not any(int(group) == pid and not state.startswith("Z") for group, state in rows)


def wait_until_gone(pid: int) -> None:
    assert comes_true(lambda: is_gone(pid)), f"process group {pid} is left"


def test_a_program_that_behaves_is_a_session_without_errors(tmp_path: Path):
    """Audio goes in as it is, lines come out with the instant of their reading, and the end of input is the stop command."""
    playing = session(tmp_path, BEHAVING)
    before_ns = time.monotonic_ns()
    said = run(playing)

    assert ["hello", "ready", "partial", "partial", "final", "closed"] == [message["type"] for message in said]
    assert [] == playing.errors
    [connection] = playing.wire.connections
    assert (1000, "ended with exit code 0") == (connection.close_code, playing.wire.extra["end"])
    assert 32000 == playing.wire.sent_audio[-1].end_byte
    [stopped_ns] = playing.wire.finish_sent_ns
    instants = [before_ns, playing.connect_started_ns, playing.ready_ns, stopped_ns, connection.closed_ns]
    assert instants == sorted(instants)
    assert 6 == playing.wire.process_stamps


def test_a_program_is_told_of_its_session_by_its_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Format, endpoint, its own settings and keys; nobody else's keys, and no path of ours. Its folder is the configuration's."""
    monkeypatch.setenv("OTHERS_API_KEY", "not yours")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    told = session(
        tmp_path, READY + 'say("told", **os.environ, folder=os.getcwd()); say("closed")', env={"MODEL": "large"}
    )
    told.wire.channels = 2
    [environment] = [message for message in run(told, b"") if message["type"] == "told"]

    assert {
        "HARNESS_PROTOCOL": "1",
        "HARNESS_HOST": "ws://127.0.0.1:9",
        "HARNESS_ENCODING": "pcm_s16le",
        "HARNESS_SAMPLE_RATE_HZ": "16000",
        "HARNESS_CHANNELS": "2",
        "MODEL": "large",
        "OURS_API_KEY": "the-secret",
        "folder": str(tmp_path),
    }.items() <= environment.items()
    assert {"OTHERS_API_KEY", "PYTHONPATH"} & set(environment) == set()


class AnsweredAfterHello(threading.Event):
    """Its wait begins when the program has said hello, however long it takes to start on a busy machine."""

    def __init__(self, session: CommandSession) -> None:
        super().__init__()
        self.session = session

    def wait(self, timeout: float | None = None) -> bool:
        comes_true(lambda: self.session._greeted)
        return super().wait(timeout)


@pytest.mark.parametrize(
    ("body", "kind", "said"),
    [
        (
            "sys.exit('no such model')",
            "program_ended",
            "ended with exit code 1 before it was ready; on standard error it said: …no",
        ),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "program_ended", "was killed by SIGSEGV before it was ready"),
        (
            "print('Loading model', flush=True); hear()",
            "program_garbage",
            "line 1 of its standard output is no JSON object: 'Loading model'",
        ),
        ("say('ready'); hear()", "program_garbage", "first line must be"),
        ("say('hello', protocol=2); hear()", "program_garbage", "speaks protocol 2; this version of harness speaks 1"),
        (HELLO + "hear()", "program_silent", "said hello, but not ready, within 1 s"),
        ("time.sleep(600)", "program_silent", "did not say hello within 1 s"),
        (HELLO + "say('error', message='bad key'); hear()", "refused", "bad key"),
        (HELLO + "say('error', message={'why': 'x' * 500000}); hear()", "refused", "{'why': 'xxx"),
        (HELLO + "say('closed'); hear()", "program_ended", "said closed before it was ready"),
    ],
)
def test_what_does_not_become_ready_is_refused_with_its_reason(tmp_path: Path, body: str, kind: str, said: str):
    """Within the time it has, whatever it does instead; and it is gone afterwards."""
    failing = session(tmp_path, body, ready_within_s=1 if kind == "program_silent" else 20)
    if "said hello" in said:
        failing._answered = AnsweredAfterHello(failing)
    with pytest.raises(ProviderError, match="The session was not opened") as caught:
        failing.open()
    failing.abort()

    assert (True, [kind]) == (said in str(caught.value), kinds(failing)[:1])
    assert len(str(caught.value)) < 2000, "a reason is a sentence, however long the line"
    wait_until_gone(failing._program._process.pid)


def test_audio_that_is_left_unread_at_the_end_is_said_in_seconds(tmp_path: Path):
    """Whoever waits for a program that stopped reading learns why it never said closed."""
    lazy = session(tmp_path, READY + "time.sleep(600)")
    lazy.open()
    lazy.send(bytes(9 * 32000))
    lazy.finish()
    assert lazy.wait_closed(0.05) is False
    lazy.abort()

    [(_, kind, said)] = lazy.errors
    assert ("program_unread", True) == (kind, said.endswith(" s of its audio unread at the end"))


def test_blank_lines_are_none(tmp_path: Path):
    """A program may space out what it says."""
    spaced = session(tmp_path, HELLO + 'print(" ", flush=True); say("ready"); print(flush=True); say("closed")')

    assert ["hello", "ready", "closed"] == [message["type"] for message in run(spaced, b"")]
    assert [] == spaced.errors


def test_a_service_without_room_is_no_failure(tmp_path: Path):
    """The program says so before it is ready, and the pair is dialled again later."""
    full = session(tmp_path, HELLO + "say('error', message='too many', throttled=True); hear()")
    with pytest.raises(ThrottledError, match="too many"):
        full.open()
    full.abort()


@pytest.mark.parametrize(
    ("body", "kind", "said"),
    [
        (
            READY + "hear(); print('got', 3200, flush=True)\nwhile hear(): pass\nsay('closed')",
            "program_garbage",
            "is no JSON object",
        ),
        (READY + "hear(); sys.exit(3)", "program_ended", "the program ended with exit code 3 before it said closed"),
        (
            READY + "hear(); os.kill(os.getpid(), signal.SIGKILL)",
            "program_ended",
            "was killed by SIGKILL before it said closed",
        ),
        (READY + "while hear(): pass", "program_ended", "ended with exit code 0 before it said closed"),
        (READY + "hear()\nwhile True: print('x' * 60000)", "program_garbage", "is no JSON object"),
        (
            READY + "hear()\nwhile True: say('partial', id=1, text='x' * 60000)",
            "program_flood",
            "more than 1,048,576 bytes a second",
        ),
        (READY + "while True: sys.stdout.write('x' * 60000)", "program_flood", "a line longer than 1,048,576 bytes"),
        (
            HELLO + "os.close(0); say('ready'); time.sleep(600)",
            "program_unread",
            "closed its standard input before the audio ended",
        ),
        (READY + "time.sleep(600)", "program_unread", "left more than 10 s of its audio unread"),
    ],
)
def test_what_goes_wrong_in_a_session_is_the_programs(tmp_path: Path, body: str, kind: str, said: str):
    """Audio is handed over at once, more than it may leave unread if that is the point: sending never waits."""
    failing = session(tmp_path, body)
    failing.open()
    for _ in range(200 if "10 s" in said else 90):
        if failing.accepting():
            failing.send(bytes(3200))
    failing.finish()
    comes_true(lambda: not failing.accepting())
    failing.abort()

    assert kind == kinds(failing)[0]
    assert said in failing.errors[0][2]
    assert failing._program.input.waiting_bytes == 0
    wait_until_gone(failing._program._process.pid)


def test_the_end_of_a_program_is_what_it_did_though_its_input_breaks_first(tmp_path: Path):
    """Its reader is held up, so that sending notices before anybody was told."""
    ending, held = session(tmp_path, READY + "hear(); say('bye'); sys.exit(3)"), threading.Event()
    line = ending.line
    ending.line = lambda read_ns, data: (line(read_ns, data), b"bye" in data and held.wait(LIMIT_S))
    ending.open()
    ending.send(bytes(3200))
    ending._program._process.wait(LIMIT_S)
    ending.send(bytes(3200))

    assert (False, []) == (ending.accepting(), ending.errors)
    threading.Timer(0.05, held.set).start()
    ending.abort()
    assert ["program_ended"] == kinds(ending)


def test_a_program_that_is_slow_to_read_gets_all_its_audio(tmp_path: Path):
    """What its pipe can't hold waits; the stop command is the end of its input, behind all of it."""
    slow = session(tmp_path, READY + "time.sleep(0.3); say('heard', bytes=len(sys.stdin.buffer.read())); say('closed')")
    said = run(slow, 9 * SECOND)

    assert ([9 * 32000], []) == ([each["bytes"] for each in said if each["type"] == "heard"], slow.errors)
    assert slow.wire.finish_sent_ns[0] > slow.wire.sent_audio[-1].sent_ns


def test_a_program_that_ignores_the_end_of_its_input_is_ended(tmp_path: Path):
    """It has its time; then it is killed, with what it started, and nothing waits for it."""
    staying = session(
        tmp_path,
        READY + "child = subprocess.Popen(['sleep', '600']); say('child', pid=child.pid)\nwhile True: time.sleep(1)",
    )
    staying.open()
    staying.finish()

    assert not staying.wait_closed(0.2)
    staying.abort()
    assert (1, []) == (len(staying.wire.finish_sent_ns), staying.errors)  # the replay says that it did not close
    wait_until_gone(staying._program._process.pid)


def test_what_a_program_leaves_behind_is_ended_with_it(tmp_path: Path):
    """A child that holds the output open does not keep the session, nor outlive it."""
    leaving = session(tmp_path, READY + "subprocess.Popen(['sleep', '600']); say('closed'); sys.exit(0)")
    run(leaving)

    assert ([], "ended with exit code 0") == (leaving.errors, leaving.wire.extra["end"])
    wait_until_gone(leaving._program._process.pid)


def test_what_gets_away_from_a_program_is_not_listened_to(tmp_path: Path):
    """A daemon in a group of its own can't be ended with it, but writing without end keeps no session: its pipe is closed."""
    daemon = (
        READY + "if os.fork() == 0:\n"
        "    os.setsid(); open('pid', 'w').write(str(os.getpid())); os.rename('pid', 'daemon')\n"
        "    while True: say('partial', id=1, text='x'); time.sleep(0.01)\n"
        "while not os.path.exists('daemon'): time.sleep(0.01)\n"
        "say('closed'); os._exit(0)"
    )
    leaving = session(tmp_path, daemon)
    run(leaving)

    assert ([], "ended with exit code 0") == (leaving.errors, leaving.wire.extra["end"])
    assert not leaving._program._thread.is_alive()
    wait_until_gone(int((tmp_path / "daemon").read_text()))  # of its broken pipe


def test_standard_error_is_kept_up_to_a_limit(tmp_path: Path):
    """Its end, which says why; and how much came before."""
    chatty = session(tmp_path, READY + "sys.stderr.write('x' * 50000 + 'the end'); say('closed')")
    run(chatty)

    kept = chatty.wire.extra["stderr"]
    assert kept.startswith("[35671 bytes left out]\nxxx")
    assert kept.endswith("xxxthe end")


@pytest.mark.parametrize(
    "body",
    [
        READY + "sys.stderr.write('x' * 99 + 'the-secret' + '\\n' + 'y' * 16377); say('closed')",
        READY + "sys.stderr.write('x' * 99 + 'the-secret' + 'y' * 16378); say('closed')",
        "sys.stderr.write('the-secret' + 'y' * 195); sys.exit(1)",
        "sys.stdout.write('x' * 195 + 'the-secret' + '\\n'); sys.stdout.flush(); hear()",
        HELLO + "say('error', message='x' * 995 + 'the-secret'); hear()",
    ],
)
def test_no_part_of_a_key_is_left_where_text_is_cut_off(tmp_path: Path, body: str):
    """Half of one would be recognised by nobody, and kept: in standard error, lines that are none, and refusals."""
    cutting = session(tmp_path, body)
    with suppress(ProviderError):
        run(cutting)
    cutting.abort()

    told = [*(message for _, _, message in cutting.errors), cutting.wire.extra["stderr"].replace("the-secret", "")]
    assert len("".join(told)) > 100  # characters: something was told
    assert [] == [text for text in told if "the-s" in text or "ecret" in text]


def test_a_killed_process_takes_its_programs_with_it(tmp_path: Path):
    """Not even time for a last word: the guard beside it ends the program, though that ignores the end of its input."""
    script = (
        "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[1]); from programs import READY, session\n"
        "playing = session(Path(sys.argv[2]), READY + 'while True: time.sleep(1)'); playing.open()\n"
        "print(playing._program._process.pid, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(Path(__file__).parent), str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as owner:
        group = int(owner.stdout.readline())
        owner.send_signal(signal.SIGKILL)
    try:
        wait_until_gone(group)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({}, "params.command is missing. Name your program"),
        ({"command": "python app.py"}, "params.command is 'python app.py'; it must be a list of texts"),
        ({"command": []}, "params.command is []; it must be a list of texts"),
        ({"command": ["no-such-program"]}, "there is no program 'no-such-program' on the PATH"),
        ({"command": ["./app"]}, "there is no program './app' in "),
        ({"command": ["sh"], "servic": "gladia"}, "Did you mean service?"),
        ({"command": ["sh"], "service": "acme"}, "params.service is 'acme'; it must be"),
        ({"command": ["sh"], "keys": ["SECRET"]}, "end in _API_KEY"),
        ({"command": ["sh"], "env": {"GLADIA_API_KEY": "abc"}}, "keys come from the environment"),
        ({"command": ["sh"], "ready_within_s": 600}, "it must be 1 to 20 seconds"),
    ],
)
def test_wrong_parameters_are_refused(tmp_path: Path, params: dict, message: str):
    """Before anything is started."""
    with pytest.raises(ConfigError) as caught:
        Command(tmp_path).effective_params(params, "pcm_s16le", 16000)

    assert message in str(caught.value)


def test_the_files_of_a_command_are_part_of_what_is_compared(tmp_path: Path):
    """A changed program is another candidate."""
    found = []
    for text in ("one", "two"):
        (tmp_path / "app.sh").write_text(text)
        found.append(provider("command", tmp_path).effective_params({"command": ["sh", "app.sh"]}, "pcm_s16le", 16000))

    assert [["app.sh"], ["app.sh"]] == [list(each["files"]) for each in found]
    assert found[0]["files"] != found[1]["files"]
