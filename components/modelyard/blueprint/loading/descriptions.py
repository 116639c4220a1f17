"""What each field is for, taken from the docstring under it.

Read from the source only where it is asked for: sections stay quick to import.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from functools import cache

from pydantic import BaseModel


@cache
def descriptions(section: type[BaseModel]) -> dict[str, str]:
    """The text under each field of a section and of its bases, by the field's name."""
    found: dict[str, str] = {}
    for base in reversed(section.__mro__):
        if issubclass(base, BaseModel) and base is not BaseModel:
            found.update(_under_fields(base))
    for name, field in section.model_fields.items():
        if field.description:
            found.setdefault(name, field.description)
    return found


def _under_fields(section: type[BaseModel]) -> dict[str, str]:
    try:
        source = textwrap.dedent(inspect.getsource(section))
    except (OSError, TypeError):  # an installation without sources
        return {}
    [definition] = ast.parse(source).body
    assert isinstance(definition, ast.ClassDef)
    found: dict[str, str] = {}
    for statement, after in zip(definition.body, definition.body[1:], strict=False):
        target = statement.target if isinstance(statement, ast.AnnAssign) else None
        if isinstance(target, ast.Name) and (text := _text(after)):
            found[target.id] = text
    return found


def _text(statement: ast.stmt) -> str | None:
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        value = statement.value.value
        return inspect.cleandoc(value) if isinstance(value, str) else None
    return None
