"""The exact posterior of the log power given all samples: its mean and its variance."""

from __future__ import annotations

import numpy as np

from symshare.errors import SymshareError
from symshare.experiments.spectrum.fourier import Array, Family, chunks, fill, samples

__all__ = ["JITTER", "log_power_moments", "posterior", "posterior_moments"]

JITTER = 1e-12
"""A variance of y added to noise^2: about what single precision of x does to y at kmax = 64 (slope 6, times 1.5e-7)."""

STEP = 0.5
"""Equal steps of 1/2 in log t have an error of about exp(-pi^2 / (1/2)) < 1e-8 on the integrands of log_power_moments,
analytic for |Im log t| < pi/2."""

LOG_T = np.arange(-12.0, 32.0 + STEP, STEP)
"""Where the integrands are read; the ends leave out less than 1e-5 even where one eigenvalue is zero."""


def posterior(x: Array, y: Array, family: Family, *, jitter: float = JITTER) -> Array:
    """The posterior mean of log p_k, (sets, wanted): of all predictors the one with the least mean squared error.

    `posterior_moments` says how, and gives the variances too.

    >>> from symshare.experiments.spectrum.fourier import draw
    >>> x, y, log_p = draw(Family(4, 2), 5, 50, np.random.default_rng(0))
    >>> bool(np.abs(posterior(x, y, Family(4, 2)) - log_p).max() < 1e-3)
    True
    """
    return posterior_moments(x, y, family, jitter=jitter)[0]


def posterior_moments(x: Array, y: Array, family: Family, *, jitter: float = JITTER) -> tuple[Array, Array]:
    """The mean and the variance of log p_k given the data, both (sets, wanted), exact up to rounding.

    f = sum a_k cos(k x) + b_k sin(k x), where a_k and b_k have prior variance 1/(2 k^2), and y has variance
    noise^2 + `jitter` about f. The mean of the variances is the least mean squared error there is. The jitter matters
    only where there is no noise and about as many points as coefficients, 2 kmax: there, ever more digits of the data
    would give ever smaller errors.

    >>> mean, variance = posterior_moments(np.zeros((1, 0)), np.zeros((1, 0)), Family(4, 1))
    >>> mean.round(6).tolist(), (variance * 6 / np.pi**2).round(6).tolist()
    ([[-0.577216]], [[1.0]])
    """
    x, y = samples(x, y, empty=True)
    variance = family.noise**2 + jitter
    if not 0 < variance < np.inf:
        raise SymshareError(f"noise and jitter={jitter!r} have no variance\n  give a positive jitter, such as {JITTER}")
    points, unknowns, wanted = x.shape[1], 2 * family.kmax, 2 * family.wanted
    deviations = np.sqrt(0.5) / np.arange(1, family.kmax + 1)
    means, variances = np.empty((len(x), family.wanted)), np.empty((len(x), family.wanted))
    for part in chunks(len(x), (points + unknowns) * (unknowns + 1)):
        # In units of the prior deviations the posterior is that of least squares with rows sqrt(variance) * identity
        # added. A QR decomposition of these rows keeps the digits that normal equations would square away, and with the
        # wanted coefficients last the lower right block of R holds all that is known of them.
        rows = np.zeros((len(x[part]), points + unknowns, unknowns + 1))
        fill(rows[:, :points, :unknowns], x[part], deviations)
        rows[:, :points, unknowns] = y[part]
        rows[:, np.arange(points, points + unknowns), np.arange(unknowns)] = np.sqrt(variance)
        whole: Array = np.asarray(np.linalg.qr(rows, mode="r"))
        triangle = whole[:, unknowns - wanted : unknowns]
        inverse = np.linalg.inv(triangle[:, :, unknowns - wanted : unknowns])
        mean = (inverse @ triangle[:, :, unknowns:]).reshape(-1, family.wanted, 2)[:, ::-1]
        root = np.sqrt(variance) * inverse.reshape(-1, family.wanted, 2, wanted)[:, ::-1]
        scale = deviations[: family.wanted, None]
        covariance = root @ root.swapaxes(-1, -2) * scale[..., None] ** 2
        means[part], variances[part] = log_power_moments(mean * scale, covariance)
    return means, variances


def log_power_moments(mean: Array, covariance: Array) -> tuple[Array, Array]:
    """The mean and the variance of log(a^2 + b^2) for normal (a, b) with means (..., 2) and covariances (..., 2, 2).

    Q = a^2 + b^2 has the Laplace transform M(t) = E e^{-t Q}, a product over the eigenvalues v of the covariance with
    the mean m along each of (1 + 2 t v)^{-1/2} exp(-t m^2 / (1 + 2 t v)) (Mathai and Provost 1992). As Frullani's
    integral of (e^{-t} - e^{-t q}) / t over t > 0 is log q, and with a factor log t is -gamma log q - (log q)^2 / 2,
    the moments are E log Q = I_0 and E (log Q)^2 = -2 (I_1 + gamma I_0), I_j the integral of (log t)^j (e^{-t} - M(t))
    / t. Accurate to 1e-5 or better.

    >>> np.round(log_power_moments(np.zeros(2), np.eye(2)), 6).tolist()  # log 2 - gamma and pi^2/6
    [0.115932, 1.644934]
    """
    eigenvalues, axes = np.linalg.eigh(covariance)
    eigenvalues = np.maximum(eigenvalues, 0)
    squares = (axes.swapaxes(-1, -2) @ mean[..., None])[..., 0] ** 2
    scale = np.maximum((squares + eigenvalues).sum(-1), np.finfo(float).tiny)
    t = np.exp(LOG_T)
    transform = np.ones((*scale.shape, len(t)))
    exponent = np.zeros_like(transform)
    for axis in range(2):
        below = 1 + 2 * t * (eigenvalues[..., axis] / scale)[..., None]
        exponent += t * (squares[..., axis] / scale)[..., None] / below
        transform /= np.sqrt(below)
    gap = np.exp(-t) - transform * np.exp(-exponent)
    first = STEP * gap.sum(-1)
    second = -2 * (STEP * (gap @ LOG_T) + np.euler_gamma * first)
    return first + np.log(scale), np.maximum(second - first**2, 0)
