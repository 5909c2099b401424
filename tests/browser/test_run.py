"""Run it here: snippets run and formulas are checked in the page.

Python's own part needs the npm package only; NumPy's wheel is no npm package, so what needs it runs where DLREF_PYODIDE says where the wheel is.
"""

from __future__ import annotations

import json
import os
import re
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from statistics import median

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Request, expect

from dlref.site import runtime
from dlref.site.book import Book
from dlref.site.labels import RUN
from tests.browser import checks
from tests.browser.server import Server

ROOT = Path(__file__).parents[2]
SOURCE = os.environ.get("DLREF_PYODIDE")
SECTION = "principles/loss-functions"
BOOT = 120_000  # milliseconds, on a busy machine
WORDS = RUN["en"]

# What the snippets of the page are replaced by: their code, and the output that they are said to have.
PROGRAMS = {
    "print": ("import sys\nprint('a', 1)\nprint('b', sys.version_info[:2])", "a 1\nb (3, 13)"),
    "broken": ("def f(x):\n    return 1 / x\n\nprint('before')\nf(0)", "before"),
    "unreadable": ("x = 1\ny = (x\n", ""),
    "endless": ("n = 0\nwhile True:\n    n += 1\n    if n % 100_000 == 0:\n        print(n)", ""),
    "huge": ("x = 1\ny = [0] * 10**9", ""),
    "long": ("for i in range(100_000):\n    print(i)", ""),
}


def served(folder: Path, site: Path, source: str | None) -> Path:
    """A folder that holds the site, and the runtime where the site would have it."""
    (folder / "assets").mkdir(parents=True)
    for path in [*site.iterdir(), *(site / "assets").iterdir()]:
        if path != site / "assets":
            (folder / path.relative_to(site)).symlink_to(path)
    runtime.assemble(ROOT, folder / runtime.FOLDER, source)
    return folder


def with_programs(html: str) -> str:
    """A page of the site, the programs in the place of its first snippets."""
    soup = BeautifulSoup(html, "lxml", multi_valued_attributes=None)
    blocks = [block for block in soup.select(".dl-formula__code .tabbed-block") if "import torch" not in block.get_text()]
    for block, (name, (code, output)) in zip(blocks, PROGRAMS.items(), strict=False):
        listing, shown = block.select_one(".highlight code"), block.select_one(".dl-output code")
        assert listing and shown
        block["id"], listing.string, shown.string = name, code, output
    assert len(blocks) >= len(PROGRAMS)
    return str(soup)


