"""Each of the 40 parameters: what it becomes, and what the two emulators show of it where they model it.

An effect is what AssemblyAI's emulator does under the parameter as given, and Gladia's under its translation.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import patient
import pytest
from assemblyai_clients import in_step, plain, said
from assemblyai_material import DIALOGUE
from gladia_clients import CHUNK, KEY, create, of_type, talk
from loopback import Loopback, TestClock, ToneEngine, loopback, pause, receiver, spoken

from harness.emulators.assemblyai_parameters import parse_query
from harness.emulators.gladia_parameters import parse_body
from harness.translation.result import translate_source
from harness.translation.rules import RULES
from harness.translation.source import Source

BASE: dict[str, Any] = translate_source(Source("nothing", {}), "test").sent("latency")
U3 = {"speech_model": "u3-rt-pro"}
MULTILINGUAL = {"speech_model": "universal-streaming-multilingual"}


def sent(params: dict[str, Any], variant: str = "latency") -> dict[str, Any]:
    """What a session at Gladia is asked for."""
    return translate_source(Source("a test", params), "test").sent(variant)


# field -> value, fidelity, what differs from the configuration of no parameters at all, in the latency variant
VOCABULARY = {"custom_vocabulary": True, "custom_vocabulary_config": {"vocabulary": ["Zürich", "a b"]}}
QUIET = {
    "receive_partial_transcripts": False,
    "receive_speech_events": False,
    "receive_pre_processing_events": False,
    "receive_realtime_processing_events": False,
    "receive_post_processing_events": False,
    "receive_acknowledgments": False,
    "receive_errors": False,
    "receive_lifecycle_events": False,
}
HOOK = {"url": "https://hook.test/x", "receive_final_transcripts": True, **QUIET}
ENHANCED = {"pre_processing": {"audio_enhancer": True}}
SPANISH = {"language_config": {"languages": ["es"], "code_switching": False}}
NOTHING: dict[str, Any] = {}
TRANSLATIONS: dict[str, tuple[Any, str, dict[str, Any]]] = {
    "end_of_turn_confidence_threshold": (1, "none", {"endpointing": 1.28}),
    "min_end_of_turn_silence_when_confident": (300, "approximate", {"endpointing": 0.3}),
    "min_turn_silence": (300, "approximate", {"endpointing": 0.3}),
    "max_turn_silence": (2400, "approximate", NOTHING),
    "vad_threshold": (0.9, "approximate", NOTHING),
    "format_turns": (True, "none", NOTHING),
    "keyterms_prompt": (["Zürich", "a b"], "approximate", {"realtime_processing": VOCABULARY}),
    "filter_profanity": (True, "none", NOTHING),
    "prompt": ("Numbers as digits.", "none", NOTHING),
    "agent_context": ("Your card number?", "none", NOTHING),
    "interruption_delay": (200, "none", NOTHING),
    "turn_left_pad_ms": (100, "none", NOTHING),
    "language_codes": (["es-MX", "xx"], "approximate", SPANISH),
    "session_heartbeat": (True, "none", NOTHING),
    "acknowledge_silence": (True, "none", NOTHING),
    "sample_rate": (24000, "approximate", {"sample_rate": 32000}),
    "encoding": ("pcm_mulaw", "exact", {"encoding": "wav/ulaw", "bit_depth": 8}),
    "speech_model": (
        "u3-rt-pro",
        "none",
        {"endpointing": 0.1, "language_config": {"languages": [], "code_switching": True}},
    ),
    "language_code": ("es", "approximate", SPANISH),
    "language_detection": (True, "approximate", NOTHING),
    "domain": ("medical-v1", "none", NOTHING),
    "inactivity_timeout": (30, "none", NOTHING),
    "webhook_url": ("https://hook.test/x", "approximate", {"callback": True, "callback_config": HOOK}),
    "webhook_auth_header_name": ("X-Secret", "none", NOTHING),
    "webhook_auth_header_value": ("open sesame", "none", NOTHING),
    "llm_gateway": (
        {"model": "m", "messages": [{"role": "user", "content": "Sum up."}], "max_tokens": 10},
        "none",
        NOTHING,
    ),
    "speaker_labels": (True, "none", NOTHING),
    "speaker_labels_revision_interval_ms": (120_000, "none", NOTHING),
    "max_speakers": (2, "none", NOTHING),
    "voice_focus": ("near-field", "approximate", ENHANCED),
    "voice_focus_threshold": (0.5, "none", NOTHING),
    "noise_suppression_model": ("far-field", "approximate", ENHANCED),
    "noise_suppression_threshold": (0.5, "none", NOTHING),
    "continuous_partials": (
        False,
        "approximate",
        {"messages_config": BASE["messages_config"] | {"receive_partial_transcripts": False}},
    ),
    "customer_support_audio_capture": (True, "none", NOTHING),
    "include_partial_turns": (True, "approximate", NOTHING),
    "redact_pii": (True, "none", NOTHING),
    "redact_pii_policies": (["person_name"], "none", NOTHING),
    "redact_pii_sub": ("hash", "none", NOTHING),
    "mode": ("max_accuracy", "approximate", NOTHING),
}


def test_every_parameter_is_translated_and_has_an_effect_or_a_reason():
    """None is forgotten here, in the order of the table."""
    assert list(RULES) == list(TRANSLATIONS) == list(EFFECTS)
    assert len(RULES) == 40


@pytest.mark.parametrize("field", TRANSLATIONS)
def test_a_parameter_becomes(field: str):
    """So much of Gladia's configuration, valid for its SDK; what the row says is sent is what is sent."""
    value, fidelity, expected = TRANSLATIONS[field]
    result = translate_source(Source("a test", {field: value}), "test")
    config = result.sent("latency")
    [row] = result.variants["latency"].rows

    assert (field, value, fidelity) == (row.field, row.value, row.fidelity)
    assert {name: part for name, part in config.items() if BASE.get(name) != part} == expected
    assert row.sends.items() <= {**config, **row.sends}.items()
    assert all(_within(config, name, part) for name, part in row.sends.items())
    assert bool(row.measure) or field in NOT_MEASURED


