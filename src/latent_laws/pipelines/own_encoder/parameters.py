"""The parameters of own_encoder."""

from typing import Literal

from latent_laws.strict import StrictModel


class OwnEncoderOptions(StrictModel):
    """An encoder that this project does not train.

    Attributes:
        encoder: An `.onnx` file, a `.pt2` file of torch.export, or `package.module:function`.
        decoder: The same, back to the inputs; without it whatever needs a decoder is absent.
        rows: What it reads: `raw`, the features in the units of the table; or `scaled`, as this
            project scales them.
    """

    encoder: str
    decoder: str | None = None
    rows: Literal["raw", "scaled"] = "raw"
