"""Who can read a backup, and how one knows that a manifest is ours.

Every backup is encrypted with age to two recipients. The owner's key (MIDWAY_BACKUP_RECIPIENT is its public half; the
private half is kept off this server) opens it when the server is gone. The drill's identity lies on the server,
readable by its own account only, and lets the drill restore every night: who can read it can read the database too.
"""

from dataclasses import dataclass
from pathlib import Path

import pyrage
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from midway.runtime.folder import write_whole
from midway.runtime.problem import CannotRun

_PURPOSE = b"midway backup manifest"


@dataclass(frozen=True)
class Keys:
    """All that making and reading backups needs: where the drill's identity lies, and the product's signing secret."""

    drill_file: Path
    secret: str
    owner_recipient: str = ""

    def recipients(self) -> list["pyrage.x25519.Recipient"]:
        """The drill's own, and the owner's when there is one. Raises `CannotRun` for one that is no age key."""
        found = [self.drill_identity().to_public()]
        if self.owner_recipient:
            try:
                found.append(pyrage.x25519.Recipient.from_str(self.owner_recipient))
            except pyrage.RecipientError as problem:
                raise CannotRun(
                    "MIDWAY_BACKUP_RECIPIENT is no age public key (age1…): midway backup keygen makes a pair"
                ) from problem
        return found

    def recipient_words(self) -> list[str]:
        """The public keys a backup is encrypted to, for its manifest."""
        return [str(recipient) for recipient in self.recipients()]

    def drill_identity(self) -> "pyrage.x25519.Identity":
        """The identity the drill reads with, made at the first call. Raises `CannotRun` when its file is damaged."""
        if not self.drill_file.exists():
            self.drill_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(self.drill_file, f"{pyrage.x25519.Identity.generate()}\n")
        return read_identity(self.drill_file)

    def sign(self, manifest: bytes) -> str:
        """The signature of a manifest, in hexadecimal."""
        return self._signing_key().sign(manifest).hex()

    def is_ours(self, manifest: bytes, signature: str) -> bool:
        """Whether this manifest was signed with our secret and not changed since."""
        return is_signed_by(self.verifying_key(), manifest, signature)

    def verifying_key(self) -> str:
        """The public half of the signing key, for the recovery kit."""
        return self._signing_key().public_key().public_bytes_raw().hex()

    def _signing_key(self) -> Ed25519PrivateKey:
        seed = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(self.secret.encode())
        return Ed25519PrivateKey.from_private_bytes(seed)


def read_identity(path: Path) -> "pyrage.x25519.Identity":
    """The age identity in a file: its first line that is no comment. Raises `CannotRun`."""
    try:
        lines = [line.strip() for line in path.read_text().splitlines() if line.strip() and not line.startswith("#")]
        return pyrage.x25519.Identity.from_str(lines[0])
    except (OSError, IndexError, UnicodeDecodeError, pyrage.IdentityError) as problem:
        raise CannotRun(f"{path} holds no age identity ({problem}): name the right key file") from problem


def is_signed_by(verifying_key: str, manifest: bytes, signature: str) -> bool:
    """Whether this public key's owner signed the manifest."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(verifying_key))
        sealed = bytes.fromhex(signature)
        key.verify(sealed, manifest)
    except (InvalidSignature, ValueError):
        return False
    return sealed.hex() == signature  # a capital letter or a blank would be read as the same: it is damage all the same


def encrypt(plain: Path, sealed: Path, recipients: "list[pyrage.x25519.Recipient]") -> None:
    """Will write an age file that any of the recipients can open."""
    pyrage.encrypt_file(str(plain), str(sealed), recipients)


def decrypt(sealed: Path, plain: Path, identity: "pyrage.x25519.Identity") -> None:
    """Will write what an age file holds, readable by us alone. Raises `CannotRun` when it is damaged or not for us."""
    plain.touch(mode=0o600)
    try:
        pyrage.decrypt_file(str(sealed), str(plain), [identity])
    except pyrage.DecryptError as problem:
        plain.unlink(missing_ok=True)
        raise CannotRun(f"{sealed.name} cannot be opened ({problem}): it is damaged, or for another key") from problem
