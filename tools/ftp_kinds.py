"""How each server of ftp_servers.py is set up: its configuration, its accounts, its command."""

from __future__ import annotations

import json
import os
import secrets
import shlex
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ftp_keys import Certificates, SshKey, ssh_key
from stores import HOST, free_ports

# Of no account of the machine; files of the servers' accounts belong to it.
UID = 61_999
QUOTA = 1 << 20
FLEET = 400


@dataclass
class Account:
    """Who may log in."""

    user: str
    root: str
    # With a blank and a percent sign, since not every client keeps these.
    password: str = field(default_factory=lambda: f"pw %{secrets.token_hex(8)}")
    quota: int | None = None
    hangs_after: int | None = None
    # Letters of pyftpdlib.
    denied: str = ""


@dataclass
class Place:
    """A port with a protocol."""

    name: str
    server: str
    protocol: str
    port: int
    accounts: dict[str, Account]
    # Whether it goes on with a file from an offset, and whether it writes over an existing file.
    resumes: bool = True
    overwrites: bool = True
    host_keys: list[dict[str, str]] = field(default_factory=list)
    # How one may log in; of SFTP alone.
    logins: list[str] = field(default_factory=lambda: ["password"])

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"host": HOST}


@dataclass
class Launch:
    """One start of a server: what to run, and what it then offers."""

    arguments: list[str]
    places: list[Place]
    # Paths as they are within the server's view of the files -> seen from here once it runs.
    hidden: list[Account] = field(default_factory=list)
    more: dict[str, Any] = field(default_factory=dict)


@dataclass
class Given:
    """What a server is made of."""

    name: str
    home: Path
    packages: Path
    certificates: Certificates
    keys: dict[str, SshKey]

    def account(self, name: str, **more: Any) -> Account:
        root = self.home / "roots" / name
        root.mkdir(parents=True)
        if os.geteuid() == 0:
            os.chown(root, UID, UID)
        return Account(name, str(root), **more)

    def program(self, path: str) -> str:
        return str(self.packages / path)

    def write(self, name: str, *lines: str, mode: int = 0o600) -> str:
        path = self.home / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(lines) + "\n")
        path.chmod(mode)
        return str(path)

    def host_keys(self, *kinds: str) -> list[SshKey]:
        return [ssh_key(self.home / f"host-{kind}", kind) for kind in kinds]


def shown(keys: list[SshKey]) -> list[dict[str, str]]:
    return [{"kind": key.kind, "fingerprint": key.fingerprint, "line": key.line} for key in keys]


