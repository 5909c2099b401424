"""Figures with controls, all on one page: by keyboard, mouse and finger, heard, without motion, without JavaScript.

That the tables hold is tested in tests/site/test_interactive.py; here, that the page shows what the tables say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import escape
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page

from dlref.site.figures import drawing
from dlref.site.interactive import controls, say
from dlref.site.labels import LABELS
from tests.browser import checks
from tests.browser.server import Server
from tests.browser.test_figures import BOXES, misplaced
from tests.site.test_interactive import INTERACTIVE, data, number

ROOT = Path(__file__).parents[2]
PREFIX = {"ja": "", "en": "en/"}
WIDTHS = (390, 1280)


@pytest.fixture(scope="module")
def address(site: Path, server: Server) -> Callable[[str], str]:
    """Makes a page that holds all these figures, and text beneath each, in the frame of a page of the site."""

    def make(language: str) -> str:
        figures = []
        for slug in INTERACTIVE:
            svg, description, found, _ = drawing(ROOT, slug, language)
            assert found is not None
            picture = f'<div class="dl-figure__picture" role="img" aria-label="{escape(description)}">{svg}</div>'
            anchor = f'<a id="fig-{slug}" href="" aria-hidden="true" tabindex="-1"></a>'
            box = controls(found, LABELS[language], f"Caption of {slug}")
            figures.append(f'<figure class="dl-figure dl-interactive">{anchor}{picture}<div>{box}</div><figcaption>Caption</figcaption></figure><p>text</p>')
        frame = (site / PREFIX[language] / "preface" / "index.html").read_text(encoding="utf8")
        head, article, foot = re.split(r"(?<=<article class=\"md-content__inner md-typeset\">)|(?=</article>)", frame)
        assert "<h1" in article
        return server.page(f"{PREFIX[language]}preface/figures.html", f"{head}<h1 id='preface'>Figures</h1>{''.join(figures)}{foot}")

    return make


@pytest.fixture(scope="module", params=["ja", "en"])
def opened(request: pytest.FixtureRequest, context: BrowserContext, address: Callable[[str], str]) -> Iterator[tuple[Page, str]]:
    """The page with the figures, and its language, for all tests."""
    page = context.new_page()
    noise = checks.Noise(page, "http")
    page.goto(address(request.param))
    page.evaluate("() => document.fonts.ready")
    yield page, request.param
    page.close()
    assert noise.console == []


@pytest.fixture(params=INTERACTIVE)
def shown(request: pytest.FixtureRequest, opened: tuple[Page, str]) -> tuple[Locator, dict[str, Any]]:
    """A figure as it is at first, and its data."""
    page, language = opened
    page.set_viewport_size({"width": 1280, "height": 900})
    figure, found = of(page, request.param), data(request.param, language)
    starts = [[choice["start"] for choice in track["choices"]] for track in found["tracks"]]
    first = found["position"]["start"]
    visit(figure, starts, [first if first >= 0 else max(lengths(found, starts)) - 1])
    return figure, found


def of(page: Page, slug: str) -> Locator:
    """A figure of the page."""
    return page.locator(".dl-interactive", has=page.locator(f"#fig-{slug}"))


def box(figure: Locator) -> Locator:
    return figure.locator(".dl-controls")


def slider(figure: Locator) -> Locator:
    return box(figure).locator("input[type=range]")


def choose(figure: Locator, values: list[list[str]]) -> None:
    """Choose the options of each track, as a reader does."""
    selects = box(figure).locator("select")
    for i, value in enumerate(value for chosen in values for value in chosen):
        selects.nth(i).select_option(value)


def visit(figure: Locator, values: list[list[str]], positions: list[int], parts: str = "none") -> list[dict[str, Any]]:
    """Choose options and go to positions, all at once: what the page shows at each, and those parts of the picture."""
    return figure.evaluate(VISIT, [[value for chosen in values for value in chosen], positions, parts])  # type: ignore[no-any-return]


VISIT = """(figure, [values, positions, parts]) => {
  const box = figure.querySelector(".dl-controls"), slider = box.querySelector("input");
  box.querySelectorAll("select").forEach((select, i) => {
    select.value = values[i];
    select.dispatchEvent(new Event("change", {bubbles: true}));
  });
  return positions.map(position => {
    slider.value = position;
    slider.dispatchEvent(new Event("input", {bubbles: true}));
    return {
      max: slider.max, spoken: slider.getAttribute("aria-valuetext"), at: box.querySelector(".dl-controls__at").textContent,
      lines: [...box.querySelectorAll(".dl-controls__says > div")].map(line => line.textContent),
      below: figure.nextElementSibling.getBoundingClientRect().top - figure.getBoundingClientRect().top,
      parts: Object.fromEntries([...figure.querySelectorAll(parts)].map(e => [e.dataset.part, {
        d: e.getAttribute("d") ?? "", transform: e.getAttribute("transform") ?? "", text: e.textContent,
        lit: "lit" in e.dataset, visible: e.getClientRects().length > 0,
      }])),
    };
  });
}"""


def expected(found: dict[str, Any], values: list[list[str]], position: int) -> tuple[list[str], str]:
    """The lines beneath the picture, and the text of the position."""
    lines, at = [], ""
    for track, chosen in zip(found["tracks"], values, strict=True):
        table = found["scenes"][" ".join(chosen)]
        k = min(position, len(table) - 1)
        words = {choice["name"]: choice["options"][value] for choice, value in zip(track["choices"], chosen, strict=True)}
        lines.append(say(track["says"], table[k], k, words))
        at = at or say(found["position"]["says"], table[k], k, words)
    return lines, at


def states(found: dict[str, Any]) -> Iterator[list[list[str]]]:
    """Every scene of every track, the tracks taking turns."""
    per_track = [[list(values) for values in product(*(choice["options"] for choice in track["choices"]))] for track in found["tracks"]]
    for k in range(max(map(len, per_track))):
        yield [options[(k + i) % len(options)] for i, options in enumerate(per_track)]


def lengths(found: dict[str, Any], values: list[list[str]]) -> list[int]:
    return [len(found["scenes"][" ".join(chosen)]) for chosen in values]


def extremes(found: dict[str, Any], values: list[list[str]]) -> list[int]:
    """The first and the last position, and those with the longest and the shortest texts."""
    positions = range(max(lengths(found, values)))
    texts = [[*lines, at] for lines, at in (expected(found, values, k) for k in positions)]
    ends = {pick(positions, key=lambda k: len(texts[k][i])) for i in range(len(texts[0])) for pick in (min, max)}
    return sorted({0, positions[-1], *ends})


def read(figure: Locator) -> tuple[list[str], str]:
    return box(figure).locator(".dl-controls__says > div").all_text_contents(), box(figure).locator(".dl-controls__at").inner_text()


def test_no_picture_changes_when_the_script_wakes(opened: tuple[Page, str]) -> None:
    page, _ = opened
    for slug in INTERACTIVE:
        figure = of(page, slug)
        assert box(figure).is_enabled()
        slider(figure).press("Home")
        slider(figure).press("End")
        for button in ("-1", "1"):  # to the state of the start, through others
            box(figure).locator(f"[data-step='{button}']").click()
    page.reload()
    for slug in INTERACTIVE:
        slider(of(page, slug)).dispatch_event("input")  # writes the state anew
    before, after = page.evaluate(
        """async () => {
          const text = await (await fetch(location)).text();
          const parse = text => [...new DOMParser().parseFromString(text, "text/html").querySelectorAll(".dl-interactive svg")].map(svg => svg.outerHTML);
          return [parse(text), parse(document.documentElement.outerHTML)];
        }"""
    )
    assert len(before) == len(INTERACTIVE)
    assert [slug for slug, one, other in zip(INTERACTIVE, before, after, strict=True) if one != other] == []


def test_every_scene_is_shown_as_its_table_says(shown: tuple[Locator, dict[str, Any]]) -> None:
    figure, found = shown
    for values in states(found):
        longest = max(lengths(found, values))
        positions = sorted({0, 1, longest // 2, longest - 1} & set(range(longest)))
        for position, seen in zip(positions, visit(figure, values, positions, "[data-part]"), strict=True):
            assert seen["max"] == str(longest - 1)
            assert (seen["lines"], seen["at"]) == expected(found, values, position)
            assert seen["spoken"] == seen["at"]
            assert wrong(seen["parts"], found, values, position) == []


def wrong(parts: dict[str, Any], found: dict[str, Any], values: list[list[str]], position: int) -> list[str]:
    """Parts of the picture that are not where the table says."""
    faults = []
    for track, chosen in zip(found["tracks"], values, strict=True):
        key = " ".join(chosen)
        table = found["scenes"][key]
        k = min(position, len(table) - 1)

        def place(row: list[str], columns: list[int]) -> tuple[float, float]:
            x0, sx, y0, sy = found["scale"]
            return x0 + sx * number(row[columns[0]]), y0 + sy * number(row[columns[1]])

        for kind, rows in (("lines", table), ("traces", table[: k + 1]), ("dots", table[: k + 1]), ("moves", [table[k]])):
            for part, columns in track.get(kind, {}).items():
                seen = [float(v) for v in re.findall(r"-?[\d.]+", parts[part]["transform" if kind == "moves" else "d"].replace("h0", ""))]
                exact = [value for row in rows for value in place(row, columns)]
                if len(seen) != len(exact) or any(abs(a - b) > 0.051 for a, b in zip(seen, exact, strict=True)):
                    faults.append(f"{kind} of {part}: {seen[:4]} … for {exact[:4]} …")
        for part, column in track.get("grows", {}).items():
            if parts[part]["transform"] != f"scale({number(table[k][column]):g})":
                faults.append(f"{part}: {parts[part]['transform']} for {table[k][column]}")
        words = {choice["name"]: choice["options"][value] for choice, value in zip(track["choices"], chosen, strict=True)}
        faults += [p for p, template in track.get("prints", {}).items() if parts[p]["text"] != say(template, table[k], k, words)]
        for group, column in track.get("lights", {}).items():
            lit = {p.rpartition("-")[2] for p, e in parts.items() if p.startswith(f"{group}-") and e["lit"]}
            if lit != set(table[k][column].split(",")):
                faults.append(f"{group}: {sorted(lit)} are lit")
        for group, (cell, text) in track.get("fills", {}).items():
            filled = {p.rpartition("-")[2]: e["text"] for p, e in parts.items() if p.startswith(f"{group}-") and e["visible"]}
            if filled != {row[cell]: row[text] for row in table}:
                faults.append(f"{group}: {filled}")
        for group, cells in track.get("shows", {}).items():
            seen_cells = {p.rpartition("-")[2] for p, e in parts.items() if p.startswith(f"{group}-") and e["visible"]}
            if seen_cells != set(cells[key].split(",")):
                faults.append(f"{group}: {sorted(seen_cells)} are seen")
    return faults


def test_the_end_stays_the_end_and_another_position_stays_where_it_is(shown: tuple[Locator, dict[str, Any]]) -> None:
    figure, found = shown
    by_length = sorted(states(found), key=lambda values: max(lengths(found, values)))
    short, long = by_length[0], by_length[-1]
    last = max(lengths(found, long)) - 1
    choose(figure, long)
    slider(figure).fill(str(last))
    choose(figure, short)
    assert slider(figure).input_value() == str(max(lengths(found, short)) - 1)
    choose(figure, long)
    assert slider(figure).input_value() == str(last)
    slider(figure).fill("0")
    choose(figure, short)
    choose(figure, long)
    assert slider(figure).input_value() == ("0" if max(lengths(found, short)) > 1 else str(last))


def test_a_part_in_a_wrong_place_is_found() -> None:
    found = {
        "scenes": {"a": [["1", "2", "0"], ["−3", "4", "1"]]}, "scale": [10, 1, 10, -1],
        "tracks": [{"choices": [{"name": "f", "options": {"a": "A"}}], "traces": {"path": [0, 1]}, "moves": {"end": [0, 1]}, "grows": {"disk": 1}, "prints": {"name": "{0}"}, "lights": {"in": 2}, 
                    "fills": {"out": [2, 1]}, "shows": {"in": {"a": "0,1"}}}],
    }  # fmt: skip
    element = {"d": "", "transform": "", "text": "", "lit": False, "visible": True}
    cells = {"in-0": element, "in-1": {**element, "lit": True}, "out-0": {**element, "text": "2"}, "out-1": {**element, "text": "4"}}
    name, end, disk = {**element, "text": "−3"}, {**element, "transform": "translate(7.0 6.0)"}, {**element, "transform": "scale(4)"}
    good = {**cells, "path": {**element, "d": "M11.0,8.0L7.0,6.0"}, "end": end, "disk": disk, "name": name}
    assert wrong(good, found, [["a"]], 1) == []
    for part, key, value in (
        ("path", "d", "M11.0,8.0"), ("path", "d", "M11.0,8.0L7.0,6.1"), ("end", "transform", ""), ("disk", "transform", "scale(2)"), ("name", "text", "3"),
        ("in-0", "lit", True), ("in-1", "visible", False), ("out-1", "text", ""), ("out-0", "visible", False),
    ):  # fmt: skip
        assert len(wrong({**good, part: {**good[part], key: value}}, found, [["a"]], 1)) == 1, (part, key)


def test_it_goes_by_keyboard_alone(shown: tuple[Locator, dict[str, Any]]) -> None:
    figure, found = shown
    keyboard = figure.page.keyboard
    values = [[choice["start"] for choice in track["choices"]] for track in found["tracks"]]
    longest = max(lengths(found, values))
    figure.locator("a[id]").evaluate("anchor => anchor.focus()")
    stops: list[str] = []
    while "1" not in stops:
        keyboard.press("Tab")
        stops.append(figure.evaluate("() => document.activeElement.dataset.step ?? document.activeElement.tagName.toLowerCase()"))
        assert len(stops) < 20
        assert figure.evaluate("() => getComputedStyle(document.activeElement).outlineStyle") != "none", "the focus is not seen"
        if stops[-1] == "input":
            keyboard.press("Home")
            assert read(figure) == expected(found, values, 0)
            keyboard.press("ArrowRight")
            assert read(figure) == expected(found, values, min(1, longest - 1))
            keyboard.press("End")
            assert read(figure) == expected(found, values, longest - 1)
    selects = sum(len(track["choices"]) for track in found["tracks"])
    assert stops == ["select"] * selects + ["-1", "input", "1"]
    keyboard.press("Shift+Tab")
    keyboard.press("Shift+Tab")
    keyboard.press("Enter")
    assert read(figure) == expected(found, values, max(longest - 2, 0))


@pytest.fixture(scope="module")
def telephone(browser: Browser, address: Callable[[str], str]) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(address("en"))
    yield page
    context.close()


@pytest.mark.parametrize("slug", INTERACTIVE)
def test_it_goes_by_touch(telephone: Page, slug: str) -> None:
    figure, found = of(telephone, slug), data(slug, "en")
    values = [[choice["start"] for choice in track["choices"]] for track in found["tracks"]]
    slider(figure).fill("0")
    box(figure).locator("[data-step='1']").tap()
    assert read(figure) == expected(found, values, 1)
    area = slider(figure).bounding_box()
    assert area
    telephone.touchscreen.tap(area["x"] + area["width"] / 2, area["y"] + area["height"] / 2)
    last = max(lengths(found, values)) - 1
    assert abs(float(slider(figure).input_value()) - last / 2) <= max(0.15 * last, 0.5)
    for place in box(figure).locator("select, button, input").all():
        area = place.bounding_box()
        assert area and area["height"] >= 43.5, "too small for a finger"


@pytest.fixture(scope="module")
def moving(browser: Browser, address: Callable[[str], str]) -> Iterator[Page]:
    """A page on which time goes by only where a test says so."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(address("ja"))
    page.clock.install(time=0)
    page.clock.pause_at(1000)
    yield page
    context.close()


