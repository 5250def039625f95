import socket
import subprocess
import sys
import threading

import pytest

from harness.replay.channel import Channel
from harness.replay.messages import Setup
from harness.replay.worker import Worker

SESSIONS = """
import gc, weakref
from collections import deque
import harness.providers.assemblyai, harness.providers.gladia
from harness.replay import worker

class Session:
    def __init__(self):
        self.handler = self.handle  # as the SDKs have it: a cycle
        self.messages = [[number] for number in range(100)]
    def handle(self): ...

worker._collect_soon()
played, gone, most = deque(maxlen=4), [], 0
for number in range(1, 1001):
    session = Session()
    weakref.finalize(session, gone.append, None)
    played.append(session)
    most = max(most, number - len(gone))
print(most)
"""


def test_sessions_that_are_over_do_not_pile_up():
    """What the SDKs leave to the garbage collector is gone some tens of sessions later, however much was imported before."""
    most = int(subprocess.run([sys.executable, "-c", SESSIONS], check=True, capture_output=True, text=True).stdout)

    assert 4 < most < 90


def test_a_worker_whose_coordinator_dies_amid_its_first_words_ends_without_a_word(capfd: pytest.CaptureFixture[str]):
    """Half of what it is to be set up with says nothing; it neither waits for the rest nor complains."""
    ours, theirs = socket.socketpair()
    sent, received = socket.socketpair()
    Channel(sent).send(Setup({}, 0))
    ours.sendall(received.recv(1 << 16)[:-1])
    ours.close()
    Worker(Channel(theirs)).serve()
    for each in (sent, received, theirs):
        each.close()

    assert ("", "") == capfd.readouterr()


def test_a_thread_that_is_of_no_session_dies_as_anywhere_else(capsys: pytest.CaptureFixture[str]):
    """Its traceback is said: no session fails of it, and nobody else would tell."""
    worker = Worker(Channel(socket.socket()))
    worker._channel.close()
    dead = threading.Thread(name="stray")
    worker._thread_died(threading.ExceptHookArgs((ValueError, ValueError("odd"), None, dead)))

    assert "Exception in thread stray" in (told := capsys.readouterr().err)
    assert "ValueError: odd" in told
