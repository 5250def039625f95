"""What a name stands for: an import, a value, a parameter; and of which kind of either SDK's objects it is."""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from harness.code_scan import syntax
from harness.code_scan.syntax import Node

ASSEMBLYAI, GLADIA = "assemblyai", "gladia"
# Python packages and npm packages by service; what follows a dot or slash belongs to them.
_PACKAGES = {"assemblyai": ASSEMBLYAI, "gladiaio_sdk": GLADIA, "@gladiaio/sdk": GLADIA}
# Objects, by the class that makes them.
_CLASSES = {
    "StreamingClient": "assemblyai.session",
    "RealTimeTranscriber": "assemblyai.session",
    "AsyncStreamingClient": "assemblyai.session",
    "AsyncRealTimeTranscriber": "assemblyai.session",
    "StreamingTranscriber": "assemblyai.session",
    "AssemblyAI": "assemblyai.client",
    "RealtimeTranscriber": "assemblyai.legacy",
    "RealtimeService": "assemblyai.legacy",
    "GladiaClient": "gladia.client",
    "LiveV2Client": "gladia.live",
    "LiveV2AsyncClient": "gladia.async_live",
    "LiveV2Session": "gladia.session",
    "LiveV2AsyncSession": "gladia.async_session",
}
# Objects, by the object and the method or property that hands them out.
_MEMBERS = {
    ("assemblyai.client", "streaming"): "assemblyai.factory",
    ("assemblyai.client", "realtime"): "assemblyai.legacy_factory",
    ("assemblyai.factory", "transcriber"): "assemblyai.session",
    ("assemblyai.legacy_factory", "transcriber"): "assemblyai.legacy",
    ("gladia.client", "live_v2"): "gladia.live",
    ("gladia.client", "live_v2_async"): "gladia.async_live",
    ("gladia.live", "start_session"): "gladia.session",
    ("gladia.live", "connect_session"): "gladia.session",
    ("gladia.async_live", "start_session"): "gladia.async_session",
    ("gladia.async_live", "connect_session"): "gladia.async_session",
}
# Packages whose objects have events of their own, the standard libraries among them.
_OTHERS = sys.stdlib_module_names | {
    "child_process", "cluster", "eventemitter3", "events", "fs", "http2", "https", "net", "process", "readline", "stream", "tls", "worker_threads",
    "express", "redis", "ioredis", "socketio", "socket.io", "socket.io-client", "flask_socketio", "websockets", "ws",
}  # fmt: skip
_LONGEST_CHAIN = 16  # of names that stand for names; longer ones run in a circle


def snake_case(name: str) -> str:
    """The Python spelling of a TypeScript name.

    >>> snake_case("maxTurnSilence"), snake_case("liveV2"), snake_case("format_turns")
    ('max_turn_silence', 'live_v2', 'format_turns')
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def service_of(module: str) -> str | None:
    """Whose package a module belongs to."""
    for package, service in _PACKAGES.items():
        if module == package or module.startswith((f"{package}.", f"{package}/")):
            return service
    return None


@dataclass(eq=False)
class Scope:
    """What is bound in a file, a class or a function: by name, everything that a name is ever given."""

    node: Node
    outer: "Scope | None"
    bound: dict[str, list[Node]] = field(default_factory=dict)

    def find(self, name: str) -> list[Node]:
        """What a name is given where it is visible; an empty list if nowhere. Classes are no scope for their methods."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.bound and not (isinstance(scope.node, syntax.Class) and scope is not self):
                return scope.bound[name]
            scope = scope.outer
        return []

    @cached_property
    def owner(self) -> "Scope | None":
        """The class around it."""
        if isinstance(self.node, syntax.Class):
            return self
        return self.outer.owner if self.outer is not None else None


