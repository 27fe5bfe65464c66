"""Delivers the pictures of a vehicle to a customer's server, by the customer's own rules for names.

    export FTP_PASSWORD=…
    python examples/python/ftp_delivery.py ftp.garage-nord.example --user dms --vin VF1AB000123456789 front.jpg back.jpg

First it says what the files will be called there, without a connection (--dry-run ends with that). Run it again after a failure:
what is there is completed rather than sent again.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import qlower
from qlower import ftp


def destination(options: argparse.Namespace) -> ftp.Destination:
    return ftp.Destination(
        options.host,
        protocol=options.protocol,
        port=options.port,
        user=options.user,
        password=os.environ.get("FTP_PASSWORD"),
        ca_bundle=options.ca_bundle,
        host_key=options.host_key,
        directory=options.directory,
        file=options.file,
        archive=options.archive,
        side_file=options.side_file,
    )


def tell(progress: ftp.Progress) -> None:
    if progress.sent == progress.size:
        print(f"  {progress.file} of {progress.files}: {progress.path}, {progress.size} bytes")


def main() -> None:
    parser = argparse.ArgumentParser(description="Deliver pictures to a customer's server.")
    parser.add_argument("host")
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--vin", required=True)
    parser.add_argument("--user", required=True)
    parser.add_argument("--protocol", default="ftps", help="ftps, ftps-implicit, sftp or ftp")
    parser.add_argument("--port", type=int)
    parser.add_argument("--ca-bundle", type=Path, help="certificate authorities to trust (ftps)")
    parser.add_argument("--host-key", help="SHA256:… of the server's key (sftp)")
    parser.add_argument("--directory", help="folder on the server, as a template")
    parser.add_argument("--file", default="{vin}_{n:02}.{ext:lower}", help="name of each file")
    parser.add_argument("--archive", help="name of a ZIP archive for all files, such as {vin}.zip")
    parser.add_argument("--side-file", help="name of a JSON file that is sent last")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be sent")
    options = parser.parse_args()

    variables = {"vin": options.vin}
    try:
        where = destination(options)
        plan = where.plan(options.files, variables)
        for name in filter(None, [plan.archive, *plan.files, plan.side_file]):
            print(name)
        if options.dry_run:
            return
        receipt = ftp.deliver(
            where,
            options.files,
            variables,
            details={"sent_by": options.user},
            progress=tell,
        )
    except ftp.NamingError as error:
        sys.exit("\n".join(fault.message for fault in error.errors))
    except ftp.DeliveryError as error:
        known = error.receipt.files if error.receipt else []
        there = [file.path for file in known if file.certainty == "processed"]
        print(f"ftp_delivery: {error}", file=sys.stderr)
        print(f"there: {', '.join(there) or 'nothing'}", file=sys.stderr)
        sys.exit(75 if error.is_retryable else 1)
    except qlower.QlowerError as error:
        sys.exit(f"ftp_delivery: {error}")
    verified = sum(file.verified for file in receipt.files)
    protection = receipt.protection or "no protection"
    print(f"{len(receipt.files)} delivered, {verified} verified, by {protection}")


if __name__ == "__main__":
    main()
