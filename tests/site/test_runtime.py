"""The runtime that pages run code with: what it is made of, what is refused, what a page gets."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from pathlib import Path

import pytest
from mkdocs.config import load_config
from mkdocs.structure.files import File
from mkdocs.structure.pages import Page

from dlref.latex.check import KINDS
from dlref.site import hooks, runtime
from dlref.site.labels import RUN

ROOT = Path(__file__).parents[2]
ADDRESS = "https://runtime.example.org/full/"
SCRIPTS = {name: (ROOT / "docs" / "theme" / "javascripts" / name).read_text(encoding="utf8") for name in ("run.js", "run-worker.js")}


@pytest.fixture(scope="module")
def assembled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runtime") / "runtime"
    runtime.assemble(ROOT, folder, ADDRESS)
    return folder


def test_the_manifest_names_every_file_with_its_size_and_hash(assembled: Path) -> None:
    manifest = json.loads((assembled / "manifest.json").read_text(encoding="utf8"))
    files = manifest["files"]
    numpy = runtime.wheel(ROOT)
    assert manifest["packages"] == ["array_api_compat.zip", "dlref.zip", numpy["file_name"]]
    outside = files.pop(numpy["file_name"])
    assert outside == {"url": ADDRESS + numpy["file_name"], "size": runtime.NUMPY_SIZE, "sha256": numpy["sha256"]}
    assert {path.name for path in assembled.iterdir()} == {*files, "manifest.json", "editor.js"}
    for name, file in files.items():
        data = (assembled / name).read_bytes()
        assert file == {"url": name, "size": len(data), "sha256": sha256(data).hexdigest()}


def test_the_same_sources_give_the_same_files(assembled: Path, tmp_path: Path) -> None:
    runtime.assemble(ROOT, tmp_path, ADDRESS)
    assert (tmp_path / "manifest.json").read_bytes() == (assembled / "manifest.json").read_bytes()


def test_the_editor_is_one_file_without_addresses(assembled: Path) -> None:
    text = (assembled / "editor.js").read_text(encoding="utf8")
    assert not re.match(r"import\b", text)
    assert "import(" not in text
    assert set(re.findall(r"https?://[\w.]+", text)) <= {"http://www.w3.org"}  # the name of a namespace


def test_a_folder_without_the_wheel_and_another_wheel_are_refused(tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    name = runtime.wheel(ROOT)["file_name"]
    with pytest.raises(runtime.SettingError, match=re.escape(f"no {name} in {wheels}")):
        runtime.assemble(ROOT, tmp_path / "out", str(wheels))
    (wheels / name).write_bytes(b"another")
    with pytest.raises(runtime.SettingError, match="is not the wheel that Pyodide's lock file names"):
        runtime.assemble(ROOT, tmp_path / "out", str(wheels))


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("source", ["", "/wheels", ADDRESS])
def test_a_page_gets_policy_and_script_where_there_is_a_runtime(source: str, language: str) -> None:
    config = load_config(str(ROOT / {"ja": "mkdocs.yml", "en": "mkdocs.en.yml"}[language]), site_dir="/nowhere")
    config.extra["runtime"] = source
    page = Page(None, File("principles/foundations.md", "docs", "site", use_directory_urls=True), config)
    before = '<html><head><meta charset="utf-8"><script>1</script></head></html>'
    after = hooks.on_post_page(before, page=page, config=config)
    if not source:
        assert after == before
        return
    assert after.index("Content-Security-Policy") < after.index("<script")
    assert "wasm" not in runtime.POLICY and "unsafe-eval" not in runtime.POLICY
    data = json.loads(re.findall(r'<script id="dl-run"[^>]*>(.*?)</script>', after)[0])
    up = {"ja": "../../", "en": "../../../"}[language]
    assert data["folder"] == f"{up}assets/runtime/"
    assert data["words"] == RUN[language]
    assert data["outside"] == ({"host": "runtime.example.org", "size": runtime.NUMPY_SIZE} if source == ADDRESS else None)
    assert '<script type="module" src="../../javascripts/run.js">' in after


def test_the_setting_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLREF_PYODIDE", "/wheels")
    assert load_config(str(ROOT / "mkdocs.en.yml")).extra["runtime"] == "/wheels"
    monkeypatch.delenv("DLREF_PYODIDE")
    assert load_config(str(ROOT / "mkdocs.yml")).extra["runtime"] == ""


def test_every_word_of_the_script_is_there_in_both_languages() -> None:
    used = set(re.findall(r"\bwords\.(\w+)", SCRIPTS["run.js"])) | {"statement same", "statement different"}
    used |= {kind for kind in KINDS if kind not in ("declaration", "function")}  # a page has no texts of the last two: they are the book's own
    used |= set(re.findall(r'end\("(\w+)"\)', SCRIPTS["run.js"])) | {"timeout", "refused", "missing", "broken"}
    assert set(RUN["ja"]) == set(RUN["en"]) == used
    for key, text in RUN["ja"].items():
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", RUN["en"][key])), key


def test_the_worker_unpacks_where_this_pyodide_looks_for_packages() -> None:
    lock = json.loads((ROOT / "docs/npm/node_modules/pyodide/pyodide-lock.json").read_text(encoding="utf8"))
    version = ".".join(lock["info"]["python"].split(".")[:2])
    assert f'"/lib/python{version}/site-packages"' in SCRIPTS["run-worker.js"]


def test_a_wheel_of_the_right_hash_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    (wheels / "numpy.whl").write_bytes(b"the wheel")
    monkeypatch.setattr(runtime, "wheel", lambda root: {"file_name": "numpy.whl", "sha256": sha256(b"the wheel").hexdigest()})
    runtime.assemble(ROOT, tmp_path / "out", str(wheels))
    assert (tmp_path / "out" / "numpy.whl").read_bytes() == b"the wheel"
