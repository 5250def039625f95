"""A code base, scanned: every file that mentions either SDK, and what the rules find in it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from harness.code_scan.files import NOTEBOOK, PYTHON, Source, read_source, source_files
from harness.code_scan.findings import Finding, Scan, Unread
from harness.code_scan.judge import Judged, judge
from harness.code_scan.python_code import UnreadableError, lines_of_code, read_python
from harness.code_scan.typescript_code import read_typescript
from harness.code_scan.uses import find_uses
from harness.errors import ConfigError
from harness.translation.secrets import value_without_secrets, without_secrets

_LONGEST_LINE = 160  # of code, as it is shown


def scan(root: Path) -> Scan:
    """Look through a code base; nothing in it is executed or changed.

    Args:
        root: A folder, or one file.

    Returns:
        Findings in the order of files and places.

    Raises:
        ConfigError: There is no such folder.
    """
    if not root.exists():
        raise ConfigError(f"--code {root}: there is no such folder. Name the folder with your source code.")
    findings: list[Finding] = []
    unread: list[Unread] = []
    files = using = 0
    for path in source_files(root):
        files += 1
        shown = path.relative_to(root).as_posix() if path != root else path.name
        try:
            source = read_source(path, root)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            unread.append(Unread(shown, reason or type(error).__name__))
            continue
        if source is None:
            continue
        using += 1
        found, missed = _findings(source)
        findings += found
        unread += [Unread(shown, reason) for reason in missed]
    return Scan(str(root), files, using, tuple(findings), tuple(unread))


def _findings(source: Source) -> tuple[list[Finding], list[str]]:
    """What the rules say of a file, and why all or a part of it could not be read."""
    language = "python" if source.suffix in (*PYTHON, NOTEBOOK) else "typescript"
    missed = [f"cell {number} is no Python" for number in source.notebook.unread] if source.notebook else []
    try:
        if language == "python":
            module = read_python(source.text)
        else:
            module, broken_line = read_typescript(source.text, source.suffix)
            if broken_line is not None:
                missed.append(f"line {broken_line}: not understood; around it something may have been missed")
        judged = judge(find_uses(module), language)
    except UnreadableError as error:
        return [], [*missed, str(error)]
    except RecursionError:
        return [], [*missed, "nested too deeply"]
    return list(_placed(judged, source, language)), missed


def _placed(judged: list[Judged], source: Source, language: str) -> Iterator[Finding]:
    lines = lines_of_code(source.text)
    for each in judged:
        line, cell = each.place.line, None
        code = lines[line - 1].strip() if line <= len(lines) else ""
        if source.notebook is not None:
            there = source.notebook.lines[line - 1]
            line, cell = there.in_file, (there.cell, there.in_cell)
        yield Finding(
            rule=each.rule,
            file=source.path,
            line=line,
            column=each.place.column,
            code=without_secrets(code)[:_LONGEST_LINE],
            message=f"{each.rule.meaning} {without_secrets(each.more)}".rstrip(),
            counterpart=each.rule.counterpart(language),
            rows=tuple(replace(row, value=value_without_secrets(row.value)) for row in each.rows),
            cell=cell,
        )
