"""Keys and tokens are blotted out of foreign text, in every spelling in which services and libraries quote them."""

import base64
import html
import io
import json
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.redaction import BLOT, RedactedText, redacted, without_secrets_in_urls

TOKENS = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=12, max_size=40).filter(
    lambda text: text == text.strip(" \\") and len(set(text)) > 5
)


@settings(max_examples=30)
@given(TOKENS, st.binary(max_size=5), st.binary(max_size=5))
def test_a_secret_is_found_in_every_spelling(secret: str, before: bytes, behind: bytes):
    """As it is, in capitals, in an address, in JSON, in HTML, and somewhere within base 64, but for a digit at each end."""
    in_json = json.dumps(secret)[1:-1]
    plain = (secret, secret.upper(), quote(secret, safe=""), html.escape(secret))
    for spelled in (*plain, in_json, in_json.replace("/", "\\/"), json.dumps(in_json)[1:-1]):
        assert f"<{BLOT}>" == redacted(f"<{spelled}>", [secret])
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        said = encode(before + secret.encode() + behind).decode()
        assert len(redacted(said, [secret]).replace(BLOT, "").strip("=")) <= 2 + (len(before) + len(behind)) * 8 / 6 + 2


def test_other_text_stays_as_it_is():
    """A secret too short to be one would be found within words."""
    text = '{"text": "my key is at 7 // mail a@b.example, or https://x.example/?q=token&page=2"}'

    assert text == redacted(text, ["key", "is", "another-key-7f3a"])
    assert "slashes: a\\/b" == redacted("slashes: a\\/b", ["k9/Q+a&b'7f3a"])


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (
            "wss://x.example/v2/live?token=abc-1 isn't a valid URI",
            "wss://x.example/v2/live?token=[key] isn't a valid URI",
        ),
        ('{"url":"wss://x.example/?a=1\\u0026token=abc"}', '{"url":"wss://x.example/?a=1\\u0026token=[key]"}'),
        ("GET /?x-gladia-key=abc&b=2", "GET /?x-gladia-key=[key]&b=2"),
        ("https://x.example/?access_token=abc&b=2", "https://x.example/?access_token=[key]&b=2"),
        ("next=https%3A%2F%2Fx.example%3Ftoken%3Dabc%26b", "next=https%3A%2F%2Fx.example%3Ftoken%3D[key]%26b"),
        ("http://someone:pass@proxy.example:3128 refused", "http://[key]@proxy.example:3128 refused"),
    ],
)
def test_an_address_loses_what_opens_it(said: str, kept: str):
    """Whoever has a session's address may speak in it, and a proxy's has a password; nobody has to know them beforehand."""
    assert kept == redacted(said, [])
    assert kept.replace(BLOT, "…") == without_secrets_in_urls(without_secrets_in_urls(said, "…"), "…")


def test_a_stream_passes_on_what_is_no_secret():
    """As standard error of a worker: what clients log there, and tracebacks of their threads."""
    stream = io.StringIO()

    print(
        "dialling wss://x.example/?token=abc with planted-key-7f3a",
        file=RedactedText(stream, ["planted-key-7f3a"]),
        flush=True,
    )

    assert "dialling wss://x.example/?token=[key] with [key]\n" == stream.getvalue()
