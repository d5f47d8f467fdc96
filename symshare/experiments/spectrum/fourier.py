"""Powers of random periodic functions from noisy samples at random points: the data, and what statistics makes of them.

A function is f(x) = sum over k = 1..kmax of sqrt(p_k) cos(k x + phi_k), with phases phi_k uniform and powers p_k
exponential with mean 1/k^2. A set is N pairs (x_n, y_n), x_n uniform on [0, 2 pi) and y_n = f(x_n) + noise * (standard
normal). Wanted is log p_k (natural logarithm) for k = 1..wanted. Pairs have no order, and a shift of x changes no
power.

As sqrt(p_k) e^{i phi_k} is a complex normal variable, f is a Gaussian process: its coefficients have an exact posterior
(Rasmussen and Williams 2006, ch. 2), and no predictor has a smaller mean squared error than the posterior mean of
log p_k.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from symshare.errors import SymshareError

__all__ = [
    "Array",
    "Family",
    "Predictor",
    "chunks",
    "constant",
    "debiased",
    "draw",
    "fill",
    "least_squares",
    "lomb_scargle",
    "samples",
]

Array = npt.NDArray[np.float64]
Predictor = Callable[[Array, Array, "Family"], Array]
"""From x and y, both (sets, points), and their family to the predicted log p_k, (sets, wanted)."""


@dataclass(frozen=True, slots=True)
class Family:
    """A family of random functions: frequencies 1..kmax, of which the powers of 1..wanted are asked for, and the noise of y.

    `noise` is the standard deviation added to y, in units of y; f itself has variance sum 1/(2 k^2), at most 0.82.

    >>> Family(64, 8)
    Family(kmax=64, wanted=8, noise=0.0)
    >>> Family(4, 8)
    Traceback (most recent call last):
        ...
    symshare.errors.SymshareError: wanted=8 is more than kmax=4
      ask for the powers of frequencies that the functions have: 1 <= wanted <= kmax
    """

    kmax: int
    wanted: int
    noise: float = 0.0

    def __post_init__(self) -> None:
        _check_number("kmax", self.kmax)
        _check_number("wanted", self.wanted)
        if self.wanted > self.kmax:
            raise SymshareError(
                f"wanted={self.wanted} is more than kmax={self.kmax}\n"
                "  ask for the powers of frequencies that the functions have: 1 <= wanted <= kmax"
            )
        if not 0 <= self.noise < np.inf:
            raise SymshareError(f"noise={self.noise!r} is not a standard deviation\n  give a finite number, 0 or more")


def draw(family: Family, sets: int, points: int, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Sets of samples, each of another function: x and y, both (sets, points), and log p_k, (sets, wanted).

    >>> x, y, log_p = draw(Family(64, 8), 3, 100, np.random.default_rng(0))
    >>> x.shape, y.shape, log_p.shape
    ((3, 100), (3, 100), (3, 8))
    """
    _check_number("sets", sets)
    _check_number("points", points)
    normal = rng.standard_normal((2, sets, family.kmax))
    coefficients = (normal[0] + 1j * normal[1]) / (np.sqrt(2) * np.arange(1, family.kmax + 1))
    x = 2 * np.pi * rng.random((sets, points))
    y = np.empty_like(x)
    for part in chunks(sets, points * 128):  # small enough to stay in the cache over the many passes
        z = np.exp(1j * x[part])
        total = np.zeros_like(z)
        for column in coefficients[part].T[::-1]:
            total += column[:, None]
            total *= z
        y[part] = total.real
    if family.noise:
        y += family.noise * rng.standard_normal(y.shape)
    return x, y, _log_power(coefficients.real[:, : family.wanted], coefficients.imag[:, : family.wanted])


def constant(x: Array, y: Array, family: Family) -> Array:
    """The mean of log p_k over the family, whatever the data: -2 log k - Euler's gamma, (sets, wanted).

    Its mean squared error is the variance of the log of an exponential variable, pi^2/6.

    >>> constant(np.zeros((1, 5)), np.zeros((1, 5)), Family(4, 2)).round(3).tolist()
    [[-0.577, -1.964]]
    """
    x, _ = samples(x, y)
    mean = -2 * np.log(np.arange(1, family.wanted + 1)) - np.euler_gamma
    return np.tile(mean, (len(x), 1))


