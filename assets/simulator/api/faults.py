"""Faults on purpose, by call, count and kind; added and removed while the server runs."""

import itertools
import json
from dataclasses import asdict, dataclass, field
from threading import Event
from xml.sax.saxutils import escape

KINDS = ("error", "hang", "hold", "body", "capacity", "short")
# As an action: every call.
ANY = "*"
# What launches instances: "capacity" and "short" concern these calls.
LAUNCHES = ("CreateFleet", "RunInstances")


@dataclass
class Fault:
    id: str
    action: str
    kind: str = "error"
    # error: what AWS answers.
    code: str = "InternalError"
    message: str = "A fault injected by the simulator."
    status: int = 400
    # hang: seconds before the call goes on.
    seconds: float = 3600
    # hold: the call waits until it is released, before it takes effect or behind it.
    after: bool = False
    held: dict[str, str] | None = None
    # Only calls of clients whose user agent has this in it.
    agent: str = ""
    # body: what is answered instead, with `status`.
    body: str = ""
    content_type: str = "text/xml"
    # capacity: the instance types and zones that are short of capacity; none means all.
    types: list[str] = field(default_factory=list)
    zones: list[str] = field(default_factory=list)
    # capacity, short: only launches whose instances get these tags.
    tags: dict[str, str] = field(default_factory=dict)
    # short: how many instances a fleet gets at most, whatever minimum it asked for.
    count: int = 0
    # The first `skip` calls pass, then `times` calls are hit; None: all of them.
    skip: int = 0
    times: int | None = None
    seen: int = 0

    def hits(self) -> bool:
        """Counts a call; true when it is hit."""
        self.seen += 1
        return self.skip < self.seen and (self.times is None or self.seen <= self.skip + self.times)

    def concerns(self, action: str, agent: str) -> bool:
        return self.action in (ANY, action) and self.agent in agent

    def covers(self, instance_type: str, zone: str) -> bool:
        return (not self.types or instance_type in self.types) and (not self.zones or zone in self.zones)


class Faults:
    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._ids = itertools.count(1)
        self._held: dict[str, Event] = {}
        self._dropped: set[str] = set()

    def add(self, request: dict) -> dict:
        """Raises ValueError for what is no fault."""
        kind = request.get("kind", "error")
        if kind not in KINDS:
            raise ValueError(f"there is no kind {kind!r}; there are: {', '.join(KINDS)}")
        action = request.get("action") or ("CreateFleet" if kind in ("capacity", "short") else None)
        if not action:
            raise ValueError("an action is missing, such as CreateFleet")
        # A launch is short of capacity until told otherwise; an error is over after the first time.
        times = request.get("times", None if kind in ("capacity", "short") else 1)
        try:
            fault = Fault(
                **{
                    **request,
                    "id": f"fault-{next(self._ids)}",
                    "kind": kind,
                    "action": action,
                    "times": times,
                }
            )
        except TypeError as error:
            raise ValueError(str(error)) from error
        if kind == "capacity" and "code" not in request:
            fault.code = "InsufficientInstanceCapacity"
        self._faults.append(fault)
        return asdict(fault)

    def all(self) -> list[dict]:
        return [asdict(fault) for fault in self._faults]

    def remove(self, fault_id: str | None = None) -> int:
        """Removes one, or all; returns how many."""
        kept = [fault for fault in self._faults if fault_id is not None and fault.id != fault_id]
        removed = len(self._faults) - len(kept)
        for fault in self._faults:
            if fault not in kept and fault.id in self._held:
                self._held[fault.id].set()
        self._faults = kept
        return removed

    def hold(self, fault: Fault, action: str, agent: str) -> bool:
        """Waits until the call is released; false when it is not to take effect."""
        released = self._held.setdefault(fault.id, Event())
        fault.held = {"action": action, "agent": agent}
        released.wait()
        return fault.id not in self._dropped

    def release(self, fault_id: str, drop: bool) -> bool:
        """Lets a held call go on, or with `drop` be as if it had never come; false when none is held."""
        released = self._held.get(fault_id)
        if released is None:
            return False
        if drop:
            self._dropped.add(fault_id)
        released.set()
        return True

    def for_call(self, action: str, agent: str = "") -> Fault | None:
        """The fault that hits this call before it reaches the API."""
        found = [
            f
            for f in self._faults
            if f.kind not in ("capacity", "short") and f.concerns(action, agent) and f.hits()
        ]
        return found[0] if found else None

    def for_launch(self, action: str, tags: dict[str, str]) -> list[Fault]:
        """The shortages that a launch of instances with these tags meets."""
        return [
            fault
            for fault in self._faults
            if fault.kind in ("capacity", "short")
            and fault.action == action
            and fault.tags.items() <= tags.items()
            and fault.hits()
        ]


def error_body(service: str, is_json: bool, code: str, message: str) -> tuple[bytes, str]:
    """An error as the service writes it, and its content type."""
    # An object that is JSON makes no JSON of S3's protocol.
    if is_json and service != "s3":
        return json.dumps({"__type": code, "message": message}).encode(), "application/x-amz-json-1.1"
    error = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
    if service == "ec2":
        xml = f"<Response><Errors><Error>{error}</Error></Errors><RequestID>simulated</RequestID></Response>"
    elif service == "s3":
        xml = f"<Error>{error}<RequestId>simulated</RequestId></Error>"
    else:
        body = f"<Error><Type>Sender</Type>{error}</Error><RequestId>simulated</RequestId>"
        xml = f"<ErrorResponse>{body}</ErrorResponse>"
    return f'<?xml version="1.0" encoding="UTF-8"?>{xml}'.encode(), "text/xml"
