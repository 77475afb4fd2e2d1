"""Encoders that this project has never seen, through the front door."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.datasets import load_digits, load_wine
from sklearn.decomposition import PCA
from torch import nn

from latent_laws import Distillation, distil
from latent_laws.encoders.protocol import EncoderError
from latent_laws.encoders.training import FitOptions
from latent_laws.errors import LatentLawsError
from latent_laws.formulas.formula import Formula
from latent_laws.interface.page import saved_findings
from latent_laws.reporting.page_data import Pages
from latent_laws.reporting.results import summarise

LINEAR = ("tied_linear",)
WEIGHTS = np.array([[1.0, -2.0, 0.0, 0.0], [0.0, 0.0, 0.5, 3.0]])

Array = np.ndarray[tuple[int, int], np.dtype[np.float64]]


def rows(count: int = 400) -> Array:
    return np.random.default_rng(0).normal(size=(count, 4))


def quick(encode: object, X: object, **options: Any) -> Distillation:
    arguments: dict[str, Any] = {
        "engines": LINEAR,
        "checks": False,
        "progress": False,
        "workers": 1,
        **options,
    }
    return distil(encode, X, **arguments)


def linear_module() -> nn.Linear:
    module = nn.Linear(4, 2, bias=False)
    with torch.no_grad():
        module.weight.copy_(torch.from_numpy(WEIGHTS))
    return module


def onnx_file(folder: Path) -> Path:
    pytest.importorskip("onnxruntime", reason="needs the extra onnx")
    path = folder / "encoder.onnx"
    torch.onnx.export(
        linear_module(),
        (torch.zeros(2, 4),),
        path,
        dynamo=False,
        input_names=["x"],
        dynamic_axes={"x": {0: "rows"}},
    )
    return path


def assert_is_the_planted_one(found: Distillation, X: Array) -> None:
    assert found.formulas["n_inputs"].tolist() == [2, 2]
    assert (found.formulas["r2_test"] > 1 - 1e-9).all()
    assert (found.formulas["linearity"] > 1 - 1e-6).all()
    np.testing.assert_allclose(found.encoder(X), X @ WEIGHTS.T, atol=1e-5)


def test_a_planted_encoder_comes_back_through_every_adapter(tmp_path: Path) -> None:
    X = rows()
    assert_is_the_planted_one(quick(linear_module(), X), X)
    assert_is_the_planted_one(quick(lambda x: x @ WEIGHTS.T, X), X)
    assert_is_the_planted_one(quick(X @ WEIGHTS.T, X), X)


def test_a_planted_onnx_file_comes_back(tmp_path: Path) -> None:
    X = rows()
    assert_is_the_planted_one(quick(onnx_file(tmp_path), X), X)


class WithNormAndDropout(nn.Module):
    """Batch norm, leaky units, dropout, and a second output, as a VAE has."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(4, 8), nn.BatchNorm1d(8), nn.LeakyReLU(), nn.Dropout(0.5), nn.Linear(8, 2)
        )

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        z = self.body(x)
        return z, z.exp()


def test_dropout_is_off_and_the_first_of_several_outputs_counts() -> None:
    torch.manual_seed(0)
    module, X = WithNormAndDropout(), rows()
    found = quick(module, X)
    assert module.training, "the user's module is left as it was"
    with torch.no_grad():
        expected = module.eval()(torch.from_numpy(X).float())[0].numpy()
    np.testing.assert_allclose(found.target.latents["train"][0], expected[_first_train(found, X)])


def _first_train(found: Distillation, X: Array) -> int:
    return int(np.flatnonzero((X == found.table.train[0]).all(axis=1))[0])


def test_a_scikit_learn_transform_takes_frames() -> None:
    frame = load_wine(as_frame=True).data
    pca = PCA(2).fit(frame)
    found = quick(pca.transform, frame, decode=pca.inverse_transform)
    assert found.target.latent_dim == 2
    assert found.table.names == tuple(frame.columns)
    # the first component of raw wine is proline
    assert "proline" in found.formulas.loc[0, "expression"]


def test_images_keep_their_shape() -> None:
    images = load_digits().images[:400]
    torch.manual_seed(0)
    layers = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(72, 2)).double()

    def encode(X: Array) -> torch.Tensor:
        assert X.shape[1:] == (8, 8)
        with torch.no_grad():
            return layers(torch.from_numpy(X)[:, None])

    found = quick(encode, images)
    assert len(found.table.names) == 64
    assert (found.formulas["linearity"] > 0.999).all(), "a convolution is a matrix"


