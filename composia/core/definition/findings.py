"""What is found wrong in Compose files, each with its place."""

from composia.core.definition.document import Node, Scalar
from composia.core.definition.fields import problem_at
from composia.core.definition.interpolation import Known
from composia.core.problem import Problem, Severity

NEEDED = "needs on the node: "
"""How a warning begins of what people do not commit, and only the node can have."""


class Findings:
    """Gathers problems. What depends on a variable that only the node has is never one."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    @property
    def has_errors(self) -> bool:
        """Whether one of them is an error."""
        return any(problem.severity is Severity.ERROR for problem in self.problems)

    def error(self, node: Node, message: str, hint: str = "") -> None:
        """Note an error at a value; a warning where the value is a default that a variable may replace."""
        if not isinstance(node, Scalar) or node.known is Known.SURE:
            self.problems.append(problem_at(node, node.file, Severity.ERROR, message, hint))
        elif node.known is Known.ASSUMED:
            self.warn(node, f"{message}, unless the node sets the variable", hint)

    def warn(self, node: Node, message: str, hint: str = "") -> None:
        """Note a warning at a value."""
        if not isinstance(node, Scalar) or node.known is not Known.UNKNOWN:
            self.problems.append(problem_at(node, node.file, Severity.WARNING, message, hint))

    def need(self, node: Node, what: str, hint: str = "") -> None:
        """Note that something must be on the node, as it is not in the service directory."""
        self.problems.append(problem_at(node, node.file, Severity.WARNING, f"{NEEDED}{what}", hint))
