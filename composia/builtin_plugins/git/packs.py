"""Every fetch leaves a pack, and each pack costs file handles: few large ones instead of many small ones."""

from pathlib import Path

from dulwich.objects import ObjectID
from dulwich.pack import generate_unpacked_objects
from dulwich.repo import Repo

MOST_PACKS = 10


def merge_packs(repo: Repo) -> None:
    """Merge the small packs when there are too many. Every object stays, also those that no branch leads to."""
    store = repo.object_store
    packs = sorted(store.packs, key=len)
    if len(packs) <= MOST_PACKS:
        return
    small: list[int] = []
    for size in map(len, packs):
        if size > 2 * sum(small) and len(small) > 1:
            break  # a pack is merged only into one of its size, so that none is written again and again
        small.append(size)
    merged = packs[: len(small)]
    objects = sorted({ObjectID(name) for pack in merged for name in pack})
    store.add_pack_data(len(objects), generate_unpacked_objects(store, [(name, None) for name in objects]))
    for name in [pack.name().decode() for pack in merged]:
        for suffix in ("idx", "pack"):
            Path(store.pack_dir, f"pack-{name}.{suffix}").unlink()
