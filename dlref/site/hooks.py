"""MkDocs hooks: English is built after Japanese, so that one command gives the whole site; the search index is made in less time; code runs in pages.

While writing, DLREF_ONE_LANGUAGE leaves English out, and the search index.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import CombinedEvent, event_priority
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url

from dlref.site import runtime

ONE_LANGUAGE = bool(os.environ.get("DLREF_ONE_LANGUAGE"))
# Typeset formulas and listed files: none of these elements holds another one of its name.
NOT_SEARCHED = re.compile(r"<(var|section|div)\b[^>]*\bdata-search-exclude\b.*?</\1>", re.DOTALL)
CODE, SPAN = re.compile(r"<pre\b.*?</pre>", re.DOTALL), re.compile(r"</?span\b[^>]*>")


def on_config(config: MkDocsConfig) -> None:
    """Switch the search index off while writing."""
    if ONE_LANGUAGE:
        config.plugins["material/search"].config.enabled = False


def on_post_build(*, config: MkDocsConfig, **kwargs: Any) -> None:
    """Build ``mkdocs.en.yml`` into the folder ``en`` of the site; both languages run code with the files of the Japanese one."""
    if config.theme["language"] != "ja":
        return
    assert config.config_file_path and config.site_url
    if config.extra.get("runtime"):
        runtime.assemble(Path(config.config_file_path).parent, Path(config.site_dir) / runtime.FOLDER, config.extra["runtime"])
    if ONE_LANGUAGE:
        return
    build(
        load_config(
            str(Path(config.config_file_path).with_name("mkdocs.en.yml")),
            site_dir=str(Path(config.site_dir) / "en"),
            site_url=config.site_url.rstrip("/") + "/en/",
            strict=config.strict,
        )
    )


def on_post_page(output: str, *, page: Page, config: MkDocsConfig) -> str:
    """The script that runs code, where there is something to run it with."""
    if not config.extra.get("runtime"):
        return output
    language = config.theme["language"]
    theme = get_relative_url(".", page.url).rstrip("/") + "/"
    return runtime.insert(output, runtime.head(language, theme, config.extra["runtime"]))


@event_priority(100)
def _spare(context: dict[str, Any], /, *, page: Page, **kwargs: Any) -> dict[str, Any]:
    """Show the search plugin the page without what it would read, letter by letter, and leave out: the colors of code, too."""
    context["whole"] = page.content
    page.content = CODE.sub(lambda code: SPAN.sub("", code[0]), NOT_SEARCHED.sub("", page.content or ""))
    return context


@event_priority(-100)
def _restore(context: dict[str, Any], /, *, page: Page, **kwargs: Any) -> dict[str, Any]:
    """After the search plugin, the page as it was."""
    page.content = context.pop("whole")
    return context


on_page_context = CombinedEvent(_spare, _restore)
