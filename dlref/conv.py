"""Convolution: a small kernel slid over images (sections 5.1, 5.2 and 5.4).

Images are of shape ``(..., C, H, W)``: channels, rows, columns, and axes of any number before them. Kernels are of shape ``(C_out, C_in /
groups, K, L)``; K and L may differ. Rows and columns count from 0, and what lies outside of an image counts as 0. ``padding`` is a
number of rows and columns on all four sides, or ``((top, bottom), (left, right))``.

What is called convolution here, as nearly everywhere in deep learning, is a cross-correlation: the kernel is not reversed. It is
computed as one matrix product: each window that the kernel covers becomes a column, each kernel a row.

All functions are of level A: NumPy, PyTorch, JAX and array_api_strict, under ``jax.jit``, ``vmap`` and ``torch.compile``, and those of
images are differentiable by PyTorch and JAX. The result has the library, the device and the floating dtype of the arguments. Functions
that count take whole numbers of any shape, and return integers.

Something that is no array or number, arrays of two libraries or on two devices: TypeError. Empty arrays, complex numbers,
truth values where numbers are meant: ValueError. A NaN or an infinity goes through the formula.
"""

from __future__ import annotations

from typing import Any

from dlref._backend import Array, array_function, arrays, check, counts, device, natural, whole

__all__ = [
    "conv2d",
    "conv_transpose2d",
    "depthwise_conv2d",
    "effective_kernel",
    "output_size",
    "param_count_conv",
    "param_count_fc",
    "pointwise_conv2d",
    "receptive_field",
    "separable_conv2d",
    "separable_cost_ratio",
    "transposed_output_size",
    "true_convolve2d",
]

Padding = int | tuple[tuple[int, int], tuple[int, int]]
Sides = tuple[tuple[int, int], tuple[int, int]]

LIMIT = 2**19  # numbers in the windows held at once: what fits into the caches of a processor, and little beside the images


@array_function
def param_count_fc(height: Array, width: Array, in_channels: Array, n_units: Array, /) -> Array:
    r"""Number of parameters of a fully connected layer on an image, and of a convolution with its bias.

    Formula
    -------
    parameter-counts
        P_{\text{fc}} = (H W C_{\text{in}} + 1)\, N, \qquad P_{\text{conv}} = (K^2 C_{\text{in}} + 1)\, C_{\text{out}}
    where
        H \in \mathbb{N}
        W \in \mathbb{N}
        C_{\text{in}} \in \mathbb{N}
        N \in \mathbb{N}
        K \in \mathbb{N}
        C_{\text{out}} \in \mathbb{N}
    gives
        P_{\text{fc}} \in \mathbb{N}
        P_{\text{conv}} \in \mathbb{N}
    call
        param_count_fc(height, width, in_channels, n_units), param_count_conv(kernel_size, in_channels, out_channels)

    Parameters
    ----------
    height
        Rows of the image; shape (...).
    width
        Columns of the image; shape (...).
    in_channels
        Channels of the image; shape (...).
    n_units
        Units of the layer; shape (...).

    Returns
    -------
    Array
        Numbers of weights and biases of the fully connected layer, integers of shape (...).

    Raises
    ------
    ValueError
        If the shapes differ and are not scalar.
        If an argument is not a whole number.
        If an argument is not positive.

    References
    ----------
    [goodfellow2016]

    Examples
    --------
    >>> param_count_fc(10, 10, 3, 2)  # 300 weights and a bias, twice
    602
    """
    _, height, width, in_channels, n_units = counts(
        "param_count_fc", height=height, width=width, in_channels=in_channels, n_units=n_units
    )
    # (H W C_in + 1) N
    return (height * width * in_channels + 1) * n_units


@array_function
def param_count_conv(kernel_size: Array, in_channels: Array, out_channels: Array, /) -> Array:
    r"""Number of parameters of a convolution with its bias: it does not depend on the size of the image.

    Its formula, parameter-counts, stands at ``param_count_fc``.

    Parameters
    ----------
    kernel_size
        Rows of the kernel, and its columns; shape (...).
    in_channels
        Channels of the image; shape (...).
    out_channels
        Channels of the result; shape (...).

    Returns
    -------
    Array
        Numbers of weights and biases, integers of shape (...).

    Raises
    ------
    ValueError
        If the shapes differ and are not scalar.
        If an argument is not a whole number.
        If an argument is not positive.

    Examples
    --------
    >>> param_count_conv(3, 3, 2)  # 27 weights and a bias, twice
    56
    """
    _, kernel_size, in_channels, out_channels = counts(
        "param_count_conv", kernel_size=kernel_size, in_channels=in_channels, out_channels=out_channels
    )
    # (K² C_in + 1) C_out
    return (kernel_size**2 * in_channels + 1) * out_channels


