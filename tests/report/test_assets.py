"""Joining the page's modules."""

import base64
import hashlib

import pytest

from harness.report.assets import Asset, join_modules, script, style


def test_dependencies_come_first_and_once():
    """A module stands after what it imports, and imports and exports are gone."""
    sources = {
        "a.js": 'import { b } from "./b.js";\nimport { c } from "./c.js";\nb(c);\n',
        "b.js": 'import { c } from "./c.js";\nexport function b() { return c; }\n',
        "c.js": "export const c = 1;\n",
    }

    joined = join_modules("a.js", sources)

    assert joined == "// c.js\nconst c = 1;\n\n// b.js\nfunction b() { return c; }\n\n// a.js\nb(c);\n"


@pytest.mark.parametrize(
    ("sources", "message"),
    [
        ({"a.js": 'import { b } from "./b.js";\nconst x = 1;\n', "b.js": "const x = 2;\n"}, "'x'"),
        ({"a.js": 'import b from "./b.js";\n', "b.js": "\n"}, "form"),
        ({"a.js": 'import { b as c } from "./b.js";\n', "b.js": "\n"}, "form"),
        ({"a.js": "export default 1;\n"}, "form"),
        ({"a.js": 'import { b } from "./b.js";\n', "b.js": 'import { a } from "./a.js";\n'}, "itself"),
        ({"a.js": 'const x = "</script>";\n'}, "element"),
    ],
)
def test_what_joining_cannot_honour_is_refused(sources, message):
    """A name declared twice, an unknown form, a cycle or an early end of the element stops the build, not the reader."""
    with pytest.raises(ValueError, match=message):
        join_modules("a.js", sources)


def test_the_policy_allows_exactly_this_text():
    """The hash is the one that browsers compute."""
    expected = base64.b64encode(hashlib.sha256(b"body{}").digest()).decode()

    assert Asset("body{}").csp_hash == f"'sha256-{expected}'"


def test_the_page_reaches_no_network():
    """Neither style nor script names an address to fetch from."""
    text = (style().text + script().text).replace("http://www.w3.org/2000/svg", "")

    assert "http" not in text
    assert "url(" not in text
    assert "innerHTML" not in text
