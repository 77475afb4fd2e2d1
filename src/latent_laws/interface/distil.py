"""The front door: hand over an encoder and rows, get formulas and every check of them."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latent_laws.checks.distillation import DistillationPlan, search_all, selected
from latent_laws.checks.fidelity import measure_fidelity
from latent_laws.checks.linearity import linear_r2
from latent_laws.checks.records import formula_records
from latent_laws.checks.stability import measure_stability
from latent_laws.checks.substitution import SubstitutionOptions, substitute
from latent_laws.checks.target import Target
from latent_laws.encoders.protocol import Encoder, EncoderError
from latent_laws.encoders.sources import as_encoder, is_latents
from latent_laws.errors import LatentLawsError
from latent_laws.formulas.formula import Formula
from latent_laws.formulas.symbolic_encoder import SymbolicEncoder
from latent_laws.formulas.units import Scaling
from latent_laws.interface.distillation import Checks, Distillation
from latent_laws.scores import IntervalOptions
from latent_laws.search.options import SearchOptions
from latent_laws.search.problem import Knowledge
from latent_laws.search.rescaled import rescaled_front
from latent_laws.search.screening import data_sensitivity
from latent_laws.search.selection import SelectionOptions
from latent_laws.tables.rows import Rows, assigned_splits, read_rows, standardising, table_of
from latent_laws.tables.table import SPLITS, FeatureTable
from latent_laws.tasks import TaskOptions

Array = NDArray[np.float64]

VARIANT = "own"
# enough to compare formulas with; whether the search finds things in noise takes sixty, and with
# them three times as long
_NULLS = 12
# as many searches as take less time than further processes need to start
_FEW = 8


@dataclass(frozen=True)
class _Given:
    """What the user handed over.

    Attributes:
        table: Rows as the encoder takes them.
        searched: The same rows, of about size one.
        inner: From `table` to `searched`.
        outer: From the user's raw columns to `table`.
        target: The latents.
        splits: Of every row.
        encoder: None where only latents were given.
    """

    table: FeatureTable
    searched: FeatureTable
    inner: Scaling
    outer: Scaling
    target: Target
    splits: NDArray[np.str_]
    encoder: Encoder | None


def distil(  # noqa: PLR0913, PLR0917 - a front door: what is handed over, by name
    encode: object,
    X: object,
    decode: object = None,
    names: Sequence[str] | None = None,
    scaling: Mapping[str, tuple[float, float]] | None = None,
    units: Mapping[str, str] | None = None,
    split: object = None,
    engines: Sequence[str] | None = None,
    max_complexity: int = 40,
    seed: int = 0,
    workers: int | None = None,
    checks: bool = True,
    progress: bool = True,
    nulls: int = _NULLS,
) -> Distillation:
    """Find a closed form for every latent of an encoder, and check each.

    Args:
        encode: A torch module, a callable, the path of an .onnx file, or an array of latents,
            rows x latents.
        X: Frame or array, rows x inputs, as `encode` takes them.
        decode: As `encode`, from rows x latents to rows x inputs; without it whatever needs a
            decoder is absent.
        names: Of the inputs; a frame has its own.
        scaling: Input -> (mean, scale), if rows are scaled: formulas then also in raw units,
            raw = mean + scale * x. Inputs that are left out count as raw.
        units: Input -> unit of its raw values, such as `{"Aspect": "degree"}`.
        split: `train`, `validation` or `test` for every row; 80/10/10 by `seed` if left out.
        engines: Names of the search engines; the portfolio if left out.
        max_complexity: Nodes of a formula, as PySR counts them.
        seed: Of the split and the search; the next two repeat it.
        workers: Processes; if left out, as many as there are processors where that pays.
        checks: Whether nulls, repeats, the fidelity ladder and substitution are run; without
            them only fronts and formulas.
        progress: Whether to show how far the search is.
        nulls: Shuffled latents that are searched as the real ones are, where checks are run: at
            least as many. With 60 a search that finds something in 5 % of noise shows with 95 %;
            with fewer the claim that it finds nothing there is called not measured.

    Returns:
        Formulas, fronts, checks, and the encoder that the formulas make.

    Raises:
        LatentLawsError: If what was handed over does not fit together.

    Examples:
        >>> import numpy as np
        >>> X = np.random.default_rng(0).normal(size=(500, 3))
        >>> found = distil(lambda x: x[:, :1] - 2 * x[:, 1:2], X, checks=False, progress=False)
        >>> found.formulas["n_inputs"].tolist()
        [2]
    """
    rows = read_rows(X, names)
    outer = _outer_scaling(rows.names, scaling, units)
    splits = assigned_splits(split, len(rows.values), seed)
    given = _given(encode, decode, rows, splits, outer)
    selection = SelectionOptions(max_complexity=max_complexity)
    options = SearchOptions(selection=selection)
    if engines is not None:
        options = SearchOptions(engines=tuple(engines), selection=selection)
    n_workers = workers or _workers(given.target.latent_dim, checks)
    tasks = TaskOptions(workers=n_workers, cache=None, progress=progress)
    return _distilled(given, options, _plan(seed, checks, nulls), tasks, checks)


def _given(
    encode: object, decode: object, rows: Rows, splits: NDArray[np.str_], outer: Scaling
) -> _Given:
    """Bring encoder and rows together."""
    mean, scale = standardising(rows.values, splits == "train")
    inner = Scaling.of(dict(zip(rows.names, zip(mean, scale, strict=True), strict=True)))
    table = table_of(rows.names, rows.values, splits)
    searched = table_of(rows.names, (rows.values - mean) / scale, splits)
    if is_latents(encode):
        if decode is not None:
            raise EncoderError("decode is of no use beside an array of latents: hand over encode")
        latents = _given_latents(encode, splits)
        sensitivity = data_sensitivity(searched.train, latents["train"])
        target = Target(VARIANT, latents, sensitivity)
        return _Given(table, searched, inner, outer, target, splits, None)
    encoder = as_encoder(encode, decode, rows.values, rows.make_input)
    target = Target.of(VARIANT, encoder, table)
    return _Given(table, searched, inner, outer, target, splits, encoder)


def _outer_scaling(
    names: tuple[str, ...],
    scaling: Mapping[str, tuple[float, float]] | None,
    units: Mapping[str, str] | None,
) -> Scaling:
    """Return what leads from raw columns to the encoder's rows."""
    for what, given in (("scaling", scaling), ("units", units)):
        unknown = [name for name in given or () if name not in names]
        if unknown:
            raise LatentLawsError(f"{what} names {unknown[0]!r}, which is no input of X")
    return Scaling.of({name: (scaling or {}).get(name, (0.0, 1.0)) for name in names}, units)


