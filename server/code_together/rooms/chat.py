"""The chat of a live session: what is said, changed and deleted is kept, then told to everyone; who is typing is only told."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypedDict

from code_together.rooms.connection import Connection, Person
from code_together.session.authors import Author, Moment, author_body, email_of, rfc3339
from code_together.storage.accounts import Account
from code_together.storage.chat import ChatMessage, Unread

if TYPE_CHECKING:
    from code_together.rooms.room import Room

# How long those who type are gathered before they are told, and how often one of them is, in seconds.
_PAUSE = 0.25
_TYPING_AGAIN = 1.0


class Message(TypedDict):
    """`text` is empty where it was deleted."""

    id: int
    author: Author
    at: Moment
    text: str
    edited_at: Moment | None
    deleted: bool


def describe(said: ChatMessage, host: str) -> Message:
    """A chat message, as the API and the live protocol say it."""
    account = said.account
    return {
        "id": said.id,
        "author": author_body(account.name, account.display_name, email_of(account.name, host)),
        "at": rfc3339(said.at),
        "text": said.text,
        "edited_at": None if said.edited_at is None else rfc3339(said.edited_at),
        "deleted": said.deleted,
    }


class Chat:
    """A room's chat."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._kept = room.around.chat
        self._typing: dict[int, Person] = {}
        self._told: dict[int, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    async def post(self, account: int, text: str, key: str | None = None) -> tuple[ChatMessage, bool]:
        """Keeps a message and tells everyone; one that is sent again with its key is neither. Raises what `storage.Chat.add` raises."""
        posted, fresh = await self._kept.add(self._room.session, account, text, key)
        if fresh:
            self._typing.pop(account, None)
            self._told.pop(account, None)
            self._tell("chat", posted)
        return posted, fresh

    async def edit(self, account: int, id: int, text: str) -> ChatMessage:
        """Gives one's own message another text. Raises what `storage.Chat.edit` raises."""
        edited = await self._kept.edit(self._room.session, id, account, text)
        self._tell("chat_changed", edited)
        return edited

    async def delete(self, account: int, id: int, *, of_others: bool) -> None:
        """Takes a message's text away. Raises what `storage.Chat.delete` raises."""
        deleted = await self._kept.delete(self._room.session, id, account, of_others=of_others)
        self._tell("chat_changed", deleted)

    async def mark_read(self, account: Account, id: int) -> Unread:
        """The account has read up to this message; its other windows hear of it."""
        unread = await self._kept.mark_read(self._room.session, account, id)
        mine = [one for one in self._room.connections if one.person.account == account.id]
        if mine:
            self._room.tell_some(
                mine, "chat_read", id=unread.read, unread=unread.unread, mentions=unread.mentions
            )
        return unread

    def typing(self, connection: Connection) -> None:
        """Somebody is typing a message: everyone hears it soon, with the others who do, and once a second at the most."""
        person, now = connection.person, asyncio.get_running_loop().time()
        if now < self._told.get(person.account, 0) + _TYPING_AGAIN:
            return
        self._told[person.account] = now
        self._typing[person.account] = person
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_PAUSE, self._tell_typing)

    def stop(self) -> None:
        if self._timer:
            self._timer.cancel()

    def _tell_typing(self) -> None:
        self._timer = None
        typing, self._typing = self._typing, {}
        if typing:
            people = [{"name": one.name, "display_name": one.display_name} for one in typing.values()]
            self._room.tell("typing", people=people)

    def _tell(self, type: str, said: ChatMessage) -> None:
        self._room.tell(type, **describe(said, self._room.around.host))
