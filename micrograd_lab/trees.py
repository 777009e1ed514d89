"""Nests of tuples, lists and dicts: take the leaves out, put others in."""

from collections.abc import Callable
from typing import Any


def leaves_of(tree: Any) -> list[Any]:
    """What is no tuple, list or dict, from left to right.  None is no leaf."""
    if isinstance(tree, (tuple, list)):
        return [leaf for part in tree for leaf in leaves_of(part)]
    if isinstance(tree, dict):
        return [leaf for part in tree.values() for leaf in leaves_of(part)]
    return [] if tree is None else [tree]


def tree_map(f: Callable[..., Any], tree: Any, *others: Any) -> Any:
    """The same nest, with f(leaf, *the leaves of others in the same place) for each leaf."""
    if isinstance(tree, (tuple, list)):
        parts = [tree_map(f, *together) for together in zip(tree, *others, strict=True)]
        return type(tree)(*parts) if hasattr(tree, "_fields") else type(tree)(parts)
    if isinstance(tree, dict):
        return {key: tree_map(f, part, *(o[key] for o in others)) for key, part in tree.items()}
    return None if tree is None else f(tree, *others)


def rebuild(tree: Any, leaves: list[Any]) -> Any:
    """The same nest, with these leaves, from left to right."""
    following = iter(leaves)
    return tree_map(lambda _: next(following), tree)
