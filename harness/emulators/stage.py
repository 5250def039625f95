"""What each session is to suffer: by the scenario, and by what the control endpoint ordered while the emulators run.

Faults of a session's opening happen here, before the services see the request; all others in `injection`.
"""

import asyncio
import itertools
import json
from collections import Counter, OrderedDict
from dataclasses import dataclass, field
from typing import Any, Literal
from weakref import WeakValueDictionary

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from harness.emulators.connection import ATTEMPT, OPENING
from harness.emulators.faults import Fault, Opening, Upgrading
from harness.emulators.injection import SessionFaults
from harness.emulators.ledger import Ledger
from harness.emulators.monitor import Monitor
from harness.emulators.scenario import Match, Scenario, SessionScript

Provider = Literal["assemblyai", "gladia"]
_MOST_CLOSES = 64  # accept-then-close in a row: one SDK redials at once, for ever, until its stack overflows
_TOO_MANY = 4429  # ends the redialling: no SDK comes back after a 44xx
_MOST_TOKENS = 4096


@dataclass(frozen=True, slots=True)
class Order:
    """Faults ordered while the emulators run.

    Attributes:
        match: Which sessions, open ones and later ones.
        session_id: Only the session of this id; None for all that match.
        open: What happens to the next attempts to open a session.
        upgrade: What happens to the next upgrades.
        fault: What happens inside sessions; `at_s` in the past means now.
    """

    match: Match = field(default_factory=Match)
    session_id: str | None = None
    open: Opening | None = None
    upgrade: Upgrading | None = None
    fault: tuple[Fault, ...] = ()

    def concerns(self, provider: str, ordinal: int, session_id: str) -> bool:
        """Whether a session is meant."""
        return (
            self.match.provider in {None, provider}
            and self.match.ordinal in {None, ordinal}
            and self.session_id in {None, session_id}
        )


