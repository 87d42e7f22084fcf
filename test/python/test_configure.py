import gzip
import json
import os
import tempfile
import threading
import unittest
from http.server import BaseHTTPRequestHandler, HTTPServer
from unittest import mock

from load import ROOT, load

configure = load("assets/templates/user-data/pyspark-deploy-configure")
HELPER = os.path.join(ROOT, "assets/templates/user-data/docker-credential-pyspark-deploy-ecr")
RUNNER = """
def run(bundle, address, folder):
    return [{"host": bundle["hosts"][address], "task": "t", "phase": bundle["phase"], "message": "why"}]
"""


class Server(BaseHTTPRequestHandler):
    """Stands for the metadata service and for S3, whose object comes at the second look."""

    objects = {}
    looks = 0
    signed = []

    def reply(self, status, body=b""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_PUT(self):
        if self.path == "/latest/api/token":
            return self.reply(200, b"token")
        Server.objects[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
        Server.signed.append(self.headers["Authorization"])
        return self.reply(200)

    def do_GET(self):
        credentials = {"AccessKeyId": "AK", "SecretAccessKey": "SK", "Token": "T"}
        answers = {
            "/latest/meta-data/iam/security-credentials/": b"nodes",
            "/latest/meta-data/iam/security-credentials/nodes": json.dumps(credentials).encode(),
            "/latest/meta-data/local-ipv4": b"10.0.0.7",
        }
        if self.path in answers:
            return self.reply(200, answers[self.path])
        Server.looks += 1
        Server.signed.append(self.headers["Authorization"])
        found = Server.objects.get(self.path) if Server.looks > 1 else None
        return self.reply(404) if found is None else self.reply(200, found)

    def log_message(self, *_arguments):
        pass


class Configure(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        server = HTTPServer(("127.0.0.1", 0), Server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        url = "http://127.0.0.1:%d" % server.server_port
        settings = {"bucket": "b", "key": "p q=1/role.json.gz", "region": "eu-west-1", "seconds": 20}
        with open(self.path("node.json"), "w") as file:
            json.dump({"bundle": settings}, file)
        paths = {"SETTINGS": "node.json", "CONFIGURED": "configured", "FOLDER": "role"}
        for name, path in paths.items():
            self.patch(mock.patch.object(configure, name, self.path(path)))
        self.patch(mock.patch.object(configure, "HELPER", HELPER))
        self.patch(mock.patch.object(configure.time, "sleep"))
        endpoints = {"AWS_ENDPOINT_URL_S3": url, "AWS_EC2_METADATA_SERVICE_ENDPOINT": url}
        self.patch(mock.patch.dict(os.environ, endpoints))
        Server.objects, Server.looks, Server.signed = {}, 0, []

    def patch(self, patcher):
        patcher.start()
        self.addCleanup(patcher.stop)

    def path(self, name):
        return os.path.join(self.folder, name)

    def put(self, phase, hosts=None):
        bundle = {"files": {"run_role.py": RUNNER}, "hosts": hosts or {"10.0.0.7": "worker-7"}}
        bundle.update(phase=phase, reports="p/reports/")
        Server.objects["/b/p%20q%3D1/role.json.gz"] = gzip.compress(json.dumps(bundle).encode())

    def test_runs_the_role_when_it_is_there_and_reports(self):
        self.put("ok")
        configure.main()
        [event] = json.loads(Server.objects["/b/p/reports/worker-7.json"])
        self.assertEqual((event["host"], event["phase"]), ("worker-7", "ok"))
        self.assertTrue(all("/eu-west-1/s3/aws4_request" in text for text in Server.signed))
        self.assertEqual(Server.looks, 2)
        self.assertEqual(sorted(os.listdir(self.folder)), ["configured", "node.json"])

    def test_reports_a_failure_and_would_run_again(self):
        self.put("failed")
        with self.assertRaisesRegex(SystemExit, "why"):
            configure.main()
        self.assertIn("/b/p/reports/worker-7.json", Server.objects)
        self.assertEqual(os.listdir(self.folder), ["node.json"])

    def test_a_machine_that_is_none_of_the_hosts_does_nothing(self):
        self.put("ok", {"10.0.0.8": "worker-8"})
        with self.assertRaisesRegex(SystemExit, "10.0.0.7 is none of the hosts"):
            configure.main()

    def test_gives_up_in_the_end(self):
        with self.assertRaisesRegex(RuntimeError, "no role"):
            configure.patiently("no role", lambda: {}["x"], -1)


if __name__ == "__main__":
    unittest.main()
