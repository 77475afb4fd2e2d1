"""Nodes that are named after their function."""

from collections.abc import Callable
from typing import Any

from kedro.pipeline import Node


def node(
    function: Callable[..., Any], inputs: list[str] | dict[str, str], outputs: str | list[str]
) -> Node:
    """Return a node; its name is the function's with `_node` after it."""
    return Node(function, inputs, outputs, name=f"{function.__name__}_node")
