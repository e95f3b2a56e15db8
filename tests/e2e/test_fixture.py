"""What the browser tests' own fixture notices."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import User

pytestmark = pytest.mark.browser


@pytest.mark.long
def test_errors_of_scripts_are_noticed(people: tuple[User, User]) -> None:
    """What a script of the page says on the console or leaves uncaught is an error; a server that is away or says no is none."""
    ann, _ = people
    ann.go_home()
    ann.page.evaluate("fetch('/api/nothing').then(() => null)")
    ann.page.evaluate(
        "new Promise(done => { new WebSocket(`ws://${location.host}/nothing`).onclose = () => done(null) })"
    )
    assert ann.errors == []
    ann.page.evaluate("console.error(new ReferenceError('said'))")
    ann.page.evaluate(
        "new Promise(done => setTimeout(() => { setTimeout(done); throw new Error('thrown') }))"
    )
    assert len(ann.errors) == 2
    assert "said" in ann.errors[0]
    assert "thrown" in ann.errors[1]
    ann.errors.clear()
