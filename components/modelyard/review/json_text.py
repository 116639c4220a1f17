"""JSON that a terminal, or a pipeline that shows it, takes for nothing but text."""

from __future__ import annotations

import json
import re
from typing import Any

_STEERING = re.compile("[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|#(?=#)")
"""Characters that only strings have, and that do what they should not where they are shown."""


def json_text(content: Any) -> str:
    """A document over several lines, without a line's end."""
    text = json.dumps(content, indent=2, ensure_ascii=False)
    return _STEERING.sub(lambda found: f"\\u{ord(found.group()):04x}", text)
