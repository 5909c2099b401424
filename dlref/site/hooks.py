"""MkDocs hook: English is built after Japanese, so that one command gives the whole site.

While writing, DLREF_ONE_LANGUAGE leaves English out, and the search index, which takes half of the time of a build.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig


ONE_LANGUAGE = bool(os.environ.get("DLREF_ONE_LANGUAGE"))


def on_config(config: MkDocsConfig) -> None:
    """Switch the search index off while writing."""
    if ONE_LANGUAGE:
        config.plugins["material/search"].config.enabled = False


def on_post_build(*, config: MkDocsConfig, **kwargs: Any) -> None:
    """Build ``mkdocs.en.yml`` into the folder ``en`` of the site."""
    if config.theme["language"] != "ja" or ONE_LANGUAGE:
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
