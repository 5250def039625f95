"""Where a finding stands: by lines and characters, as editors count them."""

import pytest
from found import found

PYTHON = "from assemblyai.streaming.v3 import StreamingClient\nc = StreamingClient()\n"
TYPESCRIPT = 'import { StreamingTranscriber } from "assemblyai";\nconst c = new StreamingTranscriber({});\n'


def place_of(code, name):
    [place] = [
        (each.line, each.column, each.code) for each in found(code, name) if each.rule.id == "assemblyai-force-endpoint"
    ]
    return place


@pytest.mark.parametrize(("name", "before"), [("a.py", PYTHON), ("a.ts", TYPESCRIPT)])
def test_columns_are_characters_and_lines_are_those_of_an_editor(name, before):
    """Whatever is before it: wide characters, line ends of Windows, a mark of byte order."""
    wide = '"日本語é"; c.force_endpoint()' if name == "a.py" else '"日本語é"; c.forceEndpoint();'
    assert (3, 9, wide) == place_of(before + wide, name)
    assert (3, 9, wide) == place_of(f"\ufeff{before}{wide}".replace("\n", "\r\n"), name)


def test_a_chain_over_several_lines_is_found_where_the_method_stands():
    """Not where the chain begins."""
    assert (4, 4, ".forceEndpoint();") == place_of(f"{TYPESCRIPT}c\n  .forceEndpoint();", "a.ts")
    assert (4, 6, ".force_endpoint())") == place_of(f"{PYTHON}(c\n    .force_endpoint())", "a.py")


def test_a_field_of_a_class_is_no_variable_of_its_methods():
    """In a method, the name means what it means outside the class."""
    code = f"{PYTHON}class A:\n    c = None\n    def f(self):\n        c.disconnect()\n"
    assert 6 in [each.line for each in found(code) if each.rule.id == "assemblyai-no-terminate"]
