"""Figure 2.2: a chain x → z → y → L, forward along solid arrows, backward along dashed ones, with the numbers of one example."""

from __future__ import annotations

from functools import cache

from style import Canvas, signed

from dlref.activations import sigmoid, sigmoid_grad
from dlref.backprop import Tensor, chain
from dlref.losses import squared

X, W, TARGET = 2.0, 0.5, 0.0

TEXT = {
    "ja": {
        "forward": "順伝播",
        "backward": "逆伝播",
        "description": (
            "左から右へ、x、z、y、L の四つの節。実線の矢印が順伝播で、z = wx、y = σ(z)、L = y² と進む。"
            "破線の矢印が逆伝播で、右から左へ、節ごとに局所の微分を掛けながら ∂L/∂y、∂L/∂z = ∂L/∂y · ∂y/∂z、∂L/∂x = ∂L/∂z · ∂z/∂x を伝える。"
            "x = {x}、w = {w} のとき、z = {z}、y = {y}、L = {l}。逆向きには、∂L/∂y = {dy}、それに ∂y/∂z = {dy_dz} を掛けて ∂L/∂z = {dz}、"
            "さらに ∂z/∂x = {w} を掛けて ∂L/∂x = {dx} になる。"
        ),
    },
    "en": {
        "forward": "forward",
        "backward": "backward",
        "description": (
            "Four nodes from left to right: x, z, y, L. Solid arrows lead forward: z = wx, y = σ(z), L = y². Dashed arrows lead backward, from right to left, "
            "and multiply by the local derivative at each node: ∂L/∂y, then ∂L/∂z = ∂L/∂y · ∂y/∂z, then ∂L/∂x = ∂L/∂z · ∂z/∂x. "
            "With x = {x} and w = {w}, z = {z}, y = {y} and L = {l}. Backward, ∂L/∂y = {dy}; times ∂y/∂z = {dy_dz} it is ∂L/∂z = {dz}; "
            "times ∂z/∂x = {w} it is ∂L/∂x = {dx}."
        ),
    },
}


@cache
def values() -> dict[str, float]:
    """All numbers of the picture: forward by the functions, backward by the chain rule, the last one checked against the tape."""
    z = W * X
    y = float(sigmoid(z))
    slopes = {"dl_dy": 2 * (y - TARGET), "dy_dz": float(sigmoid_grad(z)), "dz_dx": W}
    dz = float(chain(slopes["dl_dy"], slopes["dy_dz"]))
    return {"x": X, "w": W, "z": z, "y": y, "l": float(squared(TARGET, y)), **slopes, "dy": slopes["dl_dy"], "dz": dz, "dx": float(chain(dz, W))}


def tape() -> float:
    """∂L/∂x as reverse mode finds it."""
    x = Tensor(X)
    ((W * x).sigmoid() ** 2).backward()
    return float(x.grad)


NODES = {"x": 30.0, "z": 128.0, "y": 230.0, "l": 328.0}
MIDDLE = 118.0


def draw(language: str) -> str:
    text, value = TEXT[language], {name: signed(number, 3).rstrip("0").rstrip(".") for name, number in values().items()}
    canvas = Canvas("backpropagation", 250)
    canvas.arrow([(128, 16), (178, 16)], part="forward-sample", color="1", width=1.8)
    canvas.text(186, 20, text["forward"], part="forward-name")
    canvas.arrow([(178, 236), (128, 236)], part="backward-sample", color="2", width=1.8, dashes=(5, 3))
    canvas.text(186, 240, text["backward"], part="backward-name")
    operations = (("x", "z", "$z = w{x}$", "∂z/∂x", "dz_dx"), ("z", "y", "$y = σ(z)$", "∂y/∂z", "dy_dz"), ("y", "l", "$L = y^2$", "∂L/∂y", "dl_dy"))
    for left, right, formula, slope, name in operations:
        start, end = NODES[left] + 19, NODES[right] - 19
        middle = (NODES[left] + NODES[right]) / 2
        with canvas.group(f"forward-{right}", id=f"backpropagation-forward-{right}"):
            canvas.arrow([(start, MIDDLE - 9), (end, MIDDLE - 9)], color="1", width=1.8)
            canvas.text(middle, MIDDLE - 20, formula, anchor="middle")
        with canvas.group(f"backward-{left}", id=f"backpropagation-backward-{left}"):
            canvas.arrow([(end, MIDDLE + 9), (start, MIDDLE + 9)], color="2", width=1.8, dashes=(5, 3))
            canvas.text(middle, MIDDLE + 28, f"$×{slope}$", anchor="middle")
            canvas.text(middle, MIDDLE + 45, f"× {value[name]}", anchor="middle")
    gradients = {"x": ("∂L/∂x", "dx"), "z": ("∂L/∂z", "dz"), "y": ("∂L/∂y", "dy"), "l": ("∂L/∂L", "")}
    for node, x in NODES.items():
        with canvas.group(node, id=f"backpropagation-{node}"):
            canvas.circle(x, MIDDLE, 17, fill="tint", width=1.4)
            canvas.text(x, MIDDLE + 5, f"${node if node != 'l' else 'L'}$", anchor="middle")
        canvas.text(x, MIDDLE - 58, value[node], anchor="middle", color="1")
        label, name = gradients[node]
        canvas.text(x, MIDDLE + 76, f"${label}$", anchor="middle")
        canvas.text(x, MIDDLE + 94, value[name] if name else "1", anchor="middle", color="2")
        canvas.path(f"M{x:g},{MIDDLE - 52:g}v31M{x:g},{MIDDLE + 21:g}v40", stroke="muted", width=0.8, dashes=(1, 3))
    return canvas.svg()


def links(language: str) -> list[tuple[str, str, str]]:
    """Part of the picture, formula, and what the link to it is called."""
    return [("backward-z", "chain-rule", {"ja": "連鎖律", "en": "chain rule"}[language])]


def describe(language: str) -> str:
    value = {name: signed(number, 3).rstrip("0").rstrip(".") for name, number in values().items()}
    return TEXT[language]["description"].format(**value)
