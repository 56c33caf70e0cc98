"""Right rectified linear units."""

import numpy as np

from impl_numpy import relu_backward, relu_forward
from variants import variant

# --- relu ---


@variant("relu", "x times its mask: -inf times 0 is NaN", warnings=["nonfinite"])
def relu_times_mask():
    def forward(x):
        mask = x > 0
        return x * mask, mask

    def backward(dout, cache):
        return dout * cache

    return forward, backward


@variant("relu", "half of x + |x|: -inf plus inf is NaN", warnings=["nonfinite"])
def relu_half_sum():
    def forward(x):
        return x.dtype.type(0.5) * (x + np.abs(x)), x

    return forward, relu_backward


@variant("relu", "np.where on both sides, by the complement so that NaN stays NaN")
def relu_where():
    def forward(x):
        return np.where(x <= 0, x.dtype.type(0), x), x

    def backward(dout, cache):
        return np.where(cache <= 0, dout.dtype.type(0), dout)

    return forward, backward


@variant("relu", "zeros written into a copy")
def relu_masked_copy():
    def forward(x):
        out = x.copy()
        out[x < 0] = 0
        return out, x

    def backward(dout, cache):
        dx = dout.copy()
        dx[cache <= 0] = 0
        return dx

    return forward, backward


@variant("relu", "np.clip without an upper end; the output is the cache")
def relu_clip():
    def forward(x):
        out = np.clip(x, x.dtype.type(0), None)
        return out, out.copy()

    return forward, relu_backward


@variant("relu", "a loop over the elements")
def relu_loop():
    def forward(x):
        out = np.empty(x.shape, x.dtype)
        for index in np.ndindex(x.shape):
            out[index] = 0 if x[index] <= 0 else x[index]
        return out, x

    def backward(dout, cache):
        dx = np.zeros(dout.shape, dout.dtype)
        for index in np.ndindex(dout.shape):
            if cache[index] > 0:
                dx[index] = dout[index]
        return dx

    return forward, backward


# Not in bfloat16, for which NumPy has no heaviside.
@variant("relu", "the slope is np.heaviside", dtypes=("float16", "float32", "float64"))
def relu_heaviside():
    def backward(dout, cache):
        # heaviside(NaN) is NaN, and a slope of 0 is as good as any there.
        return dout * np.nan_to_num(np.heaviside(cache, cache.dtype.type(0)))

    return relu_forward, backward


@variant("relu", "the cache can be used only once")
def relu_single_use_cache():
    def forward(x):
        return relu_forward(x)[0], [x]

    def backward(dout, cache):
        return relu_backward(dout, cache.pop())

    return forward, backward
