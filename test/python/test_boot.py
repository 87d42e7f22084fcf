import json
import os
import pwd
import stat
import tempfile
import unittest
from unittest import mock

from load import load

boot = load("assets/templates/user-data/pyspark-deploy-boot")

STAND_IN = """#!/bin/sh
echo "${0##*/} $*" >>"$CALLS"
%s
"""


class Machine(unittest.TestCase):
    """A folder that stands for the machine: files as disks, and stand-ins that only write down how they were called."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        self.calls = os.path.join(self.root, "calls")
        self.bin = os.path.join(self.root, "bin")
        os.makedirs(self.bin)
        os.symlink("/bin/sh", os.path.join(self.bin, "sh"))
        patches = [
            mock.patch.dict(os.environ, {"PATH": self.bin, "CALLS": self.calls}),
            mock.patch.object(boot, "STATUS", os.path.join(self.root, "run", "boot.json")),
            mock.patch.object(boot, "LOG", os.path.join(self.root, "log", "boot.log")),
            mock.patch.object(boot, "DAEMON_SETTINGS", os.path.join(self.root, "docker", "daemon.json")),
            mock.patch("builtins.print"),
        ]
        for patch in patches:
            patch.start()
            self.addCleanup(patch.stop)
        self.target = os.path.join(self.root, "data")
        self.prefix = os.path.join(self.root, "by-id", "nvme-Amazon_EC2_NVMe_Instance_Storage_")

    def program(self, name, body="exit 0"):
        path = os.path.join(self.bin, name)
        with open(path, "w") as file:
            file.write(STAND_IN % body)
        os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)

    def disks(self, count):
        """Files as devices, with the several ids that udev gives each."""
        os.makedirs(os.path.dirname(self.prefix))
        for number in range(count):
            device = os.path.join(self.root, "nvme%dn1" % number)
            open(device, "w").close()
            for suffix in ("", "_1", "-part1"):
                os.symlink(device, "%sAWS%d%s" % (self.prefix, number, suffix))
        other = os.path.join(os.path.dirname(self.prefix), "nvme-Amazon_Elastic_Block_Store_vol1")
        os.symlink(os.path.join(self.root, "root-volume"), other)

    def called(self):
        if not os.path.exists(self.calls):
            return []
        with open(self.calls) as file:
            return [line.strip().replace(self.root, "") for line in file]


class Disks(Machine):
    def setUp(self):
        super().setUp()
        self.program("mount")
        self.program("mkfs.xfs")
        self.program("mkfs.ext4")
        self.program("mdadm")
        self.program("blkid", "exit 2")

    def test_of_a_machine_without_instance_store_stay_as_they_are(self):
        self.disks(0)
        self.assertEqual(boot.use_instance_store(self.prefix, self.target), (False, "root volume"))
        self.assertEqual(self.called(), [])

    def test_one_is_formatted_and_mounted(self):
        self.disks(1)
        self.assertEqual(boot.use_instance_store(self.prefix, self.target), (True, "1 disk"))
        expected = ["blkid -p -o export /nvme0n1", "mkfs.xfs -q -K -L psd-data /nvme0n1"]
        self.assertEqual(self.called(), expected + ["mount -o noatime /nvme0n1 /data"])

    def test_several_become_one_array(self):
        self.disks(2)
        self.assertEqual(boot.use_instance_store(self.prefix, self.target), (True, "2 disks as RAID 0"))
        create = "mdadm --create /dev/md/psd-data --run --level=0 --homehost=any --name=psd-data --raid-devices=2"
        self.assertEqual(
            self.called()[2:],
            [
                create + " /nvme0n1 /nvme1n1",
                "mkfs.xfs -q -K -L psd-data /dev/md/psd-data",
                "mount -o noatime /dev/md/psd-data /data",
            ],
        )

    def test_without_mdadm_and_xfs_the_first_one_is_used(self):
        self.disks(2)
        os.remove(os.path.join(self.bin, "mdadm"))
        os.remove(os.path.join(self.bin, "mkfs.xfs"))
        used, detail = boot.use_instance_store(self.prefix, self.target)
        self.assertEqual((used, detail), (True, "1 of 2 disks: there is no mdadm"))
        self.assertIn("mkfs.ext4 -q -E nodiscard -L psd-data /nvme0n1", self.called())

    def test_that_hold_anything_are_not_touched(self):
        self.disks(1)
        self.program("blkid", 'echo "TYPE=ext4"')
        self.assertEqual(boot.use_instance_store(self.prefix, self.target), (False, "root volume"))
        self.assertEqual(self.called(), ["blkid -p -o export /nvme0n1"])

    def test_that_blkid_can_not_read_are_not_touched_and_the_root_volume_is_used(self):
        self.disks(1)
        self.program("blkid", "echo broken; exit 4")
        with mock.patch.object(boot, "SETTINGS", os.path.join(self.root, "node.json")):
            boot.write_json(boot.SETTINGS, {"instance_store": self.prefix})
            self.program("systemctl", "exit 3")
            boot.disks()
        self.assertIn("broken", boot.read_json(boot.STATUS)["disks"]["error"])
        self.assertNotIn("data-root", boot.read_json(boot.DAEMON_SETTINGS))
        self.assertEqual([call for call in self.called() if call.startswith("mkfs")], [])

    def test_of_an_earlier_boot_are_mounted_again(self):
        self.disks(1)
        self.program("blkid", 'echo "TYPE=xfs"; echo "LABEL=psd-data"')
        self.assertEqual(boot.use_instance_store(self.prefix, self.target), (True, "of an earlier boot"))
        self.assertEqual(self.called()[1:], ["mount -o noatime /nvme0n1 /data"])

    def test_of_an_earlier_boot_are_assembled_again(self):
        self.disks(2)
        self.program("blkid", 'echo "TYPE=linux_raid_member"; echo "LABEL=any:psd-data"')
        self.assertEqual(boot.use_instance_store(self.prefix, self.target), (True, "of an earlier boot"))
        assembled = "mdadm --assemble --run /dev/md/psd-data /nvme0n1 /nvme1n1"
        self.assertEqual(self.called()[2:], [assembled, "mount -o noatime /dev/md/psd-data /data"])


class DockerSettings(Machine):
    def test_are_added_to_those_that_are_there(self):
        amazon = {"userland-proxy": False, "log-opts": {"max-size": "1g"}, "live-restore": False}
        self.assertEqual(
            boot.merged(amazon, "/data/docker"),
            {
                "userland-proxy": False,
                "log-opts": {"max-size": "1g"},
                "live-restore": True,
                "log-driver": "json-file",
                "data-root": "/data/docker",
            },
        )

    def test_keep_a_place_and_a_log_driver_of_somebody_else(self):
        theirs = {"data-root": "/mnt", "log-driver": "journald"}
        self.assertEqual(boot.merged(theirs, "/data/docker"), dict(theirs, **{"live-restore": True}))

    def test_restart_docker_once_and_only_if_it_runs(self):
        self.program("systemctl")
        boot.set_up_docker(None)
        boot.set_up_docker(None)
        calls = ["systemctl is-active --quiet docker.service", "systemctl --no-block restart docker.service"]
        self.assertEqual(self.called(), calls)

    def test_a_login_helper_is_added_to_those_of_other_registries(self):
        user = pwd.struct_passwd(("u", "x", os.getuid(), os.getgid(), "", self.root, ""))
        path = os.path.join(self.root, ".docker", "config.json")
        boot.write_json(path, {"auths": {"a": {}}, "credHelpers": {"b": "c"}})
        boot.use_helper("registry:5000", user)
        expected = {"auths": {"a": {}}, "credHelpers": {"b": "c", "registry:5000": "pyspark-deploy-ecr"}}
        self.assertEqual(boot.read_json(path), expected)


class Pull(Machine):
    def follow(self, body, seconds=0.0):
        """Pulls with a docker of our making and a clock of our own; returns the states that were told."""
        self.program("docker", 'if [ "$1" = image ]; then exit 1; fi\n' + body)
        told, clock = [], [0.0]

        def pause(delay):
            clock[0] += delay + seconds

        result = boot.pull_image("r/i@sha256:0", lambda *state: told.append(state), lambda: clock[0], pause)
        return result, told, clock[0]

    def test_tells_of_each_layer(self):
        lines = "\\n".join(
            ["a: Pulling fs layer", "b: Pulling fs layer", "c: Already exists", "b: Pull complete", "a: Pull complete"]
        )
        result, told, _clock = self.follow('printf "%s\\n"' % lines)
        self.assertEqual(result, "pulled")
        self.assertEqual(told, [("running", "1 of 3 layers"), ("running", "2 of 3 layers"), ("running", "3 of 3 layers")])

    def test_leaves_an_image_that_is_there(self):
        self.program("docker")
        self.assertEqual(boot.pull_image("r/i@sha256:0", None), "was there")
        self.assertEqual(self.called(), ["docker image inspect r/i@sha256:0"])

    def test_gives_up_early_on_what_is_not_there_later_on_what_is_refused_last_on_the_network(self):
        waited = []
        for said in ("manifest unknown", "denied: no permission", "dial tcp: i/o timeout"):
            with self.assertRaisesRegex(RuntimeError, said):
                self.follow("echo %r; exit 1" % said)
            waited.append(sum(1 for call in self.called() if call.startswith("docker pull")))
        self.assertEqual(sorted(set(waited)), waited)

    def test_tells_the_reason_while_it_tries_again(self):
        flag = os.path.join(self.root, "flag")
        body = 'if [ -e %s ]; then exit 0; fi; : >%s; echo "no basic auth"; exit 1' % (flag, flag)
        self.assertEqual(self.follow(body)[:2], ("pulled", [("running", "trying again", "no basic auth")]))

    def test_a_failure_is_in_the_status_file(self):
        with self.assertRaises(RuntimeError), boot.step("pull") as current:
            current.tell("running", "1 of 2 layers")
            raise RuntimeError("no space left on device")
        status = json.loads(json.dumps(boot.read_json(boot.STATUS)["pull"]))
        self.assertEqual((status["state"], status["error"]), ("failed", "no space left on device"))


if __name__ == "__main__":
    unittest.main()
