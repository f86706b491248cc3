# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""pydantic, or just enough of its names that the models can be imported without it.

ansible-doc and ansible-test import every plugin on machines without pydantic; whoever uses the models asks PYDANTIC_ERROR first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

PYDANTIC_ERROR: ImportError | None = None

if TYPE_CHECKING:
    from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema
else:
    try:
        from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema
    except ImportError as error:
        PYDANTIC_ERROR = error
        BaseModel = object
        ConfigDict = dict
        ValidationError = ValueError

        def nothing(*_args: Any, **_options: Any) -> None:
            """Stands where a field description or a validator would."""

        Field = BeforeValidator = WithJsonSchema = nothing

__all__ = ["PYDANTIC_ERROR", "BaseModel", "BeforeValidator", "ConfigDict", "Field", "ValidationError", "WithJsonSchema"]
