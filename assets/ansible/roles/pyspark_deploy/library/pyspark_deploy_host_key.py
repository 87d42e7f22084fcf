#!/usr/bin/python
"""Gives a host an SSH host key of its own in place of the one that all hosts of a cluster begin with."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: pyspark_deploy_host_key
short_description: Gives a host an SSH host key of its own
description:
  - Hosts of a cluster begin with one ed25519 host key, which user data carries so that the first connection can be strict.
  - This makes a new key on the host, deletes the common one, and returns the new public key.
  - A host whose key is not the common one keeps it.
options:
  directory:
    description: Where sshd's host keys are.
    type: path
    default: /etc/ssh
  bootstrap_key:
    description: The file with the public key that all hosts begin with.
    type: path
    default: /etc/pyspark-deploy/bootstrap-host-key.pub
author: pyspark-deploy
"""
EXAMPLES = r"""
- name: Ensure the host has a host key of its own
  pyspark_deploy_host_key: {}
"""
RETURN = r"""
report:
  description: The public key, as host_key.
  returned: always
  type: dict
"""

import os
import time

from ansible.module_utils.basic import AnsibleModule

KEY = "ssh_host_ed25519_key"
# A busy host: a hundred of them have shared two cores.
SERVING_SECONDS = 60


def public_key(path):
    """Type and key of a public key file, without its comment; None when there is no such file."""
    try:
        with open(path) as file:
            return " ".join(file.read().split()[:2]) or None
    except FileNotFoundError:
        return None


def replace_key(module, directory):
    """Makes a key and puts it in place of the old one."""
    new = os.path.join(directory, ".%s.%d" % (KEY, os.getpid()))
    module.run_command(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", new], check_rc=True)
    os.replace(new, os.path.join(directory, KEY))
    os.replace(new + ".pub", os.path.join(directory, KEY + ".pub"))


def reload_server(module, expected):
    """Makes sshd use its new key; returns when it does. Connections that exist are not touched."""
    for unit in ("sshd.service", "ssh.service"):
        if module.run_command(["systemctl", "is-active", "--quiet", unit])[0] == 0:
            module.run_command(["systemctl", "reload", unit], check_rc=True)
            break
    scan = module.get_bin_path("ssh-keyscan", required=True)
    deadline = time.monotonic() + SERVING_SECONDS
    while expected not in module.run_command([scan, "-t", "ed25519", "-T", "2", "127.0.0.1"])[1]:
        if time.monotonic() > deadline:
            module.fail_json(msg="sshd does not use its new host key after %d s" % SERVING_SECONDS)
        time.sleep(0.05)


def main():
    module = AnsibleModule(
        argument_spec={
            "directory": {"type": "path", "default": "/etc/ssh"},
            "bootstrap_key": {"type": "path", "default": "/etc/pyspark-deploy/bootstrap-host-key.pub"},
        },
        supports_check_mode=True,
    )
    directory = module.params["directory"]
    own = os.path.join(directory, KEY + ".pub")
    current = public_key(own)
    changed = current is None or current == public_key(module.params["bootstrap_key"])
    if changed and not module.check_mode:
        replace_key(module, directory)
        current = public_key(own)
        reload_server(module, current)
    module.exit_json(changed=changed, report={"host_key": current})


if __name__ == "__main__":
    main()
