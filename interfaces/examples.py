"""An example of everything that is said: one story of Alice and Bob, written once, published in the contract."""

from collections.abc import Mapping
from typing import Any

from interfaces import shapes
from interfaces.audit import shapes as audit

Example = dict[str, Any]

CONVERSATION_ID = "0190f3a2-6c1e-7d3a-9b52-3f1c8a7e5d10"
MESSAGE_ID = "0190f3a2-8f00-7a41-8c3d-52e9b1d04f77"
SINCE = "11"
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSIsImV4cCI6MTc5NTYwMDAwMH0.c2lnbmF0dXJl"  # noqa: S105

ALICE = {"user_id": "alice", "name": "Alice Martin"}
BOB = {"user_id": "bob", "name": "Bob Leroy"}
CAROL = {"user_id": "auth0|5f7c", "name": "Carol"}

MESSAGE = {
    "message_id": MESSAGE_ID,
    "conversation_id": CONVERSATION_ID,
    "number": 3,
    "sender_id": "alice",
    "sender_name": "Alice Martin",
    "body": "Bonjour Bob !",
    "sent_at": "2026-11-23T09:00:00.123Z",
    "position": 12,
}
SUMMARY = {
    "conversation_id": CONVERSATION_ID,
    "kind": "group",
    "title": "Lectures",
    "participant_count": 2,
    "last_number": 3,
    "last_message": {
        **{name: MESSAGE[name] for name in ("message_id", "number", "sender_id", "sender_name", "sent_at")},
        "preview": "Bonjour Bob !",
    },
    "read_number": 3,
    "unread_count": 0,
    "created_at": "2026-11-23T08:58:12.004Z",
    "updated_at": "2026-11-23T09:00:00.123Z",
    "position": 12,
}
PARTICIPANTS = [
    {**ALICE, "role": "owner", "read_number": 3, "joined_at": "2026-11-23T08:58:12.004Z"},
    {**BOB, "role": "member", "read_number": 2, "joined_at": "2026-11-23T08:58:12.004Z"},
]
CONVERSATION = {**SUMMARY, "participants": PARTICIPANTS}

PAYLOADS: Mapping[str, Example] = {
    "authenticate": {"token": TOKEN},
    "start_conversation": {
        "conversation_id": CONVERSATION_ID,
        "kind": "group",
        "participant_ids": ["bob"],
        "title": "Lectures",
    },
    "join_conversation": {"conversation_id": CONVERSATION_ID, "since": SINCE},
    "leave_conversation": {"conversation_id": CONVERSATION_ID},
    "send_message": {"conversation_id": CONVERSATION_ID, "message_id": MESSAGE_ID, "body": "Bonjour Bob !"},
    "mark_as_read": {"conversation_id": CONVERSATION_ID, "number": 3},
    "add_participants": {"conversation_id": CONVERSATION_ID, "user_ids": ["auth0|5f7c"]},
    "remove_participant": {"conversation_id": CONVERSATION_ID, "user_id": "auth0|5f7c"},
    "rename_conversation": {"conversation_id": CONVERSATION_ID, "title": "Lectures du soir"},
    "sync": {"since": SINCE},
    "me": {},
    "unread": {},
    "conversations": {"limit": 50},
    "conversation": {"conversation_id": CONVERSATION_ID},
    "messages": {"conversation_id": CONVERSATION_ID, "before": 4, "limit": 50},
    "users": {"q": "Bo"},
    "audit_find": {"q": "lect"},
    "audit_history": {"conversation_id": CONVERSATION_ID, "at": "12", "limit": 50},
    "audit_replay": {"conversation_id": CONVERSATION_ID, "at": "2026-11-23T09:00:00.123Z", "user_id": "bob"},
    "audit_list": {"user_id": "bob", "at": "12"},
    "audit_explain": {"conversation_id": CONVERSATION_ID, "user_id": "bob", "at": "12"},
    "audit_readings": {"limit": 50},
    "reports": {},
    "report": {
        "report": "unread",
        "from": "2026-11-23",
        "to": "2026-11-24",
        "by": "day",
        "limit": 20,
        "format": "json",
    },
    "audit_export": {"conversation_id": CONVERSATION_ID, "from": "2026-11-23T00:00:00Z", "to": "12"},
    "audit_verification": {},
    "audit_verify": {},
}
"""What each request brings, by its name."""

FRESHNESS = {
    "position": 13,
    "reflected_at": "2026-11-23T09:00:01.004Z",
    "first_day": "2026-11-23",
    "last_day": "2026-11-23",
}
UNREAD = ["period", "unread_count", "change"]
CSV = "period,unread_count,change\r\n2026-11-23,1,1\r\n2026-11-24,1,0\r\n"
"""A report as a table."""

STARTED = {"conversation": CONVERSATION, "position": 12}

AT = {"position": 12, "recorded_at": "2026-11-23T09:00:00.123Z"}
SENT = {
    **AT,
    "stream": "timeline",
    "stream_id": "3b5f0bd8-6c0c-5e02-8f2a-90b2b6f0b6a5",
    "version": 3,
    "type": "timeline.message-sent",
    "actor": "alice",
    "data": {name: MESSAGE[name] for name in ("conversation_id", "message_id", "sender_id", "body")},
}
READ = {
    "position": 10,
    "recorded_at": "2026-11-23T08:59:30.000Z",
    "stream": "reading",
    "stream_id": "0d9d1f7e-8e0c-5c6c-9f2e-6f6a3e3d5c11",
    "version": 1,
    "type": "reading.messages-read",
    "actor": "bob",
    "data": {"conversation_id": CONVERSATION_ID, "user_id": "bob", "number": 2},
}
FOUND = {
    name: SUMMARY[name]
    for name in ("conversation_id", "kind", "title", "participant_count", "last_number", "created_at", "updated_at")
}
AUDITED = {
    "position": 16,
    "recorded_at": "2026-11-24T10:15:00.000Z",
    "version": 1,
    "type": "audit.read",
    "actor": "carla",
    "data": {"auditor": "carla", "what": "find", "reason": "complaint 411", "position": 15, "query": "lect"},
}

