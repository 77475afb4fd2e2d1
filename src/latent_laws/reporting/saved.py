"""What a run saved, as the results, the figures and the page read it."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from latent_laws.encoders.naming import variant_order
from latent_laws.encoders.pca import LinearBaseline
from latent_laws.errors import LatentLawsError
from latent_laws.formulas.units import Scaling
from latent_laws.tables.plans import ColumnPlans

FRAMES = (
    *("features", "feature_info", "latents", "formulas", "pareto_fronts", "null_fronts"),
    *("fidelity", "search_stability", "substitution", "training_metrics", "linearity"),
    *("feature_importance", "deletion_curves", "rankings", "agreement", "redundancy"),
    *("redundancy_check", "redundancy_laws", "decoder_laws", "interactions", "formula_classes"),
    *("law_use", "symbolic_autoencoders"),
    *("collapse", "frontier", "dimension_labels", "word_laws", "texts", "labels"),
)
OBJECTS = ("columns", "reconstruction_law", "law_cost", "task_probe")


class Saved:
    """Findings by catalog name; what a run did not make is empty and counts as not measured."""

    def __init__(self, **datasets: object) -> None:
        """Gather catalog datasets under their own names.

        Args:
            **datasets: Frames, lists of records or JSON objects; None where there is none.

        Raises:
            LatentLawsError: If nothing is called so.
        """
        for name in datasets:
            if name not in FRAMES + OBJECTS:
                known = ", ".join(FRAMES + OBJECTS)
                raise LatentLawsError(f"no findings are called '{name}': accepted are {known}")
        self._frames = {name: _frame(data) for name, data in datasets.items() if name in FRAMES}
        self._objects = {name: data for name, data in datasets.items() if name in OBJECTS}
        self._divided: dict[str, dict[str, pd.DataFrame]] = {}

    def frame(self, name: str) -> pd.DataFrame:
        """Return a frame, empty where it was not made."""
        return self._frames.get(name, pd.DataFrame())

    def own(self, name: str, encoder: str, **where: object) -> pd.DataFrame:
        """Return the rows of one encoder with these values; empty where there are none."""
        frame = self.frame(name)
        if not {"encoder", *where} <= set(frame):
            return pd.DataFrame()
        if name not in self._divided:  # once: findings are asked for many times
            by_encoder = frame.groupby("encoder", sort=False)
            self._divided[name] = {str(encoder): rows for encoder, rows in by_encoder}
        own = self._divided[name].get(encoder, frame[:0])
        for column, value in where.items():
            own = own[own[column] == value]
        return own

    def record(self, name: str) -> Mapping[str, Any]:
        """Return a JSON object, empty where it was not made."""
        data = self._objects.get(name)
        return data if isinstance(data, Mapping) else {}

    @cached_property
    def names(self) -> list[str]:
        """The inputs of the encoders; empty where neither they nor their list was saved."""
        columns = self.frame("features").columns.drop("split", errors="ignore")
        info = self.frame("feature_info")
        return list(map(str, info["feature"] if "feature" in info else columns))

    @cached_property
    def scaling(self) -> Scaling | None:
        """How the table was scaled, where that is known."""
        info = self.frame("feature_info")
        return Scaling.from_feature_info(info) if {"mean", "scale"} <= set(info) else None

    @cached_property
    def plans(self) -> ColumnPlans:
        """What the columns of the user's table became; none where that was not saved."""
        saved = self.record("columns")
        return ColumnPlans.model_validate(saved or {"plans": (), "dates": {}})

    @property
    def units(self) -> dict[str, str]:
        """Units of the inputs that have one."""
        return self.scaling.unit_of if self.scaling else {}

    @cached_property
    def raw_rows(self) -> pd.DataFrame:
        """The test rows in the units of the table, columns by name; empty where not saved."""
        features = self.frame("features")
        if features.empty:
            return features
        rows = features[features["split"] == "test"].drop(columns="split").reset_index(drop=True)
        if self.scaling is None:
            return rows.astype(float)
        scaling = self.scaling.of_columns(list(map(str, rows)))
        return pd.DataFrame(scaling.to_raw(rows.to_numpy()), columns=rows.columns)

    @property
    def input_laws(self) -> pd.DataFrame:
        """The laws between inputs, best first, without what one-hot groups are made to obey."""
        laws = self.frame("redundancy_laws")
        if "r2_validation" not in laws:
            return pd.DataFrame()
        return laws[laws["kind"] == "law"].sort_values("r2_validation", ascending=False)

    def pca_loss(self, latent_dim: int) -> float | None:
        """Return PCA's variance lost on the test rows, None where the inputs were not saved."""
        baseline, features = self._baseline, self.frame("features")
        if baseline is None:
            return None
        test = features[features["split"] == "test"].drop(columns="split")
        return baseline.fvu(test.to_numpy(np.float32), latent_dim)

    @cached_property
    def _baseline(self) -> LinearBaseline | None:
        features = self.frame("features")
        if features.empty:
            return None
        train = features[features["split"] == "train"].drop(columns="split")
        return LinearBaseline.fit(train.to_numpy(np.float32))

    @property
    def encoders(self) -> list[tuple[str, str, int]]:
        """The distilled encoders (name, variant, latent dim), by latent dim and variant."""
        formulas = self.frame("formulas")
        if formulas.empty:
            return []
        names = formulas[["encoder", "variant", "latent_dim"]].drop_duplicates()
        found = [(str(e), str(v), int(d)) for e, v, d in names.itertuples(index=False)]
        return sorted(found, key=lambda one: (one[2], variant_order(one[1])))


def _frame(data: object) -> pd.DataFrame:
    """Return a finding as a frame, empty where it was not made."""
    if isinstance(data, pd.DataFrame):
        return data
    return pd.DataFrame(_flat(data)) if isinstance(data, list) else pd.DataFrame()


def _flat(records: list[Any]) -> list[dict[str, Any]]:
    """Return records with the scores of `r2` as columns of their own."""
    rows = []
    for record in records:
        row = {name: value for name, value in record.items() if name != "r2"}
        scores = dict(record.get("r2") or {})
        low, high = scores.pop("test_ci", None) or (None, None)
        row |= {f"r2_{split}": value for split, value in scores.items()}
        rows.append(row | ({"r2_low": low, "r2_high": high} if "r2" in record else {}))
    return rows
