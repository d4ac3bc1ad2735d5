"""format=flowed text with its paragraphs joined again (RFC 3676).

Decides which line ends were only soft. Pure text in, text out, linear. Called by `bodies`.
"""

from __future__ import annotations

from collections.abc import Mapping


def is_flowed(parameters: Mapping[str, str]) -> bool:
    return parameters.get("format", "").strip().lower() == "flowed"


def unflow(text: str, parameters: Mapping[str, str]) -> str:
    """Soft line ends removed (section 4.1), stuffing removed (4.4); with DelSp=yes the space before them too (4.1)."""
    delete_space = parameters.get("delsp", "").strip().lower() == "yes"
    lines: list[str] = []
    paragraph: list[str] = []
    depth = 0
    for line in text.split("\n"):
        content = line.lstrip(">")
        quoted = len(line) - len(content)
        content = content.removeprefix(" ")
        # Section 4.5: a change of quote depth ends the paragraph, whatever its last line ended with. A signature mark stands alone (4.3).
        if paragraph and (quoted != depth or content == "-- "):
            lines.append(_quoted(depth, paragraph))
            paragraph = []
        depth = quoted
        soft = content.endswith(" ") and content != "-- "
        paragraph.append(content[:-1] if soft and delete_space else content)
        if not soft:
            lines.append(_quoted(depth, paragraph))
            paragraph = []
    if paragraph:
        lines.append(_quoted(depth, paragraph))
    return "\n".join(lines)


def _quoted(depth: int, paragraph: list[str]) -> str:
    text = "".join(paragraph)
    return f"{'>' * depth} {text}" if depth else text