@pytest.fixture(scope="module")
def desk(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The site with a runtime that has no NumPy; the page `programs.html` holds the programs."""
    folder = served(tmp_path_factory.mktemp("run") / "site", site, None)
    with Server(folder) as server:
        server.without_index()
        html = (site / "en" / SECTION / "index.html").read_text(encoding="utf8")
        server.page(f"en/{SECTION}/programs.html", with_programs(runtime.insert(html, runtime.head("en", "../../", ""))))
        yield server


@pytest.fixture(scope="module")
def window(desk: Server, browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light", reduced_motion="reduce")
    context.set_default_timeout(BOOT)
    yield context
    context.close()


@pytest.fixture(scope="module")
def opened(desk: Server, window: BrowserContext) -> Iterator[tuple[Page, checks.Noise]]:
    """One page and one worker for most tests."""
    page = window.new_page()
    page.clock.install()  # so that 20 seconds can pass at once
    noise = checks.Noise(page, desk.address)
    page.goto(f"{desk.address}en/{SECTION}/programs.html")
    yield page, noise
    page.close()


def status(block: Locator) -> Locator:
    return block.locator(".dl-run__status")


def run(block: Locator, *, wait: bool = True) -> None:
    block.locator(".dl-output > button").click()
    if wait:
        expect(block.locator(".dl-run")).to_have_attribute("data-kind", re.compile("same|different|failed"), timeout=BOOT)


def code(block: Locator, text: str) -> None:
    """Write a text into the editor, by keyboard."""
    block.locator(".cm-content").focus()
    block.page.keyboard.press("Control+A")
    block.page.keyboard.insert_text(text)


def test_nothing_of_it_is_loaded_before_the_first_click(opened: tuple[Page, checks.Noise]) -> None:
    page, noise = opened
    page.wait_for_load_state("networkidle")
    assert [url for url in noise.inside if "runtime" in url or "worker" in url.rpartition("/")[2]] == []
    assert any(url.endswith("/run.js") for url in noise.inside)


def test_the_page_itself_may_run_no_webassembly(opened: tuple[Page, checks.Noise]) -> None:
    page, _ = opened
    empty = "new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))"
    said = page.evaluate(f"() => {{ try {{ {empty}; return 'ran'; }} catch (error) {{ return error.name; }} }}")
    assert said == "CompileError"


def test_every_snippet_has_a_button_or_says_that_no_browser_runs_it(opened: tuple[Page, checks.Noise], site: Path) -> None:
    page, _ = opened
    titles = page.locator(".dl-formula__code .tabbed-labels > label").all_inner_texts()
    buttons = page.locator(".dl-output > button")
    notes = page.locator(".dl-run__note")
    assert (buttons.count(), notes.count()) == (titles.count("NumPy"), titles.count("PyTorch"))
    assert set(buttons.all_text_contents()) == {WORDS["run"]}
    assert set(notes.all_text_contents()) == {WORDS["torch"]}
    assert page.locator(".dl-formula__links > button").count() == page.locator(".dl-formula__links").count()


def test_a_program_prints_and_its_output_is_compared(opened: tuple[Page, checks.Noise]) -> None:
    page, _ = opened
    page.evaluate(
        """() => {
          window.told = [];
          new MutationObserver(() => window.told.push(document.querySelector("#print .dl-run__status")?.textContent))
            .observe(document.getElementById("print"), {subtree: true, childList: true, characterData: true});
        }"""
    )
    block = page.locator("#print")
    run(block)
    assert status(block).inner_text() == WORDS["same"]
    assert block.locator(".dl-run__output").inner_text().strip() == PROGRAMS["print"][1]
    told = page.evaluate("() => window.told")
    loading = [re.fullmatch(r"Loading: ([\d.]+) of ([\d.]+) MB", text or "") for text in told]
    total = sum(path.stat().st_size for path in (ROOT / "docs/npm/node_modules/pyodide").iterdir() if path.name in runtime.PYODIDE)
    assert max(float(match[2]) for match in loading if match) == pytest.approx(total / 1e6, abs=0.6)
    assert {WORDS["starting"], WORDS["running"], WORDS["same"]} <= set(told)


def test_an_edited_program_prints_something_else_and_can_be_put_back(opened: tuple[Page, checks.Noise]) -> None:
    page, _ = opened
    block = page.locator("#print")
    before = block.locator(".cm-content").inner_text()
    code(block, "print('a', 2)")
    run(block)
    assert status(block).inner_text() == WORDS["different"]
    assert block.locator(".dl-run__output").inner_text().strip() == "a 2"
    block.get_by_role("button", name=WORDS["reset"]).click()
    assert block.locator(".cm-content").inner_text() == before


def test_an_error_is_told_with_the_readers_line(opened: tuple[Page, checks.Noise]) -> None:
    page, _ = opened
    for name, line, last in (("broken", 2, "ZeroDivisionError: division by zero"), ("unreadable", 2, "SyntaxError: '(' was never closed")):
        block = page.locator(f"#{name}")
        run(block)
        assert status(block).inner_text() == WORDS["line"].format(line=line)
        said = block.locator(".dl-run__output").inner_text().strip()
        assert said.endswith(last)
        assert set(re.findall(r'File "(.*?)"', said)) == {"snippet.py"}
        assert block.locator(".dl-editor__line").inner_text() == PROGRAMS[name][0].splitlines()[line - 1]
    assert block.locator(".dl-run__err").count() == 1
    assert page.locator("#broken .dl-run__out").inner_text() == "before\n"


def test_accessibility_of_editor_result_and_check(opened: tuple[Page, checks.Noise]) -> None:
    page, _ = opened
    blocks = page.locator(".dl-formula:has(.dl-editor)")
    blocks.first.locator(".dl-formula__links > button").click()
    expect(blocks.first.locator(".dl-check + .dl-run")).to_have_attribute("data-kind", "failed", timeout=BOOT)  # there is no NumPy
    assert checks.axe(page, within=".dl-formula:has(.dl-editor)") == []


def test_long_output_ends(opened: tuple[Page, checks.Noise]) -> None:
    page, _ = opened
    run(page.locator("#long"))
    assert 100_000 <= len(page.locator("#long .dl-run__output").text_content() or "") < 200_000


def test_following_runs_need_no_network(opened: tuple[Page, checks.Noise], window: BrowserContext) -> None:
    page, _ = opened
    window.set_offline(True)
    run(page.locator("#print"))
    window.set_offline(False)
    assert status(page.locator("#print")).inner_text() == WORDS["same"]


def test_an_endless_loop_shows_its_output_and_is_stopped_by_a_button(opened: tuple[Page, checks.Noise]) -> None:
    page, _ = opened
    block = page.locator("#endless")
    run(block, wait=False)
    expect(block.locator(".dl-run__output")).to_contain_text("100000\n", timeout=BOOT)
    assert status(block).inner_text() == WORDS["running"]
    block.get_by_role("button", name=WORDS["stop"]).click()
    assert status(block).inner_text() == WORDS["stopped"]
    assert block.get_by_role("button", name=WORDS["stop"]).count() == 0


def test_a_run_is_stopped_after_20_seconds_and_the_next_one_works_from_what_is_kept(opened: tuple[Page, checks.Noise]) -> None:
    page, noise = opened
    noise.inside.clear()
    block = page.locator("#endless")
    run(block, wait=False)
    expect(block.locator(".dl-run__output")).to_contain_text("100000\n", timeout=BOOT)
    page.clock.fast_forward(20_000)
    assert status(block).inner_text() == WORDS["timeout"]
    run(page.locator("#print"))
    assert status(page.locator("#print")).inner_text() == WORDS["same"]
    assert {url.rpartition("/")[2] for url in noise.inside} - {"mark.svg"} == {"run-worker.js", "manifest.json"}


def test_too_much_memory_is_an_error_and_the_next_run_works(opened: tuple[Page, checks.Noise]) -> None:
    page, _ = opened
    block = page.locator("#huge")
    run(block)
    assert status(block).inner_text() == WORDS["line"].format(line=2)
    assert block.locator(".dl-run__output").inner_text().strip().endswith("MemoryError")
    run(page.locator("#print"))
    assert status(page.locator("#print")).inner_text() == WORDS["same"]


STARTS = "async () => (await (await caches.open('dlref-runtime')).keys()).map(({ url }) => url).filter(url => url.includes('/start-'))"
# The start that was kept, once it is another than that one.
KEPT = f"""async other => {{
  let found = [];
  for (let k = 0; k < 1200 && (found.length !== 1 || found[0] === other); k++) {{
    await new Promise(resolve => setTimeout(resolve, 100));
    found = await ({STARTS})();
  }}
  return found[0] ?? "";
}}"""
# Leaves of the start that was kept only the memory, under the hash of what is left, or under another hash.
SPOIL = """async ([url, right]) => {
  const cache = await caches.open("dlref-runtime");
  const bytes = new Uint8Array(await (await cache.match(url)).arrayBuffer());
  const end = bytes.indexOf(10) + 1;
  const [memory] = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)));
  const left = new Uint8Array(await new Blob([JSON.stringify([memory]), "\\n", bytes.subarray(end, end + memory[1])]).arrayBuffer());
  const digest = [...new Uint8Array(await crypto.subtle.digest("SHA-256", left))].map(byte => byte.toString(16).padStart(2, "0")).join("");
  const spoiled = `${url.split("?")[0]}?${right ? digest : "0".repeat(64)}`;
  await cache.delete(url);
  await cache.put(spoiled, new Response(left));
  return spoiled;
}"""


def test_a_following_page_starts_from_what_was_kept(opened: tuple[Page, checks.Noise], desk: Server, window: BrowserContext) -> None:
    page, _ = opened
    packages = set(json.loads((desk.folder / runtime.FOLDER / "manifest.json").read_text(encoding="utf8"))["packages"])
    starts = page.evaluate(STARTS)
    assert len(starts) == 1
    follower = window.new_page()
    asked: list[str] = []
    follower.on("request", lambda request: asked.append(request.url))
    follower.goto(f"{desk.address}en/{SECTION}/programs.html")
    for name in packages:  # so that nothing but the start that was kept has them
        follower.evaluate(
            "async name => { const cache = await caches.open('dlref-runtime'); for (const key of await cache.keys()) if (key.url.includes(name)) await cache.delete(key); }",
            name,
        )
    run(follower.locator("#print"))
    assert status(follower.locator("#print")).inner_text() == WORDS["same"]
    assert packages.isdisjoint(url.rpartition("/")[2] for url in asked)
    follower.close()


def test_a_start_that_cannot_be_used_is_made_anew(opened: tuple[Page, checks.Noise], desk: Server, window: BrowserContext) -> None:
    page, _ = opened
    follower = window.new_page()
    follower.goto(f"{desk.address}en/{SECTION}/programs.html")
    block = follower.locator("#print")
    spoiled = page.evaluate(SPOIL, [follower.evaluate(KEPT, ""), False])
    run(block)
    assert status(block).inner_text() == WORDS["same"]
    anew = follower.evaluate(KEPT, spoiled)
    assert anew and anew != spoiled

    page.evaluate(SPOIL, [anew, True])
    follower.reload()
    run(block)
    assert status(block).inner_text().startswith(WORDS["broken"].partition("{")[0])
    assert page.evaluate(STARTS) == []  # so that the next run begins with the files
    follower.close()


def test_the_page_says_nothing_to_the_console(opened: tuple[Page, checks.Noise]) -> None:
    assert opened[1].console == []


def test_a_changed_file_is_refused_and_without_network_it_says_so(desk: Server, browser: Browser) -> None:
    context = browser.new_context()  # with nothing kept
    page = context.new_page()
    page.goto(f"{desk.address}en/{SECTION}/programs.html")
    block = page.locator("#print")
    name = desk.page(f"{runtime.FOLDER}/python_stdlib.zip", "something else").removeprefix(desk.address)
    run(block)
    assert status(block).inner_text() == WORDS["refused"].format(what="python_stdlib.zip")
    del desk.pages[f"/dlref/{name}"]
    context.set_offline(True)
    run(block)
    assert status(block).inner_text().startswith(WORDS["missing"].partition("{")[0])
    context.set_offline(False)
    run(block)
    assert status(block).inner_text() == WORDS["same"]
    context.close()


def test_what_comes_from_outside_is_asked_for_before_and_is_checked(desk: Server, window: BrowserContext, tmp_path: Path) -> None:
    """A second server plays the official distribution, an archive that holds no package plays NumPy's wheel."""
    with zipfile.ZipFile(tmp_path / "numpy-0.whl", "w") as archive:
        archive.writestr("placeholder.txt", "")
    wheel = (tmp_path / "numpy-0.whl").read_bytes()
    (tmp_path / "404.html").touch()
    with Server(tmp_path) as outside:
        outside.headers["Access-Control-Allow-Origin"] = "*"
        manifest = json.loads((desk.folder / runtime.FOLDER / "manifest.json").read_text(encoding="utf8"))
        manifest["packages"].append("numpy-0.whl")
        manifest["files"]["numpy-0.whl"] = {"url": f"{outside.address}numpy-0.whl", "size": len(wheel), "sha256": sha256(wheel).hexdigest()}
        desk.page(f"{runtime.FOLDER}/manifest.json", json.dumps(manifest))
        head = runtime.head("en", "../../", "https://127.0.0.1/full/")
        html = (desk.folder / "en" / SECTION / "index.html").read_text(encoding="utf8")
        address = desk.page(f"en/{SECTION}/outside.html", with_programs(runtime.insert(html, head)))
        page = window.new_page()
        asked: list[str] = []
        requests: list[Request] = []
        page.on("request", lambda request: requests.append(request))
        page.goto(address)
        block = page.locator("#print")

        page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
        run(block, wait=False)
        expect(block.locator(".dl-editor")).to_be_visible()
        assert len(asked) == 1 and "127.0.0.1" in asked[0] and "3.1 MB" in asked[0]
        assert [request.url for request in requests if "run-worker" in request.url or "manifest" in request.url or request.url.startswith(outside.address)] == []

        (tmp_path / "numpy-0.whl").write_bytes(b"something else")
        page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.accept()))
        run(block)
        assert status(block).inner_text() == WORDS["refused"].format(what="numpy-0.whl")

        (tmp_path / "numpy-0.whl").write_bytes(wheel)
        run(block)
        assert status(block).inner_text() == WORDS["same"]
        assert len(asked) == 2  # once it was allowed, it is not asked again
        sent = [request for request in requests if request.url.startswith(outside.address)]
        assert {request.url for request in sent} == {f"{outside.address}numpy-0.whl"}
        assert not any("cookie" in request.headers for request in sent)
        page.close()
    del desk.pages[f"/dlref/{runtime.FOLDER}/manifest.json"]


