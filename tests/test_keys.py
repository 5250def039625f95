"""Keys come from the environment; what can be none is told without being shown."""

import pytest

from harness.errors import ConfigError
from harness.keys import keys_from_environment


def test_each_key_is_read_by_its_name(monkeypatch: pytest.MonkeyPatch):
    """Once, however often it is asked for."""
    monkeypatch.setenv("A_API_KEY", "sesame")
    monkeypatch.setenv("B_API_KEY", "open")

    assert {"A_API_KEY": "sesame", "B_API_KEY": "open"} == keys_from_environment(
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
