"""The search: engines, portfolio, selection."""
