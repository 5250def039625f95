"""What a handler reads of the event or message that it is given, and whether it asks first what kind that is."""

from dataclasses import dataclass, field

from harness.code_scan import syntax
from harness.code_scan.names import Names, Scope, dotted, snake_case
from harness.code_scan.syntax import Node, Place

ANY = "[]"  # in a path: any element of a list
_EACH = ("for_each", "map", "filter", "some", "every", "find", "flat_map")
_TYPE = "type"
_MS_PER_S = 1000
_LOOKS = ("isinstance", "hasattr", "str", "repr", "json.dumps", "JSON.stringify")  # at the message, and no further
_WHOLE = ((), ("data",))
_PRINTS = ("print", "console.", "log.", "logger.", "logging.")

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Read:
    """One reading.

    Attributes:
        place: Where.
        path: What, from the event on: `("data", "utterance", "words", "[]", "start")`.
        is_guarded: Whether the kind of message was asked before.
        scale: `*` or `/` if it is multiplied or divided by 1000, else nothing.
    """

    place: Place
    path: Path
    is_guarded: bool
    scale: str = ""


@dataclass(frozen=True, slots=True)
class Handler:
    """A handler.

    Attributes:
        place: Where.
        reads: All its readings, those of functions it hands the event to among them.
        asks_type: Whether it ever asks of which kind the message is.
        prints_all: Whether it prints or logs the message as it is.
        hands_on: Whether it gives the message, or all its data, to a function of another file or an attribute: more may be
            read there.
    """

    place: Place
    reads: tuple[Read, ...]
    asks_type: bool
    prints_all: bool
    hands_on: bool


def read_handler(function: syntax.Function, names: Names, scope: Scope, position: int) -> Handler:
    """What a handler reads of the event, its parameter at `position`."""
    reader = _Reader(names, scope)
    reader.enter(function, position, (), guarded=False)
    return Handler(function.place, tuple(reader.reads), reader.asks_type, reader.prints_all, reader.hands_on)


def event_position(function: syntax.Function, names: Names, *, after_client: bool) -> int:
    """Which parameter a handler gets the event by: in Python after `self`, and with AssemblyAI after the client too."""
    return int(names.is_method(function)) + int(after_client and names.language == "python")


def _shown(node: Node) -> tuple[Node, ...]:
    """What a printed expression shows: itself, or what fills the gaps of a text."""
    return node.parts if isinstance(node, syntax.Template) else (node,)


