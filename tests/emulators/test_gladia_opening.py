"""Statements G1-G14: how a Gladia session is created."""

from datetime import datetime
from uuid import UUID

import httpx
import patient
import pytest
from gladia_clients import BOTH, EVERYTHING, KEY, SDK_WARNINGS, TWO_UTTERANCES, WRONG, create, get, play, play_async
from gladiaio_sdk import GladiaClient
from gladiaio_sdk.client_options import HttpRetryOptions
from loopback import loopback
from patient import connect
from websockets.exceptions import InvalidStatus

pytestmark = SDK_WARNINGS
GUIDE = {  # the migration guide's sample configuration
    "model": "solaria-1",
    "encoding": "wav/pcm",
    "bit_depth": 16,
    "sample_rate": 16000,
    "channels": 1,
    "language_config": {"languages": ["en"], "code_switching": False},
    "messages_config": {"receive_partial_transcripts": True, "receive_final_transcripts": True},
    "endpointing": 0.8,
    "maximum_duration_without_endpointing": 30,
    "realtime_processing": {"custom_vocabulary": False, "custom_spelling": False},
}


def post(gladia, body=None, headers=KEY, **request):
    return patient.post(f"{gladia.gladia}/v2/live", json=body or {}, headers=headers, **request)


def refusals(gladia):
    return [entry["ended"] for entry in gladia.ledger() if str(entry["ended"]).startswith("refused")]


def test_g1_the_post_answers_with_id_date_and_url(gladia):
    """JSON with a UUID, a date and an absolute URL with a token that is this session's own."""
    answers = [post(gladia) for _ in range(2)]
    first, second = (answer.json() for answer in answers)
    assert [answer.headers["content-type"].split(";")[0] for answer in answers] == ["application/json"] * 2
    assert set(first) == {"id", "created_at", "url"}
    assert str(UUID(first["id"])) == first["id"]
    assert datetime.fromisoformat(first["created_at"]).tzinfo is not None
    assert httpx.URL(first["url"]).params["token"] != httpx.URL(second["url"]).params["token"]


def test_g2_the_url_has_the_host_that_the_client_used(gladia):
    """By number or by name, or the public base that is configured."""
    port = httpx.URL(gladia.gladia).port
    named = patient.post(f"http://localhost:{port}/v2/live", json={}, headers=KEY).json()["url"]
    assert create(gladia)["url"].startswith(f"ws://127.0.0.1:{port}/v2/live?token=")
    assert named.startswith(f"ws://localhost:{port}/v2/live?token=")
    with loopback(TWO_UTTERANCES + '[gladia]\npublic_url = "wss://gladia.test/"') as public:
        assert create(public)["url"].startswith("wss://gladia.test/v2/live?token=")


def test_g3_three_things_share_a_path(gladia):
    """POST creates, GET lists, GET with an upgrade is the socket."""
    session = create(gladia)
    assert session["id"] in {item["id"] for item in get(gladia, "").json()["items"]}
    with connect(session["url"]) as client:
        assert client.response.status_code == 101


@pytest.mark.parametrize("name", ["x-gladia-key", "X-Gladia-Key", "X-GLADIA-KEY"])
def test_g4_a_key_is_needed_in_a_header_of_any_case(gladia, name):
    """Accepted in any case; missing or bad it is 401 JSON with `message` and `request_id`, on every route."""
    accepted, bad, missing = (post(gladia, headers=headers) for headers in ({name: "key"}, {name: "bad"}, {}))
    assert (accepted.status_code, bad.status_code, missing.status_code) == (201, 401, 401)
    assert {"message", "request_id"} <= set(bad.json()) & set(missing.json())
    path = f"{gladia.gladia}/v2/live/{accepted.json()['id']}"
    others = [
        patient.get(f"{gladia.gladia}/v2/live"),
        patient.get(path),
        patient.get(f"{path}/file"),
        patient.delete(path),
    ]
    assert [answer.status_code for answer in others] == [401] * 4


