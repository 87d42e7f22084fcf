"""
certificates.py FOLDER ADDRESS: makes a certificate authority for one registry, and its key and certificate.
Writes ca.crt, registry.crt and registry.key; the authority's key is thrown away.
"""

import os
import sys
from datetime import datetime, timedelta, timezone
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAYS = 365


def name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def builder(subject: str, issuer: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    # Clocks of laptop and hosts are one; a day back is for a clock that is set meanwhile.
    start = datetime.now(timezone.utc) - timedelta(days=1)
    return (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=DAYS))
    )


def main() -> None:
    folder, address = Path(sys.argv[1]), sys.argv[2]
    os.umask(0o077)
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority = (
        builder("pyspark-deploy simulator", "pyspark-deploy simulator", authority_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    certificate = (
        builder(address, "pyspark-deploy simulator", key)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = (pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "ca.crt").write_bytes(authority.public_bytes(pem))
    (folder / "registry.crt").write_bytes(certificate.public_bytes(pem))
    (folder / "registry.key").write_bytes(key.private_bytes(*private))


main()