@array_function
def conv2d(
    x: Array,
    kernel: Array,
    bias: Array | None = None,
    /,
    *,
    stride: int = 1,
    padding: Padding = 0,
    dilation: int = 1,
    groups: int = 1,
) -> Array:
    r"""Cross-correlation of images with kernels, summed over the channels: what deep learning calls convolution.

    Formula
    -------
    convolution
        y(i, j) = \sum_{m} \sum_{n} k(m, n)\, x(i + m, j + n)
    where
        x(i, j) \in \mathbb{R}, \ i = 0, \dots, H - 1, \ j = 0, \dots, W - 1
        k(m, n) \in \mathbb{R}, \ m = 0, \dots, K - 1, \ n = 0, \dots, L - 1
    gives
        y(i, j) \in \mathbb{R}, \ i = 0, \dots, H - K, \ j = 0, \dots, W - L
    with
        K \leq H
        L \leq W
    call
        conv2d(x[None], kernel[None, None])[0]

    multi-channel-convolution
        y_c(i, j) = b_c + \sum_{c'} \sum_{m} \sum_{n} k_{c, c'}(m, n)\, x_{c'}(iS + m, jS + n)
    where
        x_c(i, j) \in \mathbb{R}, \ c = 1, \dots, C_{\text{in}}, \ i = 0, \dots, H - 1, \ j = 0, \dots, W - 1
        k_{c, c'}(m, n) \in \mathbb{R}, \ c = 1, \dots, C_{\text{out}}, \ c' = 1, \dots, C_{\text{in}}, \ m = 0, \dots, K - 1, \ n = 0, \dots, L - 1
        b_c \in \mathbb{R}, \ c = 1, \dots, C_{\text{out}}
        S \in \{1, 2, 3\}
    gives
        y_c(i, j) \in \mathbb{R}, \ c = 1, \dots, C_{\text{out}}, \ i = 0, \dots, \lfloor (H - K) / S \rfloor, \ j = 0, \dots, \lfloor (W - L) / S \rfloor
    with
        K \leq H
        L \leq W
    call
        conv2d(x, kernel, bias, stride=stride)

    translation-equivariance
        \operatorname{conv}(T_{\Delta} x) = T_{\Delta} \operatorname{conv}(x)
    call
        statement

    dilated-convolution
        y(i, j) = \sum_{m} \sum_{n} k(m, n)\, x(i + d\,m, j + d\,n), \qquad K_{\text{eff}} = K + (K - 1)(d - 1)
    where
        x(i, j) \in \mathbb{R}, \ i = 0, \dots, H - 1, \ j = 0, \dots, W - 1
        k(m, n) \in \mathbb{R}, \ m = 0, \dots, K - 1, \ n = 0, \dots, K - 1
        d \in \{1, 2, 3\}
    gives
        y(i, j) \in \mathbb{R}, \ i = 0, \dots, H - 1 - d (K - 1), \ j = 0, \dots, W - 1 - d (K - 1)
        K_{\text{eff}} \in \mathbb{N}
    with
        d (K - 1) < H
        d (K - 1) < W
    call
        conv2d(x[None], kernel[None, None], dilation=d)[0], effective_kernel(K, dilation=d)

    group-convolution
        y^{(g)} = k^{(g)} \star x^{(g)}, \qquad P = \frac{K^2 C_{\text{in}} C_{\text{out}}}{G}
    where
        x^{(g)} \in \mathbb{R}^{a \times H \times W}, \ g = 1, \dots, G
        k^{(g)} \in \mathbb{R}^{b \times a \times K \times K}, \ g = 1, \dots, G
    gives
        y^{(g)} \in \mathbb{R}^{b \times (H - K + 1) \times (W - K + 1)}, \ g = 1, \dots, G
        P \in \mathbb{N}
    with
        K \leq H
        K \leq W
        C_{\text{in}} = G a
        C_{\text{out}} = G b
        u \star v = multi-channel-convolution(v, u)
    call
        conv2d(x.reshape(-1, H, W), kernel.reshape(-1, a, K, K), groups=G).reshape(G, b, H - K + 1, W - K + 1), kernel.size

    Parameters
    ----------
    x
        Images; shape (..., C_in, H, W).
    kernel
        Kernels, one a channel of the result; shape (C_out, C_in / groups, K, L).
    bias
        What is added to each channel of the result, by default nothing; shape (C_out,).
    stride
        By how many rows, and columns, the kernel moves from one value of the result to the next.
    padding
        Zeros around the image: rows and columns on all sides, or ((top, bottom), (left, right)).
    dilation
        Distance between rows of the image, and columns, that neighbors in the kernel fall on; 1 leaves no gaps.
    groups
        Number of groups of consecutive channels: those of the result see only those of the image that are in the same group.

    Returns
    -------
    Array
        Images of which ``output_size`` tells rows and columns, O and Q; shape (..., C_out, O, Q).

    Raises
    ------
    TypeError
        If stride is not an integer.
        If padding is neither an integer nor two pairs of integers.
        If dilation is not an integer.
        If groups is not an integer.
    ValueError
        If x has fewer than three axes.
        If the kernel does not have four axes.
        If stride is not positive.
        If padding is negative.
        If dilation is not positive.
        If groups is not positive.
        If groups does not divide the number of channels of x.
        If groups does not divide the number of kernels.
        If the kernels do not have as many channels as a group of x.
        If bias does not have one value for each kernel.
        If the kernel, spread out by the dilation, is longer than the padded image.

    References
    ----------
    [goodfellow2016]
    [dumoulin2016]
    [yu2016]
    [krizhevsky2012]
    [xie2017]

    Examples
    --------
    >>> x = [[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]  # one channel, two rows, three columns
    >>> conv2d(x, [[[[1.0, 10.0]]]]).tolist()  # 1 · 1 + 10 · 2, 1 · 2 + 10 · 3, …
    [[[21.0, 32.0], [54.0, 65.0]]]
    >>> conv2d(x, [[[[1.0, 10.0]]]], [0.5], stride=2, padding=1).tolist()
    [[[0.5, 0.5], [40.5, 65.5]]]
    """
    return _conv2d("conv2d", x, kernel, bias, stride, padding, dilation, groups)