def test_g5_a_region_is_accepted_and_recorded(gladia):
    """Two regions exist, any other is a validation error."""
    for region in ("eu-west", "us-west"):
        session = create(gladia, params={"region": region})
        assert gladia.session(session["id"])["parameters"]["region"] == region
    refused = post(gladia, params={"region": "mars"})
    assert (refused.status_code, [text.split()[0] for text in refused.json()["validation_errors"]]) == (422, ["region"])


def test_g6_an_empty_body_yields_every_default(gladia):
    """The defaults are in `request_params`; no body at all and nulls are the same."""
    defaults = get(gladia, f"/{create(gladia)['id']}").json()["request_params"]
    assert defaults == {
        "encoding": "wav/pcm",
        "bit_depth": 16,
        "sample_rate": 16000,
        "channels": 1,
        "model": "solaria-1",
        "endpointing": 0.05,
        "maximum_duration_without_endpointing": 5,
        "language_config": {"languages": [], "code_switching": False},
        "pre_processing": {"audio_enhancer": False, "speech_threshold": 0.6},
        "realtime_processing": {
            "custom_vocabulary": False,
            "custom_spelling": False,
            "translation": False,
            "named_entity_recognition": False,
            "sentiment_analysis": False,
        },
        "post_processing": {"summarization": False},
        "messages_config": {
            "receive_partial_transcripts": False,
            "receive_final_transcripts": True,
            "receive_speech_events": True,
            "receive_pre_processing_events": True,
            "receive_realtime_processing_events": True,
            "receive_post_processing_events": True,
            "receive_acknowledgments": True,
            "receive_errors": True,
            "receive_lifecycle_events": False,
        },
        "callback": False,
    }
    nothing = patient.post(f"{gladia.gladia}/v2/live", headers=KEY).json()["id"]
    nulls = create(gladia, {"encoding": None, "language_config": None})["id"]
    for same in (nothing, nulls):
        assert defaults == get(gladia, f"/{same}").json()["request_params"]


def test_g7_unknown_fields_are_accepted_and_recorded(gladia):
    """Wherever they are; a switch makes them validation errors."""
    body = {"future": 1, "realtime_processing": {"words_accurate_timestamps": True}}
    assert body == gladia.session(create(gladia, body)["id"])["parameters"]
    with loopback(TWO_UTTERANCES + '[gladia]\nunknown_fields = "reject"') as strict:
        refused = post(strict, body)
        assert (refused.status_code, [text.split()[0] for text in refused.json()["validation_errors"]]) == (
            422,
            ["future", "realtime_processing.words_accurate_timestamps"],
        )
        assert post(strict, {**GUIDE, "custom_metadata": {"a": 1}}).status_code == 201


@pytest.mark.parametrize("body", ["{", "[]", '"x"', "[" * 100_000, '{"custom_metadata": "\\ud800"}', "\xff"])
def test_g7_a_body_that_is_no_request_is_a_validation_error(gladia, body):
    """Whatever it is instead."""
    answer = patient.post(f"{gladia.gladia}/v2/live", content=body.encode("latin-1"), headers=KEY)
    assert (answer.status_code, answer.json()["validation_errors"][0].split()[:2]) == (422, ["body", "must"])


@pytest.mark.parametrize(("body", "field"), WRONG)
def test_g8_impossible_values_are_validation_errors(gladia, body, field):
    """Refused with `validation_errors` that begin with the field's name."""
    answer = post(gladia, body)
    assert (answer.status_code, [text.split()[0] for text in answer.json()["validation_errors"]]) == (422, [field])
    assert answer.headers["x-aipi-call-id"] == answer.json()["request_id"]


def test_g8_the_status_and_the_cap_are_switches():
    """400 in place of 422, and the unconfirmed range of the cap."""
    switches = "[gladia]\nvalidation_status = 400\ncap_range_s = [5.0, 60.0]"
    with loopback(TWO_UTTERANCES + switches) as strict:
        answers = [post(strict, {"maximum_duration_without_endpointing": cap}) for cap in (4, 5, 60, 61)]
    assert [answer.status_code for answer in answers] == [400, 201, 201, 400]


