import os
import sys
import tempfile
import unittest
from unittest import mock

from load import load

runner = load("assets/ansible/boot/run_role.py")
basic = load("assets/ansible/boot/basic.py")

FILES = {"files/unit": "[Unit]\nx\n\n"}
# What the role's tasks may say, and what comes of it where role is "worker" and seconds is 600.
TEMPLATES = [
    ("{{ seconds }}", 600),
    ("{{ lookup('ansible.builtin.file', 'unit') }}", "[Unit]\nx"),
    ("{{ seconds if role == 'worker' else 0 }}", 600),
    ("{{ 'a' if role == 'master' else 'b' }}", "b"),
    ("{{ role == 'worker' and seconds == 600 }}", True),
    ("{{ role == 'master' or seconds == 1 }}", False),
    ("{{ who }}", "{{ not ours }}"),
    ("plain", "plain"),
    (7, 7),
    ({"a": ["{{ role }}"]}, {"a": ["worker"]}),
]
SPEC = {
    "count": {"type": "int", "default": 0},
    "path": {"type": "path"},
    "name": {"type": "str", "required": True},
    "items": {"type": "list", "default": [], "options": {"on": {"type": "bool", "default": False}}},
}


class Templates(unittest.TestCase):
    def setUp(self):
        given = {"seconds": 600, "who": "{{ not ours }}"}
        defaults = {"role": "{{ 'master' if node == 'master' else 'worker' }}", "node": "worker-1", "seconds": 1}
        self.variables = runner.Variables(given, defaults, FILES)

    def test_mean_what_ansible_takes_them_for(self):
        for text, expected in TEMPLATES:
            with self.subTest(text):
                self.assertEqual(self.variables.fill(text), expected)

    def test_that_only_ansible_understands_are_refused(self):
        for text in ("{{ role | default(1) }}", "x {{ seconds }}", "{{ none }}", "{{ role is defined }}", "{{ seconds(1) }}"):
            with self.subTest(text), self.assertRaises((KeyError, ValueError)):
                self.variables.fill(text)


class Module(unittest.TestCase):
    def result(self, arguments):
        with mock.patch.object(basic.AnsibleModule, "arguments", arguments):
            try:
                return basic.AnsibleModule(argument_spec=SPEC).params
            except basic.Finished as finished:
                return finished.result

    def test_gets_its_parameters_with_defaults_and_types(self):
        self.assertEqual(
            self.result({"name": "n", "count": "3", "items": [{"on": "yes"}, {}]}),
            {"count": 3, "path": None, "name": "n", "items": [{"on": True}, {"on": False}]},
        )

    def test_refuses_what_is_unknown_or_missing(self):
        for arguments in ({}, {"name": "n", "other": 1}, {"name": "n", "count": "x"}):
            with self.subTest(arguments):
                self.assertTrue(self.result(arguments)["failed"])


class Run(unittest.TestCase):
    def run_tasks(self, *bodies):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        with open(basic.__file__) as file:
            files = {"module_utils/basic.py": file.read()}
        for at, body in enumerate(bodies):
            head = "from ansible.module_utils.basic import AnsibleModule\nmodule = AnsibleModule(argument_spec={})\n"
            files["library/m%d.py" % at] = head + body
        for name, content in files.items():
            path = os.path.join(folder.name, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as file:
                file.write(content)
        tasks = [{"name": "task %d" % at, "m%d" % at: None} for at in range(len(bodies))]
        bundle = {"files": files, "tasks": tasks, "defaults": {}, "variables": {}}
        bundle["hosts"] = {"10.0.0.1": {"pyspark_deploy_node": "worker-1"}}
        with mock.patch.dict(sys.modules):
            return runner.run(bundle, "10.0.0.1", folder.name)

    def test_tells_what_each_task_reports(self):
        events = self.run_tasks("print('noise')\nmodule.exit_json(changed=True, report={'a': 1})")
        self.assertEqual(
            events, [{"phase": "ok", "host": "worker-1", "task": "task 0", "changed": True, "report": {"a": 1}}]
        )

    def test_ends_at_the_first_failure_and_says_why(self):
        for body, message in (("module.fail_json(msg='no')", "no"), ("1 / 0", "ZeroDivisionError"), ("", "without")):
            with self.subTest(body):
                events = self.run_tasks(body, "module.exit_json()")
                self.assertEqual([event["phase"] for event in events], ["failed"])
                self.assertIn(message, events[0]["message"])


if __name__ == "__main__":
    unittest.main()
