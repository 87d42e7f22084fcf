import json
import os
import stat
import sys
import tempfile
import unittest
from unittest import mock

from load import load

UTILS = "assets/ansible/roles/pyspark_deploy/module_utils/"
docker = load(UTILS + "pyspark_deploy_docker.py")
files = load(UTILS + "pyspark_deploy_files.py")

CONTAINER = {
    "name": "pyspark-deploy_p_c_worker-1",
    "image": "r/i@sha256:0",
    "command": ["start-worker", "10.0.0.1"],
    "environment": {"B": "2", "A": "1 and 2"},
    "labels": {"pyspark-deploy:role": "worker"},
    "hostname": "worker-1",
    "add_hosts": {"master": "10.0.0.1", "driver": "10.0.0.1"},
    "mounts": [
        {"source": "/etc/conf", "target": "/opt/spark/conf", "read_only": True},
        {"source": "/local", "target": "/var/lib/spark", "read_only": False},
    ],
    "limit_bytes": 1024,
    "restart": True,
    "user": "spark",
    "tmpfs": ["/scratch"],
}
CONF = [{"path": "a.conf", "content_base64": "YQ==", "secret": True}]


class Containers(unittest.TestCase):
    def test_are_run_on_the_network_of_the_host_with_all_that_was_planned(self):
        self.assertEqual(
            " ".join(docker.run_arguments(CONTAINER, "hash1")),
            "run --detach --name pyspark-deploy_p_c_worker-1 --network host --label pyspark-deploy:hash=hash1 "
            "--label pyspark-deploy:role=worker --env A=1 and 2 --env B=2 --hostname worker-1 --user spark "
            "--add-host driver:10.0.0.1 --add-host master:10.0.0.1 "
            "--mount type=bind,source=/etc/conf,target=/opt/spark/conf,readonly "
            "--mount type=bind,source=/local,target=/var/lib/spark --memory 1024 --memory-swap 1024 "
            "--restart unless-stopped --tmpfs /scratch --entrypoint tini r/i@sha256:0 -g -- start-worker 10.0.0.1",
        )

    def test_need_no_more_than_a_name_an_image_and_a_command(self):
        words = docker.run_arguments({"name": "n", "image": "i", "command": ["c"]}, "h")
        expected = "run --detach --name n --network host --label pyspark-deploy:hash=h --entrypoint tini i -g -- c"
        self.assertEqual(" ".join(words), expected)

    def test_are_made_anew_when_definition_or_configuration_differs_and_not_for_the_order_of_keys(self):
        base = docker.fingerprint(CONTAINER, CONF)
        turned = dict(reversed(list(CONTAINER.items())))
        self.assertEqual(docker.fingerprint(turned, CONF), base)
        changes = [
            (dict(CONTAINER, image="r/i@sha256:1"), CONF),
            (dict(CONTAINER, limit_bytes=None), CONF),
            (CONTAINER, [dict(CONF[0], content_base64="Yg==")]),
            (CONTAINER, []),
        ]
        self.assertEqual(len({base} | {docker.fingerprint(*change) for change in changes}), 5)


class Engine(unittest.TestCase):
    def test_says_what_docker_said(self):
        engine = docker.Docker(lambda _words: (1, "", "Cannot connect to the Docker daemon\n"))
        with self.assertRaisesRegex(docker.DockerError, "^Cannot connect to the Docker daemon$"):
            engine.image("i")

    def test_finds_nodes_but_neither_jobs_nor_logins(self):
        said = "m master\nj job\nl login\nw worker\nx \n"
        self.assertEqual(docker.Docker(lambda _words: (0, said, "")).nodes_of({"c1"}), ["m", "w"])

    def test_an_image_that_is_not_there_is_none(self):
        self.assertIsNone(docker.Docker(lambda _words: (1, "[]", "Error: No such image: i")).image("i"))


class Folder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = folder.name
        owner = mock.patch.object(files, "SPARK_UID", os.getuid())
        owner.start()
        self.addCleanup(owner.stop)

    def test_holds_exactly_the_files_it_should(self):
        wanted = {"a.conf": (b"secret", 0o400), "aws/config": (b"", 0o444)}
        os.makedirs(os.path.join(self.path, "old"))
        open(os.path.join(self.path, "old", "b.conf"), "w").close()
        self.assertTrue(files.write_tree(self.path, wanted))
        self.assertEqual(sorted(files.files_below(self.path)), ["a.conf", "aws/config"])
        self.assertEqual(stat.S_IMODE(os.stat(os.path.join(self.path, "a.conf")).st_mode), 0o400)
        self.assertFalse(files.write_tree(self.path, wanted))

    def test_is_told_apart_but_not_changed_when_checked_only(self):
        wanted = {"a.conf": (b"1", 0o444)}
        self.assertTrue(files.write_tree(self.path, wanted, check=True))
        self.assertEqual(files.files_below(self.path), [])

    def test_a_file_with_other_content_or_mode_is_written(self):
        path = os.path.join(self.path, "a")
        for content, mode in [(b"1", 0o444), (b"2", 0o444), (b"2", 0o400)]:
            self.assertTrue(files.write(path, content, mode, os.getuid()))
            self.assertFalse(files.write(path, content, mode, os.getuid()))


if __name__ == "__main__":
    if sys.argv[1:] == ["parity"]:
        print(docker.parity_key(json.load(sys.stdin)))
    else:
        unittest.main()
