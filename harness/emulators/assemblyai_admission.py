"""Who may open an AssemblyAI session: keys, one-session tokens and the limit on new sessions a minute."""

import secrets
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass

Clock = Callable[[], float]

_MINUTE_S = 60.0
_BUSY, _QUIET = 0.7, 0.5  # shares of the limit in use, from and below which it changes ...
_STEP = 0.1  # ... by this much a minute


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a client may not open a session, and how it is told: an HTTP status instead of the upgrade, or a close code."""

    reason: str
    code: int = 1008
    status: int | None = 401  # None: never by HTTP


@dataclass(frozen=True, slots=True)
class Token:
    """A temporary token: when it expires on the service's clock, and how long its session may last."""

    expires_s: float
    session_limit_s: float | None


class Tokens:
    """Issued tokens, each good for one session. The expired are forgotten with the next one issued."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._valid: dict[str, Token] = {}
        self._spent: deque[str] = deque(maxlen=10_000)  # to say "already used" rather than "invalid"

    def issue(self, expires_in_s: float, session_limit_s: float | None) -> str:
        """A new token."""
        now_s = self._clock()
        for text in [text for text, token in self._valid.items() if token.expires_s < now_s]:
            self._spend(text)
        text = secrets.token_urlsafe(24)
        self._valid[text] = Token(now_s + expires_in_s, session_limit_s)
        return text

    def redeem(self, text: str) -> Token | Refusal | None:
        """The token, now spent; why it can't be used; None if it never was a token."""
        token = self._valid.get(text)
        if token is None:
            return Refusal("Unauthorized Connection: Token already used or expired") if text in self._spent else None
        self._spend(text)
        if token.expires_s < self._clock():
            return Refusal("Unauthorized Connection: Token already used or expired")
        return token

    def _spend(self, text: str) -> None:
        del self._valid[text]
        self._spent.append(text)


class NewSessionLimit:
    """How many sessions may begin within a minute: grows while it is used, shrinks back to where it started."""

    def __init__(self, start: int | None, clock: Clock) -> None:
        self._start = start
        self._clock = clock
        self._limit = float(start or 0)
        self._begun: deque[float] = deque()
        self._adapted_s = clock()

    def admit(self) -> bool:
        """Count a new session if there is room for it."""
        if self._start is None:
            return True
        now_s = self._clock()
        self._adapt(now_s, self._start)
        self._forget(now_s)
        if len(self._begun) >= int(self._limit):
            return False
        self._begun.append(now_s)
        return True

    def _adapt(self, now_s: float, start: int) -> None:
        """One step for each minute that passed, by what was in use at its end."""
        while now_s >= self._adapted_s + _MINUTE_S:
            self._adapted_s += _MINUTE_S
            used = sum(1 for begun_s in self._begun if 0 < self._adapted_s - begun_s <= _MINUTE_S)
            if used >= _BUSY * self._limit:
                self._limit *= 1 + _STEP
            elif used < _QUIET * self._limit:
                self._limit = max(float(start), self._limit * (1 - _STEP))
            if self._limit == start and not used:  # nothing changes in the quiet minutes that follow
                self._adapted_s += _MINUTE_S * ((now_s - self._adapted_s) // _MINUTE_S)

    def _forget(self, now_s: float) -> None:
        while self._begun and now_s - self._begun[0] >= _MINUTE_S:
            self._begun.popleft()


class Admission:
    """The decision about one client, from what it shows at the door."""

    def __init__(
        self, reject_keys: Collection[str], new_sessions_per_minute: int | None, excess: Refusal, clock: Clock
    ) -> None:
        self._reject_keys = reject_keys
        self._excess = excess
        self._limit = NewSessionLimit(new_sessions_per_minute, clock)
        self.tokens = Tokens(clock)

    def knows(self, key: str) -> bool:
        """True if an API key is good enough to ask for a token."""
        return bool(key) and key not in self._reject_keys

    def admit(self, header: str, query_token: str | None) -> Refusal | float | None:
        """A refusal, or how long the session may last if its token says so.

        Args:
            header: The raw `Authorization` header: an API key, or a token as the Python SDK sends it.
            query_token: `token` of the query, which goes before the header.
        """
        key = header if query_token is None else query_token
        if not key:
            return Refusal("Unauthorized Connection: Missing Authorization header")
        if key in self._reject_keys:
            return Refusal("Unauthorized Connection: Invalid API key")
        token = self.tokens.redeem(key)
        if isinstance(token, Refusal):
            return token
        if token is None and query_token is not None:
            return Refusal("Unauthorized Connection: Invalid token")
        if not self._limit.admit():
            return self._excess
        return token.session_limit_s if token else None
