"""Whether a sweep of latent dims fits the table."""

from collections.abc import Sequence

from latent_laws.errors import LatentLawsError


def check_latent_dims(
    latent_dims: Sequence[int], n_inputs: int, n_train_rows: int, parameter: str
) -> None:
    """Check that every latent dim can be trained on the table.

    Args:
        latent_dims: Numbers of latents asked for.
        n_inputs: Features that are not constant.
        n_train_rows: Rows of the training split.
        parameter: Name of the parameter the dims came from, for the message.

    Raises:
        LatentLawsError: If a dim is below 1, above the number of inputs, or above the rows.
    """
    if not latent_dims:
        raise LatentLawsError(f"{parameter} is empty: at least one latent dim is needed")
    for latent_dim in latent_dims:
        if not 1 <= latent_dim <= n_inputs:
            raise LatentLawsError(
                f"{parameter} has {latent_dim}: accepted is 1 to {n_inputs}, the number of inputs "
                "that are not constant"
            )
        if latent_dim > n_train_rows:
            raise LatentLawsError(
                f"{parameter} has {latent_dim} but there are {n_train_rows} training rows: "
                "accepted is at most one latent a row"
            )
