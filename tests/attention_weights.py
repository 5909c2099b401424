"""Two small models of attention alone: one learns to reverse five letters, one to sort them. Where do they look?

``python -m tests.attention_weights`` trains them and writes docs/data/attention-weights.json, which a figure of section 7.1 shows. Tests
compute its maps again from the weights in it, and hold it to the code that it was made with.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

import dlref
from dlref.activations import log_softmax
from dlref.attention import attention_weights, cross_attention, project
from dlref.init import xavier_uniform
from dlref.site.sources import stamp
from dlref.transformer import embed, seq2seq_log_likelihood

ROOT = Path(__file__).parents[1]
FILE = ROOT / "docs" / "data" / "attention-weights.json"
SOURCES = ["tests/attention_weights.py"]

LETTERS, LENGTH = "abcdefgh", 5  # the letters of a sequence differ
START = len(LETTERS)  # the number of the token that stands before the first output
WIDTH = 8
STEPS, BATCH, ETA, SEED = 800, 64, 0.01, 2
TASKS = ("reverse", "sort")
INPUTS = ("ebgad", "cahdf", "acdfg", "hfdba")  # two without order, one in order, and one in the reverse of it: both tasks want the same of it


def target(task: str, x: Any) -> Any:
    """What the model should answer to each sequence."""
    return np.sort(x, axis=-1) if task == "sort" else x[..., ::-1].copy()


def previous(y: Any) -> Any:
    """What the decoder is given: the start token, then the letters of the answer up to the last but one."""
    return np.concatenate([np.full((*y.shape[:-1], 1), START), y[..., :-1]], axis=-1)


def log_probs(model: dict[str, Any], x: Any, before: Any) -> Any:
    """Of each letter at each place: cross-attention, whose average of values is compared with the embeddings of the letters."""
    h, q = embed(x, model["source"]), embed(before, model["target"])
    return log_softmax(cross_attention(q, h, model["w_q"], model["w_k"], model["w_v"]) @ model["source"].T)


def weights(model: dict[str, Any], x: Any, before: Any) -> Any:
    """Where each output looks: one row an output, one column a letter of the input."""
    h, q = embed(x, model["source"]), embed(before, model["target"])
    return attention_weights(project(q, model["w_q"]), project(h, model["w_k"]))


def generate(model: dict[str, Any], x: Any) -> Any:
    """The most probable letter, place by place, each asked for with the one before it."""
    y = np.zeros_like(x)
    for t in range(LENGTH):
        y[..., t] = np.argmax(log_probs(model, x, previous(y))[..., t, :], axis=-1)
    return y


def train(task: str) -> dict[str, Any]:
    """Maximize the log-likelihood of the right answers with Adam; two decimals of each weight are kept."""
    import torch

    rng = np.random.default_rng(SEED)
    drawn = {name: rng.standard_normal((size, WIDTH)) / WIDTH**0.5 for name, size in (("source", len(LETTERS)), ("target", len(LETTERS) + 1))}
    drawn |= {name: xavier_uniform(n_in=WIDTH, n_out=WIDTH, rng=rng).T for name in ("w_q", "w_k", "w_v")}
    model = {name: torch.tensor(array, requires_grad=True) for name, array in drawn.items()}
    optimizer = torch.optim.Adam(model.values(), lr=ETA)
    letters = np.tile(np.arange(len(LETTERS)), (BATCH, 1))
    source = np.random.default_rng(SEED + 1)
    for _ in range(STEPS):
        x = source.permuted(letters, axis=1)[:, :LENGTH]
        y = target(task, x)
        found = log_probs(model, torch.tensor(x), torch.tensor(previous(y)))
        loss = -seq2seq_log_likelihood(torch.tensor(y), found) / y.size
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return {name: array.detach().numpy().round(2) for name, array in model.items()}


def numbers(letters: str) -> Any:
    return np.array([LETTERS.index(letter) for letter in letters])


def maps(model: dict[str, Any]) -> dict[str, Any]:
    """Of each input of the figure: the answer, and where its letters looked, to six decimals."""
    found = {}
    for letters in INPUTS:
        x = numbers(letters)
        y = generate(model, x)
        found[letters] = {"output": "".join(LETTERS[k] for k in y), "weights": weights(model, x, previous(y)).round(6).tolist()}
    return found


def results() -> dict[str, Any]:
    """Weights of both models, and their maps."""
    models = {task: train(task) for task in TASKS}
    return {
        task: {"model": {name: array.tolist() for name, array in model.items()}, "maps": maps(model)} for task, model in models.items()
    }  # fmt: skip


if __name__ == "__main__":
    table = {"version": dlref.__version__, "sources": SOURCES, "stamp": stamp(ROOT, SOURCES), **results()}
    FILE.write_text(json.dumps(table) + "\n", encoding="utf8")
