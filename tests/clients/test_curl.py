"""The parts of both services that are plain HTTP, by curl."""

from uuid import UUID

KEY = "x-gladia-key: key"
JSON = "content-type: application/json"


def test_g01_a_session_is_created_and_found(curl, emulators):
    """POST answers with id, time and address; GET shows the session, alone and in the list."""
    created = curl(f"{emulators.gladia}/v2/live?region=eu-west", "-H", KEY, "--json", '{"sample_rate": 8000}')
    assert (201, "application/json") == (created.status, created.content_type)
    assert {"id", "created_at", "url"} == set(created.document)
    assert str(UUID(created.document["id"])) == created.document["id"]
    assert created.document["url"].startswith(emulators.gladia.replace("http://", "ws://") + "/v2/live?token=")
    shown = curl(f"{emulators.gladia}/v2/live/{created.document['id']}", "-H", KEY).document
    assert ("queued", "live", 8000) == (shown["status"], shown["kind"], shown["request_params"]["sample_rate"])
    listed = curl(f"{emulators.gladia}/v2/live", "-H", KEY).document
    assert created.document["id"] in {item["id"] for item in listed["items"]}


def test_g02_the_address_of_a_session_is_where_the_client_came_by(curl, emulators):
    """Plain or by TLS, by name or by number."""
    trust = ("--cacert", emulators.ca_file, "-H", "x-gladia-key: key", "--json", "{}")
    by_number = emulators.gladia_tls.replace("localhost", "127.0.0.1")
    for base in (emulators.gladia, emulators.gladia_tls, by_number):
        address = curl(f"{base}/v2/live", *trust).document["url"]
        assert f"{base.replace('http', 'ws', 1)}/v2/live" == address.partition("?")[0]


def test_g04_a_missing_or_bad_key_is_401(curl, emulators):
    """As JSON with a message and a request id; the name of the header in any case."""
    answers = [
        curl(f"{emulators.gladia}/v2/live", "--json", "{}", *headers) for headers in ((), ("-H", "X-GLADIA-KEY: bad"))
    ]
    assert [401, 401] == [answer.status for answer in answers]
    assert [True, True] == [{"message", "request_id"} <= set(answer.document) for answer in answers]
    assert 201 == curl(f"{emulators.gladia}/v2/live", "--json", "{}", "-H", "X-GLADIA-KEY: key").status


def test_g06_an_empty_body_is_a_session_with_defaults(curl, emulators):
    """Nothing has to be said."""
    assert 201 == curl(f"{emulators.gladia}/v2/live", "-X", "POST", "-H", KEY, "-H", JSON).status


def test_g08_what_is_wrong_is_said(curl, emulators):
    """Every field that is out of range is named."""
    answer = curl(f"{emulators.gladia}/v2/live", "-H", KEY, "--json", '{"channels": 9, "sample_rate": 22050}')
    fields = {error.split()[0] for error in answer.document["validation_errors"]}
    assert (422, {"channels", "sample_rate"}) == (answer.status, fields)


def test_g51_an_unknown_session_is_404(curl, emulators):
    """As JSON."""
    answer = curl(f"{emulators.gladia}/v2/live/00000000-0000-4000-8000-000000000000", "-H", KEY)
    assert (404, "application/json") == (answer.status, answer.content_type)


def test_a06_a_token_is_issued_within_its_ranges(curl, emulators):
    """200 with the token, 400 outside the ranges, 401 without or with a bad key, always JSON."""
    token = emulators.assemblyai.replace("ws://", "http://") + "/v3/token"

    def ask(query, key="key"):
        return curl(f"{token}?{query}", "-H", f"Authorization: {key}")

    issued = ask("expires_in_seconds=60&max_session_duration_seconds=60")
    assert (200, "application/json", 60) == (issued.status, issued.content_type, issued.document["expires_in_seconds"])
    assert issued.document["token"] != ""
    wrong = [
        ask(query)
        for query in (
            "",
            "expires_in_seconds=0",
            "expires_in_seconds=601",
            "expires_in_seconds=60&max_session_duration_seconds=59",
            "expires_in_seconds=60&max_session_duration_seconds=10801",
        )
    ]
    assert [400] * 5 == [answer.status for answer in wrong]
    assert [401, 401] == [ask("expires_in_seconds=60", key).status for key in ("", "bad")]
    assert all("error" in answer.document for answer in wrong)
