"""Parameters are recognised in each of their forms, and whatever else there is, is refused in one clean message."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from assemblyai.streaming.v3.models import SpeechModel
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import ConfigError
from harness.toml_text import toml_table, toml_value
from harness.translation.result import Result, translate_text
from harness.translation.source import read_source
from harness.translation.writing import as_document, as_json, as_toml

TEXT = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12)
PARAMS = st.fixed_dictionaries(
    {"sample_rate": st.sampled_from([8000, 16000, 22050])},
    optional={
        "encoding": st.sampled_from(["pcm_s16le", "pcm_mulaw", "opus"]),
        "speech_model": st.sampled_from([model.value for model in SpeechModel]),
        "end_of_turn_confidence_threshold": st.floats(0, 1),
        "min_turn_silence": st.integers(-1, 10**20),
        "max_turn_silence": st.integers(0, 60_000),
        "format_turns": st.booleans(),
        "keyterms_prompt": st.lists(TEXT, max_size=3),
        "language_codes": st.lists(st.sampled_from(["en", "es-MX", "multi", "xx"]), max_size=2),
        "prompt": TEXT,
        "webhook_url": TEXT,
        "mode": st.sampled_from(["min_latency", "balanced", "max_accuracy"]),
        "voice_focus": st.sampled_from(["near-field", "far-field"]),
        "llm_gateway": st.just({"model": "m", "messages": [{"role": "user", "content": 'a "b"'}], "max_tokens": 9}),
        "redact_pii_policies": st.just(["person_name", "location"]),
    },
)


def as_query(params: dict[str, Any]) -> str:
    """As AssemblyAI's SDK encodes them."""
    return urlencode({name: json.dumps(v) if isinstance(v, list | dict) else v for name, v in params.items()})


def as_call(params: dict[str, Any]) -> str:
    """As people write them, the model as a member of the SDK's enum."""
    written = {name: repr(value) for name, value in params.items()}
    if "speech_model" in params:
        written["speech_model"] = f"aai.SpeechModel.{SpeechModel(params['speech_model']).name}"
    arguments = ",\n    ".join(f"{name}={value}" for name, value in written.items())
    return f"    await client.connect(\n  StreamingParameters({arguments}))\n"


FORMS = {
    "JSON": json.dumps,
    "TOML": lambda params: "\n".join(f"{name} = {toml_value(value)}" for name, value in params.items()),
    "configuration": lambda params: "\n".join(toml_table("baseline", {"provider": "assemblyai", "params": params})),
    "call": as_call,
    "dict": lambda params: f"PARAMS = {params!r}\n",
    "URL": lambda params: f" wss://streaming.assemblyai.com/v3/ws?{as_query(params)}\n",
    "query": as_query,
}


def found(text: str) -> dict[str, Any]:
    """All that is known but how it was written."""
    document = as_document(translate_text(text, "a test"))
    assert document.pop("recognised")
    return document


@settings(max_examples=15, deadline=None)
@given(PARAMS)
def test_every_form_of_the_same_parameters_gives_the_same_result(params: dict[str, Any]):
    """JSON, TOML alone or in a configuration, a call, a dict, a URL, its query; and what is written can be read again."""
    results = {name: found(form(params)) for name, form in FORMS.items()}

    assert [name for name, result in results.items() if result != results["JSON"]] == []
    again = found(as_toml(translate_text(json.dumps(params), "a test"), "latency"))
    assert results["JSON"]["variants"]["latency"]["config"] == again["variants"]["latency"]["config"]


PIECES = st.sampled_from(
    ["{", "}", "[", "]", "(", ")", '"', "'", "=", ":", ",", "\n", "&", "?", "wss://a/v3/ws?", "StreamingParameters(", "**",
     "sample_rate", "formatTurns", "keyterms_prompt", "16000", "nan", "1e999", "null", "None", "true", "lambda: 0", "f'{x}'",
     "[baseline.params]", "endpointing", "keywords", "language", "http://[", "\x00", "\ufeff", "\\u0000", "%ff", "é", "9" * 5000]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(
        st.text(max_size=30), st.lists(PIECES, max_size=9).map("".join), st.lists(PIECES, max_size=9).map(" ".join)
    )
)
def test_any_text_is_translated_or_refused_in_one_message(text: str):
    """Never a traceback; whatever is translated can also be written."""
    try:
        result = translate_text(text, "a test")
    except ConfigError as error:
        message: str | None = str(error)
    else:
        message = None
        assert as_toml(result, "latency")
        assert as_json(result, "segmentation")
        assert json.dumps(as_document(result), allow_nan=False)
    assert message is None or (message.startswith("a test: ") and "\n" not in message)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "(" * 100_000, "a=" * 50_000, "-" * 100_000 + "1"])
