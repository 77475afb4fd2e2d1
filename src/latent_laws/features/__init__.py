"""Tables in, scaled feature tables out: checks, columns, groups, splits, scaling, embeddings."""
