"""The few lines of an S3 client that the tests need, so that the image needs none."""

import datetime
import hashlib
import hmac
import http.client
import os
from dataclasses import dataclass
from urllib.parse import quote, urlsplit


@dataclass
class Answer:
    """What S3 said."""

    status: int
    headers: dict[str, str]
    body: bytes


def request(
    method: str,
    path: str,
    query: dict[str, str] | None = None,
    body: bytes = b"",
    headers: dict[str, str] | None = None,
    endpoint: str | None = None,
    secret: str | None = None,
    signed: bool = True,
) -> Answer:
    """Sends one request, signed with version 4 unless told otherwise."""
    host = urlsplit(endpoint or os.environ["S3_ENDPOINT"]).netloc
    uri = quote(path, safe="/-_.~")
    search = "&".join(f"{quote(k, safe='')}={quote(v, safe='')}" for k, v in sorted((query or {}).items()))
    sent = {"host": host, **(headers or {})}
    if signed:
        sent |= signature(method, uri, search, body, sent, secret or os.environ["AWS_SECRET_ACCESS_KEY"])
    connection = http.client.HTTPConnection(host, timeout=60)
    try:
        connection.request(method, f"{uri}?{search}" if search else uri, body, sent)
        response = connection.getresponse()
        return Answer(response.status, dict(response.getheaders()), response.read())
    finally:
        connection.close()


def signature(method: str, uri: str, search: str, body: bytes, headers: dict[str, str], secret: str) -> dict[str, str]:
    """The headers that prove who asks."""
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    digest = hashlib.sha256(body).hexdigest()
    covered = {k.lower(): v for k, v in headers.items()} | {"x-amz-date": now, "x-amz-content-sha256": digest}
    names = ";".join(sorted(covered))
    lines = "".join(f"{name}:{covered[name]}\n" for name in sorted(covered))
    canonical = "\n".join([method, uri, search, lines, names, digest])
    scope = f"{now[:8]}/us-east-1/s3/aws4_request"
    to_sign = "\n".join(["AWS4-HMAC-SHA256", now, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = f"AWS4{secret}".encode()
    for part in (*scope.split("/"), to_sign):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    credential = f"{os.environ['AWS_ACCESS_KEY_ID']}/{scope}"
    return {
        "x-amz-date": now,
        "x-amz-content-sha256": digest,
        "authorization": f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={key.hex()}",
    }
