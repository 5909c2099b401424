"""Snippets: a runnable file whose last lines are the output it prints.

A snippet ends with the line ``# Output:`` and the printed lines beneath, each as a comment.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

MARK = "# Output:"


class SnippetError(ValueError):
    """A snippet without output; the message begins with the file."""


@dataclass(frozen=True)
class Snippet:
    """The code of a snippet, without its output, and the output it is known to print."""

    code: str
    output: str


def read_snippet(path: Path) -> Snippet:
    """Split a snippet file into code and output."""
    code, mark, output = path.read_text(encoding="utf8").partition(f"\n{MARK}\n")
    lines = output.splitlines()
    if not mark or not lines:
        raise SnippetError(f"{path}:1: the snippet shows no output: expected a last line '{MARK}' and the printed lines beneath")
    for line in lines:
        if line != "#" and not line.startswith("# "):
            number = code.count("\n") + 3 + lines.index(line)
            raise SnippetError(f"{path}:{number}: expected the printed output as a comment, got '{line}'")
    return Snippet(code.strip("\n") + "\n", "\n".join(line[2:] for line in lines))


def write_output(path: Path, output: str) -> None:
    """Replace the output that a snippet shows by what it printed."""
    code = path.read_text(encoding="utf8").partition(f"\n{MARK}\n")[0].rstrip("\n")
    lines = [f"# {line}".rstrip() for line in output.rstrip("\n").splitlines()]
    path.write_text("\n".join([code, "", MARK, *lines, ""]), encoding="utf8")