class Stage:
    """The scenario, the orders, and who has tried how often."""

    def __init__(self, scenario: Scenario, ledger: Ledger, monitor: Monitor) -> None:
        self.seed = scenario.seed
        self.orders: dict[str, Order] = {}
        self._scenario = scenario
        self._ledger = ledger
        self._monitor = monitor
        self._ids = itertools.count(1)
        self._used: Counter[tuple[str, str]] = Counter()  # of an order's openings and upgrades
        self._attempts: Counter[tuple[str, str, str]] = Counter()
        self._dialled: OrderedDict[str, tuple[int, str]] = OrderedDict()  # by token: a Gladia session's ordinal and id
        self._open: WeakValueDictionary[tuple[str, int, str], SessionFaults] = WeakValueDictionary()

    def script(self, provider: Provider, ordinal: int) -> SessionScript:
        """The scenario's script of a session."""
        return self._scenario.script(provider, ordinal)

    def faults(self, provider: Provider, ordinal: int, session_id: str) -> SessionFaults:
        """The faults of a session that begins now; orders given later reach it too."""
        faults = SessionFaults(self.script(provider, ordinal).fault, f"{self.seed}/{provider}/{ordinal}")
        for order in self.orders.values():
            if order.concerns(provider, ordinal, session_id):
                faults.add(order.fault)
        self._open[provider, ordinal, session_id] = faults
        return faults

    def order(self, order: Order) -> str:
        """Take an order: what concerns open sessions begins at once. Returns its id."""
        number = str(next(self._ids))
        self.orders[number] = order
        for (provider, ordinal, session_id), faults in list(self._open.items()):
            if order.concerns(provider, ordinal, session_id):
                faults.add(order.fault)
                faults.happen()
        return number

    def cancel(self, number: str) -> bool:
        """Withdraw an order, from open sessions too; False if there is none of that id."""
        order = self.orders.pop(number, None)
        if order is None:
            return False
        for faults in list(self._open.values()):
            faults.remove(order.fault)
        return True

    def middleware(self, provider: Provider) -> Middleware:
        """The faults of a service's opening. What it lets pass knows from `request[ATTEMPT]` how often it tried."""

        @web.middleware
        async def suffer(request: web.Request, handler: Handler) -> web.StreamResponse:
            upgrade = request.headers.get("Upgrade", "").lower() == "websocket"
            if provider == "assemblyai" and request.path == "/v3/ws" and upgrade:
                return await self._opened(request, handler, provider, ("open", "upgrade"))
            if provider == "gladia" and request.path == "/v2/live" and request.method == "POST":
                return self._posted(request, await self._opened(request, handler, provider, ("open",)))
            if provider == "gladia" and request.path == "/v2/live" and upgrade:
                return await self._opened(request, handler, provider, ("upgrade",), request.query.get("token", ""))
            return await handler(request)

        return suffer

    async def _opened(
        self, request: web.Request, handler: Handler, provider: Provider, steps: tuple[str, ...], token: str = ""
    ) -> web.StreamResponse:
        ordinal, session_id = self._dialled.get(token, (self._monitor.sessions_total[provider] + 1, ""))
        for step in steps:
            rule = self._due(provider, step, ordinal, token, session_id)
            if rule is None:
                continue
            self._monitor.faults[provider, step] += 1
            if isinstance(rule, Upgrading) and rule.close_code is not None:
                return await self._accept_then_close(request, rule, self._attempts[provider, step, token], session_id)
            await asyncio.sleep(rule.delay_s)
            if rule.status:
                return _refusal(rule)
            request[OPENING] = rule
        request[ATTEMPT] = max(self._attempts.pop((provider, step, token), 1) for step in steps)
        return await handler(request)

    def _due(
        self, provider: Provider, step: str, ordinal: int, token: str, session_id: str
    ) -> Opening | Upgrading | None:
        """What happens to this attempt; counts it."""
        self._attempts[provider, step, token] += 1
        rule: Opening | Upgrading | None = getattr(self.script(provider, ordinal), step)
        if rule is not None and self._attempts[provider, step, token] <= rule.times:
            return rule
        for number, order in self.orders.items():
            ordered: Opening | Upgrading | None = getattr(order, step)
            if ordered is None or not order.concerns(provider, ordinal, session_id):
                continue
            if self._used[number, step] < ordered.times:
                self._used[number, step] += 1
                return ordered
        return None

    async def _accept_then_close(
        self, request: web.Request, rule: Upgrading, attempt: int, session_id: str
    ) -> web.StreamResponse:
        """Let the client in and out again; the cap protects this machine from a client that comes back at once, for ever."""
        ws = web.WebSocketResponse(compress=False)
        await ws.prepare(request)
        capped = attempt > _MOST_CLOSES
        code, reason = (_TOO_MANY, "Too many connections") if capped else (rule.close_code or 1011, rule.reason)
        if (record := self._ledger.find(session_id)) is not None:
            record.notes.append(f"accepted and closed with {code}")
        if not capped:
            await asyncio.sleep(rule.delay_s)
        await ws.close(code=code, message=reason.encode()[:123])
        return ws

    def _posted(self, request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
        """Remember which session a socket will belong to, and spoil the answer if that was ordered."""
        if not isinstance(response, web.Response) or response.status not in {200, 201} or response.text is None:
            return response
        document = json.loads(response.text)
        _, _, token = document["url"].partition("token=")
        self._dialled[token] = (self._monitor.sessions_total["gladia"], document["id"])
        while len(self._dialled) > _MOST_TOKENS:
            self._dialled.popitem(last=False)
        rule = request.get(OPENING)
        if not isinstance(rule, Opening) or not (rule.omit or rule.body is not None):
            return response
        text = rule.body
        if text is None:
            text = json.dumps({name: value for name, value in document.items() if name not in rule.omit})
        return web.Response(text=text, status=response.status, content_type="application/json")


def _refusal(rule: Opening | Upgrading) -> web.Response:
    """The answer to an attempt that is refused, readable for the clients of either service."""
    text = f"Injected by the scenario: HTTP {rule.status}"
    body: dict[str, Any] = {"error": text, "message": text, "statusCode": rule.status, "request_id": "G-injected"}
    retry_after_s = rule.retry_after_s if isinstance(rule, Opening) else None
    headers = {} if retry_after_s is None else {"Retry-After": str(retry_after_s)}
    return web.json_response(body, status=rule.status, headers=headers)
