"""As much of Ansible's AnsibleModule as the role's modules use. Python 3.9, standard library."""

import os
import shutil
import subprocess


class Finished(Exception):
    """A module's end, with what it says."""

    def __init__(self, result):
        super().__init__(result.get("msg", ""))
        self.result = result


def convert(kind, value):
    if value is None:
        return None
    if kind == "int":
        return int(value)
    if kind == "bool":
        return value if isinstance(value, bool) else str(value).lower() in ("yes", "true", "on", "1")
    if kind == "path":
        return os.path.expanduser(os.path.expandvars(str(value)))
    return value if kind in ("list", "dict") else str(value)


def parameters(spec, arguments):
    """The arguments with their defaults and types; refuses what is unknown or missing."""
    unknown = sorted(set(arguments) - set(spec))
    if unknown:
        raise ValueError("unknown parameters: %s" % ", ".join(unknown))
    found = {}
    for name, option in spec.items():
        value = arguments.get(name, option.get("default"))
        if value is None and option.get("required"):
            raise ValueError("missing parameter: %s" % name)
        value = convert(option.get("type", "str"), value)
        if value is not None and "options" in option:
            inner = option["options"]
            one_by_one = isinstance(value, list)
            value = [parameters(inner, item) for item in value] if one_by_one else parameters(inner, value)
        found[name] = value
    return found


class AnsibleModule:
    """One run of a module; `arguments` is what the task gives it."""

    arguments = {}
    check_mode = False

    def __init__(self, argument_spec, supports_check_mode=False):
        try:
            self.params = parameters(argument_spec, self.arguments)
        except ValueError as error:
            self.fail_json(msg=str(error))

    def exit_json(self, **result):
        raise Finished(result)

    def fail_json(self, **result):
        raise Finished(dict(result, failed=True))

    def run_command(self, words, check_rc=False):
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
        if check_rc and done.returncode != 0:
            self.fail_json(msg=done.stderr.strip() or "%s: exit code %d" % (words[0], done.returncode))
        return done.returncode, done.stdout, done.stderr

    def get_bin_path(self, name, required=False):
        found = shutil.which(name)
        if found is None and required:
            self.fail_json(msg="There is no %s on this host" % name)
        return found
