"""Implied moments, the discrepancy and its derivatives, against numerical differentiation and simulation."""

import numpy as np
import pytest

from analysis.sem.estimate import (
    Problem,
    evaluate,
    expected_information,
    feasible_start,
    gradient,
    minimise,
    observed_information,
    starting_values,
)
from analysis.sem.inference import score_products
from analysis.sem.moments import Moments, sample_moments
from analysis.sem.partable import build_table
from analysis.sem.ram import structure
from analysis.sem.syntax import parse

MODEL = """
    f =~ x1 + a*x2 + x3
    g =~ x4 + a*x5 + x6 + x3
    h =~ f + g
    y ~ f + w + d*v
    v ~ d*w + y
    x1 ~~ x4
    g ~ 1
    y ~ i*1
"""


def problem(n_groups: int = 1, meanstructure: bool = True) -> tuple[Problem, np.ndarray]:
    """A model with everything in it, on noise, and a place away from its optimum."""
    rng = np.random.default_rng(5)
    text = MODEL if meanstructure else MODEL.replace("g ~ 1", "").replace("y ~ i*1", "")
    table = build_table(parse(text), n_groups=n_groups)
    p = len(table.observed)
    samples = tuple(
        sample_moments(rng.normal(size=(60 + 40 * g, p)) @ (np.eye(p) + 0.2) + g, table.observed)
        for g in range(n_groups)
    )
    for parameter in table.parameters:
        if parameter.exo:
            index = [table.observed.index(v) for v in (parameter.lhs, parameter.rhs or parameter.lhs)]
            sample = samples[parameter.group - 1]
            parameter.value = sample.mean[index[0]] if parameter.op == "~1" else sample.cov[tuple(index)]
    structures = tuple(structure(table.parameters, g + 1, table.observed, table.latent) for g in range(n_groups))
    exogenous = np.array([table.observed.index(v) for v in table.exogenous])
    posed = Problem(structures, samples, table.basis, table.shift, exogenous, meanstructure)
    z = feasible_start(table, posed) + rng.uniform(0.02, 0.1, table.basis.shape[1])
    return posed, posed.theta(z)


def numerical(function, theta: np.ndarray, step: float = 1e-5) -> np.ndarray:
    moves = np.eye(len(theta)) * step
    return np.array([(function(theta + m) - function(theta - m)) / (2 * step) for m in moves])


@pytest.mark.parametrize(("n_groups", "meanstructure"), [(1, True), (1, False), (2, True)])
def test_derivatives(n_groups, meanstructure):
    posed, theta = problem(n_groups, meanstructure)
    point = evaluate(posed, theta)
    slope = numerical(lambda t: evaluate(posed, t).discrepancy / 2, theta)
    np.testing.assert_allclose(gradient(posed, point), slope, atol=1e-7)
    hessian = numerical(lambda t: gradient(posed, evaluate(posed, t)), theta)
    np.testing.assert_allclose(observed_information(posed, point), hessian, atol=2e-7)


def test_expected_information_is_the_hessian_where_the_model_holds():
    posed, theta = problem()
    at = evaluate(posed, theta).groups[0]
    perfect = Moments(posed.samples[0].data, at.mu, at.sigma, np.linalg.slogdet(at.sigma)[1])
    exact = Problem(posed.structures, (perfect,), posed.basis, posed.shift, posed.exogenous, True)
    point = evaluate(exact, theta)
    np.testing.assert_allclose(expected_information(exact, point), observed_information(exact, point), atol=1e-10)


def test_score_products_are_those_of_the_casewise_likelihoods():
    posed, theta = problem()
    sample = posed.samples[0]

    def likelihoods(t: np.ndarray) -> np.ndarray:
        at = evaluate(posed, t).groups[0]
        gaps = sample.data - at.mu
        return -0.5 * (np.linalg.slogdet(at.sigma)[1] + ((gaps @ np.linalg.inv(at.sigma)) * gaps).sum(axis=1))

    scores = numerical(likelihoods, theta)
    np.testing.assert_allclose(score_products(posed, evaluate(posed, theta)), scores @ scores.T / sample.n, atol=1e-6)


def test_search_ends_at_a_zero_gradient():
    posed, theta = problem()
    solution = minimise(posed, np.linalg.lstsq(posed.basis, theta - posed.shift, rcond=None)[0])
    assert solution.converged and solution.iterations < 40
    assert np.abs(posed.basis.T @ gradient(posed, solution.point)).max() < 1e-8


def test_starting_values_follow_the_scale_of_the_model():
    table = build_table(parse("f =~ x1 + x2 + x3\ng =~ 2*x4 + x5 + x6"))
    rng = np.random.default_rng(1)
    factor = rng.normal(size=(500, 2))
    loadings = np.array([1.0, -2.0, 0.5, 10.0, 5.0, 20.0])
    values = np.repeat(factor, 3, axis=1) * loadings + 0.1 * rng.normal(size=(500, 6)) * np.abs(loadings)
    start = starting_values(table, (sample_moments(values, table.observed),))
    found = {p.name: v for p, v in zip(table.parameters, start, strict=True)}
    assert [found[f"f=~x{k}"] for k in (1, 2, 3)] == pytest.approx([1, -2, 0.5], rel=0.05)
    assert [found[f"g=~x{k}"] for k in (4, 5, 6)] == pytest.approx([2, 1, 4], rel=0.05)
