"""API tokens as text: `cps_ID_SECRET`. The secret has 256 random bits, so its plain SHA-256 is all that need be kept."""

import hashlib
import re
from dataclasses import dataclass, field

PREFIX = "cps_"
_ID = re.compile(r"[0-9a-f]{12}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_TEXT = re.compile(rf"{PREFIX}({_ID.pattern})_([0-9a-zA-Z_-]{{43}})")

ID_BYTES = 6
SECRET_BYTES = 32
"""How many random bytes whoever makes a token takes: the id is their hex, the secret their base64url."""


@dataclass(frozen=True, kw_only=True)
class Token:
    """A token with its secret; `str` is the text that its bearer shows."""

    id: str
    secret: str = field(repr=False)

    def __str__(self) -> str:
        return f"{PREFIX}{self.id}_{self.secret}"

    @property
    def digest(self) -> str:
        """The SHA-256 of the secret, in hex."""
        return hashlib.sha256(self.secret.encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class NewCredential:
    """A credential as its agent made it, without the secret."""

    id: str
    digest: str

    @property
    def well_formed(self) -> bool:
        """Whether both parts look as they should."""
        return bool(_ID.fullmatch(self.id) and _DIGEST.fullmatch(self.digest))


def read_token(text: str) -> Token | None:
    """The token of a text; None when it is none."""
    match = _TEXT.fullmatch(text)
    return Token(id=match[1], secret=match[2]) if match else None
