"""`harness translate` as a user meets it."""

import io
import json
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from gladia_clients import SDK_WARNINGS
from loopback import loopback
from scripted import DEMO, SHORTEST

from harness.cli import run
from harness.config import load_config, override
from harness.planning import PlannedSide, plan_run
from harness.providers.base import SessionSpec

CALL = """
from assemblyai.streaming.v3 import SpeechModel, StreamingParameters

client.connect(
    StreamingParameters(
        sample_rate=8000,
        encoding="pcm_mulaw",
        speech_model=SpeechModel.universal_streaming_multilingual,
        min_turn_silence=160,
        max_turn_silence=2400,
        keyterms_prompt=["Zürich \\"HB\\"", "a\\nb"],
        webhook_url="http://127.0.0.1:9/hook",
        webhook_auth_header_value="open sesame",
        vad_threshold=THRESHOLD,
        interim_results=True,
    )
)
"""


@pytest.fixture
def code(tmp_path: Path) -> Path:
    path = tmp_path / "app.py"
    path.write_text(CALL, encoding="utf-8")
    return path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the test's own, where it is."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def sides(config: Path) -> dict[str, PlannedSide]:
    """Both sides as a run with this configuration would have them."""
    loaded = override(load_config(config), {"corpus.path": str(DEMO)})
    return dict(plan_run(loaded, select=SHORTEST).sides)


@pytest.mark.parametrize(("variant", "endpointing_s"), [("latency", 0.16), ("segmentation", 2.4)])
def test_the_configuration_is_what_a_translation_at_run_time_sends(
    code: Path, tmp_path: Path, capsys: pytest.CaptureFixture, variant: str, endpointing_s: float
):
    """The TOML as it is written, the same with params = "translate", and the JSON: one and the same body."""
    assert 0 == run(["translate", str(code), "--variant", variant, "--out", str(tmp_path / "explicit.toml")])
    assert 0 == run(["translate", str(code), "--variant", variant, "--format", "json"])
    body = json.loads(capsys.readouterr().out.split("\n", 1)[1])
    text = (tmp_path / "explicit.toml").read_text(encoding="utf-8")
    translated = text[: text.index("[candidate]")] + (
        f'[candidate]\nprovider = "gladia"\nparams = "translate"\nvariant = "{variant}"\n'
    )
    (tmp_path / "translate.toml").write_text(translated, encoding="utf-8")

    explicit, at_run_time = sides(tmp_path / "explicit.toml"), sides(tmp_path / "translate.toml")

    assert explicit["candidate"].params == at_run_time["candidate"].params == body
    assert body["endpointing"] == endpointing_s
    assert explicit["baseline"].params == at_run_time["baseline"].params
    assert "sesame" not in text


@SDK_WARNINGS[0]
@SDK_WARNINGS[1]
def test_the_services_are_sent_just_that(code: Path, tmp_path: Path, capsys: pytest.CaptureFixture):
    """Through both SDKs, by the account that the emulators keep of what they received."""
    assert 0 == run(["translate", str(code), "--out", str(tmp_path / "harness.toml"), "-q"])
    assert 0 == run(["translate", str(code), "--format", "json", "-q"])
    body = json.loads(capsys.readouterr().out.split("\n", 1)[1])
    received: dict[str, Any] = {}
    with loopback() as emulators:
        for name, side in sides(tmp_path / "harness.toml").items():
            host = getattr(emulators, side.provider.name)
            session = side.provider.session(SessionSpec(dict(side.params), host, side.api_keys, connect_timeout_s=60))
            session.open()
            session.finish()
            assert session.wait_closed(60)
            session.abort()
            received[name] = emulators.ledger()[-1]["parameters"]

    assert body == received["candidate"]
    assert received["baseline"] == {
        "sample_rate": "8000",
        "encoding": "pcm_mulaw",
        "speech_model": "universal-streaming-multilingual",
        "min_turn_silence": "160",
        "max_turn_silence": "2400",
        "keyterms_prompt": ['Zürich "HB"', "a\nb"],
        "webhook_url": "http://127.0.0.1:9/hook",
    }


def test_the_table_says_what_is_lost_and_what_to_measure(code: Path, capsys: pytest.CaptureFixture):
    """On standard error, so that standard output is the configuration alone; a secret is on neither."""
    assert 0 == run(["translate", str(code)])
    out, err = capsys.readouterr()

    assert tomllib.loads(out)["candidate"]["params"]["endpointing"] == 0.16
    for said in (
        f"{code}: a Python call on line 5",
        "interim_results, left out: The migration guide's",
        "vad_threshold = THRESHOLD (line 14)",
        "min_turn_silence = 160  approximate",
        "->       endpointing = 0.16",
        "measure  false_cutoff_rate, endpoint_recall, endpoint_ms, final_ms",
        "webhook_auth_header_value = (a secret)  none",
        "endpointing is 0.16 s here, 2.4 s in the segmentation variant.",
        "Asked for and lost: webhook_auth_header_value.",
    ):
        assert said in err
    assert "sesame" not in out + err