# ---- With NumPy

EDITS = [  # (formula, its text, a mistake in it, what is wrong, what is told)
    ("hinge-loss", "1 - y", "1 + y", "numbers", "数式の値は"),
    ("hinge-loss", "1 - y", "1 - z", "unknown symbol", "詳細（英語）：'z' is not declared"),
    ("hinge-loss", r"\max(0,", r"\max(0", "grammar", "詳細（英語）："),
]


# Presses one button after the other: how each run ended, after how many milliseconds, and what the page shows.
RUN_ALL = """async () => {
  const results = [];
  for (const button of document.querySelectorAll(".dl-output > button")) {
    const block = button.closest(".tabbed-block");
    const start = performance.now();
    button.click();
    while (!block.querySelector(".dl-run")?.dataset.kind) await new Promise(resolve => setTimeout(resolve, 5));
    results.push([block.querySelector(".dl-run").dataset.kind, performance.now() - start, block.textContent]);
  }
  return results;
}"""


def every_block(site: Path) -> str:
    """A page of the site that holds each formula with its code, of all pages."""
    frame = (site / SECTION / "index.html").read_text(encoding="utf8")
    blocks: list[str] = []
    for path in sorted(site.glob("*/*/index.html")):
        if path.parts[-4] != "en":
            soup = BeautifulSoup(path.read_text(encoding="utf8"), "lxml")
            blocks += [str(block) for block in soup.select(".dl-formula:has(.dl-formula__code)")]
    head, _, rest = frame.partition('<article class="md-content__inner md-typeset">')
    return f'{head}<article class="md-content__inner md-typeset">{"".join(blocks)}</article>{rest.partition("</article>")[2]}'


