"""A finding about a file, the same in `validate`, `service show`, the API and the web."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """An error keeps a service from being deployed; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What is wrong, where, and what would be right. Lines and columns count from 1; 0 is unknown.

    `on_node` is a warning of what only the node has, or of what only it can look at.
    """

    severity: Severity
    message: str
    file: str = ""
    line: int = 0
    column: int = 0
    value: str = ""
    hint: str = ""
    on_node: bool = False

    @property
    def where(self) -> str:
        """`file:line:column`, as far as known."""
        place = self.file
        if self.line:
            place += f":{self.line}"
            if self.column:
                place += f":{self.column}"
        return place
