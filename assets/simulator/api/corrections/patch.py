"""How a correction gets into moto."""

import functools
from collections.abc import Callable


def replaces(owner: object, name: str) -> Callable:
    """
    Puts the decorated function in the place of `owner.name`; it gets the original as its first argument.
    Raises AttributeError when a newer moto has no such thing any more.
    """
    original = getattr(owner, name)

    def put(function: Callable) -> Callable:
        @functools.wraps(original)
        def replacement(*args, **kwargs):
            return function(original, *args, **kwargs)

        setattr(owner, name, replacement)
        return function

    return put
