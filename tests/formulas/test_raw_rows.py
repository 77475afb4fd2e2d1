"""A symbolic encoder on rows of the table: by name, in their own units, scaled ones refused."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.typing import NDArray

from latent_laws.errors import LatentLawsError
from latent_laws.formulas.formula import Formula, FormulaError
from latent_laws.formulas.symbolic_encoder import SymbolicEncoder
from latent_laws.formulas.units import Scaling
from tests.formulas.test_export import load_encode

SAMPLE = Path(__file__).parents[2] / "data/01_raw/covertype_sample.csv.gz"
# names that languages stumble over stand for the columns of the same place
ODD = ("Elevation", "Aspect in °", 'pente "moyenne" d\'été', "a-b+c", "select", "100% `x`_{}")
UNITS = ("metre", "degree", "degree", None, None, None)
TEXTS = (
    "0.5*Elevation - 0.25*`a-b+c` + 1",
    'cos(1.9*`Aspect in °`)*`pente "moyenne" d\'été` + square(select)',
    "tanh(0.3*`100% ``x``_{}` - Elevation) - 0.7*exp(-0.1*square(select))",
    "Elevation/(2 + abs(select)) - `a-b+c`**3",
)


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return pd.read_csv(SAMPLE, nrows=500).iloc[:, :6].set_axis(list(ODD), axis=1)


@pytest.fixture(scope="module")
def scaling(frame: pd.DataFrame) -> Scaling:
    return Scaling(ODD, tuple(frame.mean()), tuple(frame.std()), UNITS)


@pytest.fixture(scope="module")
def encoder(scaling: Scaling) -> SymbolicEncoder:
    return SymbolicEncoder([Formula.parse(text, ODD) for text in TEXTS], ODD, scaling)


@pytest.fixture(scope="module")
def latents(frame: pd.DataFrame, scaling: Scaling, encoder: SymbolicEncoder) -> NDArray[np.float64]:
    X = (frame.to_numpy(np.float64) - scaling.mean) / scaling.scale
    return np.stack([formula.evaluate(X, ODD) for formula in encoder.formulas], axis=1)


def test_frames_and_arrays_of_the_table_give_the_latents(
    frame: pd.DataFrame,
    scaling: Scaling,
    encoder: SymbolicEncoder,
    latents: NDArray[np.float64],
) -> None:
    mixed = frame.assign(note="extra")[[*reversed(ODD), "note"]]
    for rows in (frame, mixed, frame.to_numpy()):
        np.testing.assert_allclose(encoder(rows), latents, rtol=1e-12)
    np.testing.assert_allclose(encoder(frame.head(1)), latents[:1], rtol=1e-12)
    np.testing.assert_allclose(encoder(frame[:0]), latents[:0])
    np.testing.assert_allclose(encoder.on_scaled(scaling.to_scaled(frame)), latents, rtol=1e-12)


def test_raw_formulas_give_the_latents_and_keep_the_units(
    frame: pd.DataFrame, encoder: SymbolicEncoder, latents: NDArray[np.float64]
) -> None:
    raw = frame.to_numpy(np.float64)
    values = [formula.evaluate(raw, ODD) for formula in encoder.raw_formulas]
    np.testing.assert_allclose(np.stack(values, axis=1), latents, rtol=1e-9, atol=1e-9)


def test_module_takes_rows_of_the_table_or_scaled_ones(
    frame: pd.DataFrame, scaling: Scaling, encoder: SymbolicEncoder, latents: NDArray[np.float64]
) -> None:
    raw = torch.from_numpy(frame.to_numpy(np.float64))
    scaled = torch.from_numpy(scaling.to_scaled(frame))
    with torch.no_grad():
        np.testing.assert_allclose(encoder.module()(raw).numpy(), latents, rtol=1e-9)
        tuned = encoder.module(scaled=True)
        np.testing.assert_allclose(tuned(scaled).numpy(), latents, rtol=1e-9)
        single = encoder.module().float()(raw.float())
        np.testing.assert_allclose(single.numpy(), latents, rtol=1e-3, atol=1e-3)
    assert encoder.with_constants_of(tuned)(frame).shape == latents.shape


def test_json_carries_names_units_and_scaling(
    frame: pd.DataFrame, encoder: SymbolicEncoder
) -> None:
    again = SymbolicEncoder.from_json(json.loads(json.dumps(encoder.to_json())))
    assert again.scaling == encoder.scaling
    np.testing.assert_array_equal(again(frame), encoder(frame))


def test_python_export_takes_rows_of_the_table(
    frame: pd.DataFrame, encoder: SymbolicEncoder, latents: NDArray[np.float64], tmp_path: Path
) -> None:
    source = encoder.to_python()
    assert "'Elevation',  # metre" in source
    encode = load_encode(source, tmp_path)
    mixed = frame.assign(note="extra")[[*reversed(ODD), "note"]]
    for rows in (frame, mixed, frame.to_numpy()):
        np.testing.assert_allclose(encode(rows), latents, rtol=1e-9, atol=1e-9)


def test_sql_export_reads_the_table(
    frame: pd.DataFrame, encoder: SymbolicEncoder, latents: NDArray[np.float64]
) -> None:
    with closing(sqlite3.connect(":memory:")) as database:
        frame.to_sql('trees & "bushes"', database, index=False)
        result = database.execute(encoder.to_sql('trees & "bushes"')).fetchall()
    np.testing.assert_allclose(np.array(result), latents, rtol=1e-9, atol=1e-9)


def test_latex_names_units_that_are_known(encoder: SymbolicEncoder) -> None:
    table = encoder.to_latex()
    assert r"\mathrm{Elevation}\,[\mathrm{metre}]" in table
    assert r"\mathrm{select}" in table
    assert r"\mathrm{select}\,[" not in table


@pytest.mark.parametrize("rows", [1, 5, 500])
def test_scaled_rows_are_refused(
    rows: int, frame: pd.DataFrame, scaling: Scaling, encoder: SymbolicEncoder
) -> None:
    X = scaling.to_scaled(frame)[:rows]
    for scaled in (X, pd.DataFrame(X, columns=list(ODD)).assign(note="extra")):
        with pytest.raises(LatentLawsError, match="look scaled already: 'Elevation' is near 0"):
            encoder(scaled)


def test_rows_are_judged_by_spread_where_no_mean_is_far_from_zero() -> None:
    names = ("distance", "flag")
    scaling = Scaling(names, (270.0, 0.0), (210.0, 1.0), (None, None))
    encoder = SymbolicEncoder([Formula.parse("distance + flag", names)], names, scaling)
    rng = np.random.default_rng(0)
    raw = np.stack([rng.gamma(2.0, 140.0, 200), rng.integers(0, 2, 200)], axis=1)
    assert encoder(raw).shape == (200, 1)
    near_zero = raw * [0.0, 1.0]
    assert encoder(near_zero).shape == (200, 1)
    with pytest.raises(FormulaError, match="near 270 with a spread of 210"):
        encoder(scaling.to_scaled(raw))


def test_flags_that_were_standardised_are_no_witnesses() -> None:
    names = ("rare", "common")
    scaling = Scaling(names, (0.001, 0.5), (0.0316, 0.5), (None, None))
    encoder = SymbolicEncoder([Formula.parse("rare + common", names)], names, scaling)
    raw = np.array([[1.0, 0.0]])
    np.testing.assert_allclose(encoder(raw), [[0.999 / 0.0316 - 1.0]])
    with pytest.raises(FormulaError, match="look scaled already"):
        encoder(np.array([[-0.5, 1.0], [0.7, -1.0]]))


def test_other_populations_are_no_scaled_rows(
    frame: pd.DataFrame, encoder: SymbolicEncoder
) -> None:
    at_sea = frame.assign(Elevation=3.0)
    assert np.isfinite(encoder(at_sea)).any()


def test_what_is_missing_is_named_with_the_nearest(
    frame: pd.DataFrame, encoder: SymbolicEncoder
) -> None:
    with pytest.raises(FormulaError, match=r"no column 'Elevation'.*of its 6 .* is 'elevation'"):
        encoder(frame.rename(columns={"Elevation": "elevation"}))
    with pytest.raises(FormulaError, match=r"no column 'select', which the formulas need$"):
        encoder(frame.drop(columns="select"))
    with pytest.raises(FormulaError, match="column 'select' of the table does not hold numbers"):
        encoder(frame.assign(select="many"))
    with pytest.raises(FormulaError, match="the column 'select' 2 times"):
        encoder(pd.concat([frame, frame[["select"]]], axis=1))
    with pytest.raises(FormulaError, match=r"shape \(500, 5\); accepted is rows x 6"):
        encoder(frame.to_numpy()[:, :5])


def test_a_name_without_scaling_is_refused(scaling: Scaling) -> None:
    with pytest.raises(FormulaError, match="no scaling is known for the feature 'depth'"):
        SymbolicEncoder([Formula.parse("depth", ["depth"])], ["depth"], scaling)
