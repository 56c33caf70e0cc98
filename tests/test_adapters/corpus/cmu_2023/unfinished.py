"""As the homeworks have been handed out since 2023."""

import numpy as np


class GELU:
    def forward(self, Z):
        self.A = None  # TODO
        return self.A

    def backward(self, dLdA):
        dLdZ = None  # TODO
        return dLdZ


class Softmax:
    def __init__(self, dim=-1):
        self.dim = dim

    def forward(self, Z):
        if self.dim > len(Z.shape) or self.dim < -len(Z.shape):
            raise ValueError("There is no such dimension in Z")
        # TODO
        raise NotImplementedError

    def backward(self, dLdA):
        shape = self.A.shape
        # TODO
        raise NotImplementedError


class Tanh:
    def forward(self, Z):
        self.A = NotImplemented
        return NotImplemented

    def backward(self, dLdA):
        return NotImplemented


class Linear:
    def __init__(self, in_features, out_features):
        self.W = np.zeros((out_features, in_features))
        self.b = np.zeros(out_features)

    def init_weights(self, W, b):
        self.W = W
        self.b = b

    def forward(self, A):
        # TODO
        self.A = A
        raise NotImplementedError

    def backward(self, dLdZ):
        # TODO
        self.dLdA = NotImplementedError
        self.dLdW = NotImplementedError
        self.dLdb = NotImplementedError
        raise NotImplementedError


class ScaledDotProductAttention:
    def __init__(self):
        self.eps = 1e10
        self.softmax = Softmax(dim=-1)

    def forward(self, Q, K, V, mask=None):
        # TODO
        scaled_dot_product = NotImplementedError
        if mask is not None:
            scaled_dot_product = NotImplementedError
        self.attention_scores = NotImplementedError
        output = NotImplementedError
        raise NotImplementedError

    def backward(self, d_output):
        # TODO
        raise NotImplementedError


class MultiHeadAttention:
    def __init__(self, embed_dim, num_heads):
        self.embed_dim = embed_dim
        self.num_heads = num_heads
        self.attention = NotImplementedError
        self.q_proj = Linear(embed_dim, embed_dim)
        self.k_proj = Linear(embed_dim, embed_dim)
        self.v_proj = Linear(embed_dim, embed_dim)
        self.out_proj = Linear(embed_dim, embed_dim)

    def init_weights(self, Wq, bq, Wk, bk, Wv, bv, Wo, bo):
        self.q_proj.init_weights(Wq, bq)
        self.k_proj.init_weights(Wk, bk)
        self.v_proj.init_weights(Wv, bv)
        self.out_proj.init_weights(Wo, bo)

    def forward(self, query, key, value, key_padding_mask=None, attn_mask=None):
        # TODO
        raise NotImplementedError

    def backward(self, d_output):
        # TODO
        raise NotImplementedError
