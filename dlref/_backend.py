"""What every topic module shares: arrays of any library, and arguments that are checked in one voice.

A function of a topic module reads its arguments through helpers, of which these are the usual ones, and computes with what they return::

    @array_function
    def huber(y: Array, y_hat: Array, /, *, delta: float = 1.0) -> Array:
        xp, y, y_hat = arrays("huber", y=y, y_hat=y_hat)      # one library, one device, one floating dtype
        paired("huber", y=y, y_hat=y_hat)                     # equal shapes, or scalars
        delta = positive("huber", delta=delta)                # huber: delta must be > 0, got -1.0

TypeError says that something is no array or number, or that libraries or devices are mixed; ValueError says that a shape, a
dtype, a size or a value is wrong. Checks of values are left out where the values cannot be read (``jax.jit``, ``vmap``,
``torch.compile``).
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable
from functools import cache, wraps
from typing import Any, ParamSpec, TypeAlias, TypeVar, cast

import numpy as np
from array_api_compat import (
    array_namespace,
    device,
    is_array_api_obj,
    is_array_api_strict_namespace,
    is_cupy_array,
    is_jax_array,
    is_numpy_array,
    is_torch_array,
)

__all__ = [
    "Array",
    "array_function",
    "arrays",
    "check",
    "chosen",
    "counts",
    "device",
    "distributions",
    "elementwise",
    "entries",
    "fraction",
    "functions",
    "generator",
    "gradient",
    "host",
    "indices",
    "integers",
    "like",
    "natural",
    "nonnegative",
    "number",
    "paired",
    "positive",
    "rows",
    "samples",
    "scatter",
    "shaped",
    "single",
    "sizes",
    "table",
    "take_rows",
    "truths",
    "whole",
]

# An array of any library that follows the array API standard (NumPy, PyTorch, JAX, CuPy, …), or a Python number or nested list
# of numbers, which are taken as NumPy. The libraries share no base class, so that a static type cannot say more than this.
Array: TypeAlias = Any

KINDS = {"b": "bool", "i": "integral", "u": "integral", "f": "real floating"}
NUMBERS: dict[type, Any] = {kind: np.dtype(kind) for kind in (bool, int, float, complex)}

P = ParamSpec("P")
R = TypeVar("R")


def array_function(function: Callable[P, R]) -> Callable[P, R]:
    """Decorate a function that computes with arrays: numbers in, numbers out, and no warning for a result that says it all.

    Where no argument is an array, NumPy scalars among the results become Python numbers. NumPy's warnings are off, so that an
    infinity or a NaN comes as silently as in every other library.
    """

    @wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        given = [value for value in (*args, *kwargs.values()) if _is_array(value)]
        if given and not isinstance(given[0], (np.ndarray, np.generic)):
            return function(*args, **kwargs)
        with np.errstate(all="ignore"):
            result = function(*args, **kwargs)
        return result if given else cast(R, _python(result))

    return wrapper


def _is_tensor(value: object) -> bool:
    """Whether this is a plain tensor of PyTorch, told without importing it, and in few steps: torch.compile follows each of them."""
    return type(value).__module__ == "torch" and type(value).__name__ == "Tensor"


def _is_array(value: object) -> bool:
    """Whether this is an array of any library: the usual kinds first, since is_array_api_obj asks for each library in turn."""
    return type(value) is np.ndarray or _is_tensor(value) or (type(value) not in NUMBERS and is_array_api_obj(value))


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
    first = values[0]
    if (
        all(type(value) is np.ndarray and value.dtype == first.dtype and value.size for value in values)
        and first.dtype.kind == "f"
    ):
        return _numpy(), *values  # the usual case, in a microsecond
    if (
        all(_is_tensor(value) and value.dtype == first.dtype and value.device == first.device for value in values)
        and first.dtype.is_floating_point
        and not any(0 in value.shape for value in values)
    ):
        return _namespace(first), *values
    xp, place, plain = _read(name, ("real floating", "integral"), "real numbers", arguments)
    dtypes = {value.dtype for key, value in arguments.items() if key not in plain and xp.isdtype(value.dtype, "real floating")}
    dtype = xp.result_type(*dtypes) if dtypes else xp.empty(0).dtype
    return xp, *(
        xp.asarray(plain[key], dtype=dtype, device=place) if key in plain
        else value if value.dtype == dtype
        else xp.astype(value, dtype)
        for key, value in arguments.items()
    )  # fmt: skip


def indices(name: str, count: int, /, **arguments: Array) -> Array:
    """Return the first of two arguments as indices 0 … count − 1; the other is the array that they go with.

    Whole numbers of a floating dtype are taken too, since labels often share the dtype of the data.
    """
    (key, value), beside = arguments.items()
    xp, place, plain = _read(name, ("integral", "real floating"), "whole numbers", {key: value}, dict([beside]))
    if plain:
        value = xp.asarray(plain[key], device=place)
    if xp.isdtype(value.dtype, "real floating"):
        check(name, value == xp.floor(value), "be whole numbers", **{key: value})
    check(name, (value >= 0) & (value < count), f"lie in 0 ... {count - 1}", **{key: value})
    return xp.astype(value, xp.__array_namespace_info__().default_dtypes()["indexing"])


def integers(name: str, /, **arguments: Array) -> tuple[Any, ...]:
    """Return the namespace of the arguments and each argument as integers; whole numbers of a floating dtype are taken too."""
    xp, place, plain = _read(name, ("integral", "real floating"), "whole numbers", arguments)
    found = {key: xp.asarray(plain[key], device=place) if key in plain else value for key, value in arguments.items()}
    for key, value in found.items():
        if xp.isdtype(value.dtype, "real floating"):
            check(name, value == xp.floor(value), "be a whole number", **{key: value})
    integral = xp.__array_namespace_info__().default_dtypes()["integral"]
    return xp, *(xp.astype(value, integral) for value in found.values())


def counts(name: str, /, **arguments: Array) -> tuple[Any, ...]:
    """Return the namespace of the arguments and each argument as integers from 1, for formulas that count; the shapes are paired."""
    xp, *found = integers(name, **arguments)
    for key, value in zip(arguments, found, strict=True):
        check(name, value > 0, "be > 0", **{key: value})
    paired(name, **dict(zip(arguments, found, strict=True)))
    return xp, *found


def truths(name: str, /, **arguments: Array) -> tuple[Any, Array]:
    """Return the namespace of the first argument and this argument as an array of truth values; others are arrays that it goes with."""
    (key, value), *beside = arguments.items()
    xp, place, plain = _read(name, ("bool",), "truth values", {key: value}, dict(beside))
    return xp, xp.asarray(plain[key], device=place) if plain else value


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


def positive(name: str, /, **argument: float) -> float:
    """Return the one hyperparameter as a finite Python float above 0."""
    value = number(name, **argument)
    check(name, value > 0, "be > 0", **argument)
    return value


def nonnegative(name: str, /, **argument: float) -> float:
    """Return the one hyperparameter as a finite Python float from 0."""
    value = number(name, **argument)
    check(name, value >= 0, "be >= 0", **argument)
    return value


def fraction(name: str, /, **argument: float) -> float:
    """Return the one hyperparameter as a Python float from 0, below 1."""
    value = number(name, **argument)
    check(name, 0 <= value < 1, "lie in [0, 1)", **argument)
    return value


def natural(name: str, /, **argument: int) -> int:
    """Return the one hyperparameter as a Python integer from 1."""
    value = whole(name, **argument)
    check(name, value > 0, "be > 0", **argument)
    return value


def sizes(name: str, /, *, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape of an array that is to be made, as Python integers from 1."""
    if not isinstance(shape, tuple):
        raise TypeError(f"{name}: shape must be a tuple, got {type(shape).__name__}")
    return tuple(natural(name, shape=size) for size in shape)


