"""Faults of a scenario, as a client meets them."""

import json
from contextlib import suppress

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from harness.emulators import embedded

CHUNK = bytes(3200)
SCENARIO = """
[[session]]
match = {provider = "assemblyai", ordinal = 1}
open = {status = 503}
fault = [{at_s = 0.3, kind = "drop"}]
[[session]]
match = {provider = "assemblyai", ordinal = 2}
fault = [{at_s = 0.2, kind = "close", code = 3005, reason = "Session Cancelled: An error occurred"}]
[[session]]
match = {provider = "gladia"}
open = {status = 429, times = 2}
"""


@pytest.fixture(scope="module")
def faulty(tmp_path_factory):
    path = tmp_path_factory.mktemp("faults") / "faults.toml"
    path.write_text(SCENARIO, encoding="utf-8")
    with embedded.start("script", path) as running:
        yield running


def closed_by(client):
    """Send audio until the socket closes; the close code received, None without one."""
    try:
        for _ in range(1000):
            client.send(CHUNK)
            with suppress(TimeoutError):
                client.recv(0.01)
    except ConnectionClosed as closed:
        return closed.rcvd and closed.rcvd.code
    return "still open"


def test_assemblyai_refuses_then_drops_then_closes(faulty):
    """The first attempt meets 503, the session after it a reset, the next one a close with its code and reason."""
    url, headers = f"{faulty.assemblyai}/v3/ws?sample_rate=16000", {"Authorization": "key"}
    with pytest.raises(InvalidStatus) as refused, connect(url, additional_headers=headers):
        pass
    codes = []
    for _ in range(2):
        with connect(url, additional_headers=headers) as client:
            assert json.loads(client.recv())["type"] == "Begin"
            codes.append(closed_by(client))
    assert (refused.value.response.status_code, codes) == (503, [None, 3005])


def test_gladia_is_over_its_quota_twice(faulty):
    """The third POST succeeds."""
    post = lambda: httpx.post(f"{faulty.gladia}/v2/live", json={}, headers={"x-gladia-key": "key"}).status_code  # noqa: E731
    assert [post() for _ in range(3)] == [429, 429, 201]
