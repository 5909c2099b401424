"""The look of all figures: what the scripts draw with, and how matplotlib's SVG becomes a part of a page.

A picture is drawn at ``WIDTH`` units, the width in pixels of a column of text on a telephone of 390 px, so that a font size of 12
is 12 px there. Colors are names of ``PALETTE`` and leave as CSS variables (docs/theme/stylesheets/figures.css), which the theme
sets for light and dark. Text stays text in the font of the page; matplotlib, which would measure it with another font,
never sees it: it places a token, and the label is put in its stead. So a label may be wider or narrower than here, and
scripts leave room for that.

``Picture`` is a graph with axes, which matplotlib draws; ``Canvas`` is a diagram, drawn by hand in units. A part that other things
speak of (the controls of a figure, the links beneath it) has a name, ``data-part`` in the SVG.

In a label, what stands between dollar signs is mathematics: Latin and Greek letters are italic, words of two and more letters
(``exp``) upright, ``_`` and ``^`` lower and raise what follows, a character or a group in braces; ŷ has its hat, ℱ is a script F.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import hypot
from typing import Any
from xml.etree import ElementTree

import matplotlib
from cycler import cycler
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

# For the experiments (dlref/site/experiments.py), which draw with plain matplotlib: the same, and the series of the palette in turn.
EXPERIMENT: dict[str, Any] = SETTINGS | {
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "axes.labelcolor": PALETTE["fg"],
    "axes.labelsize": TEXT,
    "axes.prop_cycle": cycler(
        color=[PALETTE[series] for series in DASHES], linestyle=[(0, dashes) if dashes else "-" for dashes in DASHES.values()]
    ),
    "axes.titlecolor": PALETTE["fg"],
    "axes.titlelocation": "left",
    "axes.titlesize": TEXT,
    "figure.constrained_layout.use": True,
    "figure.figsize": (WIDTH / 72, 240 / 72),
    "grid.color": PALETTE["grid"],
    "image.cmap": "gray_r",
    "legend.frameon": False,
    "legend.fontsize": TEXT,
    "legend.handlelength": 2.4,
    "patch.edgecolor": PALETTE["fg"],
    "text.color": PALETTE["fg"],
    "text.parse_math": False,  # what stands between dollar signs is set as in the other figures
}


def signed(value: float, digits: int = 2) -> str:
    """A number as it is printed: rounded, with a minus sign that is no hyphen."""
    return f"{value:.{digits}f}".replace("-", "−")


class Picture:
    """One figure with one pair of axes. ``margins``: units left, right, above and below of the axes."""

    def __init__(self, slug: str, height: float, margins: tuple[float, float, float, float]) -> None:
        self.slug = slug
        self.height = height
        self.labels: dict[str, tuple[str, bool, str]] = {}  # by token: label, whether a halo keeps it legible on lines, part
        self.over = Canvas(slug, height)  # what lies over the graph
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

    def scale(self) -> tuple[float, float, float, float]:
        """x0, sx, y0, sy: a point of the axes lies at x0 + sx · x, y0 + sy · y in units of the picture."""
        (x0, y0), (x1, y1) = self.axes.transData.transform([(0, 0), (1, 1)])
        return float(x0), float(x1 - x0), float(self.height - y0), float(y0 - y1)

    def text(self, x: float, y: float, label: str, *, anchor: str = "start", halo: bool = False, units: bool = False, part: str = "") -> None:
        """A label whose base line begins, is centered or ends at a point of the axes, or of the picture if ``units``."""
        token = f"@{len(self.labels)}@"
        self.labels[token] = label, halo, part
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
        return _element(buffer.getvalue(), self.slug, self.labels, self.over.children)


def embedded(figure: Figure, slug: str) -> str:
    """A figure of plain matplotlib, drawn with the settings ``EXPERIMENT``, as one SVG element that can stand in a page."""
    buffer = io.StringIO()
    figure.set_figwidth(WIDTH / 72)
    with matplotlib.rc_context({"svg.hashsalt": slug}):
        figure.savefig(buffer, format="svg", metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    return _element(re.sub(r"\\mathdefault\{(.*?)\}\$", r"\1$", buffer.getvalue()), slug, {}, [])


class Canvas:
    """A diagram: SVG by hand, in units of the picture, from its upper left corner."""

    def __init__(self, slug: str, height: float) -> None:
        self.slug = slug
        self.height = height
        self.children: list[ElementTree.Element] = []

    def path(self, d: str, *, part: str = "", stroke: str = "fg", fill: str = "none", width: float = 1.4, dashes: Sequence[float] = (), **style: str) -> None:
        """Lines and areas; ``style``: further properties, as ``stroke_linecap="round"``."""
        properties = {"fill": _variable(fill), "stroke": _variable(stroke)}
        if stroke != "none":
            properties["stroke-width"] = f"{width:g}"
        if dashes:
            properties["stroke-dasharray"] = ",".join(f"{dash:g}" for dash in dashes)
        properties |= {key.replace("_", "-"): value for key, value in style.items()}
        attributes = {"d": d, "style": "; ".join(f"{key}: {value}" for key, value in properties.items())}
        self.children.append(ElementTree.Element("path", {**({"data-part": part} if part else {}), **attributes}))

    def box(self, x: float, y: float, wide: float, high: float, /, *, radius: float = 5, **style: Any) -> None:
        """A rectangle, with round corners unless the radius is 0."""
        r, w, h = radius, wide - 2 * radius, high - 2 * radius
        turns = [f"a{r:g},{r:g} 0 0 1 {a * r:g},{b * r:g}" if r else "" for a, b in ((1, 1), (-1, 1), (-1, -1), (1, -1))]
        sides = [f"h{w:g}", f"v{h:g}", f"h{-w:g}", f"v{-h:g}"]
        self.path(f"M{x + r:g},{y:g}" + "".join(side + turn for side, turn in zip(sides, turns, strict=True)) + "z", **style)

    def circle(self, x: float, y: float, radius: float, **style: Any) -> None:
        r = f"{radius:g}"
        self.path(f"M{x - radius:g},{y:g}a{r},{r} 0 1 1 {2 * radius:g},0a{r},{r} 0 1 1 {-2 * radius:g},0z", **style)

    def arrow(self, points: Sequence[tuple[float, float]], *, part: str = "", color: str = "fg", head: float = 7, width: float = 1.4, dashes: Sequence[float] = ()) -> None:
        """A line through points whose last piece ends in a filled head."""
        (x1, y1), (x2, y2) = points[-2:]
        length = hypot(x2 - x1, y2 - y1)
        ux, uy = (x2 - x1) / length, (y2 - y1) / length
        base = x2 - head * ux, y2 - head * uy
        self.path(polyline([*points[:-1], base]), part=part, stroke=color, width=width, dashes=dashes)
        wings = [(base[0] - side * 0.45 * head * uy, base[1] + side * 0.45 * head * ux) for side in (1, -1)]
        self.path(polyline([wings[0], (x2, y2), wings[1]]) + "z", part=f"{part}-head" if part else "", stroke="none", fill=color)

    def text(self, x: float, y: float, label: str, *, anchor: str = "start", halo: bool = False, part: str = "", color: str = "fg") -> None:
        """A label whose base line begins, is centered (``middle``) or ends (``end``) at a point."""
        element = ElementTree.Element("text", {"x": f"{x:g}", "y": f"{y:g}", "style": f"text-anchor: {anchor}; fill: {_variable(color)}"})
        _label(element, label, halo, part)
        self.children.append(element)

    def marker(self, series: str, part: str, at: tuple[float, float]) -> None:
        """A large marker of a series, which the controls of a figure move."""
        with self.group(part, transform=f"translate({at[0]:.1f} {at[1]:.1f})"):
            shape = {"1": "M-5,0a5,5 0 1 1 10,0a5,5 0 1 1 -10,0z", "2": "M-4.5,-4.5h9v9h-9z", "3": "M0,-5.5l5.5,10h-11z", "4": "M0,-6.2l6.2,6.2l-6.2,6.2l-6.2,-6.2z"}
            self.path(shape[series], stroke=series, width=2.2)

    def grid(
        self, group: str, x: float, y: float, labels: Sequence[Sequence[str]], *, size: float, hidden: Sequence[int] = (), lit: Sequence[int] = (),
        tinted: Sequence[int] = (),
    ) -> None:  # fmt: skip
        """Cells with labels, the parts ``group-0`` … row by row; what stands in the cells of a group can be lit and hidden by controls."""
        for k, label in enumerate(label for row in labels for label in row):
            i, j = divmod(k, len(labels[0]))
            state = {"data_hidden": ""} if k in hidden else {"data_lit": ""} if k in lit else {}
            with self.group(f"{group}-{k}", **state):
                self.box(x + size * j + 1, y + size * i + 1, size - 2, size - 2, radius=2, stroke="muted", fill="tint" if k in tinted else "bg", width=1)
                self.text(x + size * (j + 0.5), y + size * (i + 0.5) + 4.5, label, anchor="middle")

    @contextmanager
    def group(self, part: str, **attributes: str) -> Iterator[None]:
        """What is drawn inside is one part."""
        outside, self.children = self.children, []
        yield
        group = ElementTree.Element("g", {"data-part": part, **{key.replace("_", "-"): value for key, value in attributes.items()}})
        group.extend(self.children)
        self.children = [*outside, group]

    @contextmanager
    def clipped(self, x: float, y: float, width: float, height: float) -> Iterator[None]:
        """Of what is drawn inside, only what lies in a rectangle is seen."""
        outside, self.children = self.children, []
        yield
        name = f"{self.slug}-clip{len(outside)}"
        clip = ElementTree.Element("clipPath", {"id": name})
        ElementTree.SubElement(clip, "rect", {"x": f"{x:g}", "y": f"{y:g}", "width": f"{width:g}", "height": f"{height:g}"})
        group = ElementTree.Element("g", {"clip-path": f"url(#{name})"})
        group.extend(self.children)
        self.children = [*outside, clip, group]

    def svg(self) -> str:
        """The diagram as one SVG element that can stand in a page."""
        root = ElementTree.Element("svg", _root(f"0 0 {WIDTH:g} {self.height:g}"))
        root.extend(self.children)
        return ElementTree.tostring(root, encoding="unicode")


def polyline(points: Sequence[tuple[float, float]]) -> str:
    """The path through points in units of the picture, as interactive.js writes it."""
    return "M" + "L".join(f"{x + 0:.1f},{y + 0:.1f}" for x, y in points)


def dots(points: Sequence[tuple[float, float]]) -> str:
    """The path of a dot at each point, for lines with round ends; as interactive.js writes it."""
    return "M" + "h0M".join(f"{x + 0:.1f},{y + 0:.1f}" for x, y in points) + "h0"


def _variable(name: str) -> str:
    return name if name == "none" else f"var(--dl-fig-{[known for known in PALETTE if known == name][0]})"


def _root(view: str) -> dict[str, str]:
    return {
        "class": "dl-fig", "viewBox": view, "aria-hidden": "true", "focusable": "false",
        "style": "stroke-linejoin: round; stroke-linecap: butt", "xmlns": SVG[1:-1],
    }  # fmt: skip


SVG = "{http://www.w3.org/2000/svg}"
LINK = "{http://www.w3.org/1999/xlink}href"


def _element(source: str, slug: str, labels: dict[str, tuple[str, bool, str]], over: list[ElementTree.Element]) -> str:
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
        if element.attrib.get(LINK, "").startswith("data:"):
            element.attrib["href"] = element.attrib.pop(LINK)
        if LINK in element.attrib:
            element.attrib["href"] = "#" + names[element.attrib.pop(LINK).removeprefix("#")]
        if "clip-path" in element.attrib:
            element.attrib["clip-path"] = re.sub(r"#([^)]+)", lambda match: "#" + names[match[1]], element.attrib["clip-path"])
        if "d" in element.attrib:
            element.attrib["d"] = " ".join(element.attrib["d"].split())
        if "style" in element.attrib:
            element.attrib["style"] = _colors(element.attrib["style"])
        if element.tag == "text":
            _label(element, *labels.get(element.text or "", (element.text or "", False, "")))
        elif element.tag != "tspan":
            element.text = None
        if element.tag != "tspan":
            element.tail = None
    _tidy(root)
    root.attrib = _root(view)
    root.extend(over)
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


def _label(element: ElementTree.Element, label: str, halo: bool, part: str = "") -> None:
    """Put the label in the place of its token, in the font of the page."""
    style = dict(part.split(": ", 1) for part in element.attrib["style"].split("; "))
    element.attrib["style"] = "; ".join(f"{key}: {style[key]}" for key in ("text-anchor", "fill") if key in style)
    element.attrib["font-size"] = f"{TEXT:g}"
    if halo:
        element.attrib["class"] = "dl-fig-halo"
    if part:
        element.attrib["data-part"] = part
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
            span.attrib["dx"] = f"{(-0.6 if shift else -0.46) * size:g}"


HAT = "ˆ"


def _pieces(label: str) -> Iterator[tuple[str, str, float, float]]:
    """Pieces of a label: text, kind (empty, ``math``: italic letters, ``script``, ``sign``: the rest), font size, change of base line."""
    lowered, capital = 0.0, False
    for k, part in enumerate(label.split("$")):
        if k % 2 == 0:
            if part:
                yield part, "", TEXT, -lowered
                lowered = 0.0
            continue
        part = unicodedata.normalize("NFD", part).replace("\u0302", HAT)
        for mark, group in re.findall(r"([_^]?)(\{[^}]*\}|[A-Za-z]{2,}|.)", part):
            wanted = {"": 0.0, "_": 3.0, "^": -5.0}[mark]
            if mark == "" and group == HAT and capital:
                wanted = -3.5
            capital = group.isupper()
            for piece in re.findall(rf"[A-Za-z]{{2,}}|[A-Za-zα-ωℱ]|{HAT}|[^A-Za-zα-ωℱ{HAT}]+", group.strip("{}") if len(group) > 1 else group):
                kind = "math" if re.fullmatch("[A-Za-zα-ω]", piece) else "sign"
                piece, kind = ("F", "script") if piece == "ℱ" else (piece, kind)
                yield piece, kind, MATH * SCRIPT if mark else MATH, wanted - lowered
                lowered = wanted
