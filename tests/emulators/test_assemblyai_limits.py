"""What ends an AssemblyAI session and what it costs, by a clock that the test turns. Checklist A36, A37, A44-A47, A49, A59."""

import asyncio
from itertools import pairwise
from time import monotonic

import aiohttp
import patient
import pytest
from assemblyai.streaming.v3 import (
    AsyncRealTimeTranscriber,
    RealTimeParameters,
    RealTimeTranscriber,
    RealTimeTranscriberOptions,
)
from assemblyai_clients import CHUNK, closed, command, errors, options, plain, received, sdk
from assemblyai_material import DIALOGUE, FLAVOURS, SDK_WARNINGS
from loopback import loopback, sent_away

pytestmark = SDK_WARNINGS


@pytest.fixture
def timed(clock):
    """Emulators whose seconds the test counts; heartbeats say that a moment was looked at."""
    with loopback(DIALOGUE, clock=clock, heartbeat_s=0.1) as running:
        yield running


def token(emulators, limit_s):
    """Good for one session of at most so long."""
    query = {"expires_in_seconds": 60, "max_session_duration_seconds": limit_s}
    return patient.get(f"{emulators.http}/v3/token", params=query, headers={"Authorization": "key"}).json()["token"]


def advance(client, clock, seconds):
    """Let time pass, and wait until the server has looked at its clock since."""
    target_ms = round((clock() - client.started_s + seconds) * 1000)
    clock.advance(seconds)
    while client.until("Heartbeat")["total_duration_ms"] < target_ms - 1:
        pass


class Timed:
    """A plain client and the clock it lives by."""

    def __init__(self, emulators, clock, **query):
        self._opening = plain(emulators, session_heartbeat=True, **query)
        self._clock = clock

    def __enter__(self):
        self.client = self._opening.__enter__()
        self.client.next()
        self.client.started_s = self._clock()
        return self.client

    def __exit__(self, *error):
        return self._opening.__exit__(*error)


def test_a36_keep_alive_puts_off_the_timeout_and_does_nothing_else(timed, clock):
    """Two of them make 13 idle seconds of a timeout of 5; no message answers them."""
    with Timed(timed, clock, inactivity_timeout=5) as client:
        for _ in range(2):
            advance(client, clock, 4.5)
            client.command("KeepAlive")
            client.socket.ping().wait(60)
        advance(client, clock, 4.5)
        assert {message["type"] for message in client.messages} == {"Begin", "Heartbeat"}
        clock.advance(0.5)
        assert client.rest().close[0] == 3005
    assert timed.settled(client.id)["audio_bytes"] == 0


@pytest.mark.parametrize("code", [3005, 4031])
def test_a37_an_idle_session_is_closed_with_the_code_of_the_switch(clock, code):
    """At 5 seconds by the session's clock, not at 4.5; audio puts it off."""
    with loopback(clock=clock, heartbeat_s=0.1, inactivity_code=code) as emulators:
        with Timed(emulators, clock, inactivity_timeout=5) as client:
            advance(client, clock, 4.5)
            client.audio(CHUNK)
            client.socket.ping().wait(60)
            advance(client, clock, 4.5)
            clock.advance(0.5)
            assert client.rest().close[0] == code
        assert errors(client) == [client.close]


def test_a37_without_the_parameter_a_session_may_idle(timed, clock):
    """For as long as sessions last."""
    with Timed(timed, clock) as client:
        advance(client, clock, 10_000)
        assert client.terminate().close[0] == 1000


def test_a44_the_session_lasts_as_long_as_its_socket(timed, clock):
    """Wall time since the upgrade, which differs from audio time when the client idles; the bill goes by it."""
    with Timed(timed, clock) as client:
        client.audio(CHUNK * 20)
        client.socket.ping().wait(60)
        advance(client, clock, 7)
        client.terminate()
    termination = client.messages[-1]
    assert (termination["audio_duration_seconds"], termination["session_duration_seconds"]) == (2, 7)
    assert timed.settled(client.id)["billed_s"] == 7.0


def test_a45_a_session_without_terminate_is_billed_to_the_limit(timed, clock):
    """Three hours, or what its token allows, however soon the client left."""
    accounts = []
    for query in ({}, {"token": token(timed, 90)}):
        with plain(timed, **query) as client:
            client.audio(CHUNK)
            session_id = client.next()["id"]
        accounts.append(timed.settled(session_id))
    told = [(account["ended"], account["billed_s"]) for account in accounts]
    assert told == [("abandoned without Terminate", 10800.0), ("abandoned without Terminate", 90.0)]


def last_words(flavour, emulators, **changes):
    """The seconds that `disconnect(terminate=True)` takes, and whether `Termination` came."""
    given, parameters = options(emulators, **changes), RealTimeParameters(sample_rate=16000)
    events, took_s = [], 0.0
    if flavour == "sync":
        client = RealTimeTranscriber(given)
        for kind in client._handlers:
            client.on(kind, lambda _, event: events.append(event.type))
        client.connect(parameters)
        start_s = monotonic()
        client.disconnect(terminate=True)
        return monotonic() - start_s, events

    async def run():
        client = AsyncRealTimeTranscriber(given)
        for kind in client._handlers:
            client.on(kind, lambda _, event: events.append(event.type))
        await client.connect(parameters)
        start_s = monotonic()
        await client.disconnect(terminate=True)
        return monotonic() - start_s

    took_s = asyncio.run(run())
    return took_s, events


