"""A sweep that does not fit the table."""

import pytest

from latent_laws.errors import LatentLawsError
from latent_laws.tables.sweep import check_latent_dims


def test_a_fitting_sweep_passes() -> None:
    check_latent_dims([1, 5, 9], n_inputs=9, n_train_rows=9, parameter="training.latent_dims")


@pytest.mark.parametrize(
    ("dims", "message"),
    [
        ([2, 0], "training.latent_dims has 0: accepted is 1 to 9, the number of inputs"),
        ([-3], "training.latent_dims has -3"),
        ([10], "training.latent_dims has 10: accepted is 1 to 9"),
        ([8], "training.latent_dims has 8 but there are 7 training rows"),
        ([], "training.latent_dims is empty"),
    ],
)
def test_a_dim_that_does_not_fit_is_named(dims: list[int], message: str) -> None:
    with pytest.raises(LatentLawsError) as caught:
        check_latent_dims(dims, n_inputs=9, n_train_rows=7, parameter="training.latent_dims")
    assert str(caught.value).startswith(message)