# Of no transcript: what they change is looked at by other means than a metric of transcripts.
NOT_MEASURED = {
    "webhook_url", "webhook_auth_header_name", "webhook_auth_header_value", "llm_gateway", "max_speakers",
    "speaker_labels_revision_interval_ms", "customer_support_audio_capture", "include_partial_turns", "redact_pii_sub",
}  # fmt: skip


def _within(config: dict[str, Any], name: str, part: Any) -> bool:
    return (
        all(_within(config[name], key, item) for key, item in part.items())
        if isinstance(part, dict)
        else config[name] == part
    )


AUDIO = spoken("yes") + pause(500) + spoken("no") + pause(2500)
WHOLE, CUT = ["yes no"], ["yes", "no"]
CHUNKS = [AUDIO[start : start + 3200] for start in range(0, len(AUDIO), 3200)]


class HesitantEngine(ToneEngine):
    """Ears that are never quite sure to hear speech."""

    def probability(self, frame: Any) -> float:
        return 0.7 * super().probability(frame)


@dataclass(frozen=True)
class Services:
    """`tones` cut real audio by the real rules; `dialogue` plays two turns with partials."""

    tones: Loopback
    dialogue: Loopback


@pytest.fixture(scope="module")
def services() -> Iterator[Services]:
    with loopback(engine=HesitantEngine(), heartbeat_s=0.01) as tones, loopback(DIALOGUE) as dialogue:
        yield Services(tones, dialogue)


def gladia(services: Services, params: dict[str, Any], variant: str = "latency") -> list[dict[str, Any]]:
    """All that Gladia says to the audio, asked as the translation asks it."""
    return talk(create(services.tones, sent(params, variant))["url"], *CHUNKS)


def finals(services: Services, params: dict[str, Any], variant: str = "latency") -> list[str]:
    """Gladia's utterances, the latency variant."""
    told = of_type(gladia(services, params, variant), "transcript")
    return [m["data"]["utterance"]["text"].strip() for m in told if m["data"]["is_final"]]


def finals_segmentation(services: Services, params: dict[str, Any]) -> list[str]:
    """The same of the segmentation variant."""
    return finals(services, params, "segmentation")


def turns(services: Services, params: dict[str, Any]) -> list[str]:
    """AssemblyAI's final turns."""
    return said(services.tones, AUDIO, **params).finals


def gladia_kinds(services: Services, params: dict[str, Any]) -> set[str]:
    """Which messages Gladia sends."""
    return {message["type"] for message in gladia(services, params)} & {"audio_chunk", "speech_start", "speech_end"}


