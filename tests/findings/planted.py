"""Tables and encoders of which it is known what they do with every input."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from sklearn.linear_model import orthogonal_mp_gram

from latent_laws.encoders.adapters import TorchEncoder
from latent_laws.encoders.model import Autoencoder, AutoencoderConfig, SkipMLP
from latent_laws.findings.distillation import Distillation
from latent_laws.formulas.formula import Formula
from latent_laws.tables.table import FeatureTable

Array = NDArray[np.float64]

MAX_INPUTS = 5
ENCODER = "standard-3"


def linear_autoencoder(encoder: Array, decoder: Array) -> TorchEncoder:
    """Return x -> decoder @ (encoder @ x); encoder is latents x features."""
    latent_dim, n_features = encoder.shape
    config = AutoencoderConfig(n_features=n_features, latent_dim=latent_dim, hidden=())
    model = Autoencoder(config).requires_grad_(False)
    assert isinstance(model.encoder, SkipMLP)
    for part, weight in ((model.encoder, encoder), (model.decoder, decoder)):
        part.start_linear(torch.from_numpy(weight).float(), torch.zeros(len(weight)))
    return TorchEncoder(model.encoder, latent_dim, model.decoder)


def table_of(X: Array, names: Sequence[str]) -> FeatureTable:
    """Split rows 60:20:20."""
    first, second = int(0.6 * len(X)), int(0.8 * len(X))
    train, validation, test = np.split(X.astype(np.float32), [first, second])
    return FeatureTable(tuple(names), train, validation, test)


def info_of(names: Sequence[str], groups: dict[str, str] | None = None) -> pd.DataFrame:
    """Return `feature_info` with the groups given by feature."""
    group = [(groups or {}).get(name) for name in names]
    kind = ["binary" if one else "numeric" for one in group]
    return pd.DataFrame({"feature": list(names), "kind": kind, "group": group})


def front_of(
    latent: int, expressions: Sequence[str], names: Sequence[str], seed: int = 0
) -> pd.DataFrame:
    """Return a front whose last member is selected, the only one that is believed."""
    formulas = [Formula.parse(text, names) for text in expressions]
    last = np.arange(len(formulas)) == len(formulas) - 1
    columns = {
        **{"encoder": ENCODER, "latent": latent, "seed": seed},
        "expression": [one.expression for one in formulas],
        "complexity": [one.complexity for one in formulas],
        **{"r2_validation": np.where(last, 0.99, 0.5), "selected": last},
    }
    return pd.DataFrame(columns)


@dataclass(frozen=True)
class PlantedCase:
    """An encoder with its formulas and the verdict each feature has to get."""

    distillation: Distillation
    verdicts: dict[str, str]


def planted_case(seed: int, rows: int = 1000) -> PlantedCase:
    """Plant inputs that are used, lonely, copied, silent, unused, constant, and a one-hot group.

    The encoder is linear. Formulas come from orthogonal matching pursuit on the latents, for two
    search seeds, and the null formulas from the same on permuted latents.
    """
    rng = np.random.default_rng(seed)
    names, groups, verdicts, X = _planted_table(rng, rows)
    table, info = table_of(X, names), info_of(names, groups)
    model = _planted_encoder(rng, table, verdicts, groups)
    fronts, null = (_fronts(model, table, permuted=permuted) for permuted in (False, True))
    chosen = fronts[fronts["selected"] & (fronts["seed"] == 0)]
    formulas = chosen[["encoder", "latent", "expression"]].to_dict("records")
    records = [{str(key): value for key, value in record.items()} for record in formulas]
    models = {ENCODER: model}
    return PlantedCase(Distillation(models, table, info, records, fronts, null), verdicts)


def _planted_table(
    rng: np.random.Generator, rows: int
) -> tuple[list[str], dict[str, str], dict[str, str], Array]:
    """Return names, groups, verdicts and the scaled table, columns in random order."""
    columns: dict[str, Array] = {}
    verdicts: dict[str, str] = {}
    for kind, count in {"used": 4, "unused": 3, "lonely": 2, "silent": 1}.items():
        for i in range(int(rng.integers(count, count + 2)) if kind != "silent" else 1):
            columns[f"{kind}_{i}"] = rng.normal(size=rows)
            verdict = {"unused": "ignored", "silent": "formula_silent"}.get(kind, "used")
            verdicts[f"{kind}_{i}"] = verdict
    source = rng.normal(size=rows)
    columns["original"], columns["copy"] = source, source + 0.05 * rng.normal(size=rows)
    columns["square"] = columns["used_0"] ** 2 / np.sqrt(2)
    verdicts |= dict.fromkeys(("original", "copy", "square"), "recoverable")
    columns["constant"] = np.zeros(rows)
    verdicts["constant"] = "constant"
    category = rng.integers(0, 3, size=rows)
    for i in range(3):
        columns[f"kind_{i}"] = (category == i).astype(float)
        verdicts[f"kind_{i}"] = "used"
    names = [str(name) for name in rng.permutation(list(columns))]
    groups = {f"kind_{i}": "kind" for i in range(3)}
    X = np.stack([columns[name] for name in names], axis=1)
    return names, groups, {name: verdicts[name] for name in names}, X


def _planted_encoder(
    rng: np.random.Generator,
    table: FeatureTable,
    verdicts: dict[str, str],
    groups: dict[str, str],
) -> TorchEncoder:
    """Return a linear encoder: five strong inputs a latent, a weak one in all, lonely ones in one.

    The decoder is the least squares map back to the features.
    """
    names = table.names
    common = [
        name
        for name, verdict in verdicts.items()
        if verdict in ("used", "recoverable") and not name.startswith(("lonely", "kind"))
    ]
    lonely = [name for name in names if name.startswith("lonely")]
    members = [*groups]
    latent_dim = len(common) + len(lonely) + 1
    weights = np.zeros((latent_dim, len(names)))
    for latent in range(latent_dim):
        chosen = [common[latent % len(common)], *rng.choice(common, size=3, replace=False)]
        chosen.append(members[latent % 3])
        if latent < len(lonely):
            chosen = [lonely[latent], *chosen[:3]]
        for name in set(chosen):
            weights[latent, names.index(name)] = rng.choice([-1, 1]) * rng.uniform(0.8, 1.2)
        weights[latent, names.index("silent_0")] = 0.15 * rng.choice([-1, 1])
    Z = table.train @ weights.T
    decoder = np.linalg.lstsq(Z, table.train, rcond=None)[0].T.astype(np.float64)
    return linear_autoencoder(weights, decoder)


def _fronts(model: TorchEncoder, table: FeatureTable, *, permuted: bool) -> pd.DataFrame:
    """Search every latent with two seeds."""
    rows: list[dict[str, object]] = []
    for latent, z in enumerate(model.encode(table.train).T):
        for seed in range(2):
            rng = np.random.default_rng([latent, seed, permuted])
            half = rng.choice(len(z), size=len(z) // 2, replace=False)
            y = rng.permutation(z)[half] if permuted else z[half]
            where = {"encoder": ENCODER, "latent": latent, "seed": seed}
            rows += [{**where, **form} for form in _path(table.train[half], y, table.names)]
    return pd.DataFrame(rows)


def _path(X: NDArray[np.float32], y: Array, names: Sequence[str]) -> list[dict[str, object]]:
    """Return forms of one to five inputs; the shortest within 0.2 % of the best is selected."""
    varying = np.flatnonzero(X.std(axis=0) > 0)
    centred = X[:, varying].astype(np.float64) - X[:, varying].mean(axis=0)
    gram, target = centred.T @ centred, centred.T @ (y - y.mean())
    # a trace of ridge, for the members of a group sum to a constant
    gram += 1e-6 * len(y) * np.eye(len(gram))
    path = orthogonal_mp_gram(gram, target, n_nonzero_coefs=MAX_INPUTS, return_path=True)
    r2 = [1 - np.var(y - centred @ weights) / np.var(y) for weights in path.T]
    good = [one >= max(r2) - 0.002 for one in r2]
    forms: list[dict[str, object]] = []
    for place, weights in enumerate(path.T):
        used = {names[varying[i]]: float(weights[i]) for i in np.flatnonzero(weights)}
        formula = Formula.linear(float(y.mean()), used, names)
        marks = {"r2_validation": r2[place], "selected": place == good.index(True)}
        forms.append({"expression": formula.expression, "complexity": formula.complexity, **marks})
    return forms


def distillation_of(
    model: TorchEncoder,
    table: FeatureTable,
    expressions: Sequence[str],
    *,
    groups: dict[str, str] | None = None,
    null: Sequence[str] = (),
) -> Distillation:
    """Return a distillation with one formula a latent, and null formulas of the first latents."""
    fronts, null_fronts = (
        pd.concat([front_of(i, [text], table.names) for i, text in enumerate(texts)])
        if texts
        else front_of(0, ["1.0"], table.names).iloc[:0]
        for texts in (expressions, null)
    )
    records: list[dict[str, object]] = [
        {"encoder": ENCODER, "latent": latent, "expression": text}
        for latent, text in enumerate(expressions)
    ]
    info = info_of(table.names, groups)
    return Distillation({ENCODER: model}, table, info, records, fronts, null_fronts)
