"""Run it here: the files with which a page of the site runs Python in the reader's browser, and what a page needs to ask for them.

One setting, ``extra: runtime`` in mkdocs.yml, which the environment variable DLREF_PYODIDE fills, says where NumPy's wheel for Pyodide comes from: a folder that holds it, from which
it is copied, or the https address of Pyodide's official distribution, from which browsers load it after they have asked. Where it is empty, pages have no buttons.
Everything else comes from the npm packages that are pinned, from the installed array-api-compat, and from these sources. Each file is listed with its hash in a manifest.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from collections.abc import Iterable
from html import escape
from io import BytesIO
from pathlib import Path
from subprocess import run
from typing import Any
from urllib.parse import urlsplit

import array_api_compat

from dlref.site.labels import RUN
from dlref.site.npm import fetch, node

FOLDER = "assets/runtime"
NUMPY_SIZE = 3_109_648  # bytes, told to the reader before; the lock file holds hashes only
PYODIDE = ("pyodide.asm.wasm", "pyodide.asm.js", "pyodide.mjs", "python_stdlib.zip", "pyodide-lock.json")
# A page runs scripts of its own site and no WebAssembly. A worker follows the rules of the answer that brought it: it alone may.
POLICY = "script-src 'self' 'unsafe-inline'; worker-src 'self'"


class SettingError(ValueError):
    """A setting that does not lead to NumPy for this Pyodide."""


def is_address(source: str) -> bool:
    return source.startswith("https://")


def wheel(root: Path) -> dict[str, Any]:
    """What the lock file of Pyodide says of NumPy: ``file_name``, ``sha256``."""
    lock = root / "docs" / "npm" / "node_modules" / "pyodide" / "pyodide-lock.json"
    return dict(json.loads(lock.read_text(encoding="utf8"))["packages"]["numpy"])


def assemble(root: Path, folder: Path, source: str | None) -> None:
    """Write the runtime into a folder; without NumPy where the source is None, which serves tests of all else."""
    fetch(root)
    packages = root / "docs" / "npm" / "node_modules"
    folder.mkdir(parents=True, exist_ok=True)
    for name in PYODIDE:
        shutil.copy(packages / "pyodide" / name, folder)
    compat = Path(array_api_compat.__path__[0])
    (folder / "array_api_compat.zip").write_bytes(zipped(compat, compat.rglob("*.py")))
    sources = root / "dlref"
    (folder / "dlref.zip").write_bytes(zipped(sources, [*sources.glob("*.py"), *(sources / "latex").glob("*.py")]))
    files: dict[str, dict[str, Any]] = {name: listed(folder / name) for name in (*PYODIDE, "array_api_compat.zip", "dlref.zip")}
    if source is not None:
        numpy = wheel(root)
        name = numpy["file_name"]
        if is_address(source):
            files[name] = {"url": f"{source.rstrip('/')}/{name}", "size": NUMPY_SIZE, "sha256": numpy["sha256"]}
        else:
            path = Path(source) / name
            if not path.is_file():
                raise SettingError(f"extra.runtime (DLREF_PYODIDE): no {name} in {source}")
            files[name] = listed(path)
            if files[name]["sha256"] != numpy["sha256"]:
                raise SettingError(f"extra.runtime (DLREF_PYODIDE): {path} is not the wheel that Pyodide's lock file names: its sha256 is not {numpy['sha256']}")
            shutil.copy(path, folder)
    unpacked = [name for name in files if name not in PYODIDE]
    (folder / "manifest.json").write_text(json.dumps({"files": files, "packages": unpacked}, indent=1), encoding="utf8")
    # esbuild is a script of npm that looks for the program of this machine.
    command = [node(), str(packages / "esbuild" / "bin" / "esbuild"), str(root / "docs" / "npm" / "editor.js"), "--bundle", "--format=esm", "--minify"]
    run([*command, "--log-level=error", f"--outfile={folder / 'editor.js'}"], check=True)


def listed(path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    return {"url": path.name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def zipped(package: Path, files: Iterable[Path]) -> bytes:
    """Files of a package as an archive, the same for the same files."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(files):
            archive.writestr(zipfile.ZipInfo(str(path.relative_to(package.parent))), path.read_bytes(), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def head(language: str, theme: str, source: str) -> str:
    """What the head of a page needs, given the way from the page to the theme's files. Both languages use the runtime in the folder of the Japanese site."""
    folder = theme + ("" if language == "ja" else "../") + FOLDER
    outside = {"host": urlsplit(source).hostname, "size": NUMPY_SIZE} if is_address(source) else None
    data = json.dumps({"folder": f"{folder}/", "outside": outside, "words": RUN[language]}, ensure_ascii=False).replace("<", "\\u003c")
    return (
        f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">'
        f'<link rel="stylesheet" href="{theme}stylesheets/run.css">'
        f'<script id="dl-run" type="application/json">{data}</script>'
        f'<script type="module" src="{theme}javascripts/run.js"></script>'
    )


def insert(html: str, head: str) -> str:
    """A page with more in its head: before everything that the policy is about."""
    start, mark, rest = html.partition('<meta charset="utf-8">')
    if not mark:
        raise ValueError("the page does not name its encoding where Material does")
    return f"{start}{mark}{head}{rest}"
