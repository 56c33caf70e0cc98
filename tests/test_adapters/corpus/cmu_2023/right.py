"""Homeworks 1, 2 and 4 as they have been since 2023, in one file."""

from math import erf

import numpy as np


class Sigmoid:
    def forward(self, Z):
        self.A = 1 / (1 + np.exp(-Z))
        return self.A

    def backward(self, dLdA):
        return dLdA * self.A * (1 - self.A)


class Tanh:
    def forward(self, Z):
        up, down = np.exp(Z), np.exp(-Z)
        self.A = (up - down) / (up + down)
        return self.A

    def backward(self, dLdA):
        return dLdA * (1 - self.A**2)


class ReLU:
    def forward(self, Z):
        self.A = np.maximum(Z, 0)
        return self.A

    def backward(self, dLdA):
        return np.where(self.A > 0, dLdA, 0)


class GELU:
    def forward(self, Z):
        self.Z = Z
        self.below = 0.5 * (1 + np.vectorize(erf, otypes=[Z.dtype])(Z / np.sqrt(2).astype(Z.dtype)))
        return Z * self.below

    def backward(self, dLdA):
        density = np.exp(-0.5 * self.Z**2) / np.sqrt(2 * np.pi)
        return dLdA * (self.below + self.Z * density)


class Swish:
    def __init__(self, beta=1.0):
        self.beta = beta

    def forward(self, Z):
        self.Z = Z
        self.gate = 1 / (1 + np.exp(-self.beta * Z))
        self.A = Z * self.gate
        return self.A

    def backward(self, dLdA):
        slope = self.gate + self.beta * self.Z * self.gate * (1 - self.gate)
        self.dLdbeta = np.sum(dLdA * self.Z**2 * self.gate * (1 - self.gate))
        return dLdA * slope


class Softmax:
    def __init__(self, dim=-1):
        self.dim = dim

    def forward(self, Z):
        powers = np.exp(Z - np.max(Z, axis=self.dim, keepdims=True))
        self.A = powers / np.sum(powers, axis=self.dim, keepdims=True)
        return self.A

    def backward(self, dLdA):
        weighted = np.sum(dLdA * self.A, axis=self.dim, keepdims=True)
        return self.A * (dLdA - weighted)


class MSELoss:
    def forward(self, A, Y):
        self.A = A
        self.Y = Y
        self.N, self.C = A.shape
        se = (A - Y) ** 2
        sse = np.sum(se)
        mse = sse / (2 * self.N * self.C)
        return mse

    def backward(self):
        return (self.A - self.Y) / (self.N * self.C)


class CrossEntropyLoss:
    def forward(self, A, Y):
        self.A = A
        self.Y = Y
        self.N, self.C = A.shape
        exps = np.exp(A)
        self.softmax = exps / np.sum(exps, axis=1, keepdims=True)
        crossentropy = -np.sum(Y * np.log(self.softmax), axis=1)
        return np.sum(crossentropy) / self.N

    def backward(self):
        return (self.softmax - self.Y) / self.N


class Linear:
    def __init__(self, in_features, out_features):
        self.W = np.zeros((out_features, in_features))
        self.b = np.zeros(out_features)

    def init_weights(self, W, b):
        self.W = W
        self.b = b

    def forward(self, A):
        self.A = A
        self.input_shape = A.shape
        Z = A @ self.W.T + self.b
        return Z

    def backward(self, dLdZ):
        flat_A = self.A.reshape(-1, self.W.shape[1])
        flat_dLdZ = dLdZ.reshape(-1, self.W.shape[0])
        self.dLdA = dLdZ @ self.W
        self.dLdW = flat_dLdZ.T @ flat_A
        self.dLdb = flat_dLdZ.sum(axis=0)
        return self.dLdA


class Downsample2d:
    def __init__(self, downsampling_factor):
        self.k = downsampling_factor

    def forward(self, A):
        self.shape = A.shape
        return A[:, :, :: self.k, :: self.k]

    def backward(self, dLdZ):
        dLdA = np.zeros(self.shape, dtype=dLdZ.dtype)
        dLdA[:, :, :: self.k, :: self.k] = dLdZ
        return dLdA


