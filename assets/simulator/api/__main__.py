"""
python -m api --port 0 … : serves the simulated AWS until the process that started it ends.
Prints one JSON line with the port when it listens. The registry's password is the first line of standard input.
"""

import argparse
import json
import os
import sys
import threading
import time

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import make_server

from .control import Control
from .corrections import install
from .requestlog import RequestLog
from .server import Application
from .simulation import Registry, Simulation


class Handler(MotoRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, *args: object, **kwargs: object) -> None:
        """The request log says it."""


def end_with_parent() -> None:
    """A killed supervisor must not leave its API server behind."""
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(0)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="api")
    parser.add_argument(
        "--port", type=int, default=0, help="on the loopback interface, with the control endpoint"
    )
    parser.add_argument(
        "--also", metavar="ADDRESS:PORT", help="where hosts find the API, without the control endpoint"
    )
    parser.add_argument("--log", help="file of the request log")
    parser.add_argument(
        "--profile-delay", type=float, default=15, help="seconds until EC2 sees a new instance profile"
    )
    parser.add_argument(
        "--termination-seconds", type=float, default=10, help="how long an instance is shutting-down"
    )
    parser.add_argument("--registry", metavar="ADDRESS:PORT", help="the registry that stands for ECR's")
    parser.add_argument("--authority", help="PEM file of the registry's certificate authority")
    return parser.parse_args()


def main() -> None:
    # The request log has user data in it.
    os.umask(0o077)
    arguments = parse_arguments()
    password = sys.stdin.readline().strip() if arguments.registry else ""
    simulation = Simulation(
        log=RequestLog(arguments.log),
        profile_delay=arguments.profile_delay,
        termination_seconds=arguments.termination_seconds,
        registry=Registry(arguments.registry, password, arguments.authority) if arguments.registry else None,
    )
    install(simulation)
    control = Application(simulation, Control(simulation))
    servers = [make_server("127.0.0.1", arguments.port, control, threaded=True, request_handler=Handler)]
    if arguments.also:
        address, port = arguments.also.rsplit(":", 1)
        plain = Application(simulation, None)
        servers.append(make_server(address, int(port), plain, threaded=True, request_handler=Handler))
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps({"port": servers[0].port}), flush=True)
    end_with_parent()


main()