def crypted(password: str) -> str:
    done = subprocess.run(
        ["openssl", "passwd", "-6", "-stdin"],
        input=password,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def isolated(given: Given, accounts: list[Account], commands: list[list[str]]) -> list[str]:
    """A command that runs these in a view of the machine of their own, where the accounts exist.

    There /etc/passwd and the like are files of ours, the roots of accounts with a quota are small
    file systems, and all processes end with the first.
    """
    users = [f"{one.user}:x:{UID}:{UID}::{one.root}:/bin/sh" for one in accounts]
    service = [
        "nobody:x:65534:65534::/nonexistent:/bin/false",
        "sshd:x:61998:65534::/run/sshd:/bin/false",
    ]
    shadow = [f"{one.user}:{crypted(one.password)}:19000:0:99999:7:::" for one in accounts]
    pam = [
        f"{part} required {module}.so"
        for part, module in (
            ("auth", "pam_unix"),
            ("account", "pam_permit"),
            ("session", "pam_permit"),
            ("password", "pam_deny"),
        )
    ]
    etc = {
        "passwd": given.write(
            "etc/passwd", "root:x:0:0:root:/root:/bin/sh", *service, *users, mode=0o644
        ),
        "group": given.write(
            "etc/group", "root:x:0:", "nogroup:x:65534:", f"delivery:x:{UID}:", mode=0o644
        ),
        "shadow": given.write("etc/shadow", "root:*:19000:0:99999:7:::", *shadow),
        "pam.d": str(given.home / "etc" / "pam.d"),
    }
    Path(etc["pam.d"]).mkdir()
    for service_name in ("vsftpd", "sshd", "proftpd", "pure-ftpd", "other"):
        given.write(f"etc/pam.d-{service_name}", *pam)
        (given.home / f"etc/pam.d-{service_name}").rename(Path(etc["pam.d"]) / service_name)
    libraries = [str(path) for path in sorted((given.packages / "usr/lib").glob("*-linux-gnu"))]
    libraries += [str(path) for path in sorted((given.packages / "lib").glob("*-linux-gnu"))]
    lines = ["set -eu"]
    lines += [f"mount --bind {shlex.quote(path)} /etc/{name}" for name, path in etc.items()]
    lines += ["mount -t tmpfs -o mode=755 tmpfs /run", "mkdir /run/sshd /run/empty"]
    lines += [
        f"mount -t tmpfs -o size={one.quota},uid={UID},gid={UID},mode=755 tmpfs {shlex.quote(one.root)}"
        for one in accounts
        if one.quota is not None
    ]
    lines += [f"export LD_LIBRARY_PATH={shlex.quote(':'.join(libraries))}"]
    # There vsftpd says why it does not start.
    lines += ["exec 0<&1"]
    # Not in the place of the shell: vsftpd as the first process of all ends with its first visitor.
    lines += [f"{shlex.join(command)} &" for command in commands]
    lines += ["wait -n"]
    script = given.write("start.sh", *lines, mode=0o700)
    # All end with this program, even if that is killed.
    return [
        *("setpriv", "--pdeathsig", "KILL"),
        *("unshare", "--mount", "--propagation", "private"),
        *("--pid", "--fork", "--kill-child=KILL", "--mount-proc"),
        *("bash", script),
    ]


def pyftpdlib(given: Given) -> Launch:
    """Thirteen ports and 405 accounts in one process; the only one that needs no rights."""
    accounts = {
        "main": given.account("dms"),
        "quota": given.account("dms-quota", quota=QUOTA),
        "no-rename": given.account("dms-norename", denied="f"),
        "no-delete": given.account("dms-nodelete", denied="d"),
        "hangs": given.account("dms-hangs", hangs_after=64 * 1024),
    }
    fleet = [given.account(f"f{number:03}") for number in range(FLEET)]
    kinds: list[tuple[str, str, dict[str, Any]]] = [
        ("pyftpdlib-ftp", "ftp", {}),
        ("pyftpdlib-ftps", "ftps", {}),
        ("pyftpdlib-ftps-implicit", "ftps-implicit", {}),
        ("pyftpdlib-expired", "ftps", {"leaf": given.certificates.expired}),
        ("pyftpdlib-other-host", "ftps", {"leaf": given.certificates.other_host}),
        # Names a host nobody can reach as that of its data connections, and knows PASV alone.
        ("pyftpdlib-passive-lies", "ftp", {"passive_address": "192.0.2.1", "lacks": ["EPSV"]}),
        ("pyftpdlib-no-resume", "ftp", {"lacks": ["REST", "APPE"]}),
        # Of the oldest kind: tells no size.
        ("pyftpdlib-no-size", "ftp", {"lacks": ["SIZE", "MLST", "MLSD", "EPSV", "FEAT"]}),
        ("pyftpdlib-fleet", "ftps", {}),
        ("pyftpdlib-tls12", "ftps", {"newest": "1.2"}),
        # Its tickets continue nothing.
        ("pyftpdlib-tls13", "ftps", {"oldest": "1.3", "forgets": True}),
        # They want sessions continued, and keep none.
        ("pyftpdlib-forgets", "ftps", {"forgets": True, "wants_session": True}),
        (
            "pyftpdlib-forgets-tls13",
            "ftps",
            {"oldest": "1.3", "forgets": True, "wants_session": True},
        ),
    ]
    ports = free_ports(len(kinds))
    places = []
    settings = []
    for port, (name, protocol, more) in zip(ports, kinds, strict=True):
        leaf = more.pop("leaf", given.certificates.good)
        one = {"name": name, "protocol": protocol, "port": port}
        settings.append(one | more | {"certificate": str(leaf.certificate), "key": str(leaf.key)})
        resumes = "REST" not in more.get("lacks", [])
        places.append(Place(name, given.name, protocol, port, accounts, resumes=resumes))
    stats = str(given.home / "stats.json")
    known = {
        one.user: {key: value for key, value in asdict(one).items() if value is not None}
        for one in [*accounts.values(), *fleet]
    }
    config = given.write(
        "settings.json", json.dumps({"ports": settings, "accounts": known, "stats": stats})
    )
    script = str(Path(__file__).with_name("ftp_pyftpdlib.py"))
    more = {
        "stats": stats,
        "fleet": [{"user": one.user, "password": one.password, "root": one.root} for one in fleet],
    }
    return Launch([sys.executable, script, config], places, more=more)


def vsftpd(given: Given) -> Launch:
    """With its own idea of TLS: each data connection must continue the session of the control connection."""
    accounts = {"main": given.account("dms"), "quota": given.account("dms-quota", quota=QUOTA)}
    port = free_ports(1)[0]
    leaf = given.certificates.good
    config = given.write(
        "vsftpd.conf",
        "listen=YES",
        f"listen_address={HOST}",
        f"listen_port={port}",
        "background=NO",
        "anonymous_enable=NO",
        "local_enable=YES",
        "write_enable=YES",
        "local_umask=022",
        "chroot_local_user=YES",
        "allow_writeable_chroot=YES",
        "secure_chroot_dir=/run/empty",
        "pam_service_name=vsftpd",
        "seccomp_sandbox=NO",
        "delay_failed_login=0",
        "ssl_enable=YES",
        f"rsa_cert_file={leaf.certificate}",
        f"rsa_private_key_file={leaf.key}",
        f"vsftpd_log_file={given.home / 'vsftpd.log'}",
        "xferlog_enable=YES",
        "xferlog_std_format=NO",
        "log_ftp_protocol=YES",
    )
    places = [Place("vsftpd", given.name, "ftps", port, accounts)]
    command = [given.program("usr/sbin/vsftpd"), config]
    arguments = isolated(given, list(accounts.values()), [command])
    return Launch(arguments, places, hidden=[accounts["quota"]])


def proftpd(given: Given) -> Launch:
    """FTPS with mod_tls, once more with its defaults against changes, and SFTP with mod_sftp."""
    accounts = {"main": given.account("dms"), "quota": given.account("dms-quota", quota=QUOTA)}
    ports = free_ports(3)
    leaf = given.certificates.good
    users = given.write(
        "users",
        *(
            f"{one.user}:{crypted(one.password)}:{UID}:{UID}::{one.root}:/bin/sh"
            for one in accounts.values()
        ),
    )
    groups = given.write("groups", f"delivery:x:{UID}:")
    authorized = given.home / "authorized"
    authorized.mkdir()
    allowed = [key for name, key in given.keys.items() if name != "stranger"]
    for one in accounts.values():
        text = "".join(
            subprocess.run(
                ["ssh-keygen", "-e", "-f", f"{key.path}.pub"],
                check=True,
                capture_output=True,
                text=True,
            ).stdout
            for key in allowed
        )
        (authorized / one.user).write_text(text)
    host_keys = given.host_keys("ed25519", "rsa")
    login = [
        "AuthOrder mod_auth_file.c",
        f"AuthUserFile {users}",
        f"AuthGroupFile {groups}",
        "RequireValidShell off",
        "DefaultRoot ~",
        "Umask 022",
        "WtmpLog off",
    ]
    tls = [
        "TLSEngine on",
        "TLSRequired on",
        f"TLSLog {given.home / 'tls.log'}",
        f"TLSRSACertificateFile {leaf.certificate}",
        f"TLSRSACertificateKeyFile {leaf.key}",
    ]
    changes = ["AllowOverwrite on", "AllowStoreRestart on"]
    config = given.write(
        "proftpd.conf",
        f"ModulePath {given.program('usr/lib/proftpd')}",
        "LoadModule mod_tls.c",
        "LoadModule mod_sftp.c",
        "ServerType standalone",
        "UseIPv6 off",
        "UseReverseDNS off",
        f"DefaultAddress {HOST}",
        "SocketBindTight on",
        "MaxInstances 500",
        "User nobody",
        "Group nogroup",
        f"PidFile {given.home / 'pid'}",
        f"ScoreboardFile {given.home / 'scoreboard'}",
        f"SystemLog {given.home / 'system.log'}",
        "TransferLog none",
        f"Port {ports[0]}",
        *login,
        *tls,
        *changes,
        f"<VirtualHost {HOST}>",
        f"Port {ports[1]}",
        *login,
        *tls,
        "</VirtualHost>",
        f"<VirtualHost {HOST}>",
        f"Port {ports[2]}",
        *login,
        *changes,
        "SFTPEngine on",
        f"SFTPLog {given.home / 'sftp.log'}",
        *(f"SFTPHostKey {key.path}" for key in host_keys),
        "SFTPAuthMethods publickey password",
        f"SFTPAuthorizedUserKeys file:{authorized}/%u",
        "</VirtualHost>",
    )
    places = [
        Place("proftpd", given.name, "ftps", ports[0], accounts),
        Place(
            "proftpd-strict",
            given.name,
            "ftps",
            ports[1],
            accounts,
            resumes=False,
            overwrites=False,
        ),
        Place(
            "proftpd-sftp",
            given.name,
            "sftp",
            ports[2],
            accounts,
            host_keys=shown(host_keys),
            logins=["password", "key"],
        ),
    ]
    command = [given.program("usr/sbin/proftpd"), "-n", "-q", "-c", config]
    return Launch(
        isolated(given, list(accounts.values()), [command]), places, hidden=[accounts["quota"]]
    )


def pure_ftpd(given: Given) -> Launch:
    """Its accounts and their quotas stand in its own data base."""
    accounts = {"main": given.account("dms"), "quota": given.account("dms-quota")}
    users = str(given.home / "users")
    for one in accounts.values():
        # In megabytes.
        quota = ["-N", str(QUOTA >> 20)] if one.user == "dms-quota" else []
        subprocess.run(
            [
                *(given.program("usr/bin/pure-pw"), "useradd", one.user, "-f", users),
                *("-u", str(UID), "-g", str(UID), "-d", one.root, *quota),
            ],
            input=f"{one.password}\n{one.password}\n",
            text=True,
            check=True,
            capture_output=True,
        )
    accounts["quota"].quota = QUOTA
    data = str(given.home / "users.pdb")
    subprocess.run([given.program("usr/bin/pure-pw"), "mkdb", data, "-f", users], check=True)
    port = free_ports(1)[0]
    command = [
        *(given.program("usr/sbin/pure-ftpd"), "-S", f"{HOST},{port}", "-4", "-H", "-A", "-E"),
        *("-l", f"puredb:{data}", "-u", "1", "-Y", "3", "-2", str(given.certificates.good.both)),
        *("-c", "500", "-C", "500", "-g", str(given.home / "pid")),
    ]
    places = [Place("pure-ftpd", given.name, "ftps", port, accounts)]
    return Launch(isolated(given, [accounts["main"]], [command]), places)


def openssh(given: Given) -> Launch:
    """Ports that differ in what they want at the login: passwords or keys, the password asked for, two of these in a row."""
    accounts = {
        "main": given.account("dms"),
        "quota": given.account("dms-quota", quota=QUOTA),
        "no-rename": given.account("dms-norename"),
        # Without the extension that replaces a file at once.
        "plain": given.account("dms-plain"),
    }
    usual = given.host_keys("ed25519", "ecdsa")
    allowed = [key for name, key in given.keys.items() if name != "stranger"]
    authorized = given.write("authorized_keys", *(key.line for key in allowed), mode=0o644)
    program = given.program("usr/sbin/sshd")
    common = [
        f"ListenAddress {HOST}",
        f"AuthorizedKeysFile {authorized}",
        "StrictModes no",
        "MaxStartups 500",
        "MaxSessions 100",
        "PermitRootLogin no",
        "Subsystem sftp internal-sftp",
    ]
    if b"persourcepenalties" in Path(program).read_bytes():
        # Otherwise a few wrong passwords shut everybody on this machine out.
        common.append("PerSourcePenalties no")
    after = [
        "Match User dms-norename",
        "ForceCommand internal-sftp -P rename,posix-rename",
        "Match User dms-plain",
        "ForceCommand internal-sftp -P posix-rename,hardlink",
        "Match User *",
        "ForceCommand internal-sftp",
    ]
    asks = ["UsePAM yes", "PasswordAuthentication no", "KbdInteractiveAuthentication yes"]
    takes = ["UsePAM no", "PasswordAuthentication yes", "KbdInteractiveAuthentication no"]
    ways = {
        "openssh": (["password", "key"], usual, takes),
        # It has but an RSA key.
        "openssh-interactive": (
            ["keyboard-interactive"],
            given.host_keys("rsa"),
            [*asks, "PubkeyAuthentication no"],
        ),
        "openssh-key-password": (
            ["key, then password"],
            usual,
            [*takes, "AuthenticationMethods publickey,password"],
        ),
        "openssh-password-key": (
            ["password, then key"],
            usual,
            [*takes, "AuthenticationMethods password,publickey"],
        ),
        "openssh-key-interactive": (
            ["key, then keyboard-interactive"],
            usual,
            [*asks, "AuthenticationMethods publickey,keyboard-interactive"],
        ),
    }
    commands = []
    places = []
    for port, (name, (logins, host_keys, way)) in zip(
        free_ports(len(ways)), ways.items(), strict=True
    ):
        config = given.write(
            f"sshd_config.{name}",
            f"Port {port}",
            *(f"HostKey {key.path}" for key in host_keys),
            f"PidFile {given.home / f'pid.{name}'}",
            *common,
            *way,
            *after,
        )
        commands.append([program, "-D", "-e", "-f", config])
        one = Place(name, given.name, "sftp", port, accounts)
        one.host_keys = shown(host_keys)
        one.logins = logins
        places.append(one)
    return Launch(
        isolated(given, list(accounts.values()), commands), places, hidden=[accounts["quota"]]
    )


KINDS: dict[str, Callable[[Given], Launch]] = {
    "pyftpdlib": pyftpdlib,
    "vsftpd": vsftpd,
    "proftpd": proftpd,
    "pure-ftpd": pure_ftpd,
    "openssh": openssh,
}
