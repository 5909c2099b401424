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


def build(config: str, folder: Path) -> None:
    """One language, built by Zensical, which runs no hook, so that each needs a command of its own."""
    env = {**os.environ, "SITE_DIR": str(folder), "SITE_DIR_EN": str(folder)}
    command = [sys.executable, "-m", "zensical", "build", "-f", config]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def facts(page: Path) -> tuple[str, list[str]]:
    """The language that a page declares, and its formula anchors in order."""
    html = page.read_text(encoding="utf8")
    language = re.search(r'<html[^>]*\blang="?([\w-]+)', html)
    assert language, page
    return language[1], re.findall(r'id="?(eq-[\w-]+)', html)


# The English configuration inherits from the Japanese one, so that its pages show what becomes of both.
@pytest.mark.parametrize(
    ("language", "config"), [("en", "mkdocs.en.yml"), pytest.param("ja", "mkdocs.yml", marks=pytest.mark.full)], ids=["en", "ja"]
)
def test_zensical_builds_the_same_pages(site: Path, language: str, config: str) -> None:
    folder = ROOT / ".cache" / "zensical" / language  # it refuses a folder outside the checkout
    shutil.rmtree(folder, ignore_errors=True)
    build(config, folder)
    home = site if language == "ja" else site / "en"
    ours = {str(p.relative_to(home)): facts(p) for p in pages(site, language)}
    theirs = {str(p.relative_to(folder)): facts(p) for p in sorted(folder.rglob("index.html"))}
    assert theirs == ours
    assert any(anchors for _, anchors in ours.values())
