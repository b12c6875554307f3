"""Logistic regression with a ridge, and what its chances are worth."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def fit(features: Array, is_true: Array, ridge: float = 1.0) -> Array:
    """Return weights ``(F + 1,)``, the bias last, by Newton's method; features ``(N, F)`` should be of like size.

    ``ridge`` holds the weights small (not the bias), so that separable data have an answer too.
    """
    x = np.column_stack((features, np.ones(len(features))))
    held = ridge * np.eye(x.shape[1])
    held[-1, -1] = 1e-6
    weights: Array = np.zeros(x.shape[1])
    for _ in range(50):
        p = chances(features, weights)
        gradient = x.T @ (p - is_true) + held @ weights
        step = np.linalg.solve((x.T * (p * (1 - p))) @ x + held, gradient)
        weights = weights - step
        if np.abs(step).max() < 1e-8:
            break
    return weights


def chances(features: Array, weights: Array) -> Array:
    """Return ``(N,)`` chances, 0 to 1."""
    log_odds = features @ weights[:-1] + weights[-1]
    p: Array = 1 / (1 + np.exp(-np.clip(log_odds, -50, 50)))
    return p


def cross_validated(features: Array, is_true: Array, groups: NDArray[np.int64], ridge: float = 1.0) -> Array:
    """Return ``(N,)`` chances, each from a fit without the rows of its own group (0 to the last group)."""
    found: Array = np.zeros(len(features))
    for group in np.unique(groups):
        inside = groups == group
        found[inside] = chances(features[inside], fit(features[~inside], is_true[~inside], ridge))
    return found


def area_under_curve(scores: Array, is_true: Array) -> float:
    """Return how often a true one has a higher score than a false one, ties half; 0.5 where one kind is missing."""
    true, false = scores[is_true > 0.5], scores[is_true <= 0.5]
    if not len(true) or not len(false):
        return 0.5
    ordered = np.sort(false)
    below = np.searchsorted(ordered, true, "left") + np.searchsorted(ordered, true, "right")
    return float(below.mean() / 2 / len(false))


def calibration_error(chance: Array, is_true: Array, bins: int = 10) -> float:
    """Return the expected calibration error: mean distance of chance and share true, over bins of equal count."""
    order = np.argsort(chance, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    gaps = [abs(chance[part].mean() - is_true[part].mean()) * len(part) for part in parts]
    return float(sum(gaps) / len(chance))