def test_what_is_nested_too_deeply_is_refused(text: str):
    """Readers of each form have a limit, which is no error of the program."""
    with pytest.raises(ConfigError, match=r"not understood|no AssemblyAI parameters"):
        translate_text(text, "a test")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('{"sample_rate": 16000}', "JSON: a table of parameters"),
        ("sample_rate = 16000", "TOML: a table of parameters"),
        ("[tool.harness.baseline.params]\nformat_turns = true", "TOML: baseline.params of a harness configuration"),
        ('{"baseline": {"params": {"format_turns": true}}}', "JSON: baseline.params of a harness configuration"),
        ("import x\n\nStreamingParameters(sample_rate=16000)", "a Python call on line 3"),
        ("{'sample_rate': 16000}", "a Python dict on line 1"),
        ('x = "wss://streaming.assemblyai.com/v3/ws?sample_rate=8000"', "TOML: a table of parameters"),
        ('x=f("wss://streaming.assemblyai.com/v3/ws?sample_rate=8000")', "a Python address on line 1"),
        ("wss://streaming.assemblyai.com/v3/ws?sample_rate=8000", "the query of a WebSocket URL"),
        ("?sample_rate=8000&format_turns=True", "a query string"),
    ],
)
def test_it_is_said_what_was_recognised(text: str, kind: str):
    """By the content; names of files say nothing."""
    assert kind == read_source(text, "a test").kind


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it is empty. Give AssemblyAI's parameters as a JSON object"),
        ("{}", "it holds no parameters"),
        ("[1]", "it is JSON, but no object"),
        ('{"a": ', "as JSON it is wrong"),
        ("a = = 1", "as TOML it is wrong"),
        ("f(1", "as Python it is wrong: '(' was never closed (line 1)"),
        ("print('hello')", "it is Python, but no AssemblyAI parameters are set in it"),
        ("[candidate]\nprovider = 'gladia'", "has no table baseline.params"),
        ("wss://streaming.assemblyai.com/v3/ws", "it holds no parameters"),
        ("RealTimeParameters(sample_rate=1)\nStreamingParameters(sample_rate=2)", "configured on 2 lines (1, 2)"),
        ('{"max_turn_silence": "soon"}', "max_turn_silence: 'soon' is not allowed by AssemblyAI's SDK"),
        ("end_of_turn_confidence_threshold = nan", "it must be a finite number"),
        ('{"webhook_auth_header_value": ["open sesame"]}', "webhook_auth_header_value: is not allowed"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(text: str, said: str):
    """One message, which shows no secret."""
    with pytest.raises(ConfigError) as caught:
        translate_text(text, "a test")

    assert said in str(caught.value)
    assert "sesame" not in str(caught.value)


def translated(text: str) -> Result:
    return translate_text(text, "a test")


def test_values_that_only_the_program_knows_are_named_with_their_line():
    """Nothing is executed to find them, and a secret among them is not shown."""
    source = translated(
        "RATE = rate()\n"
        "client.connect(StreamingParameters(\n"
        "    sample_rate=RATE, keyterms_prompt=load('terms'), **extra, **dict(api_key='sesame', **more()),\n"
        "    webhook_auth_header_value=f'se{cret}', prompt=__import__('os').abort(), language_codes=['en', other],\n"
        "    format_turns=not False, max_turn_silence=-1, min_turn_silence=2 * 100, mode=mode.value, domain=b'x',\n"
        "    speech_model=SpeechModel.nothing, llm_gateway=LLMGatewayConfig(**{'model': 'm'})))\n"
    ).source

    assert [(one.name, one.line, one.code) for one in source.unset] == [
        ("sample_rate", 3, "RATE"),
        ("keyterms_prompt", 3, "load('terms')"),
        ("**", 3, "extra"),
        ("**", 3, "…"),
        ("webhook_auth_header_value", 4, "…"),
        ("prompt", 4, "__import__('os').abort()"),
        ("language_codes", 4, "['en', other]"),
        ("format_turns", 5, "not False"),
        ("min_turn_silence", 5, "2 * 100"),
        ("mode", 5, "mode.value"),
        ("domain", 5, "b'x'"),
        ("speech_model", 6, "SpeechModel.nothing"),
        ("llm_gateway", 6, "LLMGatewayConfig(**{'model': 'm'})"),
    ]
    assert {"max_turn_silence": -1, "api_key": "sesame"} == source.params


def test_a_constant_of_the_file_is_its_value():
    """Alone, in a list, or a dict that is spread; what is given or changed twice, and what only it leads to, is not known."""
    source = translated(
        "RATE = 8000\nWORD: str = 'a'\nSECRET = 'sesame'\nBASE = {'format_turns': True, **BASE}\nODD = {'max_turn_silence': 1}\n"
        "ODD['max_turn_silence'] = 2\nTWICE = 1\n"
        "def f(lang, TWICE):\n"
        "    given = dict(sample_rate=RATE, keyterms_prompt=[WORD], language_code=lang)\n"
        "    StreamingParameters(**BASE, **given, **ODD, min_turn_silence=TWICE, prompt=load(SECRET))\n"
    ).source

    assert {"format_turns": True, "sample_rate": 8000, "keyterms_prompt": ["a"]} == source.params
    assert ["BASE", "lang", "ODD", "TWICE", "load(SECRET)"] == [one.code for one in source.unset]


def test_a_name_that_something_else_may_change_is_no_constant():
    """A function by `global`, an `except` or a `case` that binds it."""
    source = translated(
        "A = 'a'\nB = 'b'\nC = 'c'\nD = 'far-field'\n"
        "def f():\n    global A\n    from g import h\n"
        "try: pass\nexcept E as B: pass\n"
        "match x:\n    case [*C]: pass\n"
        "StreamingParameters(sample_rate=8000, prompt=A, domain=B, mode=C, voice_focus=D)\n"
    ).source

    assert ["A", "B", "C"] == [one.code for one in source.unset]
    assert {"sample_rate": 8000, "voice_focus": "far-field"} == source.params


def test_a_constant_that_stands_for_too_much_is_unknown():
    """Thirty lines can stand for a billion words; what is known of the call is translated."""
    doubling = "".join(f"a{n} = [a{n - 1}, a{n - 1}]\n" for n in range(1, 30))
    source = translated(f"a0 = ['x']\n{doubling}StreamingParameters(sample_rate=16000, keyterms_prompt=a29)\n").source

    assert [("keyterms_prompt", "a29")] == [(one.name, one.code) for one in source.unset]
    assert source.params == {"sample_rate": 16000}


def test_of_typescript_it_is_said_what_reads_it():
    """By its name, once it is nothing else."""
    with pytest.raises(ConfigError, match=r"harness translate --code app\.ts"):
        translate_text("const t = client.streaming.transcriber({ sampleRate: 16000 });", "app.ts")


def test_people_write_values_in_many_ways():
    """Members of enums, qualified and with `.value`, JSON in the code, the SDK's models, dicts that are spread, older encodings."""
    params = translated(
        "aai.streaming.v3.RealTimeParameters(encoding=aai.AudioEncoding.pcm_mulaw, domain=StreamingDomain.medical,\n"
        "  speech_model=v3.SpeechModel.u3_rt_pro.value, keyterms_prompt=json.dumps(('a', 'b')), sample_rate=int(8000),\n"
        "  llm_gateway=LLMGatewayConfig(model='m', messages=[LLMGatewayMessage(role='user', content='c')], max_tokens=5),\n"
        "  **{'voice_focus': NoiseSuppressionModel.far_field}, mode=None)"
    ).baseline

    assert params == {
        "keyterms_prompt": ["a", "b"],
        "sample_rate": 8000,
        "encoding": "pcm_mulaw",
        "speech_model": "u3-rt-pro",
        "domain": "medical-v1",
        "llm_gateway": {"model": "m", "messages": [{"role": "user", "content": "c"}], "max_tokens": 5},
        "voice_focus": "far-field",
    }


def test_what_is_changed_within_a_session_is_noted():
    """Gladia can change nothing then; the beginning is what is translated."""
    source = translated(
        "c.connect(StreamingParameters(format_turns=True, sample_rate=8000))\n"
        "c.set_params(StreamingSessionParameters(max_turn_silence=100))\n"
    ).source

    assert source.notes == ("Line 2 changes max_turn_silence within a session; Gladia can change nothing then.",)


def test_of_several_dicts_the_telling_one_counts():
    """Names that mean other things elsewhere don't make a dict one of parameters, if there is another."""
    text = 'A = {"sample_rate": 1, "mode": "w"}\nB = {"sample_rate": 8000, "formatTurns": True}\n'

    assert {"sample_rate": 8000, "format_turns": True} == dict(sorted(translated(text).baseline.items(), reverse=True))


KEY = "9f86d081884c7d659a2feaa0c55ad015"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"sample_rate": 16000, "sample_rate": 8000}', "'sample_rate' is given twice"),
        (
            "wss://streaming.assemblyai.com/v3/ws?keyterms_prompt=a&keyterms_prompt=b",
            "'keyterms_prompt' is given twice",
        ),
        ('{"prompt": "\\ud800"}', "half a character"),
        ('{"\\ud800": 1}', "half a character"),
        (f"wss://streaming.assemblyai.com/v3/ws?sample_rate=16000;token={KEY}", "'16000;token=…'"),
        (f'{{"llm_gateway": {{"api_key": "{KEY}"}}}}', "is not allowed by AssemblyAI's SDK"),
    ],
)
def test_what_nobody_can_mean_is_refused_without_its_keys(text: str, said: str):
    """Two values of one name, half a character, a key in a wrong value."""
    with pytest.raises(ConfigError) as refused:
        translate_text(text, "it")
    assert (True, False) == (said in str(refused.value), KEY in str(refused.value)), str(refused.value)


def test_keys_in_code_that_is_not_understood_are_not_shown():
    """A default value beside a name, say."""
    result = translate_text(f"StreamingParameters(sample_rate=8000, prompt=get('X', '{KEY}'))", "it")
    assert (1, False) == (len(result.source.unset), KEY in as_toml(result, "latency") + repr(as_document(result)))
