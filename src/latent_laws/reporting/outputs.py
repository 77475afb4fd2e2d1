"""The outputs of one run, as the headline, the plots and the report read them."""

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from latent_laws.errors import LatentLawsError

VARIANTS = ("standard", "rotated", "distillable")

SCORES = ("importance", "reconstruction_share", "excess_frequency", "variance_share")

COLUMNS: dict[str, tuple[str, ...]] = {
    "feature_info": ("feature", "kind", "group", "unit", "mean", "scale", "is_constant"),
    "training_metrics": (
        *("variant", "latent_dim", "seed", "mse_train", "mse_validation", "mse_test"),
        *("fvu_test", "pca_fvu_test", "steps", "seconds"),
    ),
    "formulas": (
        *("variant", "latent_dim", "latent", "expression", "variables", "complexity"),
        *("r2_train", "r2_validation", "r2_test", "ci_low", "ci_high", "undefined"),
        *("engine", "engine_version", "seed"),
    ),
    "fidelity": (
        *("variant", "latent", "surrogate", "r2_test", "ci_low", "ci_high", "complexity"),
        "n_features",
    ),
    "pareto_fronts": (
        *("variant", "latent", "seed", "engine", "expression", "complexity", "n_features"),
        *("r2_train", "r2_validation", "r2_test", "selected", "near_best"),
    ),
    "null_fronts": ("variant", "latent", "seed", "complexity", "r2_test", "selected"),
    "search_stability": ("variant", "latent", "seed", "r2_test", "complexity", "jaccard"),
    "substitution": (
        *("variant", "latent_dim", "fvu_encoder", "fvu_formulas", "fvu_finetuned"),
        "undefined_rows",
    ),
    "feature_importance": (
        *("variant", "feature", "group", "selection_frequency", "null_frequency"),
        *(f"{score}{end}" for score in SCORES for end in ("", "_low", "_high")),
        *("integrated_gradients", "permutation", "own_variance"),
    ),
    "deletion_curves": ("variant", "ranking", "order", "k", "fvu", "fvu_untouched"),
    "redundancy": (
        *("variant", "feature", "group", "kind", "verdict", "encoder_sensitivity"),
        *("formula_effect", "null_effect", "n_formulas", "r2_from_others", "recoverable_from"),
        *("sum_rule", "jointly_recoverable"),
    ),
    "interactions": ("variant", "feature_a", "feature_b", "strength", "n_latents"),
    "formula_classes": ("variant", "latent", "formula_class"),
    "frontier": (
        *("variant", "n_inputs", "seed", "fvu_validation", "fvu_test", "r2_test", "complexity"),
        "substitution_fvu",
    ),
    "input_budget": (
        *("variant", "n_inputs", "r2_sparse_linear", "r2_random", "r2_random_low"),
        *("r2_random_high", "r2_all_inputs"),
    ),
    "dimension_labels": (
        *("kind", "name", "variant", "high_words", "low_words", "correlation", "ci_low"),
        *("ci_high", "null_correlation", "has_label"),
    ),
}


OBJECTS = (
    *("importance_checks", "redundancy_summary", "collapse", "reconstruction_law"),
    "task_probe",
)


class RunOutputs:
    """Frames and JSON objects of one run, by catalog name; what a run did not make is empty.

    Every frame has at least the columns of `COLUMNS`, so that readers need not ask.
    """

    def __init__(self, **datasets: object) -> None:
        """Gather catalog datasets under their own names.

        Args:
            **datasets: Frames, lists of records (JSON) or JSON objects by catalog name; None or
                absent for a dataset the run did not make. A `formulas` list is flattened, see
                `formula_frame`.

        Raises:
            LatentLawsError: If a name is not one of `COLUMNS` and `OBJECTS`.
        """
        unknown = sorted(set(datasets) - set(COLUMNS) - set(OBJECTS))
        if unknown:
            raise LatentLawsError(f"no output is called '{unknown[0]}': known are {_known()}")
        self._frames = {name: _frame(name, datasets.get(name)) for name in COLUMNS}
        self._objects = {name: _object(datasets.get(name)) for name in OBJECTS}

    def frame(self, name: str) -> pd.DataFrame:
        """Return the frame of a catalog name of `COLUMNS`."""
        return self._frames[name]

    def object(self, name: str) -> Mapping[str, object]:
        """Return the JSON object of a catalog name of `OBJECTS`."""
        return self._objects[name]

    @property
    def variants(self) -> list[str]:
        """The distilled variants, in the order of `VARIANTS`, then by name."""
        return ordered_variants(self.frame("formulas")["variant"].dropna().unique())


def ordered_variants(names: Iterable[str]) -> list[str]:
    """Return variant names in their customary order, others after them by name."""
    known = {name: position for position, name in enumerate(VARIANTS)}
    return sorted(map(str, names), key=lambda name: (known.get(name, len(known)), name))


def formula_frame(formulas: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    """Flatten the records of the `formulas` catalog entry.

    Args:
        formulas: Records with an `r2` object of train, validation, test and test_ci [low, high].

    Returns:
        A row a formula, in the order given, with `r2_train, r2_validation, r2_test, ci_low,
        ci_high` in place of `r2`.
    """
    rows = []
    for formula in formulas:
        r2 = formula.get("r2")
        scores = dict(r2) if isinstance(r2, Mapping) else {}
        low, high = scores.pop("test_ci", None) or (None, None)
        flat = {f"r2_{split}": score for split, score in scores.items()}
        rest = {name: value for name, value in formula.items() if name != "r2"}
        rows.append({**rest, **flat, "ci_low": low, "ci_high": high})
    return pd.DataFrame(rows)


def _known() -> str:
    """Return the names that `RunOutputs` takes, for messages."""
    return ", ".join((*COLUMNS, *OBJECTS))


def _frame(name: str, data: object) -> pd.DataFrame:
    """Return a dataset as a frame that has at least the columns of `COLUMNS`."""
    if isinstance(data, pd.DataFrame):
        frame = data
    elif isinstance(data, Sequence):
        frame = formula_frame(data) if name == "formulas" else pd.DataFrame(list(data))
    else:
        frame = pd.DataFrame()
    missing = [column for column in COLUMNS[name] if column not in frame.columns]
    return frame.reindex(columns=[*frame.columns, *missing]) if missing else frame


def _object(data: object) -> Mapping[str, object]:
    """Return a JSON object, empty if there is none."""
    return data if isinstance(data, Mapping) else {}