@pytest.mark.parametrize("slug", [slug for slug in INTERACTIVE if data(slug, "ja")["position"].get("play")])
def test_it_plays_pauses_and_ends(moving: Page, slug: str) -> None:
    moving.emulate_media(reduced_motion="no-preference")
    figure, clock = of(moving, slug), moving.clock
    play, status = box(figure).locator(".dl-controls__play"), box(figure).locator("[role=status]")
    slider(figure).press("End")
    last = int(slider(figure).input_value())
    play.click()  # from the end it begins anew
    assert slider(figure).input_value() == "0"
    assert (play.inner_text(), status.get_attribute("aria-live")) == (LABELS["ja"]["pause"], "off")
    clock.run_for(1000)
    assert 3 <= int(slider(figure).input_value()) <= 8
    play.click()
    stopped = slider(figure).input_value()
    clock.run_for(1000)
    assert slider(figure).input_value() == stopped
    assert (play.inner_text(), status.get_attribute("aria-live")) == (LABELS["ja"]["play"], "polite")
    slider(figure).fill(str(last - 3))
    play.click()
    clock.run_for(1000)
    assert (slider(figure).input_value(), play.inner_text()) == (str(last), LABELS["ja"]["play"])
    play.click()
    moving.emulate_media(reduced_motion="reduce")
    play.wait_for(state="hidden")
    stopped = slider(figure).input_value()
    clock.run_for(1000)
    assert slider(figure).input_value() == stopped


