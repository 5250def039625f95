import asyncio

import numpy as np

from harness.emulators.monitor import Monitor
from harness.emulators.pool import DecodePool
from harness.emulators.recogniser import Priority

SAMPLES = np.zeros(1, np.float32)


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