class Names:
    """All names of a file.

    Attributes:
        module: Its outermost scope.
        language: `python` or `typescript`.
        services: Whose packages it imports, with the first import of each.
    """

    def __init__(self, module: syntax.Module) -> None:
        self.module = Scope(module, None)
        self.language = module.language
        self.services: dict[str, syntax.Import] = {}
        self.scopes: dict[Node, Scope] = {module: self.module}
        self._bound_in: dict[Node, Scope] = {}  # an attribute is read elsewhere than where it gets its value
        self._kinds: dict[tuple[Node, Scope], str | None] = {}
        self._functions: dict[tuple[Node, Scope], syntax.Function | None] = {}
        self._fields: dict[tuple[Scope | None, str], list[Node]] = {}
        self._bind_all(module.body, self.module)

    def qualified(self, node: Node, scope: Scope) -> tuple[str, str] | None:
        """(service, dotted name) of something imported from an SDK: `("assemblyai", "StreamingEvents.Turn")`."""
        match node:
            case syntax.Name():
                for given in scope.find(node.id):
                    if isinstance(given, syntax.Import) and (service := service_of(given.module)):
                        return service, given.name or ""
                    if isinstance(given, syntax.Bind) and (service := service_of(_module_required(given))):
                        return service, ""
                    if isinstance(given, syntax.Member):  # taken out of what was required
                        return self.qualified(given, scope)
                return self._from_star(node.id)
            case syntax.Member():
                inner = self.qualified(node.object, scope)
                return (inner[0], f"{inner[1]}.{node.name}".lstrip(".")) if inner else None
            case _:
                service = service_of(_module_required(node))
                return (service, "") if service else None

    def _from_star(self, name: str) -> tuple[str, str] | None:
        for given in self.module.bound.get("*", []):
            if isinstance(given, syntax.Import) and (service := service_of(given.module)) and name in _CLASSES:
                return service, name
        return None

    def class_of(self, node: Node, scope: Scope) -> tuple[str, str] | None:
        """(service, last part of the name), as `qualified`."""
        found = self.qualified(node, scope)
        return (found[0], found[1].rpartition(".")[2]) if found else None

    def kind(self, node: Node | None, scope: Scope) -> str | None:
        """The kind of SDK object that an expression is: `assemblyai.session`, `gladia.live`, ..."""
        if node is None:
            return None
        if (node, scope) not in self._kinds:
            self._kinds[node, scope] = None  # while it is being found out: names may stand for each other in a circle
            self._kinds[node, scope] = self._kind(node, scope)
        return self._kinds[node, scope]

    def _kind(self, node: Node, scope: Scope) -> str | None:
        match node:
            case syntax.Call():
                named = self.class_of(node.function, scope)
                made = _CLASSES.get(named[1]) if named else None
                kind = made or self.kind(node.function, scope) or self._returned(node.function, scope)
            case syntax.Member():
                owner = self.kind(node.object, scope)
                member = _MEMBERS.get((owner, snake_case(node.name))) if owner else None
                kind = member or self._any_kind(self.values(node, scope), scope)
            case syntax.Name():
                kind = self._any_kind(scope.find(node.id), scope)
            case syntax.Parameter():
                kind = self.annotated(node.annotation, scope)
            case syntax.Bind():
                inside = self._bound_in.get(node, scope)
                kind = self.annotated(node.annotation, inside) or self.kind(node.value, inside)
            case syntax.Await() | syntax.Other() | syntax.Operation(operator="or") | syntax.Branch():
                kind = self._any_kind(list(syntax.children(node)), scope)
            case _:
                kind = None
        return kind

    def _any_kind(self, nodes: list[Node], scope: Scope) -> str | None:
        return next((kind for node in reversed(nodes) if (kind := self.kind(node, scope))), None)

    def annotated(self, node: Node | None, scope: Scope) -> str | None:
        """The kind that an annotation names, also in `Optional[…]`, `Type[…]` or a union."""
        for part in syntax.walk(node) if node is not None else ():
            named = self.class_of(part, scope)
            if named and named[1] in _CLASSES:
                return _CLASSES[named[1]]
        return None

    def _returned(self, function: Node, scope: Scope) -> str | None:
        """What a function of this file returns, as it says or does."""
        made = self.function(function, scope)
        if made is None:
            return None
        inside = self.scopes.get(made, scope)
        returned = [part.value for part in syntax.walk(made) if isinstance(part, syntax.Leave) and part.is_return]
        said = self.annotated(made.returns, scope)
        return said or self._any_kind([each for each in returned if each is not None], inside)

    def function(self, node: Node | None, scope: Scope) -> syntax.Function | None:
        """The function of this file that an expression stands for."""
        if node is None:
            return None
        if (node, scope) not in self._functions:
            self._functions[node, scope] = None
            self._functions[node, scope] = self._function(node, scope)
        return self._functions[node, scope]

    def _function(self, node: Node, scope: Scope) -> syntax.Function | None:
        match node:
            case syntax.Function():
                return node
            case syntax.Name() | syntax.Member():
                given = scope.find(node.id) if isinstance(node, syntax.Name) else self.values(node, scope)
                found = (self.function(each, scope) for each in reversed(given) if each is not node)
                return next((each for each in found if each), None)
            case syntax.Bind():
                return self.function(node.value, self._bound_in.get(node, scope))
            case syntax.Call():
                return self.function(_wrapped(node)[0], scope)
            case _:
                return None

    def filled(self, node: Node | None, scope: Scope) -> int:
        """How many of a function's first parameters are given already: `partial(f, a)`, `f.bind(this, a)`."""
        given = 0
        for _ in range(_LONGEST_CHAIN):
            here = self.value(node, scope) if node is not None else None
            if not isinstance(here, syntax.Call):
                break
            node, more = _wrapped(here)
            given += more
        return given

    def is_method(self, function: syntax.Function) -> bool:
        """Whether its first parameter is the object itself: a method in Python."""
        outer = self.scopes[function].outer if function in self.scopes else None
        is_static = any(dotted(each) == "staticmethod" for each in function.decorators)
        return (
            self.language == "python" and outer is not None and isinstance(outer.node, syntax.Class) and not is_static
        )

    def values(self, node: syntax.Member, scope: Scope) -> list[Node]:
        """What an attribute is ever given: in the class around it, else anywhere in the file."""
        if dotted(node.object) in ("self", "this", "cls"):
            own = self._fields.get((scope.owner, node.name))
            if own:
                return own
        return self._fields.get((None, node.name), [])

    def value(self, node: Node, scope: Scope, depth: int = 0) -> Node:
        """The expression behind a name, as far as this file tells: the last one that a name is given."""
        if depth > _LONGEST_CHAIN:
            return node
        given: list[Node] = []
        if isinstance(node, syntax.Name):
            given = scope.find(node.id)
        elif isinstance(node, syntax.Member):
            given = self.values(node, scope)
        last = next((each for each in reversed(given) if not isinstance(each, syntax.Import | syntax.Parameter)), None)
        if isinstance(last, syntax.Bind):
            scope = self._bound_in.get(last, scope)
            last = last.value
        return node if last is None or last is node else self.value(last, scope, depth + 1)

    def is_of_another(self, node: Node, scope: Scope) -> bool:
        """Whether an object, or what one of its methods hands out, comes from a package that is neither SDK's."""
        for _ in range(_LONGEST_CHAIN):
            if _package(_module_required(node)) in _OTHERS:
                return True
            node = self.value(node, scope)
            if isinstance(node, syntax.Call) and not _module_required(node):
                node = node.function
            elif isinstance(node, syntax.Member):
                node = node.object
        given = scope.find(node.id) if isinstance(node, syntax.Name) else []
        return any(isinstance(each, syntax.Import) and _package(each.module) in _OTHERS for each in given)

    def is_bound(self, name: str, scope: Scope) -> bool:
        """Whether anything in this file gives the name a value; after `import *`, anything might."""
        return bool(scope.find(name)) or "*" in self.module.bound

    def _bind_all(self, nodes: tuple[Node, ...], scope: Scope) -> None:
        for node in nodes:
            self._bind(node, scope)

    def _bind(self, node: Node, scope: Scope) -> None:
        match node:
            case syntax.Import():
                scope.bound.setdefault(node.alias, []).append(node)
                if service := service_of(node.module):
                    self.services.setdefault(service, node)
            case syntax.Function() | syntax.Class():
                self._give(node.name, node, scope)
                self._open(node, scope)
            case syntax.Bind():
                self._bound_in[node] = scope
                self._bind_target(node.target, node, scope)
                self._bind_all(tuple(syntax.children(node)), scope)
            case _:
                if isinstance(node, syntax.Call) and (service := service_of(_module_required(node))):
                    self.services.setdefault(service, syntax.Import(node.place, _module_required(node), None, ""))
                self._bind_all(tuple(syntax.children(node)), scope)

    def _open(self, node: syntax.Function | syntax.Class, scope: Scope) -> None:
        inside = self.scopes[node] = Scope(node, scope)
        if isinstance(node, syntax.Function):
            self._bind_all((*node.decorators,), scope)
            for each in node.parameters:
                for name in _names_in(each.target):
                    inside.bound.setdefault(name, []).append(each)
        self._bind_all(node.body, inside)

    def _bind_target(self, target: Node, binding: syntax.Bind, scope: Scope) -> None:
        match target:
            case syntax.Name():
                self._give(target.id, binding, scope)
            case syntax.Member():
                for owner in {scope.owner, None}:
                    self._fields.setdefault((owner, target.name), []).append(binding)
            case syntax.Record():
                for entry in target.entries:
                    taken = binding.value
                    if taken is not None and entry.name and not entry.is_spread:
                        taken = syntax.Member(entry.place, taken, entry.name)
                    for name in _names_in(entry.value):
                        scope.bound.setdefault(name, []).append(taken or binding)
            case _:
                for name in _names_in(target):
                    scope.bound.setdefault(name, []).append(syntax.Bind(target.place, target, None))

    def _give(self, name: str | None, node: Node, scope: Scope) -> None:
        if name is None:
            return
        scope.bound.setdefault(name, []).append(node)
        if isinstance(scope.node, syntax.Class):
            self._fields.setdefault((scope, name), []).append(node)
            self._fields.setdefault((None, name), []).append(node)


