#!/usr/bin/python
"""Makes a host run its containers of a cluster: image, configuration, containers, deadline, watchdog."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: pyspark_deploy_node
short_description: Makes a host run its containers of a cluster
description:
  - Waits for the image pull that the host's boot began, else pulls; writes Spark's configuration; starts the containers,
    and makes those anew whose definition or configuration has changed; removes nodes of the cluster that are no longer
    wanted here. Jobs are left alone.
  - Fails with the container's last lines when one does not stay up.
options:
  image:
    description: The image, by digest.
    type: str
    required: true
  containers:
    description: What runs here, with the keys of docker run that the role's README lists.
    type: list
    elements: dict
    default: []
  conf_files:
    description: The files of SPARK_CONF_DIR.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: Relative to the folder.
        type: str
        required: true
      content_base64:
        description: Its content.
        type: str
        required: true
      secret:
        description: Readable by Spark's user only.
        type: bool
        default: false
  conf_directory:
    description: The folder on the host.
    type: path
    default: /etc/pyspark-deploy/conf
  deadline:
    description: When the host powers itself off, in seconds since 1970; 0 leaves what it has.
    type: int
    default: 0
  ready_timeout:
    description: How long image and containers may take, in seconds.
    type: int
    default: 900
  user:
    description: Who may use Docker through SSH.
    type: str
    default: ec2-user
  watchdog:
    description: What powers a worker off whose master is gone; 0 seconds removes it.
    type: dict
    suboptions:
      seconds:
        description: How long the master may be out of reach.
        type: int
        required: true
      master_ip:
        description: The master's address.
        type: str
        required: true
      script:
        description: Content of the program.
        type: str
        required: true
      service:
        description: Content of its systemd service.
        type: str
        required: true
      timer:
        description: Content of its systemd timer.
        type: str
        required: true
  spot:
    description: What decommissions the worker of a spot machine that EC2 takes back.
    type: dict
    suboptions:
      watch:
        description: Whether it is wanted here.
        type: bool
        required: true
      script:
        description: Content of the program.
        type: str
        required: true
      service:
        description: Content of its systemd service.
        type: str
        required: true
author: pyspark-deploy
"""
EXAMPLES = r"""
- name: Ensure the cluster's containers run
  pyspark_deploy_node:
    image: registry.example/flights@sha256:0123
    containers:
      - name: pyspark-deploy_flights_aws_master
        image: registry.example/flights@sha256:0123
        command: [spark-class, org.apache.spark.deploy.master.Master]
"""
RETURN = r"""
report:
  description: The image's parity_key, the boot's steps as boot, and what was done.
  returned: always
  type: dict
"""

import base64
import fcntl
import grp
import json
import os
import pwd
import subprocess
import time

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.pyspark_deploy_docker import (
    CLUSTER_LABEL,
    HASH_LABEL,
    Docker,
    DockerError,
    fingerprint,
    parity_key,
    run_arguments,
)
from ansible.module_utils.pyspark_deploy_files import make_folder, write, write_tree

LOCK = "/run/pyspark-deploy/node.lock"
BOOT_STATUS = "/run/pyspark-deploy/boot.json"
BOOT_LOG = "/var/log/pyspark-deploy/boot.log"
PULL_UNIT = "pyspark-deploy-pull.service"
DEADLINE = "/etc/pyspark-deploy/deadline"
WATCHDOG = "pyspark-deploy-watchdog"
SPOT = "pyspark-deploy-spot"
# A program that can't start ends within this time; what takes longer shows when workers register.
SETTLE_SECONDS = 1.0
POLL_SECONDS = 0.1
# Asking systemd costs two processes, on a host whose cores unpack the image.
ASK_SYSTEMD_SECONDS = 2.0


class Failure(Exception):
    """What could not be done, with the lines that tell why."""

    def __init__(self, message, lines=()):
        super().__init__(message)
        self.lines = list(lines)


