"""What travels to a worker: enough to play, and nothing that is nobody's business."""

import pickle
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import DEMO

from harness.cluster.order import (
    MOST_A_LANE,
    Asked,
    Delivered,
    Order,
    Played,
    Spread,
    cut,
    order_for,
    pair_of,
    versions,
)
from harness.config import load_config, override
from harness.joblist import clips_by_id, missing_jobs
from harness.planning import RunPlan, plan_run
from harness.replay.jobs import PairJob
from harness.rundir import RunDir

KEYS = {"baseline": "key-of-assemblyai", "candidate": "key-of-gladia"}


@pytest.fixture(scope="module")
def live() -> RunPlan:
    """A plan for the real services, which a client with keys in its environment has made."""
    planned = plan_run(override(load_config(folder=DEMO), {"corpus.path": str(DEMO)}), live=True, with_keys=False)
    sides = {
        side: replace(planned.sides[side], api_keys={f"{side.upper()}_API_KEY": key}) for side, key in KEYS.items()
    }
    return replace(planned, sides=sides)


@pytest.fixture(scope="module")
def order(live: RunPlan) -> Order:
    return order_for(live, "run", {"baseline": None, "candidate": None})


def test_no_key_and_no_reference_text_travels(live: RunPlan, order: Order):
    """Neither is in the bytes of the tasks, which schedulers keep and dashboards show."""
    jobs = missing_jobs(live, live.record_sides, lambda *_: False)
    sent = b"".join(pickle.dumps(shard) for shard in cut(order, jobs, clips_by_id(live.clips), workers=1))

    assert [key for key in KEYS.values() if key.encode() in sent] == []
    texts = [
        utterance.text
        for clip in live.clips
        for utterance in clip.utterances
        if len((utterance.text or "").split()) > 2
    ]
    assert texts
    assert [text for text in texts if text.encode() in sent] == []
    assert all(clip.audio_sha256.encode() in sent for clip in live.clips)


def test_hosts_and_an_absolute_corpus_travel(live: RunPlan):
    """A worker works in a folder of its own, and knows nothing of emulators that the client started."""
    hosts = {"baseline": "ws://127.0.0.1:1", "candidate": "http://127.0.0.1:2"}
    sent = order_for(live, "run", hosts).plan

    assert {side: planned.host for side, planned in sent.sides.items()} == hosts
    assert sent.corpus.path.is_absolute()
    assert sent.clips == ()


def test_the_versions_are_those_that_are_installed():
    """The SDKs and what decodes audio are among them; what is missing says so."""
    assert {"assemblyai", "gladiaio-sdk", "soxr", "cutover-harness"} <= set(versions())
    assert all(versions().values())


@given(count=st.integers(0, 2000), workers=st.integers(1, 50))
def test_shards_hold_every_job_once_and_in_order(live: RunPlan, order: Order, count: int, workers: int):
    """A lane gets one pair at least and few at most, so that a lost shard costs little; numbers continue."""
    jobs = [PairJob("ps_cards_001", number, (), 1.0) for number in range(count)]
    shards = list(cut(order, jobs, {}, workers=workers, first=7))
    lanes = live.config.replay.pairs

    assert [pair_of(job) for shard in shards for job in shard.jobs] == [pair_of(job) for job in jobs]
    assert [shard.number for shard in shards] == list(range(7, 7 + len(shards)))
    assert all(lanes <= len(shard.jobs) <= MOST_A_LANE * lanes for shard in shards[:-1])


def test_what_comes_home_is_stored_as_it_came(tmp_path):
    """File by file, under the names that the worker's own run directory had."""
    folder = RunDir(tmp_path)
    path = folder.session_path("a/b", "baseline", 2)
    name = str(path.relative_to(tmp_path))
    Delivered(PairJob("a/b", 2, (), 1.0), {name: b"whole"}).store(folder)

    assert path.read_bytes() == b"whole"


def test_what_workers_tell_survives_the_queue():
    """They are plain values."""
    for value in (Asked(1, "answer", "host", "left", 2), Played(("clip", 1), {"a": b"b"})):
        assert pickle.loads(pickle.dumps(value)) == value


def test_hosts_and_workers_are_counted_apart():
    """Two workers on one host, a third on another."""
    spread = Spread({("here", "left"), ("here", "right"), ("there", "left")}, shards=5, shards_repeated=1)

    assert spread.as_dict() == {
        "workers": 3, "hosts": 2, "shards": 5, "shards_repeated": 1, "results_twice": 0,
    }  # fmt: skip