def beats(services: Services, params: dict[str, Any]) -> bool:
    """Whether AssemblyAI's heart beats before the first word."""
    with plain(services.tones, **params) as client:
        beating = client.until("Heartbeat")["type"] == "Heartbeat" if params else False
        client.terminate()
    return beating or any(message["type"] == "Heartbeat" for message in client.messages)


def silences(services: Services, params: dict[str, Any]) -> bool:
    """Whether AssemblyAI tells of silence. All audio at once could be heard in one go, with the end of the session behind it."""
    return any(message["type"] == "Silence" for message in in_step(services.tones, AUDIO, **params).messages)


def languages(services: Services, params: dict[str, Any]) -> set[str]:
    """The languages that Gladia says it heard."""
    told = of_type(gladia(services, params), "transcript")
    return {message["data"]["utterance"]["language"] for message in told}


def tells_language(services: Services, params: dict[str, Any]) -> bool:
    """Whether AssemblyAI tells the language."""
    return any("language_code" in turn for turn in said(services.tones, AUDIO, **params).turns)


def labels(services: Services, params: dict[str, Any]) -> bool:
    """Whether AssemblyAI tells speakers."""
    return any("speaker_label" in turn for turn in said(services.tones, AUDIO, **params).turns)


def gladia_labels(services: Services, params: dict[str, Any]) -> bool:
    """Whether Gladia does."""
    return any("speaker" in m["data"]["utterance"] for m in of_type(gladia(services, params), "transcript"))


def heard_s(services: Services, params: dict[str, Any]) -> float:
    """How long Gladia takes the audio to be."""
    messages = talk(create(services.dialogue, sent(params))["url"], *CHUNKS)
    return float(of_type(messages, "audio_chunk")[-1]["data"]["time_range"][1])


def partials(services: Services, params: dict[str, Any]) -> bool:
    """Whether Gladia shows partials."""
    told = of_type(talk(create(services.dialogue, sent(params))["url"], *[CHUNK] * 45), "transcript")
    return any(not message["data"]["is_final"] for message in told)


def called(services: Services, params: dict[str, Any]) -> set[tuple[str, bool]]:
    """What Gladia posts to the webhook of a session: events, and whether they are final."""
    with receiver() as (url, received):
        session = create(services.dialogue, sent({"webhook_url": url, **params}))
        talk(session["url"], *[CHUNK] * 45)
        posts: list[dict[str, Any]] = []
        while sum(post["payload"]["data"]["is_final"] for post in posts) < 2:
            posts.append(received.get(timeout=60).body)
        services.dialogue.settled(session["id"])
        assert received.empty()
    return {(post["event"], post["payload"]["data"]["is_final"]) for post in posts}


def secrets(services: Services, params: dict[str, Any]) -> tuple[bool, bool]:
    """Whether the header comes with AssemblyAI's webhook, and with Gladia's callback."""
    with receiver() as (url, received):
        said(services.dialogue, CHUNK * 45, webhook_url=url, **params)
        theirs = received.get(timeout=60).headers
        talk(create(services.dialogue, sent({"webhook_url": url, **params}))["url"], *[CHUNK] * 45)
        ours = received.get(timeout=60).headers
    return "X-Secret" in theirs, "X-Secret" in ours


def recorded(services: Services, params: dict[str, Any]) -> list[int]:
    """Gladia's answers to: give me the recording, delete it, give it to me again."""
    session = create(services.dialogue, sent(params))
    talk(session["url"], *[CHUNK] * 20)
    services.dialogue.settled(session["id"])
    job = f"{services.dialogue.gladia}/v2/live/{session['id']}"
    requests = (("GET", f"{job}/file"), ("DELETE", job), ("GET", f"{job}/file"))
    return [httpx.request(method, url, headers=KEY, timeout=patient.LIMIT_S).status_code for method, url in requests]


def assemblyai_in_force(_services: Services, params: dict[str, Any]) -> dict[str, Any]:
    """What AssemblyAI's emulator takes the parameters for."""
    query = {"sample_rate": "16000", **{name: str(value) for name, value in params.items()}}
    parameters = parse_query(query)
    first = parameters.rules.first_partial_ms
    return {"first_partial_ms": first, **parameters.effective()} | {"rules": parameters.rules}


def first_partial_ms(services: Services, params: dict[str, Any]) -> tuple[float, float]:
    """After how much speech it is first shown: by AssemblyAI, by Gladia."""
    ours, _ = parse_body(sent(params))
    assert ours is not None
    return assemblyai_in_force(services, params)["first_partial_ms"], ours.rules.first_partial_ms


