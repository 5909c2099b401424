"""The directory tree in CONTRIBUTING.md is true."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parents[1]


def tree(text: str) -> list[str]:
    """Paths of the tree under the heading "The tree", folders with a slash at the end."""
    block = text.split("## The tree")[1].split("```text\n")[1].split("```")[0]
    paths: list[str] = []
    parents: list[str] = []
    for line in block.splitlines():
        indent, name = re.match(r"( *)(\S+)", line).groups()  # type: ignore[union-attr]
        parents[len(indent) // 2 :] = [name]
        paths.append("".join(parents))
    return paths


def untrue(listed: list[str], files: list[str]) -> list[str]:
    """What the tree lists and is not there, and files that stand beside listed ones without being listed."""
    found = [f"{path} is listed and is not there" for path in listed if not any(f == path or f.startswith(path) for f in files)]
    for file in files:
        # A file is told by its own line, or by the deepest listed folder above it if the tree does not look into that folder.
        above = [f"{parent}/" for parent in PurePosixPath(file).parents if str(parent) != "."]
        known = next((folder for folder in above if folder in listed), None)
        closed = known is not None and not any(path != known and path.startswith(known) for path in listed)
        if file not in listed and not closed:
            found.append(f"{file} is there and is not listed")
    return found


def test_the_tree_is_true() -> None:
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert untrue(tree((ROOT / "CONTRIBUTING.md").read_text(encoding="utf8")), done.stdout.splitlines()) == []


@pytest.mark.parametrize(
    ("listed", "message"),
    [
        (["a.py", "b/", "c.py"], "c.py is listed and is not there"),
        (["a.py"], "b/x.py is there and is not listed"),
        (["b/"], "a.py is there and is not listed"),
        (["a.py", "b/", "b/y.py"], "b/x.py is there and is not listed"),
    ],
)
def test_an_untrue_tree_is_told(listed: list[str], message: str) -> None:
    files = ["a.py", "b/x.py"]
    assert untrue(["a.py", "b/"], files) == []
    assert message in untrue(listed, files)


def test_the_tree_is_read_with_its_folders() -> None:
    assert tree("## The tree\n```text\na/    x\n  b.py  y\nc.md  z\n```\n") == ["a/", "a/b.py", "c.md"]
