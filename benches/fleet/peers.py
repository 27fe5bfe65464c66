"""Deliveries by this SDK beside those by curl, lftp, sftp, ftplib and paramiko; see README.md.

python tools/ftp_servers.py … -- PYTHON benches/fleet/peers.py DELIVER_LOAD [--lftp PROGRAM]
    [--runs 5] [--megabytes 200] [--files 1000] [--place vsftpd …]

PYTHON is an interpreter with paramiko. Whole processes are timed, their start included, and so is
the processor's work for them. The peers take turns within each run, and every file that arrives is
compared with what was sent.
"""

from __future__ import annotations

import argparse
import filecmp
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FTPLIB = """
import ftplib, ssl, sys
from pathlib import Path
protocol, port, user, password, trust, remote, folder = sys.argv[1:]
if protocol == "ftp":
    ftp = ftplib.FTP()
else:
    class Continued(ftplib.FTP_TLS):
        def ntransfercmd(self, cmd, rest=None):
            conn, size = ftplib.FTP.ntransfercmd(self, cmd, rest)
            conn = self.context.wrap_socket(conn, server_hostname=self.host, session=self.sock.session)
            return conn, size
    context = ssl.create_default_context(cafile=trust)
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # with 1.3 it cannot continue a session
    ftp = Continued(context=context)
ftp.connect("127.0.0.1", int(port))
ftp.login(user, password)
if protocol != "ftp":
    ftp.prot_p()
ftp.mkd(remote)
for path in sorted(Path(folder).iterdir()):
    with path.open("rb") as file:
        ftp.storbinary(f"STOR {remote}/{path.name}", file)
ftp.quit()
"""

PARAMIKO = """
import sys
from pathlib import Path
import paramiko
protocol, port, user, password, trust, remote, folder = sys.argv[1:]
client = paramiko.SSHClient()
client.load_host_keys(trust)
client.connect("127.0.0.1", int(port), user, password, look_for_keys=False, allow_agent=False)
sftp = client.open_sftp()
sftp.mkdir(remote)
for path in sorted(Path(folder).iterdir()):
    sftp.put(str(path), f"{remote}/{path.name}")
client.close()
"""


@dataclass(frozen=True)
class Run:
    """What one process took."""

    wall: float
    cpu: float


def worked() -> float:
    """The processor time of all processes that have ended."""
    times = os.times()
    return times.children_user + times.children_system


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Peers:
    def __init__(self, place: dict[str, Any], given: dict[str, Any], options: Any) -> None:
        self.place = place
        self.given = given
        self.options = options
        account = place["accounts"]["main"]
        self.user, self.password = account["user"], account["password"]
        self.root = Path(account["root"])
        self.port = str(place["port"])
        self.known = options.work / f"known-{place['name']}"
        if place["protocol"] == "sftp":
            lines = [f"[127.0.0.1]:{self.port} {key['line']}\n" for key in place["host_keys"]]
            self.known.write_text("".join(lines))

    def names(self) -> list[str]:
        if self.place["protocol"] == "sftp":
            return ["ours", "sftp", "paramiko", "curl", "lftp"]
        return ["ours", "ftplib", "curl", "lftp"]

    def command(self, name: str, remote: str, folder: Path) -> list[str]:
        protocol = self.place["protocol"]
        ca = self.given["ca"]
        files = sorted(folder.iterdir())
        if name == "ours":
            trust = self.place["host_keys"][0]["fingerprint"] if protocol == "sftp" else ca
            program = str(self.options.program)
            return [program, protocol, self.port, self.user, trust, remote, str(folder)]
        if name in ("ftplib", "paramiko"):
            script = FTPLIB if name == "ftplib" else PARAMIKO
            trust = str(self.known) if name == "paramiko" else ca
            words = [protocol, self.port, self.user, self.password, trust, remote, str(folder)]
            return [sys.executable, "-c", script, *words]
        if name == "sftp":
            batch = self.options.work / "batch"
            lines = [f"put {path} {remote}/{path.name}\n" for path in files]
            batch.write_text(f"mkdir {remote}\n" + "".join(lines))
            key = self.given["keys"]["ed25519"]["path"]
            trust = [f"-oUserKnownHostsFile={self.known}", "-oStrictHostKeyChecking=yes"]
            more = ["-q", "-b", str(batch), "-i", key, "-oIdentitiesOnly=yes", *trust]
            return ["sftp", "-F", "/dev/null", *more, "-P", self.port, f"{self.user}@127.0.0.1"]
        if name == "curl":
            inside = "~/" if protocol == "sftp" else ""
            scheme = "sftp" if protocol == "sftp" else "ftp"
            url = f"{scheme}://127.0.0.1:{self.port}/{inside}{remote}/"
            config = self.options.work / "curl"
            text = f"user = {quoted(f'{self.user}:{self.password}')}\n"
            if protocol == "sftp":
                text += "insecure\nftp-create-dirs\n"
            else:
                text += f'cacert = "{ca}"\nftp-create-dirs\n'
                text += "ssl-reqd\ntls-max = 1.2\n" if protocol == "ftps" else ""
            text += "".join(f'upload-file = "{path}"\nurl = "{url}"\n' for path in files)
            config.write_text(text)
            return ["curl", "--disable", "--silent", "--show-error", "--config", str(config)]
        known = f"-F /dev/null -oUserKnownHostsFile={self.known} -oStrictHostKeyChecking=yes"
        lines = [
            f"set ssl:ca-file {ca}",
            "set ftp:ssl-force true; set ftp:ssl-protect-data true" if protocol == "ftps" else "",
            f'set sftp:connect-program "ssh -a -x {known} -i {self.given["keys"]["ed25519"]["path"]}"',
            f"open -p {self.port} --user {quoted(self.user)} --password {quoted(self.password)} "
            + ("sftp" if protocol == "sftp" else "ftp")
            + "://127.0.0.1",
            f"mirror -R --no-perms {folder} {remote}",
        ]
        return [str(self.options.lftp), "--norc", "-c", "\n".join(lines)]

    def run(self, name: str, remote: str, folder: Path) -> Run:
        command = self.command(name, remote, folder)
        env = {**os.environ, "DELIVER_LOAD_PASSWORD": self.password, "LC_ALL": "C.UTF-8"}
        began, before = time.monotonic(), worked()
        done = subprocess.run(command, capture_output=True, env=env, timeout=600, check=False)
        took = Run(time.monotonic() - began, worked() - before)
        if done.returncode != 0:
            raise ValueError(f"{name}: {done.stderr.decode(errors='replace')[-300:]}")
        there = self.root / remote
        names = [path.name for path in folder.iterdir()]
        same, other, missing = filecmp.cmpfiles(folder, there, names, shallow=False)
        if other or missing or len(same) != len(names):
            raise ValueError(f"{name}: {len(other)} others, {len(missing)} missing")
        shutil.rmtree(there)
        return took


