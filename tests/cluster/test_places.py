"""Quotas of a whole cluster, through a real scheduler in this process."""

import time
from collections.abc import Callable, Iterator

import pytest
from distributed import Client, LocalCluster, Semaphore
from patient import comes_true
from scripted import plan

from harness.cluster.places import ClusterPlaces, limited, places, register
from harness.errors import RunError
from harness.replay.quota import Limit

HELD_S = 0.3


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with (
        LocalCluster(n_workers=0, processes=False, dashboard_address=":0") as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield client


@pytest.fixture
def worker(client: Client, request: pytest.FixtureRequest) -> Iterator[Callable[..., ClusterPlaces]]:
    """One more worker that plays under the same quota; a start is held until the test is over, unless it says for how long."""
    made: list[ClusterPlaces] = []

    def make(concurrent: int | None = None, starts: int | None = None, hold_s: float = 3600.0) -> ClusterPlaces:
        pools = {
            kind: Semaphore(leases, f"{request.node.name} {kind}", client.scheduler, client.loop) if leases else None
            for kind, leases in (("concurrent", concurrent), ("starts", starts))
        }
        made.append(ClusterPlaces(pools["concurrent"], pools["starts"], hold_s=hold_s, ask_every_s=0.0))
        return made[-1]

    yield make
    for timer in (timer for each in made for timer in each._timers):
        timer.cancel()


def test_workers_share_the_open_sessions(worker: Callable):
    """Three places: two here, so one there, until one is given back."""
    here, there = worker(concurrent=3), worker(concurrent=3)
    assert here.take(2)
    assert not there.take(2)
    assert there.take(1)
    assert not there.take(1)
    here.give_back(1)

    assert there.take(1)


def test_a_place_that_could_not_be_had_whole_is_not_kept(worker: Callable):
    """Two are asked for where one is left: the one stays free for others."""
    here, there = worker(concurrent=2), worker(concurrent=2)
    assert here.take(1)
    assert not there.take(2)

    assert here.take(1)


def test_new_sessions_count_for_their_time_and_not_for_their_length(worker: Callable):
    """One start a while: the session is over at once, and the next has to wait all the same, wherever it is."""
    here, there = worker(starts=1, hold_s=HELD_S), worker(starts=1, hold_s=HELD_S)
    began_s = time.monotonic()
    assert here.take(1)
    here.give_back(1)
    here.close()

    assert comes_true(lambda: there.take(1))
    assert time.monotonic() - began_s >= HELD_S


def test_a_start_that_was_not_used_counts_no_longer(worker: Callable):
    """Undone because the other service had no room: it can be taken by another at once, and once only."""
    here, there = worker(concurrent=1, starts=1), worker(concurrent=1, starts=1)
    assert here.take(1)
    here.undo(1)

    assert there.take(1)
    assert not here.take(1)


def test_without_a_start_no_place_is_kept(worker: Callable):
    """Two may be open, one may start: the second start fails, and its place is free."""
    here, there = worker(concurrent=2, starts=1), worker(concurrent=2)
    assert here.take(1)
    assert not here.take(1)

    assert there.take(1)


def test_a_refusal_makes_the_worker_wait_longer_each_time(worker: Callable):
    """Twice as long until the service lets sessions in again; nothing is asked for meanwhile."""
    here = worker(concurrent=5)
    pauses_s = [here.refused(), here.refused()]
    assert not here.take(1)
    here.accepted()

    assert [*pauses_s, here.refused()] == [2.0, 4.0, 2.0]


def test_what_an_end_left_open_is_given_back(worker: Callable):
    """A shard that failed in the midst takes no places from those that follow."""
    here, there = worker(concurrent=2), worker(concurrent=2)
    assert here.take(2)
    here.close()

    assert there.take(2)


def test_two_runs_share_an_account_of_the_same_size(client: Client):
    """The second registers what is there, and what the first has open counts."""
    limit = Limit(concurrent_sessions=2)
    where = {"scheduler_rpc": client.scheduler, "loop": client.loop}
    register(client, "shared", limit)
    register(client, "shared", limit)
    assert places("shared", limit, **where).take(2)

    assert not places("shared", limit, **where).take(1)


def test_another_size_is_refused_while_the_account_is_in_use(client: Client):
    """With what to do; once it is not used, the new size holds."""
    where = {"scheduler_rpc": client.scheduler, "loop": client.loop}
    register(client, "resized", Limit(concurrent_sessions=1))
    used = places("resized", Limit(concurrent_sessions=1), **where)
    assert used.take(1)
    with pytest.raises(RunError, match="'resized' with another size than 3"):
        register(client, "resized", Limit(concurrent_sessions=3))
    used.give_back(1)
    register(client, "resized", Limit(concurrent_sessions=3))

    assert places("resized", Limit(concurrent_sessions=3), **where).take(3)


def test_an_account_is_a_provider_at_a_host(emulators):
    """Emulators and services have quotas of their own; the growth rule is no part of it."""
    accounts = limited(plan(emulators))

    assert accounts == {
        "assemblyai": (f"harness assemblyai {emulators.assemblyai}", Limit(new_sessions_per_minute=100)),
        "gladia": (f"harness gladia {emulators.gladia}", Limit(concurrent_sessions=30)),
    }


def test_a_start_outlives_its_cluster_without_a_word():
    """The lease is given back after the cluster is gone: nothing is left to be told, and no thread dies of it."""
    with (
        LocalCluster(n_workers=0, processes=False, dashboard_address=":0") as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        semaphore = Semaphore(1, "starts", client.scheduler, client.loop)
        places = ClusterPlaces(None, semaphore, hold_s=3600.0, ask_every_s=0.0)
        assert places.take(1)
        [timer] = places._timers
    timer.cancel()
    assert timer.function(*timer.args) is None  # what its thread would do now
