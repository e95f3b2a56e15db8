"""Who may reach what, from the table of routes: what the tests of the routes go over, cell by cell.

python -m tests.http.matrix
"""

from __future__ import annotations

from code_together.http.routes import ROUTES, Route
from code_together.session.roles import Role, allows

IN_SESSIONS = [route for route in ROUTES if "{session}" in route.path]
OF_ADMINS = [route for route in ROUTES if route.action == "admin"]
OF_ACCOUNTS = [route for route in ROUTES if route.action == "account"]
PUBLIC = [route for route in ROUTES if route.action == "nothing"]


def name_of(route: Route) -> str:
    return f"{route.method} {route.path}"


def ends_it(route: Route) -> bool:
    return name_of(route) == "DELETE /api/sessions/{session}"


WITHOUT_LOGIN = [
    (route, there)
    for route in ROUTES
    if route.action not in ("nothing", "watch")  # whoever is on the server's machine may watch
    for there in (True, False)
]
"""Each route with a session that is there and one that is not; so with those of strangers."""
OF_STRANGERS = [(route, there) for route in IN_SESSIONS for there in (True, False)]
OF_ROLES = {role: sorted(IN_SESSIONS, key=ends_it) for role in Role}
OF_ARCHIVED = {
    role: [
        route
        for route in IN_SESSIONS
        if allows(role, route.action) and route.action != "own" and not route.path.endswith("/leave")
    ]
    for role in Role
}
NOT_ADMINS = ["nobody", "an owner", "who was an admin", "an admin's token"]


def summary() -> str:
    counts = {
        "without a login": len(WITHOUT_LOGIN),
        "by strangers": len(OF_STRANGERS),
        "by role": sum(map(len, OF_ROLES.values())),
        "in an archived session": sum(map(len, OF_ARCHIVED.values())),
        "by those who are no admins": len(OF_ADMINS) * len(NOT_ADMINS),
    }
    kinds = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    return (
        f"{len(ROUTES)} routes: {len(IN_SESSIONS)} of sessions, {len(OF_ADMINS)} of admins, "
        f"{len(OF_ACCOUNTS)} of one's own account, {len(PUBLIC)} for everyone; {len(Role)} roles; "
        f"{sum(counts.values())} requests: {kinds}"
    )


def main() -> None:
    roles = list(Role)
    width = max(len(name_of(route)) for route in IN_SESSIONS)
    print(
        f"{'route of a session':{width}}  needs    "
        + "  ".join(f"{role.name:9}" for role in roles)
        + "  stranger"
    )
    for route in IN_SESSIONS:
        allowed = "  ".join(f"{'yes' if allows(role, route.action) else '403':9}" for role in roles)
        print(f"{name_of(route):{width}}  {route.action:7}  {allowed}  404")
    for title, routes in (("admins", OF_ADMINS), ("an account", OF_ACCOUNTS), ("everyone", PUBLIC)):
        print(f"\nfor {title}")
        for route in routes:
            print(name_of(route))
    print(f"\n{summary()}")


if __name__ == "__main__":
    main()