def test_formulas_of_scaled_rows_take_raw_rows() -> None:
    raw = load_wine(as_frame=True).data
    mean, scale = raw.mean(), raw.std()
    scaling = {name: (float(mean[name]), float(scale[name])) for name in raw}
    scaled = (raw - mean) / scale
    found = quick(lambda x: x[["alcohol"]].to_numpy() * 2, scaled, scaling=scaling)
    expected = 2 * scaled[["alcohol"]].to_numpy()
    np.testing.assert_allclose(found.encoder(raw), expected, rtol=1e-9, atol=1e-9)


def test_rows_of_any_size_are_searched_well() -> None:
    X = rows() * [1e4, 1e-3, 1, 1] + [2e5, 0, 0, 0]
    found = quick(lambda x: x[:, :1] / 1e4 + 1e3 * x[:, 1:2], X)
    assert found.formulas["r2_test"].item() > 1 - 1e-9


def test_without_a_decoder_substitution_is_absent() -> None:
    found = distil(
        lambda x: x[:, :1] - x[:, 1:2], rows(), engines=LINEAR, progress=False, workers=1
    )
    assert found.checks is not None
    assert found.checks.substitution is None
    assert "not measured (no decoder)" in repr(found)
    assert "leave out that formulas were chosen" in repr(found)
    assert (found.checks.nulls.query("selected")["n_features"] == 0).all()


@pytest.mark.parametrize(("nulls", "verdict"), [(12, "not measured"), (60, "yes")])
def test_noise_is_called_empty_only_after_enough_searches_of_it(nulls: int, verdict: str) -> None:
    Z = rows() @ WEIGHTS.T
    found = distil(Z, rows(), engines=LINEAR, progress=False, workers=1, nulls=nulls)
    claims = summarise(saved_findings(found)).claims
    (null,) = (claim for claim in claims if claim.claim == "null")
    assert null.verdict == verdict
    assert ("fewer than 60" in repr(found)) == ("fewer than 60" in null.check) == (nulls < 60)


def test_with_a_decoder_formulas_stand_in_for_the_encoder() -> None:
    def encode(x: Array) -> Array:
        return x @ WEIGHTS.T

    def decode(z: Array) -> Array:
        return z @ np.linalg.pinv(WEIGHTS).T

    found = distil(encode, rows(), decode, engines=LINEAR, progress=False, workers=1)
    assert found.checks is not None
    assert found.checks.substitution is not None
    lost = found.checks.substitution
    assert lost["fvu_formulas"] == pytest.approx(lost["fvu_encoder"], rel=1e-6)
    assert np.isnan(lost["fvu_finetuned"]), "a plain function has no weights to tune"


def test_choose_takes_another_formula_of_the_front() -> None:
    found = quick(lambda x: x @ WEIGHTS.T, rows())
    smaller = found.choose(1, complexity=3)
    assert smaller.formulas.loc[1, "complexity"] <= 3
    assert smaller.formulas.loc[0, "expression"] == found.formulas.loc[0, "expression"]
    with pytest.raises(LatentLawsError, match="accepted are 0 to 1"):
        found.choose(7, complexity=3)


def test_explanations_add_up() -> None:
    found = quick(lambda x: x @ WEIGHTS.T, rows())
    row = {"x0": 1.0, "x1": 1.0, "x2": 0.0, "x3": 2.0}
    told = found.explain(row)
    parts = told[list(found.table.names)]
    np.testing.assert_allclose(told["base"] + parts.sum(axis=1), told["value"])
    mean = found.table.train.mean(axis=0)
    assert told.loc[0, "x1"] == pytest.approx(-2 * (1 - mean[1]), rel=1e-5)
    with pytest.raises(LatentLawsError, match="no value of 'x3'"):
        found.explain({"x0": 1.0, "x1": 1.0, "x2": 0.0})


def test_seed_and_workers_do_not_change_the_result() -> None:
    def encode(x: Array) -> Array:
        return np.tanh(x[:, :1]) * x[:, 1:2]

    alone, together = (
        distil(encode, rows(), progress=False, workers=n, seed=3, checks=False) for n in (1, 2)
    )
    pd.testing.assert_frame_equal(alone.formulas, together.formulas)


def test_save_writes_what_is_there(tmp_path: Path) -> None:
    found = quick(lambda x: x @ WEIGHTS.T, rows())
    folder = found.save(tmp_path / "found")
    assert {path.name for path in folder.iterdir()} == {
        *("formulas.json", "symbolic_encoder.json", "pareto_fronts.parquet"),
    }
    with pytest.raises(LatentLawsError, match="there already"):
        found.save(folder)


