"""Files that carry the SHA-256 of everything else in them: with one bit changed, they are refused before they are read."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from symshare.codegen.files import write_text

__all__ = ["BLANK", "read_json", "read_sealed", "sealed", "write_json"]

BLANK = "0" * 64
"""What stands where the digest comes, `"sha256": BLANK`, while it is taken."""
PLACE = re.compile(rb'sha256\\?": \\?"([0-9a-f]{64})\\?"')
"""In JSON, and in JSON that is a text in JSON, as in the head of a safetensors file."""


def sealed(content: bytes) -> bytes:
    """The content with its SHA-256 in place of the first BLANK.

    >>> content = f'{{"sha256": "{BLANK}"}}'.encode()
    >>> hashlib.sha256(content).hexdigest().encode() in sealed(content)
    True
    """
    return content.replace(BLANK.encode(), hashlib.sha256(content).hexdigest().encode(), 1)


def read_sealed(path: Path) -> bytes:
    """The content of a sealed file; ValueError, with the reason, where the file is not sealed or was changed."""
    if path.exists() and not path.is_file():
        raise ValueError("it is no ordinary file")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ValueError(error.strerror or "it cannot be read") from None
    found = PLACE.search(content)
    if found is None:
        raise ValueError("it has no SHA-256 of its contents")
    start, end = found.span(1)
    digest = hashlib.sha256(content[:start] + BLANK.encode() + content[end:]).hexdigest()
    if digest != found[1].decode():
        raise ValueError("its contents are not those of its SHA-256")
    return content


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a sealed object, over what the file held before."""
    text = json.dumps({"sha256": BLANK, **content}, indent=1, allow_nan=False) + "\n"
    write_text(path, sealed(text.encode()).decode(), force=True)


def read_json(path: Path) -> dict[str, Any]:
    """The object of a sealed file, without its digest; ValueError as `read_sealed`."""
    found = json.loads(read_sealed(path))
    if not isinstance(found, dict):
        raise ValueError("it holds no object")
    found.pop("sha256", None)
    return found
