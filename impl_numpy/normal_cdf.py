"""The standard normal distribution: NumPy has no erf."""

from functools import reduce

import numpy as np

# W. J. Cody, "Algorithm 715: SPECFUN", ACM TOMS 19 (1993), function ANORM: rational minimax
# approximations of (Φ(x) - 1/2) / x, of Φ(-x) / exp(-x²/2), and of what the latter lacks to its
# asymptote 1 / (√(2π)·x). Highest power first.
_CENTRE_END, _MIDDLE_END = 0.66291, 32**0.5
_CENTRE = (
    (
        6.5682337918207449113e-2,
        2.2352520354606839287e0,
        1.6102823106855587881e2,
        1.0676894854603709582e3,
        1.8154981253343561249e4,
    ),
    (
        1.0,
        4.7202581904688241870e1,
        9.7609855173777669322e2,
        1.0260932208618978205e4,
        4.5507789335026729956e4,
    ),
)
_MIDDLE = (
    (
        1.0765576773720192317e-8,
        3.9894151208813466764e-1,
        8.8831497943883759412e0,
        9.3506656132177855979e1,
        5.9727027639480026226e2,
        2.4945375852903726711e3,
        6.8481904505362823326e3,
        1.1602651437647350124e4,
        9.8427148383839780218e3,
    ),
    (
        1.0,
        2.2266688044328115691e1,
        2.3538790178262499861e2,
        1.5193775994075548050e3,
        6.4855582982667607550e3,
        1.8615571640885098091e4,
        3.4900952721145977266e4,
        3.8912003286093271411e4,
        1.9685429676859990727e4,
    ),
)
_TAIL = (
    (
        2.307344176494017303e-2,
        2.1589853405795699e-1,
        1.274011611602473639e-1,
        2.2235277870649807e-2,
        1.421619193227893466e-3,
        2.9112874951168792e-5,
    ),
    (
        1.0,
        1.28426009614491121e0,
        4.68238212480865118e-1,
        6.59881378689285515e-2,
        3.78239633202758244e-3,
        7.29751555083966205e-5,
    ),
)
_VANISHED = 40.0  # exp(-40²/2) is 0 in float64; squares of larger numbers might overflow


def normal_pdf(x):
    """φ(x) = exp(-x²/2) / √(2π). x: any shape, float32 or float64; so is the result."""
    return _gaussian(x) / (2 * np.pi) ** 0.5


def normal_cdf(x):
    """Φ(x) = (1 + erf(x / √2)) / 2, which keeps its digits also where erf is nearly -1.

    x: any shape, float32 or float64. Returns that shape and dtype.
    """
    magnitude = np.abs(x)
    centre = magnitude <= _CENTRE_END
    middle = ~centre & (magnitude <= _MIDDLE_END)
    return np.piecewise(x, [centre, middle], [_cdf_in_centre, _cdf_in_middle, _cdf_in_tails])


def _cdf_in_centre(x):
    return 0.5 + x * _ratio(_CENTRE, x * x)


def _cdf_in_middle(x):
    return _reflected(x, _gaussian(x) * _ratio(_MIDDLE, np.abs(x)))


def _cdf_in_tails(x):
    magnitude = np.minimum(np.abs(x), _VANISHED)
    square = 1 / (magnitude * magnitude)
    lacking = square * _ratio(_TAIL, square)
    return _reflected(x, _gaussian(x) * ((2 * np.pi) ** -0.5 - lacking) / magnitude)


def _reflected(x, lower):
    """Φ(x) = 1 - Φ(-x), given Φ(-|x|)."""
    return np.where(x > 0, 1 - lower, lower)


def _gaussian(x):
    """exp(-x²/2) = exp(-c²/2)·exp(-(|x| - c)·(|x| + c)/2), c being |x| cut to sixteenths.

    The square of c is exact; the rounding error of x² would be multiplied by x²/2.
    """
    magnitude = np.minimum(np.abs(x), _VANISHED)
    cut = np.trunc(magnitude * 16) / 16
    return np.exp(-cut * cut / 2) * np.exp(-(magnitude - cut) * (magnitude + cut) / 2)


def _ratio(polynomials, x):
    """P(x) / Q(x), each by Horner's rule."""
    numerator, denominator = (reduce(lambda sum_, c: sum_ * x + c, p) for p in polynomials)
    return numerator / denominator
