"""Proxies from the environment: what clients can't use is refused unseen, and loopback is reached without any."""

import pytest

from harness.errors import ConfigError
from harness.proxies import around_loopback, check_proxies


@pytest.fixture(autouse=True)
def no_proxy_here(monkeypatch: pytest.MonkeyPatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.mark.parametrize(
    "address", ["someone:planted@proxy.test:3128", "foo://someone:planted@proxy.test", "socks4://planted"]
)
@pytest.mark.parametrize("name", ["HTTPS_PROXY", "all_proxy"])
def test_a_proxy_that_no_client_can_use_is_refused_and_not_shown(
    name: str, address: str, monkeypatch: pytest.MonkeyPatch
):
    """It would end a client with a traceback that holds its password."""
    monkeypatch.setenv(name, address)

    with pytest.raises(ConfigError, match=rf"^{name.upper()}, .* must start with http:// or https://") as caught:
        check_proxies()
    assert "planted" not in str(caught.value)


def test_an_ordinary_proxy_is_none_of_our_business(monkeypatch: pytest.MonkeyPatch):
    """Nor are a list of exceptions and an empty variable."""
    monkeypatch.setenv("HTTPS_PROXY", "http://someone:planted@proxy.test:3128")
    monkeypatch.setenv("NO_PROXY", "intranet.test")
    monkeypatch.setenv("ALL_PROXY", "")

    check_proxies()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "127.0.0.1,localhost,::1"),
        ({"NO_PROXY": "a.test,localhost"}, "a.test,localhost,127.0.0.1,::1"),
        ({"no_proxy": "b.test", "NO_PROXY": "a.test"}, "b.test,127.0.0.1,localhost,::1"),
        ({"no_proxy": "*"}, "*"),
    ],
)
def test_this_machine_is_reached_without_a_proxy(given: dict[str, str], expected: str):
    """In both spellings, of which clients read one or the other; what is excepted already stays."""
    assert {**given, "no_proxy": expected, "NO_PROXY": expected} == around_loopback(given)
