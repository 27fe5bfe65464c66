"""Renderings for a terminal as HTML, for notebooks."""

from __future__ import annotations

#: What the codes of an ANSI terminal become, legible on light and dark grounds.
_STYLES = {
    "1": "font-weight:bold",
    "1;31": "font-weight:bold;color:#d1242f",
    "1;32": "font-weight:bold;color:#1a7f37",
    "1;33": "font-weight:bold;color:#9a6700",
    "1;34": "font-weight:bold;color:#0969da",
}


def of_rendering(text: str) -> str:
    """A rendering with colours as an HTML fragment; everything in it is escaped."""
    from html import escape

    head, *pieces = text.split("\x1b[")
    out = [escape(head)]
    is_open = False
    for piece in pieces:
        code, _, rest = piece.partition("m")
        if is_open:
            out.append("</span>")
        style = _STYLES.get(code)
        is_open = style is not None
        if is_open:
            out.append(f'<span style="{style}">')
        out.append(escape(rest))
    if is_open:
        out.append("</span>")
    return f'<pre class="qlower-report" style="white-space:pre-wrap">{"".join(out)}</pre>'
