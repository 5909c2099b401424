"""What every topic module shares: arrays of any library, and arguments that are checked in one voice.

A function of a topic module reads its arguments through four helpers and computes with what they return::

    @array_function
    def huber(y: Array, y_hat: Array, /, *, delta: float = 1.0) -> Array:
        xp, y, y_hat = arrays("huber", y=y, y_hat=y_hat)      # one library, one device, one floating dtype
        paired("huber", y=y, y_hat=y_hat)                     # equal shapes, or scalars
        delta = number("huber", delta=delta)                  # a finite Python float
        check("huber", delta > 0, "be > 0", delta=delta)      # huber: delta must be > 0, got -1.0

TypeError says that something is no array or number, or that libraries or devices are mixed; ValueError says that a shape, a
dtype, a size or a value is wrong. Checks of values are left out where the values cannot be read (``jax.jit``, ``vmap``,
``torch.compile``).
"""

from __future__ import annotations

import math
import numbers
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeAlias, TypeVar, cast

import array_api_compat.numpy as xnp
import numpy as np
from array_api_compat import array_namespace, device, is_array_api_obj, is_numpy_array

__all__ = ["Array", "array_function", "arrays", "check", "device", "indices", "number", "paired", "truths", "whole"]

# An array of any library that follows the array API standard (NumPy, PyTorch, JAX, CuPy, …), or a Python number or nested list
# of numbers, which are taken as NumPy. The libraries share no base class, so that a static type cannot say more than this.
Array: TypeAlias = Any

P = ParamSpec("P")
R = TypeVar("R")


def array_function(function: Callable[P, R]) -> Callable[P, R]:
    """Decorate a function that computes with arrays: numbers in, numbers out, and no warning for a result that says it all.

    Where no argument is an array, NumPy scalars among the results become Python numbers. NumPy's warnings are off, so that an
    infinity or a NaN comes as silently as in every other library.
    """

    @wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        given = [value for value in (*args, *kwargs.values()) if is_array_api_obj(value)]
        if given and not is_numpy_array(given[0]):
            return function(*args, **kwargs)
        with np.errstate(all="ignore"):
            result = function(*args, **kwargs)
        return result if given else cast(R, _python(result))

    return wrapper


def _python(result: object) -> object:
    if isinstance(result, tuple):
        return tuple(_python(part) for part in result)
    return result.item() if isinstance(result, (np.ndarray, np.generic)) and result.ndim == 0 else result


def arrays(name: str, /, **arguments: Array) -> tuple[Any, ...]:
    """Return the namespace of the arguments and each argument as a real floating-point array of it.

    Numbers and lists take the library and the device of the arrays beside them. Floating dtypes are promoted as the library
    promotes them; integers become that dtype, or the library's default where there is no other.
    """
    values = tuple(arguments.values())
    if all(type(value) is np.ndarray and value.dtype.kind == "f" and value.dtype == values[0].dtype and value.size for value in values):
        return xnp, *values  # the usual case, in a microsecond
    xp, place, read = _read(name, ("real floating", "integral"), "real numbers", arguments)
    dtypes = {value.dtype for value, plain in read if not plain and xp.isdtype(value.dtype, "real floating")}
    dtype = xp.result_type(*dtypes) if dtypes else xp.empty(0).dtype
    return xp, *(_convert(xp, value, plain, dtype, place) for value, plain in read)


def indices(name: str, count: int, /, **arguments: Array) -> Array:
    """Return the first of two arguments as indices 0 … count − 1; the other is the array that they go with.

    Whole numbers of a floating dtype are taken too, since labels often share the dtype of the data.
    """
    (key, value), beside = arguments.items()
    xp, place, [(value, plain)] = _read(name, ("integral", "real floating"), "whole numbers", {key: value}, dict([beside]))
    value = _convert(xp, value, plain, None, place)
    if xp.isdtype(value.dtype, "real floating"):
        check(name, value == xp.floor(value), "be whole numbers", **{key: value})
    check(name, (value >= 0) & (value < count), f"lie in 0 ... {count - 1}", **{key: value})
    return xp.astype(value, xp.__array_namespace_info__().default_dtypes()["indexing"])


def truths(name: str, /, **argument: Array) -> tuple[Any, Array]:
    """Return the namespace of the one argument and the argument as an array of truth values."""
    xp, place, [(value, plain)] = _read(name, ("bool",), "truth values", argument)
    return xp, _convert(xp, value, plain, None, place)


def paired(name: str, /, **arguments: Array) -> None:
    """Refuse arrays whose shapes differ, scalars aside: ``(n,)`` beside ``(n, 1)`` is a mistake, not an n × n table."""
    shapes = {key: tuple(value.shape) for key, value in arguments.items()}
    if len({shape for shape in shapes.values() if shape}) > 1:
        got = ", ".join(f"{key} {shape}" for key, shape in shapes.items())
        raise ValueError(f"{name}: {' and '.join(shapes)} must have equal shapes or be scalars, got {got}")


