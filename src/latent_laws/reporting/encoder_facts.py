"""From saved frames to what is known of one encoder, each part by a small function."""

from collections.abc import Mapping

import pandas as pd

from latent_laws.findings.redundancy import redundant_features
from latent_laws.reporting.claims.thresholds import GAIN, IS_MATRIX
from latent_laws.reporting.facts import EncoderResult
from latent_laws.reporting.saved import Saved

Found = dict[str, float | None]
TRIVIAL = ("own_variance", "random")
RIVALS = (*TRIVIAL, "permutation", "integrated_gradients")


def encoder_result(
    saved: Saved,
    encoder: str,
    variant: str,
    latent_dim: int,
    of_the_table: Mapping[str, int | None],
) -> EncoderResult:
    """Gather all that was measured about one encoder.

    Args:
        saved: The findings.
        encoder, variant, latent_dim: Its name.
        of_the_table: What is the same for all encoders: `n_features`, `test_rows`, `test_copies`.
    """
    found = {
        **_fidelity(saved, encoder, latent_dim),
        **_reconstruction(saved, encoder, variant, latent_dim),
        **_frontier(saved, encoder, latent_dim),
        **_linearity(saved, encoder),
        **_stability(saved, encoder),
        **_importance(saved, encoder),
        **_agreement(saved, encoder),
        **_redundancy(saved, encoder),
        **_interactions(saved, encoder),
        **_decoder(saved, encoder),
        **_law_use(saved, encoder),
        **_words(saved, encoder),
        **_collapse(saved, encoder),
        **_accuracy(saved, encoder),
    }
    if variant != "symbolic":
        found = {"fvu_dense": found.get("fvu_network")} | found
    return EncoderResult(
        encoder=encoder,
        variant=variant,
        latent_dim=latent_dim,
        curved=_curved(saved, encoder, latent_dim),
        **of_the_table,
        **found,
    )


def _fidelity(saved: Saved, encoder: str, latent_dim: int) -> Found:
    formulas = saved.own("formulas", encoder)
    if len(formulas) < latent_dim:
        return {}
    r2, low = formulas["r2_test"], formulas["r2_low"]
    found: Found = {
        # one undefined score leaves the median undefined: it must not vanish
        "r2_median": r2.median(skipna=False),
        "r2_worst": r2.min(skipna=False),
        "r2_low": low.median(skipna=False),
        "nodes": formulas["complexity"].median(),
        "inputs": formulas["variables"].map(len).median(),
    }
    ladder = _ladder(saved, encoder, latent_dim)
    if ladder is not None:
        found["r2_linear"] = ladder["sparse_linear"].median(skipna=False)
        found["gain"] = (ladder["symbolic"] - ladder["sparse_linear"]).median(skipna=False)
    return found


def _ladder(saved: Saved, encoder: str, latent_dim: int) -> pd.DataFrame | None:
    """Return the scores of formulas and linear forms of their size; None unless of all latents."""
    own, both = saved.own("fidelity", encoder), ["symbolic", "sparse_linear"]
    if own.empty or not set(both) <= set(own["surrogate"]):
        return None
    wide = own.pivot(index="latent", columns="surrogate", values="r2_test")[both]
    return wide if len(wide) == latent_dim else None


def _curved(saved: Saved, encoder: str, latent_dim: int) -> tuple[int, ...] | None:
    """Return the latents of which neither a linear form nor a matrix says as much."""
    ladder = _ladder(saved, encoder, latent_dim)
    if ladder is None:
        return None
    more = ladder["symbolic"] - ladder["sparse_linear"] >= GAIN
    matrix = _by_matrix(saved, encoder)
    return tuple(int(one) for one in more.index[more] if not matrix.get(one, 0.0) >= IS_MATRIX)


def _reconstruction(saved: Saved, encoder: str, variant: str, latent_dim: int) -> Found:
    """Return losses of the same trainings; the network's alone where nothing was substituted."""
    metrics, own = saved.frame("training_metrics"), saved.own("substitution", encoder)
    found: Found = {"fvu_pca": saved.pca_loss(latent_dim)}
    if len(metrics):
        at_dim = metrics[metrics["latent_dim"] == latent_dim]
        found["fvu_pca"] = at_dim["pca_fvu_test"].median()
        trained = at_dim[at_dim["variant"] == variant].sort_values("seed")
        found["fvu_network"] = trained["fvu_test"].iloc[0] if len(trained) else None
    if len(own):
        names = {"fvu_network": "encoder", "fvu_formulas": "formulas", "fvu_tuned": "finetuned"}
        found |= {name: own[f"fvu_{kind}"].median() for name, kind in names.items()}
        found["undefined_rows"] = own["undefined_rows"].max()
        if "fvu_formulas_validation" in own:
            found["fvu_validation"] = own["fvu_formulas_validation"].median()
    return found