def _given_latents(latents: object, splits: NDArray[np.str_]) -> dict[str, Array]:
    """Read an array of latents."""
    Z = np.asarray(latents, dtype=np.float64)
    Z = Z[:, None] if Z.ndim == 1 else Z
    if Z.ndim != 2 or len(Z) != len(splits):  # noqa: PLR2004 - rows x latents
        raise EncoderError(
            f"the latents have shape {Z.shape} for {len(splits)} rows; accepted is rows x latents"
        )
    if not np.isfinite(Z).all():
        raise EncoderError("the latents hold values that are no finite numbers")
    return {split: Z[splits == split] for split in SPLITS}


def _plan(seed: int, checks: bool, nulls: int) -> DistillationPlan:
    """Return which searches are run beside one a latent."""
    if nulls < 1:
        raise LatentLawsError(f"nulls is {nulls}: accepted are 1 and more; checks=False runs none")
    if not checks:
        return DistillationPlan(seeds=(seed,), checked_latents=0, nulls=0)
    return DistillationPlan(seeds=(seed, seed + 1, seed + 2), nulls=nulls)


def _workers(latent_dim: int, checks: bool) -> int:
    """Return how many processes pay."""
    return (os.cpu_count() or 1) if checks or latent_dim > _FEW else 1


def _knowledge(given: _Given) -> Knowledge:
    """Return what units tell of the rows that are searched."""
    inner, outer = given.inner, given.outer
    columns = zip(inner.mean, inner.scale, outer.mean, outer.scale, strict=True)
    raw = [(m + s * mean, s * scale) for mean, scale, m, s in columns]
    info = pd.DataFrame(raw, columns=["mean", "scale"]).assign(feature=inner.names, kind="numeric")
    return Knowledge.of(info.assign(unit=pd.Series(outer.units, dtype=object)))


def _distilled(
    given: _Given,
    options: SearchOptions,
    plan: DistillationPlan,
    tasks: TaskOptions,
    checks: bool,
) -> Distillation:
    """Search, describe what was found, and check it."""
    table, target, seed = given.table, given.target, plan.seeds[0]
    found = search_all([target], given.searched, _knowledge(given), options, plan, tasks)
    fronts, nulls = (_in_inputs(one, given.inner, options.selection) for one in found)
    intervals = IntervalOptions()
    return Distillation(
        table=table,
        target=target,
        splits=given.splits,
        scaling=given.outer,
        records=formula_records([target], table, fronts, seed, intervals, given.outer),
        fronts_found=fronts,
        linearity_found=linear_r2(
            table.train, target.latents["train"], table.test, target.latents["test"]
        ),
        checks=_checks(given, fronts, nulls, intervals, seed, tasks) if checks else None,
        source=given.encoder,
        tasks=tasks,
    )


def _in_inputs(fronts: pd.DataFrame, inner: Scaling, selection: SelectionOptions) -> pd.DataFrame:
    """Write fronts that were searched on rows of size one for rows as the encoder takes them."""
    if not len(fronts) or inner == Scaling.of({name: (0.0, 1.0) for name in inner.names}):
        return fronts
    searches = fronts.groupby(["latent", "seed"], sort=False)
    return pd.concat(
        [rescaled_front(own, inner, selection) for _, own in searches], ignore_index=True
    )


def _checks(
    given: _Given,
    fronts: pd.DataFrame,
    nulls: pd.DataFrame,
    intervals: IntervalOptions,
    seed: int,
    tasks: TaskOptions,
) -> Checks:
    """Check what was found."""
    targets, table = [given.target], given.table
    return Checks(
        fidelity=measure_fidelity(targets, table, fronts, nulls, seed, intervals, tasks),
        nulls=nulls,
        stability=measure_stability(fronts, table.names),
        substitution=_substitution(given, fronts, seed),
    )


def _substitution(given: _Given, fronts: pd.DataFrame, seed: int) -> dict[str, object] | None:
    """Run the decoder on the formulas; None where there is no decoder."""
    if given.encoder is None or not given.encoder.can_decode:
        return None
    chosen = selected(fronts, given.target.encoder, seed)["expression"]
    forms = [Formula.parse(text, given.table.names) for text in chosen]
    encoder = SymbolicEncoder(forms, given.table.names)
    return substitute(given.encoder, encoder, given.table, SubstitutionOptions(seed=seed))
