"""Raw records to a scaled feature table and its split."""

from kedro.pipeline import Node, Pipeline

from latent_laws.pipelines.data_processing.nodes import make_features


def create_pipeline() -> Pipeline:
    """Create the data_processing pipeline."""
    return Pipeline(
        [
            Node(
                make_features,
                inputs=["raw_records", "params:data_processing"],
                outputs=["features", "feature_info", "column_plans"],
                name="make_features_node",
            )
        ]
    )