@FLAVOURS
def test_a46_disconnecting_is_quick_unless_termination_is_late(flavour):
    """Under a second by default; else the SDK waits its `terminate_timeout` (5 s unless set) and goes without.

    Under a second in one of three, for what else the machine does only adds to it.
    """
    assert RealTimeTranscriberOptions(api_key="key").terminate_timeout == 5.0
    with loopback() as emulators:
        tries = [last_words(flavour, emulators) for _ in range(3)]
    assert all("Termination" in events for _, events in tries)
    assert min(took_s for took_s, _ in tries) < 1.0
    with loopback(termination_delay_s=60) as emulators:
        took_s, events = last_words(flavour, emulators, terminate_timeout=0.5)
    assert "Termination" not in events
    assert 0.5 <= took_s < 60


@pytest.mark.parametrize(("token_limit", "limit_s"), [(None, 10800), (90, 90)])
def test_a47_a_session_ends_at_its_limit(timed, clock, token_limit, limit_s):
    """`Error` and close 3008 after three hours, or what the token allows, and not before."""
    query = {"token": token(timed, token_limit)} if token_limit else {}
    with Timed(timed, clock, **query) as client:
        advance(client, clock, limit_s - 1)
        clock.advance(1)
        client.rest()
    assert errors(client) == [client.close]
    assert client.close[0] == 3008
    assert timed.settled(client.id)["billed_s"] == limit_s


@FLAVOURS
@pytest.mark.parametrize("announced", [True, False])
def test_a49_abnormal_closes_are_announced_by_switch(flavour, announced):
    """With an `Error` of the same code, or without; the SDK has exactly one error event either way."""
    bad_chunk, bad_text = CHUNK[:320], "{"
    with loopback(error_frame_before_close=announced, options={"reject_keys": frozenset({"bad"})}) as emulators:
        abnormal = [closed(emulators, bad_chunk), closed(emulators, bad_text), closed(emulators, key="bad")]
        abnormal.append(closed(emulators, sample_rate=0))
        assert [client.close[0] for client in abnormal] == [3007, 3006, 1008, 3006]
        assert [errors(client) for client in abnormal] == [[client.close] if announced else [] for client in abnormal]
        told = [sdk(flavour, emulators, [bad_chunk]), sdk(flavour, emulators, changes={"api_key": "bad"})]
    codes = [[event.code for event in events if isinstance(event, Exception)] for events, _ in told]
    assert codes == [[3007], [1008]]


@pytest.mark.parametrize("payload", [b"", b"are you there"])
def test_a59_pings_are_answered(scripted, payload):
    """Whether they say something or not, before any audio and after it."""
    with plain(scripted) as client:
        assert client.socket.ping(payload or None).wait(60)
        client.audio(CHUNK)
        assert client.socket.ping(payload or None).wait(60)
        assert client.terminate().close[0] == 1000


def test_a49_the_server_hangs_up_only_when_the_client_has_answered(scripted):
    """So that whoever is still sending isn't met by a reset, and reads why the session was closed."""
    url = f"{scripted.assemblyai}/v3/ws?sample_rate=16000"
    messages, code = sent_away(url, CHUNK[:320], Authorization="key")
    assert ([message["type"] for message in messages], code) == (["Begin", "Error"], 3007)


async def pinged(emulators, pings, *, wait_s, answers):
    """A client that answers the server's pings so late or not at all: the pings' instants and the close code."""
    url = f"{emulators.assemblyai}/v3/ws?sample_rate=16000"
    instants_s = []
    async with (
        aiohttp.ClientSession(headers={"Authorization": "key"}) as session,
        session.ws_connect(url, autoping=False) as socket,
    ):
        async for message in socket:
            if message.type is aiohttp.WSMsgType.PING:
                instants_s.append(monotonic())
                if len(instants_s) == pings:
                    await socket.send_str(command("Terminate"))
                elif answers:
                    await asyncio.sleep(wait_s)
                    await socket.pong(message.data)
    return instants_s, socket.close_code


def test_a59_the_server_pings_and_bears_slow_pongs():
    """At its interval, as long as answers come within the timeout."""
    with loopback(ping_interval_s=0.05, ping_timeout_s=20) as emulators:
        instants_s, code = asyncio.run(pinged(emulators, 3, wait_s=0.2, answers=True))
    assert code == 1000
    assert min(b - a for a, b in pairwise(instants_s)) > 0.2


def test_a59_a_client_that_never_answers_is_given_up():
    """1011, and the ledger says why."""
    with loopback(ping_interval_s=0.05, ping_timeout_s=0.2) as emulators:
        _, code = asyncio.run(pinged(emulators, 0, wait_s=0, answers=False))
        (account,) = emulators.ledger()
        assert (code, emulators.settled(account["session_id"])["ended"]) == (1011, "no answer to a ping")


@FLAVOURS
def test_a59_the_sdk_answers_pings(flavour):
    """By itself, however often."""
    with loopback(DIALOGUE, ping_interval_s=0.02, ping_timeout_s=20, heartbeat_s=0.05) as emulators:
        events, _ = sdk(flavour, emulators, [CHUNK, received("Heartbeat", 2)], session_heartbeat=True)
        assert emulators.settled(events[0].id)["ended"] == "terminated"
