"""MkDocs hook: English is built after Japanese, so that one command gives the whole site. Set DLREF_ONE_LANGUAGE to leave it out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig


def on_post_build(*, config: MkDocsConfig, **kwargs: Any) -> None:
    """Build ``mkdocs.en.yml`` into the folder ``en`` of the site."""
    if config.theme["language"] != "ja" or os.environ.get("DLREF_ONE_LANGUAGE"):
        return
    assert config.config_file_path and config.site_url
    build(
        load_config(
            str(Path(config.config_file_path).with_name("mkdocs.en.yml")),
            site_dir=str(Path(config.site_dir) / "en"),
            site_url=config.site_url.rstrip("/") + "/en/",
            strict=config.strict,
        )
    )
