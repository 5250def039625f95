"""The page's own style sheets and scripts, put into one file each so that a report opens from disk.

The scripts are plain ES modules that tests can import one by one. Here they are joined in the order of their imports; the
few rules that make joining safe (relative imports by name only, no name declared twice) are checked, not assumed.
"""

import base64
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

STYLES = ("tokens.css", "page.css", "overview.css", "differences.css", "table.css", "clip.css", "print.css")
ENTRY = "main.js"
RUNS_STYLES = ("tokens.css", "page.css", "runs.css", "print.css")
RUNS_ENTRY = "runs.js"
SWEEP_STYLES = ("tokens.css", "page.css", "sweep.css", "print.css")
SWEEP_ENTRY = "sweep.js"

_IMPORT = re.compile(r'^import \{ (\w+(?:, \w+)*) \} from "\./([\w.-]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const)\b)", re.MULTILINE)
_DECLARED = re.compile(r"^(?:async )?(?:function\*?|class|const|let) (\w+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Asset:
    """Text to inline, and the hash by which the content security policy allows it."""

    text: str

    @property
    def csp_hash(self) -> str:
        """Source expression for the policy: `'sha256-…'`."""
        digest = hashlib.sha256(self.text.encode()).digest()
        return f"'sha256-{base64.b64encode(digest).decode()}'"


@cache
def style(names: tuple[str, ...] = STYLES) -> Asset:
    """A page's style sheets, in the order of the cascade."""
    return Asset("\n".join(_read(name) for name in names))


@cache
def script(entry: str = ENTRY) -> Asset:
    """A page's modules as one, dependencies first."""
    return Asset(join_modules(entry, {}))


def join_modules(entry: str, sources: dict[str, str]) -> str:
    """Join `entry` and what it imports, each module once, after what it imports itself.

    Args:
        entry: File name of the module to start from.
        sources: Module texts by file name; what is absent is read from `static/`.

    Raises:
        ValueError: An import or export that joining can't honour, a name declared in two modules, or text that would end
            the script element. Only a change to the modules themselves can cause it.
    """
    ordered: dict[str, str] = {}
    _collect(entry, sources, ordered, ())
    owner: dict[str, str] = {}
    for name, text in ordered.items():
        for declared in _DECLARED.findall(text):
            if declared in owner:
                raise ValueError(f"static/{name} declares {declared!r}, which static/{owner[declared]} declares too")
            owner[declared] = name
    joined = "\n".join(f"// {name}\n{text}" for name, text in ordered.items())
    if "</script" in joined.lower() or "<!--" in joined:
        raise ValueError("a module contains text that would end the script element")
    return joined


def _collect(name: str, sources: dict[str, str], ordered: dict[str, str], path: tuple[str, ...]) -> None:
    if name in ordered:
        return
    if name in path:
        raise ValueError(f"static/{name} imports itself through {' -> '.join(path)}")
    source = sources.get(name) or _read(name)
    for _, imported in _IMPORT.findall(source):
        _collect(imported, sources, ordered, (*path, name))
    text = _EXPORT.sub("", _IMPORT.sub("", source))
    if re.search(r"^(?:import|export)\b", text, re.MULTILINE):
        raise ValueError(f"static/{name} imports or exports in a form that joining does not know")
    ordered[name] = text


def _read(name: str) -> str:
    return files("harness.report").joinpath("static", name).read_text(encoding="utf-8")
