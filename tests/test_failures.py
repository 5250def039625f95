"""Failures as both SDKs and the harness word them."""

import pytest

from harness.failures import Cause, causes, sort_of

GLADIA = "https://api.gladia.io"


@pytest.mark.parametrize(
    ("failure", "sort", "text"),
    [
        (
            "gladia_http_401: Invalid or missing gladia key | G-8fdfac27 | 401 | POST /v2/live",
            "key",
            "HTTP 401 from POST https://api.gladia.io/v2/live (Invalid or missing gladia key)",
        ),
        (
            "assemblyai_401: WebSocket handshake rejected (HTTP 401)",
            "key",
            "HTTP 401 from https://api.gladia.io (WebSocket handshake rejected)",
        ),
        ("assemblyai_1008: Not authorized", "key", "closed with code 1008 by https://api.gladia.io (Not authorized)"),
        ("gladia_http_402: ", "quota", "HTTP 402 from https://api.gladia.io"),
        (
            "assemblyai_1008: Insufficient funds: add credit",
            "quota",
            "closed with code 1008 by https://api.gladia.io (Insufficient funds: add credit)",
        ),
        (
            "gladia_error: HTTP request failed after 1 attempts over 0.001s for POST https://api.gladia.io/v2/live",
            "network",
            "HTTP request failed after 1 attempts over 0.001s for POST https://api.gladia.io/v2/live",
        ),
        (
            "assemblyai_error: Connection failed: [Errno 111] Connection refused",
            "network",
            "Connection failed: [Errno 111] Connection refused (https://api.gladia.io)",
        ),
        (
            "not_ready: AssemblyAI did not send Begin within 10 s of being dialled.",
            "network",
            "AssemblyAI did not send Begin within 10 s of being dialled. (https://api.gladia.io)",
        ),
        ("gladia_http_422: model is unknown", "parameters", "HTTP 422 from https://api.gladia.io (model is unknown)"),
        ("gladia_http_503: down", "service", "HTTP 503 from https://api.gladia.io (down)"),
        ("12 of 30 chunks were accepted", "other", "12 of 30 chunks were accepted (https://api.gladia.io)"),
        ("no final was delivered", "other", "no final was delivered (https://api.gladia.io)"),
    ],
)
def test_a_failure_says_what_happened_where_and_what_to_look_at(failure: str, sort: str, text: str):
    """Statuses and closes by their numbers, in the service's words; the host once, and not at all if it is unknown."""
    assert (Cause(sort, text, 1),) == causes([failure], GLADIA)
    assert "gladia.io" not in causes([failure.replace(GLADIA, "")])[0].text


def test_failures_that_differ_in_ids_and_instants_alone_are_one():
    """The most frequent comes first, in the words of its first session; what none says is no key."""
    refused = [f"gladia_http_401: no such key | G-{number:08x} | 401 | POST /v2/live" for number in range(90, 93)]
    found = causes(["closed abnormally", *refused])

    assert [
        Cause("key", "HTTP 401 from POST /v2/live (no such key)", 3),
        Cause("other", "closed abnormally", 1),
    ] == list(found)
    assert "other" == sort_of("no reason recorded")
