from itertools import pairwise

import numpy as np
import pytest
from scipy import signal, special, stats

from symshare.errors import SymshareError
from symshare.experiments.spectrum import fourier
from symshare.experiments.spectrum.fourier import Family, constant, debiased, draw, least_squares, lomb_scargle
from symshare.experiments.spectrum.posterior import log_power_moments, posterior, posterior_moments

PREDICTORS = [constant, least_squares, lomb_scargle, posterior]


def rng(seed=0):
    return np.random.default_rng(seed)


def waves(x, kmax):
    """The columns cos(k x) for k = 1..kmax, then sin(k x), one entry at a time."""
    columns = [[function(k * one) for function in (np.cos, np.sin) for k in range(1, kmax + 1)] for one in x]
    return np.array(columns)


def squared_error(predictor, family, data):
    x, y, log_p = data
    return float(np.mean((predictor(x, y, family) - log_p) ** 2))


def test_the_data_are_sums_of_waves_with_the_powers_told():
    """More points than coefficients: the waves of 1..kmax fit without a rest, and their powers are the answer."""
    family = Family(6, 3)
    x, y, log_p = draw(family, 5, 40, rng())
    for row, values, answer in zip(x, y, log_p, strict=True):
        found, rest, *_ = np.linalg.lstsq(waves(row, 6), values, rcond=None)
        assert rest < 1e-20
        assert np.allclose(np.log(found[:3] ** 2 + found[6:9] ** 2), answer, atol=1e-8)


def test_powers_are_exponential_phases_and_points_uniform():
    family = Family(3, 3)
    x, y, log_p = draw(family, 4000, 8, rng(1))
    for k in range(1, 4):
        assert stats.kstest(np.exp(log_p[:, k - 1]) * k**2, "expon").pvalue > 1e-3
    assert stats.kstest(x.ravel() / (2 * np.pi), "uniform").pvalue > 1e-3
    found = np.array([np.linalg.solve(waves(row[:6], 3), values[:6]) for row, values in zip(x, y, strict=True)])
    for k in range(3):
        turns = np.arctan2(found[:, k + 3], found[:, k]) / (2 * np.pi) % 1
        assert stats.kstest(turns, "uniform").pvalue > 1e-3


def test_noise_is_added_and_seeds_repeat():
    quiet, loud = Family(5, 2), Family(5, 2, noise=0.3)
    (x, y, p), (x_again, y_noisy, p_again) = draw(quiet, 400, 50, rng(2)), draw(loud, 400, 50, rng(2))
    assert np.array_equal(x, x_again)
    assert np.array_equal(p, p_again)
    assert np.isclose((y_noisy - y).std(), 0.3, rtol=0.02)
    assert np.isclose(y.var(), sum(0.5 / k**2 for k in range(1, 6)), rtol=0.1)


def test_the_constant_is_the_mean_and_its_error_the_variance():
    family = Family(4, 4)
    x, y, log_p = draw(family, 20_000, 1, rng(3))
    assert np.allclose(constant(x, y, family)[0], log_p.mean(0), atol=0.04)
    assert np.isclose(squared_error(constant, family, (x, y, log_p)), np.pi**2 / 6, rtol=0.03)


@pytest.mark.parametrize(("points", "frequencies"), [(30, None), (30, 9), (7, 9)])
def test_least_squares_is_that_of_the_loop(points, frequencies):
    family = Family(9, 3)
    x, y, _ = draw(family, 4, points, rng(4))
    fitted = frequencies or 3
    found = least_squares(x, y, family, frequencies=frequencies)
    for row, values, answer in zip(x, y, found, strict=True):
        fit = np.linalg.lstsq(waves(row, fitted), values, rcond=None)[0]
        assert np.allclose(np.log(fit[:3] ** 2 + fit[fitted : fitted + 3] ** 2), answer, atol=1e-6)


def test_lomb_scargle_is_that_of_scipy():
    family = Family(9, 5, noise=0.1)
    x, y, _ = draw(family, 4, 20, rng(5))
    found = lomb_scargle(x, y, family)
    for row, values, answer in zip(x, y, found, strict=True):
        periodogram = signal.lombscargle(row, values, np.arange(1.0, 6.0))
        assert np.allclose(np.log(4 * periodogram / 20), answer)
    assert np.isfinite(lomb_scargle(x[:, :1], y[:, :1], family)).all()