def generator(name: str, rng: object, /) -> None:
    """Refuse what is no source of randomness."""
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"{name}: rng must be a NumPy Generator, got {type(rng).__name__}")


def functions(name: str, /, **arguments: object) -> None:
    """Refuse what cannot be called."""
    for key, value in arguments.items():
        if not callable(value):
            raise TypeError(f"{name}: {key} must be a function, got {type(value).__name__}")


def shaped(name: str, shape: tuple[int, ...], /, **arguments: Array) -> None:
    """Refuse arrays of another shape."""
    for key, value in arguments.items():
        if tuple(value.shape) != shape:
            raise ValueError(f"{name}: {key} must have shape {shape}, got {tuple(value.shape)}")


def samples(name: str, x: Array, y: Array, /) -> None:
    """Refuse a y that has not one entry for each row of x."""
    if x.ndim < 2 or y.shape != x.shape[:-1]:
        raise ValueError(
            f"{name}: y must have shape (..., n) beside x of shape (..., n, d), got y {tuple(y.shape)}, x {tuple(x.shape)}"
        )


def entries(name: str, /, **arguments: Array) -> int:
    """The number of entries along the first axis, which must be the same for all."""
    lengths = {value.shape[0] if value.ndim else 0 for value in arguments.values()}
    if len(lengths) > 1 or 0 in lengths:
        got = ", ".join(f"{key} {tuple(value.shape)}" for key, value in arguments.items())
        raise ValueError(f"{name}: {' and '.join(arguments)} must have equally many entries along a first axis, got {got}")
    return int(lengths.pop())