def test_without_motion_nothing_plays(opened: tuple[Page, str]) -> None:
    page, _ = opened  # of a reader who wants no motion
    assert page.locator(".dl-controls:visible").count() == len(INTERACTIVE)
    assert page.locator(".dl-controls__play").count() and not page.locator(".dl-controls__play:visible").count()


def test_they_ask_the_network_for_nothing(opened: tuple[Page, str]) -> None:
    page, language = opened
    page.wait_for_load_state("networkidle")
    noise = checks.Noise(page, "http")
    for slug in INTERACTIVE:
        figure = of(page, slug)
        for values in list(states(data(slug, language)))[:3]:
            choose(figure, values)
            slider(figure).press("Home")
    assert noise.inside == []


def test_without_javascript_the_pictures_stay_alone(browser: Browser, address: Callable[[str], str]) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address("ja"))
    for slug in INTERACTIVE:
        figure = of(page, slug)
        assert figure.locator("svg").is_visible()
        assert not box(figure).is_visible()
        assert figure.locator("figcaption").is_visible()
    context.close()


def test_on_paper_the_pictures_stay_alone(opened: tuple[Page, str]) -> None:
    page, _ = opened
    page.emulate_media(media="print")
    assert page.locator(".dl-interactive svg:visible").count() == len(INTERACTIVE)
    assert page.locator(".dl-controls").count() and not page.locator(".dl-controls:visible").count()
    page.emulate_media(media="screen")