def number(name: str, /, **argument: float) -> float:
    """Return the one hyperparameter as a finite Python float (a NumPy scalar would turn float32 data into float64)."""
    ((key, value),) = argument.items()
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name}: {key} must be a number, got {type(value).__name__}")
    check(name, math.isfinite(value), "be finite", **argument)
    return float(value)


def whole(name: str, /, **argument: int) -> int:
    """Return the one hyperparameter as a Python integer."""
    ((key, value),) = argument.items()
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise TypeError(f"{name}: {key} must be an integer, got {type(value).__name__}")
    return int(value)


def check(name: str, condition: Array, must: str, /, **argument: Array) -> None:
    """Raise ``ValueError: name: argument must …, got …`` unless the condition holds everywhere.

    The condition is a Python bool, or an array of the argument's shape; then the first value that fails is shown. An array
    whose values cannot be read passes.
    """
    if _holds(condition):
        return
    ((key, value),) = argument.items()
    if is_array_api_obj(condition) and math.prod(condition.shape) > 1:
        xp = array_namespace(condition)
        value = xp.asarray(value)
        where = int(xp.argmin(xp.astype(xp.reshape(condition, (-1,)), xp.int32)))
        if value.shape == condition.shape:
            value = xp.reshape(value, (-1,))[where]
    raise ValueError(f"{name}: {key} must {must}, got {value.item() if hasattr(value, 'item') else value}")


def _holds(condition: Array) -> bool:
    """Whether a condition holds everywhere, as far as it can be read."""
    if isinstance(condition, bool):
        return condition
    if isinstance(condition, (np.bool_, np.ndarray)):
        return bool(condition.all())
    torch = sys.modules.get("torch")
    if torch is not None and torch.compiler.is_compiling():
        return True
    everywhere = array_namespace(condition).all(condition)
    try:
        return bool(everywhere)
    except (TypeError, RuntimeError):  # how JAX and PyTorch refuse to read a traced value
        return True


def _read(
    name: str, kinds: tuple[str, ...], what: str, arguments: dict[str, Array], beside: dict[str, Array] | None = None
) -> tuple[Any, Any, list[tuple[Array, bool]]]:
    """The library of the arguments, and of an array beside them, their device, and each as an array of one of the kinds asked for.

    The flag of an argument says that it came as plain numbers, and is a NumPy array for the time being.
    """
    given = {key: value for key, value in arguments.items() if is_array_api_obj(value)}
    xp, place = _home(name, {**given, **(beside or {})})
    read = []
    for key, value in arguments.items():
        plain = key not in given
        if plain:
            value = _from_python(name, key, value)
        if not (xnp if plain else xp).isdtype(value.dtype, kinds):
            raise ValueError(f"{name}: {key} must be {what}, got dtype {value.dtype}")
        if 0 in value.shape:
            raise ValueError(f"{name}: {key} must not be empty, got shape {tuple(value.shape)}")
        read.append((value, plain))
    return xp, place, read


def _convert(xp: Any, value: Array, plain: bool, dtype: Any, place: Any) -> Array:
    """An argument that was read, in the library and in the dtype, if one is asked for."""
    if plain:
        return xp.asarray(value.tolist(), dtype=dtype, device=place)
    return value if dtype is None or value.dtype == dtype else xp.astype(value, dtype)


def _home(name: str, given: dict[str, Array]) -> tuple[Any, Any]:
    """The one library of the arrays and the one device they lie on; NumPy where there is no array."""
    if not given:
        return xnp, None
    libraries = {key: array_namespace(value) for key, value in given.items()}
    devices = {key: device(value) for key, value in given.items()}
    first = next(iter(given))
    for key in given:
        if libraries[key] is not libraries[first]:
            got = " and ".join(f"{k} of {libraries[k].__name__.removeprefix('array_api_compat.')}" for k in (first, key))
            raise TypeError(f"{name}: expected arrays of one library, got {got}")
        if devices[key] != devices[first] and devices[key] is not None and devices[first] is not None:  # None: traced by JAX
            raise TypeError(f"{name}: expected arrays on one device, got {first} on {devices[first]} and {key} on {devices[key]}")
    return libraries[first], devices[first]


def _from_python(name: str, key: str, value: object) -> Any:
    """A number or a nested list of numbers as a NumPy array."""
    if not isinstance(value, (bool, int, float, complex, list, tuple)):
        raise TypeError(f"{name}: {key} must be an array or a number, got {type(value).__name__}")
    try:
        return np.asarray(value)
    except ValueError:
        raise ValueError(f"{name}: {key} must be a list with rows of equal length") from None