def test_the_page_reads_well_without_decoder_training_or_checks(tmp_path: Path) -> None:
    found = quick(lambda x: x @ WEIGHTS.T, rows())
    page = found.report(tmp_path / "report.html", title="Planted").read_text()
    assert "Planted" in page
    results = summarise(saved_findings(found), title="Planted")
    assert results.rows == {"train": 320, "validation": 40, "test": 40}
    assert not [claim for claim in results.claims if claim.verdict == "yes" and not claim.check]
    stand_in = [claim for claim in results.claims if claim.claim == "substitution"]
    assert stand_in
    assert all(claim.verdict == "not measured" for claim in stand_in)


def test_the_map_is_coloured_by_the_labels_of_the_rows_it_shows(tmp_path: Path) -> None:
    X = rows()
    found = quick(lambda x: x @ WEIGHTS.T, X)
    sign, size = np.where(X[:, 0] > 0, "high", "low"), pd.Series(X[:, 0], name="size")
    kept = Pages(saved_findings(found, pd.DataFrame({"sign": sign, "size": size})))
    latents = kept.encoders(summarise(kept.saved).encoders)["own-2"]["latents"]
    test = X[found.splits == "test"]
    np.testing.assert_allclose(latents[0]["values"], (test @ WEIGHTS.T)[:, 0], rtol=1e-4)
    assert kept.classes["sign"] == np.where(test[:, 0] > 0, "high", "low").tolist()
    np.testing.assert_allclose(np.array(kept.classes["size"], float), test[:, 0], rtol=1e-4)
    for unnamed in (sign, sign.tolist(), pd.Series(sign)):
        assert Pages(saved_findings(found, unnamed)).classes == {"label": kept.classes["sign"]}
    assert found.report(tmp_path / "report.html", labels=size).is_file()


@pytest.mark.parametrize("labels", ["high", ["high", "low"], pd.DataFrame({"a": range(399)})])
def test_labels_of_other_rows_are_one_line(labels: object, tmp_path: Path) -> None:
    found = quick(lambda x: x @ WEIGHTS.T, rows())
    with pytest.raises(LatentLawsError, match=r"\d+ labels for 400 rows; accepted is one"):
        found.report(tmp_path / "report.html", labels=labels)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ({"encode": 3}, "encode is int; accepted is a torch module"),
        ({"encode": "encoder.pt"}, "'encoder.pt' is no .onnx file"),
        ({"encode": np.zeros((3, 2))}, r"shape \(3, 2\) for 400 rows"),
        ({"encode": lambda x: x[:5]}, r"shape \(5, 4\) for 16 rows"),
        ({"encode": lambda x: x.missing}, "does not take rows of 4 inputs"),
        ({"encode": lambda x: x * np.nan}, "latent 0 is nan in row 1 of the train rows"),
        ({"decode": lambda z: z}, "decode returned 2 columns; accepted is 4"),
        ({"scaling": {"y": (0, 1)}}, "scaling names 'y', which is no input of X"),
        ({"units": {"y": "m"}}, "units names 'y', which is no input of X"),
        ({"split": ["train"] * 400}, "split has 0 validation rows"),
        ({"split": ["x"] * 400}, "split is not one of train, validation, test"),
        ({"names": ["a", "a", "b", "c"]}, "3 different names for 4 inputs"),
        ({"X": rows()[:, 0]}, r"shape \(400,\); accepted is rows x inputs"),
        ({"X": [["a", "b"]]}, "accepted is a frame or array of numbers"),
        ({"nulls": 0}, "nulls is 0: accepted are 1 and more"),
        ({"engines": ["nosuch"]}, "unknown engine 'nosuch'"),
    ],
)
def test_what_does_not_fit_is_one_line(arguments: dict[str, object], line: str) -> None:
    given: dict[str, object] = {"encode": lambda x: x[:, :2], "X": rows(), **arguments}
    encode, X = given.pop("encode"), given.pop("X")
    with pytest.raises(ValueError, match=line) as caught:
        quick(encode, X, **given)
    if "engines" not in arguments:
        assert isinstance(caught.value, LatentLawsError)
        assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="there is no file"):
        quick(tmp_path / "no.onnx", rows())
    (tmp_path / "bad.onnx").write_bytes(b"nothing")
    with pytest.raises(EncoderError, match="does not load"):
        quick(tmp_path / "bad.onnx", rows())


