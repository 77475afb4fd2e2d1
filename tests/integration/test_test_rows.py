"""Test rows only report: a run whose test rows are others chooses and finds the same.

The whole way from features to claims: networks are trained, formulas searched, findings drawn.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest
from kedro.io import DataCatalog, MemoryDataset
from kedro.pipeline import Pipeline
from kedro.runner import SequentialRunner

from latent_laws.encoders.model import TrainedAutoencoder
from latent_laws.pipelines import (
    meta_analysis,
    reporting,
    symbolic_distillation,
    training,
    training_analysis,
)
from latent_laws.pipelines.meta_analysis.parameters import MetaAnalysisOptions
from latent_laws.pipelines.run import RunOptions
from latent_laws.pipelines.symbolic_distillation.parameters import DistillationOptions
from latent_laws.pipelines.training.parameters import TrainingOptions
from latent_laws.reporting.claims.evidence import Rows
from latent_laws.reporting.results import Results
from latent_laws.reporting.sentences import main_encoder

Runs = tuple[dict[str, Any], dict[str, Any]]

NAMES = ("a", "b", "c", "product", "copy", "weak", "rare", "kind_0", "kind_1", "kind_2")
ROWS = {"train": 400, "validation": 150, "test": 150}
PIPELINES = (training, symbolic_distillation, meta_analysis, training_analysis)
MODELS = {
    "run": RunOptions,
    "training": TrainingOptions,
    "symbolic_distillation": DistillationOptions,
    "meta_analysis": MetaAnalysisOptions,
}
PARAMETERS: dict[str, dict[str, Any]] = {
    "run": {"distilled_dims": [3], "workers": 1, "cache": None},
    "training": {
        "latent_dims": [1, 2, 3, 4],
        "seeds": [0, 1],
        "network": {"hidden": [8]},
        "fit": {"steps": 60, "check_every": 20},
        "rotation": {"steps": 40, "spreads": [10, 2]},
        "symbolic": {
            "max_nodes": [20, 40],
            "decoder_hidden": [8],
            "start_steps": 10,
            "fit": {"steps": 40, "check_every": 10},
        },
    },
    "symbolic_distillation": {
        "engines": ["tied_linear", "library"],
        "plan": {"seeds": [0, 1], "checked_latents": 1, "nulls": 3},
        "search": {"library": {"expansions": 4, "rows": 300}},
        "substitution": {"epochs": 2},
    },
    "meta_analysis": {
        "importance": {"draws": 3, "rows": 60},
        "law_cost": {"fit": {"steps": 20}},
        "decoder_laws": {"rows": 200, "autoencoder": {"steps": 20, "max_nodes": 20}},
        "law": {"resamples": 20},
        "deletion": {"resamples": 20, "points": 6},
    },
}
# what is measured on test rows, by dataset; all else has to be the same
REPORTED = {
    "training_metrics": {"fvu_test", "mse_test", "pca_fvu_test", "pca_mse_test", "seconds"},
    "reconstruction_errors": {"mse", "fvu"},
    "frontier": {"fvu_test", "kept_share"},
    "pareto_fronts": {"r2_test", "undefined"},
    "null_fronts": {"r2_test", "undefined"},
    "formulas": {"test", "test_ci", "undefined"},
    "fidelity": {"r2_test", "ci_low", "ci_high"},
    "search_stability": {"r2_test"},
    "substitution": {"fvu_encoder", "fvu_formulas", "fvu_finetuned", "undefined_rows"},
    "redundancy": {"r2_from_others"},
    "redundancy_laws": {"r2_test", "r2_low", "r2_high", "ceiling_r2", "n_clipped"},
    "law_use": {"fvu_rows", "fvu_along", "fvu_off", "follows_law"},
    "decoder_laws": {"r2_test", "r2_low", "r2_high"},
    "symbolic_autoencoders": {
        *("fvu_network", "fvu_pca", "fvu_decoder_forms", "fvu_all_symbolic"),
    },
    "linearity": {"linearity"},
    "redundancy_check": {"fvu_before", "fvu_after"},
    "rankings": {"area", "low", "high", "clears_next"},
    "deletion_curves": {"fvu", "fvu_untouched"},
    "reconstruction_law": {
        *("points", "r2_log10", "rmse_log10", "baselines"),
        *("pca_rmse_log10", "latents_for", "variables", "returns"),
    },
}
# facts of one encoder that are none of test rows
CHOSEN = (
    *("encoder", "variant", "latent_dim", "n_features", "test_rows", "nodes", "inputs", "jaccard"),
    *("search_seeds", "agreement_trainings", "agreement_basis", "redundant", "removed"),
    *("retrained", "interaction", "interaction_null", "wasted", "effective", "fvu_validation"),
)


def features(other_test_rows: bool) -> pd.DataFrame:
    """Return a table of ten columns, its test rows permuted column by column and stretched."""
    rng = np.random.default_rng(5)
    n = sum(ROWS.values())
    a, b, c = rng.normal(size=(3, n))
    kind = np.eye(3)[rng.integers(0, 3, n)]
    columns = [a, b, c, a * b, a + 0.02 * rng.normal(size=n), 0.1 * rng.normal(size=n)]
    X = np.column_stack([*columns, (np.arange(n) == 7).astype(float), kind]).astype(np.float32)
    split = np.repeat(list(ROWS), list(ROWS.values()))
    if other_test_rows:
        test = np.random.default_rng(6).permuted(X[split == "test"], axis=0)
        X[split == "test"] = 3 * test + 1
    return pd.DataFrame(X, columns=list(NAMES)).assign(split=split)


def feature_info() -> pd.DataFrame:
    group = ["kind" if name.startswith("kind") else None for name in NAMES]
    kind = ["binary" if name.startswith(("kind", "rare")) else "numeric" for name in NAMES]
    known = {"feature": NAMES, "kind": kind, "group": group, "unit": None}
    return pd.DataFrame(known).assign(mean=0.0, scale=1.0, is_constant=False)


def whole_pipeline() -> Pipeline:
    """Return all nodes from features to results."""
    results = reporting.create_pipeline().only_nodes("summarise_results_node")
    return sum((one.create_pipeline() for one in PIPELINES), start=results)


MADE = whole_pipeline().all_outputs()


class Kept(MemoryDataset):
    """A dataset that outlives the nodes that read it."""

    def _release(self) -> None:
        pass


def run(given: pd.DataFrame) -> dict[str, Any]:
    """Run from features to results, and return what was made by name."""
    whole = whole_pipeline()
    data: dict[str, Any] = {"features": given, "feature_info": feature_info(), "timings": {}}
    data |= {f"params:{n}": MODELS[n].model_validate(v) for n, v in PARAMETERS.items()}
    data["parameters"] = PARAMETERS
    absent = whole.inputs() - set(data)
    made = {name: Kept() for name in whole.all_outputs()}
    known = {name: MemoryDataset(value) for name, value in data.items()}
    known |= {name: MemoryDataset(None) for name in absent}
    SequentialRunner().run(whole, DataCatalog({**made, **known}))
    return {name: dataset.load() for name, dataset in made.items()}


@pytest.fixture(scope="module")
def runs() -> Runs:
    return run(features(other_test_rows=False)), run(features(other_test_rows=True))


def leaves(value: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield every number and word of a dataset, without rows of the test split, as text."""
    if isinstance(value, TrainedAutoencoder):
        value = value.model.state_dict()
    if isinstance(value, pd.DataFrame):
        rows = value[value["split"] != "test"] if "split" in value else value
        value = {str(column): repr(rows[column].tolist()) for column in rows}
    if isinstance(value, list):
        value = dict(enumerate(value))
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from leaves(part, (*path, str(name)))
    else:
        yield path, repr(value)


