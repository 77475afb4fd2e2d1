"""Latent dims, networks and budgets that suit the size of a table."""

from dataclasses import dataclass

from latent_laws.errors import LatentLawsError
from latent_laws.tables.profile import TableProfile
from latent_laws.tables.split import SplitOptions

_SWEEP = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128)
_MOST_DIMS = 8
# of more latents a formula is hardly more than a copy of an input
_MOST_DISTILLED = 8
# a latent dim is fitted on at least so many training rows
_ROWS_A_LATENT = 5
# from here on a tenth is enough rows to test on
_ROWS_FOR_TENTHS = 3000
_FEW_ROWS = 1000
_MANY_INPUTS = 100
_MAX_NODES = (20, 40, 60, 80, 120)
# a weighted input and its plus
_NODES_AN_INPUT = 4


@dataclass(frozen=True)
class Sizes:
    """What to write into the parameters of a table.

    Attributes:
        fraction: Share of the validation rows, and of the test rows.
        latent_dims: Sweep of the latent dim.
        distilled_dims: Those that are distilled.
        hidden: Units of the network's hidden layers.
        batch_size: Rows a step.
        max_nodes: Of encoders that are formulas, up to what takes all inputs.
        has_few_rows: Whether the network is made small for lack of rows.
        has_many_inputs: Whether what takes each input in turn gets fewer rows.
    """

    fraction: float
    latent_dims: tuple[int, ...]
    distilled_dims: tuple[int, ...]
    hidden: tuple[int, ...]
    batch_size: int
    max_nodes: tuple[int, ...]
    has_few_rows: bool
    has_many_inputs: bool


def fitting_sizes(profile: TableProfile) -> Sizes:
    """Choose sizes for a table.

    Raises:
        LatentLawsError: If it has too few rows for three parts, or fewer than two inputs.
    """
    fraction = 0.1 if profile.n_rows >= _ROWS_FOR_TENTHS else 0.2
    split = SplitOptions(validation_fraction=fraction, test_fraction=fraction)
    if profile.n_rows < split.least_rows:
        raise LatentLawsError(
            f"the table has {profile.n_rows} rows: training, validation and test rows take at "
            f"least {split.least_rows} together"
        )
    if profile.n_variables < 2:  # noqa: PLR2004 - one has nothing to share with others
        raise LatentLawsError(
            f"the table has one usable column, '{profile.used[0].name}': an encoder needs two"
        )
    train_rows = round(profile.n_rows * (1 - 2 * fraction))
    few = train_rows < _FEW_ROWS
    latent_dims = sweep_dims(profile.n_variables, train_rows)
    return Sizes(
        fraction=fraction,
        latent_dims=latent_dims,
        distilled_dims=_distilled_dims(profile, latent_dims),
        hidden=(32, 32) if few else (64, 64, 64),
        batch_size=min(256, max(16, 2 ** ((train_rows // 4).bit_length() - 1))),
        max_nodes=_max_nodes(profile.n_inputs),
        has_few_rows=few,
        has_many_inputs=profile.n_inputs >= _MANY_INPUTS,
    )


def sweep_dims(n_variables: int, train_rows: int) -> tuple[int, ...]:
    """Return latent dims below the number of variables, every one of few, some of many.

    Args:
        n_variables: Inputs that vary; a one-hot group is one.
        train_rows: To train on.
    """
    most = min(n_variables - 1, max(1, int(train_rows / _ROWS_A_LATENT)))
    dims = _at_most(_SWEEP, most)
    return dims if len(dims) <= _MOST_DIMS else tuple(d for d in dims if d not in (1, 3, 6, 12))


def _max_nodes(n_inputs: int) -> tuple[int, ...]:
    """Leave out sizes beyond the first that holds every input: they would change nothing."""
    enough = [nodes for nodes in _MAX_NODES[1:] if nodes >= _NODES_AN_INPUT * n_inputs]
    return _at_most(_MAX_NODES, enough[0] if enough else _MAX_NODES[-1])


def _distilled_dims(profile: TableProfile, latent_dims: tuple[int, ...]) -> tuple[int, ...]:
    """Choose two tight dims: there an encoder has to combine inputs, not copy them."""
    tightest = 2 if 2 in latent_dims else latent_dims[0]  # noqa: PLR2004 - a map has two axes
    most = min(_MOST_DISTILLED, profile.n_variables // 3)
    wider = [dim for dim in latent_dims if tightest < dim <= most]
    return (tightest, *wider[-1:])


def _at_most(numbers: tuple[int, ...], most: int) -> tuple[int, ...]:
    return tuple(number for number in numbers if number <= most)
