"""HTML to plain text, so that what a mail client shows in paragraphs, lists, tables and quotes reads alike in text.

Decides how elements become lines. Quotes (blockquotes and the containers in which mail clients put what they answer) become "> " lines, for
`new_text` to find; table rows stay on one line, for `facts`; preformatted text stays as it is. Hidden elements are dropped. It never
fetches anything, never raises, and is linear in its input, of which it reads 256 KB. `parse` calls it where plain text is missing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser

from triage.core.mail.html_guard import defuse

MAX_HTML = 256 * 1024
MAX_DEPTH = 6
"""Quote levels and list indents beyond are shown at this level."""

_MAX_LINK = 2000
_BLOCK_NAMES = (
    "address article aside blockquote body center dd details div dl dt fieldset figure footer form header hr li main nav ol pre section "
    "summary table tbody tfoot thead tr ul"
)
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_SPACED = frozenset(["p", "h1", "h2", "h3", "h4", "h5", "h6"])
_VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"])
_UNTRACKED = frozenset(["b", "i", "em", "strong", "u", "small", "big", "sub", "sup", "code", "tt", "s", "strike", "html", "body"])
_SPACE = re.compile(r"[ \t\r\n\f]+")
_UNSEEN = {ord(c): None for c in "\u200b\u200c\u200d\u2060\ufeff\xad\u034f\u061c\u180e"}
_HIDDEN = re.compile(r"display:none|visibility:hidden|mso-hide:all")
_CONTAINERS = (
    "gmail_quote gmail_quote_container yahoo_quoted yahoo-quoted protonmail_quote moz-cite-prefix zmail_extra tutanota_quote "
    "hs_reply quote qmbox "
    "mail-editor-reference-message-container isreplycontent messagereplysection replysplit"
)
_QUOTE_NAMES = frozenset(_CONTAINERS.split())
_QUOTES_THE_REST = frozenset(["divrplyfwdmsg", "appendonsend", "ms-outlook-mobile-reference-message", "stopspelling"])


def to_text(html: str) -> str:
    """At most MAX_HTML characters are read. Lines are separated by single or double line ends; the result is stripped."""
    safe = defuse(html[:MAX_HTML])
    converted = _convert(safe, drop_hidden=True)
    if converted.left_hidden:  # a hidden element that is never closed would hide the mail
        converted = _convert(safe, drop_hidden=False)
    return converted.result()


def _convert(html: str, *, drop_hidden: bool) -> _Converter:
    converter = _Converter(drop_hidden=drop_hidden)
    converter.feed(html)
    converter.close()
    return converter


@dataclass(slots=True)
class _Open:
    """An element that is open, and what its end undoes."""

    name: str
    hides: bool = False
    quotes: bool = False
    preserves: bool = False
    spaced: bool = False


class _Converter(HTMLParser):
    """Writes lines as elements open and close. A stack of open elements takes the place of recursion."""

    def __init__(self, *, drop_hidden: bool) -> None:
        super().__init__(convert_charrefs=True)
        self._drop_hidden = drop_hidden
        self._open: list[_Open] = []
        self._counts: dict[str, int] = {}
        self._hidden = self._quotes = self._preserved = 0
        self._lists: list[int] = []
        self._rows: list[bool] = []
        self._lines: list[str] = []
        self._line: list[str] = []
        self._written = False  # the line has something to see
        self._blank_wanted = False
        self._cell_wanted = False
        self._fresh = False  # nothing written in this cell yet
        self._pending_mark = ""
        self._link: str = ""
        self._link_text: list[str] = []

    @property
    def left_hidden(self) -> bool:
        return self._hidden > 0

    def result(self) -> str:
        self._break()
        return "\n".join(self._lines).strip()

    # --- elements ---

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self._end_line()
            return
        attributes = {name: value or "" for name, value in attrs}
        if tag not in _VOID and tag not in _UNTRACKED:
            self._push(tag, attributes)
        if tag in _SPACED:
            self._paragraph(spaced=not self._fresh and self._open[-1].spaced)
        elif tag in ("td", "th"):
            self._cell()
        elif tag in _BLOCKS:
            self._block(tag, attributes)
        elif tag == "a":
            self._start_link(attributes.get("href", ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._end_link()
        if self._counts.get(tag):
            self._pop_to(tag)
        if tag in _SPACED:
            self._break()
        elif tag in _BLOCKS:
            self._break()
            if tag in ("ul", "ol") and self._lists:
                self._lists.pop()
            elif tag == "table" and self._rows:
                self._rows.pop()
                if self._rows:
                    self._rows[-1] = True

    def _push(self, tag: str, attributes: dict[str, str]) -> None:
        style = _SPACE.sub("", attributes.get("style", "")).casefold() if "style" in attributes else ""
        names = {
            *attributes.get("class", "").casefold().split(),
            attributes.get("id", "").casefold(),
            attributes.get("name", "").casefold(),
        }
        names = {name.removeprefix("x_") for name in names}
        opened = _Open(tag)
        opened.hides = self._drop_hidden and ("hidden" in attributes or _HIDDEN.search(style) is not None)
        opened.quotes = tag == "blockquote" or (tag in ("div", "section", "span", "table") and bool(names & _QUOTE_NAMES))
        opened.preserves = tag == "pre" or "white-space:pre" in style
        opened.spaced = tag in _SPACED and "msonormal" not in names  # Outlook writes its blank lines itself
        if opened.quotes or opened.preserves:
            self._break()
        if names & _QUOTES_THE_REST and not self._hidden:
            self._break()
            self._quotes = max(self._quotes, 1)
        self._hidden += opened.hides
        self._quotes += opened.quotes
        self._preserved += opened.preserves
        self._open.append(opened)
        self._counts[tag] = self._counts.get(tag, 0) + 1

    def _pop_to(self, tag: str) -> None:
        """Close everything inside an element that ends; each element is pushed and popped once."""
        while self._open:
            closed = self._open.pop()
            self._counts[closed.name] -= 1
            if closed.quotes or closed.preserves or closed.spaced:
                self._paragraph(spaced=closed.spaced)
            self._hidden -= closed.hides
            self._quotes -= closed.quotes
            self._preserved -= closed.preserves
            if closed.name == tag:
                return

    def _block(self, tag: str, attributes: dict[str, str]) -> None:
        if attributes.get("id", "").casefold().removeprefix("x_") in _QUOTES_THE_REST and tag == "hr":
            self._quotes = max(self._quotes, 1)
        self._break()
        if tag in ("ul", "ol"):
            self._lists.append(1 if tag == "ol" else 0)
        elif tag == "table":
            self._rows.append(False)
        elif tag == "tr" and self._rows:
            self._rows[-1] = self._cell_wanted = self._blank_wanted = False
        elif tag == "li":
            self._pending_mark = self._list_mark()

    def _list_mark(self) -> str:
        indent = "  " * (min(len(self._lists), MAX_DEPTH) - 1) if self._lists else ""
        if not self._lists or not self._lists[-1]:
            return f"{indent}- "
        self._lists[-1] += 1
        return f"{indent}{self._lists[-1] - 1}. "

    def _cell(self) -> None:
        """A cell continues the line of its row, also when the last cell ended in a block."""
        if not self._rows:
            return
        self._cell_wanted = self._rows[-1]
        self._fresh = True

    def _start_link(self, href: str) -> None:
        self._end_link()
        self._link, self._link_text = href.strip()[:_MAX_LINK], []

    def _end_link(self) -> None:
        """The address after the text when the text is not the address already."""
        link, text = self._link, "".join(self._link_text).strip()
        self._link, self._link_text = "", []
        if not link or self._hidden or not text or not link.casefold().startswith(("http://", "https://", "mailto:")):
            return
        shown = link[7:].partition("?")[0] if link.casefold().startswith("mailto:") else link
        if _bare(shown) != _bare(text) and _bare(shown) not in text.casefold():
            self._write(f" <{shown}>" if text else f"<{shown}>")

    # --- text ---

    def handle_data(self, data: str) -> None:
        if self._hidden:
            return
        data = data if data.isascii() else data.translate(_UNSEEN)
        if self._preserved:
            self._write_preserved(data.replace("\xa0", " "))
            return
        text = _SPACE.sub(" ", data).replace("\xa0", " " if data.strip() else "")
        if data.startswith("\xa0") or text.strip():
            self._write(text if self._written or data[0] == "\xa0" else text.lstrip(" "))
        elif self._line and not self._line[-1].endswith(" ") and text:
            self._write(" ")
        if self._link and len(self._link_text) < 64:
            self._link_text.append(text[:_MAX_LINK])

    def _write_preserved(self, data: str) -> None:
        first, *others = data.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        if first:
            self._write(first)
        for line in others:
            self._end_line()
            if line:
                self._write(line)

    def _write(self, text: str) -> None:
        if self._cell_wanted and text.strip():
            self._join_cell()
        if self._pending_mark and text.strip():
            self._line.append(self._pending_mark)
            self._pending_mark = ""
        if self._line and self._line[-1].endswith(" ") and text.startswith(" ") and not self._preserved:
            text = text[1:]
        self._line.append(text)
        if not text.isspace():
            self._written, self._fresh = True, False
            if self._rows:
                self._rows[-1] = True

    def _join_cell(self) -> None:
        """Put the cell on the line of the one before it."""
        self._cell_wanted = False
        if not self._written:
            self._line = []
            while self._lines and not self._lines[-1].strip("> "):
                self._lines.pop()
            if self._lines:
                self._line = [self._unquoted(self._lines.pop())]
        self._line = ["".join(self._line).rstrip(), " | "]
        self._written = True
        self._blank_wanted = False

    def _unquoted(self, line: str) -> str:
        prefix = self._prefix()
        return line[len(prefix) :] if line.startswith(prefix) else line

    def _prefix(self) -> str:
        return "> " * min(self._quotes, MAX_DEPTH)

    def _end_line(self) -> None:
        """A line end that was asked for (<br>, or one in preformatted text): may leave a blank line."""
        if self._hidden:
            return
        if self._line or not self._at_start():
            self._emit("".join(self._line))
        self._line, self._written = [], False

    def _break(self) -> None:
        """The edge of a block: a new line unless there is one."""
        if self._written:
            self._emit("".join(self._line))
        self._line, self._written = [], False

    def _paragraph(self, *, spaced: bool) -> None:
        self._break()
        self._blank_wanted = self._blank_wanted or spaced

    def _at_start(self) -> bool:
        return not self._lines

    def _emit(self, line: str) -> None:
        prefix = self._prefix()
        if self._blank_wanted and self._lines and self._lines[-1].strip("> "):
            self._lines.append(prefix.rstrip())
        self._blank_wanted = False
        text = line.rstrip()
        if not text and len(self._lines) >= 2 and not self._lines[-1].strip("> ") and not self._preserved:
            return
        self._lines.append((prefix + text).rstrip())


def _bare(address: str) -> str:
    """An address without what people leave out when they write it."""
    low = address.casefold().strip()
    for scheme in ("https://", "http://", "mailto:"):
        low = low.removeprefix(scheme)
    return low.removeprefix("www.").rstrip("/")
