"""Texts: reviews to embeddings, and the words behind them."""
