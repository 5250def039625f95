"""AssemblyAI's webhook: one POST with what was said, once the session is over."""

import json
from time import monotonic

import patient
import pytest
from assemblyai_clients import CHUNK, closed, command, errors, plain, said, sdk
from assemblyai_material import DIALOGUE, FLAVOURS, SDK_WARNINGS
from loopback import loopback, receiver

pytestmark = SDK_WARNINGS
AUDIO = CHUNK * 45
SWITCHES = {"webhook_attempts": 3, "webhook_pause_s": 0.01}


@pytest.fixture(scope="module")
def impatient():
    with loopback(DIALOGUE, **SWITCHES) as running:
        yield running


@FLAVOURS
def test_the_turns_are_posted_when_the_session_is_over(scripted, flavour):
    """Of a turn with two finals the formatted one, as on the socket; the client's own header is with it, and in no ledger."""
    secret = {"webhook_auth_header_name": "X-Secret", "webhook_auth_header_value": "open sesame"}
    with receiver() as (url, received):
        pieces = [AUDIO[start : start + 3200] for start in range(0, len(AUDIO), 3200)]
        events, _ = sdk(flavour, scripted, pieces, format_turns=True, webhook_url=url, **secret)
        post = received.get(timeout=patient.LIMIT_S)
    assert (post.headers["X-Secret"], post.headers["Content-Type"]) == ("open sesame", "application/json")
    assert post.body["session_id"] == events[0].id
    assert [message["transcript"] for message in post.body["messages"]] == ["Call me back.", "Thank you!"]
    assert {(message["type"], message["end_of_turn"]) for message in post.body["messages"]} == {("Turn", True)}
    account = json.dumps(scripted.settled(events[0].id))
    assert (url in account, "sesame" in account) == (True, False)


def test_what_is_posted_are_the_messages_of_the_socket(scripted):
    """Field by field; with `include_partial_turns` all of them."""
    with receiver() as (url, received):
        client = said(scripted, AUDIO, webhook_url=url, include_partial_turns="true")
        everything = received.get(timeout=patient.LIMIT_S).body["messages"]
        client_of_finals = said(scripted, AUDIO, webhook_url=url, webhook_auth_header_name="X-Without-Value")
        finals = received.get(timeout=patient.LIMIT_S)
    assert client.turns == everything
    assert [turn for turn in client_of_finals.turns if turn["end_of_turn"]] == finals.body["messages"]
    assert "X-Without-Value" not in finals.headers


def test_it_comes_after_an_abnormal_end_too(scripted):
    """With what was said until then, be it nothing."""
    with receiver() as (url, received):
        closed(scripted, *[CHUNK] * 20, "{", webhook_url=url)
        assert [message["transcript"] for message in received.get(timeout=patient.LIMIT_S).body["messages"]] == [
            "call me back"
        ]
        closed(scripted, CHUNK[:320], webhook_url=url)
        assert received.get(timeout=patient.LIMIT_S).body["messages"] == []


@pytest.mark.parametrize(
    ("statuses", "posts"), [((500, 503, 204), 3), ((500,), 3), ((302, 200), 2), ((404, 200), 1), ((202, 500), 1)]
)
def test_a_receiver_that_fails_is_asked_again(impatient, statuses, posts):
    """Until it is content, until it refuses, or as often as the switch says; each failure is noted."""
    with receiver(*statuses) as (url, received):
        session_id = said(impatient, CHUNK, webhook_url=url).id
        bodies = [received.get(timeout=patient.LIMIT_S).body for _ in range(posts)]
        told = [f"webhook failed: HTTP {status}" for status in (*statuses, *statuses * 2)[:posts] if status >= 300]
        deadline = monotonic() + patient.LIMIT_S
        while (notes := impatient.session(session_id)["notes"]) != told:
            assert monotonic() < deadline, notes
        assert received.empty()
    assert [bodies[0]] * posts == bodies


def test_nothing_leaves_this_machine(scripted):
    """Unless it is wished; the ledger says why."""
    session_id = said(scripted, CHUNK, webhook_url="https://hooks.invalid/x").id
    assert scripted.settled(session_id)["notes"] == [
        "nothing is sent to hooks.invalid: it is not this machine, and callback_hosts is loopback"
    ]


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"webhook_url": "ftp://x"}, "webhook_url"),
        ({"webhook_url": "http://"}, "webhook_url"),
        ({"webhook_url": "http://localhost:99999999/"}, "webhook_url"),
        ({"webhook_url": "http://localhost/", "webhook_auth_header_name": "A\r\nB"}, "webhook_auth_header_name"),
        ({"webhook_url": "http://localhost/", "webhook_auth_header_value": "a\r\nB: c"}, "webhook_auth_header_value"),
        ({"webhook_url": "http://localhost/", "include_partial_turns": "some"}, "include_partial_turns"),
    ],
)
def test_an_impossible_webhook_is_refused_by_name(scripted, query, named):
    """As any other parameter."""
    ((code, reason),) = errors(closed(scripted, command("Terminate"), **query))
    assert (code, named in reason) == (3006, True)


def test_without_an_address_nobody_is_told(scripted):
    """Whatever else is said about it."""
    with receiver() as (_, received), plain(scripted, webhook_auth_header_name="X") as client:
        client.audio(AUDIO)
        client.terminate()
        assert scripted.settled(client.id)["effective"]["webhook"] is None
        assert received.empty()