ANSWERS: Mapping[type[shapes.Shape], Example] = {
    shapes.Authenticated: {"user": ALICE},
    shapes.Started: STARTED,
    shapes.Joined: {"conversation": CONVERSATION, "messages": [MESSAGE], "cursor": "12", "has_more": False},
    shapes.Left: {},
    shapes.Sent: {"message": MESSAGE, "position": 12},
    shapes.Read: {"read_number": 3, "unread_count": 0, "position": 13},
    shapes.Removed: {"position": 15},
    shapes.Synced: {"conversations": [SUMMARY], "removed": [], "cursor": "12", "has_more": False},
    shapes.Conversations: {"conversations": [SUMMARY], "next": None},
    shapes.Messages: {"messages": [MESSAGE], "next": "YmVmb3JlCjM"},
    shapes.Users: {"users": [BOB], "next": None},
    shapes.Unread: {"total": 1, "conversations": {CONVERSATION_ID: 1}},
    audit.FoundConversations: {"conversations": [{**FOUND, "people": [ALICE, BOB]}]},
    audit.HistoryEvent: SENT,
    audit.Replay: {
        **AT,
        "first": {"position": 5, "recorded_at": "2026-11-23T08:58:12.004Z"},
        "last": {"position": 15, "recorded_at": "2026-11-23T09:10:00.000Z"},
        "conversation": {**CONVERSATION, "read_number": 2, "unread_count": 1},
        "messages": [{**MESSAGE, "read": False}],
        "next": 3,
    },
    audit.PastList: {
        **AT,
        "user": BOB,
        "total": 1,
        "conversations": [{**SUMMARY, "read_number": 2, "unread_count": 1}],
    },
    audit.Explanation: {
        **AT,
        "conversation_id": CONVERSATION_ID,
        "user_id": "bob",
        "last_number": 3,
        "read_number": 2,
        "unread_count": 1,
        "arithmetic": "3 - 2 = 1",
        "place": [{"why": "read", "number": 2, "decides": True, "event": READ}],
        "unread": [SENT],
    },
    audit.Verification: {
        "running": False,
        "size": 16,
        "root": "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "checkpoint": {"size": 15, "signed_at": "2026-11-24T10:10:00.000Z"},
        "verified_at": "2026-11-24T10:20:00.000Z",
        "fits": True,
        "first_problem": None,
        "failure": None,
    },
    audit.AuditReadings: {"readings": [AUDITED], "next": None},
    shapes.Reports: {
        "reports": [{"report": "unread", "words": "How much waits to be read", "columns": UNREAD, "by": True}],
        "freshness": FRESHNESS,
    },
    shapes.Report: {
        "report": "unread",
        "from": "2026-11-23",
        "to": "2026-11-24",
        "by": "day",
        "freshness": FRESHNESS,
        "columns": UNREAD,
        "rows": [
            {"period": "2026-11-23", "unread_count": 1, "change": 1},
            {"period": "2026-11-24", "unread_count": 1, "change": 0},
        ],
    },
    shapes.Alive: {"status": "alive"},
    shapes.Ready: {
        "status": "ready",
        "checks": {
            "database": "reachable",
            "projections": {"chat": {"position": 12, "behind": 0, "behind_seconds": 0, "failure": None}},
            "pushes": {"failure": None},
        },
    },
}
"""What is answered, beside `ok`."""

PUSHES: Mapping[str, Example] = {
    "new_message": {"conversation_id": CONVERSATION_ID, "message": MESSAGE},
    "messages_read": {
        "conversation_id": CONVERSATION_ID,
        "user_id": "bob",
        "read_number": 3,
        "read_at": "2026-11-23T09:00:01.004Z",
        "position": 13,
    },
    "participants_changed": {
        "conversation_id": CONVERSATION_ID,
        "added": [{**CAROL, "role": "member", "read_number": 3, "joined_at": "2026-11-23T09:02:40.500Z"}],
        "removed": [],
        "owner_id": "alice",
        "position": 14,
    },
    "conversation_updated": {"conversation": SUMMARY},
    "new_conversation": {"conversation": SUMMARY},
    "conversation_removed": {"conversation_id": CONVERSATION_ID, "position": 15},
    "session_expired": {"error": {"code": "token_expired", "message": "the token has expired"}},
}
"""What the server sends of its own accord, by its name."""

_TOO_LONG = {"field": "body", "problem": "at most 8000 characters"}

ERRORS: Mapping[str, Example] = {
    "unauthenticated": {"message": "a token is needed: Authorization: Bearer <token>"},
    "invalid_token": {"message": "the token is not accepted: not signed by a key that is known here"},
    "token_expired": {"message": "the token has expired"},
    "forbidden": {"message": "only the owner removes others"},
    "not_found": {"message": "no such conversation"},
    "conflict": {"message": "message_id: in use by another message"},
    "too_large": {"message": "a body has at most 262144 bytes"},
    "invalid_payload": {"message": "body: at most 8000 characters", "details": [_TOO_LONG]},
    "rate_limited": {"message": "too much at once", "retry_after": 1.5},
    "internal": {"message": "this request could not be carried out"},
    "unavailable": {"message": "the database is away", "retry_after": 1},
}
"""What a refusal says, by its code."""


def error(code: str) -> Example:
    return {"code": code, **ERRORS[code]}