def revision_ms(services: Services, params: dict[str, Any]) -> int | None:
    """How often AssemblyAI's emulator revises who spoke."""
    return assemblyai_in_force(services, params)["revision_interval_ms"]


def most_speakers(services: Services, params: dict[str, Any]) -> int | None:
    """How many speakers AssemblyAI's emulator tells apart."""
    return assemblyai_in_force(services, params)["max_speakers"]


SECONDS = len(AUDIO) / 2 / 16000
SECRET = {"webhook_auth_header_name": "X-Secret", "webhook_auth_header_value": "open sesame"}
FINAL = ("live.transcript", True)
NOT_MODELLED = "recorded by the emulator of AssemblyAI, without effect; nothing is sent to Gladia's"
NO_ENHANCER = "recorded by both emulators, without effect: the tones have no noise to suppress"
MASKED = {"end_of_turn_confidence_threshold": 0}  # AssemblyAI then ends turns by the shorter silence alone
Step = tuple[Any, dict[str, Any], Any]  # observer, parameters, what it sees
EFFECTS: dict[str, list[Step] | str] = {
    "end_of_turn_confidence_threshold": [
        (turns, NOTHING, WHOLE),
        (turns, MASKED, CUT),
        (finals_segmentation, MASKED, CUT),
        (turns, {"end_of_turn_confidence_threshold": 1}, WHOLE),
        (finals, {"end_of_turn_confidence_threshold": 1}, WHOLE),
        (finals, {"end_of_turn_confidence_threshold": 0.5}, CUT),
    ],
    "min_end_of_turn_silence_when_confident": [
        (turns, {**MASKED, "min_end_of_turn_silence_when_confident": 600}, WHOLE),
        (finals, {"min_end_of_turn_silence_when_confident": 600}, WHOLE),
        (finals, {"min_end_of_turn_silence_when_confident": 300}, CUT),
    ],
    "min_turn_silence": [
        (turns, {**MASKED, "min_turn_silence": 600}, WHOLE),
        (finals, {"min_turn_silence": 600}, WHOLE),
        (finals, {"min_turn_silence": 300}, CUT),
        (finals_segmentation, {"min_turn_silence": 300}, WHOLE),
    ],
    "max_turn_silence": [
        (turns, {"max_turn_silence": 400}, CUT),
        (turns, {"max_turn_silence": 900}, WHOLE),
        (finals_segmentation, {"max_turn_silence": 400}, CUT),
        (finals_segmentation, {"max_turn_silence": 900}, WHOLE),
        (finals, {"max_turn_silence": 900}, CUT),
    ],
    "vad_threshold": [
        (turns, {"vad_threshold": 0.6}, WHOLE),
        (turns, {"vad_threshold": 0.8}, []),
        (finals, {"vad_threshold": 0.8}, CUT),  # the number is not copied
    ],
    "format_turns": [
        (turns, {"format_turns": False}, WHOLE),
        (turns, {"format_turns": True}, WHOLE * 2),
        (finals, {"format_turns": False}, CUT),
        (finals, {"format_turns": True}, CUT),
    ],
    "keyterms_prompt": [(finals, {"keyterms_prompt": ["YES"]}, ["YES", "no"]), (finals, {"keyterms_prompt": []}, CUT)],
    "filter_profanity": NOT_MODELLED,
    "prompt": NOT_MODELLED,
    "agent_context": NOT_MODELLED,
    "interruption_delay": [
        (first_partial_ms, {**U3, "interruption_delay": 200}, (456, 500.0)),
        (first_partial_ms, U3, (756, 500.0)),
    ],
    "turn_left_pad_ms": NOT_MODELLED,
    "language_codes": [
        (languages, {**MULTILINGUAL, "language_codes": ["es"]}, {"es"}),
        (languages, {**MULTILINGUAL, "language_codes": ["fr", "es"]}, {"fr"}),
        (languages, MULTILINGUAL, {"en"}),
    ],
    "session_heartbeat": [
        (beats, {"session_heartbeat": True}, True),
        (beats, NOTHING, False),
        (gladia_kinds, {"session_heartbeat": True}, {"audio_chunk", "speech_start", "speech_end"}),
    ],
    "acknowledge_silence": [
        (silences, {**U3, "acknowledge_silence": True}, True),
        (silences, U3, False),
        (gladia_kinds, {**U3, "acknowledge_silence": True}, {"audio_chunk", "speech_start", "speech_end"}),
    ],
    "sample_rate": [
        (heard_s, {"sample_rate": 16000}, SECONDS),
        (heard_s, {"sample_rate": 8000}, SECONDS * 2),
        (heard_s, {"sample_rate": 22050}, SECONDS / 2),  # and so must be resampled to 32 kHz
    ],
    "encoding": [
        (heard_s, {"encoding": "pcm_mulaw"}, SECONDS * 2),
        (heard_s, {"encoding": "ogg_opus"}, SECONDS),  # and so must be decoded
    ],
    "speech_model": [(finals, U3, CUT), (turns, U3, WHOLE), (finals_segmentation, U3, WHOLE), (languages, U3, {"en"})],
    "language_code": [
        (languages, {"language_code": "es"}, {"es"}),
        (languages, {"language_code": "multi"}, {"en"}),
    ],
    "language_detection": [
        (tells_language, {**MULTILINGUAL, "language_detection": True}, True),
        (tells_language, MULTILINGUAL, False),
        (languages, {**MULTILINGUAL, "language_detection": True}, {"en"}),
        (languages, {**MULTILINGUAL, "language_detection": False}, {"en"}),
    ],
    "domain": NOT_MODELLED,
    "inactivity_timeout": "in test_an_idle_session_is_closed_by_assemblyai_alone, by a clock",
    "webhook_url": [(called, NOTHING, {FINAL})],
    "webhook_auth_header_name": [(secrets, SECRET, (True, False))],
    "webhook_auth_header_value": [(secrets, {"webhook_auth_header_value": "alone"}, (False, False))],
    "llm_gateway": NOT_MODELLED,
    "speaker_labels": [
        (labels, {"speaker_labels": True}, True),
        (labels, NOTHING, False),
        (gladia_labels, {"speaker_labels": True}, False),
    ],
    "speaker_labels_revision_interval_ms": [
        (revision_ms, {"speaker_labels_revision_interval_ms": 200_000}, 200_000),
        (revision_ms, NOTHING, None),
    ],
    "max_speakers": [(most_speakers, {"max_speakers": 2}, 2), (most_speakers, NOTHING, None)],
    "voice_focus": NO_ENHANCER,
    "voice_focus_threshold": NOT_MODELLED,
    "noise_suppression_model": NO_ENHANCER,
    "noise_suppression_threshold": NOT_MODELLED,
    "continuous_partials": [
        (partials, {"continuous_partials": True}, True),
        (partials, {"continuous_partials": False}, False),
    ],
    "customer_support_audio_capture": [(recorded, {"customer_support_audio_capture": True}, [200, 202, 404])],
    "include_partial_turns": [(called, {"include_partial_turns": True}, {FINAL, ("live.transcript", False)})],
    "redact_pii": NOT_MODELLED,
    "redact_pii_policies": NOT_MODELLED,
    "redact_pii_sub": NOT_MODELLED,
    "mode": [
        (finals, {**U3, "mode": "balanced"}, CUT),
        (finals, {**U3, "mode": "max_accuracy"}, WHOLE),
        (finals_segmentation, {**U3, "mode": "min_latency"}, CUT),
    ],
}
STEPS = [(field, step) for field, steps in EFFECTS.items() if not isinstance(steps, str) for step in steps]


@pytest.mark.parametrize(("field", "step"), STEPS, ids=[f"{field}-{step[0].__name__}" for field, step in STEPS])
def test_the_emulators_show(services: Services, field: str, step: Step):
    """Real sockets, real cutting of audio: what the parameter does there, and its translation here."""
    observe, params, expected = step

    assert expected == observe(services, params), field


def test_an_idle_session_is_closed_by_assemblyai_alone():
    """By a clock that the test turns; whoever relied on it must stop idle sessions at Gladia himself."""
    clock = TestClock()
    with loopback(clock=clock, heartbeat_s=0.1) as emulators:
        ours = create(emulators, sent({"inactivity_timeout": 5}))
        with plain(emulators, inactivity_timeout=5) as client:
            client.until("Begin")
            clock.advance(5.1)
            assert client.rest().close == (3005, "Session Cancelled: inactivity timeout")
        assert talk(ours["url"], CHUNK)[-1]["type"] == "end_session"