def test_for_programs_it_is_one_object_with_both_variants(code: Path, capsys: pytest.CaptureFixture):
    """All that the table says, without the secret."""
    assert 0 == run(["translate", str(code), "--json", "-q"])
    captured = capsys.readouterr()
    document = json.loads(captured.out)

    assert (captured.err, document["schema"], document["recognised"]) == (
        "",
        "harness.translation/1",
        "a Python call on line 5",
    )
    assert [(name, found["config"]["endpointing"]) for name, found in document["variants"].items()] == [
        ("latency", 0.16),
        ("segmentation", 2.4),
    ]
    assert document["unset"] == [{"name": "vad_threshold", "line": 14, "code": "THRESHOLD"}]
    assert "sesame" not in captured.out


@pytest.mark.parametrize("options", [[], ["--format", "json"], ["--json"]], ids=str)
def test_what_opens_a_webhook_is_left_out_of_its_address(
    options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture
):
    """Gladia's callback has no other place for a secret: user, token, and what looks like one in the path."""
    url = "https://me:planted@hook.test/T0planted/b1planted2planted3planted/?token=planted&k=2"
    path = tmp_path / "params.json"
    path.write_text(json.dumps({"webhook_url": url}))

    assert 0 == run(["translate", str(path), *options])
    out, err = capsys.readouterr()

    assert "https://…@hook.test/T0planted/…/?token=…&k=2" in out
    assert "Note: webhook_url holds a token or a password: …" in err
    assert "me:planted" not in out + err
    assert "b1planted2" not in out + err
    assert "=planted" not in out + err


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ('{"format_turns": true, "speaker_labels": false, "speech_model": "u3-rt-pro", "keyterms_prompt": ["a"]}', 0),
        ('{"speaker_labels": true}', 1),
        ('{"format_turns": false}', 1),
        ('{"encoding": "opus"}', 0),
        ("StreamingParameters(sample_rate=RATE)", 1),
    ],
)
def test_strict_fails_on_what_is_asked_for_and_lost(monkeypatch: pytest.MonkeyPatch, params: str, code: int):
    """A switch that is off asks for nothing, and another model or encoding is used in place of the one named."""
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(params.encode())))

    assert code == run(["translate", "-", "--strict", "-q"])


def test_a_token_in_an_address_is_shown_nowhere(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture):
    """Nor is any other credential."""
    address = "wss://streaming.assemblyai.com/v3/ws?sample_rate=16000&token=sesame&api_key=sesame&formatted_finals=true"
    for form in (["--json"], ["--format", "json"], []):
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(address.encode())))
        assert 0 == run(["translate", "-", *form])
        captured = capsys.readouterr()
        assert "sesame" not in captured.out + captured.err
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"sample_rate=16000&token=sesame")))
    assert 0 == run(["translate", "-"])
    assert "had no effect" in captured.err  # of formatted_finals
    assert "had no effect" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "arguments", "said"),
    [
        (None, [], "there is no such file"),
        (b"\xff\xfe", [], "it is no text in UTF-8"),
        (b"a" * (5 << 20), [], "it is larger than 4 MiB"),
        (b"{", [], "as JSON it is wrong"),
        (b'{"format_turns": true}', ["--out", "app"], "it exists already, and may hold more than this"),
        (b'{"format_turns": true}', ["--variant", "both"], "'both' is not one of"),
        (b'{"format_turns": true}', ["--out", "app/below"], "can't be written"),
    ],
)
def test_what_is_wrong_exits_2(
    folder: Path, capsys: pytest.CaptureFixture, content: bytes | None, arguments: list[str], said: str
):
    """With one message; nothing is written, and nothing is overwritten."""
    if content is not None:
        (folder / "app").write_bytes(content)

    assert 2 == run(["translate", "app", *arguments])
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.out == ""
    assert ([] if content is None else [content]) == [path.read_bytes() for path in folder.iterdir()]


def test_without_a_file_it_says_what_it_needs(capsys: pytest.CaptureFixture):
    """A command line that ends too early must not wait for input."""
    assert 2 == run(["translate"])
    assert "needs a FILE with AssemblyAI's parameters, or - for standard input" in capsys.readouterr().err
