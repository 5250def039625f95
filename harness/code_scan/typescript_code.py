"""TypeScript and JavaScript source as `syntax`, by tree-sitter, which reads past what it does not understand."""

import ast
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from harness.code_scan import syntax
from harness.code_scan.python_code import UnreadableError
from harness.code_scan.syntax import Node, Place

if TYPE_CHECKING:
    from tree_sitter import Node as Tree
    from tree_sitter import Parser

_WITH_MARKUP = (".tsx", ".jsx", ".js", ".mjs", ".cjs")
_TRANSPARENT = (
    "parenthesized_expression", "expression_statement", "non_null_expression", "as_expression", "satisfies_expression",
    "type_annotation", "else_clause", "export_statement", "class_heritage", "extends_clause", "finally_clause",
)  # fmt: skip
_CONSTANTS = {"true": True, "false": False, "null": None, "undefined": None}


def read_typescript(text: str, suffix: str) -> tuple[syntax.Module, int | None]:
    """Parse a file.

    Returns:
        What could be read, and the line of the first thing that could not.

    Raises:
        UnreadableError: The parser is not installed.
    """
    source = text.encode("utf-8", "replace")
    root = _parser(is_tsx=suffix in _WITH_MARKUP).parse(source).root_node
    module = syntax.Module(Place(1, 1), _Reader(source).all(root.named_children), "typescript")
    return module, _first_error(root) if root.has_error else None


@cache
def _parser(*, is_tsx: bool) -> "Parser":
    try:
        import tree_sitter  # noqa: PLC0415 - an extra
        import tree_sitter_typescript  # noqa: PLC0415
    except ImportError:
        raise UnreadableError(
            "TypeScript and JavaScript need the extra `code`: pip install 'cutover-harness[code]' (from a checkout: pip install '.[code]')"
        ) from None
    grammar = tree_sitter_typescript.language_tsx() if is_tsx else tree_sitter_typescript.language_typescript()
    return tree_sitter.Parser(tree_sitter.Language(grammar))


def _first_error(node: "Tree") -> int:
    while not (node.is_error or node.is_missing):
        node = next(child for child in node.children if child.has_error)
    return int(node.start_point.row) + 1


