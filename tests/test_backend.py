"""The helpers that every topic module shares: numbers and lists, dtypes, messages, and checks that tracing leaves out."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from dlref._backend import (
    Array,
    array_function,
    arrays,
    check,
    chosen,
    counts,
    distributions,
    elementwise,
    entries,
    fraction,
    functions,
    generator,
    gradient,
    host,
    indices,
    integers,
    like,
    natural,
    nonnegative,
    number,
    paired,
    positive,
    rows,
    scatter,
    shaped,
    single,
    sizes,
    table,
    take_rows,
    truths,
    whole,
)
from tests.libraries import Library


@array_function
def ratio(a: Array, b: Array, /) -> Array:
    """A function as small as can be."""
    _, a, b = arrays("ratio", a=a, b=b)
    paired("ratio", a=a, b=b)
    return a / b


@array_function
def both(a: Array, /) -> tuple[Array, Array]:
    """A function with two results."""
    xp, a = arrays("both", a=a)
    return a + 1, xp.stack([a, a])


def test_numbers_in_numbers_out_and_lists_in_numpy_out() -> None:
    assert type(ratio(1, 2)) is float and ratio(1, 2) == 0.5
    assert type(ratio([1, 2], 2)) is np.ndarray
    number_, list_ = both(1)
    assert type(number_) is float and type(list_) is np.ndarray


def test_a_numpy_scalar_is_an_array() -> None:
    assert ratio(np.float32(1), np.float32(2)).dtype == np.float32
    assert type(ratio(np.float64(1), 2)) is np.float64


def test_the_decorator_keeps_name_docstring_and_signature() -> None:
    import inspect

    assert ratio.__name__ == "ratio" and ratio.__doc__ == "A function as small as can be."
    assert str(inspect.signature(ratio)) == "(a: 'Array', b: 'Array', /) -> 'Array'"


def test_infinity_and_nan_come_without_a_warning() -> None:
    assert ratio(1, 0) == math.inf
    np.testing.assert_array_equal(ratio(np.array([0.0, -1.0]), np.zeros(2)), [math.nan, -math.inf])
    with pytest.warns(RuntimeWarning):  # outside, NumPy warns as before
        np.ones(1) / np.zeros(1)


def test_numbers_and_lists_take_library_device_and_dtype_of_the_arrays_beside_them(xp: Library) -> None:
    for dtype in ("float32", "float64"):
        for a, b in (
            (xp.array([1.0, 2.0], dtype), 3),
            (xp.array([1.0, 2.0], dtype), [3, 0.1]),
            ([1, 0.1], xp.array([1.0, 2.0], dtype)),
        ):
            result = ratio(a, b)
            assert xp.owns(result) and result.dtype == xp.dtype(dtype)


def test_a_list_beside_float64_keeps_its_digits(xp: Library) -> None:
    xp.close(ratio([0.1], xp.array([1.0])), [0.1], rtol=0)


def test_integers_become_the_default_float_or_that_of_the_data(xp: Library) -> None:
    default = xp.array(0.0, None).dtype
    assert ratio(xp.array([1, 2], "int32"), xp.array([3, 4], "int64")).dtype == default
    assert ratio(xp.array([1, 2], "int64"), xp.array([3.0, 4.0], "float32")).dtype == xp.dtype("float32")
    assert ratio(xp.array([1, 2], "uint8"), 2.5).dtype == default


def test_floats_are_promoted_as_the_library_promotes_them(xp: Library) -> None:
    assert ratio(xp.array([1.0], "float32"), xp.array([1.0], "float64")).dtype == xp.dtype("float64")


def test_half_precision_stays() -> None:
    import torch

    for dtype in (torch.float16, torch.bfloat16):
        assert ratio(torch.ones(2, dtype=dtype), 2).dtype == dtype
    assert ratio(np.ones(2, dtype=np.float16), 2).dtype == np.float16


def test_a_scalar_goes_with_an_array_and_a_row_not_with_a_column() -> None:
    np.testing.assert_array_equal(ratio(np.array([2.0, 4.0]), np.array(2.0)), [1, 2])
    with pytest.raises(ValueError, match=r"^ratio: a and b must have equal shapes or be scalars, got a \(3,\), b \(3, 1\)$"):
        ratio(np.ones(3), np.ones((3, 1)))


@pytest.mark.parametrize(
    ("a", "error", "message"),
    [
        ("x", TypeError, "ratio: a must be an array or a number, got str"),
        (None, TypeError, "ratio: a must be an array or a number, got NoneType"),
        ({1.0}, TypeError, "ratio: a must be an array or a number, got set"),
        (1 + 2j, ValueError, "ratio: a must be real numbers, got dtype complex128"),
        (True, ValueError, "ratio: a must be real numbers, got dtype bool"),
        (["x"], ValueError, "ratio: a must be real numbers, got dtype <U1"),
        ([[1, 2], [3]], ValueError, "ratio: a must be a list with rows of equal length"),
        ([], ValueError, "ratio: a must not be empty, got shape (0,)"),
        (np.empty((2, 0)), ValueError, "ratio: a must not be empty, got shape (2, 0)"),
    ],
)
def test_what_is_no_real_array_is_refused(a: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error) as caught:
        ratio(a, 1)
    assert str(caught.value) == message and type(caught.value) is error


def test_two_libraries_or_two_devices_are_refused() -> None:
    import array_api_strict
    import torch

    with pytest.raises(TypeError, match="^ratio: expected arrays of one library, got a of numpy and b of torch$"):
        ratio(np.ones(2), torch.ones(2))
    with pytest.raises(TypeError, match="^ratio: expected arrays on one device, got a on cpu and b on meta$"):
        ratio(torch.ones(2), torch.ones(2, device="meta"))
    other = array_api_strict.Device("device1")
    with pytest.raises(TypeError, match="^ratio: expected arrays on one device, got a on .*CPU_DEVICE.* and b on .*device1"):
        ratio(array_api_strict.ones(2), array_api_strict.ones(2, device=other))


def test_number_takes_any_real_number_and_returns_a_python_float() -> None:
    for value in (1, 1.0, np.float32(1), np.int64(1)):
        assert type(number("f", delta=value)) is float
    for value in (True, "1", None, 1j, np.ones(1), [1.0]):
        with pytest.raises(TypeError, match="^f: delta must be a number, got "):
            number("f", delta=value)  # type: ignore[arg-type]
    for value in (math.nan, math.inf, -math.inf):
        with pytest.raises(ValueError, match=f"^f: delta must be finite, got {value}$"):
            number("f", delta=value)


def test_whole_takes_any_integer_and_returns_a_python_int() -> None:
    for value in (3, np.int32(3)):
        assert type(whole("f", k=value)) is int
    for value in (True, 3.0, "3", None):
        with pytest.raises(TypeError, match="^f: k must be an integer, got "):
            whole("f", k=value)  # type: ignore[arg-type]


def test_check_names_argument_value_and_expectation(xp: Library) -> None:
    with pytest.raises(ValueError, match=r"^f: delta must be > 0, got -1.0$"):
        check("f", -1.0 > 0, "be > 0", delta=-1.0)
    y = xp.array([[1.0, 2.0], [-3.0, -4.0]])
    check("f", y > -5, "be > -5", y=y)
    with pytest.raises(ValueError, match=r"^f: y must be > 0, got -3.0$"):
        check("f", y > 0, "be > 0", y=y)
    with pytest.raises(ValueError, match=r"^f: y must be > 0, got -1.0$"):
        check("f", xp.array(-1.0) > 0, "be > 0", y=xp.array(-1.0))


def test_indices_are_whole_numbers_below_the_count(xp: Library) -> None:
    beside = xp.array([0.0])
    for labels in (xp.array([0, 2], "int32"), xp.array([0.0, 2.0]), [0, 2], [0.0, 2.0]):
        found = indices("f", 3, y=labels, p=beside)
        assert xp.owns(found) and xp.numpy(found).dtype == np.int64 and xp.numpy(found).tolist() == [0, 2]
    for labels, message in (
        (xp.array([0, 3], "int64"), "y must lie in 0 ... 2, got 3"),
        (xp.array([-1, 1], "int64"), "y must lie in 0 ... 2, got -1"),
        (xp.array([0.0, 0.5]), "y must be whole numbers, got 0.5"),
        (xp.array([0.0, math.nan]), "y must be whole numbers, got nan"),
        (xp.array([True], "bool"), "y must be whole numbers, got dtype"),
        ([], "y must not be empty"),
    ):
        with pytest.raises(ValueError, match=f"^f: {message}"):
            indices("f", 3, y=labels, p=beside)


def test_indices_lie_where_the_array_beside_them_lies() -> None:
    import torch

    with pytest.raises(TypeError, match="^f: expected arrays of one library, got y of numpy and p of torch$"):
        indices("f", 3, y=np.array([0]), p=torch.ones(3))


def test_integers_are_whole_numbers_of_either_sign(xp: Library) -> None:
    for given in (xp.array([-2.0, 3.0]), xp.array([-2, 3], "int32")):
        _, found = integers("f", i=given)
        assert found.dtype == xp.array([1], "int64").dtype
        xp.close(found, [-2, 3])
    with pytest.raises(ValueError, match="^f: i must be a whole number, got 0.5$"):
        integers("f", i=xp.array([1.0, 0.5]))


def test_counts_are_integers_from_one_of_equal_shapes(xp: Library) -> None:
    for given in (xp.array([1, 2], "int32"), xp.array([1.0, 2.0]), [1, 2], [1.0, 2.0]):
        _, n, k = counts("f", n=given, k=xp.array(3, "int64"))
        assert xp.owns(n) and xp.numpy(n).dtype == np.int64 and xp.numpy(n).tolist() == [1, 2] and int(k) == 3
    for wrong, message in (
        (xp.array([1, 0], "int64"), "n must be > 0, got 0"),
        (xp.array([1.0, -1.0]), "n must be > 0, got -1"),
        (xp.array([1.0, 2.5]), "n must be a whole number, got 2.5"),
        (xp.array([math.nan, 1.0]), "n must be a whole number, got nan"),
        (xp.array([True, True], "bool"), "n must be whole numbers, got dtype"),
        (xp.array([1, 2, 3], "int64"), "n and k must have equal shapes or be scalars"),
        ([], "n must not be empty"),
    ):
        with pytest.raises(ValueError, match=f"^f: {message}"):
            counts("f", n=wrong, k=xp.array([3, 3], "int64"))
    with pytest.raises(TypeError, match="^f: n must be an array or a number, got NoneType$"):
        counts("f", n=None)


def test_hyperparameters_are_positive_numbers_and_natural_numbers() -> None:
    found = positive("f", eta=np.float32(0.5))
    assert type(found) is float and found == 0.5
    assert natural("f", n=np.int64(3)) == 3
    assert nonnegative("f", lam=0) == fraction("f", p=0) == 0 and fraction("f", p=np.float32(0.75)) == 0.75
    for read, given, message in (
        (positive, {"eta": 0.0}, "eta must be > 0, got 0.0"),
        (positive, {"eta": -1}, "eta must be > 0, got -1"),
        (positive, {"eta": math.nan}, "eta must be finite, got nan"),
        (natural, {"n": 0}, "n must be > 0, got 0"),
        (nonnegative, {"lam": -1e-300}, "lam must be >= 0, got -1e-300"),
        (fraction, {"p": 1.0}, r"p must lie in \[0, 1\), got 1.0"),
        (fraction, {"p": -0.5}, r"p must lie in \[0, 1\), got -0.5"),
    ):
        with pytest.raises(ValueError, match=f"^f: {message}$"):
            read("f", **given)
    with pytest.raises(TypeError, match="^f: n must be an integer, got float$"):
        natural("f", n=2.0)  # type: ignore[arg-type]


def test_generators_functions_and_shapes_are_asked_for_by_name() -> None:
    generator("f", np.random.default_rng(0))
    functions("f", phi=abs, slope=len)
    shaped("f", (2,), a=np.zeros(2), b=np.ones(2))
    with pytest.raises(TypeError, match="^f: rng must be a NumPy Generator, got int$"):
        generator("f", 0)
    with pytest.raises(TypeError, match="^f: slope must be a function, got str$"):
        functions("f", phi=abs, slope="relu")
    with pytest.raises(ValueError, match=r"^f: b must have shape \(2,\), got \(1, 2\)$"):
        shaped("f", (2,), a=np.zeros(2), b=np.ones((1, 2)))


def test_entries_along_the_first_axis_are_equally_many() -> None:
    assert entries("f", x=np.zeros((3, 2)), y=np.zeros(3)) == 3
    for y in (np.zeros(2), np.zeros(())):
        with pytest.raises(ValueError, match=r"^f: x and y must have equally many entries along a first axis, got x \(3, 2\), y \("):
            entries("f", x=np.zeros((3, 2)), y=y)


def test_what_a_function_returns_is_a_single_number(xp: Library) -> None:
    beside = xp.array([1.0, 2.0], "float32")
    value = single("f", "loss", 0.5, beside)
    xp.close(value, 0.5)
    assert value.dtype == beside.dtype
    with pytest.raises(ValueError, match=r"^f: loss must return a single number, got shape \(2,\)$"):
        single("f", "loss", beside, beside)


def test_a_table_has_rows_and_as_many_targets() -> None:
    table("f", np.zeros((3, 2)), np.zeros(3))
    with pytest.raises(ValueError, match=r"^f: x must have the axes \(n, d\), got shape \(1, 3, 2\)$"):
        table("f", np.zeros((1, 3, 2)), np.zeros((1, 3)))
    with pytest.raises(ValueError, match=r"^f: y must have shape \(..., n\) beside x of shape \(..., n, d\), got y \(3, 1\), x \(3, 2\)$"):
        table("f", np.zeros((3, 2)), np.zeros((3, 1)))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_values_go_to_numpy_and_come_back_to_their_library_device_and_dtype(xp: Library, dtype: str) -> None:
    x = xp.array([[0.5, -1.0]], dtype)
    values = host(x)
    assert type(values) is np.ndarray and values.dtype == np.float64 and values.tolist() == [[0.5, -1.0]]
    for back, expected in ((like(xp.namespace, x, 2 * values), [[1.0, -2.0]]), (like(xp.namespace, x, 0.25), 0.25)):
        xp.close(back, expected)
        assert back.dtype == x.dtype


def test_probabilities_are_at_least_0_and_sum_to_1(xp: Library) -> None:
    distributions("f", p=xp.array([[0.25, 0.75], [0.0, 1.0005]]), q=xp.array([1.0], "float32"))
    for bad, message in (
        (1.0, "a last axis, one probability a value, got a scalar"),
        ([[0.5, 0.5], [1.25, -0.25]], "be >= 0, got -0.25"),
        ([math.nan, 1.0], "be >= 0, got nan"),
        ([[0.5, 0.5], [0.5, 0.75]], "sum to 1 over the last axis, got 1.25"),
    ):
        with pytest.raises(ValueError, match=f"^f: p must .*{message}$"):
            distributions("f", q=xp.array([1.0]), p=xp.array(bad))


def test_a_function_of_each_element_keeps_the_shape(xp: Library) -> None:
    x = xp.array([[1.0, -2.0]])
    xp.close(elementwise("f", "phi", lambda x: x * x, x), [[1.0, 4.0]])
    with pytest.raises(TypeError, match="^f: phi must be a function, got NoneType$"):
        elementwise("f", "phi", None, x)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^f: phi must keep the shape \(1, 2\), got \(1, 1\)$"):
        elementwise("f", "phi", lambda x: x[:, :1], x)


def test_rows_are_taken_for_indices_of_any_shape(xp: Library) -> None:
    table = xp.array([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]])
    xp.close(take_rows(table, xp.array([[2, 0], [1, 2]], "int64")), [[[4, 5], [0, 1]], [[2, 3], [4, 5]]])
    xp.close(take_rows(table, xp.array(1, "int64")), [2, 3])


def test_scatter_puts_each_value_at_its_place_among_zeros(xp: Library) -> None:
    for dtype in ("float64", "float32"):
        found = scatter(xp.array([1.0, math.inf, -2.0], dtype), xp.array([3, 0, 2], "int64"), 5)
        xp.close(found, [math.inf, 0, -2, 1, 0])
        assert found.dtype == xp.dtype(dtype)


def test_truths_are_bools(xp: Library) -> None:
    _, found = truths("f", condition=xp.array([True, False], "bool"))
    assert xp.numpy(found).tolist() == [True, False]
    assert truths("f", condition=True)[1].tolist() is True
    with pytest.raises(ValueError, match="^f: condition must be truth values, got dtype"):
        truths("f", condition=xp.array([1, 0], "int64"))


def test_a_numpy_array_of_another_kind_is_not_taken_for_the_usual_case() -> None:
    wrong: list[Any] = [
        np.ones(2, dtype=complex),
        np.ones(2, dtype=bool),
        np.array(["x", "y"]),
        np.array([None, None]),
        np.empty(0),
    ]
    for value in wrong:
        with pytest.raises(ValueError, match="^ratio: "):
            ratio(value, value)


# --- Checks of values are made where values can be read, and nowhere else


@array_function
def root(x: Array, /) -> Array:
    """A function that checks values."""
    xp, x = arrays("root", x=x)
    check("root", x >= 0, "be >= 0", x=x)
    return xp.sqrt(x)


def test_values_are_checked_in_eager_mode_and_under_a_gradient(xp: Library) -> None:
    with pytest.raises(ValueError, match="^root: x must be >= 0, got -1.0$"):
        root(xp.array([4.0, -1.0]))
    if xp.name == "jax":
        import jax

        with pytest.raises(ValueError, match="^root: x must be >= 0, got "):
            jax.grad(lambda x: root(x).sum())(xp.array([4.0, -1.0]))
    if xp.name == "torch":
        import torch

        with pytest.raises(ValueError, match="^root: x must be >= 0, got -1.0$"):
            root(torch.tensor([4.0, -1.0], requires_grad=True))


def test_jax_traces_a_function_without_reading_values() -> None:
    import jax
    import jax.numpy as jnp

    x = jnp.asarray([4.0, -1.0])
    for result in (jax.jit(root)(x), jax.vmap(root)(x)):
        np.testing.assert_array_equal(result, [2, math.nan])


@pytest.mark.filterwarnings("ignore:.*Dynamo detected a call to a `functools.lru_cache`-wrapped function")
def test_pytorch_traces_a_function_without_reading_values() -> None:
    import torch

    x = torch.tensor([4.0, -1.0])
    torch._dynamo.reset()
    for result in (torch.compile(root, fullgraph=True, backend="eager")(x), torch.func.vmap(root)(x)):
        np.testing.assert_array_equal(result.numpy(), [2, math.nan])
    assert root(x.to("meta")).device.type == "meta"
    beside_numbers = torch.compile(lambda a: ratio(1, a) + ratio(a, 2.0), fullgraph=True, backend="eager")
    np.testing.assert_array_equal(beside_numbers(x).numpy(), [2.25, -1.5])


def test_a_gradient_has_the_shape_of_the_parameters(xp: Library) -> None:
    theta = xp.array([1.0, 2.0], "float32")
    grad = gradient("f", "grad_fn", [0.5, 1], theta=theta)
    xp.close(grad, [0.5, 1])
    assert grad.dtype == theta.dtype
    with pytest.raises(ValueError, match=r"^f: grad_fn must return the shape \(2,\) of theta, got \(\)$"):
        gradient("f", "grad_fn", 1.0, theta=theta)


def test_tokens_choose_their_entries_of_a_table(xp: Library) -> None:
    table = xp.array([[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]])
    namespace, found, same = chosen("f", tokens=xp.array([[2.0, 0.0]]), table=table)
    xp.close(found, [[3, 4]])
    assert same is table and hasattr(namespace, "take_along_axis")
    for tokens, values, error in (
        ([0], [1.0, 2.0], r"^f: table must have shape \(\.\.\., T, V\), got \(2,\)$"),
        ([3], [[1.0, 2.0, 3.0]], r"^f: tokens must lie in 0 \.\.\. 2, got 3$"),
        ([0, 0], [[1.0, 2.0, 3.0]], r"^f: tokens must have shape \(1,\), got \(2,\)$"),
    ):
        with pytest.raises(ValueError, match=error):
            chosen("f", tokens=xp.array(tokens, "int64"), table=xp.array(values))


def test_a_shape_to_be_made_is_a_tuple_of_numbers_from_1() -> None:
    assert sizes("f", shape=(2, np.int64(3))) == (2, 3) and sizes("f", shape=()) == ()
    for shape, kind, error in (
        ([2], TypeError, "^f: shape must be a tuple, got list$"),
        ((2.0,), TypeError, "^f: shape must be an integer, got float$"),
        ((0,), ValueError, "^f: shape must be > 0, got 0$"),
    ):
        with pytest.raises(kind, match=error):
            sizes("f", shape=shape)  # type: ignore[arg-type]


def test_rows_have_two_axes_or_more() -> None:
    rows("f", x=np.zeros((1, 2)))
    with pytest.raises(ValueError, match=r"^f: x must have shape \(\.\.\., n, d\), a row each, got \(2,\)$"):
        rows("f", x=np.zeros(2))
