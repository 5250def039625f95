"""Python source as `syntax`, by Python's own parser."""

import ast
import re
import warnings
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from harness.code_scan import syntax
from harness.code_scan.names import snake_case
from harness.code_scan.syntax import Node, Place


class UnreadableError(Exception):
    """Source that its language's parser refuses, or that needs a parser which is not installed; the message says which."""


def read_python(text: str) -> syntax.Module:
    """Parse a file.

    Raises:
        UnreadableError: It is no Python of this version.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about the code's own escapes and comparisons
            tree = ast.parse(text)
    except SyntaxError as error:
        raise UnreadableError(f"line {error.lineno}: {error.msg}") from None
    except (ValueError, MemoryError) as error:  # a null character; nested too deeply for the parser
        raise UnreadableError(str(error) or "nested too deeply") from None
    reader = _Reader(lines_of_code(text))
    return syntax.Module(Place(1, 1), reader.all(tree.body), "python")


def lines_of_code(text: str) -> list[str]:
    """Lines as compilers count them: a form feed ends none."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


class _Reader:
    """One method a kind of `ast` node; what has none becomes its parts."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = [line.encode("utf-8", "surrogatepass") for line in lines]
        self._inside_characters: dict[int, list[int]] = {}  # by line, found once: all code may stand in one

    def all(self, nodes: Iterable[ast.AST | None]) -> tuple[Node, ...]:
        return tuple(self.one(node) for node in nodes if node is not None)

    def one(self, node: ast.AST) -> Node:
        convert: Callable[[Any], Node] | None = getattr(self, f"_{snake_case(type(node).__name__)}", None)
        return convert(node) if convert else self._other(node)

    def _maybe(self, node: ast.AST | None) -> Node | None:
        return None if node is None else self.one(node)

    def _other(self, node: ast.AST) -> Node:
        return syntax.Other(self._place(node), self.all(ast.iter_child_nodes(node)))

    def _place(self, node: Any) -> Place:
        line = getattr(node, "lineno", None)
        return Place(1, 1) if line is None else self._at(line, node.col_offset)

    def _at(self, line: int, offset: int) -> Place:
        """Python counts columns in bytes of UTF-8."""
        if line not in self._inside_characters:
            written = self._lines[line - 1] if line <= len(self._lines) else b""
            self._inside_characters[line] = [found.start() for found in re.finditer(rb"[\x80-\xbf]", written)]
        return Place(line, offset - bisect_left(self._inside_characters[line], offset) + 1)

    def _name(self, node: ast.Name) -> Node:
        return syntax.Name(self._place(node), node.id)

    def _constant(self, node: ast.Constant) -> Node:
        return syntax.literal(self._place(node), node.value)

    def _attribute(self, node: ast.Attribute) -> Node:
        place = self._place(node)
        if node.end_lineno is not None and node.end_col_offset is not None and node.end_lineno != node.lineno:
            place = self._at(node.end_lineno, node.end_col_offset - len(node.attr.encode()))
        return syntax.Member(place, self.one(node.value), node.attr)

    def _subscript(self, node: ast.Subscript) -> Node:
        return syntax.Index(self._place(node), self.one(node.value), self.one(node.slice))

    def _call(self, node: ast.Call) -> Node:
        function = self.one(node.func)
        given = [self._argument(each, None, each) for each in node.args]
        given += [self._argument(each, each.arg, each.value) for each in node.keywords]
        return syntax.Call(function.place, function, tuple(given))

    def _argument(self, at: ast.AST, name: str | None, value: ast.expr) -> syntax.Argument:
        is_spread = isinstance(at, ast.Starred) or (isinstance(at, ast.keyword) and name is None)
        inner = value.value if isinstance(value, ast.Starred) else value
        return syntax.Argument(self._place(at), name, self.one(inner), is_spread)

    def _dict(self, node: ast.Dict) -> Node:
        entries = []
        for key, value in zip(node.keys, node.values, strict=True):
            name = key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else None
            entries.append(syntax.Argument(self._place(key or value), name, self.one(value), is_spread=key is None))
        return syntax.Record(self._place(node), tuple(entries))

    def _list(self, node: ast.List | ast.Tuple | ast.Set) -> Node:
        return syntax.Sequence(self._place(node), self.all(node.elts))

    _tuple = _set = _list

    def _joined_str(self, node: ast.JoinedStr) -> Node:
        pieces = [str(each.value) if isinstance(each, ast.Constant) else "{}" for each in node.values]
        gaps = [each.value for each in node.values if isinstance(each, ast.FormattedValue)]
        return syntax.Template(self._place(node), "".join(pieces), self.all(gaps))

    def _bin_op(self, node: ast.BinOp) -> Node:
        operator = {ast.Div: "/", ast.FloorDiv: "/", ast.Mult: "*"}.get(type(node.op), "")
        return syntax.Operation(self._place(node), operator, self.all((node.left, node.right)))

    def _bool_op(self, node: ast.BoolOp) -> Node:
        return syntax.Operation(
            self._place(node), "and" if isinstance(node.op, ast.And) else "or", self.all(node.values)
        )

    def _unary_op(self, node: ast.UnaryOp) -> Node:
        operand = node.operand
        value = operand.value if isinstance(node.op, ast.USub) and isinstance(operand, ast.Constant) else None
        if isinstance(value, int | float):
            return syntax.literal(self._place(node), -value)
        return syntax.Operation(self._place(node), "", self.all((operand,)))

    def _compare(self, node: ast.Compare) -> Node:
        return syntax.Operation(self._place(node), "", self.all((node.left, *node.comparators)))

    def _await(self, node: ast.Await) -> Node:
        return syntax.Await(self._place(node), self.one(node.value))

    def _named_expr(self, node: ast.NamedExpr) -> Node:
        return syntax.Bind(self._place(node), self.one(node.target), self.one(node.value))

    def _if_exp(self, node: ast.IfExp) -> Node:
        return syntax.Branch(self._place(node), self.one(node.test), self.all((node.body,)), self.all((node.orelse,)))

    def _list_comp(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> Node:
        made = (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,)
        parts: list[Node] = []
        for each in node.generators:
            parts.append(self._each(each.target, each.iter))
            parts += self.all(each.ifs)
        return syntax.Other(self._place(node), (*parts, *self.all(made)))

    _set_comp = _generator_exp = _dict_comp = _list_comp

    def _each(self, target: ast.expr, over: ast.expr) -> Node:
        element = syntax.Index(self._place(over), self.one(over), None)
        return syntax.Bind(self._place(target), self.one(target), element)

    def _lambda(self, node: ast.Lambda) -> Node:
        body = syntax.Leave(self._place(node.body), self.one(node.body), is_return=True)
        return syntax.Function(self._place(node), None, self._parameters(node.args), (body,))

    def _function_def(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Node:
        parameters, body = self._parameters(node.args), (*self._defaults(node.args), *self.all(node.body))
        decorators, returns = self.all(node.decorator_list), self._maybe(node.returns)
        return syntax.Function(self._place(node), node.name, parameters, body, decorators, returns)

    _async_function_def = _function_def

    def _parameters(self, given: ast.arguments) -> tuple[syntax.Parameter, ...]:
        return tuple(
            syntax.Parameter(
                self._place(each), syntax.Name(self._place(each), each.arg), self._annotation(each.annotation)
            )
            for each in (*given.posonlyargs, *given.args, *given.kwonlyargs)
        )

    def _defaults(self, given: ast.arguments) -> Iterator[Node]:
        """A default gives a parameter a value, as an assignment at the top of the function would."""
        positional = (*given.posonlyargs, *given.args)
        with_default = (*positional[len(positional) - len(given.defaults) :], *given.kwonlyargs)
        for each, value in zip(with_default, (*given.defaults, *given.kw_defaults), strict=True):
            if value is not None:
                yield syntax.Bind(self._place(value), syntax.Name(self._place(each), each.arg), self.one(value))

    def _annotation(self, node: ast.expr | None) -> Node | None:
        """Also one that stands in quotes."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            try:
                return self.one(ast.parse(node.value, mode="eval").body)
            except (SyntaxError, ValueError):
                return None
        return self._maybe(node)

    def _class_def(self, node: ast.ClassDef) -> Node:
        return syntax.Class(self._place(node), node.name, self.all(node.bases), self.all(node.body))

    def _assign(self, node: ast.Assign) -> Node:
        value = self.one(node.value)
        bound = [syntax.bound(self._place(node), self.one(target), value) for target in node.targets]
        return bound[0] if len(bound) == 1 else syntax.Other(self._place(node), tuple(bound))

    def _ann_assign(self, node: ast.AnnAssign) -> Node:
        target, value = self.one(node.target), self._maybe(node.value)
        return syntax.Bind(self._place(node), target, value, self._annotation(node.annotation))

    def _expr(self, node: ast.Expr) -> Node:
        return self.one(node.value)

    def _if(self, node: ast.If | ast.While) -> Node:
        return syntax.Branch(self._place(node), self.one(node.test), self.all(node.body), self.all(node.orelse))

    _while = _if

    def _match(self, node: ast.Match) -> Node:
        cases = tuple(
            syntax.Other(self._place(case.pattern), self.all((case.guard, *case.body))) for case in node.cases
        )
        return syntax.Branch(self._place(node), self.one(node.subject), cases, ())

    def _for(self, node: ast.For | ast.AsyncFor) -> Node:
        parts: list[Node] = [self._each(node.target, node.iter), *self.all(node.body), *self.all(node.orelse)]
        if isinstance(node, ast.AsyncFor):
            parts.insert(0, syntax.Await(self._place(node), syntax.Other(self._place(node), ())))
        return syntax.Other(self._place(node), tuple(parts))

    _async_for = _for

    def _with(self, node: ast.With | ast.AsyncWith) -> Node:
        entered: list[Node] = []
        left: list[Node] = []
        for item in node.items:
            value = self.one(item.context_expr)
            if item.optional_vars is None:
                entered.append(value)
                continue
            target = self.one(item.optional_vars)
            entered.append(syntax.Bind(value.place, target, value))
            end = "__aexit__" if isinstance(node, ast.AsyncWith) else "__exit__"  # what Python calls at its end
            left.append(syntax.Call(value.place, syntax.Member(value.place, target, end), ()))
        return syntax.Other(self._place(node), (*entered, *self.all(node.body), *left))

    _async_with = _with

    def _return(self, node: ast.Return) -> Node:
        return syntax.Leave(self._place(node), self._maybe(node.value), is_return=True)

    def _raise(self, node: ast.Raise) -> Node:
        return syntax.Leave(self._place(node), self._maybe(node.exc), is_return=False)

    def _continue(self, node: ast.Continue | ast.Break) -> Node:
        return syntax.Leave(self._place(node), None, is_return=False)

    _break = _continue

    def _import(self, node: ast.Import) -> Node:
        imported = []
        for each in node.names:
            alias, module = each.asname or each.name.partition(".")[0], each.name
            shown = module if each.asname else alias  # `import a.b` gives the name a
            imported.append(syntax.Import(self._place(node), shown, None, alias))
        return syntax.Other(self._place(node), tuple(imported))

    def _import_from(self, node: ast.ImportFrom) -> Node:
        module = "." * node.level + (node.module or "")
        return syntax.Other(
            self._place(node),
            tuple(syntax.Import(self._place(each), module, each.name, each.asname or each.name) for each in node.names),
        )
