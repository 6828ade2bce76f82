"""A repository of a few hundred bytes with more files than anybody can list."""

from tests.builtin_plugins.git.repository import Repository

MANY = 10


def commit_bomb(repository: Repository, directory: str, content: str) -> str:
    """Put ten to the power of ten files below a directory of the top, beside what is there; returns the commit."""
    inner = repository.git("hash-object", "-w", "--stdin", stdin=content.encode())
    kind = "100644 blob"
    for _ in range(MANY):
        listed = "".join(f"{kind} {inner}\t{name}\n" for name in range(MANY))
        inner, kind = repository.git("mktree", stdin=listed.encode()), "040000 tree"
    there = repository.git("ls-tree", "main", f"{directory}/").splitlines()
    inside = [line.replace(f"\t{directory}/", "\t") for line in there if not line.endswith("/many")]
    inside.append(f"040000 tree {inner}\tmany")
    tree = repository.git("mktree", stdin="\n".join(inside).encode())
    top = [line for line in repository.git("ls-tree", "main").splitlines() if not line.endswith(f"\t{directory}")]
    root = repository.git("mktree", stdin="\n".join([*top, f"040000 tree {tree}\t{directory}"]).encode())
    commit = repository.git("commit-tree", "-m", "many", "-p", "main", root)
    repository.git("update-ref", "refs/heads/main", commit)
    return commit
