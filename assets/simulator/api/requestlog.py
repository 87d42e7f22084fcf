"""Every call of the API, with its parameters and outcome, as JSON lines and in memory."""

import json
import re
from dataclasses import dataclass
from threading import Lock
from urllib.parse import parse_qsl


@dataclass(frozen=True)
class Call:
    service: str
    region: str
    action: str
    parameters: dict
    is_json: bool
    # The client's user agent.
    agent: str = ""


_SCOPE = re.compile(r"Credential=[^/]+/\d{8}/([^/]*)/([^/]+)/aws4_request")


def _parse_json(body: bytes) -> dict:
    try:
        parsed = json.loads(body)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def parse_call(environ: dict, body: bytes) -> Call:
    """What a request asks of which service: from its signature's scope, target header or form."""
    scope = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    region, service = scope.groups() if scope else ("", "")
    agent = environ.get("HTTP_USER_AGENT", "")
    target = environ.get("HTTP_X_AMZ_TARGET")
    if target:
        return Call(service, region, target.rsplit(".", 1)[-1], _parse_json(body), True, agent)
    form = (
        dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)) if b"Action=" in body else {}
    )
    query = dict(parse_qsl(environ.get("QUERY_STRING", "")))
    parameters = form or query
    action = parameters.get("Action") or f"{environ['REQUEST_METHOD']} {environ.get('PATH_INFO', '')}"
    rest = {key: value for key, value in parameters.items() if key not in ("Action", "Version")}
    is_json = environ.get("CONTENT_TYPE", "").startswith("application/json")
    return Call(service, region, action, rest, is_json, agent)


class RequestLog:
    def __init__(self, path: str | None) -> None:
        self._file = open(path, "a", buffering=1, encoding="utf-8") if path else None
        self._entries: list[dict] = []
        self._lock = Lock()

    def add(self, entry: dict) -> None:
        with self._lock:
            self._entries.append(entry)
            if self._file:
                self._file.write(json.dumps(entry) + "\n")

    def since(self, start: int) -> list[dict]:
        """The entries from number `start` on."""
        return self._entries[start:]
