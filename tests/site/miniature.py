"""A miniature checkout with one module, one formula and one page in two languages, to break on purpose."""

from __future__ import annotations

import logging
from io import StringIO
from pathlib import Path

from mkdocs.commands.build import build as mkdocs_build
from mkdocs.config import load_config
from mkdocs.exceptions import Abort, MkDocsException

ROOT = Path(__file__).parents[2]

MODULE = '''"""Squares."""


def square(x: float, /) -> float:
    r"""Square of a number.

    Formula
    -------
    square
        q(x) = x^2
    where
        x \\in \\mathbb{R}

    Parameters
    ----------
    x
        A number.

    Returns
    -------
    float
        Its square.
    """
    return x * x


def split(x: float, /) -> float:
    r"""Sum of a number and its square.

    Formula
    -------
    split
        s(x) = \\underbrace{x}_{(1)} + \\underbrace{x^2}_{(2)}
    where
        x \\in \\mathbb{R}

    Parameters
    ----------
    x
        A number.

    Returns
    -------
    float
        The sum.
    """
    return x + x * x
'''

PAGES = {
    "ja": """---
description: 小さな頁。
---
# 平方 { #squares }

二乗 $x^2$ は {eq:square} の通り。

/// formula | square
///

/// formula | split
一次の項
二次の項
///
""",
    "en": """---
description: A small page.
---
# Squares { #squares }

The square $x^2$ is {eq:square}.

/// formula | square
///

/// formula | split
linear term
quadratic term
///
""",
}

CONTENTS = """
[[chapter]]
number = 1
id = "small"
ja = "小さな章"
en = "A small chapter"
folder = "small"

[[chapter.section]]
number = "1.1"
id = "squares"
page = "small/squares.md"
ja = "平方"
en = "Squares"
"""

CONFIG = """
site_name: small
site_url: https://example.org/small/
docs_dir: docs/{language}
theme: {{name: material, language: {language}, font: false}}
markdown_extensions:
  attr_list: {{}}
  pymdownx.arithmatex: {{generic: true, tex_inline_wrap: ["", ""], tex_block_wrap: ["", ""]}}
  dlref.site: {{language: {language}, root: {root}}}
plugins:
  autorefs: {{}}
  mkdocstrings:
    handlers:
      python:
        paths: [.]
        options: {{docstring_style: numpy, extensions: [{api}]}}
validation: {{anchors: warn}}
"""


def make(root: Path) -> Path:
    """Write the miniature into an empty folder."""
    files = {
        "dlref/__init__.py": "",
        "dlref/powers.py": MODULE,
        "tests/test_powers.py": "def test_square():\n    square(3)\n\n\ndef test_split():\n    split(3)\n",
        "snippets/powers/square.py": "print(3 * 3)\n\n# Output:\n# 9\n",
        "snippets/powers/split.py": "print(3 + 3 * 3)\n\n# Output:\n# 12\n",
        "docs/data/contents.toml": CONTENTS,
        "docs/data/errata.tsv": "slug\tclass\tsection\tja\ten\tsource\n",
        "docs/data/glossary.tsv": "slug\tja\treading\ten\tdefinition_ja\tdefinition_en\tsection\n",
        "docs/data/notation.tsv": "symbol\tscope\tja\ten\tshape\trange\targument\n",
        "docs/data/references.bib": "",
    }
    for language, page in PAGES.items():
        files[f"docs/{language}/small/squares.md"] = page
        files[f"docs/{language}/index.md"] = f"# Home {{ #home }}\n\n{{sec:squares}}\n"
        files[f"docs/{language}/api.md"] = (
            "# API { #api }\n\n::: dlref.powers\n\n/// source | dlref/powers.py\n///\n\n/// tests | tests/test_powers.py\n///\n"
        )
        files[f"mkdocs.{language}.yml"] = CONFIG.format(language=language, root=root, api=ROOT / "dlref" / "site" / "api.py")
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf8")
    (root / "docs" / "npm").symlink_to(ROOT / "docs" / "npm")
    return root


def edit(path: Path, old: str, new: str) -> None:
    """Replace a text that must be there."""
    text = path.read_text(encoding="utf8")
    assert old in text, f"{path} does not hold {old!r}"
    path.write_text(text.replace(old, new), encoding="utf8")


def build(root: Path, language: str = "en") -> tuple[bool, str]:
    """Build one language strictly: whether it succeeded, and all that was said."""
    said = StringIO()
    handler = logging.StreamHandler(said)
    logger = logging.getLogger("mkdocs")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        config = load_config(str(root / f"mkdocs.{language}.yml"), site_dir=str(root / f"site-{language}"), strict=True)
        mkdocs_build(config)
    except (Abort, MkDocsException) as error:
        return False, f"{said.getvalue()}{error}"
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
    return True, said.getvalue()