def _frontier(saved: Saved, encoder: str, latent_dim: int) -> Found:
    """Return the best dense encoder, and formulas and linear forms of the encoder's own size.

    The dense encoder is of the seed that the encoder itself is measured on.
    """
    frontier, measured = saved.frame("frontier"), saved.own("substitution", encoder)
    if not {"kind", "latent_dim"} <= set(frontier):
        return {}
    here = frontier[frontier["latent_dim"] == latent_dim]
    dense = here[here["kind"] == "dense"]
    if len(measured):
        dense = dense[dense["seed"].isin(measured["seed"])]
    median = dense.groupby("encoder")[["fvu_validation", "fvu_test"]].median()
    found: Found = {}
    if len(median):
        found["fvu_dense"] = median.sort_values("fvu_validation")["fvu_test"].iloc[0]
    formulas = saved.own("formulas", encoder)
    large = here[here["max_nodes"] >= formulas["complexity"].max()] if len(formulas) else here[:0]
    of_size = large[large["max_nodes"] == large["max_nodes"].min()]
    losses = _of_all(of_size, "kind", "fvu_test")
    if {"symbolic", "linear"} <= set(losses.index):
        found |= {f"fvu_{kind}": losses["median"][kind] for kind in ("symbolic", "linear")}
        found |= {"fvu_symbolic_high": losses["max"]["symbolic"]}
        found |= {"fvu_linear_low": losses["min"]["linear"]}
    return found


def _linearity(saved: Saved, encoder: str) -> Found:
    found = _by_matrix(saved, encoder)
    if found.empty:
        return {}
    whole = found[found.index.isna()]  # NaN stands for no latent: the encoder as a whole
    latents = found[found.index.notna()]
    return {"linearity": whole.iloc[0] if len(whole) else None, "linearity_worst": latents.min()}


def _of_all(frame: pd.DataFrame, by: str, loss: str) -> pd.DataFrame:
    """Return the losses of trainings by what they are of; none where one training has none."""
    groups = frame.groupby(by)[loss]
    return groups.agg(["median", "mean", "min", "max"])[groups.count() == groups.size()]


def _by_matrix(saved: Saved, encoder: str) -> "pd.Series[float]":
    """Return the R² of the best matrix by latent."""
    own = saved.own("linearity", encoder, part="encoder")
    return own.set_index("latent")["linearity"] if len(own) else pd.Series(dtype=float)


def _stability(saved: Saved, encoder: str) -> Found:
    own = saved.own("search_stability", encoder)
    if own.empty:
        return {}
    spread = own.groupby("latent")["r2_test"].agg(lambda r2: r2.max() - r2.min())
    return {
        "jaccard": own.groupby("latent")["jaccard"].mean().median(),
        "r2_spread": spread.median(),
        "search_seeds": own["seed"].nunique(),
        # constants of all seeds have no inputs in common
        "search_latents": own.loc[own["jaccard"].notna(), "latent"].nunique(),
    }


def _importance(saved: Saved, encoder: str) -> Found:
    """Return our ranking beside the others, all of them, without credit for own variance."""
    own = saved.own("rankings", encoder, credit="without")
    if own.empty:
        return {}
    table = own.set_index("ranking")
    area, clears = table["area"], table["clears_next"].get("importance")
    rival = area.reindex(list(RIVALS)).max(skipna=False)
    found: Found = {"importance_area": area.get("importance"), "rival_area": rival}
    found |= {f"{name}_area": area.get(name) for name in TRIVIAL}
    return {**found, "importance_clears_next": None if pd.isna(clears) else float(clears)}


def _agreement(saved: Saved, encoder: str) -> Found:
    names = {
        "agreement_trainings": ("training_seed", "permutation"),
        "agreement_basis": ("basis", "importance"),
    }
    found: Found = {}
    for name, (what, ranking) in names.items():
        own = saved.own("agreement", encoder, what=what, ranking=ranking)
        if len(own):
            found[name] = own["value"].median()
            found[f"{name}_low"] = own["low"].median() if "low" in own else None
    return found


