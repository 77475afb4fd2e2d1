"""Laws through the decoder: inputs as closed forms of the latents, at tight latent dimensions.

Forms of a trained decoder tell how far a short formula can stand in for it. The all-symbolic
autoencoder, trained as formulas both ways, tells what short formulas can do at all.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from latent_laws.checks.stability import jaccard
from latent_laws.encoders.pca import LinearBaseline
from latent_laws.encoders.protocol import Encoder
from latent_laws.encoders.reconstruction import fvu
from latent_laws.encoders.symbolic_autoencoder import (
    SymbolicAutoencoder,
    SymbolicAutoencoderOptions,
    latent_names,
    train_symbolic_autoencoder,
)
from latent_laws.findings.law_terms import TermSum, sums_of_terms
from latent_laws.formulas.units import Scaling, in_unit, raw_formula
from latent_laws.scores import IntervalOptions, r2_interval, r2_score
from latent_laws.strict import StrictModel
from latent_laws.tables.table import SPLITS, FeatureTable
from latent_laws.tasks import TaskOptions, run_tasks

Array = NDArray[np.float64]
Losses = dict[str, Any]

SIZES = (1, 2, 3, 4, 5, 6, 7, 8)  # terms of a form
MAX_FACTORS = 2  # of a product: with three, forms were worse on the validation rows

COLUMNS = [
    *("encoder", "latent_dim", "feature", "expression", "expression_raw", "complexity", "n_inputs"),
    *("r2_validation", "r2_test", "r2_low", "r2_high", "null_r2", "jaccard"),
]
LOSS_COLUMNS = [
    *("encoder", "latent_dim", "fvu_network", "fvu_pca", "fvu_decoder_forms", "fvu_all_symbolic"),
    *("max_nodes", "encoder_formulas", "decoder_formulas"),
]


class DecoderLawOptions(StrictModel):
    """Which decoders are read, and how.

    Attributes:
        max_latent_dim: Of the decoders that are read; beyond it latents copy inputs.
        max_complexity: Nodes of a form.
        tolerance: R² that a shorter form may lose against the best.
        rows: Training rows of the search, at most.
        seeds: Of other training rows on which the search is repeated.
        autoencoder: The all-symbolic one.
    """

    max_latent_dim: int = Field(default=8, ge=1)
    max_complexity: int = Field(default=40, ge=1)
    tolerance: float = Field(default=0.002, ge=0)
    rows: int = Field(default=2000, ge=10)
    seeds: tuple[int, ...] = (1, 2)
    autoencoder: SymbolicAutoencoderOptions = SymbolicAutoencoderOptions()


def decoder_laws(
    encoders: Mapping[str, Encoder],
    table: FeatureTable,
    scaling: Scaling,
    options: DecoderLawOptions,
    tasks: TaskOptions,
) -> tuple[pd.DataFrame, list[Losses]]:
    """Read the decoders of tight encoders, and train all-symbolic autoencoders beside them.

    Args:
        encoders: By name, in the basis that is easiest to read; those without a decoder or with
            more than `max_latent_dim` latents are passed over.
        table: The features.
        scaling: Of the features.
        options: Of search and training.
        tasks: Workers and cache.

    Returns:
        A row a form, `COLUMNS`: `expression` gives the input as it is scaled, `expression_raw` in
        its own unit; R² is that of the decoder's output; `null_r2` that of the best form for the
        shuffled output, on the validation rows; `jaccard` the mean overlap of the
        latents that it reads with those of forms from other training rows. And for each `encoder`
        of `latent_dim` latents what is lost on the test rows, as FVU: `fvu_network` with its own
        decoder, `fvu_pca` by PCA, `fvu_decoder_forms` of its latents decoded by forms,
        `fvu_all_symbolic` of the autoencoder trained as formulas both ways, with `max_nodes`, the
        largest of its formulas, `encoder_formulas` of its latents z0, z1, ... and
        `decoder_formulas`, input -> formula, in the columns of the table and their own units.
    """
    jobs = {
        name: {
            "name": name,
            "encoder": encoder,
            "table": table,
            "scaling": scaling,
            "options": options,
        }
        for name, encoder in encoders.items()
        if encoder.can_decode and encoder.latent_dim <= options.max_latent_dim
    }
    found = run_tasks(read_decoder, jobs, tasks, "laws through decoders")
    frames = [forms for forms, _ in found.values()]
    return (
        pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=COLUMNS),
        [losses for _, losses in found.values()],
    )


def read_decoder(
    name: str,
    encoder: Encoder,
    table: FeatureTable,
    scaling: Scaling,
    options: DecoderLawOptions,
) -> tuple[pd.DataFrame, Losses]:
    """Find the forms of one decoder, and train the all-symbolic autoencoder; one task."""
    forms, decoded = decoder_forms(name, encoder, table, scaling, options)
    symbolic = train_symbolic_autoencoder(encoder, table, options.autoencoder)
    return forms, {
        "encoder": name,
        "latent_dim": encoder.latent_dim,
        "fvu_network": fvu(table.test, encoder.reconstruct(table.test)),
        "fvu_pca": LinearBaseline.fit(table.train).fvu(table.test, encoder.latent_dim),
        "fvu_decoder_forms": fvu(table.test, decoded),
        "fvu_all_symbolic": fvu(table.test, symbolic.reconstruct(table.test)),
        **_written(symbolic, scaling),
    }


def decoder_forms(
    name: str,
    encoder: Encoder,
    table: FeatureTable,
    scaling: Scaling,
    options: DecoderLawOptions,
) -> tuple[pd.DataFrame, Array]:
    """Find a form of each output of one decoder.

    Args:
        name: Of the encoder.
        encoder: One that can decode.
        table: The features.
        scaling: Of the features.
        options: Of the search.

    Returns:
        A row a form, `COLUMNS`, and what the forms make of the test rows' latents.
    """
    latents = {split: encoder.encode(getattr(table, split)) for split in SPLITS}
    outputs = {split: encoder.decode(Z) for split, Z in latents.items()}
    decoded = outputs["test"].mean(axis=0) + np.zeros_like(outputs["test"])
    rows = []
    for column in np.flatnonzero(outputs["train"].std(axis=0) > 0):
        of_output = {split: values[:, column] for split, values in outputs.items()}
        form, feature = decoder_form(latents, of_output, options), table.names[column]
        scaled = form.formula
        predicted = form.evaluate(latents["test"], latent_names(encoder.latent_dim))
        decoded[:, column] = predicted
        raw = in_unit(scaled, *scaling.column(feature))
        rows.append(
            {
                **{"encoder": name, "latent_dim": encoder.latent_dim, "feature": feature},
                **{"expression": scaled.expression, "expression_raw": raw.expression},
                **_scores(form, latents, of_output, options),
            }
        )
    return pd.DataFrame(rows, columns=COLUMNS), decoded


def decoder_form(
    latents: Mapping[str, Array],
    output: Mapping[str, Array],
    options: DecoderLawOptions,
    seed: int = 0,
) -> TermSum:
    """Return the shortest form of one output near the best, chosen on the validation rows."""
    names = latent_names(latents["train"].shape[1])
    rows = np.random.default_rng(seed).permutation(len(output["train"]))[: options.rows]
    Z, y = latents["train"][rows], output["train"][rows]
    found = [TermSum((), (), float(y.mean())), *sums_of_terms(Z, y, names, {}, SIZES, MAX_FACTORS)]
    r2 = [_r2(form, latents, output, "validation") for form in found]
    near: list[tuple[float, TermSum]] = []
    for own, form in sorted(zip(r2, found, strict=True), key=lambda one: -one[0]):
        if near and own < near[0][0] - options.tolerance:
            break
        if form.complexity <= options.max_complexity:
            near.append((own, form))
    return min(near, key=lambda one: (one[1].complexity, -one[0]))[1]


def _scores(
    form: TermSum,
    latents: Mapping[str, Array],
    output: Mapping[str, Array],
    options: DecoderLawOptions,
) -> dict[str, object]:
    names = latent_names(latents["test"].shape[1])
    predicted = form.evaluate(latents["test"], names)
    low, high = r2_interval(output["test"], predicted, IntervalOptions())
    shuffled = {s: np.random.default_rng(0).permutation(values) for s, values in output.items()}
    null = decoder_form(latents, shuffled, options)
    repeats = [decoder_form(latents, output, options, seed) for seed in options.seeds]
    read = frozenset(form.features)
    return {
        "complexity": form.complexity,
        "n_inputs": len(form.features),
        "r2_validation": _r2(form, latents, output, "validation"),
        "r2_test": _r2(form, latents, output, "test"),
        **{"r2_low": low, "r2_high": high},
        "null_r2": _r2(null, latents, shuffled, "validation"),
        "jaccard": np.mean([jaccard(read, frozenset(one.features)) for one in repeats])
        if repeats
        else np.nan,
    }


def _r2(
    form: TermSum, latents: Mapping[str, Array], output: Mapping[str, Array], split: str
) -> float:
    names = latent_names(latents[split].shape[1])
    return r2_score(output[split], form.evaluate(latents[split], names))


def _written(autoencoder: SymbolicAutoencoder, scaling: Scaling) -> dict[str, object]:
    formulas = (*autoencoder.encoder, *autoencoder.decoder)
    decoder = {
        name: in_unit(formula, *scaling.column(name))
        for name, formula in zip(autoencoder.names, autoencoder.decoder, strict=True)
    }
    return {
        "max_nodes": max(formula.complexity for formula in formulas),
        "encoder_formulas": [raw_formula(one, scaling).expression for one in autoencoder.encoder],
        "decoder_formulas": {name: formula.expression for name, formula in decoder.items()},
    }
