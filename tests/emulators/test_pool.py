import asyncio
import itertools
import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from harness.emulators import pool as pools
from harness.emulators.monitor import Monitor
from harness.emulators.pool import DecodePool
from harness.emulators.recogniser import Priority
from harness.errors import ConfigError, InvalidRunError

SAMPLES = np.zeros(1, np.float32)
READY = "import sys; print('{}', flush=True); "
ANSWERS = READY + (
    '[print(\'{"text": "yes", "confidence": 1, "decode_s": 0}\', flush=True) '
    "for _ in iter(lambda: sys.stdin.buffer.read(8), b'')]"
)
DIES_WHEN_ASKED = READY + "sys.stdin.buffer.read(8)"
NEVER_ANSWERS = READY + "sys.stdin.buffer.read()"
NEVER_READY = ""


def order(*asked):
    """Which of the (priority, key) asked for are taken, in order, and what became of the others."""

    async def run():
        monitor = Monitor()
        pool = DecodePool(0, monitor)
        await pool.start()
        tasks = [
            asyncio.create_task(pool.decode(np.full(1, number, np.float32), *ask)) for number, ask in enumerate(asked)
        ]
        await asyncio.sleep(0)
        pool._stopping = True  # an empty queue then ends the taking
        taken = []
        while job := pool._take():
            taken.append(int(job.samples[0]))
        await asyncio.sleep(0)
        dropped = [number for number, task in enumerate(tasks) if task.done()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return taken, dropped, monitor.stale_partials

    return asyncio.run(run())


def test_what_is_required_goes_before_what_is_shown():
    """Finals overtake hypotheses, each kind in its order."""
    asked = [(Priority.PARTIAL, "a"), (Priority.REQUIRED, None), (Priority.PARTIAL, "b"), (Priority.REQUIRED, None)]
    assert order(*asked) == ([1, 3, 0, 2], [], 0)


def test_a_newer_hypothesis_replaces_the_waiting_one_of_its_stream():
    """The older one is answered with nothing and counted; other streams keep theirs."""
    asked = [(Priority.PARTIAL, "a"), (Priority.PARTIAL, "b"), (Priority.PARTIAL, "a")]
    assert order(*asked) == ([1, 2], [0], 1)


def test_a_hypothesis_that_nobody_waits_for_is_replaced_too():
    """It can't be answered any more, and costs no worker's time."""

    async def run():
        pool = DecodePool(0, Monitor())
        older = asyncio.ensure_future(pool.decode(SAMPLES, Priority.PARTIAL, "a"))
        await asyncio.sleep(0)
        older.cancel()
        await asyncio.sleep(0)
        newer = asyncio.ensure_future(pool.decode(SAMPLES + 1, Priority.PARTIAL, "a"))
        await asyncio.sleep(0)
        taken = pool._take()
        newer.cancel()
        return taken.samples[0]

    assert 1 == asyncio.run(run())


@pytest.fixture
def workers(monkeypatch):
    """A pool of one worker: the n-th process that it starts runs the n-th program, later ones the last."""

    def made(*programs):
        upcoming = itertools.chain(programs, itertools.repeat(programs[-1]))
        monkeypatch.setattr(
            pools,
            "_spawn",
            lambda: subprocess.Popen(
                [sys.executable, "-S", "-c", next(upcoming)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
            ),
        )
        monitor = Monitor()
        return DecodePool(1, monitor), monitor

    return made


async def begun(pool):
    """A decode that a worker has taken."""
    asked = asyncio.ensure_future(pool.decode(SAMPLES, Priority.REQUIRED, None))
    await asyncio.sleep(0)
    while pool._jobs:  # noqa: ASYNC110 - a thread takes it, and tells nobody
        await asyncio.sleep(0)
    return asked


async def ask(pool):
    """What the pool answers, an error among it."""
    [answer] = await asyncio.gather(pool.decode(SAMPLES, Priority.REQUIRED, None), return_exceptions=True)
    return answer


def started(pool, work):
    """What comes of some work with a pool that runs."""

    async def run():
        try:
            await pool.start()
            return await work()
        finally:
            await asyncio.to_thread(pool.stop)

    return asyncio.run(run())


def test_a_worker_that_died_is_replaced_though_one_replacement_never_gets_ready(workers):
    """What each of them was asked fails openly, and nothing waits for ever."""
    pool, _ = workers(DIES_WHEN_ASKED, NEVER_READY, ANSWERS)

    async def work():
        return [await ask(pool) for _ in range(3)]

    *failed, answered = started(pool, work)
    assert ([InvalidRunError] * 2, "yes") == ([type(each) for each in failed], answered.text)


def test_stopping_ends_a_worker_that_never_answers(workers):
    """What it was asked fails."""
    pool, _ = workers(NEVER_ANSWERS)

    async def work():
        asked = await begun(pool)
        await asyncio.to_thread(pool.stop)
        return await asked

    with pytest.raises(InvalidRunError, match="died"):
        started(pool, work)


def test_an_answer_that_nobody_waits_for_any_more_does_no_harm(workers):
    """The worker goes on to what it is asked next."""
    pool, monitor = workers(ANSWERS)
    broken = []

    async def work():
        asyncio.get_running_loop().set_exception_handler(lambda _, context: broken.append(context))
        os.kill(monitor.worker_pids[0], signal.SIGSTOP)
        (await begun(pool)).cancel()
        os.kill(monitor.worker_pids[0], signal.SIGCONT)
        return await ask(pool)

    assert ("yes", []) == (started(pool, work).text, broken)


@pytest.mark.parametrize(
    ("program", "said"),
    [('print(\'{"error": "the extra is missing"}\')', "the extra is missing"), (NEVER_READY, "before it was ready")],
)
def test_workers_that_cannot_begin_say_why(workers, program, said):
    """In their own words, if they have any."""
    pool, _ = workers(program)
    with pytest.raises(ConfigError, match=said):
        started(pool, lambda: None)
