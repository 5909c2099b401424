"""The array libraries on which every function is tried."""

from __future__ import annotations

import warnings
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np

from dlref._backend import device

LIBRARIES = ["numpy", "numpy-readonly", "torch", "jax", "array_api_strict"]


class Library:
    """One array library behind one face: how to make an array of it, and how to read one.

    array_api_strict stands for an accelerator and for a compiler: its arrays lie on a second device, and it refuses shapes that
    depend on values.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        if name == "torch":
            import torch as namespace
        elif name == "jax":
            import jax.numpy as namespace
        elif name == "array_api_strict":
            import array_api_strict as namespace
        else:
            import array_api_compat.numpy as namespace
        self.namespace: Any = namespace
        self.device: Any = namespace.Device("device1") if name == "array_api_strict" else None

    def dtype(self, name: str) -> Any:
        """The library's dtype of this name."""
        return getattr(self.namespace, name)

    def array(self, values: Any, dtype: str | None = "float64") -> Any:
        """Values as an array, of float64 unless another dtype is asked for; None means the library's own choice."""
        options = {} if dtype is None else {"dtype": self.dtype(dtype)}
        if self.device is not None:
            options["device"] = self.device
        array = self.namespace.asarray(values.tolist() if isinstance(values, np.ndarray) else values, **options)
        if self.name == "numpy-readonly":
            array.flags.writeable = False
        return array

    def numpy(self, array: Any) -> np.ndarray[Any, Any]:
        """An array of the library as a NumPy array."""
        if self.name == "torch":
            array = array.detach().cpu().numpy()
        elif self.name == "array_api_strict":
            array = array.to_device(self.namespace.Device("CPU_DEVICE"))
        return np.array(array)

    def owns(self, array: Any) -> bool:
        """Whether this is an array of the library, on the device on which the library's arrays are made."""
        kinds = (np.ndarray, np.generic) if self.name.startswith("numpy") else (type(self.array(0.0)),)
        return isinstance(array, kinds) and device(array) == device(self.array(0.0))

    def close(self, array: Any, expected: Any, rtol: float = 1e-12, atol: float = 0.0) -> None:
        """Assert that an array is of the library and has these values."""
        assert self.owns(array), f"expected an array of {self.name}, got {type(array)}"
        np.testing.assert_allclose(self.numpy(array), expected, rtol=rtol, atol=atol)

    def strictly(self) -> AbstractContextManager[Any]:
        """The context in which the library refuses what not every library can do."""
        if self.name != "array_api_strict":
            return nullcontext()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return self.namespace.ArrayAPIStrictFlags(boolean_indexing=False, data_dependent_shapes=False)