def rows(name: str, /, **argument: Array) -> None:
    """Refuse what has no rows."""
    ((key, value),) = argument.items()
    if value.ndim < 2:
        raise ValueError(f"{name}: {key} must have shape (..., n, d), a row each, got {tuple(value.shape)}")


def table(name: str, x: Array, y: Array, /) -> None:
    """Refuse an x that is no table of n rows, and a y that has not one entry for each."""
    if x.ndim != 2:
        raise ValueError(f"{name}: x must have the axes (n, d), got shape {tuple(x.shape)}")
    samples(name, x, y)


def distributions(name: str, /, **arguments: Array) -> None:
    """Refuse what holds no probabilities along its last axis: none below 0, of sum 1 within 0.001 or what the dtype resolves."""
    for key, value in arguments.items():
        if value.ndim == 0:
            raise ValueError(f"{name}: {key} must have a last axis, one probability a value, got a scalar")
        check(name, value >= 0, "be >= 0", **{key: value})
        xp = array_namespace(value)
        ones = xp.ones(value.shape[-1], dtype=value.dtype, device=device(value))
        total = value @ ones  # quicker than a sum over a short axis
        near = xp.abs(total - 1) <= max(1e-3, float(xp.finfo(value.dtype).eps))
        check(name, near, "sum to 1 over the last axis", **{key: total})


def elementwise(name: str, key: str, function: Callable[[Array], Array], x: Array, /) -> Array:
    """The function of an array, if it is a function and keeps the shape."""
    functions(name, **{key: function})
    _, value, _ = arrays(name, **{key: function(x)}, x=x)
    if value.shape != x.shape:
        raise ValueError(f"{name}: {key} must keep the shape {tuple(x.shape)}, got {tuple(value.shape)}")
    return value


def single(name: str, key: str, value: Array, beside: Array, /) -> Array:
    """What a function has returned as an array like the one beside, if it is a single number."""
    _, value, _ = arrays(name, **{key: value, "beside": beside})
    if value.ndim != 0:
        raise ValueError(f"{name}: {key} must return a single number, got shape {tuple(value.shape)}")
    return value


def gradient(name: str, key: str, value: Array, /, **theta: Array) -> Array:
    """What a function has returned as an array like the parameters, if it has their shape."""
    ((parameters, beside),) = theta.items()
    _, value, _ = arrays(name, **{key: value, parameters: beside})
    if value.shape != beside.shape:
        raise ValueError(f"{name}: {key} must return the shape {tuple(beside.shape)} of {parameters}, got {tuple(value.shape)}")
    return value


def check(name: str, condition: Array, must: str, /, **argument: Array) -> None:
    """Raise ``ValueError: name: argument must …, got …`` unless the condition holds everywhere.

    The condition is a Python bool, or an array of the argument's shape; then the first value that fails is shown. An array
    whose values cannot be read passes.
    """
    if not _holds(condition):
        ((key, value),) = argument.items()
        raise ValueError(f"{name}: {key} must {must}, got {_first(value, condition)}")


def _first(value: Array, condition: Array) -> Any:
    """The first value for which the condition does not hold, as a Python number."""
    if not _is_array(value):
        return value
    xp = array_namespace(value)
    if condition.ndim:
        value = xp.reshape(value, (-1,))[int(xp.argmin(xp.astype(xp.reshape(condition, (-1,)), xp.int32)))]
    if hasattr(value, "item"):
        return value.item()
    return int(value) if xp.isdtype(value.dtype, "integral") else float(value)


def _holds(condition: Array) -> bool:
    """Whether a condition holds everywhere, as far as it can be read."""
    if isinstance(condition, bool):
        return condition
    if isinstance(condition, (np.bool_, np.ndarray)):
        return bool(condition.all())
    xp = _namespace(condition)
    if _is_tensor(condition) and xp.compiler.is_compiling():
        return True
    everywhere = xp.all(condition)
    try:
        return bool(everywhere)
    except (TypeError, RuntimeError):  # how JAX and PyTorch refuse to read a traced value
        return True


def scatter(values: Array, places: Array, size: int, /) -> Array:
    """A row of zeros of this size, but for values, each at a place of its own; both of shape (n,).

    The standard has no such function: NumPy, PyTorch and JAX do it in their own ways. Of another library's values, each is
    compared with each place.
    """
    xp = array_namespace(values)
    zeros = xp.zeros((size,), dtype=values.dtype, device=device(values))
    if is_jax_array(values):
        return zeros.at[places].set(values)
    if is_torch_array(values):
        return zeros.scatter(0, places, values)
    if is_numpy_array(values) or is_cupy_array(values):
        zeros[places] = values
        return zeros
    row = xp.arange(size, device=device(values))
    return xp.sum(xp.where(places == row[:, None], values, xp.zeros_like(values)), axis=1)


