"""One upload with boto3, as it comes: `upload_file`, or `put_object` of a file that is read first.

boto3_upload.py file|put ENDPOINT BUCKET KEY FILE
"""

from __future__ import annotations

import sys
from pathlib import Path

import boto3  # type: ignore[import-not-found, import-untyped, unused-ignore]


def main() -> None:
    how, endpoint, bucket, key, file = sys.argv[1:]
    client = boto3.client("s3", endpoint_url=endpoint)
    if how == "file":
        client.upload_file(file, bucket, key, ExtraArgs={"ContentType": "application/json"})
    else:
        body = Path(file).read_bytes()
        client.put_object(Bucket=bucket, Key=key, Body=body, ContentType="application/json")
    print(f"{bucket}/{key}")


if __name__ == "__main__":
    main()
