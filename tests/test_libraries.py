"""Every public function on every array library: values, dtype, device, batches, errors, tracing, gradients."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dlref._backend import Array, array_function, arrays
from tests.gradients import assert_gradient
from tests.libraries import Library
from tests.topics import Call, Parameter, functions, level, numbers, parameters, parts

TOLERANCE = {"float64": {"rtol": 1e-9, "atol": 1e-12}, "float32": {"rtol": 2e-5, "atol": 1e-6}}
# array_api_compat finds the library of an array through cached functions, of which torch.compile warns, and works.
COMPILE = pytest.mark.filterwarnings("ignore:.*Dynamo detected a call to a `functools.lru_cache`-wrapped function")


def kind(argument: Any) -> str:
    """Whether an argument of a registered call is an array of floats "f", integers "i" or truth values "b", or none: ""."""
    return np.asarray(argument).dtype.kind if isinstance(argument, bool | int | float | list) else ""


each_function = pytest.mark.parametrize(("function", "calls"), functions())
each_function_of_arrays = pytest.mark.parametrize(
    ("function", "calls"), [each for each in functions() if any(kind(arg) for call in each.values[1] for arg in call.args)]
)


def arrays_of(xp: Library, call: Call, dtype: str = "float64", labels: str = "int64") -> Call:
    """A call with its numbers and lists as arrays of a library."""
    return call.map(lambda value: xp.array(value, {"f": dtype, "i": labels, "b": "bool"}[kind(value)]))


def runs(function: Any, name: str) -> bool:
    """Whether a function runs on this library, or under this transformation, by the level that its docstring states."""
    stated, without = level(inspect.getdoc(function) or "")
    return name.startswith("numpy") if stated == "C" else name not in without


def attempt(function: Any, name: str, test: Callable[[], None]) -> None:
    """Run a test where the function's level promises it; where it does not, the test must fail, or the level is out of date."""
    if runs(function, name):
        test()
        return
    try:
        test()
    except Exception:
        return
    pytest.fail(f"{function.__name__} is said not to run with {name}, but does")


@each_function_of_arrays
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_values_dtype_and_device_are_kept_and_inputs_are_not_changed(
    function: Any, calls: list[Call], xp: Library, dtype: str
) -> None:
    if xp.name == "jax" and dtype == "float32" and runs(function, "jit"):
        return  # JAX compiles everything once more for each dtype: it has float32 in test_jit_and_vmap_of_jax

    def test() -> None:
        for call in calls:
            given = arrays_of(xp, call, dtype)
            copies = [xp.numpy(arg) if kind(plain) else arg for plain, arg in zip(call.args, given.args, strict=True)]
            result = given(function)
            floating = any(kind(arg) == "f" for arg in call.args)
            for part, expected in zip(parts(result), numbers(call(function)), strict=True):
                if isinstance(part, str):  # a function that names what it finds
                    assert part == expected
                    continue
                assert xp.owns(part)
                assert tuple(part.shape) == expected.shape
                np.testing.assert_allclose(xp.numpy(part), expected, **TOLERANCE[dtype])
                if expected.dtype.kind == "f":
                    assert part.dtype == (xp.dtype(dtype) if floating else xp.array(0.0, None).dtype)
                else:
                    assert xp.numpy(part).dtype.kind == expected.dtype.kind
            for plain, arg, copy in zip(call.args, given.args, copies, strict=True):
                if kind(plain):
                    np.testing.assert_array_equal(xp.numpy(arg), copy)

    attempt(function, xp.name, test)


@each_function_of_arrays
def test_labels_may_have_the_dtype_of_the_data(function: Any, calls: list[Call], xp: Library) -> None:
    def test() -> None:
        for call in calls:
            as_floats = arrays_of(xp, call, labels="float64")(function)
            for part, expected in zip(parts(as_floats), numbers(call(function)), strict=True):
                if isinstance(part, str):
                    assert part == expected
                else:
                    xp.close(part, expected, **TOLERANCE["float64"])

    attempt(function, xp.name, test)


