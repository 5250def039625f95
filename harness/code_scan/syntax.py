"""Source code of any language, as little of it as the rules need: the readers make it, the rules see nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands; both count from 1, columns in characters."""

    line: int
    column: int


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """Anything that stands somewhere; two nodes are never equal, though they look alike."""

    place: Place


@dataclass(frozen=True, slots=True, eq=False)
class Name(Node):
    """A variable, `self` and `this` among them."""

    id: str


@dataclass(frozen=True, slots=True, eq=False)
class Member(Node):
    """`object.name`, also `object?.name`."""

    object: Node
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Index(Node):
    """`object[key]`; without a key, any element, as a loop sees it."""

    object: Node
    key: Node | None


@dataclass(frozen=True, slots=True, eq=False)
class Argument(Node):
    """One argument of a call, one entry of a record; without a name if it has none."""

    name: str | None
    value: Node
    is_spread: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Call(Node):
    """A call, or a construction with `new`."""

    function: Node
    arguments: tuple[Argument, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Literal(Node):
    """A number, text, true, false or nothing."""

    value: Any


_MOST = 2**63


def literal(place: Place, value: Any) -> Node:
    """A literal, or what nobody looks into: bytes, an imaginary number, one too large to be shown or written as JSON."""
    is_number = isinstance(value, int | float) and -_MOST < value < _MOST
    return Literal(place, value) if is_number or isinstance(value, str | None) else Other(place, ())


@dataclass(frozen=True, slots=True, eq=False)
class Template(Node):
    """Text with gaps: its constant parts joined by `{}`, and what fills the gaps."""

    text: str
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Record(Node):
    """A dict or object, also as the pattern that takes one apart (then each value is what a name is given)."""

    entries: tuple[Argument, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Sequence(Node):
    """A list, tuple, set or array."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Operation(Node):
    """Operands joined by one operator; `and` and `or` in every language."""

    operator: str
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Await(Node):
    """Here others run."""

    value: Node


@dataclass(frozen=True, slots=True, eq=False)
class Other(Node):
    """Whatever needs no name: its parts in order."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Parameter(Node):
    """A function's parameter: a name, or the pattern that takes it apart."""

    target: Node
    annotation: Node | None


@dataclass(frozen=True, slots=True, eq=False)
class Function(Node):
    """A function, method, lambda or arrow function."""

    name: str | None
    parameters: tuple[Parameter, ...]
    body: tuple[Node, ...]
    decorators: tuple[Node, ...] = ()
    returns: Node | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Class(Node):
    """A class: its fields are `Bind`, its methods `Function`."""

    name: str | None
    bases: tuple[Node, ...]
    body: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Bind(Node):
    """An assignment, or whatever else gives a name its value: `with … as`, a loop's variable."""

    target: Node
    value: Node | None
    annotation: Node | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Branch(Node):
    """`if`, `while`, a conditional expression, a `match` or `switch`: what is tested, and what then."""

    test: Node
    then: tuple[Node, ...]
    otherwise: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Leave(Node):
    """`return`, `raise`, `throw`, `continue` or `break`."""

    value: Node | None
    is_return: bool


@dataclass(frozen=True, slots=True, eq=False)
class Import(Node):
    """`name` of `module` as `alias`; without a name the module itself, with `*` all of it."""

    module: str
    name: str | None
    alias: str


@dataclass(frozen=True, slots=True, eq=False)
class Module(Node):
    """A whole file; `language` is `python` or `typescript`, JavaScript included."""

    body: tuple[Node, ...]
    language: str


def children(node: Node) -> Iterator[Node]:
    """The nodes right below one, in the order in which they were written down."""
    for field in node.__slots__:
        value = getattr(node, field)
        if isinstance(value, Node):
            yield value
        elif isinstance(value, tuple):
            yield from (item for item in value if isinstance(item, Node))


def bound(place: Place, target: Node, value: Node | None) -> Node:
    """An assignment; `a, b = x, y` is one of each."""
    if isinstance(target, Sequence) and isinstance(value, Sequence) and len(target.items) == len(value.items):
        return Other(place, tuple(bound(place, *pair) for pair in zip(target.items, value.items, strict=True)))
    return Bind(place, target, value)


def walk(node: Node) -> Iterator[Node]:
    """A node and everything below it, from top to bottom."""
    waiting = [node]
    while waiting:
        here = waiting.pop()
        yield here
        waiting.extend(reversed(list(children(here))))
