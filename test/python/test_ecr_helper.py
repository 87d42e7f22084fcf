import datetime
import json
import os
import threading
import unittest
from http.server import BaseHTTPRequestHandler, HTTPServer
from unittest import mock

from load import load

helper = load("assets/templates/user-data/docker-credential-pyspark-deploy-ecr")

NOW = datetime.datetime(2026, 11, 23, 4, 5, 6, tzinfo=datetime.timezone.utc)
HEADERS = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": helper.TARGET}
SECRET_KEY = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
# What botocore 1.44.5 signs for the same request at the same time.
SIGNED = [
    (
        "https://api.ecr.eu-central-1.amazonaws.com/",
        "FQoGZXIvYXdzEXAMPLE//token==",
        "eu-central-1",
        "eb9d7afa5003a8a06338dcd9cf3730196e3623da270ed98dcf8df8d0fce73711",
    ),
    (
        "http://10.1.2.3:5000/",
        "t",
        "us-east-1",
        "ca065a11303355d79854a5b49b125a97f68f118f3db159e813e311b5c7822ec7",
    ),
]
ENDPOINTS = [
    ("123456789012.dkr.ecr.eu-west-1.amazonaws.com", {}, "https://api.ecr.eu-west-1.amazonaws.com", "eu-west-1"),
    (
        "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn",
        {},
        "https://api.ecr.cn-north-1.amazonaws.com.cn",
        "cn-north-1",
    ),
    (
        "10.1.2.3:5000",
        {"AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": "http://10.1.2.3:4566"},
        "http://10.1.2.3:4566",
        "us-east-1",
    ),
    (
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
        {"AWS_ENDPOINT_URL": "http://all", "AWS_ENDPOINT_URL_ECR": "https://vpce-1.api.ecr"},
        "https://vpce-1.api.ecr",
        "eu-west-1",
    ),
]


class Metadata(BaseHTTPRequestHandler):
    """Answers as the metadata service does, version 2 only."""

    def reply(self, status, text=""):
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())

    def do_PUT(self):
        self.reply(200 if self.path == "/latest/api/token" else 404, "token-1")

    def do_GET(self):
        if self.headers.get("X-aws-ec2-metadata-token") != "token-1":
            return self.reply(401)
        base = "/latest/meta-data/iam/security-credentials/"
        if self.path == base:
            return self.reply(200, "node-role")
        found = {"AccessKeyId": "AKID", "SecretAccessKey": "secret", "Token": "session"}
        return self.reply(*((200, json.dumps(found)) if self.path == base + "node-role" else (404,)))

    def log_message(self, *_arguments):
        pass


class EcrHelper(unittest.TestCase):
    def test_signs_as_botocore_does(self):
        for url, token, region, signature in SIGNED:
            credentials = ("AKIDEXAMPLE", SECRET_KEY, token)
            headers = helper.sign(url, HEADERS, b"{}", credentials, region, "ecr", NOW)
            names = "content-type;host;x-amz-date;x-amz-security-token;x-amz-target"
            expected = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261123/%s/ecr/aws4_request, SignedHeaders=%s, Signature=%s"
            self.assertEqual(headers["authorization"], expected % (region, names, signature))

    def test_finds_the_endpoint_and_the_region_of_a_registry(self):
        for registry, environment, url, region in ENDPOINTS:
            with mock.patch.dict(os.environ, environment, clear=True):
                self.assertEqual(helper.endpoint_of(registry), (url, region))

    def test_takes_the_credentials_of_the_instance_profile_past_any_proxy(self):
        server = HTTPServer(("127.0.0.1", 0), Metadata)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        environment = {
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:%d/" % server.server_port,
            "http_proxy": "http://127.0.0.1:1",
        }
        with mock.patch.dict(os.environ, environment):
            self.assertEqual(helper.instance_credentials(), ("AKID", "secret", "session"))

    def test_has_nothing_to_store_or_erase(self):
        with mock.patch("sys.argv", ["helper", "erase"]):
            self.assertEqual(helper.main(), 0)


if __name__ == "__main__":
    unittest.main()
