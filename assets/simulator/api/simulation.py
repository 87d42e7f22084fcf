"""What the corrections share: delays, faults, the registry's address, and the clock."""

import time
from dataclasses import dataclass, field
from threading import RLock

from .faults import Faults
from .requestlog import RequestLog


@dataclass(frozen=True)
class Registry:
    """The registry that stands for ECR's."""

    address: str
    password: str
    # PEM file with the certificate authority of its certificate.
    authority: str


@dataclass
class Simulation:
    log: RequestLog
    # A new instance profile can't be seen by EC2 for so many seconds.
    profile_delay: float = 15
    # A terminated instance is "shutting-down", and holds its groups and subnet, for so many seconds.
    termination_seconds: float = 10
    vcpu_quota: float = 2000
    registry: Registry | None = None
    faults: Faults = field(default_factory=Faults)
    # moto is not made for requests side by side: one at a time, hanging ones aside.
    lock: RLock = field(default_factory=RLock)

    def now(self) -> float:
        return time.monotonic()
