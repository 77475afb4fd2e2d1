"""Nodes of own_encoder."""

from typing import Any

import numpy as np
import pandas as pd

from latent_laws.encoders.loading import EncoderSource, OwnEncoder
from latent_laws.encoders.measures import measure_reconstruction
from latent_laws.pipelines.own_encoder.parameters import OwnEncoderOptions
from latent_laws.tables.table import FeatureTable


def read_encoder(
    features: pd.DataFrame, feature_info: pd.DataFrame, options: OwnEncoderOptions
) -> tuple[dict[str, OwnEncoder], pd.DataFrame, list[dict[str, Any]]]:
    """Load the encoder, try it on the rows, and measure what it loses (nothing without a decoder).

    Returns:
        `autoencoders`, `reconstruction_errors` and `training_metrics`.
    """
    table = FeatureTable.from_frame(features)
    mean, scale = np.zeros(len(feature_info)), np.ones(len(feature_info))
    if options.rows == "raw":
        mean, scale = feature_info["mean"].to_numpy(), feature_info["scale"].to_numpy()
    source = EncoderSource(
        encoder=options.encoder,
        decoder=options.decoder,
        mean=tuple(mean.tolist()),
        scale=tuple(scale.tolist()),
    ).seen()
    own = OwnEncoder.of(source, table.train)
    metrics, errors = measure_reconstruction(own, table)
    return {own.key: own}, errors, metrics
