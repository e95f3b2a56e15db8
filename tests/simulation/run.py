"""One round: some people type, the network and the server misbehave, then all is quiet and everything is compared."""

from __future__ import annotations

import json
import random
from collections import Counter

from code_together.ot.authorship import chain
from code_together.ot.text import Text
from tests.simulation.record import History, check
from tests.simulation.world import ACCOUNTS, Client, Server, random_edit


def run(seed: int) -> dict[str, int]:
    """Plays the round of this seed. Raises AssertionError if a promise is broken; gives counts of what happened."""
    rng = random.Random(seed)
    history = History()
    base = "".join(rng.choice("ab\n😀 ") for _ in range(rng.randint(0, 30)))
    server = Server(base, history, held=rng.choice((0, 3, 1000)))
    accounts = sorted(ACCOUNTS)
    clients = [
        Client(f"c{i}", accounts[i % len(accounts)], Text(base), history) for i in range(rng.randint(3, 10))
    ]
    tokens: list[str] = []
    counts: Counter[str] = Counter()

    def deliver(client: Client) -> None:
        if client.down:
            client.receive(client.down.pop(0))

    def hand_over(client: Client) -> None:
        if client.up:
            message = client.up.pop(0)
            readers = [other for other in clients if other.online]
            error = server.push(client, message, readers)
            assert error is None, f"an honest push was refused: {error}"
            if rng.random() < 0.05:
                counts["repeated"] += 1
                assert server.push(client, message, readers) is None

    def sync() -> None:
        for client, update in server.sync():
            if client.online:
                client.down.append(update)

    def reconnect(client: Client) -> None:
        sync()
        client.online = True
        client.down = server.missed(client.version)

    def crash() -> None:
        counts["crashes"] += 1
        server.crash()
        for client in clients:
            client.disconnect()

    for _ in range(rng.randint(20, 120)):
        client = rng.choice(clients)
        dice = rng.random()
        if dice < 0.35:
            token = None
            if rng.random() < 0.3:
                # One character of its own: nothing can be cut out of it, and no two fragments make another.
                token = chr(0xE000 + len(tokens))
                tokens.append(token)
            client.edit(random_edit(rng, client.text, token))
            counts["edits"] += 1
        elif dice < 0.55:
            if client.online and (message := client.push(mixed=rng.random() < 0.5)):
                client.up.append(message)
        elif dice < 0.70:
            hand_over(client)
        elif dice < 0.80:
            sync()
        elif dice < 0.95:
            deliver(client)
        elif dice < 0.985:
            if client.online:
                counts["disconnects"] += 1
                client.disconnect()
            else:
                reconnect(client)
        else:
            crash()

    for client in clients:
        if not client.online:
            reconnect(client)
    while True:
        for client in clients:
            if message := client.push():
                client.up.append(message)
        busy = any(client.up or client.down for client in clients) or bool(server.waiting)
        if not busy:
            break
        for client in clients:
            hand_over(client)
        sync()
        for client in clients:
            while client.down:
                deliver(client)

    journal = [(u.version, u.client, u.seq, json.dumps(u.changes.to_json())) for u in server.journal]
    check(history, journal)
    text = str(server.document.text)
    for client in clients:
        assert str(client.text) == text, f"convergence: {client.id}"
        assert client.version == server.document.version, "read your writes"
        assert client.confirmed == sum(1 for u in server.journal if u.client == client.id)
    replayed = Text(base)
    for update in server.journal:
        replayed.apply(update.changes)
    assert str(replayed) == text, "log = text"
    steps = chain(base, [(update.account, update.changes) for update in server.journal])
    assert (steps[-1][1] if steps else base) == text, "text = what the commits hold"
    check_tokens(server, tokens, text)
    counts["updates"] = len(journal)
    counts["clients"] = len(clients)
    return dict(counts)


def check_tokens(server: Server, tokens: list[str], text: str) -> None:
    """Intent: a token that was put in once and that nobody deleted anything of is in the text exactly once."""
    for token in tokens:
        assert text.count(token) <= 1, f"{token} is there twice"
    inserted = "".join(part for u in server.journal for part in u.changes.inserted_text())
    for token in tokens:
        assert inserted.count(token) == 1, f"{token} was not put in exactly once"
