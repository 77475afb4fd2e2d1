"""Headline numbers from the checks that are kept as JSON: stability, law, words, label."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median

from latent_laws.reporting.outputs import RunOutputs

Json = Mapping[str, object]
BUDGET = 16  # inputs a latent, where the number of inputs was varied


def part(facts: object, *names: str) -> Json:
    """Return a part of nested JSON, empty where a name is missing."""
    for name in names:
        facts = facts.get(name) if isinstance(facts, Mapping) else None
    return facts if isinstance(facts, Mapping) else {}


def records(facts: Json, name: str) -> list[Json]:
    """Return a list of JSON objects, empty where it is missing."""
    found = facts.get(name)
    listed = found if isinstance(found, Sequence) and not isinstance(found, str) else []
    return [entry for entry in listed if isinstance(entry, Mapping)]


def numeric(value: object) -> float | None:
    """Return a number, None for what is none."""
    return float(value) if isinstance(value, int | float) else None


def importance_check_facts(checks: Json) -> dict[str, object]:
    """Return how rankings agree, delete, and survive other seeds and another basis.

    Args:
        checks: The catalog's `importance_checks`.
    """
    found: dict[str, object] = {}
    for entry in records(checks, "rank_agreement"):
        if entry.get("ranking_a") == "importance":
            found[f"tau_{entry['ranking_b']}_{entry['variant']}"] = entry.get("tau")
    for entry in records(checks, "deletion_scores"):
        found[f"deletion_score_{entry['ranking']}_{entry['variant']}"] = entry.get("score")
        # the best of a variant comes first
        found.setdefault(f"deletion_best_{entry['variant']}", entry["ranking"])
    return found | _seed_facts(checks) | _basis_facts(part(checks, "basis"))


def _seed_facts(checks: Json) -> dict[str, object]:
    """Return the median rank correlation between training seeds."""
    pairs: dict[str, list[float]] = {}
    for entry in records(checks, "training_seeds"):
        value = numeric(entry.get("spearman"))
        if value is not None:
            key = f"training_spearman_{entry['ranking']}_{entry['variant']}"
            pairs.setdefault(key, []).append(value)
    return {key: median(values) for key, values in pairs.items()}


def _basis_facts(basis: Json) -> dict[str, object]:
    """Return what is the same in two bases of the same latents."""
    if not basis:
        return {}
    flips = basis.get("flips")
    listed = flips if isinstance(flips, list) else []
    return {
        **{f"basis_spearman_{score}": value for score, value in part(basis, "spearman").items()},
        "basis_verdicts": basis.get("n_verdicts"),
        "basis_verdicts_agree": basis.get("n_agree"),
        "basis_flips": [str(feature) for feature, *_ in listed],
    }


def law_facts(laws: Json) -> dict[str, object]:
    """Return the reconstruction law of each variant with its errors.

    Args:
        laws: The catalog's `reconstruction_law`.
    """
    found: dict[str, object] = {}
    for variant in laws:
        own = dict(_law(part(laws, variant)))
        found |= {f"{name}_{variant}": value for name, value in own.items()}
    return found


def _law(law: Json) -> Iterator[tuple[str, object]]:
    """Yield the facts about one variant."""
    form = part(law, "law")
    yield "law", form.get("expression")
    yield "law_complexity", form.get("complexity")
    yield "law_error", form.get("rmse_log10")
    yield "law_r2", form.get("r2_log10")
    yield "law_relative_error", form.get("median_relative_error")
    for name, error in part(form, "baselines").items():
        yield f"law_error_{name}", error
    yield "law_error_pca", form.get("pca_rmse_log10")
    yield "returns_shrink_share", part(law, "returns").get("share")
    yield "returns_null_share", part(law, "returns").get("null_share")
    for entry in records(law, "latents_for"):
        yield f"latents_for_{entry['loss']}", entry.get("latents")


def text_facts(outputs: RunOutputs) -> dict[str, object]:
    """Return what only text has: inputs a latent needs, words, and accuracy on the label.

    Args:
        outputs: Frames and JSON objects of the run.
    """
    found: dict[str, object] = {}
    for variant, own in outputs.frame("input_budget").groupby("variant"):
        nearest = own.iloc[int((own["n_inputs"] - BUDGET).abs().argmin())]
        found[f"budget_inputs_{variant}"] = nearest["n_inputs"]
        names = {"chosen": "r2_sparse_linear", "random": "r2_random", "all": "r2_all_inputs"}
        found |= {f"budget_r2_{name}_{variant}": nearest[key] for name, key in names.items()}
    inputs = outputs.frame("dimension_labels")
    inputs = inputs[inputs["kind"] == "input"]
    if len(inputs):
        found["labelled_inputs"] = int(inputs["has_label"].astype(bool).sum())
        found["inputs_with_words"] = len(inputs)
    return found | _probe_facts(outputs.object("task_probe"))


def _probe_facts(probe: Json) -> dict[str, object]:
    """Return the accuracy of each representation."""
    found: dict[str, object] = {}
    for entry in records(probe, "records"):
        variant = entry.get("variant")
        key = f"probe_accuracy_{entry['representation']}" + (f"_{variant}" if variant else "")
        found[key] = entry.get("accuracy")
    return {**found, "probe_majority": probe.get("majority_accuracy")} if found else {}