@dataclass
class _Reader:
    names: Names
    scope: Scope
    reads: list[Read] = field(default_factory=list)
    asks_type: bool = False
    prints_all: bool = False
    hands_on: bool = False
    _paths: dict[str, Path] = field(default_factory=dict)
    _tests: set[str] = field(default_factory=set)
    _entered: set[Node] = field(default_factory=set)

    def enter(self, function: syntax.Function, position: int, path: Path, *, guarded: bool) -> None:
        """Read a function whose parameter at `position` is what lies at `path`."""
        if function in self._entered or position >= len(function.parameters):
            return
        self._entered.add(function)
        outside = dict(self._paths)
        self._name(function.parameters[position].target, path, guarded=guarded)
        self._block(function.body, guarded=guarded)
        self._paths = outside

    def _name(self, target: Node, path: Path, *, guarded: bool) -> None:
        """From here on `target`, a name or a pattern that takes apart, is what lies at `path`."""
        if isinstance(target, syntax.Name):
            self._paths[target.id] = path
        elif isinstance(target, syntax.Record):
            for entry in target.entries:
                if entry.is_spread:  # the rest of it
                    self._name(entry.value, path, guarded=guarded)
                    continue
                inner = (*path, entry.name or ANY)
                if inner[-1] != _TYPE:
                    self.reads.append(Read(entry.place, inner, guarded))
                self._name(entry.value, inner, guarded=guarded)

    def _path(self, node: Node) -> Path | None:
        match node:
            case syntax.Name():
                return self._paths.get(node.id)
            case syntax.Member():
                return self._below(node.object, node.name)
            case syntax.Index():
                key = node.key.value if isinstance(node.key, syntax.Literal) else None
                return self._below(node.object, key if isinstance(key, str) else ANY)
            case syntax.Call(function=syntax.Member(name="get") as get, arguments=(first, *_)):
                key = first.value.value if isinstance(first.value, syntax.Literal) else None
                return self._below(get.object, key) if isinstance(key, str) else None
            case syntax.Other(parts=(only,)) | syntax.Await(value=only):
                return self._path(only)
            case _:
                return None

    def _below(self, node: Node, name: str) -> Path | None:
        path = self._path(node)
        return None if path is None else (*path, name)

    def _asks(self, node: Node) -> bool:
        """Whether an expression asks of which kind the message is."""
        for part in syntax.walk(node):
            path = self._path(part)
            if path == (_TYPE,) or (isinstance(part, syntax.Name) and part.id in self._tests):
                return True
            if isinstance(part, syntax.Call) and dotted(part.function) in ("isinstance", "hasattr") and part.arguments:
                return self._path(part.arguments[0].value) == ()
        return False

    def _block(self, nodes: tuple[Node, ...], *, guarded: bool) -> None:
        for node in nodes:
            self._node(node, guarded=guarded)
            leaves = isinstance(node, syntax.Branch) and any(isinstance(each, syntax.Leave) for each in node.then)
            guarded = guarded or (leaves and isinstance(node, syntax.Branch) and self._asks(node.test))

    def _node(self, node: Node, *, guarded: bool, scale: str = "") -> None:
        path = self._path(node)
        if path == (_TYPE,):
            self.asks_type = True
        elif path:
            self.reads.append(Read(node.place, path, guarded, scale))
        else:
            self._inside(node, guarded=guarded)

    def _inside(self, node: Node, *, guarded: bool) -> None:
        match node:
            case syntax.Branch():
                asked = self._ask(node.test, guarded=guarded)
                self._block(node.then, guarded=asked)
                self._block(node.otherwise, guarded=asked)
            case syntax.Operation():
                self._operation(node, guarded=guarded)
            case syntax.Bind():
                self._bind(node, guarded=guarded)
            case syntax.Call():
                self._call(node, guarded=guarded)
            case syntax.Function():
                self._block(node.body, guarded=guarded)
            case _:
                self._block(tuple(syntax.children(node)), guarded=guarded)

    def _operation(self, node: syntax.Operation, *, guarded: bool) -> None:
        if node.operator in ("and", "or"):
            for each in node.operands:
                guarded = self._ask(each, guarded=guarded)
            return
        by_1000 = any(isinstance(each, syntax.Literal) and each.value == _MS_PER_S for each in node.operands)
        for each in node.operands:
            self._node(each, guarded=guarded, scale=node.operator if by_1000 else "")

    def _ask(self, test: Node, *, guarded: bool) -> bool:
        """Read a test; returns whether what depends on it is guarded."""
        asks = self._asks(test)
        self.asks_type = self.asks_type or asks
        self._node(test, guarded=guarded)
        return guarded or asks

    def _bind(self, node: syntax.Bind, *, guarded: bool) -> None:
        if node.value is None:
            return
        path = self._path(node.value)
        if isinstance(node.target, syntax.Index | syntax.Member):
            self._node(node.target, guarded=guarded)
            self.hands_on = self.hands_on or path in _WHOLE
        if path is None or path[-1:] == (_TYPE,):
            asks = self._asks(node.value)
            if isinstance(node.target, syntax.Name) and asks:
                self._tests.add(node.target.id)
            self._node(node.value, guarded=guarded)
            return
        if path and not isinstance(node.target, syntax.Record) and path[-1] != ANY:
            self.reads.append(Read(node.value.place, path, guarded))
        self._name(node.target, path, guarded=guarded)

    def _call(self, node: syntax.Call, *, guarded: bool) -> None:
        called = node.function
        over = self._path(called.object) if isinstance(called, syntax.Member) else None
        function = self.names.function(called, self.scope)
        prints = dotted(called).startswith(_PRINTS)
        for position, each in enumerate(node.arguments):
            path = self._path(each.value)
            self.prints_all = self.prints_all or (prints and any(self._path(part) == () for part in _shown(each.value)))
            if over and isinstance(each.value, syntax.Function) and snake_case(getattr(called, "name", "")) in _EACH:
                self.enter(each.value, 0, (*over, ANY), guarded=guarded)
                continue
            if function is None and path in _WHOLE and not prints and dotted(called) not in _LOOKS:
                self.hands_on = True
            if function is not None and path is not None:
                skipped = int(isinstance(called, syntax.Member) and self.names.is_method(function))
                self.enter(function, position + skipped, path, guarded=guarded)
            self._node(each.value, guarded=guarded)
        self._node(called.object if over is not None and isinstance(called, syntax.Member) else called, guarded=guarded)