@each_function
def test_numbers_give_numbers_and_lists_give_numpy(function: Any, calls: list[Call]) -> None:
    for call in calls:
        result = call(function)
        for part in parts(result):
            if np.ndim(part) == 0:
                assert type(part) in (bool, int, float, str)
            else:
                assert type(part) is np.ndarray


def stacked(function: Any, calls: list[Call]) -> tuple[Call, list[Any]] | None:
    """Calls stacked along a new first axis, and which of their arguments have it; None where the function takes no batches."""
    described = {parameter.name: parameter for parameter in parameters(inspect.getdoc(function) or "")}
    names = list(inspect.signature(function).parameters)[: len(calls[0].args)]
    batched = [described[name].batched and bool(kind(calls[0].args[i])) for i, name in enumerate(names)]
    if not any(batched):
        return None
    columns = zip(*(call.args for call in calls), strict=True)
    args = [
        np.stack([np.asarray(arg) for arg in column]).tolist() if flag else column[0]
        for column, flag in zip(columns, batched, strict=True)
    ]
    return Call(*args, **calls[0].options), batched


@each_function
def test_a_batch_is_the_stack_of_its_members(function: Any, calls: list[Call], xp: Library) -> None:
    found = stacked(function, calls)
    if found is None:
        return
    batch, batched = found
    fixed = [
        Call(
            *(a if flag else first for a, first, flag in zip(call.args, calls[0].args, batched, strict=True)),
            **calls[0].options,
        )
        for call in calls
    ]
    expected = [np.stack(members) for members in zip(*(numbers(call(function)) for call in fixed), strict=True)]

    def test() -> None:
        if xp.name != "jax":  # which compiles everything once more for each shape
            result = arrays_of(xp, batch)(function)
            for part, values in zip(parts(result), expected, strict=True):
                xp.close(part, values, **TOLERANCE["float64"])
        twice = Call(
            *([arg, arg[::-1]] if flag else arg for arg, flag in zip(batch.args, batched, strict=True)), **batch.options
        )
        given = arrays_of(xp, twice)
        result = compiled(function, twice, given) if xp.name == "jax" and runs(function, "jit") else given(function)
        for part, values in zip(parts(result), expected, strict=True):
            xp.close(part, np.stack([values, values[::-1]]), **TOLERANCE["float64"])

    attempt(function, xp.name, test)


def elementwise(function: Any) -> list[Parameter]:
    """The parameters of a function that pairs its arguments one by one: all are of shape (...)."""
    shaped = [parameter for parameter in parameters(inspect.getdoc(function) or "") if parameter.shape is not None]
    return shaped if len(shaped) > 1 and all(parameter.shape == ["..."] for parameter in shaped) else []


@each_function
def test_a_scalar_goes_with_every_member_of_a_batch_and_a_row_never_with_a_column(
    function: Any, calls: list[Call], xp: Library
) -> None:
    if not elementwise(function) or not runs(function, xp.name):
        return
    found = stacked(function, calls)
    assert found is not None
    batch = found[0]
    for i in range(len(batch.args)):
        scalar = Call(*(calls[0].args[k] if k == i else arg for k, arg in enumerate(batch.args)), **batch.options)
        filled = Call(
            *([calls[0].args[k]] * len(calls) if k == i else arg for k, arg in enumerate(batch.args)), **batch.options
        )
        xp.close(arrays_of(xp, scalar)(function), xp.numpy(arrays_of(xp, filled)(function)))
        column = Call(*([[value] for value in arg] if k == i else arg for k, arg in enumerate(batch.args)), **batch.options)
        with pytest.raises(ValueError, match=f"^{function.__name__}: .* must have equal shapes or be scalars, got"):
            arrays_of(xp, column)(function)