def main() -> int:
    parser = argparse.ArgumentParser(description="Time deliveries by several programs.")
    parser.add_argument("program", type=Path)
    parser.add_argument("--lftp", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--place", action="append")
    parser.add_argument("--peer", action="append", help="only these, and ours")
    options = parser.parse_args()
    given = json.loads(Path(os.environ["QLOWER_TEST_FTP"]).read_text())
    wanted = options.place or ["pyftpdlib-ftp", "vsftpd", "proftpd", "openssh"]
    with tempfile.TemporaryDirectory() as work:
        options.work = Path(work)
        large, small = options.work / "large", options.work / "small"
        for folder, count, size in (
            (large, 1 if options.megabytes else 0, options.megabytes * 1_000_000),
            (small, options.files, 20_000),
        ):
            folder.mkdir()
            for n in range(count):
                (folder / f"image_{n:04}.bin").write_bytes(os.urandom(size))
        for place in (
            place for name in wanted for place in given["places"] if place["name"] == name
        ):
            peers = Peers(place, given, options)
            for folder in (large, small):
                if not any(folder.iterdir()):
                    continue
                taken: dict[str, list[Run]] = {}
                failed: dict[str, str] = {}
                for n in range(options.runs):
                    for name in peers.names():
                        skipped = options.peer and name not in ["ours", *options.peer]
                        if skipped or name in failed or (name == "lftp" and not options.lftp):
                            continue
                        try:
                            took = peers.run(name, f"{name}-{folder.name}-{n}", folder)
                            taken.setdefault(name, []).append(took)
                        except (ValueError, subprocess.TimeoutExpired) as error:
                            failed[name] = str(error)
                print(f"{place['name']} ({place['protocol']}), {folder.name}:")
                walls = {name: sorted(run.wall for run in runs) for name, runs in taken.items()}
                for name, wall in sorted(walls.items(), key=lambda one: statistics.median(one[1])):
                    cpu = statistics.median(run.cpu for run in taken[name])
                    told = f"{statistics.median(wall):7.2f} s ({wall[0]:.2f} to {wall[-1]:.2f})"
                    print(f"  {name:<9} {told}, {cpu:.2f} s of processor time, {len(wall)} runs")
                for name, why in failed.items():
                    print(f"  {name:<9} failed: {why}")
                sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
