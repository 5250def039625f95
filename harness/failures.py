"""Why sessions failed, for people: what a service answered, said once for many sessions, and what to check because of it.

A failure is the text that a session's row carries: the type of its first error and the words behind it.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Sort = Literal["key", "quota", "network", "parameters", "service", "other"]
"""What has to be looked at."""

_TYPED = re.compile(r"(?P<kind>[a-z][a-z0-9]*(?:_[a-z0-9]+)+): (?P<said>.*)", re.DOTALL)
_CODE = re.compile(r"_(\d{3,4})$")
_REQUEST = re.compile(r"(GET|POST|PUT|DELETE) (/\S*)")
_NUMBER = re.compile(r"[0-9a-f-]*\d[0-9a-f.-]*")  # ids of requests, seconds: what differs between alike failures
_SAYS_STATUS = re.compile(r"\s*\(HTTP \d{3}\)")

_KEY_CODES, _QUOTA_CODES, _PARAMETER_CODES = {401, 403}, {402, 429}, {400, 404, 422}
_BY_WORDS: tuple[tuple[Sort, re.Pattern[str]], ...] = (
    ("key", re.compile(r"not authori[sz]ed|unauthori[sz]ed|forbidden|api[ _-]?key|invalid key", re.IGNORECASE)),
    ("quota", re.compile(r"quota|credit|balance|payment|billing|too many|rate limit|insufficient", re.IGNORECASE)),
    (
        "network",
        re.compile(
            r"no address is known|refused$|connection failed|unreachable|timed? ?out|reset by peer|resolv|name or service|"
            r"certificate|\bssl\b|http request failed|of being dialled",
            re.IGNORECASE,
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Cause:
    """Why sessions of a side failed alike.

    Attributes:
        sort: What has to be looked at.
        text: What happened, in a phrase.
        sessions: How many sessions it happened to.
    """

    sort: Sort
    text: str
    sessions: int


def causes(failures: Iterable[str], host: str | None = None) -> tuple[Cause, ...]:
    """Failures that are alike but for ids and instants, told once each; the most frequent first.

    Args:
        failures: One a failed session.
        host: Where the service was reached; named where the failure itself does not.
    """
    texts = list(failures)
    counts = Counter(map(_alike, texts))
    first = {_alike(text): text for text in reversed(texts)}
    return tuple(Cause(sort_of(first[key]), _told(first[key], host), count) for key, count in counts.most_common())


def sort_of(failure: str) -> Sort:
    """What has to be looked at because of a failure."""
    kind, said = _split(failure)
    code = _code(kind)
    if code in _KEY_CODES:
        return "key"
    if code in _QUOTA_CODES:
        return "quota"
    for sort, words in _BY_WORDS:
        if words.search(said):
            return sort
    if code in _PARAMETER_CODES:
        return "parameters"
    return "service" if code is not None and code // 100 == 5 else "other"  # noqa: PLR2004 - HTTP 5xx


def _split(failure: str) -> tuple[str, str]:
    """Type and words; no type if it is a phrase of our own."""
    typed = _TYPED.fullmatch(failure)
    return (typed["kind"], typed["said"]) if typed else ("", failure)


def _code(kind: str) -> int | None:
    found = _CODE.search(kind)
    return int(found[1]) if found else None


def _alike(failure: str) -> tuple[str, str]:
    kind, said = _split(failure)
    return kind, _NUMBER.sub("#", said)


def _told(failure: str, host: str | None) -> str:
    kind, said = _split(failure)
    code = _code(kind)
    if code is None:
        return said if host is None or host in said else f"{said} ({host})"
    parts = said.split(" | ")
    words, request = _SAYS_STATUS.sub("", parts[0]), _REQUEST.fullmatch(parts[-1])
    if code >= 1000:  # noqa: PLR2004 - closes of WebSockets
        where, what = host, f"closed with code {code}"
    elif request is not None:
        where, what = f"{request[1]} {(host or '').rstrip('/')}{request[2]}", f"HTTP {code}"
    else:
        where, what = host, f"HTTP {code}"
    origin = "" if where is None else f" {'by' if code >= 1000 else 'from'} {where}"  # noqa: PLR2004 - as above
    return f"{what}{origin}{f' ({words})' if words else ''}"