@pytest.fixture(scope="module")
def complete(site: Path, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """One page with every formula and every snippet, and a runtime that has NumPy."""
    if not SOURCE:
        pytest.skip(f"no NumPy for Pyodide: DLREF_PYODIDE names no folder with {runtime.wheel(ROOT)['file_name']}, and no address")
    folder = served(tmp_path_factory.mktemp("complete") / "site", site, SOURCE)
    with Server(folder) as server:
        server.without_index()
        context = browser.new_context()
        context.set_default_timeout(BOOT)
        page = context.new_page()
        asked: list[str] = []
        page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.accept()))
        page.goto(server.page(f"{SECTION}/all.html", runtime.insert(every_block(site), runtime.head("ja", "../../", SOURCE))))
        yield page
        assert len(asked) == runtime.is_address(SOURCE)
        context.close()


def test_every_numpy_snippet_runs_in_the_page_and_prints_its_output(complete: Page) -> None:
    shown = {id_.replace("-", "_") for id_ in Book.read(ROOT).appearances}  # a second name of a formula is shown nowhere
    snippets = [path for path in (ROOT / "snippets").rglob("*.py") if path.stem in shown]
    buttons = complete.locator(".dl-output > button")
    assert buttons.count() == len(snippets)
    results = complete.evaluate(RUN_ALL)
    wrong = [text for kind, _, text in results if kind != "same"]
    times = [time for _, time, _ in results]
    print(f"{len(results) - len(wrong)} of {len(snippets)} snippets, the first after {times[0] / 1000:.1f} s, the median of the others {median(times[1:]):.0f} ms")
    assert len(results) == len(snippets)
    assert wrong == []


