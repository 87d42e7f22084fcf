"""Prints what a playbook does as one JSON object a line, for src/adapters/ansible/."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = """
name: pyspark_deploy_events
type: stdout
short_description: One JSON object a line
description:
  - Prints the start and the end of each task on each host as JSON, with the task's report and no other result.
"""

import json
import sys

from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "pyspark_deploy_events"

    def _tell(self, phase, **fields):
        sys.stdout.write(json.dumps(dict(phase=phase, **fields), default=str) + "\n")
        sys.stdout.flush()

    def _end(self, phase, ended):
        result = ended._result
        fields = {"host": ended._host.get_name(), "task": ended._task.get_name()}
        fields["changed"] = bool(result.get("changed"))
        fields["report"] = result.get("report") or {}
        if phase != "ok":
            # A module that broke says why on standard error only.
            fields["message"] = str(result.get("msg", ""))
            fields["output"] = str(result.get("module_stderr") or result.get("exception") or "")
        self._tell(phase, **fields)

    def v2_runner_on_start(self, host, task):
        self._tell("start", host=host.get_name(), task=task.get_name())

    def v2_runner_on_ok(self, result):
        self._end("ok", result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._end("failed", result)

    def v2_runner_on_unreachable(self, result):
        self._end("unreachable", result)

    def v2_playbook_on_stats(self, stats):
        self._tell("stats", hosts={host: stats.summarize(host) for host in stats.processed})
