"""Chapter 5 as it is printed: convolution and pooling."""

import numpy as np


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
