"""Writes Maven's global settings: the proxies of the environment, which Maven
itself does not read. A user's settings.xml still wins over them."""

import os
import sys
from urllib.parse import unquote, urlsplit
from xml.sax.saxutils import escape


def proxy(scheme: str) -> str:
    """One <proxy> element, or nothing when the environment names none."""
    name = f"{scheme}_proxy"
    url = urlsplit(os.environ.get(name) or os.environ.get(name.upper()) or "")
    if not url.hostname:
        return ""
    excluded = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    hosts = [f"*{h}" if h.startswith(".") else h for h in excluded.replace(" ", "").split(",") if h]
    fields = {
        "id": scheme,
        "protocol": scheme,
        "host": url.hostname,
        "port": str(url.port or 80),
        "username": unquote(url.username or ""),
        "password": unquote(url.password or ""),
        "nonProxyHosts": "|".join(hosts),
    }
    body = "".join(f"<{key}>{escape(value)}</{key}>" for key, value in fields.items() if value)
    return f"<proxy>{body}</proxy>"


sys.stdout.write(f"<settings><proxies>{proxy('http')}{proxy('https')}</proxies></settings>\n")