@pytest.mark.parametrize("name", sorted(MADE - {"results"}))
def test_other_test_rows_change_only_what_is_reported(runs: Runs, name: str) -> None:
    one, two = (
        {path: text for path, text in leaves(run[name]) if not REPORTED.get(name, set()) & {*path}}
        for run in runs
    )
    assert one == two
    assert one or name == "law_cost"


@pytest.mark.parametrize("name", ["fidelity", "rankings", "substitution", "reconstruction_law"])
def test_what_is_reported_does_read_them(runs: Runs, name: str) -> None:
    one, two = (dict(leaves(run[name])) for run in runs)
    assert one != two


def test_facts_and_verdicts_that_are_no_examination_stay(runs: Runs) -> None:
    one, two = (Results.model_validate(run["results"]) for run in runs)
    for before, after in zip(one.encoders, two.encoders, strict=True):
        for name in CHOSEN:
            assert getattr(before, name) == getattr(after, name), name
    assert (one.law.expression, one.inputs.tried) == (two.law.expression, two.inputs.tried)
    assert main_encoder(one).encoder == main_encoder(two).encoder
    pairs = list(zip(one.claims, two.claims, strict=True))
    assert all((a.claim, a.encoder) == (b.claim, b.encoder) for a, b in pairs)
    found = [(a, b) for a, b in pairs if a.rows is not Rows.TEST]
    assert {a.claim for a, _ in found} >= {"stability", "trainings", "interactions", "collapse"}
    assert all(a.verdict == b.verdict for a, b in found)
    # claims are examined on test rows, and these are hopeless
    assert any(a.verdict != b.verdict for a, b in pairs)