class Conv2d_stride1:
    def __init__(
        self, in_channels, out_channels, kernel_size, weight_init_fn=None, bias_init_fn=None
    ):
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = kernel_size
        if weight_init_fn is None:
            shape = (out_channels, in_channels, kernel_size, kernel_size)
            self.W = np.random.normal(0, 1.0, shape)
        else:
            self.W = weight_init_fn(out_channels, in_channels, kernel_size, kernel_size)
        if bias_init_fn is None:
            self.b = np.zeros(out_channels)
        else:
            self.b = bias_init_fn(out_channels)
        self.dLdW = np.zeros(self.W.shape)
        self.dLdb = np.zeros(self.b.shape)

    def forward(self, A):
        self.A = A
        k = self.kernel_size
        windows = np.lib.stride_tricks.sliding_window_view(A, (k, k), axis=(2, 3))
        return np.einsum("nchwij,fcij->nfhw", windows, self.W) + self.b[:, None, None]

    def backward(self, dLdZ):
        k = self.kernel_size
        windows = np.lib.stride_tricks.sliding_window_view(self.A, (k, k), axis=(2, 3))
        self.dLdW = np.einsum("nfhw,nchwij->fcij", dLdZ, windows)
        self.dLdb = dLdZ.sum(axis=(0, 2, 3))
        padded = np.pad(dLdZ, ((0, 0), (0, 0), (k - 1, k - 1), (k - 1, k - 1)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, (k, k), axis=(2, 3))
        return np.einsum("nfhwij,fcij->nchw", windows, self.W[:, :, ::-1, ::-1])


class Conv2d:
    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride,
        padding=0,
        weight_init_fn=None,
        bias_init_fn=None,
    ):
        self.stride = stride
        self.pad = padding
        self.conv2d_stride1 = Conv2d_stride1(
            in_channels, out_channels, kernel_size, weight_init_fn, bias_init_fn
        )
        self.downsample2d = Downsample2d(stride)

    def forward(self, A):
        p = self.pad
        padded = np.pad(A, ((0, 0), (0, 0), (p, p), (p, p)))
        return self.downsample2d.forward(self.conv2d_stride1.forward(padded))

    def backward(self, dLdZ):
        dLdA = self.conv2d_stride1.backward(self.downsample2d.backward(dLdZ))
        p = self.pad
        return dLdA[:, :, p : dLdA.shape[2] - p, p : dLdA.shape[3] - p]


class GRUCell(object):
    def __init__(self, input_size, hidden_size):
        self.d = input_size
        self.h = hidden_size
        self.r_act = Sigmoid()
        self.z_act = Sigmoid()
        self.h_act = Tanh()
        h, d = self.h, self.d
        self.dWrx, self.dWzx, self.dWnx = (np.zeros((h, d)) for _ in range(3))
        self.dWrh, self.dWzh, self.dWnh = (np.zeros((h, h)) for _ in range(3))
        self.dbrx, self.dbzx, self.dbnx = (np.zeros(h) for _ in range(3))
        self.dbrh, self.dbzh, self.dbnh = (np.zeros(h) for _ in range(3))

    def init_weights(self, Wrx, Wzx, Wnx, Wrh, Wzh, Wnh, brx, bzx, bnx, brh, bzh, bnh):
        self.Wrx, self.Wzx, self.Wnx = Wrx, Wzx, Wnx
        self.Wrh, self.Wzh, self.Wnh = Wrh, Wzh, Wnh
        self.brx, self.bzx, self.bnx = brx, bzx, bnx
        self.brh, self.bzh, self.bnh = brh, bzh, bnh

    def forward(self, x, h_prev_t):
        self.x = x
        self.hidden = h_prev_t
        self.r = self.r_act.forward(self.Wrx @ x + self.brx + self.Wrh @ h_prev_t + self.brh)
        self.z = self.z_act.forward(self.Wzx @ x + self.bzx + self.Wzh @ h_prev_t + self.bzh)
        self.inner = self.Wnh @ h_prev_t + self.bnh
        self.n = self.h_act.forward(self.Wnx @ x + self.bnx + self.r * self.inner)
        return (1 - self.z) * self.n + self.z * h_prev_t

    def backward(self, delta):
        dn = self.h_act.backward(delta * (1 - self.z))
        dz = self.z_act.backward(delta * (self.hidden - self.n))
        dr = self.r_act.backward(dn * self.inner)
        self.dWrx += np.outer(dr, self.x)
        self.dWzx += np.outer(dz, self.x)
        self.dWnx += np.outer(dn, self.x)
        self.dWrh += np.outer(dr, self.hidden)
        self.dWzh += np.outer(dz, self.hidden)
        self.dWnh += np.outer(dn * self.r, self.hidden)
        self.dbrx += dr
        self.dbzx += dz
        self.dbnx += dn
        self.dbrh += dr
        self.dbzh += dz
        self.dbnh += dn * self.r
        dx = dr @ self.Wrx + dz @ self.Wzx + dn @ self.Wnx
        dh_prev_t = dr @ self.Wrh + dz @ self.Wzh + (dn * self.r) @ self.Wnh + delta * self.z
        return dx, dh_prev_t