def test_a_debiased_predictor_has_no_mean_error():
    family = Family(16, 4)
    data = draw(family, 4000, 24, rng(6))
    better = debiased(lomb_scargle, family, 24, rng(7), sets=4000)
    x, y, log_p = data
    assert np.abs((lomb_scargle(x, y, family) - log_p).mean(0)).max() > 0.5
    assert np.abs((better(x, y, family) - log_p).mean(0)).max() < 0.1
    assert squared_error(better, family, data) < squared_error(lomb_scargle, family, data)


def test_moments_of_a_log_power_match_monte_carlo():
    for seed in range(6):
        here = rng(seed)
        root = here.standard_normal((2, 2)) * np.array([1, 0.1 if seed % 2 else 1])
        mean = here.standard_normal(2) * seed / 2
        draws = np.log(((mean + here.standard_normal((400_000, 2)) @ root.T) ** 2).sum(1))
        first, second = log_power_moments(mean, root @ root.T)
        assert abs(first - draws.mean()) < 4 * draws.std() / 400_000**0.5
        assert np.isclose(second, draws.var(), rtol=0.02)


@pytest.mark.parametrize("scale", [1e-8, 1.0, 1e5])
def test_moments_of_a_log_power_have_known_limits(scale):
    """Round: log |m|^2 + E_1(|m|^2 / (2 v)). Flat, central: a chi-square of one degree. Certain: log |m|^2."""
    for size in (1e-3, 0.5, 2.0, 9.0, 60.0):
        first, _ = log_power_moments(scale * np.array([0.6 * size, -0.8 * size]), scale**2 * np.eye(2))
        assert np.isclose(first, np.log((scale * size) ** 2) + special.exp1(size**2 / 2), atol=1e-6)
    first, second = log_power_moments(np.zeros(2), scale**2 * np.ones((2, 2)) / 2)
    assert np.isclose(first, np.log(scale**2 / 2) - np.euler_gamma, atol=1e-5)
    assert np.isclose(second, np.pi**2 / 2, atol=1e-4)
    first, second = log_power_moments(scale * np.array([3.0, 4.0]), np.zeros((2, 2)))
    assert np.isclose(first, np.log(25 * scale**2), atol=1e-6)
    assert second < 1e-6


@pytest.mark.parametrize("points", [3, 12, 40])
def test_the_posterior_is_that_of_the_conditioned_gaussian(points):
    """Condition the coefficients on y through the covariance of y, draw from the result, and average."""
    family = Family(8, 3, noise=0.2)
    x, y, _ = draw(family, 2, points, rng(8))
    means, variances = posterior_moments(x, y, family)
    prior = np.diag(np.tile([0.5 / k**2 for k in range(1, 9)], 2))
    for row, values, mean, variance in zip(x, y, means, variances, strict=True):
        design = waves(row, 8)
        gain = prior @ design.T @ np.linalg.inv(design @ prior @ design.T + 0.04 * np.eye(points))
        draws = rng(9).multivariate_normal(gain @ values, prior - gain @ design @ prior, size=100_000)
        logs = np.log(draws[:, :3] ** 2 + draws[:, 8:11] ** 2)
        assert np.all(np.abs(logs.mean(0) - mean) < 4 * logs.std(0) / 100_000**0.5)
        assert np.allclose(logs.var(0), variance, rtol=0.04)


def test_enough_points_without_noise_give_the_powers():
    family = Family(12, 5)
    x, y, log_p = draw(family, 10, 80, rng(10))
    assert np.allclose(least_squares(x, y, family, frequencies=12), log_p, atol=1e-6)
    mean, variance = posterior_moments(x, y, family)
    assert np.allclose(mean, log_p, atol=1e-3)
    assert variance.max() < 1e-3


