"""Where a file uses either SDK: calls, listeners, configurations and addresses, the same for every language."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from harness.code_scan import syntax
from harness.code_scan.handlers import Handler, event_position, read_handler
from harness.code_scan.names import ASSEMBLYAI, GLADIA, Names, Scope, dotted, snake_case
from harness.code_scan.syntax import Node, Place

_PARAMETERS = ("RealTimeParameters", "StreamingParameters", "RealTimeSessionParameters", "StreamingSessionParameters")
_DEEPEST = 16  # deeper is no configuration but a circle of names
_MOST_VALUES = 10_000  # of one call: names of names of names double with each
_LISTENS = ("on", "once", "add_listener", "listens_to")
_HOSTS = {ASSEMBLYAI: re.compile(r"\bstreaming(\.\w+)?\.assemblyai\.com"), GLADIA: re.compile(r"\bapi\.gladia\.io")}
# Words of AssemblyAI's messages that no other program uses.
_WIRE_WORDS = frozenset(
    {"end_of_turn", "turn_is_formatted", "end_of_turn_confidence", "turn_order", "ForceEndpoint", "UpdateConfiguration"}
)
# What tells whose object it is where nothing else does, in a file that imports the SDK.
_TELLTALE = {
    **dict.fromkeys(
        ("set_params", "update_configuration", "force_endpoint", "keep_alive", "create_temporary_token"), ASSEMBLYAI
    ),
    **dict.fromkeys(("send_audio", "stop_recording", "start_session", "wait_until_ready", "end_session"), GLADIA),
}
_GLADIA_EVENTS = frozenset({"message", "started", "connecting", "connected", "ending", "ended", "error"})
_ASSEMBLYAI_EVENTS = frozenset({"open", "turn", "close", "error", "speech_started"})


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that only the running program knows, as it is written."""

    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One value of a configuration: a literal, a list of literals, a mapping of entries, or `Unknown`."""

    place: Place
    value: Any


Entries = Mapping[str, Entry]


@dataclass(frozen=True, slots=True)
class Use:
    """A method called on an SDK's object, or its making.

    Attributes:
        place: Where.
        kind: Of the object: `assemblyai.session`, `gladia.session`, `gladia.async_session`, ...
        owner: The object as it is written, `self.client`.
        method: In Python's spelling; `new` for the making.
        scope: The function around it.
        arguments: How many there are.
        flags: Those that are literals, by name or position.
        entries: The configuration among them, if it can be read.
        is_owner_bound: Whether the file says what the owner is.
        result: The name that the result is given, if any.
        is_returned: Whether the result is handed to whoever calls the function around it.
    """

    place: Place
    kind: str
    owner: str
    method: str
    scope: Scope
    arguments: int
    flags: Mapping[str | int, Any]
    entries: Entries | None
    is_owner_bound: bool
    result: str | None
    is_returned: bool

    @property
    def service(self) -> str:
        """Whose object it is."""
        return self.kind.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Listener:
    """A handler given for an event; `event` in Python's spelling: `turn`, `speech_started`, `message`."""

    place: Place
    kind: str
    owner: str
    event: str
    scope: Scope
    handler: Handler | None
    is_owner_bound: bool

    @property
    def service(self) -> str:
        """Whose event it is."""
        return self.kind.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Parameters:
    """AssemblyAI parameters: of a connection, or (`is_update`) changed during a session."""

    place: Place
    entries: Entries
    is_update: bool


@dataclass(frozen=True, slots=True)
class Address:
    """A service's address in a text."""

    place: Place
    service: str
    text: str
    entries: Entries


@dataclass(slots=True)
class Uses:
    """Everything found in one file, in the order of the file; `pauses` are where others run: `await`, `sleep`."""

    calls: list[Use] = field(default_factory=list)
    listeners: list[Listener] = field(default_factory=list)
    parameters: list[Parameters] = field(default_factory=list)
    addresses: list[Address] = field(default_factory=list)
    wire_words: list[tuple[Place, str]] = field(default_factory=list)
    loose_handlers: list[tuple[str, Handler]] = field(default_factory=list)
    pauses: list[tuple[Place, Scope]] = field(default_factory=list)
    imports: list[tuple[str, syntax.Import]] = field(default_factory=list)


def find_uses(module: syntax.Module) -> Uses:
    """All uses in a file."""
    names = Names(module)
    finder = _Finder(names)
    finder.uses.imports = list(names.services.items())
    finder.visit_all(module.body, names.module)
    finder.take_loose_handlers()
    return finder.uses


