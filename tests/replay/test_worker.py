import subprocess
import sys

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
