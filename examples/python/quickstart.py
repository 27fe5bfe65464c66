"""From an agency's CSV files to Qlower: read, check, send, upload, and see what became of every item.

    python examples/python/quickstart.py

It needs no account and no network: the Qlower that it sends to is a sandbox inside this program. The files are in
`examples/data`; the package `agency` beside this file makes models of their rows, and is meant to be copied.
"""

from __future__ import annotations

import os
import sys
from datetime import datetime, timezone
from pathlib import Path

import qlower
from qlower.sandbox import Sandbox

from agency import Export, NoTableError

DATA = Path(__file__).resolve().parent.parent / "data"
# What Qlower gives each partner. The key belongs in a secret store, never in a program: this one opens the sandbox alone.
PARTNER, API_KEY = "sandbox", "sandbox-key"
MODELS = {
    "declarants": qlower.Declarant,
    "associates": qlower.Associate,
    "properties": qlower.Property,
    "transactions": qlower.Transaction,
    "documents": qlower.Document,
}


def main() -> None:
    good = Export.in_folder(DATA)
    broken = good.with_files_of(DATA / "broken")
    show = Show()

    print("The books of a letting agency, from CSV files to Qlower.")

    show.heading(
        "1. Check books with mistakes", "lots.csv and ecritures.csv from examples/data/broken"
    )
    wrong = payload(broken)
    show.report(qlower.check(wrong))

    with Sandbox({PARTNER: API_KEY}) as sandbox:
        settings = sandbox.client_settings()

        show.heading(
            "2. Try to send them", "a client takes what has passed the check, and nothing else"
        )
        with qlower.Client(**settings) as client:
            try:
                client.send(wrong)
            except qlower.ValidationError as refusal:
                print(f"Refused, nothing has left: {refusal}")
            else:
                sys.exit("the mistakes in examples/data/broken were not found")

        show.heading(
            "3. Check the right books", "examples/data; a warning does not prevent sending"
        )
        checked = qlower.checked(payload(good))
        show.report(checked.report)

        show.heading("4. Send them by REST", "to a sandbox inside this program")
        with qlower.Client(**settings) as client:
            show.receipt(client.send(checked))
            show.stock(sandbox)

            show.heading(
                "5. Send them again",
                "and lose the connection before the answer comes: the client tries once more",
            )
            sandbox.fail_next("reset_after_processing")
            show.receipt(client.send(checked))
            show.stock(sandbox)

            show.heading(
                "6. Upload them by S3",
                "the way of nightly batches; Qlower loads what arrives, and moves it when it is done",
            )
            receipt = client.upload(checked)
            print(f"bucket     {receipt.bucket}")
            print(f"key        {receipt.key}")
            print(f"certainty  {receipt.certainty}")
            print(f"outcome    {client.wait_for(receipt, timeout=60)}")
            show.stock(sandbox)

        loads, items = sandbox.loads, len(sandbox.loaded())
    print(
        f"\n{loads} loads were treated, and there are still {items} items: what exists is not created again."
    )


def payload(export: Export) -> qlower.Payload:
    """Puts a header before the books."""
    books = export.read()
    return qlower.Payload(
        partner=PARTNER,
        api_key=API_KEY,
        created_at=datetime.now(timezone.utc),
        declarants=books.declarants,
        properties=books.properties,
        transactions=books.transactions,
        documents=books.documents,
    )


class Show:
    """The terminal."""

    def __init__(self) -> None:
        self.colors = sys.stdout.isatty() and not os.environ.get("NO_COLOR")

    def heading(self, title: str, note: str) -> None:
        bold, dim, end = ("\x1b[1m", "\x1b[2m", "\x1b[0m") if self.colors else ("", "", "")
        print(f"\n{bold}{title}{end} {dim}({note}){end}\n")

    def report(self, report: qlower.Report) -> None:
        print(report.render(colors=self.colors), end="")

    def receipt(self, receipt: qlower.Receipt) -> None:
        """What became of the items, and how it is known."""
        earlier = receipt.earlier_attempt_may_have_been_processed
        note = ", and an earlier one may have been processed too" if earlier else ""
        print(f"{receipt.reply}\n")
        print(f"certainty  {receipt.certainty}")
        print(f"attempts   {receipt.attempts}{note}")
        print(f"duration   {receipt.duration:.2f} s")
        print(f"sha-256    {receipt.payload_sha256}")

    def stock(self, sandbox: Sandbox) -> None:
        """What is in the sandbox by now; Qlower itself cannot be asked."""
        loaded = sandbox.loaded()
        counts = [f"{loaded.count(model)} {name}" for name, model in MODELS.items()]
        print("sandbox   ", ", ".join(counts))


if __name__ == "__main__":
    try:
        main()
        sys.stdout.flush()
    except (NoTableError, qlower.QlowerError) as error:
        sys.exit(f"quickstart: {error}")
    except BrokenPipeError:
        # Whoever reads along, `head` for instance, has seen enough; the rest has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
