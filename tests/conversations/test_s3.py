"""Documents in an S3-compatible store, as the setting says: kept there, read from there, gone when discarded."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from io import BytesIO
from urllib.parse import urlparse

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tests.cast import Cast
from trialogue import settings as house
from trialogue.conversations.models import Document


@pytest.fixture
def bucket(settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:  # type: ignore[no-untyped-def]
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _host, port = server.get_host_and_port()
    endpoint = f"http://127.0.0.1:{port}"
    store = boto3.resource("s3", endpoint_url=endpoint, region_name="eu-north-1")
    place = {"LocationConstraint": "eu-north-1"}
    name = f"documents-{secrets.token_hex(4)}"  # the pretended store outlives its server
    made = store.create_bucket(Bucket=name, CreateBucketConfiguration=place)
    told = house._documents(urlparse(f"s3://{name}/kept?endpoint={endpoint}&region=eu-north-1"))
    settings.STORAGES = settings.STORAGES | {"default": told}
    yield made
    server.stop()


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_a_document_is_kept_in_the_bucket_and_read_from_it(bucket, cast: Cast) -> None:  # type: ignore[no-untyped-def]
    received = Document.receive(BytesIO(b"So it was said."), "note.txt")
    Document.add(cast.confirmed(), [received], by=cast.clara)
    assert [thing.key for thing in bucket.objects.all()] == [f"kept/{received.stored}"]
    with Document.objects.get(pk=received.pk).open() as kept:
        assert kept.read() == b"So it was said."


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_a_document_that_came_into_no_case_is_deleted_there(bucket) -> None:  # type: ignore[no-untyped-def]
    Document.receive(BytesIO(b"So it was said."), "note.txt").discard()
    assert list(bucket.objects.all()) == []
