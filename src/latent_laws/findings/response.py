"""What an encoder answers to rows, as every finding about inputs looks at it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from latent_laws.encoders.protocol import Encoder

Rows = NDArray[np.float32]
Values = NDArray[np.float64]


@dataclass(frozen=True)
class Response:
    """The reconstruction, or the latents in their deviations where there is no decoder.

    The reconstruction does not depend on the latent basis, and it weighs a latent by what becomes
    of it; without a decoder every latent counts alike.

    Attributes:
        model: The encoder.
        scale: Deviation of each latent over the reference rows, latents.
    """

    model: Encoder
    scale: Values

    @classmethod
    def of(cls, model: Encoder, reference: Rows) -> "Response":
        """Look at an encoder; the reference rows give the deviations of its latents."""
        deviation = model.encode(reference).std(axis=0)
        return cls(model, np.where(deviation > 0, deviation, 1.0))

    def to_rows(self, X: Rows) -> Values:
        """Return the answer to rows x inputs: rows x outputs."""
        return self.to_latents(self.model.encode(X))

    def to_latents(self, Z: Values) -> Values:
        """Return the answer to latents: rows x outputs."""
        return self.model.decode(Z) if self.model.can_decode else Z / self.scale

    def wanted(self, X: Rows) -> Values:
        """Return what the answer is held against: the rows, or without a decoder the latents."""
        return X.astype(np.float64) if self.model.can_decode else self.to_rows(X)

    def gain(self, X: Rows) -> Values:
        """Return how strongly the answer to some rows reacts to each latent: latents."""
        if self.model.can_decode:
            return self.model.decoder_gain(self.model.encode(X))
        return 1 / self.scale
