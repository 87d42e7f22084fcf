"""The local S3 behaves like S3 where a project notices."""

import os
import re
import time
import xml.etree.ElementTree as ElementTree

import pytest
from s3client import request


def keys(body: bytes) -> list[str]:
    """The keys of a listing."""
    return [node.text for node in ElementTree.fromstring(body).iter("{http://s3.amazonaws.com/doc/2006-03-01/}Key")]


def test_bucket_appears_on_first_listing():
    assert request("GET", "/first-seen", {"list-type": "2"}).status == 200
    assert request("HEAD", "/first-seen").status == 200


def test_bucket_appears_on_first_write():
    assert request("PUT", "/first-written/key", body=b"x").status == 200
    assert request("GET", "/first-written/key").body == b"x"


def test_bucket_can_still_be_created_and_deleted():
    assert request("PUT", "/made-by-hand").status == 200
    assert request("DELETE", "/made-by-hand").status == 204
    assert request("DELETE", "/made-by-hand").status == 404


def test_bucket_names_follow_the_rules():
    assert request("GET", "/No_Valid_Name", {"list-type": "2"}).status == 404


def test_wrong_secret_is_refused_and_makes_no_bucket():
    assert request("GET", "/not-for-you", {"list-type": "2"}, secret="wrong").status == 403
    assert "not-for-you" not in request("GET", "/").body.decode()


def test_request_without_signature_is_refused():
    request("PUT", "/private-data/key", body=b"x")
    assert request("GET", "/private-data/key", signed=False).status == 403
    assert request("PUT", "/private-data/other", body=b"x", signed=False).status == 403
    assert request("GET", "/nobody-made-this", signed=False).status in (403, 404)
    assert "nobody-made-this" not in request("GET", "/").body.decode()


def test_write_can_depend_on_absence():
    once = {"if-none-match": "*"}
    assert request("PUT", "/conditions/lock", body=b"first", headers=once).status == 200
    assert request("PUT", "/conditions/lock", body=b"second", headers=once).status == 412
    assert request("GET", "/conditions/lock").body == b"first"


def test_write_can_depend_on_content():
    tag = {k.lower(): v for k, v in request("PUT", "/conditions/tag", body=b"1").headers.items()}["etag"]
    assert request("PUT", "/conditions/tag", body=b"2", headers={"if-match": tag}).status == 200
    assert request("PUT", "/conditions/tag", body=b"3", headers={"if-match": tag}).status == 412


def test_listing_comes_in_pages():
    expected = [f"k{number:02}" for number in range(7)]
    for key in expected:
        request("PUT", f"/pages/{key}", body=b"")
    found, query = [], {"list-type": "2", "max-keys": "3"}
    for _ in range(3):
        body = request("GET", "/pages", query).body
        found += keys(body)
        token = re.search(rb"<NextContinuationToken>(.*?)<", body)
        query["continuation-token"] = token[1].decode() if token else ""
    assert found == expected
    assert token is None


def test_keys_may_have_any_name():
    for key in ("café", "日本語", "a b", "x+y", "50%"):
        assert request("PUT", f"/names/{key}", body=key.encode()).status == 200
        assert request("GET", f"/names/{key}").body == key.encode()
    assert set(keys(request("GET", "/names", {"list-type": "2"}).body)) == {"café", "日本語", "a b", "x+y", "50%"}


def test_object_can_be_sent_in_parts():
    upload = re.search(rb"<UploadId>(.*?)<", request("POST", "/parts/big", {"uploads": ""}).body)[1].decode()
    tags = []
    for number in ("1", "2"):
        answer = request("PUT", "/parts/big", {"partNumber": number, "uploadId": upload}, number.encode() * 5_242_880)
        tags.append({k.lower(): v for k, v in answer.headers.items()}["etag"])
    parts = "".join(f"<Part><PartNumber>{i}</PartNumber><ETag>{tag}</ETag></Part>" for i, tag in enumerate(tags, 1))
    body = f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>".encode()
    assert request("GET", "/parts/big").status == 404
    assert request("POST", "/parts/big", {"uploadId": upload}, body).status == 200
    assert len(request("GET", "/parts/big").body) == 2 * 5_242_880


def test_range_is_read_alone():
    request("PUT", "/ranges/key", body=bytes(range(100)))
    answer = request("GET", "/ranges/key", headers={"range": "bytes=10-19"})
    assert (answer.status, answer.body) == (206, bytes(range(10, 20)))


@pytest.mark.parametrize("method", ["PUT", "GET", "HEAD", "DELETE"])
def test_latency_can_be_added(method: str):
    def median(endpoint: str) -> float:
        request("PUT", "/latency/key", body=b"x", endpoint=endpoint)
        times = []
        for _ in range(15):
            start = time.perf_counter()
            request(method, "/latency/key", body=b"x" if method == "PUT" else b"", endpoint=endpoint)
            times.append((time.perf_counter() - start) * 1000)
        return sorted(times)[7]

    added = median(os.environ["SLOW_S3_ENDPOINT"]) - median(os.environ["S3_ENDPOINT"])
    wanted = float(os.environ["SLOW_S3_LATENCY_MS"])
    print(f"{method}: {added:.1f} ms added")
    assert wanted * 0.8 < added < wanted * 2.5
