"""LaTeX to HTML with MathML by the official, pinned KaTeX, run by Node."""

from __future__ import annotations

import atexit
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from subprocess import PIPE, Popen
from threading import Lock
from typing import Any

from dlref.site.npm import fetch, node


class KatexError(ValueError):
    """LaTeX that KaTeX does not accept; the message is KaTeX's."""


class Katex:
    """A Node process that typesets one formula after the other and remembers what it has typeset."""

    def __init__(self, packages: Path) -> None:
        script = Path(__file__).with_suffix(".mjs")
        self._node = Popen([node(), str(script), str(packages)], stdin=PIPE, stdout=PIPE, text=True, encoding="utf8")
        self._known: dict[tuple[str, bool], str] = {}
        self._lock = Lock()
        atexit.register(self.close)

    def render(self, tex: str, *, display: bool = False) -> str:
        """HTML and MathML of a formula; KatexError where KaTeX, set to strict, refuses it."""
        with self._lock:
            if (tex, display) not in self._known:
                answer = self._ask({"tex": tex, "display": display})
                if "error" in answer:
                    raise KatexError(answer["error"])
                self._known[tex, display] = answer["html"]
            return self._known[tex, display]

    def accepts(self, formulas: Sequence[str]) -> list[bool]:
        """Which of many displayed formulas KaTeX typesets; nothing is kept."""
        with self._lock:
            return list(self._ask({"formulas": list(formulas)})["accepted"])

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        assert self._node.stdin and self._node.stdout
        self._node.stdin.write(json.dumps(question) + "\n")
        self._node.stdin.flush()
        line = self._node.stdout.readline()
        if not line:
            raise RuntimeError("KaTeX's process has ended; its message stands above")
        return dict(json.loads(line))

    def close(self) -> None:
        """End the process."""
        if self._node.poll() is None:
            assert self._node.stdin and self._node.stdout
            self._node.stdin.close()
            self._node.wait()
            self._node.stdout.close()


_start = cache(Katex)


@cache
def katex(root: Path) -> Katex:
    """The process for a checkout, started on first use."""
    fetch(root)
    return _start((root / "docs" / "npm").resolve())
