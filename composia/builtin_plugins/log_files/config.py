"""What can be set of the log sink `files`."""

import msgspec

from composia.config import Count, Days


class FilesConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For how many days lines are kept, and how much of them in all, in MiB as they lie on the disk."""

    days: Days = 30.0
    mib: Count = 10_240