class _Finder:
    def __init__(self, names: Names) -> None:
        self.uses = Uses()
        self._names = names
        self._handled: set[Node] = set()
        self._results: dict[Node, str] = {}
        self._returned: set[Node] = set()
        self._values_left = 0

    def visit_all(self, nodes: tuple[Node, ...], scope: Scope) -> None:
        for node in nodes:
            self._visit(node, scope)

    def _visit(self, node: Node, scope: Scope) -> None:
        match node:
            case syntax.Function() | syntax.Class():
                if isinstance(node, syntax.Function):
                    self._decorated(node, scope)
                self.visit_all(tuple(syntax.children(node)), self._names.scopes.get(node, scope))
                return
            case syntax.Bind(value=syntax.Node() as value):
                self._results[_made_by(value)] = dotted(node.target)
            case syntax.Leave(value=syntax.Node() as value):
                self._returned.add(_made_by(value))
            case syntax.Call():
                self._call(node, scope)
            case syntax.Await():
                self.uses.pauses.append((node.place, scope))
            case syntax.Literal(value=str() as text) | syntax.Template(text=text):
                self._text(node, text)
            case syntax.Member(name=name) if name in _WIRE_WORDS and not self._names.services:
                self.uses.wire_words.append((node.place, name))
            case _:
                pass
        self.visit_all(tuple(syntax.children(node)), scope)

    def _call(self, node: syntax.Call, scope: Scope) -> None:
        named = self._names.class_of(node.function, scope)
        if named and named[0] == ASSEMBLYAI and named[1] in _PARAMETERS:
            self._add_parameters(node.place, self._entries_of(node, scope), is_update="Session" in named[1])
            return
        kind = self._names.kind(node, scope)
        if kind and named:
            self._use(node, kind, dotted(node.function), "new", scope)
            if kind == "assemblyai.session" and named[1] == "StreamingTranscriber" and node.arguments:
                self._options(node, scope, is_update=False)
            return
        if isinstance(node.function, syntax.Member):
            self._method(node, node.function, scope)
        elif dotted(node.function) in ("sleep", "setTimeout"):
            self.uses.pauses.append((node.place, scope))

    def _method(self, node: syntax.Call, function: syntax.Member, scope: Scope) -> None:
        method, owner = snake_case(function.name), dotted(function.object)
        if method == "sleep":
            self.uses.pauses.append((node.place, scope))
        kind = self._names.kind(function.object, scope) or self._guess(node, method, scope)
        if kind is None:
            return
        if method in _LISTENS:
            self._listener(node, kind, owner, scope, node.arguments[1].value if len(node.arguments) > 1 else None)
            return
        if kind == "assemblyai.factory" and method == "transcriber":
            self._use(node, "assemblyai.session", dotted(function), "new", scope)
            self._options(node, scope, is_update=False)
            return
        self._use(node, kind, owner, method, scope)
        if method == "update_configuration":
            self._options(node, scope, is_update=True)

    def _guess(self, node: syntax.Call, method: str, scope: Scope) -> str | None:
        """Whose object it must be though the file does not say what it is: by what is done with it."""
        imported = self._names.services
        first = node.arguments[0].value if node.arguments else None
        if method in _LISTENS:
            event = self._event(first, scope)
            named = self._names.qualified(first, scope) if first is not None else None
            if named and named[0] == ASSEMBLYAI:
                return "assemblyai.session"
            is_text = isinstance(first, syntax.Literal) and not self._names.is_of_another(node.function, scope)
            if GLADIA in imported and is_text and event in _GLADIA_EVENTS:
                return "gladia.session"
            return "assemblyai.session" if ASSEMBLYAI in imported and is_text and event in _ASSEMBLYAI_EVENTS else None
        service = _TELLTALE.get(method)
        if method == "send_audio" and GLADIA not in imported:
            service = ASSEMBLYAI  # both TypeScript SDKs have it
        if method == "connect" and first is not None and self._is_parameters(first, scope):
            service = ASSEMBLYAI
        return f"{service}.session" if service in imported else None

    def _is_parameters(self, node: Node, scope: Scope) -> bool:
        value = self._names.value(node, scope)
        named = self._names.class_of(value.function, scope) if isinstance(value, syntax.Call) else None
        return named is not None and named[1] in _PARAMETERS

    def _event(self, node: Node | None, scope: Scope) -> str:
        value = self._names.value(node, scope) if node is not None else None
        if isinstance(value, syntax.Literal):
            return snake_case(str(value.value))
        return snake_case(value.name) if isinstance(value, syntax.Member) else ""

    def _listener(self, node: syntax.Call, kind: str, owner: str, scope: Scope, handler: Node | None) -> None:
        event = self._event(node.arguments[0].value if node.arguments else None, scope)
        function = self._names.function(handler, scope)
        if function is not None:
            self._handled.add(function)
        read = None
        if function is not None:
            first = event_position(function, self._names, after_client=kind.startswith(ASSEMBLYAI))
            position = first + self._names.filled(handler, scope)
            read = read_handler(function, self._names, scope, position)
        bound = self._is_bound(owner, scope)
        self.uses.listeners.append(Listener(node.place, kind, owner, event, scope, read, bound))

    def _decorated(self, function: syntax.Function, scope: Scope) -> None:
        """`@session.on("message")`: a listener whose handler is the function below it."""
        for each in function.decorators:
            if isinstance(each, syntax.Call) and isinstance(each.function, syntax.Member) and len(each.arguments) == 1:
                method, owner = snake_case(each.function.name), dotted(each.function.object)
                kind = self._names.kind(each.function.object, scope) or self._guess(each, method, scope)
                if kind and method in _LISTENS:
                    self._listener(each, kind, owner, scope, function)

    def _use(self, node: syntax.Call, kind: str, owner: str, method: str, scope: Scope) -> None:
        flags: dict[str | int, Any] = {}
        entries: Entries | None = None
        for position, each in enumerate(node.arguments):
            value = self._names.value(each.value, scope)
            if isinstance(value, syntax.Literal):
                flags[each.name or position] = value.value
            elif entries is None and isinstance(value, syntax.Record | syntax.Call):
                entries = self._entries_of(value, scope)
        bound = method == "new" or self._is_bound(owner, scope)
        count, result = len(node.arguments), self._results.get(node)
        self.uses.calls.append(
            Use(node.place, kind, owner, method, scope, count, flags, entries, bound, result, node in self._returned)
        )

    def _is_bound(self, owner: str, scope: Scope) -> bool:
        root = owner.partition(".")[0]
        return root in ("self", "this", "cls", "…", "super") or self._names.is_bound(root, scope)

    def _options(self, node: syntax.Call, scope: Scope, *, is_update: bool) -> None:
        """What a TypeScript session is made or updated with: its parameters, and options of the SDK among them."""
        entries = self._entries_of(node.arguments[0].value, scope) if node.arguments else {}
        self._add_parameters(node.place, entries, is_update=is_update)

    def _add_parameters(self, place: Place, entries: Entries, *, is_update: bool) -> None:
        named = {snake_case(name): entry for name, entry in entries.items()}
        self.uses.parameters.append(Parameters(place, named, is_update))

    def _entries_of(self, node: Node, scope: Scope, depth: int = 0) -> dict[str, Entry]:
        if depth == 0:
            self._values_left = _MOST_VALUES
        value = self._names.value(node, scope)
        given = value.entries if isinstance(value, syntax.Record) else ()
        if isinstance(value, syntax.Call):
            given = value.arguments
        entries: dict[str, Entry] = {}
        for each in given if depth < _DEEPEST else ():
            if each.is_spread:
                entries |= self._entries_of(each.value, scope, depth + 1)
            elif each.name is not None:
                entries[each.name] = Entry(each.place, self._plain(each.value, scope, depth + 1))
        return entries

    def _plain(self, node: Node, scope: Scope, depth: int) -> Any:
        value = self._names.value(node, scope)
        self._values_left -= 1
        is_bearable = depth < _DEEPEST and self._values_left > 0
        match value:
            case syntax.Literal():
                return value.value
            case syntax.Sequence() if is_bearable:
                items = [self._plain(item, scope, depth + 1) for item in value.items]
                return items if not any(isinstance(item, Unknown) for item in items) else Unknown(_shown(node))
            case syntax.Record(entries=()):
                return {}
            case syntax.Record() | syntax.Call() if is_bearable:
                inner = self._entries_of(value, scope, depth + 1)
                return inner or Unknown(_shown(node))
            case _:
                return Unknown(_shown(node))

    def _text(self, node: Node, text: str) -> None:
        if text in _WIRE_WORDS and not self._names.services:
            self.uses.wire_words.append((node.place, text))
        for service, host in _HOSTS.items():
            if host.search(text) and "\n" not in text:
                self.uses.addresses.append(Address(node.place, service, text, _query_entries(node.place, text)))

    def take_loose_handlers(self) -> None:
        """Functions that take an SDK's event, by their annotation, but are registered elsewhere."""
        for function, inside in self._names.scopes.items():
            if not isinstance(function, syntax.Function) or function in self._handled:
                continue
            scope = inside.outer or inside
            for position, each in enumerate(function.parameters):
                named = self._names.class_of(each.annotation, scope) if each.annotation is not None else None
                event = {"TurnEvent": "turn", "LiveV2WebSocketMessage": "message"}.get(named[1]) if named else None
                if event:
                    self.uses.loose_handlers.append((event, read_handler(function, self._names, scope, position)))


def _made_by(value: Node) -> Node:
    """The call behind `await …`."""
    while isinstance(value, syntax.Await | syntax.Other):
        parts = list(syntax.children(value))
        if len(parts) != 1:
            break
        value = parts[0]
    return value


def _query_entries(place: Place, text: str) -> dict[str, Entry]:
    try:
        query = urlsplit(text).query
    except ValueError:
        return {}
    given = parse_qsl(query.replace("{}", "…"), keep_blank_values=True)
    return {name: Entry(place, Unknown(value) if "…" in value else value) for name, value in given}


def _shown(node: Node) -> str:
    return dotted(node)