def _wrapped(call: syntax.Call) -> tuple[Node | None, int]:
    """The function that a call returns with some of its first parameters given, if it is such a call, and how many those are."""
    further = sum(each.name is None for each in call.arguments[1:])
    if isinstance(call.function, syntax.Member) and call.function.name == "bind":  # f.bind(this, a)
        return call.function.object, further
    if call.arguments and dotted(call.function).endswith(("partial", "useCallback")):
        return call.arguments[0].value, further if dotted(call.function).endswith("partial") else 0
    return None, 0


def dotted(node: Node) -> str:
    """A chain of names as it is written, `self.client`; other expressions as `…`."""
    match node:
        case syntax.Name():
            return node.id
        case syntax.Member():
            return f"{dotted(node.object)}.{node.name}"
        case syntax.Other(parts=(only,)) | syntax.Await(value=only):
            return dotted(only)
        case _:
            return "…"


def _names_in(target: Node) -> Iterator[str]:
    for part in syntax.walk(target):
        if isinstance(part, syntax.Name):
            yield part.id


def _package(module: str) -> str:
    """What a module belongs to: `http` of `http.client`, `fs` of `node:fs/promises`."""
    name = module.removeprefix("node:").partition("/")[0]
    return name if name in _OTHERS else name.partition(".")[0]


def _module_required(node: Node | None) -> str:
    """The module of `require("…")`, the import of CommonJS, or of `await import("…")`; else nothing."""
    match node:
        case syntax.Bind():
            return _module_required(node.value)
        case syntax.Await() | syntax.Other():
            parts = list(syntax.children(node))
            return _module_required(parts[0]) if len(parts) == 1 else ""
        case syntax.Call(function=function, arguments=(syntax.Argument(value=syntax.Literal(value=str() as module)),)):
            return module if dotted(function) in ("require", "import") or isinstance(function, syntax.Other) else ""
        case _:
            return ""
