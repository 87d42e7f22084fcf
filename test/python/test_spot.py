import http.server
import json
import os
import signal
import tempfile
import threading
import unittest
from unittest import mock

from load import load

spot = load("assets/ansible/roles/pyspark_deploy/files/pyspark-deploy-spot")
imds = load("assets/simulator/host/bin/imds")

LIFE_CYCLE = "meta-data/instance-life-cycle"
ACTION = "meta-data/spot/instance-action"
REBALANCE = "meta-data/events/recommendations/rebalance"
NOTICE = json.dumps({"action": "terminate", "time": "2026-01-02T03:04:05Z"})


class Host:
    """Remembers what the watch did to it."""

    def __init__(self, workers=1):
        self.workers = workers
        self.done = []

    def keep_down(self):
        self.done.append("keep down")

    def tell(self, line):
        self.done.append(line)

    def decommission(self):
        self.done.append("decommission")
        return self.workers > 0


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.status = os.path.join(folder.name, "run", "spot.json")
        self.file = os.path.join(folder.name, "metadata.json")
        self.describe()
        # The simulator's own metadata service, in which every answer needs a token.
        handler = type("Handler", (imds.Handler,), {"service": imds.Service(self.file)})
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.service = handler.service
        self.endpoint = "http://127.0.0.1:%d" % server.server_address[1]
        self.host = Host()
        printed = mock.patch("builtins.print")
        self.print = printed.start()
        self.addCleanup(printed.stop)

    def describe(self, paths=None, endpoint="enabled"):
        data = {"tokens": "required", "endpoint": endpoint, "userData": "", "credentials": None}
        with open(self.file, "w") as file:
            json.dump(dict(data, paths=dict({LIFE_CYCLE: "spot"}, **(paths or {}))), file)

    def watch(self):
        return spot.Watch(spot.Metadata(self.endpoint), self.host, self.status)

    def noted(self):
        with open(self.status) as file:
            return json.load(file)