def chosen(name: str, /, **arguments: Array) -> tuple[Any, Array, Array]:
    """The namespace; of a table of shape (..., T, V) the entries that the tokens (..., T) choose; and the table. The tokens come first."""
    (tokens, x), (table, values) = arguments.items()
    xp, values = arrays(name, **{table: values})
    if values.ndim < 2:
        raise ValueError(f"{name}: {table} must have shape (..., T, V), got {tuple(values.shape)}")
    x = indices(name, values.shape[-1], **{tokens: x, table: values})
    shaped(name, tuple(values.shape[:-1]), **{tokens: x})
    return xp, xp.take_along_axis(values, x[..., None], axis=-1)[..., 0], values


def take_rows(table: Array, rows: Array, /) -> Array:
    """The row of a table for each index, as an embedding is looked up; shape (..., d) of a table (V, d) and indices (...)."""
    xp = array_namespace(table)
    return xp.reshape(xp.take(table, xp.reshape(rows, (-1,)), axis=0), (*rows.shape, table.shape[1]))


def host(value: Array, /) -> Any:
    """An array of any library and device as a NumPy array of float64, for what decides by values."""
    if is_torch_array(value):
        value = value.detach().cpu().double().numpy()
    elif is_array_api_strict_namespace(array_namespace(value)):
        value = np.from_dlpack(value, device="cpu")
    return np.asarray(value, dtype=np.float64)


def like(xp: Any, x: Array, value: Any, /) -> Array:
    """A number or a NumPy array as an array of the library, dtype and device of x."""
    return xp.asarray(np.asarray(value), dtype=x.dtype, device=device(x))


def _namespace(value: Array) -> Any:
    """The library of an array, as array_api_compat completes it."""
    if not _is_tensor(value):
        return array_namespace(value)
    import array_api_compat.torch

    return array_api_compat.torch


@cache
def _numpy() -> Any:
    """NumPy as array_api_compat completes it, which takes as long to import as NumPy itself: hence on first use."""
    import array_api_compat.numpy

    return array_api_compat.numpy


def _read(
    name: str, kinds: tuple[str, ...], what: str, arguments: dict[str, Array], beside: dict[str, Array] | None = None
) -> tuple[Any, Any, dict[str, Any]]:
    """The library and the device of the arguments, and of an array beside them; and those which are numbers and lists.

    Every argument has a dtype of one of the kinds asked for, and is not empty.
    """
    given = {key: value for key, value in arguments.items() if _is_array(value)}
    xp, place = _home(name, {**given, **(beside or {})})
    plain = {}
    for key, value in arguments.items():
        if key in given:
            dtype, shape = value.dtype, tuple(value.shape)
            right = xp.isdtype(dtype, kinds)
        else:
            plain[key], dtype, shape = _from_python(name, key, value)
            right = KINDS.get(dtype.kind) in kinds
        if not right:
            raise ValueError(f"{name}: {key} must be {what}, got dtype {dtype}")
        if 0 in shape:
            raise ValueError(f"{name}: {key} must not be empty, got shape {shape}")
    return xp, place, plain


def _home(name: str, given: dict[str, Array]) -> tuple[Any, Any]:
    """The one library of the arrays and the one device they lie on; NumPy where there is no array."""
    if not given:
        return _numpy(), None
    libraries = {key: _namespace(value) for key, value in given.items()}
    devices = {key: value.device if _is_tensor(value) else device(value) for key, value in given.items()}
    first = next(iter(given))
    for key in given:
        if libraries[key] is not libraries[first]:
            got = " and ".join(f"{k} of {libraries[k].__name__.removeprefix('array_api_compat.')}" for k in (first, key))
            raise TypeError(f"{name}: expected arrays of one library, got {got}")
        if devices[key] != devices[first] and devices[key] is not None and devices[first] is not None:  # None: traced by JAX
            raise TypeError(
                f"{name}: expected arrays on one device, got {first} on {devices[first]} and {key} on {devices[key]}"
            )
    return libraries[first], devices[first]


def _from_python(name: str, key: str, value: object) -> tuple[object, Any, tuple[int, ...]]:
    """A number or a nested list of numbers, as plain as can be, with the dtype and the shape that NumPy would give it."""
    if type(value) in NUMBERS:  # no array is made: torch.compile could not follow it
        return value, NUMBERS[type(value)], ()
    if not isinstance(value, (bool, int, float, complex, list, tuple)):
        raise TypeError(f"{name}: {key} must be an array or a number, got {type(value).__name__}")
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(f"{name}: {key} must be a list with rows of equal length") from None
    return array.tolist(), array.dtype, array.shape