def _redundancy(saved: Saved, encoder: str) -> Found:
    own, check = saved.own("redundancy", encoder), saved.own("redundancy_check", encoder)
    found: Found = {}
    if len(own):
        found["redundant"] = len(redundant_features(own, encoder))
    if len(check):
        after = _of_all(check, "removed", "fvu_after")
        ours = check[check["removed"] == "redundant"]
        found["removed"] = ours["n_removed"].median() if len(ours) else None
        found["fvu_removed_before"] = ours["fvu_before"].mean(skipna=False) if len(ours) else None
        found["retrained"] = float(ours["retrained"].all()) if len(ours) else None
        found |= {
            "fvu_removed": after["mean"].get("redundant"),
            "fvu_removed_high": after["max"].get("redundant"),
            "fvu_random": after["mean"].get("random"),
            "fvu_random_low": after["min"].get("random"),
            "fvu_least_variance": after["mean"].get("least_variance"),
        }
    return found


def _interactions(saved: Saved, encoder: str) -> Found:
    """Return the pair that is strongest in formula and encoder alike.

    Where no formula has a pair, none was measured in the encoder or in noise.
    """
    own, looked = saved.own("interactions", encoder), saved.own("formula_classes", encoder)
    if own.empty and len(looked) and "encoder" in saved.frame("interactions"):
        return {"interaction": 0.0}
    if own.empty or not {"encoder_strength", "null_strength", "noise_strength"} <= set(own):
        return {}
    both = own[["max_strength", "encoder_strength"]].min(axis=1, skipna=False)
    strongest = own.reset_index().iloc[int(both.to_numpy().argmax())]
    return {
        "interaction": strongest["max_strength"],
        "interaction_encoder": strongest["encoder_strength"],
        "interaction_null": strongest[["null_strength", "noise_strength"]].max(skipna=False),
    }


def _decoder(saved: Saved, encoder: str) -> Found:
    own = saved.own("symbolic_autoencoders", encoder)
    names = ("fvu_decoder_forms", "fvu_all_symbolic")
    return {name: own[name].iloc[0] for name in names} if len(own) else {}


def _law_use(saved: Saved, encoder: str) -> Found:
    """Return what the encoder makes of the law that it follows least."""
    own = saved.own("law_use", encoder)
    if own.empty:
        return {}
    least = own.sort_values("follows_law").iloc[0]
    names = {"follows_law": "follows_law", "fvu_along_law": "fvu_along", "fvu_off_law": "fvu_off"}
    return {name: least[column] for name, column in names.items()}


def _words(saved: Saved, encoder: str) -> Found:
    own = saved.own("word_laws", encoder)
    if own.empty:
        return {}
    longest = own[own["n_words"] == own["n_words"].max()]
    return {
        "words_r2": longest["r2_test"].median(),
        "words_null": longest["null_r2"].max(),
        "words_share": longest["is_law"].astype(bool).mean(),
    }


def _collapse(saved: Saved, encoder: str) -> Found:
    own = saved.own("collapse", encoder)
    if own.empty:
        return {}
    row = own.iloc[0]
    correlation = row["largest_correlation"]
    return {
        "wasted": row["constant"] + row["dead"] + row["duplicate"],
        "effective": row["effective"],
        # fewer than two latents that vary correlate with nothing
        "largest_correlation": 0.0 if pd.isna(correlation) else correlation,
    }


def _accuracy(saved: Saved, encoder: str) -> Found:
    """Return how well the label is predicted from inputs, latents and formulas."""
    probe = pd.DataFrame(saved.record("task_probe").get("records") or [])
    if probe.empty:
        return {}
    mine = probe[probe["encoder"] == encoder].set_index("representation")
    inputs = probe.loc[probe["representation"] == "features", "accuracy"]
    return {
        "accuracy_encoder": mine["accuracy"].get("encoder"),
        "accuracy_formulas": mine["accuracy"].get("formulas"),
        "accuracy_inputs": inputs.median() if len(inputs) else None,
        "accuracy_low": mine["ci_low"].get("formulas") if "ci_low" in mine else None,
        "accuracy_commonest": saved.record("task_probe").get("majority_accuracy"),
    }