def test_findings_say_what_the_encoder_does_with_its_inputs() -> None:
    X = np.random.default_rng(0).normal(size=(600, 5))
    X[:, 4] = X[:, 0] + X[:, 1] + 0.01 * X[:, 4]
    found = distil(
        lambda x: np.stack([x[:, 0] * x[:, 1], 3 * x[:, 2]], axis=1),
        X,
        progress=False,
        workers=1,
        seed=1,
    )
    findings = found.findings
    scores = findings.importance.set_index("feature")["importance"]
    assert scores["x2"] > 0.2
    assert scores["x3"] == pytest.approx(0, abs=0.01)
    pair = findings.interactions.iloc[0]
    assert {pair["feature_a"], pair["feature_b"]} == {"x0", "x1"}
    verdicts = findings.redundancy.set_index("feature")["verdict"]
    assert verdicts["x3"] == "ignored"
    assert findings.law_use.empty
    assert findings.decoder_laws.empty
    assert findings.symbolic_autoencoders.empty
    assert findings.law_cost is None


def test_findings_of_a_decoder_are_its_laws() -> None:
    """The decoder knows that the last input is the sum of the first two."""
    X = np.random.default_rng(0).normal(size=(600, 5))
    X[:, 4] = X[:, 0] + X[:, 1]
    found = distil(
        lambda x: x[:, :3],
        X,
        decode=lambda z: np.stack([z[:, 0], z[:, 1], z[:, 2], 0 * z[:, 0], z[:, 0] + z[:, 1]], 1),
        progress=False,
        workers=1,
    )
    use = found.findings.law_use.set_index("feature")
    assert use.loc["x4", "follows_law"] == pytest.approx(1, abs=0.01)
    laws = found.findings.decoder_laws.set_index("feature")
    assert laws["r2_test"].min() > 0.999
    form = Formula.parse(laws.loc["x4", "expression"], ("z0", "z1", "z2"))
    assert set(form.features) == {"z0", "z1"}
    assert "x3" not in laws.index
    (lost,) = found.findings.symbolic_autoencoders.to_dict("records")
    # the decoder drops an input; formulas that were trained need not
    assert lost["fvu_decoder_forms"] == pytest.approx(lost["fvu_network"], abs=0.01)
    assert lost["fvu_pca"] < lost["fvu_all_symbolic"] < lost["fvu_network"]
    # each of the three follows from the other two, so that one depends
    cost = found.findings.law_cost
    assert cost is not None
    assert len(cost["dependents"]) == 1
    assert cost["dependents"][0] in {"x0", "x1", "x4"}


def test_an_input_with_a_law_costs_networks_of_ours_less_than_others() -> None:
    """Four inputs of any size are independent, the last is the product of two of them."""
    X = np.random.default_rng(0).normal(size=(600, 5))
    X[:, 4] = X[:, 0] * X[:, 1]
    size = np.array([1, 1, 300, 1, 1])
    found = distil(
        lambda x: x[:, :4],
        X * size,
        decode=lambda z: np.column_stack([z, z[:, 0] * z[:, 1]]),
        engines=LINEAR,
        progress=False,
        workers=1,
    )
    cost = found.findings.law_cost
    assert cost is not None
    assert cost["dependents"] == ["x4"]
    saved_latents, control = cost["latents"], cost["control_latents"]
    assert 0 <= saved_latents < (1 if control is None else control)
    assert saved_findings(found).record("law_cost") == cost
    assert found.findings.symbolic_autoencoders.empty, "rows are not of size one"
    assert not found.findings.decoder_laws.empty


def test_the_law_of_the_loss_knows_how_many_latents_a_table_holds() -> None:
    """Of ten inputs eight are mixtures of three; then ten that share nothing."""
    generator = np.random.default_rng(0)
    X = generator.normal(size=(600, 10))
    mixed = X[:, :3] @ generator.normal(size=(3, 10)) + 1e-3 * X
    short = FitOptions(steps=60)
    needed = []
    for table in (mixed, X):
        found = quick(lambda x: x[:, :1], table, names=[f"input {i}" for i in range(10)])
        law = found.reconstruction_law((1, 2, 3, 4, 6, 8), seeds=(0, 1), fit=short)
        assert law.law is not None
        ten, one, _ = law.latents_for
        needed.append((ten.latents, one.latents))
    (ten_mixed, one_mixed), (ten_own, one_own) = needed
    assert ten_mixed < one_mixed <= 3
    assert ten_own is None, "eight of ten that share nothing lose a fifth"
    assert one_own is None
    with pytest.raises(LatentLawsError, match=r"latent_dims has 10; accepted are .* 1 to 9, below"):
        found.reconstruction_law((2, 10))


def test_latents_alone_have_no_findings() -> None:
    X = rows()
    with pytest.raises(LatentLawsError, match="findings need the encoder itself"):
        _ = quick(X @ WEIGHTS.T, X).findings
    with pytest.raises(LatentLawsError, match="findings need checks=True"):
        _ = quick(lambda x: x @ WEIGHTS.T, X).findings
