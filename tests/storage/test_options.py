"""What an admin decides at run time."""

from __future__ import annotations

import dataclasses

import pytest

from code_together.errors import Unprocessable
from code_together.storage.options import Options

from .conftest import Store


@pytest.mark.parametrize("default", ["open", "invite", "closed"])
async def test_registration(store: Store, default: str) -> None:
    """AM9: the setting counts until an admin decides; that decision stands for another server on the same data."""
    settings = dataclasses.replace(store.settings, registration=default)
    options = Options(store.database, settings)
    assert await options.registration() == default
    for value in ("closed", "invite", "open"):
        await options.set_registration(value)
        assert await Options(store.database, settings).registration() == value


async def test_refused(store: Store) -> None:
    """AM9: anything else is refused and changes nothing."""
    with pytest.raises(Unprocessable, match="open, invite, closed"):
        await store.options.set_registration("ajar")
    assert await store.options.registration() == "open"
