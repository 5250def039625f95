"""Parameters in the query of a WebSocket URL."""

from urllib.parse import parse_qsl, urlsplit


def query_params(address: str) -> dict[str, str]:
    """The parameters of an address or a bare query; what is empty is not given.

    Raises:
        ValueError: It can't be read as one.
    """
    query = urlsplit(address).query if "://" in address else address.removeprefix("?")
    return {name: value for name, value in parse_qsl(query, errors="strict") if value}
