"""How strongly each latent responds to each input."""

import numpy as np
import torch
from numpy.typing import NDArray

from latent_laws.encoders.model import Autoencoder


def sensitivity(
    model: Autoencoder, X: NDArray[np.float32], max_rows: int = 1000
) -> NDArray[np.float64]:
    """Return the mean size of the encoder's Jacobian, in units of the inputs' spread.

    Args:
        model: the network.
        X: rows x features, of which the first `max_rows` are used.
        max_rows: a few hundred rows rank the inputs as well as all.

    Returns:
        E|dz_i/dx_j| · std(x_j), latents x features.
    """
    x = torch.tensor(X[:max_rows]).requires_grad_()
    z = model.encode(x)
    rows = [
        torch.autograd.grad(z[:, i].sum(), x, retain_graph=True)[0].abs().mean(dim=0).numpy()
        for i in range(z.shape[1])
    ]
    response: NDArray[np.float64] = np.stack(rows).astype(np.float64) * X.std(axis=0)
    return response
