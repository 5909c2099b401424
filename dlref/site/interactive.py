"""Figures that answer: the controls beneath a picture, and the data that they choose from.

A script in ``docs/figures`` that defines ``interact(language) -> dict`` gets controls. Python computes everything that can be
shown, with ``dlref``, when the site is built; the page holds it as a table of printed numbers, and
``docs/theme/javascripts/interactive.js`` moves parts of the picture (``data-part``) to where a row of the table says. So JavaScript
knows no formula, formats no number and speaks no language. The controls are part of the page from the beginning, so that nothing
jumps, and disabled until the script is awake; without JavaScript they are not shown, and the picture stays as it is.

The dict, with what may be left out in brackets:

``scenes``    by key: a list of rows, each a list of printed values (columns; no bar and no line break in them).
``tracks``    what is shown at a time, each on a scene of its own choice:
    ``name``, ``label``     of the track, as ``a`` and ``A``
    ``choices``             ``name``, ``label``, ``options`` (value → label), ``start``. The values, joined by blanks, are a scene's key.
    ``says``                text about the row of the position; it may have line breaks. Templates hold ``{0}``: the column, ``{k}``: the number
                            of the row, ``{eta}``: the label of the option chosen for ``eta``.
    [``lines``]             part (a path) → two columns: a line through all rows
    [``traces``]            part (a path) → two columns: a line through the rows up to the position
    [``dots``]              part (a path with round ends) → two columns: a dot at each row up to the position
    [``moves``]             part (a group, drawn around the origin) → two columns: is moved there
    [``grows``]             part (a group, drawn around the origin as for a column of 1) → column: becomes that many times as large
    [``prints``]            part → template: the text of a label
    [``lights``]            group → column of cell numbers as in ``0,1,5``: ``group-0`` … are lit
    [``fills``]             group → columns of a cell number and a text: of all rows; cells of the group that no row names are hidden
    [``shows``]             group → key of a scene → cell numbers as in ``0,1,5``: the others are hidden
[``scale``]   x0, sx, y0, sy: a column x is drawn at x0 + sx · x, a column y at y0 + sy · y, in units of the picture.
``position``  ``label``, ``says`` (template, from the row of the first track), ``start`` (-1: the last row), [``play``: true]
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from html import escape
from itertools import product
from typing import Any

Data = Mapping[str, Any]

COLUMNS = ("lines", "traces", "dots", "moves")  # each names two columns for a part


class InteractionError(ValueError):
    """What a script's ``interact`` has returned cannot be shown."""


def say(template: str, row: list[str], k: int, chosen: Mapping[str, str]) -> str:
    """A template filled in; interactive.js does the same."""
    words = {"k": str(k), **chosen}
    return re.sub(r"\{(\w+)\}", lambda match: row[int(match[1])] if match[1].isdecimal() else words[match[1]], template)


def check(data: Data, svg: str) -> None:
    """Every choice has its scene, every template its columns, every part its element, or it is an error."""
    scenes, known = data["scenes"], set(re.findall(r'data-part="([^"]+)"', svg))
    for key, rows in scenes.items():
        if not rows or {len(row) for row in rows} != {len(rows[0])}:
            raise InteractionError(f"scene '{key}': rows of one length are expected, at least one")
        for value in (value for row in rows for value in row):
            if not value or re.search(r"[|\n]", value):
                raise InteractionError(f"scene '{key}': {value!r} is empty or has a bar or a line break")
    for track in data["tracks"]:
        where = f"track '{track['name']}'"
        for choice in track["choices"]:
            if choice["start"] not in choice["options"]:
                raise InteractionError(f"{where}: {choice['start']!r} is no option of '{choice['name']}'")
        for key in _keys(track):
            if key not in scenes:
                raise InteractionError(f"{where}: no scene '{key}'")
            width = len(scenes[key][0])
            for column in _columns(data, track):
                if column >= width:
                    raise InteractionError(f"{where}: scene '{key}' has no column {column}")
            for group, chosen in track.get("shows", {}).items():
                if key not in chosen:
                    raise InteractionError(f"{where}: no cells of '{group}' for the scene '{key}'")
        names = {choice["name"] for choice in track["choices"]} | {"k"}
        for template in _templates(data, track):
            if unknown := {word for word in re.findall(r"\{(\w+)\}", template) if not word.isdecimal()} - names:
                raise InteractionError(f"{where}: {template!r} names {', '.join(sorted(unknown))}")
        for part in [part for kind in (*COLUMNS, "grows", "prints") for part in track.get(kind, {})]:
            if part not in known:
                raise InteractionError(f"{where}: the picture has no part '{part}'")
        for group, cell in _cells(scenes, track):
            if f"{group}-{cell}" not in known:
                raise InteractionError(f"{where}: the picture has no part '{group}-{cell}'")
    if any(track.get(kind) for track in data["tracks"] for kind in COLUMNS) and len(data.get("scale", ())) != 4:
        raise InteractionError("scale: x0, sx, y0, sy are expected")


