"""The proxies that the environment names: what the clients can't use is refused, and this machine is not reached through any."""

from collections.abc import Mapping
from importlib.util import find_spec
from urllib.request import getproxies

from harness.errors import ConfigError

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_SOCKS = ("socksio", "python_socks")  # what the clients' HTTP and WebSocket libraries need for it


def check_proxies() -> None:
    """Refuse what ends a client before it dials, its password in the error.

    Raises:
        ConfigError: A proxy's address has no scheme, or one that the clients don't know. It is not shown.
    """
    schemes = ("http", "https", *(("socks5", "socks5h") if all(map(find_spec, _SOCKS)) else ()))
    for kind, address in getproxies().items():
        if kind not in {"http", "https", "all"} or not address:
            continue
        scheme, slashes, _ = address.partition("://")
        if not slashes or scheme.lower() not in schemes:
            raise ConfigError(
                f"{kind.upper()}_PROXY, or the system's setting of that name, must start with {' or '.join(f'{each}://' for each in schemes)} "
                "for the services' clients to use it. Correct or unset it. (It is not shown here on purpose.)"
            )


def around_loopback(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment with `NO_PROXY` for this machine, where emulators are; clients would ask a proxy for them."""
    excepted = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    names = ",".join(dict.fromkeys([*filter(None, excepted.split(",")), *_LOOPBACK]))
    both = dict.fromkeys(("no_proxy", "NO_PROXY"), "*" if excepted.strip() == "*" else names)
    return {**environment, **both}
