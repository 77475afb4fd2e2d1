"""Fidelity and cost of all variants at one latent dim: median over latents, by training seed.

Run: python -m tests.benchmarks.bench_fidelity [latent_dim] [inputs a latent] [seeds]
"""

import sys

import numpy as np
import yaml
from rich.console import Console
from rich.table import Table

from latent_laws.checks.distillation import DistillationPlan, Target, search_all
from latent_laws.checks.substitution import SubstitutionOptions, substitute
from latent_laws.encoders.model import TrainedAutoencoder, latents
from latent_laws.encoders.pruning import train_distillable
from latent_laws.encoders.rotation import rotate
from latent_laws.encoders.sensitivity import sensitivity
from latent_laws.encoders.training import train_standard
from latent_laws.formulas.formula import Formula
from latent_laws.formulas.symbolic_encoder import SymbolicEncoder
from latent_laws.pipelines.symbolic_distillation.parameters import DistillationOptions
from latent_laws.pipelines.training.parameters import TrainingOptions
from latent_laws.tables.table import SPLITS, FeatureTable
from latent_laws.tasks import TaskOptions, one_thread
from tests.benchmarks.covertype import covertype
from tests.builders import ROOT

TASKS = TaskOptions(workers=2, cache=None)


def default_options() -> tuple[TrainingOptions, DistillationOptions]:
    """Read the default run's parameters."""
    found = {}
    for name in ("training", "symbolic_distillation"):
        text = (ROOT / "conf/base" / f"parameters_{name}.yml").read_text()
        text = text.replace("${globals:distilled_dim}", "32").replace("${globals:workers}", "2")
        found[name] = yaml.safe_load(text)[name]
    return (
        TrainingOptions.model_validate(found["training"]),
        DistillationOptions.model_validate(found["symbolic_distillation"]),
    )


def train(
    table: FeatureTable, latent_dim: int, n_inputs: int, seed: int, options: TrainingOptions
) -> list[TrainedAutoencoder]:
    """Train the three variants."""
    with one_thread():
        standard = train_standard(table, latent_dim, seed, options.network, options.fit)
        rotated = rotate(standard.autoencoder, table, options.rotation)
        sparse = train_distillable(rotated, table, n_inputs, options.sparse)
    return [standard.autoencoder, rotated, sparse.autoencoder]


def main(latent_dim: int, n_inputs: int, seeds: int) -> None:
    """Train, distil and print."""
    table, (training, distillation) = covertype(), default_options()
    report = Table(
        "variant", "seed", "FVU %", "R² median", "R² min", "nodes", "inputs",
        "FVU % formulas", "FVU % tuned", title=f"Covertype, {latent_dim} latents",
    )  # fmt: skip
    for seed in range(seeds):
        models = train(table, latent_dim, n_inputs, seed, training)
        targets = [
            Target(
                trained.variant,
                seed,
                {s: latents(trained.model, getattr(table, s)) for s in SPLITS},
                sensitivity(trained.model, table.train),
            )
            for trained in models
        ]
        plan = DistillationPlan(seeds=(0,), checked_latents=1)
        fronts, _ = search_all(targets, table, distillation.search, plan, TASKS)
        for trained in models:
            rows = fronts[(fronts["variant"] == trained.variant) & fronts["selected"]]
            texts = rows.sort_values("latent")["expression"]
            forms = [Formula.parse(text, table.names) for text in texts]
            with one_thread():
                costs = substitute(
                    trained, SymbolicEncoder(forms, table.names), table, SubstitutionOptions()
                )
            report.add_row(
                trained.variant,
                str(seed),
                *(f"{100 * float(str(costs['fvu_encoder'])):.3f}",),
                *(f"{rows['r2_test'].median():.4f}", f"{rows['r2_test'].min():.4f}"),
                *(f"{np.median(rows[c]):.1f}" for c in ("complexity", "n_features")),
                *(f"{100 * float(str(costs[c])):.3f}" for c in ("fvu_formulas", "fvu_finetuned")),
            )
    Console(width=120).print(report)


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:4]]
    main(*(given + [8, 8, 1][len(given) :]))