@each_function
def test_what_is_no_array_of_one_library_with_the_right_dtype_is_refused_by_name(function: Any, calls: list[Call]) -> None:
    import torch

    call = calls[0]
    names = list(inspect.signature(function).parameters)
    plain = [i for i, arg in enumerate(call.args) if kind(arg)]
    for i in plain:
        wrong: list[tuple[Any, type[Exception]]] = [
            (None, TypeError),
            ("text", TypeError),
            (object(), TypeError),
            (1j, ValueError),
            (np.array("text"), ValueError),
            (np.asarray(True) if kind(call.args[i]) != "b" else np.asarray(1), ValueError),
            ([[1.0], [1.0, 2.0]], ValueError),
            (np.empty((0, *np.shape(call.args[i])), dtype=np.asarray(call.args[i]).dtype), ValueError),
        ]
        if len(plain) > 1:
            wrong.append((torch.asarray(call.args[i]), TypeError))
        for value, error in wrong:
            given = [value if k == i else np.asarray(arg) if k in plain else arg for k, arg in enumerate(call.args)]
            with pytest.raises(error, match=f"^{function.__name__}: ") as caught:
                function(*given, **call.options)
            assert type(caught.value) is error
            assert names[i] in str(caught.value)


@each_function
def test_hyperparameters_are_finite_numbers(function: Any, calls: list[Call]) -> None:
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.annotation == "float":
            for value, error in (
                (float("nan"), ValueError),
                (float("inf"), ValueError),
                ("1", TypeError),
                (None, TypeError),
                (True, TypeError),
            ):
                with pytest.raises(error, match=f"^{function.__name__}: {name} must be "):
                    function(*calls[0].args, **{**calls[0].options, name: value})


@each_function
def test_arrays_on_two_devices_are_refused(function: Any, calls: list[Call]) -> None:
    xp = Library("array_api_strict")
    plain = [i for i, arg in enumerate(calls[0].args) if kind(arg)]
    if len(plain) > 1 and runs(function, xp.name):
        with xp.strictly():
            given = list(arrays_of(xp, calls[0]).args)
            given[plain[-1]] = given[plain[-1]].to_device(xp.namespace.Device("CPU_DEVICE"))
            with pytest.raises(TypeError, match=f"^{function.__name__}: expected arrays on one device"):
                function(*given, **calls[0].options)


# --- Tracing: values cannot be read there, so that no check may ask for them


def traced(function: Any, call: Call, given: Call) -> tuple[Callable[..., Any], list[Any], list[int]]:
    """The function of its array arguments alone, these arguments, and their positions."""
    positions = [i for i, arg in enumerate(call.args) if kind(arg)]

    def of_arrays(*arrays: Any) -> Any:
        args = list(given.args)
        for i, array in zip(positions, arrays, strict=True):
            args[i] = array
        return Call(*args, **given.options)(function)

    return of_arrays, [given.args[i] for i in positions], positions


def assert_same(xp: Library, result: Any, expected: Any) -> None:
    for part, values in zip(parts(result), numbers(expected), strict=True):
        xp.close(part, values, **TOLERANCE["float64"])


def compiled(function: Any, call: Call, given: Call) -> Any:
    """The result under ``jax.jit``, which compiles the whole function at once and not each step of it."""
    import jax

    of_arrays, arrays, _ = traced(function, call, given)
    return jax.jit(of_arrays)(*arrays)


@each_function_of_arrays
def test_jit_and_vmap_of_jax(function: Any, calls: list[Call]) -> None:
    import jax

    xp = Library("jax")

    def jit() -> None:
        result = compiled(function, calls[0], arrays_of(xp, calls[0], "float32"))
        floating = any(kind(arg) == "f" for arg in calls[0].args)
        for part, expected in zip(parts(result), numbers(calls[0](function)), strict=True):
            xp.close(part, expected, **TOLERANCE["float32"])
            if expected.dtype.kind == "f":
                assert part.dtype == (xp.dtype("float32") if floating else xp.array(0.0, None).dtype)

    attempt(function, "jit", jit)
    found = stacked(function, calls)
    if found is None:
        return
    batch, batched = found

    def vmap() -> None:
        of_arrays, arrays, positions = traced(function, batch, arrays_of(xp, batch))
        mapped = jax.vmap(of_arrays, in_axes=[0 if batched[i] else None for i in positions])
        assert_same(xp, (jax.jit(mapped) if runs(function, "jit") else mapped)(*arrays), batch(function))

    attempt(function, "vmap", vmap)


