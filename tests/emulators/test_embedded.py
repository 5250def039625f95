import json
import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import patient
import pytest
from gladia_clients import close_code
from patient import connect

from harness.emulators import embedded
from harness.emulators.pool import child_environment
from harness.errors import InvalidRunError, UsageError

KEY = {"Authorization": "key", "x-gladia-key": "key"}


def alive(pid):
    """False once the process is gone or a zombie."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:  # noqa: PTH123 - a kernel file
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_sigterm_ends_with_exit_code_0_though_sessions_are_open(scenario_file):
    """Within two seconds, though there are twenty, and with the sockets closed."""
    command = [sys.executable, "-m", "harness.emulators", "--engine", "script", "--scenario", str(scenario_file)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=child_environment())
    line = json.loads(process.stdout.readline())
    with ExitStack() as stack:
        clients = []
        for _ in range(10):
            created = patient.post(f"{line['gladia']}/v2/live", json={}, headers=KEY).json()
            for url in (f"{line['assemblyai']}/v3/ws?sample_rate=16000", created["url"]):
                clients.append(stack.enter_context(connect(url, additional_headers=KEY)))
                clients[-1].send(bytes(3200))
                clients[-1].recv(patient.LIMIT_S)  # `Begin`, or the acknowledgement
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        assert [close_code(client) for client in clients] == [1001] * 20
    assert process.stdout.read() == b""
    process.stdout.close()


def test_a_wrong_scenario_is_reported_with_the_childs_own_words(tmp_path):
    """The error of the child is the error of the caller."""
    path = tmp_path / "wrong.toml"
    path.write_text("sede = 1", encoding="utf-8")
    with pytest.raises(UsageError, match="sede"), embedded.start("script", path):
        pass


@pytest.mark.parametrize(
    ("program", "said"),
    [("echo out of memory >&2; exit 137", "died with exit code 137. out of memory"), ("exec cat", "were not ready")],
)
def test_emulators_that_never_get_ready_are_told_of(tmp_path, monkeypatch, program, said):
    """What they complained of is in the message, and nothing of them stays behind."""
    instead = tmp_path / "python"
    instead.write_text(f"#!/bin/sh\n{program}\n", encoding="utf-8")
    instead.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(instead))
    monkeypatch.setattr(embedded, "_READY_S", 0.1 if "cat" in program else 60.0)
    with pytest.raises(InvalidRunError, match=said), embedded.start("script"):
        pass


def test_only_the_end_of_standard_input_stops_the_emulators(scenario_file):
    """Not what stands in it."""
    command = [sys.executable, "-m", "harness.emulators", "--engine", "script", "--scenario", str(scenario_file)]
    with subprocess.Popen(
        [*command, "--exit-with-stdin"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=child_environment()
    ) as process:
        line = json.loads(process.stdout.readline())
        process.stdin.write(b"stay\n")
        process.stdin.flush()
        assert patient.get(f"{line['gladia']}/metrics").status_code == 200
        process.stdin.close()
        assert process.wait(60) == 0


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="reads the process table of Linux")  # noqa: PTH110
def test_the_emulators_die_with_a_parent_that_is_killed(scenario_file):
    """After kill -9 of the parent nothing stays behind."""
    program = (
        "import sys, pathlib; from harness.emulators import embedded\n"
        "with embedded.start('script', pathlib.Path(sys.argv[1])) as emulators:\n"
        "    print(emulators.pid, flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", program, str(scenario_file)]
    parent = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=child_environment())
    pid = int(parent.stdout.readline())
    assert alive(pid)
    parent.kill()
    parent.wait()
    assert patient.comes_true(lambda: not alive(pid))
    parent.stdin.close()
    parent.stdout.close()


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="reads the process table of Linux")  # noqa: PTH110
def test_the_emulators_are_up_after_less_than_two_seconds_of_computing(scenario_file):
    """Counted in processor time, which does not depend on what else the machine does; by TLS too."""
    with embedded.start("script", scenario_file, "--tls") as emulators:
        fields = Path(f"/proc/{emulators.pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    assert (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") < 2.0