def _keys(track: Data) -> list[str]:
    return [" ".join(values) for values in product(*(choice["options"] for choice in track["choices"]))]


def _templates(data: Data, track: Data) -> list[str]:
    own = [track["says"], *track.get("prints", {}).values()]
    return [*own, data["position"]["says"]] if track is data["tracks"][0] else own


def _columns(data: Data, track: Data) -> set[int]:
    columns = {int(word) for template in _templates(data, track) for word in re.findall(r"\{(\d+)\}", template)}
    columns |= {column for kind in (*COLUMNS, "fills") for pair in track.get(kind, {}).values() for column in pair}
    return columns | {column for kind in ("grows", "lights") for column in track.get(kind, {}).values()}


def _cells(scenes: Mapping[str, list[list[str]]], track: Data) -> Iterator[tuple[str, str]]:
    for key in _keys(track):
        for row in scenes[key]:
            for group, column in track.get("lights", {}).items():
                yield from ((group, cell) for cell in row[column].split(","))
            for group, (column, _) in track.get("fills", {}).items():
                yield group, row[column]
        for group, chosen in track.get("shows", {}).items():
            yield from ((group, cell) for cell in chosen[key].split(","))


def controls(data: Data, labels: Mapping[str, str], title: str) -> str:
    """The controls as HTML, in the state in which the picture is drawn."""
    rows = [data["scenes"][" ".join(choice["start"] for choice in track["choices"])] for track in data["tracks"]]
    last = max(map(len, rows)) - 1
    position = data["position"]
    start = last if position["start"] < 0 else position["start"]
    # Left out of the search index, which goes on after the first end of an equal tag: there is no fieldset in it.
    html = ['<fieldset class="dl-controls" data-search-exclude disabled>', f"<legend>{escape(labels['controls'].format(title))}</legend>"]
    said = []
    for track, table in zip(data["tracks"], rows, strict=True):
        chosen = {choice["name"]: choice["options"][choice["start"]] for choice in track["choices"]}
        k = min(start, len(table) - 1)
        said.append(f'<div>{escape(say(track["says"], table[k], k, chosen))}</div>')
        if track["choices"]:
            selects = "".join(_select(choice) for choice in track["choices"])
            html.append(f'<div class="dl-controls__track" role="group" aria-label="{escape(track["label"])}">{selects}</div>')
        if track is data["tracks"][0]:
            at = escape(say(position["says"], table[k], k, chosen))
    html.append('<div class="dl-controls__position">')
    if position.get("play"):
        words = f'data-play="{labels["play"]}" data-pause="{labels["pause"]}"'
        html.append(f'<button type="button" class="dl-controls__play" {words}>{labels["play"]}</button>')
    html.append(f'<button type="button" data-step="-1" aria-label="{labels["back"]}"><span aria-hidden="true">◀</span></button>')
    html.append(
        f'<input type="range" min="0" max="{last}" value="{start}" step="1" autocomplete="off" '
        f'aria-label="{escape(position["label"])}" aria-valuetext="{at}">'
    )
    html.append(f'<button type="button" data-step="1" aria-label="{labels["forward"]}"><span aria-hidden="true">▶</span></button>')
    html.append(f'<span class="dl-controls__at">{at}</span></div>')
    html.append(f'<div class="dl-controls__says" role="status">{"".join(said)}</div>')
    html.append(f'<script type="application/json">{_json(data)}</script></fieldset>')
    return "".join(html)


def _select(choice: Data) -> str:
    options = (
        f'<option value="{escape(value)}"{" selected" if value == choice["start"] else ""}>{escape(label)}</option>'
        for value, label in choice["options"].items()
    )
    return f'<label>{escape(choice["label"])} <select name="{choice["name"]}" autocomplete="off">{"".join(options)}</select></label>'


def _json(data: Data) -> str:
    """What the script needs, in few bytes; ``<`` is written so that nothing in it ends the element."""
    tracks = [{**track, "choices": [choice["name"] for choice in track["choices"]]} for track in data["tracks"]]
    scenes = {key: "\n".join("|".join(row) for row in rows) for key, rows in data["scenes"].items()}
    small = {**data, "tracks": tracks, "scenes": scenes}
    return json.dumps(small, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
