"""Deep learning: every formula tied to a tested implementation."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._formulas import Formula as Formula
    from ._formulas import formula as formula
    from ._formulas import formulas as formulas
    from . import activations as activations
    from . import attention as attention
    from . import autoregressive as autoregressive
    from . import backprop as backprop
    from . import bert as bert
    from . import conv as conv
    from . import density as density
    from . import diffusion as diffusion
    from . import gan as gan
    from . import init as init
    from . import linear as linear
    from . import losses as losses
    from . import norm as norm
    from . import optim as optim
    from . import pool as pool
    from . import regularize as regularize
    from . import risk as risk
    from . import rnn as rnn
    from . import seq2seq as seq2seq
    from . import skip as skip
    from . import training as training
    from . import transformer as transformer
    from . import vae as vae

__version__ = "0.1.0"
# The topic modules, in the order of the report; each is loaded when it is first used.
__all__ = ["losses", "risk", "linear", "optim", "backprop", "norm", "init", "activations", "skip", "conv", "pool", "rnn", "seq2seq", "attention", "transformer", "bert", "regularize", "training", "density", "vae", "gan", "autoregressive", "diffusion"]

# The formulas as objects, loaded as late.
_FACE = ("Formula", "formula", "formulas")


def __getattr__(name: str) -> Any:
    if name in __all__:
        return import_module(f"{__name__}.{name}")
    if name in _FACE:
        return getattr(import_module(f"{__name__}._formulas"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__, *_FACE])
