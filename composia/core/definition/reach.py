"""Whether what a Compose file reaches for is in the service directory, may be on the node, or can never be there."""

import posixpath

from composia.core.definition.findings import Findings
from composia.core.definition.references import Kind, Reference
from composia.core.definition.tree import Tree, inside

HINT = "put it into the service directory: nothing else is brought to the node"

_MOUNT_HINT = "nothing is brought to the node there; of data of the node, give the whole path"


def check_reference(reference: Reference, tree: Tree, findings: Findings, once: str = "") -> bool:
    """Note what is wrong with a reference; whether it leads to something in the tree. `once` is what has to be so before
    anything is looked for there."""
    path = inside(reference.path)
    shown = reference.node.written or path or reference.path
    if reference.kind is Kind.MOUNT:
        if path is None and not once and not reference.path.startswith(("/", "~")):
            findings.warn(reference.node, f"the mount {shown} leads out of the service directory", _MOUNT_HINT)
    elif reference.path.startswith(("/", "~")):
        findings.need(reference.node, reference.node.written or reference.path)
    elif path is None:
        shown = reference.node.written or reference.path
        findings.error(reference.node, f"{reference.kind} {shown} leaves the service directory", HINT, once=once)
    elif reference.kind is Kind.DOCKERFILE and not tree.has(posixpath.dirname(path)):
        pass  # what is missing is the build context, which is named already
    elif tree.has(path):
        return True
    else:
        findings.need(reference.node, shown)
    return False
