"""Provider quotas of a whole cluster, held by the scheduler's semaphores: a lease for each open session, and for each new one."""

import random
import time
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from threading import Timer
from typing import Any

import dask.config
from distributed import Client, Semaphore

from harness.errors import RunError
from harness.planning import RunPlan
from harness.replay.quota import FIRST_PAUSE_S, LONGEST_PAUSE_S, WINDOW_S, Limit

# A place is asked for a moment before the session is dialled, and a service counts when it is: some seconds more than its window.
HOLD_S = WINDOW_S + 2.0
# Of a worker that died. Longer than a window, so that its new sessions are not forgotten too early.
LEASE_TIMEOUT_S = 90.0
ASK_EVERY_S = 1.0  # on average, while there is no place


class ClusterPlaces:
    """`Places` of one provider for one worker of the cluster.

    The growth rule is left out: what a quota starts with is always allowed. A refusal makes this worker wait; others find out for
    themselves, by a dial that costs no audio.
    """

    def __init__(
        self,
        concurrent: Semaphore | None,
        starts: Semaphore | None,
        *,
        hold_s: float = HOLD_S,
        ask_every_s: float = ASK_EVERY_S,
    ) -> None:
        self._concurrent = concurrent
        self._starts = starts
        self._hold_s = hold_s
        self._ask_every_s = ask_every_s
        self._open = 0
        self._timers: deque[Timer] = deque()
        self._not_before_s = 0.0
        self._pause_s = FIRST_PAUSE_S

    def take(self, count: int) -> bool:
        """See `Places`. Asks the scheduler at most once in a while, and never waits for it to have a place."""
        if time.monotonic() < self._not_before_s:
            return False
        if not _acquire(self._concurrent, count):
            return self._later()
        if not _acquire(self._starts, count):
            _release(self._concurrent, count)
            return self._later()
        self._open += count
        if self._starts is not None:
            while self._timers and not self._timers[0].is_alive():
                self._timers.popleft()
            self._timers.extend(_release_in(self._hold_s, self._starts) for _ in range(count))
        return True

    def undo(self, count: int) -> None:
        """See `Places`. Another provider had no room, so there is no use in asking again at once."""
        self.give_back(count)
        for timer in [self._timers.pop() for _ in range(count if self._starts is not None else 0)]:
            timer.cancel()
        _release(self._starts, count)
        self._later()

    def give_back(self, count: int) -> None:
        """See `Places`."""
        self._open -= count
        _release(self._concurrent, count)

    def refused(self) -> float:
        """See `Places`."""
        pause_s = self._pause_s
        self._not_before_s = time.monotonic() + pause_s
        self._pause_s = min(LONGEST_PAUSE_S, 2 * pause_s)
        return pause_s

    def accepted(self) -> None:
        """See `Places`."""
        self._pause_s = FIRST_PAUSE_S

    def close(self) -> None:
        """Give back what an end before its time left open; what was started stays counted until its time is over."""
        self.give_back(self._open)

    def _later(self) -> bool:
        """Ask again when others had their chance: not in step with them."""
        wait_s = self._ask_every_s * random.uniform(0.5, 1.5)  # noqa: S311 - no secret
        self._not_before_s = max(self._not_before_s, time.monotonic() + wait_s)
        return False


def limited(plan: RunPlan) -> dict[str, tuple[str, Limit]]:
    """For each provider that the plan dials under a quota, the name of the account that the cluster shares, and the quota."""
    hosts: dict[str, set[str]] = {}
    for side in plan.record_sides:
        planned = plan.sides[side]
        hosts.setdefault(planned.provider.name, set()).add(planned.host or "production")
    return {
        name: (
            f"harness {name} {' '.join(sorted(hosts[name]))}",
            Limit(limit.new_sessions_per_minute, limit.concurrent_sessions),
        )
        for name, limit in plan.config.limits.items()
        if name in hosts
    }


def places(account: str, limit: Limit, **where: Any) -> ClusterPlaces:
    """Places of an account whose quota is registered. `where` says through whom the scheduler is reached if not through a worker."""
    made = {kind: Semaphore(leases, name, **where) for kind, name, leases in _pools(account, limit)}
    return ClusterPlaces(made.get("concurrent"), made.get("starts"))


def register(client: Client, account: str, limit: Limit) -> None:
    """Make an account's quota known to the scheduler. Runs that use the same account at the same time share it.

    Raises:
        RunError: It is in use with another size.
    """
    for _, name, leases in _pools(account, limit):
        with dask.config.set({"distributed.scheduler.locks.lease-timeout": f"{LEASE_TIMEOUT_S} s"}):
            semaphore = Semaphore(leases, name, client.scheduler, client.loop)
            try:
                semaphore.register()
            except ValueError:
                if semaphore.get_value():
                    raise RunError(
                        f"The cluster holds the quota of {account!r} with another size than {leases}, and sessions of another run "
                        "count against it. Give both runs the same [limits], or wait two minutes after the other's end."
                    ) from None
                semaphore.close()
                semaphore.register()


def _pools(account: str, limit: Limit) -> Iterator[tuple[str, str, int]]:
    for kind, leases in (("concurrent", limit.concurrent_sessions), ("starts", limit.new_sessions_per_minute)):
        if leases is not None:
            yield kind, f"{account} {kind}", leases


def _acquire(semaphore: Semaphore | None, count: int) -> bool:
    """All or none."""
    if semaphore is None:
        return True
    for number in range(count):
        if not semaphore.acquire(timeout=0):
            _release(semaphore, number)
            return False
    return True


def _release(semaphore: Semaphore | None, count: int) -> None:
    if semaphore is not None:
        for _ in range(count):
            semaphore.release()


def _release_in(seconds: float, semaphore: Semaphore) -> Timer:
    """Give a lease back later, whether or not the shard is still there."""
    timer = Timer(seconds, _let_go, (semaphore,))
    timer.daemon = True
    timer.start()
    return timer


def _let_go(semaphore: Semaphore) -> None:
    """Give a lease back, unless the worker's event loop or connection is gone: the lease times out by itself then."""
    with suppress(OSError):
        try:
            semaphore.release()
        except RuntimeError:
            if not semaphore.loop.asyncio_loop.is_closed():
                raise
