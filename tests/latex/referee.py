"""KaTeX, pinned, as referee of our reader: what it makes of a formula, as tokens of the reader's normal form."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

from dlref.site.npm import fetch, node

ROOT = Path(__file__).parents[2]


def seen(formulas: Sequence[str]) -> list[tuple[str, ...] | None]:
    """The tokens of each formula by KaTeX's own parse tree; None where KaTeX, set to strict, does not typeset it."""
    fetch(ROOT)
    command = [node(), str(Path(__file__).with_suffix(".mjs")), str(ROOT / "docs" / "npm")]
    done = subprocess.run(command, input=json.dumps(list(formulas)), capture_output=True, text=True, encoding="utf8", check=True)
    return [tuple(answer["tokens"]) if "tokens" in answer else None for answer in json.loads(done.stdout)]
