"""slack: a message nobody outside can turn into a mention, and success only when Slack says ok."""

from __future__ import annotations

import json

from tests.adapters.pagers.scene import PAGE, contact, deliver
from tests.servers.http_sink import HttpSink, Reply
from triage.adapters.pagers.page import read_page
from triage.adapters.pagers.slack import escape, message_of
from triage.core.seams import SendOutcome


def test_success_is_the_word_ok_and_nothing_else() -> None:
    for body, outcome in (
        ("ok", SendOutcome.ACCEPTED),
        ("ok\n", SendOutcome.ACCEPTED),
        ("no_text", SendOutcome.TEMPORARY),
        ("", SendOutcome.TEMPORARY),
    ):
        assert deliver(HttpSink([Reply(200, body)]), lambda url: contact("slack", url=url)).outcome is outcome


def test_mentions_and_links_of_a_partner_are_only_text() -> None:
    written = json.dumps(message_of(read_page(PAGE | {"text": "<!channel> <https://evil.example|click> & co"})))
    assert "<!channel>" not in written
    assert "&lt;!channel&gt; &lt;https://evil.example|click&gt; &amp; co" in written


def test_blocks_keep_slack_s_limits_whatever_is_in_them() -> None:
    blocks = message_of(read_page(PAGE | {"summary": "&" * 1000, "text": "<" * 10_000}))["blocks"]
    assert isinstance(blocks, list)
    assert len(blocks[0]["text"]["text"]) <= 150
    assert len(blocks[1]["text"]["text"]) <= 3000


def test_a_cut_never_splits_an_escape() -> None:
    assert escape("a&b", 4) == "a…"
    assert escape("a&b", 100) == "a&amp;b"


def test_the_acknowledge_button_is_there_while_it_rings() -> None:
    def labels(action: str) -> list[str]:
        blocks = message_of(read_page(PAGE | {"action": action}))["blocks"]
        assert isinstance(blocks, list)
        return [element["text"]["text"] for element in blocks[-1]["elements"]]

    assert labels("trigger") == ["Acknowledge", "Case"]
    assert labels("acknowledge") == ["Case"]