def least_squares(x: Array, y: Array, family: Family, *, frequencies: int | None = None) -> Array:
    """The log power of a least-squares fit of cosines and sines of frequencies 1..`frequencies`, (sets, wanted).

    The default fits the wanted frequencies and takes the others for noise. Where there are fewer points than
    coefficients the fit is the one of least norm. Nothing is debiased here; `debiased` does that.

    >>> x = np.linspace(0, 6, 9)[None]
    >>> np.exp(least_squares(x, 3 * np.cos(x + 1) + np.sin(2 * x), Family(2, 2))).round(6).tolist()
    [[9.0, 1.0]]
    """
    x, y = samples(x, y)
    fitted = family.wanted if frequencies is None else frequencies
    if not family.wanted <= fitted <= family.kmax:
        raise SymshareError(
            f"frequencies={fitted!r} is not from wanted={family.wanted} to kmax={family.kmax}\n"
            "  fit at least the frequencies that are wanted and none that the functions lack"
        )
    found = np.empty((len(x), family.wanted))
    for part in chunks(len(x), x.shape[1] * 2 * fitted):
        design = np.empty((*x[part].shape, 2 * fitted))
        fill(design, x[part], np.ones(fitted))
        pairs = (np.linalg.pinv(design, rcond=1e-12) @ y[part, :, None]).reshape(-1, fitted, 2)
        found[part] = _log_power(pairs[..., 0], pairs[..., 1])[:, ::-1][:, : family.wanted]
    return found


def lomb_scargle(x: Array, y: Array, family: Family) -> Array:
    """The log of 4 P(k) / N, (sets, wanted), where P is the periodogram for uneven points (Lomb 1976, Scargle 1982).

    With c and s the cosine and sine of k (x - tau), tau such that sum c s = 0, P = ((sum y c)^2 / sum c^2 + (sum y s)^2
    / sum s^2) / 2, which is N p / 4 for one wave of power p at many points. The mean of y is not taken off: f has none.
    Nothing is debiased here; `debiased` does that.

    >>> x = np.arange(8)[None] * np.pi / 4
    >>> np.exp(lomb_scargle(x, 3 * np.cos(x + 1), Family(1, 1))).round(6).tolist()
    [[9.0]]
    """
    x, y = samples(x, y)
    number = x.shape[1]
    found = np.empty((len(x), family.wanted))
    for part in chunks(len(x), 2 * number):
        z = np.exp(1j * x[part])
        wave = np.ones_like(z)
        for column in range(family.wanted):
            wave *= z
            double = (wave * wave).sum(1)
            size = np.abs(double)
            turned = (y[part] * wave).sum(1) * np.exp(-0.5j * np.angle(double))
            # A lone point has no sine part: its square and its norm are both zero.
            cosine, sine = (number + size) / 2, np.maximum(number - size, 1e-12 * number) / 2
            power = 2 / number * (turned.real**2 / cosine + turned.imag**2 / sine)
            found[part, column] = np.log(np.maximum(power, np.finfo(float).tiny))
    return found


def debiased(
    predictor: Predictor, family: Family, points: int, rng: np.random.Generator, *, sets: int = 1000
) -> Predictor:
    """The predictor less its mean error for each frequency, measured on `sets` separate draws of as many samples.

    >>> small = Family(4, 2)
    >>> better = debiased(lomb_scargle, small, 8, np.random.default_rng(0))
    >>> x, y, log_p = draw(small, 1000, 8, np.random.default_rng(1))
    >>> bool(np.abs((better(x, y, small) - log_p).mean(0)).max() < 0.2)
    True
    """
    x, y, log_p = draw(family, sets, points, rng)
    bias = (predictor(x, y, family) - log_p).mean(0)

    def predict(x: Array, y: Array, family: Family) -> Array:
        found: Array = predictor(x, y, family) - bias
        return found

    return predict


def _log_power(cosine: Array, sine: Array) -> Array:
    found: Array = np.log(np.maximum(cosine**2 + sine**2, np.finfo(float).tiny))
    return found


def _check_number(name: str, value: int) -> None:
    if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < 1:
        raise SymshareError(f"{name}={value!r} is not a number of things\n  give a whole number, 1 or more")


CHUNK = 1 << 22
"""The most numbers held in one working array: 32 MiB."""


def fill(design: Array, x: Array, scales: Array) -> None:
    """Write cosines and sines of x, times the scale of their frequency, from the highest frequency down to 1."""
    z = np.exp(1j * x)
    wave = np.ones_like(z)
    for place, scale in enumerate(scales, 1):
        wave *= z
        column = design.shape[2] - 2 * place
        design[:, :, column] = scale * wave.real
        design[:, :, column + 1] = scale * wave.imag


def chunks(sets: int, numbers: int) -> Iterator[slice]:
    """Slices of the sets, each with at most CHUNK numbers where a set has so many."""
    step = max(1, CHUNK // max(1, numbers))
    for start in range(0, sets, step):
        yield slice(start, start + step)


def samples(x: Array, y: Array, *, empty: bool = False) -> tuple[Array, Array]:
    """Samples as arrays of doubles, (sets, points), or SymshareError where their shapes are wrong."""
    x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if x.ndim != 2 or x.shape != y.shape or not (empty or x.shape[1]):
        raise SymshareError(
            f"x of shape {x.shape} and y of shape {y.shape} are no samples\n"
            "  give two arrays of one shape (sets, points), with a point at least"
        )
    return x, y
