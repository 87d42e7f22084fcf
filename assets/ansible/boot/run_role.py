"""Runs the role's tasks on this host without Ansible. Python 3.9, standard library."""

import ast
import io
import json
import os
import re
import runpy
import sys
import types
from contextlib import redirect_stdout

TEMPLATE = re.compile(r"^\{\{ *(.*?) *\}\}$", re.S)
FILE_LOOKUP = "ansible.builtin.file"
# Keys of a task that mean nothing here.
IGNORED = ("name", "no_log")


class Variables:
    """The role's variables on one host: those that were given, as they are; defaults, which may be templates."""

    def __init__(self, given, defaults, files):
        self.given, self.defaults, self.files = given, defaults, files

    def look_up(self, name):
        if name in self.given:
            return self.given[name]
        if name in self.defaults:
            return self.fill(self.defaults[name])
        raise KeyError("the role has no variable %s" % name)

    def evaluate(self, node):
        """The value of what tasks and defaults may say, which in Jinja is written as in Python."""
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            return self.look_up(node.id)
        if isinstance(node, ast.IfExp):
            return self.evaluate(node.body if self.evaluate(node.test) else node.orelse)
        if isinstance(node, ast.BoolOp):
            values = [self.evaluate(value) for value in node.values]
            return all(values) if isinstance(node.op, ast.And) else any(values)
        if isinstance(node, ast.Compare) and [type(op) for op in node.ops] == [ast.Eq]:
            return self.evaluate(node.left) == self.evaluate(node.comparators[0])
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "lookup":
            kind, name = [self.evaluate(argument) for argument in node.args]
            if kind == FILE_LOOKUP:
                # As the lookup does.
                return self.files["files/" + name].rstrip()
        raise ValueError("a node can't evaluate %s" % ast.dump(node))

    def fill(self, value):
        """A value of a task, its templates replaced."""
        if isinstance(value, dict):
            return {key: self.fill(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.fill(inner) for inner in value]
        if not isinstance(value, str) or "{{" not in value:
            return value
        template = TEMPLATE.match(value)
        if not template:
            raise ValueError("a node can't evaluate %s" % value)
        try:
            return self.evaluate(ast.parse(template.group(1), mode="eval").body)
        except SyntaxError as error:
            raise ValueError("a node can't evaluate %s" % value) from error


def install(folder):
    """Makes the role's Python find what it imports from Ansible."""
    for name, path in (("ansible", []), ("ansible.module_utils", [os.path.join(folder, "module_utils")])):
        package = types.ModuleType(name)
        package.__path__ = path
        sys.modules[name] = package


def run_module(folder, name, arguments, check):
    """What a module says at its end."""
    from ansible.module_utils.basic import AnsibleModule, Finished

    AnsibleModule.arguments, AnsibleModule.check_mode = arguments, check
    # What a module prints is for Ansible.
    with redirect_stdout(io.StringIO()):
        try:
            runpy.run_path(os.path.join(folder, "library", name + ".py"), run_name="__main__")
        except Finished as finished:
            return finished.result
        except Exception as error:
            return {"failed": True, "msg": "%s: %s" % (type(error).__name__, error)}
    return {"failed": True, "msg": "%s ended without a result" % name}


def run(bundle, address, folder, check=False):
    """Runs the tasks until one fails; returns what Ansible's callback plugin would print."""
    install(folder)
    own = bundle["hosts"][address]
    given = dict(bundle["variables"], **own)
    node = given["inventory_hostname"] = own["pyspark_deploy_node"]
    variables = Variables(given, bundle["defaults"], bundle["files"])
    events = []
    for task in bundle["tasks"]:
        [(module, arguments)] = [(key, value) for key, value in task.items() if key not in IGNORED]
        result = run_module(folder, module, variables.fill(arguments or {}), check)
        failed = bool(result.get("failed"))
        event = {"phase": "failed" if failed else "ok", "host": node, "task": task["name"]}
        event.update(changed=bool(result.get("changed")), report=result.get("report") or {})
        events.append(dict(event, message=str(result.get("msg", ""))) if failed else event)
        if failed:
            break
    return json.loads(json.dumps(events, default=str))