class _Reader:
    """One method a kind of node; what has none becomes its parts."""

    def __init__(self, source: bytes) -> None:
        self._source = source
        self._line_starts = [0, *(found.end() for found in re.finditer(rb"\n", source))]
        self._inside_characters = [found.start() for found in re.finditer(rb"[\x80-\xbf]", source)]

    def all(self, nodes: "list[Tree]") -> tuple[Node, ...]:
        return tuple(self.one(node) for node in nodes if node.type != "comment")

    def one(self, node: "Tree") -> Node:
        if node.type in _TRANSPARENT and node.named_child_count:
            value = node.child_by_field_name("value") or node.child_by_field_name("declaration")
            return self.one(
                value or next((c for c in node.named_children if c.type != "comment"), node.named_children[0])
            )
        convert: Callable[[Any], Node] | None = getattr(self, f"_{node.type}", None)
        return convert(node) if convert else syntax.Other(self._place(node), self.all(node.named_children))

    def _maybe(self, node: "Tree | None") -> Node | None:
        return None if node is None else self.one(node)

    def _field(self, node: "Tree", name: str) -> Node:
        child = node.child_by_field_name(name)
        return syntax.Other(self._place(node), ()) if child is None else self.one(child)

    def _block(self, node: "Tree | None") -> tuple[Node, ...]:
        """The statements of a block, or the one that stands in its place."""
        if node is None:
            return ()
        if node.type == "else_clause":
            return self._block(node.named_children[-1] if node.named_child_count else None)
        return self.all(node.named_children) if node.type == "statement_block" else (self.one(node),)

    def _place(self, node: "Tree") -> Place:
        row = int(node.start_point.row)
        start = self._line_starts[row]
        inside = bisect_left(self._inside_characters, node.start_byte) - bisect_left(self._inside_characters, start)
        return Place(row + 1, node.start_byte - start - inside + 1)

    def _text(self, node: "Tree") -> str:
        return self._source[node.start_byte : node.end_byte].decode(errors="replace")

    def _identifier(self, node: "Tree") -> Node:
        name = self._text(node)
        place = self._place(node)
        return syntax.Literal(place, None) if name == "undefined" else syntax.Name(place, name)

    _this = _type_identifier = _shorthand_property_identifier = _shorthand_property_identifier_pattern = _identifier

    def _number(self, node: "Tree") -> Node:
        text = self._text(node).replace("_", "").removesuffix("n")
        try:
            value = ast.literal_eval(text)
        except (SyntaxError, ValueError):  # an octal of old
            value = text
        return syntax.literal(self._place(node), value)

    def _true(self, node: "Tree") -> Node:
        return syntax.Literal(self._place(node), _CONSTANTS[node.type])

    _false = _null = _undefined = _true

    def _string(self, node: "Tree") -> Node:
        return syntax.Literal(self._place(node), self._text(node)[1:-1])

    def _template_string(self, node: "Tree") -> Node:
        gaps = [child for child in node.named_children if child.type == "template_substitution"]
        text, at = "", node.start_byte + 1
        for gap in gaps:
            text += self._source[at : gap.start_byte].decode(errors="replace") + "{}"
            at = gap.end_byte
        text += self._source[at : node.end_byte - 1].decode(errors="replace")
        if not gaps:
            return syntax.Literal(self._place(node), text)
        return syntax.Template(self._place(node), text, self.all([c for gap in gaps for c in gap.named_children]))

    def _member_expression(self, node: "Tree") -> Node:
        name = node.child_by_field_name("property")
        at = name if name is not None and name.start_point.row != node.start_point.row else node
        return syntax.Member(self._place(at), self._field(node, "object"), "" if name is None else self._text(name))

    def _nested_type_identifier(self, node: "Tree") -> Node:
        name = node.child_by_field_name("name")
        return syntax.Member(self._place(node), self._field(node, "module"), "" if name is None else self._text(name))

    def _subscript_expression(self, node: "Tree") -> Node:
        return syntax.Index(self._place(node), self._field(node, "object"), self._field(node, "index"))

    def _generic_type(self, node: "Tree") -> Node:
        inner = node.child_by_field_name("type_arguments")
        first = inner.named_children[0] if inner is not None and inner.named_child_count else None
        return syntax.Index(self._place(node), self._field(node, "name"), self._maybe(first))

    def _call_expression(self, node: "Tree") -> Node:
        function = self._field(node, "function")
        return syntax.Call(function.place, function, self._given(node.child_by_field_name("arguments")))

    def _new_expression(self, node: "Tree") -> Node:
        function = self._field(node, "constructor")
        return syntax.Call(self._place(node), function, self._given(node.child_by_field_name("arguments")))

    def _given(self, node: "Tree | None") -> tuple[syntax.Argument, ...]:
        given = [] if node is None else [child for child in node.named_children if child.type != "comment"]
        return tuple(self._argument(each) for each in given)

    def _argument(self, node: "Tree") -> syntax.Argument:
        is_spread = node.type in ("spread_element", "rest_pattern")
        value = node.named_children[0] if is_spread and node.named_child_count else node
        return syntax.Argument(self._place(node), None, self.one(value), is_spread)

    def _object(self, node: "Tree") -> Node:
        return syntax.Record(
            self._place(node), tuple(self._entry(child) for child in node.named_children if child.type != "comment")
        )

    _object_pattern = _object

    def _entry(self, node: "Tree") -> syntax.Argument:
        key, value = node.child_by_field_name("key"), node.child_by_field_name("value")
        if node.type in ("pair", "pair_pattern") and key is not None and value is not None:
            name = self._text(key).strip("\"'") if key.type != "computed_property_name" else None
            return syntax.Argument(self._place(node), name, self.one(value))
        if node.type in ("spread_element", "rest_pattern"):
            return self._argument(node)
        name_node = node.child_by_field_name("name") or node.child_by_field_name("left") or node  # a method; a default
        return syntax.Argument(self._place(node), self._text(name_node), self.one(node))

    def _assignment_pattern(self, node: "Tree") -> Node:
        return self._field(node, "left")

    _object_assignment_pattern = _assignment_pattern

    def _array(self, node: "Tree") -> Node:
        return syntax.Sequence(self._place(node), self.all(node.named_children))

    _array_pattern = _array

    def _unary_expression(self, node: "Tree") -> Node:
        value = self._field(node, "argument")
        if (
            self._text(node).startswith("-")
            and isinstance(value, syntax.Literal)
            and isinstance(value.value, int | float)
        ):
            return syntax.Literal(self._place(node), -value.value)
        return syntax.Operation(self._place(node), "", (value,))

    def _binary_expression(self, node: "Tree") -> Node:
        sign = node.child_by_field_name("operator")
        shown = "" if sign is None else sign.type
        operator = {"/": "/", "*": "*", "&&": "and", "||": "or", "??": "or"}.get(shown, "")
        return syntax.Operation(self._place(node), operator, (self._field(node, "left"), self._field(node, "right")))

    def _await_expression(self, node: "Tree") -> Node:
        return syntax.Await(self._place(node), syntax.Other(self._place(node), self.all(node.named_children)))

    def _ternary_expression(self, node: "Tree") -> Node:
        test, then = self._field(node, "condition"), self._field(node, "consequence")
        return syntax.Branch(self._place(node), test, (then,), (self._field(node, "alternative"),))

    def _if_statement(self, node: "Tree") -> Node:
        then = self._block(node.child_by_field_name("consequence"))
        otherwise = self._block(node.child_by_field_name("alternative"))
        return syntax.Branch(self._place(node), self._field(node, "condition"), then, otherwise)

    def _while_statement(self, node: "Tree") -> Node:
        return syntax.Branch(
            self._place(node), self._field(node, "condition"), self._block(node.child_by_field_name("body")), ()
        )

    def _switch_statement(self, node: "Tree") -> Node:
        body = node.child_by_field_name("body")
        cases = () if body is None else self.all(body.named_children)
        return syntax.Branch(self._place(node), self._field(node, "value"), cases, ())

    def _for_in_statement(self, node: "Tree") -> Node:
        target, over = self._field(node, "left"), self._field(node, "right")
        bound = syntax.Bind(target.place, target, syntax.Index(over.place, over, None))
        first: tuple[Node, ...] = (bound,)
        if any(child.type == "await" for child in node.children):
            first = (syntax.Await(self._place(node), syntax.Other(self._place(node), ())), bound)
        return syntax.Other(self._place(node), (*first, *self._block(node.child_by_field_name("body"))))

    def _function_declaration(self, node: "Tree") -> Node:
        name, single = node.child_by_field_name("name"), node.child_by_field_name("parameter")
        listed = node.child_by_field_name("parameters")
        given = [single] if single is not None else [] if listed is None else listed.named_children
        parameters = tuple(self._parameter(each) for each in given if each.type not in ("comment", "this"))
        body = node.child_by_field_name("body")
        statements = self._block(body)
        if body is not None and body.type != "statement_block":  # an arrow function's expression
            statements = (syntax.Leave(self._place(body), statements[0], is_return=True),)
        statements = (*self._defaults(given), *statements)
        shown = None if name is None else self._text(name)
        returns = self._maybe(node.child_by_field_name("return_type"))
        return syntax.Function(self._place(node), shown, parameters, statements, (), returns)

    _method_definition = _arrow_function = _function_expression = _function_declaration
    _generator_function = _generator_function_declaration = _function_declaration

    def _defaults(self, given: "list[Tree]") -> Iterator[Node]:
        """A default gives a parameter a value, as an assignment at the top of the function would."""
        for each in given:
            pattern, value = (each.child_by_field_name(name) for name in ("pattern", "value"))
            if pattern is not None and value is not None:
                yield syntax.Bind(self._place(value), self.one(pattern), self.one(value))

    def _parameter(self, node: "Tree") -> syntax.Parameter:
        pattern = node.child_by_field_name("pattern") or node
        annotation = self._maybe(node.child_by_field_name("type"))
        return syntax.Parameter(self._place(node), self.one(pattern), annotation)

    def _class_declaration(self, node: "Tree") -> Node:
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        bases = self.all([child for child in node.named_children if child.type == "class_heritage"])
        inside = () if body is None else self.all(body.named_children)
        return syntax.Class(self._place(node), None if name is None else self._text(name), bases, inside)

    _class = _abstract_class_declaration = _class_declaration

    def _variable_declarator(self, node: "Tree") -> Node:
        value, annotation = (self._maybe(node.child_by_field_name(name)) for name in ("value", "type"))
        return syntax.Bind(self._place(node), self._field(node, "name"), value, annotation)

    def _public_field_definition(self, node: "Tree") -> Node:
        value, annotation = (self._maybe(node.child_by_field_name(name)) for name in ("value", "type"))
        name = node.child_by_field_name("name")
        target = syntax.Name(self._place(node), "" if name is None else self._text(name))
        return syntax.Bind(self._place(node), target, value, annotation)

    def _assignment_expression(self, node: "Tree") -> Node:
        return syntax.Bind(self._place(node), self._field(node, "left"), self._field(node, "right"))

    _augmented_assignment_expression = _assignment_expression

    def _return_statement(self, node: "Tree") -> Node:
        value = self.one(node.named_children[0]) if node.named_child_count else None
        return syntax.Leave(self._place(node), value, is_return=node.type == "return_statement")

    _throw_statement = _return_statement

    def _continue_statement(self, node: "Tree") -> Node:
        return syntax.Leave(self._place(node), None, is_return=False)

    _break_statement = _continue_statement

    def _import_statement(self, node: "Tree") -> Node:
        source = node.child_by_field_name("source")
        module = "" if source is None else self._text(source)[1:-1]
        clause = next((child for child in node.named_children if child.type == "import_clause"), None)
        found: list[Node] = []
        for each in [] if clause is None else clause.named_children:
            place = self._place(each)
            if each.type == "named_imports":
                found += [self._named_import(module, inner) for inner in each.named_children]
            elif each.type == "namespace_import" and each.named_child_count:
                found.append(syntax.Import(place, module, None, self._text(each.named_children[0])))
            else:
                found.append(syntax.Import(place, module, None, self._text(each)))
        return syntax.Other(self._place(node), tuple(found) or (syntax.Import(self._place(node), module, None, ""),))

    def _named_import(self, module: str, node: "Tree") -> Node:
        name, alias = node.child_by_field_name("name"), node.child_by_field_name("alias")
        shown = self._text(name if name is not None else node)
        return syntax.Import(self._place(node), module, shown, shown if alias is None else self._text(alias))