class ScaledDotProductAttention:
    def __init__(self):
        self.eps = 1e10
        self.softmax = Softmax(dim=-1)

    def forward(self, Q, K, V, mask=None):
        self.Q, self.K, self.V = Q, K, V
        scores = Q @ np.swapaxes(K, -1, -2) / np.sqrt(Q.shape[-1]).astype(Q.dtype)
        if mask is not None:
            scores = np.where(mask, scores - Q.dtype.type(self.eps), scores)
        self.attention_scores = self.softmax.forward(scores)
        return self.attention_scores @ V

    def backward(self, d_output):
        d_V = np.swapaxes(self.attention_scores, -1, -2) @ d_output
        d_attention = d_output @ np.swapaxes(self.V, -1, -2)
        d_scores = self.softmax.backward(d_attention)
        d_scores = d_scores / np.sqrt(self.Q.shape[-1]).astype(self.Q.dtype)
        d_Q = d_scores @ self.K
        d_K = np.swapaxes(d_scores, -1, -2) @ self.Q
        return d_Q, d_K, d_V


class MultiHeadAttention:
    def __init__(self, embed_dim, num_heads):
        self.embed_dim = embed_dim
        self.num_heads = num_heads
        self.attention = ScaledDotProductAttention()
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
        q = self._split_heads(self.q_proj.forward(query))
        k = self._split_heads(self.k_proj.forward(key))
        v = self._split_heads(self.v_proj.forward(value))
        mask = self._merge_masks(key_padding_mask, attn_mask)
        together = self._concat_heads(self.attention.forward(q, k, v, mask=mask))
        return self.out_proj.forward(together)

    def backward(self, d_output):
        d_heads = self._split_heads(self.out_proj.backward(d_output))
        d_q, d_k, d_v = (self._concat_heads(d) for d in self.attention.backward(d_heads))
        return self.q_proj.backward(d_q), self.k_proj.backward(d_k), self.v_proj.backward(d_v)

    def _merge_masks(self, key_padding_mask, attn_mask):
        count, length = key_padding_mask.shape
        shape = (count, self.num_heads, attn_mask.shape[0], length)
        keys = np.broadcast_to(key_padding_mask[:, None, None, :], shape)
        return keys | np.broadcast_to(attn_mask[None, None], shape)

    def _split_heads(self, x):
        split = x.reshape(*x.shape[:2], self.num_heads, x.shape[2] // self.num_heads)
        return split.transpose(0, 2, 1, 3)

    def _concat_heads(self, x):
        count, heads, length, width = x.shape
        return x.transpose(0, 2, 1, 3).reshape(count, length, heads * width)
