"""Parameters in the query of a WebSocket URL."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl, urlsplit


class GivenTwiceError(Exception):
    """A name with two values, of which nobody can say which counts; the message is the name."""


def once(given: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Names and values as a table.

    Raises:
        GivenTwiceError: Two values of one name.
    """
    table: dict[str, Any] = {}
    for name, value in given:
        if name in table and table[name] != value:
            raise GivenTwiceError(name)
        table[name] = value
    return table


def query_params(address: str) -> dict[str, str]:
    """The parameters of an address or a bare query; what is empty is not given.

    Raises:
        ValueError: It can't be read as one.
        GivenTwiceError: Two values of one name.
    """
    query = urlsplit(address).query if "://" in address else address.removeprefix("?")
    given = [(name, value) for name, value in parse_qsl(query, errors="strict") if value]
    return once(given)
