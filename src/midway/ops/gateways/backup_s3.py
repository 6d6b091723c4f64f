"""Copies of backups in a bucket of anything that speaks S3.

The address is `s3://bucket/prefix`, with `?endpoint=https://host` for services other than Amazon's. Keys come from the
places boto3 looks in: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the profile.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from midway.ops.backup.copies import CopyFailed
from midway.ops.backup.store import CODE

_CHUNK = 1024 * 1024


class BucketOfBackups:
    """A bucket that holds `prefix/code/file` objects."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        if not parts.netloc:
            raise CopyFailed("MIDWAY_BACKUP_URL names no bucket: write it like s3://bucket/prefix")
        self._bucket, self._prefix = parts.netloc, parts.path.strip("/")
        self._endpoint = (parse_qs(parts.query).get("endpoint") or [""])[0]

    @property
    def words(self) -> str:
        """The bucket and prefix."""
        return f"s3://{self._bucket}/{self._prefix}".rstrip("/")

    def put(self, code: str, name: str, source: Path) -> None:
        """Will upload a file; the service shows it only when it is whole."""
        with self._asked(f"copy {name}") as client:
            client.upload_file(str(source), self._bucket, self._key(code, name))

    def read(self, code: str, name: str) -> Iterator[bytes]:
        """The object's bytes as the service gives them."""
        with self._asked(f"read {name} of {code}") as client:
            yield from client.get_object(Bucket=self._bucket, Key=self._key(code, name))["Body"].iter_chunks(_CHUNK)

    def names(self, code: str) -> list[str]:
        """The files of a backup."""
        start = self._key(code, "")
        return sorted(key.removeprefix(start) for key in self._keys(start))

    def codes(self) -> list[str]:
        """The backups in the bucket."""
        start = f"{self._prefix}/".lstrip("/")
        return sorted({name for key in self._keys(start) if CODE.fullmatch(name := key[len(start) :].split("/")[0])})

    def remove(self, code: str) -> None:
        """Will remove a backup's objects."""
        if not CODE.fullmatch(code):
            raise CopyFailed(f"{code} is no backup's code")
        with self._asked(f"remove {code}") as client:
            for name in self.names(code):
                client.delete_object(Bucket=self._bucket, Key=self._key(code, name))

    def _keys(self, start: str) -> list[str]:
        with self._asked("list what is there") as client:
            pages = client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=start)
            return [found["Key"] for page in pages for found in page.get("Contents", [])]

    def _key(self, code: str, name: str) -> str:
        return f"{self._prefix}/{code}/{name}".lstrip("/")

    @contextmanager
    def _asked(self, what: str) -> Iterator[Any]:
        import boto3
        from boto3.exceptions import Boto3Error
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield boto3.client(
                "s3",
                endpoint_url=self._endpoint or None,
                config=Config(connect_timeout=10, read_timeout=60, retries={"total_max_attempts": 4}),
            )
        except (Boto3Error, BotoCoreError, ClientError) as problem:
            raise CopyFailed(
                f"Cannot {what} in {self.words} ({problem}): see MIDWAY_BACKUP_URL and its keys"
            ) from problem