@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_does_not_jump(opened: tuple[Page, str], width: int) -> None:
    page, language = opened
    page.set_viewport_size({"width": width, "height": 900})
    # What is out of sight does not count as a shift.
    page.set_viewport_size({"width": width, "height": page.evaluate("() => document.documentElement.scrollHeight")})
    page.add_init_script("new PerformanceObserver(l => { (window.shifts ??= []).push(...l.getEntries()); }).observe({type: 'layout-shift', buffered: true})")
    page.reload()
    page.wait_for_timeout(300)
    assert page.evaluate("() => (window.shifts ?? []).filter(s => s.sources.some(s => s.node?.parentElement?.closest('article'))).length") == 0
    page.set_viewport_size({"width": width, "height": 900})
    for slug in INTERACTIVE:
        figure, found = of(page, slug), data(slug, language)
        before = figure.evaluate("figure => figure.nextElementSibling.getBoundingClientRect().top - figure.getBoundingClientRect().top")
        for values in states(found):
            for seen in visit(figure, values, extremes(found, values)):
                assert seen["below"] == before, f"the text beneath {slug} moves: {values}, {seen['at']}"
    assert checks.sideways(page) == []


def test_labels_stay_apart_in_every_scene(opened: tuple[Page, str]) -> None:
    page, language = opened
    page.set_viewport_size({"width": 390, "height": 900})
    for slug in INTERACTIVE:
        figure = of(page, slug)
        for values in states(data(slug, language)):
            visit(figure, values, [0])
            assert misplaced(figure.evaluate(BOXES)) == []


def test_axe_finds_nothing(opened: tuple[Page, str]) -> None:
    page, _ = opened
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(color_scheme="light")
    for slug in INTERACTIVE:
        slider(of(page, slug)).press("Home")
    assert checks.axe(page) == []
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("() => document.body.dataset.mdColorScheme === 'slate'")
    assert checks.axe(page, "colors") == []
    page.set_viewport_size({"width": 390, "height": 900})
    assert checks.axe(page, "structure") == []
    for slug in INTERACTIVE:
        assert box(of(page, slug)).get_by_role("status").count() == 1
    page.emulate_media(color_scheme="light")
    assert all(name.strip() for name in page.locator(".dl-controls select").evaluate_all("all => all.map(s => s.labels[0].textContent)"))
