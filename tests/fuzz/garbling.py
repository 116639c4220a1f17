"""Ways to spoil a blueprint as bytes: cut off, flipped, indented wrongly, from another editor."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

Draw = Callable[[st.SearchStrategy[Any]], Any]

PIECES = (
    *(
        b"\t",
        b"  ",
        b"\n",
        b"\r\n",
        b"\r",
        b"\x00",
        b"\x1b[31m",
        b"\x85",
        b"\xff",
        b"\xc3",
        b"\xf0",
    ),
    *(b"\xed\xa0\x80", b"\xe2\x80\xae", b"\xe2\x80\xa8", b"\xef\xbb\xbf", b"\xff\xfe", b"\xf0\x9f"),
    *(
        b"&a ",
        b"*a",
        b"*nowhere",
        b"&a [*a]",
        b"<<: *a\n",
        b"<<: {a: 1}\n",
        b"!!python/object:os.x ",
    ),
    *(b"!!binary ", b"!!set ", b"!secret ", b"!", b"? ", b"- ", b": ", b"|\n", b">\n", b"|+9\n"),
    *(b"---\n", b"...\n", b"%YAML 1.1\n", b"%TAG ! x\n", b"# ", b"{", b"}", b"[", b"]", b",", b"'"),
    *(b'"', b"\\", b"@", b"`", b"%", b"{{ x }}", b"${x}", b"0b1", b"~", b"=", b"a: b: c\n"),
    *(b"a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]\n", b"[" * 300, b"{a: " * 300),
    *(b"- " * 300, b"x" * 5000, b"1" * 5000, b"modelyard: 2\n", b"modelyard: 1\n", b"name: x\n"),
)


@cache
def _content(path: Path) -> bytes:
    return path.read_bytes()


def _place(draw: Draw, content: bytes) -> int:
    return draw(st.integers(0, len(content)))


def truncated(draw: Draw, content: bytes) -> bytes:
    at = _place(draw, content)
    return content[:at] if draw(st.booleans()) else content[at:]


def flipped(draw: Draw, content: bytes) -> bytes:
    if not content:
        return content
    at = draw(st.integers(0, len(content) - 1))
    return content[:at] + bytes([draw(st.integers(0, 255))]) + content[at + 1 :]


def inserted(draw: Draw, content: bytes) -> bytes:
    at = _place(draw, content)
    return content[:at] + draw(st.sampled_from(PIECES)) + content[at:]


def removed(draw: Draw, content: bytes) -> bytes:
    at = _place(draw, content)
    return content[:at] + content[at + draw(st.integers(1, 40)) :]


def reordered(draw: Draw, content: bytes) -> bytes:
    """Lines moved, doubled, dropped, or pushed to the right."""
    lines = content.splitlines(keepends=True)
    if not lines:
        return content
    i, j = draw(st.integers(0, len(lines) - 1)), draw(st.integers(0, len(lines) - 1))
    how = draw(st.sampled_from(("swap", "double", "drop", "indent", "tab", "merge")))
    if how == "swap":
        lines[i], lines[j] = lines[j], lines[i]
    elif how == "double":
        lines.insert(j, lines[i])
    elif how == "drop":
        del lines[i]
    elif how == "merge":
        lines[i] = lines[i].rstrip(b"\n")
    else:
        lines[i] = (b"\t" if how == "tab" else b" ") + lines[i]
    return b"".join(lines)


def recoded(draw: Draw, content: bytes) -> bytes:
    """Saved by an editor with other ideas."""
    text = content.decode("utf-8", "replace")
    encoding = draw(st.sampled_from(("utf-16", "utf-16-le", "utf-32", "utf-8-sig", "cp037")))
    return text.encode(encoding, "replace")


def spliced(draw: Draw, content: bytes) -> bytes:
    """A piece of the file once more, somewhere else."""
    i, j, at = sorted((_place(draw, content), _place(draw, content), _place(draw, content)))
    return content[:at] + content[i : min(j, i + 400)] + content[at:]


GARBLINGS = (
    truncated,
    flipped,
    flipped,
    inserted,
    inserted,
    removed,
    reordered,
    reordered,
    spliced,
)


@st.composite
def garbled(draw: Draw, path: Path) -> bytes:
    """The file after one to three changes to its bytes."""
    content = _content(path)
    for _ in range(draw(st.integers(1, 3))):
        content = draw(st.sampled_from(GARBLINGS))(draw, content)
    return recoded(draw, content) if draw(st.integers(0, 19)) == 19 else content
