"""What was found out about objects of Git, kept for who asks again: they never change."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Kept(Generic[K, V]):
    """Values of this process, of a size in all that is bounded: what nobody asked for the longest goes first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._size = 0
        self._values: OrderedDict[K, tuple[V, int]] = OrderedDict()

    def get(self, key: K) -> V | None:
        if key not in self._values:
            return None
        self._values.move_to_end(key)
        return self._values[key][0]

    def put(self, key: K, value: V, size: int) -> None:
        """Keeps a value in place of an earlier one; one that is larger than all may be is not kept."""
        if key in self._values:
            self._size -= self._values.pop(key)[1]
        if size > self._most:
            return
        self._values[key] = value, size
        self._size += size
        while self._size > self._most:
            self._size -= self._values.popitem(last=False)[1][1]
