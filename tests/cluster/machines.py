"""A real scheduler and real workers, each a process of its own on loopback, that never outlive the tests."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from distributed import Client

_READY_S = 180.0


@dataclass
class Machines:
    """Processes started by the command line that the documentation shows."""

    folder: Path
    address: str = ""
    started: list[subprocess.Popen] = field(default_factory=list)

    def scheduler(self) -> None:
        """Start the scheduler on a free port."""
        told = self.folder / "scheduler.json"
        free = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--dashboard-address", "127.0.0.1:0")
        self._start("scheduler", *free, "--scheduler-file", str(told))
        deadline = time.monotonic() + _READY_S
        while not told.is_file() or not told.read_text().endswith("}"):
            assert time.monotonic() < deadline, (self.folder / "log").read_text()
            time.sleep(0.05)
        self.address = json.loads(told.read_text())["address"]

    def worker(self, name: str, *arguments: str) -> subprocess.Popen:
        """Start a worker: a nanny, which starts the worker itself and starts it again when it dies."""
        own = ("--no-dashboard", "--local-directory", str(self.folder), "--name", name, *arguments)
        return self._start("worker", self.address, *own)

    def kill_worker(self, nanny: subprocess.Popen) -> int:
        """Kill the worker below a nanny with SIGKILL; returns its process id."""
        workers = [child for child in psutil.Process(nanny.pid).children() if "spawn_main" in " ".join(child.cmdline())]
        os.kill(workers[0].pid, signal.SIGKILL)
        return workers[0].pid

    def _start(self, *arguments: str) -> subprocess.Popen:
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", *arguments],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,
            )
        self.started.append(process)
        return process

    def stop(self) -> None:
        """Kill everything, recording processes included."""
        for process in reversed(self.started):
            below = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            for child in below:
                with contextlib.suppress(psutil.NoSuchProcess):
                    child.kill()
            process.wait()


@contextlib.contextmanager
def machines(folder: Path, *names: str) -> Iterator[Machines]:
    """A scheduler and a worker of each name, all of them ready."""
    running = Machines(folder)
    try:
        running.scheduler()
        for name in names:
            running.worker(name, "--nthreads", "1")
        if names:
            with Client(running.address, set_as_default=False) as client:
                client.wait_for_workers(len(names), timeout=_READY_S)
        yield running
    finally:
        running.stop()