@array_function
def output_size(
    size: Array, kernel_size: Array, /, *, stride: int = 1, padding: int | tuple[int, int] = 0, dilation: int = 1
) -> Array:
    r"""Length of the result of a convolution along one axis.

    With a dilation, the length that the kernel spans, ``effective_kernel``, takes the place of K.

    Formula
    -------
    conv-output-size
        O = \left\lfloor \frac{I - K + P_{\text{start}} + P_{\text{end}}}{S} \right\rfloor + 1
    where
        I \in \mathbb{N}
        K \in \mathbb{N}
        S \in \mathbb{N}
        P_{\text{start}} \in \mathbb{N}_0
        P_{\text{end}} \in \mathbb{N}_0
    gives
        O \in \mathbb{N}
    with
        K \leq I + P_{\text{start}} + P_{\text{end}}
    call
        output_size(size, kernel_size, stride=stride, padding=(start, end))

    Parameters
    ----------
    size
        Length of the image; shape (...).
    kernel_size
        Length of the kernel; shape (...).
    stride
        By how much the kernel moves from one value of the result to the next.
    padding
        Number of zeros on both sides of the image, or (start, end).
    dilation
        Distance of what neighbors in the kernel fall on.

    Returns
    -------
    Array
        Lengths, integers of shape (...).

    Raises
    ------
    TypeError
        If stride is not an integer.
        If padding is neither an integer nor a pair of integers.
        If dilation is not an integer.
    ValueError
        If the shapes differ and neither is a scalar.
        If an argument is not a whole number.
        If an argument is not positive.
        If stride is not positive.
        If padding is negative.
        If dilation is not positive.
        If the kernel, spread out by the dilation, is longer than the padded image.

    References
    ----------
    [dumoulin2016]

    Examples
    --------
    >>> output_size(6, 3, stride=2)  # windows begin at 0 and 2; one that began at 4 would reach beyond the end
    2
    >>> output_size(6, 3, stride=2, padding=1)
    3
    """
    name = "output_size"
    _, size, kernel_size = counts(name, size=size, kernel_size=kernel_size)
    stride, dilation = natural(name, stride=stride), natural(name, dilation=dilation)
    start, end = _ends(name, padding)
    span = _span(kernel_size, dilation)
    check(name, span <= size + start + end, "span no more than the padded image", kernel_size=span)
    # ⌊(I − K + P_start + P_end) / S⌋ + 1
    return (size - span + start + end) // stride + 1


@array_function
def true_convolve2d(x: Array, kernel: Array, /) -> Array:
    r"""Convolution in the mathematical sense: the kernel is reversed, and the result holds every place at which the two overlap.

    Formula
    -------
    true-convolution
        (k * x)(i, j) = \sum_{m} \sum_{n} k(m, n)\, x(i - m, j - n)
    where
        x(i, j) \in \mathbb{R}, \ i = 0, \dots, H - 1, \ j = 0, \dots, W - 1
        k(m, n) \in \mathbb{R}, \ m = 0, \dots, K - 1, \ n = 0, \dots, L - 1
    gives
        (k * x)(i, j) \in \mathbb{R}, \ i = 0, \dots, H + K - 2, \ j = 0, \dots, W + L - 2
    with
        x(i, j) = 0 \ \text{otherwise}

    Parameters
    ----------
    x
        Images of one channel; shape (..., H, W).
    kernel
        One kernel; shape (K, L).

    Returns
    -------
    Array
        Images; shape (..., H + K - 1, W + L - 1).

    Raises
    ------
    ValueError
        If x has fewer than two axes.
        If the kernel does not have two axes.

    References
    ----------
    [goodfellow2016]

    Examples
    --------
    >>> true_convolve2d([[1.0, 2.0]], [[1.0, 10.0]]).tolist()  # (1 + 2 t) (1 + 10 t) = 1 + 12 t + 20 t²
    [[1.0, 12.0, 20.0]]
    """
    name = "true_convolve2d"
    xp, x, kernel = arrays(name, x=x, kernel=kernel)
    if x.ndim < 2:
        raise ValueError(f"{name}: x must have shape (..., H, W), got {tuple(x.shape)}")
    if kernel.ndim != 2:
        raise ValueError(f"{name}: kernel must have shape (K, L), got {tuple(kernel.shape)}")
    K, L = kernel.shape
    images = xp.reshape(x, (-1, 1, *x.shape[-2:]))
    # Σ_m Σ_n k(m, n) x(i − m, j − n): the cross-correlation with the kernel read backwards
    y = _correlate(xp, images, xp.flip(kernel)[None, None, ...], padding=((K - 1, K - 1), (L - 1, L - 1)))
    return xp.reshape(y, (*x.shape[:-2], *y.shape[-2:]))