@COMPILE
@each_function_of_arrays
def test_compile_and_meta_tensors_of_pytorch(function: Any, calls: list[Call]) -> None:
    import torch

    xp = Library("torch")
    torch._dynamo.reset()

    def compiled() -> None:
        of_arrays, arrays, _ = traced(function, calls[0], arrays_of(xp, calls[0]))
        assert_same(xp, torch.compile(of_arrays, fullgraph=True, backend="eager")(*arrays), calls[0](function))

    def meta() -> None:
        of_arrays, arrays, _ = traced(function, calls[0], arrays_of(xp, calls[0]))
        result = of_arrays(*(array.to("meta") for array in arrays))
        for part, expected in zip(parts(result), numbers(calls[0](function)), strict=True):
            assert part.device.type == "meta" and tuple(part.shape) == expected.shape

    attempt(function, "compile", compiled)
    attempt(function, "meta", meta)


def weighted(of_arrays: Callable[..., Any]) -> Callable[..., Any]:
    """The sum of a function's results with these weights, of the weights and its arguments: a number, which has a gradient."""
    return lambda weights, *arrays: (of_arrays(*arrays) * weights).sum()


@each_function_of_arrays
def test_gradients_of_pytorch_and_jax_agree(function: Any, calls: list[Call]) -> None:
    import jax
    import torch

    def test() -> None:
        compiled: dict[str, Any] = {}  # one for all calls that differ in nothing but numbers
        for call in calls:
            result = call(function)
            floats = [kind(arg) == "f" for arg in call.args if kind(arg)]
            if isinstance(result, tuple) or not any(floats):
                return
            weights = np.cos(np.arange(np.size(result))).reshape(np.shape(result))

            of_arrays, arrays, _ = traced(function, call, arrays_of(Library("torch"), call))
            leaves = [array.requires_grad_() for array, flag in zip(arrays, floats, strict=True) if flag]
            expected = torch.autograd.grad(weighted(of_arrays)(torch.asarray(weights), *arrays), leaves)

            of_arrays, arrays, _ = traced(function, call, arrays_of(Library("jax"), call))
            rest = repr((call.options, [arg for arg in call.args if not kind(arg)]))
            if rest not in compiled:
                gradient = jax.grad(weighted(of_arrays), argnums=[i + 1 for i, flag in enumerate(floats) if flag])
                compiled[rest] = jax.jit(gradient) if runs(function, "jit") else gradient
            for found, slope in zip(compiled[rest](weights, *arrays), expected, strict=True):
                np.testing.assert_allclose(found, slope.numpy(), rtol=1e-12, atol=1e-13, err_msg="JAX and PyTorch disagree")

    attempt(function, "gradients", test)


# --- The gates themselves, on functions that are broken in one way each

DOCSTRING = """Twice a number.

Parameters
----------
x
    A number; shape (...).

Notes
-----
"""
CALLS = [Call(1.5), Call(-2.0)]


def broken(body: Callable[[Any, Any], Any], notes: str = "None.") -> Any:
    """A public function ``double`` with this body."""

    @array_function
    def double(x: Array, /) -> Array:
        xp, x = arrays("double", x=x)
        return body(xp, x)

    double.__doc__ = DOCSTRING + notes
    return double


def right(xp: Any, x: Any) -> Any:
    return 2 * x


def wide(xp: Any, x: Any) -> Any:
    return x * xp.asarray(2.0, dtype=xp.float64)


def in_place(xp: Any, x: Any) -> Any:
    x *= 2
    return x


def mixed(xp: Any, x: Any) -> Any:
    return 2 * x + (x - xp.max(x))


def reading(xp: Any, x: Any) -> Any:
    return x + x if bool(xp.all(x > -100)) else x


def elsewhere(xp: Any, x: Any) -> Any:
    return 2 * xp.asarray(float(x), dtype=x.dtype)


