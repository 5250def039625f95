"""Keys come from the environment; what can be none is told without being shown."""

import pytest

from harness.errors import ConfigError
from harness.keys import check_holds_no_secret, keys_from_environment


def test_each_key_is_read_by_its_name(monkeypatch: pytest.MonkeyPatch):
    """Once, however often it is asked for."""
    monkeypatch.setenv("A_API_KEY", "sesame-1")
    monkeypatch.setenv("B_API_KEY", "open-2345")

    assert {"A_API_KEY": "sesame-1", "B_API_KEY": "open-2345"} == keys_from_environment(
        ["B_API_KEY", "A_API_KEY", "B_API_KEY"]
    )
    assert {} == keys_from_environment([])


def test_all_missing_keys_are_named_together(monkeypatch: pytest.MonkeyPatch):
    """An empty one is missing too."""
    monkeypatch.setenv("A_API_KEY", "")
    monkeypatch.delenv("B_API_KEY", raising=False)

    with pytest.raises(ConfigError, match=r"^A_API_KEY and B_API_KEY are not set, which --live needs"):
        keys_from_environment(["B_API_KEY", "A_API_KEY"])


@pytest.mark.parametrize("key", ["sesame\n", " sesame", "ses\u2019ame"])
def test_what_no_key_holds_is_refused_and_not_shown(key: str, monkeypatch: pytest.MonkeyPatch):
    """As copied with a line break, a space or a typographic character."""
    monkeypatch.setenv("A_API_KEY", key)

    with pytest.raises(ConfigError, match=r"^A_API_KEY holds a character that no key has") as caught:
        keys_from_environment(["A_API_KEY"])
    assert "ses" not in str(caught.value)


@pytest.mark.parametrize("key", ["k3y", "transcript"])
def test_a_key_that_may_be_part_of_a_transcript_is_refused(key: str, monkeypatch: pytest.MonkeyPatch):
    """It would be blotted out of every frame, the names in them too."""
    monkeypatch.setenv("A_API_KEY", key)

    with pytest.raises(
        ConfigError, match=r"^A_API_KEY holds (a word|less than 8 characters)\. .*would spoil transcripts"
    ) as caught:
        keys_from_environment(["A_API_KEY"])
    assert f" {key} " not in str(caught.value)


def test_a_variable_that_other_processes_would_inherit_is_refused(monkeypatch: pytest.MonkeyPatch):
    """Workers, programs and tools get the environment without `…_API_KEY`; a package may ask for another name."""
    monkeypatch.setenv("ACME_TOKEN", "planted-key-7f3a")

    with pytest.raises(ConfigError, match=r"^ACME_TOKEN is where .* must end in _API_KEY"):
        keys_from_environment(["ACME_TOKEN"])


@pytest.mark.parametrize(
    ("params", "where"),
    [
        ({"webhook_auth_header_value": "planted"}, "webhook_auth_header_value"),
        ({"callback_config": {"url": "https://hook.test/?a=1&token=planted"}}, r"callback_config\.url"),
        ({"webhook_url": "https://someone:planted@hook.test/"}, "webhook_url"),
        ({"command": ["./app", "--api-key=planted"]}, r"command\[1\]"),
        ({"command": ["./app", "--token", "planted"]}, r"command\[1\]"),
        ({"env": {"ACME_TOKEN": "planted"}}, r"env\.ACME_TOKEN"),
    ],
)
def test_a_secret_among_parameters_is_refused_and_not_shown(params: dict, where: str):
    """They are kept and shown wherever a run is, and those of a program stand in the list of processes."""
    with pytest.raises(ConfigError, match=rf"^harness\.toml: baseline\.params\.{where} holds a key") as caught:
        check_holds_no_secret(params, "harness.toml: baseline.params")
    assert "planted" not in str(caught.value)


def test_other_parameters_are_none():
    """An address without credentials, names that only sound like it, a blotted-out one."""
    check_holds_no_secret(
        {
            "max_tokens": 5,
            "token_limit": "x",
            "webhook_url": "https://hook.test/?token=…",
            "command": ["a", "--tokens"],
            "token": "",
        },
        "params",
    )
