"""Chapter 7 as it is printed: attention, the Transformer, BERT."""

import math

import numpy as np


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
