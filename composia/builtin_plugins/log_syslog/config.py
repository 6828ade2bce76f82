"""What can be set of the log sink `syslog`."""

from typing import Annotated

import msgspec

from composia.config import Seconds


class SyslogConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where to: `address` is HOST:PORT, `tls` is on unless it is turned off, and `ca_file` names who vouches for the
    other side, unless the host's own CAs do. `facility` is a number of RFC 5424, 16 is local0."""

    address: str
    tls: bool = True
    ca_file: str = ""
    facility: Annotated[int, msgspec.Meta(ge=0, le=23)] = 16
    timeout_s: Seconds = 10.0

    def __post_init__(self) -> None:
        """Host and port are both needed."""
        host, _, port = self.address.rpartition(":")
        if not host or not port.isdigit() or not 0 < int(port) < 65_536:
            raise ValueError(f"address {self.address[:80]!r} is no HOST:PORT")
        if self.ca_file and not self.tls:
            raise ValueError("ca_file goes with tls: true")

    @property
    def target(self) -> tuple[str, int]:
        """Host and port."""
        host, _, port = self.address.rpartition(":")
        return host.strip("[]"), int(port)
