"""Chapter 5 as it is printed: convolution and pooling."""

import math

import numpy as np


def param_count_fc(height, width, in_channels, n_units, /):
    r"""Number of parameters of a fully connected layer on an image, and of a convolution on it.

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
    """
    return (height * width * in_channels + 1) * n_units


def param_count_conv(kernel_size, in_channels, out_channels, /):
    """Number of parameters of a convolution: it does not depend on the size of the image."""
    return (kernel_size**2 * in_channels + 1) * out_channels


def conv2d(x, kernel, bias=None, /, *, stride=1, padding=0, dilation=1, groups=1):
    r"""Cross-correlation of images with kernels, summed over the channels of a group.

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
        conv2d(x[None, None], kernel[None, None])[0, 0]

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
        conv2d(x[None], kernel, bias, stride=stride)[0]

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
        conv2d(x[None, None], kernel[None, None], dilation=d)[0, 0], effective_kernel(K, dilation=d)

    group-convolution
        y^{(g)} = k^{(g)} \star x^{(g)}, \qquad P = \frac{K^2 C_{\text{in}} C_{\text{out}}}{G}
    where
        x^{(g)} \in \mathbb{R}^{1 \times a \times H \times W}, \ g = 1, \dots, G
        k^{(g)} \in \mathbb{R}^{b \times a \times K \times K}, \ g = 1, \dots, G
    gives
        y^{(g)} \in \mathbb{R}^{1 \times b \times (H - K + 1) \times (W - K + 1)}, \ g = 1, \dots, G
        P \in \mathbb{N}
    with
        K \leq H
        K \leq W
        C_{\text{in}} = G a
        C_{\text{out}} = G b
        u \star v = multi-channel-convolution(v, u)
    call
        conv2d(x.reshape(1, -1, H, W), kernel.reshape(-1, a, K, K), groups=G).reshape(G, 1, b, H - K + 1, W - K + 1), kernel.size
    """
    x = _pad(x, padding)
    N, C_in, H, W = x.shape
    C_out, C_group, K, L = kernel.shape
    S, d = stride, dilation
    y = np.zeros((N, C_out, (H - 1 - d * (K - 1)) // S + 1, (W - 1 - d * (L - 1)) // S + 1))
    for s, c, i, j in np.ndindex(*y.shape):
        g = c // (C_out // groups)  # the group of the channel c
        window = x[s, g * C_group : (g + 1) * C_group, i * S : i * S + d * (K - 1) + 1 : d, j * S : j * S + d * (L - 1) + 1 : d]
        y[s, c, i, j] = (0 if bias is None else bias[c]) + (kernel[c] * window).sum()
    return y


def _pad(x, padding):
    """Rows and columns of zeros around an image; the padding is a number, or ((top, bottom), (left, right))."""
    (top, bottom), (left, right) = ((padding, padding), (padding, padding)) if isinstance(padding, int) else padding
    N, C, H, W = x.shape
    padded = np.zeros((N, C, top + H + bottom, left + W + right))
    padded[:, :, top : top + H, left : left + W] = x
    return padded


def output_size(size, kernel_size, /, *, stride=1, padding=(0, 0), dilation=1):
    r"""Length of the output of a convolution along one axis.

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
    """
    start, end = padding
    return math.floor((size - effective_kernel(kernel_size, dilation=dilation) + start + end) / stride) + 1


def true_convolve2d(x, kernel, /):
    r"""Convolution in the mathematical sense: the kernel is reversed, and the output takes in every overlap.

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
    """
    H, W = x.shape
    K, L = kernel.shape
    y = np.zeros((H + K - 1, W + L - 1))
    for i, j in np.ndindex(*y.shape):
        for m, n in np.ndindex(K, L):
            if 0 <= i - m < H and 0 <= j - n < W:
                y[i, j] += kernel[m, n] * x[i - m, j - n]
    return y


def effective_kernel(kernel_size, /, *, dilation):
    """Length that a dilated kernel spans; its formula stands at ``conv2d``."""
    return kernel_size + (kernel_size - 1) * (dilation - 1)


def conv_transpose2d(x, kernel, bias=None, /, *, stride=1, padding=0, output_padding=0):
    r"""Transposed convolution: the transpose of the matrix of a convolution, whose kernel it takes as it is.

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
        conv_transpose2d(x[None, None], kernel[None, None], stride=stride, padding=((start, end), (start, end)), output_padding=out)[0, 0],
        transposed_output_size(I, K, stride=stride, padding=(start, end), output_padding=out)
    """
    (top, bottom), (left, right) = ((padding, padding), (padding, padding)) if isinstance(padding, int) else padding
    N, C_out, I, J = x.shape
    C_out, C_in, K, L = kernel.shape
    S = stride
    O = transposed_output_size(I, K, stride=S, padding=(top, bottom), output_padding=output_padding)
    Q = transposed_output_size(J, L, stride=S, padding=(left, right), output_padding=output_padding)
    y = np.zeros((N, C_in, O, Q))
    for s, c, i, j in np.ndindex(*x.shape):
        for c_, m, n in np.ndindex(C_in, K, L):
            # The convolution reads its input at (iS + m, jS + n) of the padded image; the transpose writes there.
            p, q = i * S + m - top, j * S + n - left
            if 0 <= p < O and 0 <= q < Q:
                y[s, c_, p, q] += kernel[c, c_, m, n] * x[s, c, i, j]
    if bias is not None:
        for s, c_, p, q in np.ndindex(*y.shape):
            y[s, c_, p, q] += bias[c_]
    return y


def transposed_output_size(size, kernel_size, /, *, stride=1, padding=(0, 0), output_padding=0):
    """Length of the output of a transposed convolution along one axis; its formula stands at ``conv_transpose2d``."""
    start, end = padding
    return (size - 1) * stride - start - end + kernel_size + output_padding


def receptive_field(kernel_sizes, strides, dilations, /):
    r"""Length of the stretch of the input that one value behind a stack of convolutions sees.

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
    """
    L = len(kernel_sizes)
    r = 1
    for l in range(L):
        r = r + (kernel_sizes[l] - 1) * dilations[l] * math.prod(strides[i] for i in range(l))
    return r


def separable_conv2d(x, depthwise_kernel, pointwise_kernel, /, *, stride=1, padding=0):
    r"""Depthwise separable convolution: each channel with a kernel of its own, then a mix of channels at each pixel.

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
        separable_conv2d(x[None], depthwise_kernel[:, None], pointwise_kernel[:, :, None, None])[0]
    """
    return pointwise_conv2d(depthwise_conv2d(x, depthwise_kernel, stride=stride, padding=padding), pointwise_kernel)


def depthwise_conv2d(x, kernel, /, *, stride=1, padding=0):
    """Each channel of an image, cross-correlated with a kernel of its own."""
    x = _pad(x, padding)
    N, C_in, H, W = x.shape
    _, _, K, L = kernel.shape
    S = stride
    y = np.zeros((N, C_in, (H - K) // S + 1, (W - L) // S + 1))
    for s, c, i, j in np.ndindex(*y.shape):
        y[s, c, i, j] = (kernel[c, 0] * x[s, c, i * S : i * S + K, j * S : j * S + L]).sum()
    return y


def pointwise_conv2d(x, kernel, /):
    """The channels of an image, mixed at each pixel by itself."""
    N, _, H, W = x.shape
    y = np.zeros((N, len(kernel), H, W))
    for s, c, i, j in np.ndindex(*y.shape):
        y[s, c, i, j] = (kernel[c, :, 0, 0] * x[s, :, i, j]).sum()
    return y


def separable_cost_ratio(kernel_size, in_channels, out_channels, /):
    r"""Cost of a depthwise separable convolution as a part of the cost of an ordinary one.

    Formula
    -------
    separable-cost-ratio
        \frac{K^2 C_{\text{in}} + C_{\text{in}} C_{\text{out}}}{K^2 C_{\text{in}} C_{\text{out}}} = \frac{1}{C_{\text{out}}} + \frac{1}{K^2}
    where
        K \in \mathbb{N}
        C_{\text{in}} \in \mathbb{N}
        C_{\text{out}} \in \mathbb{N}
    """
    separable = kernel_size**2 * in_channels + in_channels * out_channels
    return separable / (kernel_size**2 * in_channels * out_channels)


def max_pool2d(x, /, *, kernel_size, stride):
    r"""Max pooling: the largest value of each window.

    Formula
    -------
    max-pooling
        Y_{i,j} = \max_{(m,n) \in \mathcal{R}_{i,j}} X_{m,n}
    where
        X_{m,n} \in \mathbb{R}, \ m = 0, \dots, H - 1, \ n = 0, \dots, W - 1
        K \in \{1, 2, 3\}
        S \in \{1, 2, 3\}
    gives
        Y_{i,j} \in \mathbb{R}, \ i = 0, \dots, \lfloor (H - K) / S \rfloor, \ j = 0, \dots, \lfloor (W - K) / S \rfloor
    with
        \mathcal{R}_{i,j} = \{(m, n) \mid iS \leq m < iS + K, \ jS \leq n < jS + K\}
    call
        max_pool2d(x, kernel_size=K, stride=S)
    """
    y, _ = max_pool2d_with_indices(x, kernel_size=kernel_size, stride=stride)
    return y


def max_pool2d_with_indices(x, /, *, kernel_size, stride):
    """The largest value of each window, and where it stands: the place in the image, read row by row; of equal values the first."""
    H, W = x.shape
    K, S = kernel_size, stride
    y = np.zeros(((H - K) // S + 1, (W - K) // S + 1))
    indices = np.zeros(y.shape, dtype=int)
    for i, j in np.ndindex(*y.shape):
        window = [(m, n) for m in range(i * S, i * S + K) for n in range(j * S, j * S + K)]
        m, n = max(window, key=lambda place: x[place])
        y[i, j] = x[m, n]
        indices[i, j] = m * W + n
    return y, indices


def avg_pool2d(x, /, *, kernel_size, stride):
    r"""Average pooling: the mean of each window.

    Formula
    -------
    average-pooling
        Y_{i,j} = \frac{1}{|\mathcal{R}_{i,j}|} \sum_{(m,n) \in \mathcal{R}_{i,j}} X_{m,n}
    where
        X_{m,n} \in \mathbb{R}, \ m = 0, \dots, H - 1, \ n = 0, \dots, W - 1
        K \in \{1, 2, 3\}
        S \in \{1, 2, 3\}
    gives
        Y_{i,j} \in \mathbb{R}, \ i = 0, \dots, \lfloor (H - K) / S \rfloor, \ j = 0, \dots, \lfloor (W - K) / S \rfloor
    with
        \mathcal{R}_{i,j} = \{(m, n) \mid iS \leq m < iS + K, \ jS \leq n < jS + K\}
    call
        avg_pool2d(x, kernel_size=K, stride=S)
    """
    H, W = x.shape
    K, S = kernel_size, stride
    y = np.zeros(((H - K) // S + 1, (W - K) // S + 1))
    for i, j in np.ndindex(*y.shape):
        window = [(m, n) for m in range(i * S, i * S + K) for n in range(j * S, j * S + K)]
        y[i, j] = 1 / len(window) * sum(x[m, n] for m, n in window)
    return y


def max_unpool2d(y, indices, /, *, out_shape):
    r"""Max unpooling: each value returns to the place of its window's largest value, all other places are 0.

    Formula
    -------
    max-unpooling
        \hat{X}_{m,n} = \begin{cases} Y_{i,j} & (m,n) = \arg\max_{(m',n') \in \mathcal{R}_{i,j}} X_{m',n'} \\ 0 & \text{otherwise} \end{cases}
    where
        Y_{i,j} \in \mathbb{R}, \ i = 0, \dots, h - 1, \ j = 0, \dots, w - 1
        X_{m,n} \in \mathbb{R}, \ m = 0, \dots, h S - 1, \ n = 0, \dots, w S - 1
        K \in \{1, 2, 3\}
        S \in \{1, 2, 3\}
    gives
        \hat{X}_{m,n} \in \mathbb{R}, \ m = 0, \dots, h S - 1, \ n = 0, \dots, w S - 1
    with
        K \leq S
        i = \lfloor m / S \rfloor
        j = \lfloor n / S \rfloor
        \mathcal{R}_{i,j} = \{(m, n) \mid iS \leq m < iS + K, \ jS \leq n < jS + K\}
    call
        max_unpool2d(y, max_pool2d_with_indices(x, kernel_size=K, stride=S)[1], out_shape=(h * S, w * S))
    """
    H, W = out_shape
    x_hat = np.zeros((H, W))
    for i, j in np.ndindex(*y.shape):
        x_hat[indices[i, j] // W, indices[i, j] % W] = y[i, j]
    return x_hat


def global_avg_pool(x, /):
    r"""Global average pooling: one number a channel, its mean over the image.

    Formula
    -------
    global-average-pooling
        y_c = \frac{1}{H W} \sum_{i=1}^{H} \sum_{j=1}^{W} X_{c,i,j}
    where
        X_{c,i,j} \in \mathbb{R}, \ c = 1, \dots, C, \ i = 1, \dots, H, \ j = 1, \dots, W
    gives
        y_c \in \mathbb{R}, \ c = 1, \dots, C
    """
    C, H, W = x.shape
    return np.array([1 / (H * W) * sum(x[c, i, j] for i in range(H) for j in range(W)) for c in range(C)])


def roi_pool(x, roi, /, *, out_size):
    r"""RoI pooling: a rectangle of the image, max-pooled to a fixed size.

    Formula
    -------
    roi-pooling
        Y_{c,i,j} = \max_{(m,n) \in \mathrm{bin}_{i,j}(r)} X_{c,m,n}, \qquad 1 \leq i \leq h, \ 1 \leq j \leq w
    where
        X_{c,m,n} \in \mathbb{R}, \ c = 1, \dots, C, \ m = 0, \dots, H - 1, \ n = 0, \dots, W - 1
        r = (y_0, x_0, y_1, x_1) \in \{0, \dots, H\} \times \{0, \dots, W\} \times \{0, \dots, H\} \times \{0, \dots, W\}
    gives
        Y_{c,i,j} \in \mathbb{R}, \ c = 1, \dots, C, \ i = 1, \dots, h, \ j = 1, \dots, w
    with
        y_0 < y_1
        x_0 < x_1
        H_r = y_1 - y_0
        W_r = x_1 - x_0
        \mathrm{bin}_{i,j}(r) = \{(m, n) \mid y_0 + \lfloor (i - 1) H_r / h \rfloor \leq m < y_0 + \lceil i H_r / h \rceil, \ x_0 + \lfloor (j - 1) W_r / w \rfloor \leq n < x_0 + \lceil j W_r / w \rceil\}
    call
        roi_pool(x, roi, out_size=(h, w))
    """
    C, H, W = x.shape
    h, w = out_size
    y0, x0, y1, x1 = roi
    y = np.zeros((C, h, w))
    for c, i, j in np.ndindex(*y.shape):
        # The bins of i = 1, …, h overlap by a row where h does not divide the height of the rectangle.
        rows = range(y0 + i * (y1 - y0) // h, y0 - (-(i + 1) * (y1 - y0) // h))
        columns = range(x0 + j * (x1 - x0) // w, x0 - (-(j + 1) * (x1 - x0) // w))
        y[c, i, j] = max(x[c, m, n] for m in rows for n in columns)
    return y