def test_no_points_or_nothing_but_noise_give_the_constant():
    family = Family(6, 6)
    empty = np.zeros((2, 0))
    mean, variance = posterior_moments(empty, empty, family)
    known = -2 * np.log(np.arange(1, 7)) - np.euler_gamma
    assert np.allclose(mean, known, atol=1e-6)
    assert np.allclose(variance, np.pi**2 / 6, atol=1e-5)
    noisy = Family(6, 6, noise=1e4)
    x, y, _ = draw(noisy, 2, 10, rng(11))
    assert np.allclose(posterior(x, y, noisy), constant(x, y, noisy), atol=1e-3)


@pytest.mark.parametrize(("family", "points"), [(Family(64, 8), 64), (Family(16, 4, noise=0.5), 40)])
def test_the_posterior_is_calibrated_and_the_best(family, points):
    """Its error has mean zero and the variance it tells, and every other predictor has a larger one."""
    x, y, log_p = data = draw(family, 1000, points, rng(12))
    mean, variance = posterior_moments(x, y, family)
    error = mean - log_p
    assert np.abs(error.mean(0)).max() < 4 * error.std() / 1000**0.5
    assert np.isclose(np.mean(error**2), variance.mean(), rtol=0.12)
    assert np.isclose(np.mean(error**2 / variance), 1, atol=0.2)
    others = [constant, least_squares, lomb_scargle]
    others += [debiased(one, family, points, rng(13), sets=1000) for one in others]
    assert min(squared_error(one, family, data) for one in others) > 1.2 * np.mean(error**2)


def test_more_points_tell_more():
    family = Family(32, 4)
    errors = [squared_error(posterior, family, draw(family, 300, points, rng(14))) for points in (4, 16, 32, 48, 96)]
    assert all(more < 0.8 * less for less, more in pairwise(errors))


@pytest.mark.parametrize("predictor", PREDICTORS)
def test_order_and_shifts_change_nothing_and_chunks_neither(predictor, monkeypatch):
    family = Family(10, 4, noise=0.1)
    x, y, _ = draw(family, 7, 25, rng(15))
    found = predictor(x, y, family)
    assert found.shape == (7, 4)
    order = rng(16).permutation(25)
    assert np.allclose(predictor(x[:, order], y[:, order], family), found, atol=1e-6)
    assert np.allclose(predictor((x + 1.7) % (2 * np.pi), y, family), found, atol=1e-6)
    monkeypatch.setattr(fourier, "CHUNK", 1)
    assert np.allclose(predictor(x, y, family), found, atol=1e-10)


def test_chunks_change_no_draws(monkeypatch):
    whole = draw(Family(10, 4), 7, 25, rng(17))
    monkeypatch.setattr(fourier, "CHUNK", 1)
    assert all(np.array_equal(a, b) for a, b in zip(whole, draw(Family(10, 4), 7, 25, rng(17)), strict=True))


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (lambda: Family(0, 1), "kmax=0 is not a number of things"),
        (lambda: Family(4, 2.0), "wanted=2.0 is not a number"),
        (lambda: Family(4, True), "wanted=True is not a number"),
        (lambda: Family(4, 5), "wanted=5 is more than kmax=4"),
        (lambda: Family(4, 2, noise=-1), "noise=-1 is not a standard deviation"),
        (lambda: Family(4, 2, noise=float("nan")), "noise=nan is not a standard deviation"),
        (lambda: draw(Family(4, 2), 0, 5, rng()), "sets=0"),
        (lambda: draw(Family(4, 2), 5, 0, rng()), "points=0"),
        (lambda: constant(np.zeros(5), np.zeros(5), Family(4, 2)), "shape \\(5,\\)"),
        (lambda: lomb_scargle(np.zeros((2, 5)), np.zeros((2, 4)), Family(4, 2)), "are no samples"),
        (lambda: least_squares(np.zeros((2, 0)), np.zeros((2, 0)), Family(4, 2)), "are no samples"),
        (lambda: least_squares(np.zeros((2, 5)), np.zeros((2, 5)), Family(4, 2), frequencies=1), "frequencies=1"),
        (lambda: posterior(np.zeros((2, 5)), np.zeros((2, 5)), Family(4, 2), jitter=0), "have no variance"),
    ],
)
def test_mistakes_are_told_with_a_cure(wrong, told):
    with pytest.raises(SymshareError, match=told) as caught:
        wrong()
    assert len(str(caught.value).splitlines()) == 2