def test_an_edited_snippet_prints_something_different(complete: Page) -> None:
    block = complete.locator(".dl-formula:has(#eq-hinge-loss) .tabbed-block").first
    run(block)
    code(block, block.locator(".cm-content").inner_text().replace("0.25", "0.5"))
    run(block)
    assert status(block).inner_text() == RUN["ja"]["different"]


def test_a_formula_is_checked_and_mistakes_in_it_are_told(complete: Page) -> None:
    for id_, text, mistake, kind, told in EDITS:
        block = complete.locator(f".dl-formula:has(#eq-{id_})")
        result, field = block.locator(".dl-check + .dl-run"), block.locator("textarea")
        block.locator(".dl-formula__links > button").click()
        expect(result).to_have_attribute("data-kind", "same", timeout=BOOT)
        assert "組の引数で比べた" in result.locator(".dl-run__output").inner_text()
        right = field.input_value()
        assert text in right
        field.fill(right.replace(text, mistake))
        result.get_by_role("button", name=RUN["ja"]["check"]).click()
        expect(result).to_have_attribute("data-kind", "different", timeout=BOOT)
        said = result.locator(".dl-run__output").inner_text()
        assert said.startswith(told) and "^" in said
        assert ("1 組目の引数：y = " in said) == (kind == "numbers")
        assert status(result).inner_text() == RUN["ja"][kind]
        result.get_by_role("button", name=RUN["ja"]["reset"]).click()
        assert field.input_value() == right