def alone():
    """Waits until no other run is at work here, such as one whose laptop died; returns what holds the next one off."""
    os.makedirs(os.path.dirname(LOCK), exist_ok=True)
    lock = open(LOCK, "w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def boot_status():
    try:
        with open(BOOT_STATUS) as file:
            return json.load(file)
    except (FileNotFoundError, ValueError):
        return {}


def last_lines(path, count=15):
    try:
        with open(path, errors="replace") as file:
            return file.read().strip().split("\n")[-count:]
    except FileNotFoundError:
        return []


class Node:
    """One host that is brought to what the parameters say."""

    def __init__(self, module):
        self.module = module
        self.params = module.params
        self.check = module.check_mode
        self.deadline = time.monotonic() + self.params["ready_timeout"]
        self.done = []
        self.ask_systemd_at = 0.0
        # Docker's login for root and its helper, also where sudo keeps the caller's HOME and cuts the PATH.
        path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        self.environment = dict(os.environ, HOME="/root", PATH=path)
        self.docker = Docker(self.run)

    def run(self, words):
        """Runs a program to its end; a plain subprocess, since AnsibleModule's own polls its output slowly."""
        process = subprocess.run(
            words, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace"
        )
        return process.returncode, process.stdout, process.stderr

    def must(self, *words):
        code, out, err = self.run(list(words))
        if code != 0:
            raise Failure("%s: %s" % (" ".join(words), err.strip() or out.strip()))

    def note(self, changed, what):
        if changed and what not in self.done:
            self.done.append(what)
        return changed

    def write(self, path, content, mode, what):
        return self.note(write(path, content.encode(), mode, check=self.check), what)

    def ensure_docker_user(self):
        """Who logs in through SSH works with Docker, which the laptop does through that login."""
        user = self.params["user"]
        try:
            members = grp.getgrnam("docker").gr_mem
        except KeyError:
            raise Failure("There is no group docker: Docker is not installed on this host")
        known = any(found.pw_name == user for found in pwd.getpwall())
        if known and self.note(user not in members, "docker group") and not self.check:
            self.must("usermod", "--append", "--groups", "docker", user)

    def ensure_deadline(self):
        if self.params["deadline"]:
            self.write(DEADLINE, "%d\n" % self.params["deadline"], 0o644, "deadline")

    def ensure_watchdog(self):
        wanted = self.params["watchdog"]
        if wanted is None:
            return
        timer = "/etc/systemd/system/%s.timer" % WATCHDOG
        if wanted["seconds"] <= 0:
            if self.note(os.path.exists(timer), "watchdog") and not self.check:
                self.must("systemctl", "disable", "--now", WATCHDOG + ".timer")
                os.remove(timer)
            return
        settings = "MASTER=%s\nSECONDS_WITHOUT=%d\n" % (wanted["master_ip"], wanted["seconds"])
        self.write("/etc/pyspark-deploy/watchdog", settings, 0o644, "watchdog")
        self.write("/usr/local/sbin/" + WATCHDOG, wanted["script"] + "\n", 0o755, "watchdog")
        units = [
            self.write("/etc/systemd/system/%s.%s" % (WATCHDOG, kind), wanted[kind] + "\n", 0o644, "watchdog")
            for kind in ("service", "timer")
        ]
        if any(units) and not self.check:
            self.must("systemctl", "daemon-reload")
            self.must("systemctl", "enable", "--now", WATCHDOG + ".timer")

    def ensure_spot_watch(self):
        wanted = self.params["spot"]
        if wanted is None or not wanted["watch"]:
            return
        changed = [
            self.write("/usr/local/sbin/" + SPOT, wanted["script"] + "\n", 0o755, "spot watch"),
            self.write("/etc/systemd/system/%s.service" % SPOT, wanted["service"] + "\n", 0o644, "spot watch"),
        ]
        if any(changed) and not self.check:
            self.must("systemctl", "daemon-reload")
            self.must("systemctl", "enable", SPOT + ".service")
            self.must("systemctl", "restart", SPOT + ".service")

    def ensure_configuration(self):
        files = {
            file["path"]: (base64.b64decode(file["content_base64"]), 0o400 if file["secret"] else 0o444)
            for file in self.params["conf_files"]
        }
        self.note(write_tree(self.params["conf_directory"], files, self.check), "configuration")

    def boot_is_pulling(self):
        """Whether the pull that the host began at boot may still bring the image; it may not even have started."""
        if boot_status().get("pull", {}).get("state") in ("done", "failed"):
            return False
        if time.monotonic() < self.ask_systemd_at:
            return True
        self.ask_systemd_at = time.monotonic() + ASK_SYSTEMD_SECONDS
        _code, out, _err = self.run(["systemctl", "show", "--property=ActiveState,Job", PULL_UNIT])
        unit = dict(line.partition("=")[::2] for line in out.splitlines())
        return unit.get("ActiveState") == "activating" or unit.get("Job", "") not in ("", "0")

    def ensure_image(self):
        """The image's inspection, when it is here; waits for the boot's pull, else pulls."""
        reference = self.params["image"]
        while True:
            pulling = self.boot_is_pulling()
            image = None if pulling else self.docker.image(reference)
            if image is not None or not pulling:
                break
            if time.monotonic() > self.deadline:
                raise Failure("The image was not pulled in time", last_lines(BOOT_LOG))
            time.sleep(POLL_SECONDS)
        if image is None and self.note(True, "image") and not self.check:
            try:
                self.docker.call("pull", "--quiet", reference)
            except DockerError as error:
                raise Failure("The image can't be pulled: %s" % error, last_lines(BOOT_LOG))
            image = self.docker.image(reference)
        return image

    def ensure_containers(self):
        """Makes what is missing or different; returns the names of what should run."""
        wanted = {container["name"]: container for container in self.params["containers"]}
        clusters = {c["labels"][CLUSTER_LABEL] for c in wanted.values() if CLUSTER_LABEL in (c.get("labels") or {})}
        for name in sorted(set(self.docker.nodes_of(clusters)) - set(wanted)):
            self.note(True, "removed " + name)
            if not self.check:
                self.docker.remove(name)
        existing = self.docker.named(sorted(wanted))
        for name, container in wanted.items():
            self.ensure_container(container, existing.get(name))
        return list(wanted)

    def ensure_container(self, container, found):
        name = container["name"]
        digest = fingerprint(container, self.params["conf_files"])
        if found is not None and (found["Config"]["Labels"] or {}).get(HASH_LABEL) == digest:
            if self.note(not found["State"]["Running"], "started " + name) and not self.check:
                self.docker.call("start", name)
            return
        self.note(True, ("made " if found is None else "replaced ") + name)
        if self.check:
            return
        if found is not None:
            self.docker.remove(name)
        for mount in container.get("mounts") or []:
            if not mount.get("read_only"):
                make_folder(mount["source"])
        self.docker.call(*run_arguments(container, digest))

    def wait_until_settled(self, names):
        """Returns when all have stayed up for a moment; raises with the last lines of one that has not."""
        started = time.monotonic()
        while time.monotonic() < started + SETTLE_SECONDS:
            for name, found in self.docker.named(names).items():
                state = found["State"]
                if not state["Running"] or state.get("Restarting") or found.get("RestartCount", 0) > 0:
                    # One that was restarted meanwhile has no exit code to show.
                    why = "ended with exit code %d" % state["ExitCode"] if state["ExitCode"] else "does not stay up"
                    why += ", out of memory" if state.get("OOMKilled") else ""
                    raise Failure("The container %s %s" % (name, why), self.docker.last_lines(name))
            time.sleep(0.5)

    def converge(self):
        self.ensure_deadline()
        self.ensure_docker_user()
        self.ensure_watchdog()
        self.ensure_spot_watch()
        self.ensure_configuration()
        image = self.ensure_image()
        before = len(self.done)
        names = self.ensure_containers()
        if len(self.done) > before and not self.check:
            self.wait_until_settled(names)
        return None if image is None else parity_key(image)


def main():
    text = {"type": "str", "required": True}
    conf_file = {
        "path": text,
        "content_base64": {"type": "str", "required": True, "no_log": True},
        "secret": {"type": "bool", "default": False},
    }
    watchdog = {"seconds": {"type": "int", "required": True}, "master_ip": text}
    watchdog.update({"script": text, "service": text, "timer": text})
    module = AnsibleModule(
        argument_spec={
            "image": text,
            "containers": {"type": "list", "elements": "dict", "default": []},
            "conf_files": {"type": "list", "elements": "dict", "default": [], "options": conf_file},
            "conf_directory": {"type": "path", "default": "/etc/pyspark-deploy/conf"},
            "deadline": {"type": "int", "default": 0},
            "ready_timeout": {"type": "int", "default": 900},
            "user": {"type": "str", "default": "ec2-user"},
            "watchdog": {"type": "dict", "options": watchdog},
            "spot": {"type": "dict", "options": {"watch": {"type": "bool", "required": True}, "script": text, "service": text}},
        },
        supports_check_mode=True,
    )
    node = Node(module)
    try:
        with alone():
            key = node.converge()
    except (Failure, DockerError, OSError) as error:
        lines = getattr(error, "lines", [])
        module.fail_json(msg=str(error), report={"boot": boot_status(), "lines": lines, "done": node.done})
    report = {"parity_key": key, "boot": boot_status(), "done": node.done}
    module.exit_json(changed=bool(node.done), report=report)


if __name__ == "__main__":
    main()
