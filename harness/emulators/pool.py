"""Worker processes that decode speech, and the queue in front of them: what is required first, stale hypotheses never."""

import asyncio
import contextlib
import heapq
import itertools
import json
import os
import struct
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from harness.emulators.monitor import Monitor
from harness.emulators.recogniser import Decoded, Priority
from harness.emulators.wire_audio import Samples
from harness.errors import ConfigError, InvalidRunError


@dataclass(order=True, slots=True)
class _Job:
    priority: int
    number: int
    samples: Samples = field(compare=False)
    key: object = field(compare=False)
    result: "asyncio.Future[Decoded | None]" = field(compare=False)
    queued_s: float = field(compare=False, default_factory=monotonic)
    stale: bool = field(compare=False, default=False)


class DecodePool:
    """`decode` may be called from one event loop only, once `start` has returned."""

    def __init__(self, workers: int, monitor: Monitor) -> None:
        self._size = workers
        self._monitor = monitor
        self._jobs: list[_Job] = []
        self._wake = threading.Condition()
        self._numbers = itertools.count()
        self._waiting_partials: dict[object, _Job] = {}
        self._processes: list[subprocess.Popen[bytes]] = []
        self._threads: list[threading.Thread] = []
        self._stopping = False

    async def start(self) -> None:
        """Start the workers; returns when all have loaded the model. Raises ConfigError if the extra isn't installed."""
        self._processes = [_spawn() for _ in range(self._size)]
        self._monitor.worker_pids = [process.pid for process in self._processes]
        await asyncio.gather(*(asyncio.to_thread(_await_ready, process) for process in self._processes))
        for process in self._processes:
            thread = threading.Thread(target=self._serve, args=(process,), name=f"decode-{process.pid}", daemon=True)
            self._threads.append(thread)
            thread.start()

    async def decode(self, samples: Samples, priority: Priority, key: object) -> Decoded | None:
        """Have `samples` decoded; None if it was a hypothesis and a newer one of the same `key` replaced it."""
        result = asyncio.get_running_loop().create_future()
        job = _Job(priority, next(self._numbers), samples, key, result)
        with self._wake:
            if priority is Priority.PARTIAL:
                older = self._waiting_partials.get(key)
                if older:
                    self._drop(older)
                self._waiting_partials[key] = job
            heapq.heappush(self._jobs, job)
            self._wake.notify()
        try:
            return await job.result
        finally:
            job.stale = True  # nobody waits any more: a cancelled job must not cost a worker's time

    def stop(self) -> None:
        """End the workers; nothing is decoded any more."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
            for process in self._processes:
                process.kill()  # ends a thread's wait for its answer
        for thread in self._threads:
            thread.join()
        for process in self._processes:
            _dispose(process)

    def _drop(self, job: _Job) -> None:
        job.stale = True
        self._monitor.stale_partials += 1
        if not job.result.done():
            job.result.set_result(None)

    def _take(self) -> _Job | None:
        with self._wake:
            while True:
                while self._jobs:
                    job = heapq.heappop(self._jobs)
                    if self._waiting_partials.get(job.key) is job:
                        del self._waiting_partials[job.key]
                    if not job.stale:
                        return job
                if self._stopping:
                    return None
                self._wake.wait()

    def _serve(self, process: "subprocess.Popen[bytes]") -> None:
        """Thread of one worker: a blocking pipe each, so that the event loop never waits for one."""
        while job := self._take():
            waited_s = monotonic() - job.queued_s
            try:
                decoded = _ask(process, job.samples)
            except (OSError, EOFError, ValueError) as error:
                self._settle(job, None, waited_s, error)
                _dispose(process)
                replacement = self._replace(process)
                if replacement is None:
                    return
                process = replacement
                continue
            self._settle(job, decoded, waited_s, None)

    def _replace(self, process: "subprocess.Popen[bytes]") -> "subprocess.Popen[bytes] | None":
        with self._wake:
            if self._stopping:
                return None
            replacement = _spawn()
            self._processes[self._processes.index(process)] = replacement
            self._monitor.worker_pids = [each.pid for each in self._processes]
        with contextlib.suppress(ConfigError):  # what it is asked fails then, and it is replaced in turn
            _await_ready(replacement)
        return replacement

    def _settle(self, job: _Job, decoded: Decoded | None, waited_s: float, error: Exception | None) -> None:
        def settle() -> None:
            if decoded:
                self._monitor.decode_queue_ms.add(1000 * waited_s)
                self._monitor.decode_ms.add(1000 * decoded.decode_s)
            if job.result.done():
                return
            if error:
                job.result.set_exception(InvalidRunError(f"A decoding process of the emulators died: {error!r}."))
            else:
                job.result.set_result(decoded)

        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            job.result.get_loop().call_soon_threadsafe(settle)


def child_environment() -> dict[str, str]:
    """This environment, with this very package importable in a child whatever its working directory."""
    root = str(Path(__file__).resolve().parents[2])
    paths = [root, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths))}


def _spawn() -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "harness.emulators.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=child_environment(),
    )


def _await_ready(process: "subprocess.Popen[bytes]") -> None:
    assert process.stdout is not None  # noqa: S101 - it was asked for
    line = process.stdout.readline()
    reply = json.loads(line) if line else {"error": "A decoding process of the emulators ended before it was ready."}
    if "error" in reply:
        raise ConfigError(reply["error"])


def _dispose(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()
    for pipe in filter(None, (process.stdin, process.stdout)):
        with contextlib.suppress(BrokenPipeError):  # a request it did not live to read
            pipe.close()


def _ask(process: "subprocess.Popen[bytes]", samples: Samples) -> Decoded:
    assert process.stdin is not None  # noqa: S101 - both were asked for
    assert process.stdout is not None  # noqa: S101
    process.stdin.write(struct.pack("<I", len(samples)) + samples.tobytes())
    process.stdin.flush()
    line = process.stdout.readline()
    if not line:
        raise EOFError("its output ended")
    return Decoded(**json.loads(line))
