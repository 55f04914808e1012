"""Documents in an S3-compatible store, as the setting says: kept there, read from there, gone when discarded."""

from __future__ import annotations

import secrets
import zipfile
from collections.abc import Iterator
from io import BytesIO
from urllib.parse import urlparse

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tests.cast import MONDAY, Cast
from tests.lib.test_drawing import pdf
from trialogue import settings as house
from trialogue.conversations.looking import look_into
from trialogue.conversations.models import Document
from trialogue.conversations.parcel import packed


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


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_pages_lie_beside_it_all_of_it_comes_in_one_zip_and_goes_with_it(bucket, cast: Cast) -> None:  # type: ignore[no-untyped-def]
    plan, gone = Document.receive(BytesIO(pdf(1)), "plan.pdf"), Document.receive(BytesIO(b"Gone."), "gone.txt")
    Document.add(cast.confirmed(), [plan, gone], by=cast.clara, at=MONDAY)
    look_into(MONDAY)
    assert {thing.key for thing in bucket.objects.all()} == {
        f"kept/{name}" for name in (plan.stored, plan.picture(0), plan.picture(1), gone.stored)
    }
    gone.discard()  # by other means: the ZIP goes on without it
    whole = b"".join(packed(Document.objects.visible_to(cast.clara)))
    assert zipfile.ZipFile(BytesIO(whole)).namelist() == ["plan.pdf"]
    plan.remove(by=cast.clara, at=MONDAY)
    look_into(MONDAY)
    assert list(bucket.objects.all()) == []
