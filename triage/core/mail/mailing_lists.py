"""Mail that came through a list (RFC 2369, RFC 2919, and what older list managers write).

Decides whether a mail must not be answered because a list delivered it, and whether that list is one people talk on: a person's mail
through a group alias stays a person's, while a newsletter is a machine's. Called by `automatic` and `machine_signs`.
"""

from __future__ import annotations

from triage.core.mail.structure import Headers

_LIST_FIELDS = (
    *("list-id", "list-post", "list-unsubscribe", "list-help", "list-subscribe", "list-owner", "list-archive", "mailing-list"),
    *(
        "x-mailing-list",
        "x-beenthere",
        "x-mailman-version",
        "x-google-group-id",
        "x-list-id",
        "x-listname",
        "x-ml-name",
        "x-listserver",
        "x-mlserver",
    ),
    *("x-list-host", "x-ezmlm-list", "x-yahoogroups-msg", "x-groupsio-msgnum", "list-software", "x-topica-id", "x-list-processor-version"),
)
_DISCUSSION_FIELDS = (
    *("mailing-list", "x-mailing-list", "x-beenthere", "x-mailman-version", "x-google-group-id", "x-list-id", "x-listname", "x-ml-name"),
    *("x-listserver", "x-list-host", "x-groupsio-msgnum", "list-software", "list-archive", "list-subscribe", "x-list-processor-version"),
)
_LIST_SENDER_STARTS = ("owner-", "listserv@", "majordomo@")
_LIST_SENDER_ENDS = ("-owner", "-bounces", "-admin", "-request", "-bounce", "-errors", "-help", "-return")
_LIST_PRECEDENCE = frozenset({"list", "bulk", "junk"})


def list_field(headers: Headers) -> str:
    """The field that says that a list delivered this mail, as evidence; empty when none does."""
    for name in _LIST_FIELDS:
        if name in headers:
            return f"{name.title()}: {' '.join(headers.first(name).split())[:120]}"
    precedence = next((value for value in headers.all("precedence") if value.strip().lower() in _LIST_PRECEDENCE), "")
    return f"Precedence: {precedence.strip()}" if precedence else _list_sender(headers)


def is_discussion(headers: Headers) -> bool:
    """Whether the list is one that people write to: it takes posts, or a known list manager for discussions runs it."""
    posts = [value.strip().lower() for value in headers.all("list-post")]
    if any(value and not value.startswith("no") for value in posts):
        return True
    if any(name in headers for name in _DISCUSSION_FIELDS) or any(value.strip().lower() == "list" for value in headers.all("precedence")):
        return True
    # Newsletters have a List-Id as well, but they always offer to unsubscribe.
    return ("list-id" in headers and "list-unsubscribe" not in headers) or bool(_list_sender(headers))


def campaign(headers: Headers) -> str:
    """What says that a campaign sent this mail, as evidence: one-click unsubscription (RFC 8058) of no list that people write to.

    A link alone says nothing: gateways and sales tools add one to people's mail, and support desks to their answers.
    """
    if "list-unsubscribe" not in headers or is_discussion(headers) or "in-reply-to" in headers or "references" in headers:
        return ""
    one_click = next((value for value in headers.all("list-unsubscribe-post") if "one-click" in value.lower()), "")
    return f"List-Unsubscribe-Post: {one_click.strip()[:120]}" if one_click else ""


def _list_sender(headers: Headers) -> str:
    """Majordomo and its time knew no list fields: `Sender: owner-talk@`, `Sender: talk-admin@`."""
    for name in ("sender", "errors-to", "x-sender"):
        for value in headers.all_raw(name):
            address = value.rpartition("<")[2].strip(" >").lower()
            local = address.partition("@")[0].partition("+")[0]
            if address.startswith(_LIST_SENDER_STARTS) or local.endswith(_LIST_SENDER_ENDS):
                return f"{name.title()}: {address[:120]}"
    return ""
