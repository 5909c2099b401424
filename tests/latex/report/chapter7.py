"""Chapter 7 as it is printed: attention, the Transformer, BERT."""

import math

import numpy as np

from dlref.norm import layer_norm


def scaled_dot_product_attention(q, k, v, /):
    r"""Scaled dot-product attention: for each query an average of the values, weighted by how well their keys match it.

    Formula
    -------
    scaled-dot-product-attention
        \operatorname{Attention}(Q, K, V) = \operatorname{Softmax}\left( \frac{Q K^{\top}}{\sqrt{d_k}} \right) V
    where
        Q \in \mathbb{R}^{n \times d_k}
        K \in \mathbb{R}^{m \times d_k}
        V \in \mathbb{R}^{m \times d_v}
    gives
        \operatorname{Attention}(Q, K, V) \in \mathbb{R}^{n \times d_v}
    with
        \operatorname{Softmax} = softmax
    """
    n, m, d_v = len(q), len(k), v.shape[1]
    A = attention_weights(q, k)
    return np.array([[sum(A[i, j] * v[j, c] for j in range(m)) for c in range(d_v)] for i in range(n)])


def attention_weights(q, k, /):
    r"""Weights of scaled dot-product attention: one row a query, positive, with sum one.

    Formula
    -------
    attention-weights
        A = \operatorname{Softmax}\left( \frac{Q K^{\top}}{\sqrt{d_k}} \right), \qquad o_i = \sum_{j} A_{ij} v_j
    where
        Q \in \mathbb{R}^{n \times d_k}
        K \in \mathbb{R}^{m \times d_k}
        v_j \in \mathbb{R}^{d_v}, \ j = 1, \dots, m
    gives
        A \in \mathbb{R}_{>0}^{n \times m}
        o_i \in \mathbb{R}^{d_v}, \ i = 1, \dots, n
    with
        \operatorname{Softmax} = softmax
    call
        attention_weights(q, k), scaled_dot_product_attention(q, k, v)
    """
    n, m = len(q), len(k)
    return masked_attention_weights(q, k, np.zeros((n, m)))