@array_function
def effective_kernel(kernel_size: Array, /, *, dilation: int) -> Array:
    r"""Length that a kernel spans on the image if a dilation spreads it out.

    Its formula, dilated-convolution, stands at ``conv2d``.

    Parameters
    ----------
    kernel_size
        Length of the kernel; shape (...).
    dilation
        Distance of what neighbors in the kernel fall on.

    Returns
    -------
    Array
        Lengths, integers of shape (...).

    Raises
    ------
    TypeError
        If dilation is not an integer.
    ValueError
        If kernel_size is not a whole number.
        If kernel_size is not positive.
        If dilation is not positive.

    Examples
    --------
    >>> effective_kernel(3, dilation=2)  # ● ○ ● ○ ●
    5
    """
    _, kernel_size = counts("effective_kernel", kernel_size=kernel_size)
    return _span(kernel_size, natural("effective_kernel", dilation=dilation))


@array_function
def conv_transpose2d(
    x: Array,
    kernel: Array,
    bias: Array | None = None,
    /,
    *,
    stride: int = 1,
    padding: Padding = 0,
    output_padding: int = 0,
) -> Array:
    r"""Transposed convolution: the transpose of the matrix of a convolution, not its inverse.

    It takes the kernel, the stride and the padding of the convolution as they are, and leads from images of the size of its results to
    images of the size of its arguments.

    Formula
    -------
    transposed-convolution
        y = C^{\top} x, \qquad O = (I - 1) S - P_{\text{start}} - P_{\text{end}} + K + P_{\text{out}}, \qquad 0 \leq P_{\text{out}} < S
    where
        x_{(i, j)} \in \mathbb{R}, \ i = 0, \dots, I - 1, \ j = 0, \dots, J - 1
        k(m, n) \in \mathbb{R}, \ m = 0, \dots, K - 1, \ n = 0, \dots, K - 1
        S \in \{1, 2, 3\}
        P_{\text{start}} \in \{0, 1, 2\}
        P_{\text{end}} \in \{0, 1, 2\}
        P_{\text{out}} \in \{0, \dots, S - 1\}
    gives
        y_{(p, q)} \in \mathbb{R}, \ p = 0, \dots, O - 1, \ q = 0, \dots, Q - 1
        O \in \mathbb{N}
    with
        Q = (J - 1) S - P_{\text{start}} - P_{\text{end}} + K + P_{\text{out}}
        C_{(i, j), (p, q)} = k(p + P_{\text{start}} - iS, q + P_{\text{start}} - jS)
        k(m, n) = 0 \ \text{otherwise}
    call
        conv_transpose2d(x[None], kernel[None, None], stride=stride, padding=((start, end), (start, end)), output_padding=out)[0],
        transposed_output_size(I, K, stride=stride, padding=(start, end), output_padding=out)

    Parameters
    ----------
    x
        Images, such as results of the convolution; shape (..., C_out, I, J).
    kernel
        Kernels of the convolution; shape (C_out, C_in, K, L).
    bias
        What is added to each channel of the result, by default nothing; shape (C_in,).
    stride
        Stride of the convolution.
    padding
        Padding of the convolution, which is cut off here: rows and columns on all sides, or ((top, bottom), (left, right)).
    output_padding
        Rows and columns added at the end of the result, fewer than the stride: those of the convolution's arguments that no
        window reached because of the floor.

    Returns
    -------
    Array
        Images of which ``transposed_output_size`` tells rows and columns, O and Q; shape (..., C_in, O, Q).

    Raises
    ------
    TypeError
        If stride is not an integer.
        If padding is neither an integer nor two pairs of integers.
        If output_padding is not an integer.
    ValueError
        If x has fewer than three axes.
        If the kernel does not have four axes.
        If x does not have one channel for each kernel.
        If bias does not have one value for each channel of the kernels.
        If stride is not positive.
        If padding is negative.
        If output_padding is negative.
        If output_padding is not smaller than the stride.
        If the padding cuts off all of the result.

    References
    ----------
    [dumoulin2016]

    Examples
    --------
    >>> conv_transpose2d([[[1.0, 2.0]]], [[[[1.0, 10.0]]]]).tolist()  # where the copies 1 · (1, 10) and 2 · (1, 10) overlap they add up
    [[[1.0, 12.0, 20.0]]]
    >>> conv_transpose2d([[[1.0, 2.0]]], [[[[1.0, 10.0]]]], stride=2).tolist()
    [[[1.0, 10.0, 2.0, 20.0]]]
    """
    name = "conv_transpose2d"
    xp, x, kernel, bias = _images(name, x, kernel, bias)
    stride, output_padding = natural(name, stride=stride), _output_padding(name, output_padding, stride)
    (top, bottom), (left, right) = _sides(name, padding)
    C_out, C_in, K, L = kernel.shape
    *batch, channels, I, J = x.shape
    if channels != C_out:
        raise ValueError(f"{name}: x must have {C_out} channels beside kernel {tuple(kernel.shape)}, got shape {tuple(x.shape)}")
    _one_a_channel(name, bias, C_in)
    O = (I - 1) * stride - top - bottom + K + output_padding
    Q = (J - 1) * stride - left - right + L + output_padding
    check(name, O > 0 and Q > 0, "leave something of the result", padding=padding)
    # Row p of the result, before the padding is cut off, gets k(p − iS) x(i). Rows p = qS + r of one remainder r see only the
    # kernel's rows m = aS + r, as k(aS + r) x(q − a): for each pair of remainders a convolution of stride 1, with the kernel reversed.
    images = xp.reshape(x, (-1, C_out, I, J))
    rows, columns = -(-(top + O) // stride), -(-(left + Q) // stride)
    parts = [
        xp.stack([_remainder(xp, images, kernel, stride, (r, s), (rows, columns)) for s in range(stride)], axis=-1)
        for r in range(stride)
    ]
    y = xp.reshape(xp.stack(parts, axis=3), (*batch, C_in, rows * stride, columns * stride))
    y = y[..., top : top + O, left : left + Q]
    return y if bias is None else y + bias[:, None, None]


@array_function
def transposed_output_size(
    size: Array, kernel_size: Array, /, *, stride: int = 1, padding: int | tuple[int, int] = 0, output_padding: int = 0
) -> Array:
    r"""Length of the result of a transposed convolution along one axis.

    Its formula, transposed-convolution, stands at ``conv_transpose2d``.

    Parameters
    ----------
    size
        Length of the image; shape (...).
    kernel_size
        Length of the kernel; shape (...).
    stride
        Stride of the convolution that is transposed.
    padding
        Padding of that convolution, on both sides or (start, end).
    output_padding
        What is added at the end, less than the stride.

    Returns
    -------
    Array
        Lengths, integers of shape (...).

    Raises
    ------
    TypeError
        If stride is not an integer.
        If padding is neither an integer nor a pair of integers.
        If output_padding is not an integer.
    ValueError
        If the shapes differ and neither is a scalar.
        If an argument is not a whole number.
        If an argument is not positive.
        If stride is not positive.
        If padding is negative.
        If output_padding is negative.
        If output_padding is not smaller than the stride.
        If the padding cuts off all of the result.

    Examples
    --------
    >>> transposed_output_size(2, 3, stride=2, output_padding=1)  # back from 2 to the 6 of output_size(6, 3, stride=2)
    6
    """
    name = "transposed_output_size"
    _, size, kernel_size = counts(name, size=size, kernel_size=kernel_size)
    stride, output_padding = natural(name, stride=stride), _output_padding(name, output_padding, stride)
    start, end = _ends(name, padding)
    # (I − 1) S − P_start − P_end + K + P_out
    length = (size - 1) * stride - start - end + kernel_size + output_padding
    check(name, length > 0, "leave something of the result", padding=length)
    return length


@array_function
def receptive_field(kernel_sizes: Array, strides: Array, dilations: Array, /) -> Array:
    r"""Length of the stretch of the image that one value sees behind a stack of convolutions.

    Formula
    -------
    receptive-field
        r_l = r_{l-1} + (K_l - 1)\, d_l \prod_{i=1}^{l-1} S_i, \qquad r_0 = 1
    where
        K_l \in \mathbb{N}, \ l = 1, \dots, L
        S_l \in \mathbb{N}, \ l = 1, \dots, L
        d_l \in \mathbb{N}, \ l = 1, \dots, L
    gives
        r_L \in \mathbb{N}

    Parameters
    ----------
    kernel_sizes
        Length of the kernel in each layer, from the image on; shape (..., L).
    strides
        Stride in each layer, or a scalar for all; shape (..., L).
    dilations
        Dilation in each layer, or a scalar for all; shape (..., L).

    Returns
    -------
    Array
        Lengths, integers of shape (...).

    Raises
    ------
    ValueError
        If kernel_sizes is a scalar.
        If the shapes differ and are not scalar.
        If an argument is not a whole number.
        If an argument is not positive.

    References
    ----------
    [goodfellow2016]
    [yu2016]

    Examples
    --------
    >>> receptive_field([3, 3], [1, 1], [1, 1])  # 1 + 2 + 2
    5
    >>> receptive_field([3, 3, 3], 1, [1, 2, 4])  # 1 + 2 + 4 + 8
    15
    """
    name = "receptive_field"
    _, kernel_sizes, strides, dilations = counts(name, kernel_sizes=kernel_sizes, strides=strides, dilations=dilations)
    if kernel_sizes.ndim == 0:
        raise ValueError(f"{name}: kernel_sizes must have shape (..., L), got ()")
    field, step = 1, 1
    for l in range(kernel_sizes.shape[-1]):
        K, S, d = (sizes[..., l] if sizes.ndim else sizes for sizes in (kernel_sizes, strides, dilations))
        # r_l = r_{l−1} + (K_l − 1) d_l ∏_{i<l} S_i
        field, step = field + (K - 1) * d * step, step * S
    return field


@array_function
def depthwise_conv2d(x: Array, kernel: Array, /, *, stride: int = 1, padding: Padding = 0) -> Array:
    r"""Cross-correlation of each channel with a kernel of its own: as many groups as channels.

    Parameters
    ----------
    x
        Images; shape (..., C, H, W).
    kernel
        One kernel a channel; shape (C, 1, K, L).
    stride
        By how many rows, and columns, the kernel moves from one value of the result to the next.
    padding
        Zeros around the image: rows and columns on all sides, or ((top, bottom), (left, right)).

    Returns
    -------
    Array
        Images; shape (..., C, O, Q).

    Raises
    ------
    TypeError
        If stride is not an integer.
        If padding is neither an integer nor two pairs of integers.
    ValueError
        If x has fewer than three axes.
        If the kernel does not have the shape (C, 1, K, L).
        If stride is not positive.
        If padding is negative.
        If the kernel is longer than the padded image.

    Examples
    --------
    >>> depthwise_conv2d([[[1.0, 2.0]], [[3.0, 4.0]]], [[[[1.0, 1.0]]], [[[1.0, -1.0]]]]).tolist()
    [[[3.0]], [[-1.0]]]
    """
    return _depthwise("depthwise_conv2d", x, kernel, stride, padding)


@array_function
def pointwise_conv2d(x: Array, kernel: Array, /) -> Array:
    r"""Convolution with kernels of one row and one column: at each place the channels are mixed, and places do not see each other.

    Parameters
    ----------
    x
        Images; shape (..., C_in, H, W).
    kernel
        Weights of the channels; shape (C_out, C_in, 1, 1).

    Returns
    -------
    Array
        Images; shape (..., C_out, H, W).

    Raises
    ------
    ValueError
        If x has fewer than three axes.
        If the kernel does not have the shape (C_out, C_in, 1, 1).

    Examples
    --------
    >>> pointwise_conv2d([[[1.0, 2.0]], [[3.0, 4.0]]], [[[[1.0]], [[10.0]]]]).tolist()
    [[[31.0, 42.0]]]
    """
    return _pointwise("pointwise_conv2d", x, kernel)


@array_function
def separable_conv2d(
    x: Array, depthwise_kernel: Array, pointwise_kernel: Array, /, *, stride: int = 1, padding: Padding = 0
) -> Array:
    r"""Depthwise separable convolution: each channel with a kernel of its own, then a mix of the channels at each place.

    It is the convolution whose kernels are the products p(c, c') k(c'), computed in two cheaper steps.

    Formula
    -------
    depthwise-separable-convolution
        y_{c}(i,j) = \sum_{c'} p_{c,c'} \sum_{m,n} k_{c'}(m,n)\, x_{c'}(i+m, j+n)
    where
        x_c(i, j) \in \mathbb{R}, \ c = 1, \dots, C_{\text{in}}, \ i = 0, \dots, H - 1, \ j = 0, \dots, W - 1
        k_c(m, n) \in \mathbb{R}, \ c = 1, \dots, C_{\text{in}}, \ m = 0, \dots, K - 1, \ n = 0, \dots, L - 1
        p_{c, c'} \in \mathbb{R}, \ c = 1, \dots, C_{\text{out}}, \ c' = 1, \dots, C_{\text{in}}
    gives
        y_c(i, j) \in \mathbb{R}, \ c = 1, \dots, C_{\text{out}}, \ i = 0, \dots, H - K, \ j = 0, \dots, W - L
    with
        K \leq H
        L \leq W
    call
        separable_conv2d(x, depthwise_kernel[:, None], pointwise_kernel[:, :, None, None])

    Parameters
    ----------
    x
        Images; shape (..., C_in, H, W).
    depthwise_kernel
        One kernel a channel; shape (C_in, 1, K, L).
    pointwise_kernel
        Weights of the channels; shape (C_out, C_in, 1, 1).
    stride
        Stride of the first step.
    padding
        Padding of the first step: rows and columns on all sides, or ((top, bottom), (left, right)).

    Returns
    -------
    Array
        Images; shape (..., C_out, O, Q).

    Raises
    ------
    TypeError
        If stride is not an integer.
        If padding is neither an integer nor two pairs of integers.
    ValueError
        If x has fewer than three axes.
        If depthwise_kernel does not have the shape (C_in, 1, K, L).
        If pointwise_kernel does not have the shape (C_out, C_in, 1, 1).
        If stride is not positive.
        If padding is negative.
        If the kernel is longer than the padded image.

    References
    ----------
    [chollet2017]
    [howard2017]

    Examples
    --------
    >>> x = [[[1.0, 2.0]], [[3.0, 4.0]]]
    >>> separable_conv2d(x, [[[[1.0, 1.0]]], [[[1.0, -1.0]]]], [[[[1.0]], [[10.0]]]]).tolist()  # 1 · 3 + 10 · (−1)
    [[[-7.0]]]
    """
    name = "separable_conv2d"
    _, x, depthwise_kernel, pointwise_kernel = arrays(
        name, x=x, depthwise_kernel=depthwise_kernel, pointwise_kernel=pointwise_kernel
    )
    # Σ_{m,n} k_{c'}(m, n) x_{c'}(i + m, j + n), for each channel
    inner = _depthwise(name, x, depthwise_kernel, stride, padding, "depthwise_kernel")
    # Σ_{c'} p_{c,c'} of it
    return _pointwise(name, inner, pointwise_kernel, "pointwise_kernel")


@array_function
def separable_cost_ratio(kernel_size: Array, in_channels: Array, out_channels: Array, /) -> Array:
    r"""Cost of a depthwise separable convolution as a part of the cost of an ordinary one: weights, or products a value of the result.

    Formula
    -------
    separable-cost-ratio
        \frac{K^2 C_{\text{in}} + C_{\text{in}} C_{\text{out}}}{K^2 C_{\text{in}} C_{\text{out}}} = \frac{1}{C_{\text{out}}} + \frac{1}{K^2}
    where
        K \in \mathbb{N}
        C_{\text{in}} \in \mathbb{N}
        C_{\text{out}} \in \mathbb{N}

    Parameters
    ----------
    kernel_size
        Rows of the kernel, and its columns; shape (...).
    in_channels
        Channels of the image; shape (...).
    out_channels
        Channels of the result; shape (...).

    Returns
    -------
    Array
        Ratios; shape (...).

    Raises
    ------
    ValueError
        If the shapes differ and are not scalar.
        If an argument is not a whole number.
        If an argument is not positive.

    References
    ----------
    [howard2017]

    Examples
    --------
    >>> separable_cost_ratio(2, 3, 4)  # (4 · 3 + 3 · 4) / (4 · 3 · 4)
    0.5
    """
    xp, kernel_size, in_channels, out_channels = counts(
        "separable_cost_ratio", kernel_size=kernel_size, in_channels=in_channels, out_channels=out_channels
    )
    # (K² C_in + C_in C_out) / (K² C_in C_out)
    separable = kernel_size**2 * in_channels + in_channels * out_channels
    ordinary = kernel_size**2 * in_channels * out_channels
    real = xp.empty(0).dtype
    return xp.astype(separable, real) / xp.astype(ordinary, real)


# --- Cross-correlation as a matrix product


def _conv2d(
    name: str, x: Array, kernel: Array, bias: Array | None, stride: int, padding: Padding, dilation: int, groups: int
) -> Array:
    xp, x, kernel, bias = _images(name, x, kernel, bias)
    stride, dilation = natural(name, stride=stride), natural(name, dilation=dilation)
    groups = natural(name, groups=groups)
    (top, bottom), (left, right) = sides = _sides(name, padding)
    *batch, C_in, H, W = x.shape
    C_out, C_group, K, L = kernel.shape
    check(name, C_in % groups == 0, f"divide the {C_in} channels of x", groups=groups)
    check(name, C_out % groups == 0, f"divide the {C_out} kernels", groups=groups)
    if C_group * groups != C_in:
        shape = f"(C_out, {C_in // groups}, K, L)"
        raise ValueError(f"{name}: kernel must have shape {shape} beside x {tuple(x.shape)}, got {tuple(kernel.shape)}")
    _one_a_channel(name, bias, C_out)
    if _span(K, dilation) > top + H + bottom or _span(L, dilation) > left + W + right:
        spans, room = (_span(K, dilation), _span(L, dilation)), (top + H + bottom, left + W + right)
        raise ValueError(f"{name}: kernel must span no more than the padded image {room}, got {spans}")
    y = _correlate(xp, xp.reshape(x, (-1, C_in, H, W)), kernel, bias, sides, stride, dilation, groups)
    return xp.reshape(y, (*batch, *y.shape[1:]))


def _correlate(
    xp: Any,
    x: Array,
    kernel: Array,
    bias: Array | None = None,
    padding: Sides = ((0, 0), (0, 0)),
    stride: int = 1,
    dilation: int = 1,
    groups: int = 1,
) -> Array:
    """Cross-correlation of images (N, C, H, W), a few images or rows at a time, so that their windows do not fill the memory."""
    (top, bottom), (left, right) = padding
    N, C, H, W = x.shape
    C_out, _, K, L = kernel.shape
    O = (top + H + bottom - _span(K, dilation)) // stride + 1
    Q = (left + W + right - _span(L, dilation)) // stride + 1
    weights = xp.reshape(kernel, (groups, C_out // groups, -1))
    row = C * K * L * Q
    n_rows, n_images = min(O, max(1, LIMIT // row)), max(1, LIMIT // (row * O))
    blocks = []
    for first in range(0, N, n_images):
        images = _pad(xp, x[first : min(first + n_images, N), ...], padding)
        bands = []
        for start in range(0, O, n_rows):
            rows = range(start * stride, (min(start + n_rows, O) - 1) * stride + 1, stride)
            # x_{c'}(iS + d m, jS + d n) in line (c', m, n) and column (i, j): each window of the images is a column
            windows = xp.stack(
                [
                    images[:, :, m + rows.start : m + rows.stop : stride, n : n + (Q - 1) * stride + 1 : stride]
                    for m in range(0, K * dilation, dilation)
                    for n in range(0, L * dilation, dilation)
                ],
                axis=2,
            )
            columns = xp.reshape(windows, (windows.shape[0], groups, -1, len(rows) * Q))
            # Σ_{c'} Σ_m Σ_n k_{c,c'}(m, n) x_{c'}(iS + d m, jS + d n), for each group
            bands.append(xp.reshape(weights @ columns, (-1, C_out, len(rows), Q)))
        y = bands[0] if len(bands) == 1 else xp.concat(bands, axis=2)
        blocks.append(y if bias is None else y + bias[:, None, None])
    return blocks[0] if len(blocks) == 1 else xp.concat(blocks, axis=0)


def _remainder(xp: Any, x: Array, kernel: Array, stride: int, remainders: tuple[int, int], sizes: tuple[int, int]) -> Array:
    """The rows and columns of two remainders in a transposed convolution: Σ_a k(aS + r) x(q − a) for q = 0, …, along both axes."""
    N, _, I, J = x.shape
    _, C_in, K, L = kernel.shape
    (r, s), (rows, columns) = remainders, sizes
    if r >= K or s >= L:  # the kernel is shorter than the stride, and does not reach them
        return xp.zeros((N, C_in, rows, columns), dtype=x.dtype, device=device(x))
    backwards = xp.permute_dims(xp.flip(kernel[:, :, r::stride, s::stride], axis=(2, 3)), (1, 0, 2, 3))
    A, B = backwards.shape[2:]
    reach = ((A - 1, max(rows - I, 0)), (B - 1, max(columns - J, 0)))
    return _correlate(xp, x, backwards, padding=reach)[:, :, :rows, :columns]


def _pad(xp: Any, x: Array, padding: Sides) -> Array:
    """Zeros around the last two axes."""
    for axis, sides in zip((-2, -1), padding, strict=True):
        shape = list(x.shape)
        parts = []
        for length in sides:
            shape[axis] = length
            parts.append(xp.zeros(tuple(shape), dtype=x.dtype, device=device(x)))
        if sum(sides):
            x = xp.concat([parts[0], x, parts[1]], axis=axis)
    return x


def _depthwise(name: str, x: Array, kernel: Array, stride: int, padding: Padding, which: str = "kernel") -> Array:
    _, x, kernel = arrays(name, **{"x": x, which: kernel})
    C = _channels(name, x)
    if kernel.ndim != 4 or tuple(kernel.shape[:2]) != (C, 1):
        raise ValueError(f"{name}: {which} must have shape ({C}, 1, K, L) beside x {tuple(x.shape)}, got {tuple(kernel.shape)}")
    return _conv2d(name, x, kernel, None, stride, padding, 1, C)


def _pointwise(name: str, x: Array, kernel: Array, which: str = "kernel") -> Array:
    _, x, kernel = arrays(name, **{"x": x, which: kernel})
    C = _channels(name, x)
    if kernel.ndim != 4 or tuple(kernel.shape[1:]) != (C, 1, 1):
        raise ValueError(f"{name}: {which} must have shape (C_out, {C}, 1, 1) beside x {tuple(x.shape)}, got {tuple(kernel.shape)}")
    return _conv2d(name, x, kernel, None, 1, 0, 1, 1)


# --- Arguments


def _images(name: str, x: Array, kernel: Array, bias: Array | None) -> tuple[Any, Array, Array, Array | None]:
    """Namespace, images, kernels and bias, of one library and dtype."""
    if bias is None:
        xp, x, kernel = arrays(name, x=x, kernel=kernel)
    else:
        xp, x, kernel, bias = arrays(name, x=x, kernel=kernel, bias=bias)
    _channels(name, x)
    if kernel.ndim != 4:
        raise ValueError(f"{name}: kernel must have four axes, got shape {tuple(kernel.shape)}")
    return xp, x, kernel, bias


def _channels(name: str, x: Array) -> int:
    if x.ndim < 3:
        raise ValueError(f"{name}: x must have shape (..., C, H, W), got {tuple(x.shape)}")
    return int(x.shape[-3])


def _one_a_channel(name: str, bias: Array | None, channels: int) -> None:
    if bias is not None and tuple(bias.shape) != (channels,):
        raise ValueError(f"{name}: bias must have shape ({channels},), got {tuple(bias.shape)}")


def _span(kernel_size: Any, dilation: int) -> Any:
    # K + (K − 1)(d − 1)
    return kernel_size + (kernel_size - 1) * (dilation - 1)


def _output_padding(name: str, output_padding: int, stride: int) -> int:
    output_padding = whole(name, output_padding=output_padding)
    check(name, 0 <= output_padding < stride, f"lie in 0 ... {stride - 1}", output_padding=output_padding)
    return output_padding


def _ends(name: str, padding: Any) -> tuple[int, int]:
    """Padding along one axis, from a number or a pair."""
    pair = padding if isinstance(padding, tuple | list) else (padding, padding)
    if len(pair) != 2:
        raise TypeError(f"{name}: padding must be an integer or (start, end), got {padding}")
    start, end = (whole(name, padding=side) for side in pair)
    check(name, start >= 0 and end >= 0, "be >= 0", padding=padding)
    return start, end


def _sides(name: str, padding: Any) -> Sides:
    """Padding along both axes, from a number or two pairs."""
    if not isinstance(padding, tuple | list):
        return _ends(name, padding), _ends(name, padding)
    if len(padding) != 2 or not all(isinstance(pair, tuple | list) for pair in padding):
        raise TypeError(f"{name}: padding must be an integer or ((top, bottom), (left, right)), got {padding}")
    return _ends(name, padding[0]), _ends(name, padding[1])
