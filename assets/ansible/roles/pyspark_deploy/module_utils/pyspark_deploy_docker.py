"""Docker as the role needs it, through the docker program. Python 3.9, standard library."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import hashlib
import json

PREFIX = "pyspark-deploy:"
HASH_LABEL = PREFIX + "hash"
CLUSTER_LABEL = PREFIX + "cluster-id"
ROLE_LABEL = PREFIX + "role"
NODE_ROLES = ("master", "worker", "driver")
STOP_SECONDS = 10
LOG_LINES = 40


class DockerError(Exception):
    """What docker said when it refused."""


def compact(value):
    """JSON as JavaScript's JSON.stringify writes it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def parity_key(image):
    """The digest of what an image is, from its inspection; the same on every engine. See src/adapters/docker/image.ts."""
    config = image.get("Config") or {}
    labels = (config.get("Labels") or {}).items()
    content = {
        "platform": "%s/%s" % (image["Os"], image["Architecture"]),
        "layers": image["RootFS"].get("Layers") or [],
        "env": config.get("Env") or [],
        "cmd": config.get("Cmd") or [],
        "entrypoint": config.get("Entrypoint") or [],
        "workingDir": config.get("WorkingDir") or "",
        "user": config.get("User") or "",
        # JavaScript compares UTF-16 code units.
        "labels": [list(pair) for pair in sorted(labels, key=lambda pair: pair[0].encode("utf-16-be"))],
    }
    return "sha256:" + hashlib.sha256(compact(content).encode()).hexdigest()


def fingerprint(container, conf_files):
    """A digest of all that a container is made from: when it differs, the container is made anew."""
    conf = sorted([file["path"], file["content_base64"]] for file in conf_files)
    text = json.dumps([container, conf], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def pairs(flag, values):
    return [word for key in sorted(values or {}) for word in (flag, "%s=%s" % (key, values[key]))]


def mount_words(mount):
    spec = "type=bind,source=%s,target=%s" % (mount["source"], mount["target"])
    return ["--mount", spec + (",readonly" if mount.get("read_only") else "")]


def run_arguments(container, digest):
    """The arguments of `docker run` for a container of the host's network, with the same init as on a laptop."""
    hosts = container.get("add_hosts") or {}
    words = ["run", "--detach", "--name", container["name"], "--network", "host"]
    words += pairs("--label", dict(container.get("labels") or {}, **{HASH_LABEL: digest}))
    words += pairs("--env", container.get("environment"))
    words += ["--hostname", container["hostname"]] if container.get("hostname") else []
    words += ["--user", container["user"]] if container.get("user") else []
    for name in sorted(hosts):
        words += ["--add-host", "%s:%s" % (name, hosts[name])]
    for mount in container.get("mounts") or []:
        words += mount_words(mount)
    limit = container.get("limit_bytes")
    words += ["--memory", str(limit), "--memory-swap", str(limit)] if limit else []
    words += ["--restart", "unless-stopped"] if container.get("restart") else []
    for path in container.get("tmpfs") or []:
        words += ["--tmpfs", path]
    return words + ["--entrypoint", "tini", container["image"], "-g", "--"] + list(container["command"])


class Docker:
    """One engine; `run` takes argv and returns exit code, standard output and standard error."""

    def __init__(self, run):
        self._run = run

    def call(self, *words):
        code, out, err = self._run(["docker"] + list(words))
        if code != 0:
            raise DockerError(err.strip() or out.strip() or "docker %s: exit code %d" % (words[0], code))
        return out

    def image(self, reference):
        """The inspection of an image, None when it is not here."""
        code, out, err = self._run(["docker", "image", "inspect", "--format", "{{json .}}", reference])
        if code == 0:
            return json.loads(out)
        if "no such image" in err.lower():
            return None
        raise DockerError(err.strip())

    def inspect(self, names):
        if not names:
            return []
        # One that vanished meanwhile is no error: the others are printed.
        out = self._run(["docker", "container", "inspect"] + list(names))[1]
        return json.loads(out or "[]")

    def named(self, names):
        """Those of the containers that exist, by name."""
        return {found["Name"].lstrip("/"): found for found in self.inspect(names)}

    def nodes_of(self, cluster_ids):
        """Names of the containers of these clusters that are nodes: neither jobs nor logins."""
        found = []
        for cluster in sorted(cluster_ids):
            form = '{{.Names}} {{.Label "%s"}}' % ROLE_LABEL
            label = "label=%s=%s" % (CLUSTER_LABEL, cluster)
            lines = self.call("ps", "--all", "--format", form, "--filter", label).splitlines()
            found += [name for name, _, role in (line.partition(" ") for line in lines) if role in NODE_ROLES]
        return found

    def remove(self, name):
        """Stops a container as the host's shutdown would, then removes it."""
        self._run(["docker", "stop", "-t", str(STOP_SECONDS), name])
        code, _out, err = self._run(["docker", "rm", "--force", "--volumes", name])
        if code != 0 and "no such container" not in err.lower():
            raise DockerError(err.strip())

    def last_lines(self, name):
        """The end of a container's log, both streams."""
        _code, out, err = self._run(["docker", "logs", "--tail", str(LOG_LINES), name])
        return (out + err).strip().split("\n")[-LOG_LINES:]
