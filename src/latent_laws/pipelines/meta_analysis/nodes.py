"""Nodes of meta_analysis."""

import pandas as pd

from latent_laws.analysis.frontier import measure_frontier
from latent_laws.autoencoder.model import TrainedAutoencoder
from latent_laws.features.table import FeatureTable
from latent_laws.pipelines.meta_analysis.parameters import MetaAnalysisOptions

Autoencoders = dict[str, TrainedAutoencoder]


def draw_frontier(
    autoencoders: Autoencoders,
    sparse_autoencoders: Autoencoders,
    features: pd.DataFrame,
    options: MetaAnalysisOptions,
) -> pd.DataFrame:
    """Measure what reading an encoder costs in reconstruction."""
    sparse = list(sparse_autoencoders.values())
    latent_dim = sparse[0].latent_dim
    dense = [
        trained
        for trained in autoencoders.values()
        if trained.latent_dim == latent_dim and trained.variant in ("standard", "rotated")
    ]
    return measure_frontier(dense, sparse, FeatureTable.from_frame(features), options.tasks)
