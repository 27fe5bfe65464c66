"""Watches a live reading, or examines the endpoint that gives it.

    export POWER_KEY=…
    python examples/python/live_watch.py https://scada.example/power data.power.value --unit MW
    python examples/python/live_watch.py https://scada.example/power data.power.value --probe

While it watches, it prints a line whenever something is new; Ctrl-C ends it. With --probe it says of each requirement whether it is
met, and ends with 0 if all that is demanded is.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import sys

import qlower
from qlower import live


async def watch(feed: live.LiveFeed, times: int | None) -> None:
    async with feed.watch() as states:
        told = 0
        async for state in states:
            print(state, flush=True)
            told += 1
            if told == times:
                return


def main() -> None:
    parser = argparse.ArgumentParser(description="Watch a live reading.")
    parser.add_argument("url")
    parser.add_argument("path", help="where the value is, such as data.power.value")
    parser.add_argument("--unit", help="its unit: kW, MW, Nm3/h")
    parser.add_argument("--interval", type=float, help="seconds between two polls (5)")
    parser.add_argument("--times", type=int, help="end after so many lines")
    parser.add_argument("--probe", action="store_true", help="examine the endpoint instead")
    parser.add_argument("--lang", choices=["en", "fr"], default="en")
    options = parser.parse_args()
    key = os.environ.get("POWER_KEY")
    auth = live.ApiKey(key) if key else None
    try:
        if options.probe:
            report = live.probe(options.url, options.path, unit=options.unit, auth=auth)
            print(report.text(options.lang))
            sys.exit(0 if report.is_ok else 1)
        feed = live.LiveFeed(
            options.url, options.path, unit=options.unit, interval=options.interval, auth=auth
        )
    except qlower.ConfigError as error:
        sys.exit(f"live_watch: {error}")
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(watch(feed, options.times))


if __name__ == "__main__":
    main()
