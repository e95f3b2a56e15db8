"""The one table of routes: what is served where, and what it needs of whom comes.

The order matters for the last row alone, which takes every other page.
"""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler

from code_together.http import (
    accounts,
    activity,
    admin,
    archives,
    away,
    chat,
    comments,
    conflicts,
    files,
    git,
    invites,
    logins,
    looking,
    metrics,
    pages,
    playback,
    push,
    reverting,
    revisions,
    search,
    sessions,
    texts,
    tls,
    tokens,
    versions,
    websocket,
)
from code_together.http.access import Need, guarded
from code_together.http.description import OPENAPI, get_description, packed_description
from code_together.http.login import Way
from code_together.http.middleware import meet_expectation


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    path: str
    """aiohttp's pattern; a session's id is always `{session}`."""
    handler: Handler
    action: Need
    """Checked before the handler runs, which then finds `request[IDENTITY]`, and for an action in a session `request[GRANT]`."""
    way: Way = "login"


ROUTES: tuple[Route, ...] = (
    Route("POST", "/api/accounts", accounts.create_account, "nothing"),
    Route("POST", "/api/login", accounts.log_in, "nothing"),
    Route("POST", "/api/logout", accounts.log_out, "nothing"),
    Route("GET", "/api/registration", accounts.get_registration, "nothing"),
    Route("GET", "/api/me", accounts.me, "account"),
    Route("PATCH", "/api/me", accounts.change_me, "account"),
    Route("GET", "/api/logins", logins.list_logins, "account"),
    Route("DELETE", "/api/logins", logins.end_others, "account"),
    Route("DELETE", "/api/logins/{id}", logins.end_one, "account"),
    Route("GET", "/api/tokens", tokens.list_tokens, "account"),
    Route("POST", "/api/tokens", tokens.create_token, "account"),
    Route("DELETE", "/api/tokens/{id}", tokens.delete_token, "account"),
    Route("POST", "/api/reset", admin.reset, "nothing"),
    Route("GET", "/api/admin/server", admin.get_server, "admin"),
    Route("PATCH", "/api/admin/server", admin.change_server, "admin"),
    Route("GET", "/api/admin/accounts", admin.list_accounts, "admin"),
    Route("PATCH", "/api/admin/accounts/{name}", admin.change_account, "admin"),
    Route("POST", "/api/admin/accounts/{name}/reset", admin.make_reset, "admin"),
    Route("GET", "/api/admin/sessions", admin.list_sessions, "admin"),
    Route("GET", "/api/admin/audit", admin.list_audit, "admin"),
    Route("GET", "/api/sessions", sessions.list_sessions, "account"),
    Route("POST", "/api/sessions", sessions.create_session, "account"),
    Route("GET", "/api/sessions/{session}", sessions.get_session, "read"),
    Route("PATCH", "/api/sessions/{session}", sessions.change_session, "own"),
    Route("DELETE", "/api/sessions/{session}", sessions.delete_session, "own"),
    Route("GET", "/api/sessions/{session}/members", sessions.list_members, "read"),
    Route("PUT", "/api/sessions/{session}/members/{name}", sessions.set_member, "own"),
    Route("DELETE", "/api/sessions/{session}/members/{name}", sessions.remove_member, "own"),
    Route("POST", "/api/sessions/{session}/leave", sessions.leave, "read"),
    Route("GET", "/api/sessions/{session}/invites", invites.list_invites, "own"),
    Route("POST", "/api/sessions/{session}/invites", invites.create_invite, "own"),
    Route("DELETE", "/api/sessions/{session}/invites/{id}", invites.end_invite, "own"),
    Route("POST", "/api/invites", invites.look, "nothing"),
    Route("POST", "/api/invites/{token}/accept", invites.accept, "account"),
    Route("GET", "/api/sessions/{session}/chat", chat.list_messages, "read"),
    Route("POST", "/api/sessions/{session}/chat", chat.post_message, "comment"),
    Route("GET", "/api/sessions/{session}/chat/read", chat.get_read, "read"),
    Route("POST", "/api/sessions/{session}/chat/read", chat.mark_read, "read"),
    Route("PATCH", "/api/sessions/{session}/chat/{id}", chat.edit_message, "comment"),
    Route("DELETE", "/api/sessions/{session}/chat/{id}", chat.delete_message, "comment"),
    Route("GET", "/api/sessions/{session}/comments", comments.list_comments, "read"),
    Route("POST", "/api/sessions/{session}/comments", comments.create_comment, "comment"),
    Route("GET", "/api/sessions/{session}/comments/{id}", comments.get_thread, "read"),
    Route("PATCH", "/api/sessions/{session}/comments/{id}", comments.change_comment, "comment"),
    Route("DELETE", "/api/sessions/{session}/comments/{id}", comments.delete_comment, "comment"),
    Route("GET", "/api/sessions/{session}/revisions/{id}/comments", comments.list_places, "read"),
    Route("GET", "/api/sessions/{session}/mentions", comments.list_mentions, "read"),
    Route("POST", "/api/sessions/{session}/mentions/read", comments.read_mentions, "read"),
    Route("GET", "/api/sessions/{session}/live", websocket.live, "read"),
    Route("GET", "/api/sessions/{session}/files", files.list_files, "read"),
    Route("GET", r"/api/sessions/{session}/files/{path:[\s\S]+}", files.get_file, "read"),
    Route("PUT", r"/api/sessions/{session}/files/{path:[\s\S]+}", files.put_file, "edit"),
    Route("PATCH", r"/api/sessions/{session}/files/{path:[\s\S]+}", files.change_file, "edit"),
    Route("POST", r"/api/sessions/{session}/files/{path:[\s\S]+}", files.copy_file, "edit"),
    Route("DELETE", r"/api/sessions/{session}/files/{path:[\s\S]+}", files.delete_file, "edit"),
    Route("GET", "/api/sessions/{session}/deleted", revisions.list_deleted, "read"),
    Route("GET", "/api/sessions/{session}/revisions", revisions.list_revisions, "read"),
    Route("POST", "/api/sessions/{session}/revisions", revisions.save, "edit"),
    Route("GET", "/api/sessions/{session}/revisions/{id}", revisions.get_revision, "read"),
    Route("GET", "/api/sessions/{session}/revisions/{id}/diff", looking.get_diff, "read"),
    Route("GET", "/api/sessions/{session}/activity", activity.get_activity, "read"),
    Route("GET", r"/api/sessions/{session}/blame/{path:[\s\S]+}", looking.get_blame, "read"),
    Route("GET", r"/api/sessions/{session}/texts/{path:[\s\S]+}", texts.get_text, "read"),
    Route("GET", "/api/sessions/{session}/playback", playback.get_playback, "read"),
    Route("GET", "/api/sessions/{session}/playback/text", playback.get_text, "read"),
    Route("GET", "/api/sessions/{session}/playback/updates", playback.list_updates, "read"),
    Route("GET", "/api/sessions/{session}/playback/revisions", playback.list_revisions, "read"),
    Route("GET", "/api/sessions/{session}/playback/steps", playback.list_steps, "read"),
    Route("GET", "/api/sessions/{session}/playback/events", playback.list_events, "read"),
    Route("POST", "/api/sessions/{session}/restore", reverting.restore, "edit"),
    Route("POST", "/api/sessions/{session}/revert", reverting.revert, "edit"),
    Route("GET", "/api/sessions/{session}/versions", versions.list_versions, "read"),
    Route("POST", "/api/sessions/{session}/versions", versions.name_version, "edit"),
    Route("PATCH", r"/api/sessions/{session}/versions/{tag:[\s\S]+}", versions.rename_version, "edit"),
    Route("DELETE", r"/api/sessions/{session}/versions/{tag:[\s\S]+}", versions.remove_version, "edit"),
    Route("GET", "/api/sessions/{session}/away", away.get_away, "read"),
    Route("DELETE", "/api/sessions/{session}/conflicts/{id}", conflicts.settle, "edit"),
    Route("GET", "/api/sessions/{session}/search", search.search, "read"),
    Route("POST", "/api/sessions/{session}/replace", search.replace, "edit"),
    Route("GET", "/api/sessions/{session}/archive.zip", archives.export, "read"),
    Route("GET", "/api/sessions/{session}/bundle", git.bundle, "read"),
    Route("POST", "/api/sessions/{session}/import", archives.take_in, "edit"),
    Route("GET", "/git/{session}.git/info/refs", git.advertise, "read", "basic"),
    Route("POST", "/git/{session}.git/git-upload-pack", git.upload_pack, "read", "basic"),
    Route("POST", "/git/{session}.git/git-receive-pack", push.receive_pack, "edit", "basic"),
    Route("GET", "/api/certificate", tls.describe_authority, "nothing"),
    Route("GET", "/ca.crt", tls.get_authority, "nothing"),
    Route("GET", "/api/openapi.json", get_description, "nothing"),
    Route("GET", "/healthz", pages.health, "nothing"),
    Route("GET", "/readyz", pages.ready, "nothing"),
    Route("GET", "/metrics", metrics.show, "watch"),
    Route("GET", "/assets/{name:.+}", pages.asset, "nothing"),
    Route("GET", r"/{path:(?!(?:api|git)(?:/|$)).*}", pages.page, "nothing"),
)


def add_routes(app: web.Application) -> None:
    app[OPENAPI] = packed_description(ROUTES)
    for route in ROUTES:
        handler = guarded(route.handler, route.action, route.way)
        if route.method == "GET":
            app.router.add_get(route.path, handler, expect_handler=meet_expectation)  # HEAD too
        else:
            app.router.add_route(route.method, route.path, handler, expect_handler=meet_expectation)
