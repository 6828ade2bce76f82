"""What is found wrong in Compose files, each with its place."""

from collections.abc import Collection

from composia.core.definition.document import Node, Scalar
from composia.core.definition.fields import problem_at
from composia.core.definition.interpolation import Known
from composia.core.problem import Problem, Severity
from composia.core.suggest import did_you_mean

MOST = 100
"""How many errors, and how many warnings, are kept of one service."""

MOST_KNOWN = 500
"""Among how many names one is looked for that may have been meant."""


class Findings:
    """Gathers problems. What depends on a variable that only the node has is never one."""

    def __init__(self) -> None:
        self._found: dict[Severity, dict[Problem, None]] = {severity: {} for severity in Severity}
        self._left_out: Problem | None = None

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was found, each thing once, in the order of the files' places."""
        found = [problem for kept in self._found.values() for problem in kept]
        if self._left_out:
            message, hint = f"more than {MOST} problems, of which these are the first", "mend these, then look again"
            found.append(Problem(severity=Severity.WARNING, message=message, file=self._left_out.file, hint=hint))
        return tuple(sorted(found, key=lambda problem: (problem.file, problem.line, problem.column)))

    @property
    def has_errors(self) -> bool:
        """Whether one of them is an error."""
        return bool(self._found[Severity.ERROR])

    @property
    def is_full(self) -> bool:
        """Whether no more errors are kept, so that nobody need look for them."""
        return self._left_out is not None and len(self._found[Severity.ERROR]) >= MOST

    def add(self, problem: Problem) -> None:
        """Keep a problem, unless there are enough."""
        kept = self._found[problem.severity]
        if problem not in kept and len(kept) >= MOST:
            self._left_out = self._left_out or problem
        else:
            kept[problem] = None

    def error(self, node: Node, message: str, hint: str = "", *, once: str = "") -> None:
        """Note an error at a value; a warning where the value is a default that a variable may replace, or where it
        counts only `once` something else is so."""
        if once:
            self.warn(node, f"{message}; it counts once {once}", hint)
            return
        if not isinstance(node, Scalar) or node.known is Known.SURE:
            self.add(problem_at(node, node.file, Severity.ERROR, message, hint))
        elif node.known is Known.ASSUMED:
            self.warn(node, f"{message}, unless the node sets the variable", hint)

    def warn(self, node: Node, message: str, hint: str = "") -> None:
        """Note a warning at a value."""
        if not isinstance(node, Scalar) or node.known is not Known.UNKNOWN:
            self.add(problem_at(node, node.file, Severity.WARNING, message, hint))

    def need(self, node: Node, what: str, hint: str = "") -> None:
        """Note that something must be on the node, as it is not in the service directory."""
        self._leave_to_node(node, f"needs on the node: {what}", hint)

    def leave(self, node: Scalar, kind: str) -> None:
        """Note that only the node can look at what a value leads to."""
        self._leave_to_node(node, f"checked on the node: {kind} {node.written or node.text}", "")

    def _leave_to_node(self, node: Node, message: str, hint: str) -> None:
        self.add(problem_at(node, node.file, Severity.WARNING, message, hint, on_node=True))

    def meant(self, name: str, known: Collection[str]) -> str:
        """A hint for a name that nothing has; none where looking for it would take long."""
        return did_you_mean(name, known) if len(known) <= MOST_KNOWN and not self.is_full else ""
