"""HTML to text: what partners see in their mail clients, and what bombs cost."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.core.mail.html_text import MAX_HTML, to_text
from triage.core.mail.new_text import split

CASES = {
    "paragraphs have a blank line between them": ("<p>a</p><p>b</p>", "a\n\nb"),
    "divs are lines": ("<div>a</div><div>b</div>", "a\nb"),
    "an empty div with a line break is a blank line": ("<div>a</div><div><br></div><div>b</div>", "a\n\nb"),
    "br ends a line": ("a<br>b<br/>c", "a\nb\nc"),
    "white space collapses": ("<p>a \n\t b</p>", "a b"),
    "space between inline elements stays": ("<b>a</b> <i>b</i>", "a b"),
    "Outlook writes its blank lines itself": ("<p class=MsoNormal>a</p><p class=MsoNormal>&nbsp;</p><p class=MsoNormal>b</p>", "a\n\nb"),
    "headings stand apart": ("<h1>a</h1>b", "a\n\nb"),
    "unordered lists": ("<ul><li>a</li><li>b</li></ul>", "- a\n- b"),
    "ordered lists count": ("<ol><li>a<li>b</ol>", "1. a\n2. b"),
    "nested lists are indented": ("<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>", "- a\n  - b\n- c"),
    "a paragraph in a list item stays on its mark": ("<ul><li><p>a</p></li></ul>", "- a"),
    "preformatted text is kept": ('<pre>{\n  "a": 1\n\n}</pre>', '{\n  "a": 1\n\n}'),
    "style may preserve white space too": ('<div style="white-space: pre-wrap">a\n  b</div>', "a\n  b"),
    "cells of a row stay on one line": ("<table><tr><th>x-trace-id</th><td>abc</td></tr></table>", "x-trace-id | abc"),
    "rows are lines": ("<table><tr><td>a<td>b<tr><td>c<td>d</table>", "a | b\nc | d"),
    "paragraphs in cells do not break rows": (
        "<table><tr><td><p>a</p></td><td><p>b</p></td></tr><tr><td><p>c</p></td></tr></table>",
        "a | b\nc",
    ),
    "an empty first cell leaves no bar": ("<table><tr><td></td><td>b</td></tr></table>", "b"),
    "text follows a table on its own line": ("<table><tr><td>a</td></tr></table>b", "a\nb"),
    "nested tables": ("<table><tr><td><table><tr><td>a</td><td>b</td></tr></table></td></tr></table>", "a | b"),
    "links show their address": ('<a href="https://x.example/a">here</a>', "here <https://x.example/a>"),
    "a link that shows its address shows it once": ('<a href="https://x.example/">x.example</a>', "x.example"),
    "a mail address shows once": ('<a href="mailto:j@x.example?subject=a">j@x.example</a>', "j@x.example"),
    "a mail address behind a name is shown": ('<a href="mailto:j@x.example">Jane</a>', "Jane <j@x.example>"),
    "other schemes are not shown": ('<a href="javascript:x()">here</a>', "here"),
    "entities": ("&lt;a&gt; &amp; &eacute; &#8364; &#x20AC;", "<a> & é € €"),
    "no-break spaces are spaces": ("a&nbsp;b", "a b"),
    "indents of no-break spaces stay": ("{<br>&nbsp;&nbsp;a<br>}", "{\n  a\n}"),
    "zero-width characters vanish": ("a&#8203;b&zwnj;c&shy;d&#65279;", "abcd"),
    "head, script, style and comments vanish": ("<head><title>t</title><style>s</style></head><script>x</script><!-- c -->a", "a"),
    "Outlook's conditional comments vanish": ("<!--[if mso]><p>x</p><![endif]--><![if !mso]>a<![endif]>", "a"),
    "hidden preheaders vanish": ('<div style="display: none; max-height:0">x</div>a', "a"),
    "the hidden attribute counts": ("<p hidden>x</p>a", "a"),
    "a hidden element that is never closed hides nothing": ('<div style="display:none">a<p>b', "a\n\nb"),
    "unclosed style loses nothing": ("<style>a<p>b</p>", "a\n\nb"),
    "unclosed comment loses nothing": ("a<!-- b", "a b"),
    "a lone < is text": ("a < b and c <3", "a < b and c <3"),
    "an address in angle brackets is text": ("Jane <jane@x.example> wrote", "Jane <jane@x.example> wrote"),
    "an unclosed tag at the end is text": ("a <b", "a <b"),
    "a > inside an attribute does not end the tag": ('<img alt="a > b">c', "c"),
    "unknown elements are transparent": ("<o:p>a</o:p>", "a"),
    "blockquotes are quoted": ("a<blockquote>b<br>c</blockquote>d", "a\n> b\n> c\nd"),
    "quotes nest": ("<blockquote>a<blockquote>b</blockquote></blockquote>", "> a\n> > b"),
    "misnested inline tags do not end a quote": ("<b><blockquote>a</b><br>b</blockquote>c", "> a\n> b\nc"),
    "plain text is text": ("just text", "just text"),
    "nothing is nothing": ("", ""),
}


@pytest.mark.parametrize("claim", list(CASES))
def test_html_reads_as_in_a_mail_client(claim: str) -> None:
    html, text = CASES[claim]
    assert to_text(html) == text


QUOTES = {
    "gmail": '<div class="gmail_quote"><div class="gmail_attr">On Mon, 23 Nov 2026 at 10:14, '
    'Jane &lt;<a href="mailto:j@x.example">j@x.example</a>&gt; wrote:'
    '<br></div><blockquote class="gmail_quote">old</blockquote></div>',
    "thunderbird": '<div class="moz-cite-prefix">On 23/11/2026 10:14, Jane wrote:<br></div><blockquote type="cite">old</blockquote>',
    "thunderbird in an unknown language": '<div class="moz-cite-prefix">Jane idatzi zuen<br></div><blockquote type="cite">old</blockquote>',
    "apple": '<div><br><blockquote type="cite">'
    "<div>On 23 Nov 2026, at 10:14, Jane &lt;j@x.example&gt; wrote:</div><br><div>old</div></blockquote></div>",
    "outlook on the web": '<div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>From:</b> Jane<br><b>Sent:</b> now<br>'
    "<b>To:</b> us<br>"
    "<b>Subject:</b> s<div>&nbsp;</div></div><div>old</div>",
    "outlook on the web, sanitised": '<div id="x_divRplyFwdMsg"><b>From:</b> Jane<br></div><div>old</div>',
    "outlook": '<div style="border:none;border-top:solid #E1E1E1 1.0pt"><p class=MsoNormal>'
    "<b>From:</b> Jane &lt;j@x.example&gt;<br><b>Sent:</b> Monday"
    "<br><b>To:</b> us<br><b>Subject:</b> s</p></div><p class=MsoNormal>old</p>",
    "outlook in German, one paragraph each": "<p class=MsoNormal><b>Von:</b> Jane</p><p class=MsoNormal><b>Gesendet:</b> heute</p>"
    "<p class=MsoNormal><b>An:</b> uns</p><p class=MsoNormal><b>Betreff:</b> s</p><p>old</p>",
    "new outlook": '<div id="mail-editor-reference-message-container"><div>From: Jane</div><div>old</div></div>',
    "yahoo": '<div id="yahoo_quoted_1" class="yahoo_quoted"><div>On Monday, Jane wrote:</div><div>old</div></div>',
    "proton": '<div class="protonmail_quote">On Monday, Jane wrote:<blockquote>old</blockquote></div>',
    "gmx": '<div name="quote"><b>Gesendet:</b> heute<br><b>Von:</b> Jane<br>old</div>',
}


@pytest.mark.parametrize("client", list(QUOTES))
def test_what_a_client_quotes_is_quoted_text(client: str) -> None:
    found = split(to_text(f"<html><body><div>My answer.</div>{QUOTES[client]}</body></html>"))
    assert found.new_text == "My answer."
    assert "old" in found.quoted_text


def test_a_gmail_forward_keeps_what_it_forwards() -> None:
    html = (
        '<div>FYI</div><div class="gmail_quote"><div class="gmail_attr">---------- Forwarded message ---------<br>'
        "From: <b>Bob</b> &lt;b@x.example&gt;<br>"
        "Date: Mon, Nov 23<br>Subject: s<br>To: j@x.example<br></div><br>POST fails</div>"
    )
    found = split(to_text(html))
    assert found.new_text.endswith("\n\nPOST fails")
    assert found.forwarded[0].author == "Bob <b@x.example>"


def test_an_outlook_forward_keeps_what_it_forwards() -> None:
    html = "<p>FYI</p>" + QUOTES["outlook on the web"]
    assert split(to_text(html), subject="FW: s").forwarded[0].text == "old"


def test_text_beyond_the_cap_is_not_read() -> None:
    assert to_text("a" * MAX_HTML + "b") == "a" * MAX_HTML


@given(st.text(max_size=300))
def test_nothing_raises(html: str) -> None:
    to_text(html)


@given(
    st.lists(
        st.sampled_from(
            ["<", ">", "<!--", "-->", "<![", "]>", "<a ", '"', "'", "=", "<td>", "</td>", "<p>", "</div>", "&#", "<pre>", "x", " "]
        )
    )
)
def test_no_arrangement_of_markup_raises(pieces: list[str]) -> None:
    to_text("".join(pieces))


@given(
    st.lists(
        st.sampled_from(
            ["<b>", "</b>", "<p>", "</div>", "<div>", "<td>", "<table>", "<li>", "<blockquote>", "<pre>", "</p>", "<br>", "<a href=x>"]
        )
    )
)
def test_words_between_elements_are_never_lost(tags: list[str]) -> None:
    assert to_text("".join(f"{tag}w{i}" for i, tag in enumerate(tags))).count("w") == len(tags)


BOMBS = {
    "comments": "<!--",
    "conditions": "<![",
    "declarations": "<!",
    "instructions": "<?",
    "tags": "<a ",
    "end tags": "</",
    "named end tags": "</a ",
    "quotes": '<a ">',
    "quotes in attributes": "<a x='>",
    "quotes between tags": '<a ">" ',
    "angle brackets": "<",
    "ampersands": "&",
    "references": "&#99999999;",
    "open elements": "<div>",
    "inline elements": "<b>",
    "blockquotes": "<blockquote>x",
    "deep lists": "<ul><li>x",
    "cells": "<table><tr><td>x",
    "cells of one row": "<td>x",
    "links": "<a href=http://x>y",
    "words in a link": "a<i>",
    "hidden elements": '<p style="display:none">x',
    "scripts": "<script>",
    "script beginnings": "<script ",
    "line breaks": "<br>",
    "spaces": " ",
}


@pytest.mark.parametrize("bomb", list(BOMBS))
@pytest.mark.parametrize(
    "beginning", ["", "<table><tr><td>", "<a href=http://x>", '<a "', "<pre>"], ids=["", "table", "link", "tag", "pre"]
)
def test_a_bomb_costs_little(bomb: str, beginning: str) -> None:
    """Half a second on this kind of machine; the limit leaves room for a slower one, not for a square."""
    html = (beginning + BOMBS[bomb] * MAX_HTML)[:MAX_HTML]
    started = time.process_time()
    to_text(html)
    assert time.process_time() - started < 2.0


@pytest.mark.parametrize(
    "html",
    [
        "<a " + "a=1 " * 60_000 + ">x",
        "<a " + 'a="1" ' * 40_000 + ">x",
        "<a " + "=" * 250_000 + ">x",
        ("<a " + "/ " * 1900 + ">") * 60 + "x",
        "&#" + "9" * 200_000 + ";x",
        "<div>" * 10_000 + "x" + "</div>" * 10_000,
        "<b>" * 50_000 + "</i>" * 20_000 + "x",
    ],
    ids=["attributes", "quoted attributes", "equal signs", "slashes", "digits", "nesting", "wrong ends"],
)
def test_large_markup_is_read_through(html: str) -> None:
    started = time.process_time()
    assert to_text(html).endswith("x")
    assert time.process_time() - started < 2.0
