import numpy as np
import pandas as pd

from latent_laws.search.selection import SelectionOptions, front, near_best, on_front, select


def candidates(*rows: tuple[int, int, float, float]) -> pd.DataFrame:
    return pd.DataFrame(
        rows, columns=["complexity", "n_features", "r2_validation", "gain_in_errors"]
    )


def test_front_by_hand() -> None:
    complexity = np.array([1, 3, 3, 5, 7, 9])
    r2 = np.array([0.0, 0.5, 0.6, 0.6, np.nan, 0.7])
    assert front(complexity, r2).tolist() == [True, False, True, False, False, True]


def test_rounding_puts_nothing_on_the_front() -> None:
    r2 = np.array([0.5, 0.5 + 1e-15, 0.6])
    assert front(np.array([3, 5, 7]), r2).tolist() == [True, False, True]


def test_least_complex_within_tolerance() -> None:
    table = candidates((1, 0, 0.0, 0), (5, 1, 0.80, 50), (9, 2, 0.899, 60), (13, 3, 0.90, 60))
    assert select(table, SelectionOptions(tolerance=0.002)) == 2
    assert select(table, SelectionOptions(tolerance=0.0)) == 3
    assert select(table, SelectionOptions(tolerance=0.2)) == 1


def test_limits() -> None:
    table = candidates((1, 0, 0.0, 0), (5, 1, 0.80, 50), (9, 2, 0.9, 60), (49, 3, 0.99, 60))
    assert select(table, SelectionOptions()) == 2
    assert select(table, SelectionOptions(max_inputs=1)) == 1
    assert select(table, SelectionOptions(max_complexity=4)) == 0


def test_noise_selects_the_constant() -> None:
    table = candidates((1, 0, -0.001, 0), (5, 1, 0.003, 1.5), (9, 2, 0.004, 1.9))
    assert select(table, SelectionOptions()) == 0


def test_what_only_few_rows_show_is_not_noise() -> None:
    table = candidates((1, 0, 0.0, 0), (5, 1, 1.0, 1.4))
    assert select(table, SelectionOptions()) == 1


def test_an_exact_formula_is_not_traded_for_a_close_one() -> None:
    table = candidates((1, 0, 0.0, 0), (9, 2, 0.9995, 90), (13, 3, 0.9999999, 99), (17, 4, 1.0, 99))
    assert select(table, SelectionOptions(tolerance=0.01)) == 2


def test_near_best() -> None:
    table = candidates((1, 0, 0.0, 0), (5, 1, 0.897, 50), (9, 2, 0.9, 60), (13, 3, 0.901, 60))
    assert near_best(table, 2, 0.002).tolist() == [False, True, True, True]


def test_the_constant_stays_where_an_input_of_its_size_has_luck() -> None:
    candidates = pd.DataFrame(
        {"complexity": [1, 1, 3], "n_features": [0, 1, 1], "r2_validation": [-0.01, 0.02, 0.01]}
    )
    assert on_front(candidates).tolist() == [True, True, False]
