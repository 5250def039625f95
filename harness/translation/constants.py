"""Names in Python code that stand for a literal, since nothing else in the file gives them a value or changes it."""

import ast
import copy
from collections import Counter
from collections.abc import Mapping, Sequence

_MOST_NODES = 10_000  # of a value written out: names of names of names double with each
_LITERAL = (ast.Constant, ast.List, ast.Tuple, ast.Set, ast.Dict, ast.UnaryOp, ast.Attribute)


def constants(nodes: Sequence[ast.AST]) -> dict[str, ast.expr]:
    """The expressions behind names that are given a value once in the whole file, by an assignment of a literal.

    Args:
        nodes: All of the file.
    """
    given = Counter(name for node in nodes for name in _names_given(node))
    changed = {
        node.value.id
        for node in nodes
        if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.value, ast.Name)
    }
    found: dict[str, ast.expr] = {}
    for node in nodes:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        if len(targets) == 1 and isinstance(targets[0], ast.Name) and value is not None and _is_literal(value):
            name = targets[0].id
            if given[name] == 1 and name not in changed:
                found[name] = value
    return _of_bearable_size(found)


def _of_bearable_size(found: Mapping[str, ast.expr]) -> dict[str, ast.expr]:
    """Those that can be written out; a name that stands for more is as good as unknown."""
    sizes: dict[str, int] = {}

    def size(node: ast.AST) -> int:
        return sum(size_of(each.id) if isinstance(each, ast.Name) else 1 for each in ast.walk(node))

    def size_of(name: str) -> int:
        if name in found and name not in sizes:
            sizes[name] = 1  # within its own value it stays a name
            sizes[name] = size(found[name])
        return sizes.get(name, 1)

    return {name: value for name, value in found.items() if size_of(name) <= _MOST_NODES}


def resolved(node: ast.expr, known: Mapping[str, ast.expr]) -> ast.expr:
    """The expression with such names replaced by what they stand for; a name within its own value stays."""
    found: ast.expr = _Names(known).visit(copy.deepcopy(node))
    return found


class _Names(ast.NodeTransformer):
    def __init__(self, known: Mapping[str, ast.expr]) -> None:
        self._known = known

    def visit_Name(self, node: ast.Name) -> ast.expr:
        value = self._known.get(node.id)
        if value is None:
            return node
        return resolved(value, {name: each for name, each in self._known.items() if name != node.id})


def _names_given(node: ast.AST) -> list[str]:
    match node:
        case ast.Name(ctx=ast.Store() | ast.Del()):
            return [node.id]
        case ast.alias():
            return [(node.asname or node.name).partition(".")[0]]
        case ast.Global() | ast.Nonlocal():
            return list(node.names)
        case ast.arg(arg=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            return [name]
        case _:
            return []


def _is_literal(node: ast.expr) -> bool:
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id == "dict" and not node.args
    return isinstance(node, _LITERAL)