@BOTH
@pytest.mark.parametrize(("body", "field"), WRONG[::3])
def test_g9_the_sdk_names_the_invalid_parameter(gladia, sdk, body, field):
    """`HttpError.invalid_parameters` contains the offending field, and the session ends with 1006."""
    played = sdk(gladia, body, chunks=0, stop=False)
    assert field in played.errors[0].invalid_parameters
    assert (played.errors[0].status, played.ends) == (422, [1006])


@BOTH
def test_g10_the_migration_guides_sample_is_accepted_unchanged(gladia, sdk):
    """And gives finals."""
    played = sdk(gladia, GUIDE)
    assert [m.data.utterance.text for m in played.of("transcript") if m.data.is_final] == [
        " Call me back.",
        " Thank you!",
    ]


@BOTH
def test_g11_the_sdk_always_wishes_for_acknowledgements(gladia, sdk):
    """`receive_acknowledgments` arrives as true although the user said false, and is hidden from them."""
    played = sdk(gladia, {"messages_config": {"receive_acknowledgments": False, **EVERYTHING}})
    account = gladia.session(played.messages[-1].session_id)
    assert account["parameters"]["messages_config"]["receive_acknowledgments"] is True
    assert (played.of("audio_chunk"), "audio_chunk" in {m["type"] for m in account["messages"]}) == ([], True)


@BOTH
def test_g12_one_session_too_many_is_429_and_posted_twice(sdk):
    """The SDK tries again after 0.3 s, then reports `ended` 1006."""
    with loopback(TWO_UTTERANCES + "[gladia]\nconcurrent_sessions = 1") as full:
        create(full)
        played = sdk(full, chunks=0, stop=False)
        attempts = [entry["opened_ns"] for entry in full.ledger() if str(entry["ended"]).startswith("refused")]
    assert (played.errors[0].status, played.ends, len(attempts)) == (429, [1006], 2)
    assert 0.28 <= (attempts[1] - attempts[0]) / 1e9 < patient.LIMIT_S


@BOTH
def test_g13_one_500_is_retried(sdk):
    """The second POST succeeds and the session runs."""
    with loopback(TWO_UTTERANCES.replace("[[session]]", "[[session]]\nopen = {status = 500}")) as failing:
        played = sdk(failing)
        (account,) = failing.ledger()
    assert (played.ends, account["attempts"], account["connections"]) == ([1000], 2, 1)


@BOTH
def test_g13_a_response_that_takes_too_long_is_not_retried(sdk):
    """The SDK's HTTP timeout (10 s by default, here shorter) ends the session after one POST."""
    slow = TWO_UTTERANCES.replace("[[session]]", "[[session]]\nopen = {delay_s = 20.0, times = 9}")
    with loopback(slow) as late:
        played = sdk(late, chunks=0, stop=False, http_timeout=2)
        opened = patient.get(f"{late.gladia}/metrics").json()["opening_faults"]["gladia"]["open"]
    assert (played.ends, opened) == ([1006], 1)


def test_g13_the_sdk_waits_ten_seconds_and_retries_once_by_default():
    """What the two tests before shortened."""
    options = GladiaClient(api_key="key").options
    assert (options.http_timeout, HttpRetryOptions().max_attempts) == (10, 2)


def test_g14_an_unknown_token_is_refused(gladia):
    """With 403, or by switch with a close 4401 after the upgrade."""
    with pytest.raises(InvalidStatus) as refused:
        connect(gladia.gladia.replace("http", "ws") + "/v2/live?token=none")
    assert refused.value.response.status_code == 403
    with loopback(TWO_UTTERANCES + '[gladia]\nunknown_token = "close"') as closing:
        url = closing.gladia.replace("http", "ws") + "/v2/live?token=none"
        assert [sdk(closing, chunks=0, stop=False, url=url).ends for sdk in (play, play_async)] == [[4401]] * 2


@BOTH
def test_g14_the_sdk_dials_five_times_on_http_403(gladia, sdk):
    """With growing pauses, then `error` and `ended` 1006."""
    before = len(refusals(gladia))
    played = sdk(gladia, chunks=0, stop=False, url=gladia.gladia.replace("http", "ws") + "/v2/live?token=none")
    assert (len(played.errors), played.ends) == (1, [1006])
    assert len(refusals(gladia)) - before == 5
