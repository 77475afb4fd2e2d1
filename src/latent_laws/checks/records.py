"""The selected formula of every latent with its scores, as files and users exchange it."""

from collections.abc import Sequence

import pandas as pd

from latent_laws.checks.distillation import selected
from latent_laws.checks.target import Target
from latent_laws.formulas.formula import Formula
from latent_laws.formulas.records import FormulaRecord, SplitScores
from latent_laws.formulas.symbolic_encoder import SymbolicEncoder
from latent_laws.formulas.units import Scaling, raw_formula
from latent_laws.scores import IntervalOptions, r2_interval
from latent_laws.tables.table import SPLITS, FeatureTable


def formula_records(
    targets: Sequence[Target],
    table: FeatureTable,
    fronts: pd.DataFrame,
    seed: int,
    options: IntervalOptions,
    scaling: Scaling,
) -> list[FormulaRecord]:
    """Describe the selected formula of every latent.

    Args:
        targets: The encoders.
        table: The features.
        fronts: The catalog's `pareto_fronts`.
        seed: The search seed that gives the formulas.
        options: Of the interval on the test rows.
        scaling: From the user's columns to the features.
    """
    records: list[FormulaRecord] = []
    for target in targets:
        chosen = selected(fronts, target.encoder, seed)
        for latent, (_, row) in enumerate(chosen.iterrows()):
            formula = Formula.parse(row["expression"], table.names)
            predicted = formula.evaluate(table.test, table.names)
            interval = r2_interval(target.latents["test"][:, latent], predicted, options)
            scores = {split: float(row[f"r2_{split}"]) for split in SPLITS}
            records.append(
                FormulaRecord(
                    encoder=target.encoder,
                    variant=target.variant,
                    latent_dim=target.latent_dim,
                    latent=latent,
                    expression=formula.expression,
                    expression_raw=raw_formula(formula, scaling).expression,
                    variables=list(formula.features),
                    complexity=formula.complexity,
                    r2=SplitScores(**scores, test_ci=interval),
                    undefined=int(row["undefined"]),
                    engine=row["engine"],
                    engine_version=row["engine_version"],
                    seed=seed,
                )
            )
    return records


def symbolic_encoders(
    records: Sequence[FormulaRecord], feature_info: pd.DataFrame
) -> dict[str, SymbolicEncoder]:
    """Put the formulas of each encoder together, by name; they take rows of the table."""
    scaling = Scaling.from_feature_info(feature_info)
    found: dict[str, list[Formula]] = {}
    for record in records:
        found.setdefault(record.encoder, []).append(Formula.parse(record.expression, scaling.names))
    return {
        name: SymbolicEncoder(formulas, scaling.names, scaling) for name, formulas in found.items()
    }
