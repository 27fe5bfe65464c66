"""Certificates and SSH keys for the servers of ftp_servers.py, made anew for each run."""

from __future__ import annotations

import ipaddress
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509  # type: ignore[import-not-found]
from cryptography.hazmat.primitives import hashes, serialization  # type: ignore[import-not-found]
from cryptography.hazmat.primitives.asymmetric import rsa  # type: ignore[import-not-found]
from cryptography.x509.oid import NameOID  # type: ignore[import-not-found]


@dataclass
class Leaf:
    """A server's certificate, with that of its issuer, and its key."""

    certificate: Path
    key: Path
    both: Path


@dataclass
class Certificates:
    """An authority, and what it has issued."""

    ca: Path
    good: Leaf
    expired: Leaf
    other_host: Leaf


def name_of(text: str) -> Any:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def certificate(
    name: str, issuer: tuple[Any, Any] | None, days: range, names: list[Any]
) -> tuple[Any, Any]:
    """Key and certificate; valid from the first to the last of these days, counted from now."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name_of(name))
        .issuer_name(issuer[1].subject if issuer else name_of(name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days.start))
        .not_valid_after(now + timedelta(days=days.stop))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    if issuer:
        issuing = issuer[0].public_key()
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuing), critical=False
        )
    else:
        usage = {
            field: field in ("key_cert_sign", "crl_sign")
            for field in (
                "digital_signature",
                "content_commitment",
                "key_encipherment",
                "data_encipherment",
                "key_agreement",
                "key_cert_sign",
                "crl_sign",
                "encipher_only",
                "decipher_only",
            )
        }
        builder = builder.add_extension(x509.KeyUsage(**usage), critical=True)
        own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        builder = builder.add_extension(own, critical=False)
    return key, builder.sign(issuer[0] if issuer else key, hashes.SHA256())


def certificates(folder: Path) -> Certificates:
    """An authority; certificates for this machine, one of them long expired; one for another host."""
    folder.mkdir()
    here = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    authority = certificate("FTP test authority", None, range(-400, 400), [])

    def pem(one: Any) -> bytes:
        text: bytes = one.public_bytes(serialization.Encoding.PEM)
        return text

    def leaf(file: str, days: range, names: list[Any]) -> Leaf:
        key, made = certificate("FTP test server", authority, days, names)
        secret: bytes = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        chain = pem(made) + pem(authority[1])
        found = Leaf(folder / f"{file}.pem", folder / f"{file}.key", folder / f"{file}.both.pem")
        for path, content in (
            (found.certificate, chain),
            (found.key, secret),
            (found.both, secret + chain),
        ):
            path.write_bytes(content)
            path.chmod(0o600)
        return found

    ca = folder / "ca.pem"
    ca.write_bytes(pem(authority[1]))
    return Certificates(
        ca,
        leaf("good", range(-2, 300), here),
        leaf("expired", range(-300, -2), here),
        leaf("other-host", range(-2, 300), [x509.DNSName("other.example")]),
    )


@dataclass
class SshKey:
    """A key pair in files of OpenSSH."""

    kind: str
    path: Path
    passphrase: str
    line: str
    fingerprint: str


def ssh_key(path: Path, kind: str, passphrase: str = "", form: list[str] | None = None) -> SshKey:
    """`kind` is one of ssh-keygen's; `form` further arguments, such as those for a PEM file."""
    arguments = ["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", "test", "-f", str(path)]
    if kind == "rsa":
        arguments += ["-b", "3072"]
    subprocess.run(arguments + (form or []), check=True, stdin=subprocess.DEVNULL)
    line = " ".join(Path(f"{path}.pub").read_text().split()[:2])
    shown = subprocess.run(
        ["ssh-keygen", "-l", "-f", f"{path}.pub"], check=True, capture_output=True, text=True
    )
    return SshKey(kind, path, passphrase, line, shown.stdout.split()[1])
