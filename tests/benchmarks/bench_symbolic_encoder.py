"""Speed of the symbolic encoder: 10,000 rows x 32 formulas of about 40 nodes on one thread."""

import statistics
import time
from collections.abc import Callable

import numpy as np
import pytest
import sympy
import torch
from pytest_benchmark.fixture import BenchmarkFixture

from latent_laws.formulas.formula import Formula
from latent_laws.formulas.symbolic_encoder import SymbolicEncoder

NAMES = [f"feature_{number}" for number in range(54)]
MILLISECONDS = 50


def realistic_formula(rng: np.random.Generator, latent: int) -> Formula:
    """Nine weighted features; every third formula with a tanh and a product of two features."""
    chosen = [str(name) for name in rng.permutation(NAMES)[:9]]
    n_linear = 6 if latent % 3 == 0 else 9
    weights = {name: float(rng.normal()) for name in chosen[:n_linear]}
    linear = Formula.linear(float(rng.normal()), weights, NAMES)
    if n_linear == 9:
        return linear
    a, b, c = chosen[6:]
    extra = Formula.parse(f"0.7*tanh(1.3*{a} - 0.2) + 0.4*{b}*{c} + 0.1*square({a})", NAMES)
    return Formula.sum(linear, extra)


@pytest.fixture(scope="module")
def encoder() -> SymbolicEncoder:
    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    return SymbolicEncoder([realistic_formula(rng, latent) for latent in range(32)], NAMES)


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    return np.random.default_rng(1).normal(size=(10_000, len(NAMES))).astype(np.float32)


def median_seconds(function: Callable[[], object], repeats: int = 15) -> float:
    """CPU seconds, which on one thread are the seconds of an idle machine."""
    function()
    seconds = []
    for _ in range(repeats):
        start = time.process_time()
        function()
        seconds.append(time.process_time() - start)
    return statistics.median(seconds)


def lambdified(encoder: SymbolicEncoder) -> Callable[[np.ndarray], np.ndarray]:
    """The same formulas through sympy.lambdify, one function for all latents."""
    symbols = [sympy.Symbol(name, real=True) for name in encoder.names]
    together = sympy.lambdify(symbols, [formula.sympy() for formula in encoder.formulas], "numpy")
    return lambda X: np.stack(together(*X.astype(np.float64).T), axis=1)


def test_numpy_encoder_is_fast(
    benchmark: BenchmarkFixture, encoder: SymbolicEncoder, rows: np.ndarray
) -> None:
    complexities = [formula.complexity for formula in encoder.formulas]
    assert 36 <= statistics.mean(complexities) <= 44
    reference = lambdified(encoder)
    np.testing.assert_allclose(encoder(rows), reference(rows), rtol=1e-9, atol=1e-9)
    ours = median_seconds(lambda: encoder(rows))
    theirs = median_seconds(lambda: reference(rows))
    benchmark.extra_info.update(
        milliseconds=1e3 * ours,
        lambdify_milliseconds=1e3 * theirs,
        lambdify_over_ours=theirs / ours,
        mean_complexity=statistics.mean(complexities),
    )
    benchmark(encoder, rows)
    assert 1e3 * ours <= MILLISECONDS


def test_torch_module_speed(
    benchmark: BenchmarkFixture, encoder: SymbolicEncoder, rows: np.ndarray
) -> None:
    module, x = encoder.module(), torch.from_numpy(rows)
    with torch.no_grad():
        latents = benchmark(module, x)
    np.testing.assert_allclose(latents.numpy(), encoder(rows), rtol=1e-4, atol=1e-4)