def positional_encoding(length, d_model, /):
    r"""Sinusoidal positional encoding: sines and cosines of the position, of ever longer wavelength.

    Formula
    -------
    positional-encoding
        \begin{aligned}
        \mathrm{PE}_{(pos,\, 2i)} &= \sin\left( \frac{pos}{10000^{2i / d_{\text{model}}}} \right) \\
        \mathrm{PE}_{(pos,\, 2i+1)} &= \cos\left( \frac{pos}{10000^{2i / d_{\text{model}}}} \right)
        \end{aligned}
    where
        n \in \mathbb{N}
        d_{\text{model}} \in 2\mathbb{N}
    gives
        \mathrm{PE}_{(pos, j)} \in [-1, 1], \ pos = 0, \dots, n - 1, \ j = 0, \dots, d_{\text{model}} - 1
    with
        i = 0, \dots, d_{\text{model}} / 2 - 1
    """
    pe = np.zeros((length, d_model))
    for pos in range(length):
        for i in range(d_model // 2):
            pe[pos, 2 * i] = math.sin(pos / 10000 ** (2 * i / d_model))
            pe[pos, 2 * i + 1] = math.cos(pos / 10000 ** (2 * i / d_model))
    return pe


def project(x, w, /):
    r"""Tokens, one a row, projected by a matrix: queries, keys and values have one of their own.

    Formula
    -------
    qkv-projection
        Q = X W^Q, \qquad K = X W^K, \qquad V = X W^V
    where
        X \in \mathbb{R}^{n \times d_{\text{model}}}
        W^Q \in \mathbb{R}^{d_{\text{model}} \times d_k}
        W^K \in \mathbb{R}^{d_{\text{model}} \times d_k}
        W^V \in \mathbb{R}^{d_{\text{model}} \times d_v}
    gives
        Q \in \mathbb{R}^{n \times d_k}
        K \in \mathbb{R}^{n \times d_k}
        V \in \mathbb{R}^{n \times d_v}
    call
        project(x, w_q), project(x, w_k), project(x, w_v)
    """
    n, d_model = x.shape
    d = w.shape[1]
    return np.array([[sum(x[i, k] * w[k, j] for k in range(d_model)) for j in range(d)] for i in range(n)])


def multi_head_attention(q, k, v, w_q, w_k, w_v, w_o, /):
    r"""Multi-head attention: several attentions side by side, each in a projection of its own, joined and mixed.

    Formula
    -------
    multi-head-attention
        \operatorname{MultiHead}(Q, K, V) = \operatorname{Concat}(\operatorname{head}_1, \dots, \operatorname{head}_h) W^O, \qquad
        \operatorname{head}_i = \operatorname{Attention}(Q W_i^Q, K W_i^K, V W_i^V)
    where
        Q \in \mathbb{R}^{n \times d_{\text{model}}}
        K \in \mathbb{R}^{m \times d_{\text{model}}}
        V \in \mathbb{R}^{m \times d_{\text{model}}}
        W_i^Q \in \mathbb{R}^{d_{\text{model}} \times d_k}, \ i = 1, \dots, h
        W_i^K \in \mathbb{R}^{d_{\text{model}} \times d_k}, \ i = 1, \dots, h
        W_i^V \in \mathbb{R}^{d_{\text{model}} \times d_v}, \ i = 1, \dots, h
        W^O \in \mathbb{R}^{h d_v \times d_{\text{model}}}
    gives
        \operatorname{MultiHead}(Q, K, V) \in \mathbb{R}^{n \times d_{\text{model}}}
    with
        \operatorname{Attention} = scaled-dot-product-attention
    """
    n, d_model = q.shape
    h, _, d_v = w_v.shape
    joined = np.zeros((n, h * d_v))
    for i in range(h):
        head = scaled_dot_product_attention(project(q, w_q[i]), project(k, w_k[i]), project(v, w_v[i]))
        for p, c in np.ndindex(n, d_v):
            joined[p, i * d_v + c] = head[p, c]
    return project(joined, w_o)


def causal_mask(n, /):
    r"""Additive mask that hides the future: position i sees the positions up to its own.

    Formula
    -------
    causal-mask
        M_{ij} = \begin{cases} 0 & j \leq i \\ -\infty & j > i \end{cases}
    where
        n \in \mathbb{N}
    gives
        M_{ij} \in \{0, -\infty\}, \ i = 1, \dots, n, \ j = 1, \dots, n
    """
    return np.array([[0.0 if j <= i else -math.inf for j in range(n)] for i in range(n)])


def masked_attention(q, k, v, mask, /):
    r"""Attention with an additive mask: 0 where a query may look, minus infinity where it may not.

    Formula
    -------
    masked-attention
        A = \operatorname{Softmax}\left( \frac{Q K^{\top}}{\sqrt{d_k}} + M \right), \qquad \operatorname{MaskedAttention}(Q, K, V, M) = A V
    where
        Q \in \mathbb{R}^{n \times d_k}
        K \in \mathbb{R}^{m \times d_k}
        V \in \mathbb{R}^{m \times d_v}
        M \in \{0, -\infty\}^{n \times m}
    gives
        \operatorname{MaskedAttention}(Q, K, V, M) \in \mathbb{R}^{n \times d_v}
        A \in \mathbb{R}_{\ge 0}^{n \times m}
    with
        \operatorname{Softmax} = softmax
        \min_{i} \max_{j} M_{ij} \geq 0
        i = 1, \dots, n
        j = 1, \dots, m
    call
        masked_attention(q, k, v, mask), masked_attention_weights(q, k, mask)
    """
    n, m, d_v = len(q), len(k), v.shape[1]
    A = masked_attention_weights(q, k, mask)
    return np.array([[sum(A[i, j] * v[j, c] for j in range(m)) for c in range(d_v)] for i in range(n)])


def masked_attention_weights(q, k, mask, /):
    """Weights of attention with an additive mask: 0 where the mask is minus infinity."""
    n, d_k = q.shape
    m = len(k)
    A = np.zeros((n, m))
    for i in range(n):
        scores = [sum(q[i, a] * k[j, a] for a in range(d_k)) / math.sqrt(d_k) + mask[i, j] for j in range(m)]
        for j in range(m):
            A[i, j] = math.exp(scores[j]) / sum(math.exp(scores[l]) for l in range(m))
    return A


def cross_attention(x, h, w_q, w_k, w_v, /):
    r"""Cross-attention: the decoder asks with its own tokens, the encoder's tokens answer.

    Formula
    -------
    cross-attention
        \operatorname{CrossAttention}(X, H) = \operatorname{Attention}(X W^Q, H W^K, H W^V)
    where
        X \in \mathbb{R}^{n \times d_{\text{model}}}
        H \in \mathbb{R}^{m \times d_{\text{model}}}
        W^Q \in \mathbb{R}^{d_{\text{model}} \times d_k}
        W^K \in \mathbb{R}^{d_{\text{model}} \times d_k}
        W^V \in \mathbb{R}^{d_{\text{model}} \times d_v}
    gives
        \operatorname{CrossAttention}(X, H) \in \mathbb{R}^{n \times d_v}
    with
        \operatorname{Attention} = scaled-dot-product-attention
    """
    return scaled_dot_product_attention(project(x, w_q), project(h, w_k), project(h, w_v))


def embed(tokens, embedding, /):
    r"""Input of a Transformer: the scaled embedding of each token, plus the encoding of its position.

    Formula
    -------
    transformer-input
        x_{pos} = \sqrt{d_{\text{model}}}\; e_{pos} + \mathrm{PE}_{pos}
    where
        w_{pos} \in \{0, \dots, V - 1\}, \ pos = 0, \dots, n - 1
        E_k \in \mathbb{R}^{d_{\text{model}}}, \ k = 0, \dots, V - 1
    gives
        x_{pos} \in \mathbb{R}^{d_{\text{model}}}, \ pos = 0, \dots, n - 1
    with
        e_{pos} = E_{w_{pos}}
        \mathrm{PE}_{pos} = positional-encoding(n, d_{\text{model}})_{pos}
        d_{\text{model}} \in 2\mathbb{N}
    """
    n, d_model = len(tokens), embedding.shape[1]
    pe = positional_encoding(n, d_model)
    x = np.zeros((n, d_model))
    for pos, j in np.ndindex(n, d_model):
        x[pos, j] = math.sqrt(d_model) * embedding[tokens[pos], j] + pe[pos, j]
    return x


def ffn(x, w1, b1, w2, b2, /):
    r"""Position-wise feed-forward network: the same two layers at each position, which is a row.

    Formula
    -------
    position-wise-ffn
        \operatorname{FFN}(x) = \max(0, x W_1 + b_1) W_2 + b_2
    where
        x \in \mathbb{R}^{1 \times d_{\text{model}}}
        W_1 \in \mathbb{R}^{d_{\text{model}} \times d_{\text{ff}}}
        b_1 \in \mathbb{R}^{1 \times d_{\text{ff}}}
        W_2 \in \mathbb{R}^{d_{\text{ff}} \times d_{\text{model}}}
        b_2 \in \mathbb{R}^{1 \times d_{\text{model}}}
    gives
        \operatorname{FFN}(x) \in \mathbb{R}^{1 \times d_{\text{model}}}
    call
        ffn(x, w1, b1[0], w2, b2[0])
    """
    n, d_model = x.shape
    d_ff = len(b1)
    y = np.zeros((n, d_model))
    for pos in range(n):
        hidden = [max(0, sum(x[pos, k] * w1[k, j] for k in range(d_model)) + b1[j]) for j in range(d_ff)]
        for j in range(d_model):
            y[pos, j] = sum(hidden[k] * w2[k, j] for k in range(d_ff)) + b2[j]
    return y


def sublayer(f, x, gamma, beta, /, *, eps=1e-5):
    r"""A sublayer of the Transformer: its output is added to its input, and the sum is normalized.

    Formula
    -------
    transformer-sublayer
        y = \operatorname{LayerNorm}(x + \operatorname{Sublayer}(x))
    where
        \operatorname{Sublayer} : \mathbb{R}^d \to \mathbb{R}^d
        x \in \mathbb{R}^d
        \gamma \in \mathbb{R}^d
        \beta \in \mathbb{R}^d
        \epsilon \in \mathbb{R}_{>0}
    gives
        y \in \mathbb{R}^d
    with
        \operatorname{LayerNorm}(v) = layer-normalization(v, \gamma, \beta, eps=\epsilon)
    call
        sublayer(f, x, gamma, beta, eps=eps)
    """
    d = len(x)
    fx = f(x)
    return layer_norm(np.array([x[i] + fx[i] for i in range(d)]), gamma, beta, eps=eps)


def pretraining_loss(mlm_labels, mlm_logits, chosen, nsp_labels, nsp_logits, /):
    r"""Loss of BERT's pre-training: of the masked words and of the relation between the sentences.

    Formula
    -------
    bert-loss
        L = L_{\text{MLM}} + L_{\text{NSP}}
    where
        x_i \in \{0, \dots, V - 1\}, \ i = 1, \dots, n
        z_i \in \mathbb{R}^V, \ i = 1, \dots, n
        M \subseteq \{1, \dots, n\}
        c \in \{\mathrm{IsNext}, \mathrm{NotNext}\}
        u \in \mathbb{R}^2
    gives
        L \in \mathbb{R}_{\ge 0}
    with
        L_{\text{MLM}} = mlm-loss(x, z, M)
        L_{\text{NSP}} = nsp-loss(c, u)
    """
    return mlm_loss(mlm_labels, mlm_logits, chosen) + nsp_loss(nsp_labels, nsp_logits)


def mlm_loss(labels, logits, chosen, /):
    r"""Loss of masked language modeling: the mean surprise at the true words of the chosen positions; 0 where none is chosen.

    Formula
    -------
    mlm-loss
        L_{\text{MLM}} = -\frac{1}{|M|} \sum_{i \in M} \log p_{\theta}(x_i \mid \tilde{x})
    where
        x_i \in \{0, \dots, V - 1\}, \ i = 1, \dots, n
        z_i \in \mathbb{R}^V, \ i = 1, \dots, n
        M \subseteq \{1, \dots, n\}
    gives
        L_{\text{MLM}} \in \mathbb{R}_{\ge 0}
    with
        \operatorname{Softmax} = softmax
        p_{\theta}(x_i \mid \tilde{x}) = \operatorname{Softmax}(z_i)_{x_i}
    """
    V = logits.shape[1]
    M = [i for i in range(len(labels)) if chosen[i]]
    if not M:
        return 0.0
    return -1 / len(M) * sum(
        math.log(math.exp(logits[i, labels[i]]) / sum(math.exp(logits[i, k]) for k in range(V))) for i in M
    )


def nsp_loss(labels, logits, /):
    r"""Loss of next-sentence prediction: the surprise at the true relation (0 is IsNext, 1 is NotNext).

    Formula
    -------
    nsp-loss
        L_{\text{NSP}} = -\log p_{\theta}(c \mid h_{[\mathrm{CLS}]}), \qquad c \in \{\mathrm{IsNext}, \mathrm{NotNext}\}
    where
        c \in \{\mathrm{IsNext}, \mathrm{NotNext}\}
        z \in \mathbb{R}^2
    gives
        L_{\text{NSP}} \in \mathbb{R}_{\ge 0}
    with
        \operatorname{Softmax} = softmax
        p_{\theta}(c \mid h_{[\mathrm{CLS}]}) = \operatorname{Softmax}(z)_c
    """
    return -math.log(math.exp(logits[labels]) / sum(math.exp(logits[k]) for k in range(2)))


def bert_embed(tokens, segments, token_table, segment_table, position_table, /):
    r"""Input of BERT: at each position the embeddings of the token, of its segment and of the position, summed.

    Formula
    -------
    bert-input
        E = E_{\text{token}} + E_{\text{segment}} + E_{\text{position}}
    where
        w_i \in \{0, \dots, V - 1\}, \ i = 1, \dots, n
        s_i \in \{0, 1\}, \ i = 1, \dots, n
        T_k \in \mathbb{R}^d, \ k = 0, \dots, V - 1
        S_k \in \mathbb{R}^d, \ k = 0, \dots, 1
        P_k \in \mathbb{R}^d, \ k = 1, \dots, N
    gives
        E \in \mathbb{R}^{n \times d}
    with
        n \leq N
        E_{\text{token}, i} = T_{w_i}
        E_{\text{segment}, i} = S_{s_i}
        E_{\text{position}, i} = P_i
    """
    n, d = len(tokens), token_table.shape[1]
    E = np.zeros((n, d))
    for i, j in np.ndindex(n, d):
        E[i, j] = token_table[tokens[i], j] + segment_table[segments[i], j] + position_table[i, j]
    return E


def classification_head(h_cls, w, b, /):
    r"""Head for fine-tuning: probabilities of the classes, from the output at the classification token.

    Formula
    -------
    fine-tuning-head
        \hat{p} = \operatorname{Softmax}(W h_{[\mathrm{CLS}]} + b)
    where
        h_{[\mathrm{CLS}]} \in \mathbb{R}^d
        W \in \mathbb{R}^{K \times d}
        b \in \mathbb{R}^K
    gives
        \hat{p} \in \Delta^{K - 1}
    with
        \operatorname{Softmax} = softmax
    """
    K, d = w.shape
    z = [sum(w[k, j] * h_cls[j] for j in range(d)) + b[k] for k in range(K)]
    return np.array([math.exp(z[k]) / sum(math.exp(z[l]) for l in range(K)) for k in range(K)])


def seq2seq_log_likelihood(y, log_probs, /):
    r"""Log-likelihood of output sequences, each token given the true tokens before it and the input.

    Formula
    -------
    seq2seq-likelihood
        \mathcal{J}(\theta) = \sum_{(x, y)} \sum_{t=1}^{T'} \log p_{\theta}(y_t \mid y_{<t}, x)
    where
        y_t^{(s)} \in \{0, \dots, V - 1\}, \ s = 1, \dots, N, \ t = 1, \dots, T'
        \log p_{\theta}(k \mid y_{<t}, x) \in \log \Delta, \ x = 1, \dots, N, \ t = 1, \dots, T', \ k = 0, \dots, V - 1
    gives
        \mathcal{J}(\theta) \in \mathbb{R}_{\le 0}
    with
        (x, y) = (s, y^{(s)}), \ s = 1, \dots, N
    """
    N, T = y.shape
    return sum(log_probs[s, t, y[s, t]] for s in range(N) for t in range(T))
