"""Arrays that a model learns, found by name through all its parts."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import TypeVar

from array_api_compat import is_array_api_obj

from dlref._backend import Array

__all__ = ["Parameters"]

P = TypeVar("P", bound="Parameters")


class Parameters:
    """A model whose attributes are arrays, models of this kind, and lists of such models."""

    def arrays(self) -> dict[str, Array]:
        """All arrays of the model and of its parts, by names such as ``layers.0.attention.w_q``."""
        return dict(self._arrays())

    def map(self: P, function: Callable[[Array], Array], /) -> P:
        """The model with a function of each of its arrays in their place, for instance arrays of another library; this one stays as it is."""
        other = copy.copy(self)
        for name, value in vars(self).items():
            if isinstance(value, Parameters):
                setattr(other, name, value.map(function))
            elif isinstance(value, list):
                setattr(other, name, [part.map(function) for part in value])
            elif is_array_api_obj(value):
                setattr(other, name, function(value))
        return other

    def _arrays(self) -> Iterator[tuple[str, Array]]:
        for name, value in vars(self).items():
            parts = enumerate(value) if isinstance(value, list) else [("", value)]
            for i, part in parts:
                if isinstance(part, Parameters):
                    yield from ((f"{name}.{i}.{key}".replace("..", "."), array) for key, array in part.arrays().items())
                elif is_array_api_obj(part):
                    yield name, part