class AWatch(Case):
    def test_ends_at_once_on_a_machine_that_nobody_takes_back(self):
        self.describe({LIFE_CYCLE: "on-demand", ACTION: NOTICE})
        self.assertTrue(self.watch().step())
        self.assertEqual(self.host.done, [])

    def test_does_nothing_while_there_is_no_notice(self):
        watch = self.watch()
        self.assertEqual([watch.step(), watch.step()], [False, False])
        self.assertEqual(self.host.done, [])
        self.assertEqual(self.noted(), {"market": "spot"})

    def test_decommissions_the_worker_once_when_the_notice_comes_and_says_when_the_machine_ends(self):
        watch = self.watch()
        watch.step()
        self.describe({ACTION: NOTICE})
        self.assertTrue(watch.step())
        kept_down, told, decommissioned = self.host.done
        self.assertEqual((kept_down, decommissioned), ("keep down", "decommission"))
        self.assertIn("EC2 takes this spot machine back at 2026-01-02T03:04:05Z", told)
        noted = self.noted()
        self.assertEqual((noted["action"], noted["ends"]), ("terminate", "2026-01-02T03:04:05Z"))
        self.assertRegex(noted["decommissioned"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        # Also after the program was started anew.
        self.assertTrue(self.watch().step())
        self.assertEqual(self.host.done.count("decommission"), 1)

    def test_tells_a_worker_that_starts_after_the_notice(self):
        self.describe({ACTION: NOTICE})
        self.host.workers = 0
        watch = self.watch()
        self.assertFalse(watch.step())
        self.assertNotIn("decommissioned", self.noted())
        self.host.workers = 1
        self.assertTrue(watch.step())
        self.assertEqual(self.host.done.count("keep down"), 1)

    def test_only_notes_that_a_machine_is_at_risk(self):
        self.describe({REBALANCE: json.dumps({"noticeTime": "2026-01-02T03:00:00Z"})})
        watch = self.watch()
        self.assertEqual([watch.step(), watch.step()], [False, False])
        self.assertEqual(self.noted()["rebalance"], "2026-01-02T03:00:00Z")
        self.assertEqual(self.host.done, [])
        self.assertEqual(self.print.call_count, 1)

    def test_gets_another_token_when_its_own_has_expired(self):
        watch = self.watch()
        watch.step()
        self.service._tokens.clear()
        self.describe({ACTION: NOTICE})
        self.assertTrue(watch.step())

    def test_goes_on_when_the_metadata_service_does_not_answer_for_a_while(self):
        watch = self.watch()
        watch.step()
        self.describe({ACTION: NOTICE}, endpoint="disabled")
        self.assertRaises(OSError, watch.step)
        self.describe({ACTION: NOTICE})
        self.assertTrue(watch.step())

    def test_looks_every_five_seconds_until_the_worker_is_told(self):
        self.describe({ACTION: NOTICE})
        self.host.workers = 0

        def appear(seconds):
            self.assertEqual(seconds, 5)
            self.host.workers = 1

        with mock.patch.multiple(
            spot, Metadata=lambda: self.metadata(), Host=lambda: self.host, Watch=self.in_folder
        ), mock.patch("time.sleep", appear):
            spot.main()
        self.assertEqual(self.host.done.count("decommission"), 2)

    def metadata(self):
        return METADATA(self.endpoint)

    def in_folder(self, metadata, host):
        return WATCH(metadata, host, self.status)


METADATA, WATCH = spot.Metadata, spot.Watch


class AHost(unittest.TestCase):
    def setUp(self):
        self.processes = tempfile.TemporaryDirectory()
        self.addCleanup(self.processes.cleanup)
        java = ["java", "-cp", "x", "org.apache.spark.deploy.worker.Worker", "--host", "10.0.0.1"]
        executor = ["java", "org.apache.spark.executor.CoarseGrainedExecutorBackend", "--worker-url", "spark://Worker"]
        shell = ["bash", "-c", "echo org.apache.spark.deploy.worker.Worker"]
        for pid, words in (("7", java), ("8", executor), ("9", shell), ("self", java)):
            os.mkdir(os.path.join(self.processes.name, pid))
            with open(os.path.join(self.processes.name, pid, "cmdline"), "w") as file:
                file.write("\0".join(words) + "\0")
        # One that ended while it was looked at.
        os.mkdir(os.path.join(self.processes.name, "10"))
        self.host = spot.Host(self.processes.name)

    def test_signals_the_worker_and_not_its_executors(self):
        with mock.patch("os.kill") as kill:
            self.assertTrue(self.host.decommission())
        kill.assert_called_once_with(7, signal.SIGPWR)

    def test_has_nobody_to_tell_before_its_worker_runs(self):
        os.remove(os.path.join(self.processes.name, "7", "cmdline"))
        self.assertFalse(self.host.decommission())

    def test_takes_the_worker_container_from_the_restart_policy_and_writes_into_its_log(self):
        answer = mock.Mock(returncode=0, stdout="pyspark-deploy_p_c_worker-1\n", stderr="")
        with mock.patch("subprocess.run", return_value=answer) as run:
            self.host.keep_down()
            self.host.tell("the end; $(is) near")
        words = [call[0][0] for call in run.call_args_list]
        self.assertEqual(words[1], ["docker", "update", "--restart", "no", "pyspark-deploy_p_c_worker-1"])
        self.assertEqual(words[3][-1], "the end; $(is) near")
        self.assertEqual(words[3][:3], ["docker", "exec", "pyspark-deploy_p_c_worker-1"])

    def test_goes_on_when_docker_refuses_hangs_or_is_not_there(self):
        troubles = (
            {"return_value": mock.Mock(returncode=1, stdout="", stderr="no such engine")},
            {"side_effect": FileNotFoundError("no such engine")},
            {"side_effect": spot.subprocess.TimeoutExpired("docker", 10)},
        )
        for trouble in troubles:
            with mock.patch("subprocess.run", **trouble), mock.patch("builtins.print") as said:
                self.host.keep_down()
            self.assertRegex(said.call_args[0][0], "^docker ps: .*(no such engine|timed out)")


if __name__ == "__main__":
    unittest.main()
