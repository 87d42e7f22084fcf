"""The WSGI application: request log, faults, the control endpoint, then moto."""

import io
import re
import time
from collections.abc import Callable, Iterable

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from .control import Control
from .corrections import settle
from .faults import error_body
from .requestlog import Call, parse_call
from .simulation import Simulation

_CODE = re.compile(rb"<Code>([^<]*)</Code>|\"__type\": ?\"([^\"]*)\"")


class Application:
    """Answers as AWS does; with `control`, also under /simulator/."""

    def __init__(self, simulation: Simulation, control: Control | None) -> None:
        self._simulation = simulation
        self._control = control
        self._moto = DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ: dict, start: Callable) -> Iterable[bytes]:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length) if length else b""
        if environ.get("PATH_INFO", "").startswith("/simulator/"):
            return self._answer_control(environ, body, start)
        environ["wsgi.input"] = io.BytesIO(body)
        call = parse_call(environ, body)
        began = time.time()
        status, headers, content, fault = self._answer(call, environ)
        self._record(call, began, status, content, fault)
        start(
            status,
            [(name, value) for name, value in headers if name.lower() != "content-length"]
            + [("Content-Length", str(len(content)))],
        )
        return [content]

    def _answer_control(self, environ: dict, body: bytes, start: Callable) -> Iterable[bytes]:
        with self._simulation.lock:
            settle(self._simulation)
            status, content_type, content = (
                self._control.answer(
                    environ["REQUEST_METHOD"], environ["PATH_INFO"], environ.get("QUERY_STRING", ""), body
                )
                if self._control
                else ("404 NOT FOUND", "application/json", b"{}")
            )
        start(status, [("Content-Type", content_type), ("Content-Length", str(len(content)))])
        return [content]

    def _answer(self, call: Call, environ: dict) -> tuple[str, list, bytes, str | None]:
        simulation = self._simulation
        with simulation.lock:
            fault = simulation.faults.for_call(call.action, call.agent)
        if fault and fault.kind == "hang":
            time.sleep(fault.seconds)
        elif fault and fault.kind == "hold":
            if not fault.after and not simulation.faults.hold(fault, call.action, call.agent):
                return "503 DROPPED", [], b"", fault.id
        elif fault and fault.kind == "body":
            return (
                f"{fault.status} FAULT",
                [("Content-Type", fault.content_type)],
                fault.body.encode(),
                fault.id,
            )
        elif fault:
            content, content_type = error_body(call.service, call.is_json, fault.code, fault.message)
            return (
                f"{fault.status} FAULT",
                [("Content-Type", content_type), ("x-amzn-errortype", fault.code)],
                content,
                fault.id,
            )
        answer: dict = {}

        def keep(status: str, headers: list, _error: object = None) -> None:
            answer.update(status=status, headers=headers)

        with simulation.lock:
            settle(simulation)
            host = self._moto.infer_service_region_host(environ, environ["PATH_INFO"])
            if host is not None and self._moto.get_backend_for_host(host) is None:
                # 501 is not retried by SDKs, unlike the other 5xx.
                content, content_type = error_body(
                    call.service, True, "NotSimulated", f"{call.service} is not simulated."
                )
                return "501 NOT IMPLEMENTED", [("Content-Type", content_type)], content, None
            content = b"".join(self._moto(environ, keep))
        if fault and fault.kind == "hold" and fault.after:
            simulation.faults.hold(fault, call.action, call.agent)
        return answer["status"], answer["headers"], content, fault.id if fault else None

    def _record(self, call: Call, began: float, status: str, content: bytes, fault: str | None) -> None:
        code = _CODE.search(content[:4000]) if status[:1] in "45" else None
        self._simulation.log.add(
            {
                "time": round(began, 3),
                "service": call.service,
                "region": call.region,
                "action": call.action,
                "agent": call.agent,
                "parameters": call.parameters,
                "status": int(status[:3]),
                "milliseconds": round((time.time() - began) * 1000, 1),
                **(
                    {"error": next(group for group in code.groups() if group is not None).decode()}
                    if code
                    else {}
                ),
                **({"fault": fault} if fault else {}),
            }
        )
