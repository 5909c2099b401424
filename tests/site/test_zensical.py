"""Material for MkDocs is to be succeeded by Zensical: the two configurations build under both, to the same pages."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.site.html import pages

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def zensical() -> Path:
    """Both languages, built by Zensical, which runs no hook, so that English needs a command of its own."""
    folder = ROOT / ".cache" / "zensical"  # it refuses a folder outside the checkout
    shutil.rmtree(folder, ignore_errors=True)
    env = {**os.environ, "SITE_DIR": str(folder), "SITE_DIR_EN": str(folder / "en")}
    for config in ("mkdocs.yml", "mkdocs.en.yml"):
        command = [sys.executable, "-m", "zensical", "build", "-f", config]
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    return folder


def facts(page: Path) -> tuple[str, list[str]]:
    """The language that a page declares, and its formula anchors in order."""
    html = page.read_text(encoding="utf8")
    language = re.search(r'<html[^>]*\blang="?([\w-]+)', html)
    assert language, page
    return language[1], re.findall(r'id="?(eq-[\w-]+)', html)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_zensical_builds_the_same_pages(site: Path, zensical: Path, language: str) -> None:
    ours = {str(p.relative_to(site)): facts(p) for p in pages(site, language)}
    theirs = {str(p.relative_to(zensical)): facts(p) for p in pages(zensical, language)}
    assert theirs == ours
    assert any(anchors for _, anchors in ours.values())
