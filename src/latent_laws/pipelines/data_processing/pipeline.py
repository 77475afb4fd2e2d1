"""Raw records to a scaled feature table and its split."""

from kedro.pipeline import Pipeline

from latent_laws.pipelines.data_processing.nodes import make_features
from latent_laws.pipelines.node import node


def create_pipeline() -> Pipeline:
    """Create the data_processing pipeline."""
    inputs = ["raw_records", "params:data_processing"]
    outputs = ["features", "feature_info", "columns", "labels"]
    return Pipeline([node(make_features, inputs, outputs)])
