"""The audit log."""

from __future__ import annotations

from .conftest import Store

DAY = 86_400.0


async def test_what_was_done(store: Store) -> None:
    """AM8: who did what, where, to whom and when, newest first; None did it from the command line."""
    await store.audit.add("account_disabled", None, target="bob")
    store.clock.now += 5
    await store.audit.add("role_changed", "ann", session=("s1", "Parser"), target="bob", detail="viewer")
    (second, first), following = await store.audit.page(None, 10)
    assert following is None
    assert (first.actor, first.action, first.session, first.target) == (None, "account_disabled", None, "bob")
    assert (second.actor, second.action, second.session, second.title) == (
        "ann",
        "role_changed",
        "s1",
        "Parser",
    )
    assert (second.target, second.detail, second.at - first.at) == ("bob", "viewer", 5)


async def test_pages(store: Store) -> None:
    """AM8: page by page every entry comes once, and the last page says that it is."""
    for number in range(7):
        await store.audit.add("restored", "ann", target=f"{number}.py")
    seen: list[str | None] = []
    before: int | None = None
    while True:
        entries, before = await store.audit.page(before, 3)
        seen += [entry.target for entry in entries]
        if before is None:
            break
    assert seen == [f"{number}.py" for number in reversed(range(7))]


async def test_old_entries_go(store: Store) -> None:
    """AM8: what is older than `audit_days` is swept out, and nothing younger."""
    await store.audit.add("restored", "ann", target="old.py")
    store.clock.now += (store.settings.audit_days - 1) * DAY
    await store.audit.add("restored", "ann", target="young.py")
    store.clock.now += 2 * DAY
    await store.audit.add("restored", "ann", target="new.py")
    entries, _ = await store.audit.page(None, 10)
    assert [entry.target for entry in entries] == ["new.py", "young.py"]


async def test_stays_when_the_account_is_gone(store: Store) -> None:
    """AM8: what the log says refers to nothing that can go."""
    ann = await store.account()
    session = await store.session(ann)
    await store.audit.add("session_deleted", "ann", session=(session, "Parsers"))
    await store.sessions.delete(session)
    ((entry,), _) = await store.audit.page(None, 10)
    assert (entry.session, entry.title) == (session, "Parsers")