def foreign(xp: Any, x: Any) -> Any:
    return 2 * np.asarray(x)


def test_gates_pass_a_function_that_is_right() -> None:
    function = broken(right)
    for name in ("numpy-readonly", "torch", "jax", "array_api_strict"):
        xp = Library(name)
        for dtype in TOLERANCE:
            test_values_dtype_and_device_are_kept_and_inputs_are_not_changed(function, CALLS, xp, dtype)
        test_a_batch_is_the_stack_of_its_members(function, CALLS, xp)
    test_numbers_give_numbers_and_lists_give_numpy(function, CALLS)
    test_jit_and_vmap_of_jax(function, CALLS)
    test_gradients_of_pytorch_and_jax_agree(function, CALLS)
    test_what_is_no_array_of_one_library_with_the_right_dtype_is_refused_by_name(function, CALLS)


@pytest.mark.parametrize(
    ("body", "gate"),
    [
        (
            wide,
            lambda f: test_values_dtype_and_device_are_kept_and_inputs_are_not_changed(f, CALLS, Library("numpy"), "float32"),
        ),
        (
            in_place,
            lambda f: test_values_dtype_and_device_are_kept_and_inputs_are_not_changed(f, CALLS, Library("torch"), "float64"),
        ),
        (in_place, lambda f: test_a_batch_is_the_stack_of_its_members(f, CALLS, Library("numpy-readonly"))),
        (
            elsewhere,
            lambda f: test_values_dtype_and_device_are_kept_and_inputs_are_not_changed(
                f, CALLS, Library("array_api_strict"), "float64"
            ),
        ),
        (
            foreign,
            lambda f: test_values_dtype_and_device_are_kept_and_inputs_are_not_changed(f, CALLS, Library("torch"), "float64"),
        ),
        (mixed, lambda f: test_a_batch_is_the_stack_of_its_members(f, CALLS, Library("numpy"))),
        (reading, lambda f: test_jit_and_vmap_of_jax(f, CALLS)),
        (foreign, lambda f: test_jit_and_vmap_of_jax(f, CALLS)),
        (lambda xp, x: xp.stack([x, x]).tolist(), lambda f: test_numbers_give_numbers_and_lists_give_numpy(f, CALLS)),
    ],
)
def test_gates_fail_a_function_that_is_broken(body: Any, gate: Any) -> None:
    with pytest.raises((AssertionError, ValueError, TypeError, RuntimeError)):
        gate(broken(body))


def test_gate_fails_a_message_that_does_not_name_its_function() -> None:
    function = broken(right)
    function.__name__ = "triple"
    with pytest.raises(AssertionError):
        test_what_is_no_array_of_one_library_with_the_right_dtype_is_refused_by_name(function, CALLS)


def test_gate_fails_gradients_that_disagree() -> None:
    with pytest.raises(AssertionError, match="JAX and PyTorch disagree"):
        test_gradients_of_pytorch_and_jax_agree(broken(lambda xp, x: xp.abs(x)), [Call(0.0)])
    with pytest.raises(AssertionError, match="autograd and differences disagree"):
        assert_gradient(broken(lambda xp, x: xp.where(x > 0, x, x + 1)), [1.0, 0.0], wrt=0)
    with pytest.raises(AssertionError, match="the stated gradient is another"):
        assert_gradient(broken(right), [1.0, 2.0], wrt=0, expected=[2.0, 3.0])


def test_a_stated_level_is_believed_and_must_be_true() -> None:
    assert level(DOCSTRING) == ("A", [])
    assert level(DOCSTRING + "Level B: without jit and vmap, because it reads values.") == ("B", ["jit", "vmap"])
    assert level(DOCSTRING + "Level C: it sorts.") == ("C", [])
    test_jit_and_vmap_of_jax(broken(reading, "Level B: without jit and vmap, because it reads values."), CALLS)
    with pytest.raises(pytest.fail.Exception, match="double is said not to run with jit, but does"):
        test_jit_and_vmap_of_jax(broken(right, "Level B: without jit, because of nothing."), CALLS)
