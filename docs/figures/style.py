"""The look of all figures: what the scripts draw with, and how matplotlib's SVG becomes a part of a page.

A picture is drawn at ``WIDTH`` units, the width in pixels of a column of text on a telephone of 390 px, so that a font size of 12
is 12 px there. Colors are names of ``PALETTE`` and leave as CSS variables (docs/theme/stylesheets/figures.css), which the theme
sets for light and dark. Text stays text in the font of the page; matplotlib, which would measure it with another font,
never sees it: it places a token, and the label is put in its stead. So a label may be wider or narrower than here, and
scripts leave room for that.

In a label, what stands between dollar signs is mathematics: Latin and Greek letters are italic, words of two and more letters
(``exp``) upright, ``_`` and ``^`` lower and raise what follows, a character or a group in braces; ŷ has its hat.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any
from xml.etree import ElementTree

import matplotlib
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch
from matplotlib.transforms import Affine2D, Transform

WIDTH = 358.0
TEXT = 12.0  # font sizes, in units
MATH = 14.0  # the fonts of mathematics are smaller at the same size
SCRIPT = 0.8  # of MATH: sub- and superscripts are no smaller than 11 units

# What stands for each color until the SVG is made. Nothing but the names leaves this file.
PALETTE = {name: f"#0000{code:02x}" for code, name in enumerate(("fg", "muted", "grid", "bg", "tint", "1", "2", "3", "4"), start=1)}

# Series are told apart without color: by their dashes (lengths of line and gap), and by their markers where they have points.
DASHES: dict[str, tuple[float, ...]] = {"1": (), "2": (8, 3), "3": (8, 2.5, 2, 2.5), "4": (2, 2.5)}
MARKERS = {"1": "o", "2": "s", "3": "^", "4": "D"}

SETTINGS: dict[str, Any] = {
    "axes.facecolor": "none",
    "axes.edgecolor": PALETTE["muted"],
    "axes.linewidth": 1.0,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.unicode_minus": True,
    "figure.dpi": 72,
    "figure.facecolor": "none",
    "font.family": ["DejaVu Sans"],  # comes with matplotlib: numbers at the ticks are placed alike on every machine
    "font.size": TEXT,
    "lines.linewidth": 2.0,
    "lines.markersize": 6.0,
    "lines.scale_dashes": False,
    "path.simplify": True,
    "svg.fonttype": "none",
    "text.usetex": False,
    "xtick.color": PALETTE["muted"],
    "xtick.labelcolor": PALETTE["fg"],
    "xtick.major.size": 4.0,
    "xtick.major.width": 1.0,
    "ytick.color": PALETTE["muted"],
    "ytick.labelcolor": PALETTE["fg"],
    "ytick.major.size": 4.0,
    "ytick.major.width": 1.0,
}


def signed(value: float, digits: int = 2) -> str:
    """A number as it is printed: rounded, with a minus sign that is no hyphen."""
    return f"{value:.{digits}f}".replace("-", "−")


class Picture:
    """One figure with one pair of axes. ``margins``: units left, right, above and below of the axes."""

    def __init__(self, slug: str, height: float, margins: tuple[float, float, float, float]) -> None:
        self.slug = slug
        self.height = height
        self.labels: dict[str, tuple[str, bool]] = {}  # by token: the label, and whether a halo keeps it legible on lines
        left, right, top, bottom = margins
        with self._settings():
            self.figure = Figure(figsize=(WIDTH / 72, height / 72))
            FigureCanvasSVG(self.figure)
            box = (left / WIDTH, bottom / height, (WIDTH - left - right) / WIDTH, (height - top - bottom) / height)
            self.axes = self.figure.add_axes(box)
        # Units of the picture, counted from its upper left corner.
        self.units: Transform = Affine2D().scale(1, -1).translate(0, height)

    def _settings(self) -> Any:
        """matplotlib's own defaults and ours, whatever the settings of the user."""
        defaults: dict[Any, Any] = dict(matplotlib.rcParamsDefault)
        return matplotlib.rc_context(defaults | SETTINGS | {"svg.hashsalt": self.slug, "backend": "svg"})

    def ticks(self, x: Sequence[float], y: Sequence[float]) -> None:
        """Numbers at the axes, and a faint line across at each of those of y."""
        with self._settings():
            self.axes.set_xticks(x)
            self.axes.set_yticks(y)
            self.axes.grid(axis="y", color=PALETTE["grid"], linewidth=1)
            self.axes.set_axisbelow(True)

    def series(self, series: str, name: str, x: Any, y: Any, *, markers: bool = False, **style: Any) -> None:
        """The curve of a series. ``name`` is what the SVG calls it (``data-part``)."""
        with self._settings():
            self.axes.add_line(self._line(series, x, y, markers, gid=f"dl:{name}", **style))

    def rule(self, name: str, x: Any, y: Any, *, color: str = "muted", dashes: Sequence[float] = (), **style: Any) -> None:
        """A line that is no series: an asymptote, an optimum."""
        with self._settings():
            line = Line2D(x, y, color=PALETTE[color], gid=f"dl:{name}", **{"linewidth": 1.2, **style})
            if dashes:
                line.set_linestyle((0, tuple(dashes)))
            self.axes.add_line(line)

    def points(self, series: str, name: str, x: Any, y: Any, *, units: bool = False) -> None:
        """Points of a class: filled markers without a line."""
        with self._settings():
            line = self._line(series, x, y, True, gid=f"dl:{name}", linestyle="none")
            line.set(markerfacecolor=PALETTE[series], markersize=7.5)
            self._add(line, units)

    def rings(self, name: str, x: Any, y: Any, *, units: bool = False) -> None:
        """Rings around points."""
        with self._settings():
            line = Line2D(x, y, linestyle="none", marker="o", markersize=15, markerfacecolor="none", gid=f"dl:{name}")
            line.set(markeredgecolor=PALETTE["fg"], markeredgewidth=1.4)
            self._add(line, units)

    def arrow(self, name: str, start: Any, end: Any, *, both: bool = False, width: float = 1.8) -> None:
        """An arrow from a point of the axes to another; with a head at either end if ``both``."""
        with self._settings():
            arrow = FancyArrowPatch(
                tuple(start), tuple(end), arrowstyle="<|-|>" if both else "-|>", mutation_scale=11, shrinkA=0, shrinkB=0,
                color=PALETTE["fg"], linewidth=width, joinstyle="miter", gid=f"dl:{name}",
            )  # fmt: skip
            self.axes.add_patch(arrow)

    def _add(self, line: Line2D, units: bool) -> None:
        if units:
            line.set_transform(self.units)
            self.figure.add_artist(line)
        else:
            self.axes.add_line(line)

    def text(self, x: float, y: float, label: str, *, anchor: str = "start", halo: bool = False, units: bool = False) -> None:
        """A label whose base line begins, is centered or ends at a point of the axes, or of the picture if ``units``."""
        token = f"@{len(self.labels)}@"
        self.labels[token] = label, halo
        place = {"start": "left", "middle": "center", "end": "right"}[anchor]
        transform = self.units if units else self.axes.transData
        with self._settings():
            self.figure.text(x, y, token, color=PALETTE["fg"], ha=place, va="baseline", transform=transform)

    def legend(self, rows: Sequence[tuple[str, str, str]], x: float, y: float, *, column: float = 0.0, markers: bool = False, step: float = 17.0) -> None:
        """A sample of each series, its name, and at ``column`` units its formula; in units of the picture."""
        for k, (series, name, formula) in enumerate(rows):
            base = y + k * step
            with self._settings():
                for end, marked in ((28.0, False), *(((14.0, True),) if markers else ())):
                    xs = [x + 14] if marked else [x, x + end]
                    line = self._line(series, xs, [base - 4] * len(xs), marked, gid=f"dl:sample-{series}{'-marker' if marked else ''}")
                    self._add(line, units=True)
            self.text(x + 35, base, name, units=True, halo=True)
            if formula:
                self.text(x + column, base, formula, units=True, halo=True)

    def _line(self, series: str, x: Any, y: Any, markers: bool, **style: Any) -> Line2D:
        line = Line2D(x, y, color=PALETTE[series], **{"linestyle": (0, DASHES[series]) if DASHES[series] else "-", **style})
        if markers:
            line.set(marker=MARKERS[series], markerfacecolor=PALETTE["bg"], markeredgecolor=PALETTE[series], markeredgewidth=1.8)
        return line

    def svg(self) -> str:
        """The picture as one SVG element that can stand in a page."""
        buffer = io.StringIO()
        with self._settings():
            self.figure.savefig(buffer, format="svg", metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
        return _element(buffer.getvalue(), self.slug, self.labels)


SVG = "{http://www.w3.org/2000/svg}"
LINK = "{http://www.w3.org/1999/xlink}href"


def _element(source: str, slug: str, labels: dict[str, tuple[str, bool]]) -> str:
    """matplotlib's document as an element: labels for tokens, variables for colors, ids that no other figure has, nothing else."""
    root = ElementTree.fromstring(source)
    view = root.attrib["viewBox"]
    used = dict.fromkeys(re.findall(r'(?:url\(|href=")#([^)"]+)', source))
    names = {old: f"{slug}-{k}" for k, old in enumerate(used, start=1)}
    for element in root.iter():
        element.tag = element.tag.removeprefix(SVG)
        old = element.attrib.pop("id", "")
        if old in names:
            element.attrib["id"] = names[old]
        elif old.startswith("dl:"):
            element.attrib["data-part"] = old.removeprefix("dl:")
        if LINK in element.attrib:
            element.attrib["href"] = "#" + names[element.attrib.pop(LINK).removeprefix("#")]
        if "clip-path" in element.attrib:
            element.attrib["clip-path"] = re.sub(r"#([^)]+)", lambda match: "#" + names[match[1]], element.attrib["clip-path"])
        if "d" in element.attrib:
            element.attrib["d"] = " ".join(element.attrib["d"].split())
        if "style" in element.attrib:
            element.attrib["style"] = _colors(element.attrib["style"])
        if element.tag == "text":
            _label(element, *labels.get(element.text or "", (element.text or "", False)))
        elif element.tag != "tspan":
            element.text = None
        if element.tag != "tspan":
            element.tail = None
    _tidy(root)
    root.attrib = {
        "class": "dl-fig", "viewBox": view, "aria-hidden": "true", "focusable": "false",
        "style": "stroke-linejoin: round; stroke-linecap: butt", "xmlns": SVG[1:-1],
    }  # fmt: skip
    return ElementTree.tostring(root, encoding="unicode")


def _tidy(parent: ElementTree.Element) -> None:
    """Without groups that group nothing, invisible grounds, metadata, and the style element, which would apply to the whole page."""
    children = list(parent)
    for child in children:
        _tidy(child)
        parent.remove(child)
        if child.tag in ("metadata", "style") or (child.tag in ("g", "defs") and not len(child)) or child.get("style") == "fill: none":
            continue
        parent.extend(list(child) if child.tag == "g" and not child.attrib else [child])


def _colors(style: str) -> str:
    names = {color: name for name, color in PALETTE.items()}

    def variable(match: re.Match[str]) -> str:
        if match[0] not in names:
            raise ValueError(f"the color {match[0]} is not in the palette of the figures")
        return f"var(--dl-fig-{names[match[0]]})"

    return re.sub(r"#[0-9a-f]{3,8}\b", variable, style)


def _label(element: ElementTree.Element, label: str, halo: bool) -> None:
    """Put the label in the place of its token, in the font of the page."""
    style = dict(part.split(": ", 1) for part in element.attrib["style"].split("; "))
    element.attrib["style"] = "; ".join(f"{key}: {style[key]}" for key in ("text-anchor", "fill") if key in style)
    element.attrib["font-size"] = f"{TEXT:g}"
    if halo:
        element.attrib["class"] = "dl-fig-halo"
    element.attrib.pop("transform", None)  # a rotation by nothing
    element.text = ""
    for piece, kind, size, shift in _pieces(label):
        if not kind and not shift and not len(element):
            element.text = piece
            continue
        span = ElementTree.SubElement(element, "tspan")
        span.text = piece
        if kind:
            span.attrib.update({"class": f"dl-fig-{kind}", "font-size": f"{size:g}"})
        if shift:
            span.attrib["dy"] = f"{shift:g}"
        if piece == HAT:  # set back over the letter before
            span.attrib["dx"] = f"{-0.46 * size:g}"


HAT = "ˆ"


def _pieces(label: str) -> Iterator[tuple[str, str, float, float]]:
    """Pieces of a label: text, kind (empty, ``math`` for italic letters, ``sign`` for the rest), font size, change of base line."""
    lowered = 0.0
    for k, part in enumerate(label.split("$")):
        if k % 2 == 0:
            if part:
                yield part, "", TEXT, -lowered
                lowered = 0.0
            continue
        part = unicodedata.normalize("NFD", part).replace("\u0302", HAT)
        for mark, group in re.findall(r"([_^]?)(\{[^}]*\}|[A-Za-z]{2,}|.)", part):
            wanted = {"": 0.0, "_": 3.0, "^": -5.0}[mark]
            for piece in re.findall(rf"[A-Za-z]{{2,}}|[A-Za-zα-ω]|{HAT}|[^A-Za-zα-ω{HAT}]+", group.strip("{}") if len(group) > 1 else group):
                kind = "math" if re.fullmatch("[A-Za-zα-ω]", piece) else "sign"
                yield piece, kind, MATH * SCRIPT if mark else MATH, wanted - lowered
                lowered = wanted
