//! What holds for any file of known hosts.

use qlower_client::ftp::fuzzing::known_hosts as read;

const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";
const OTHER: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA6rWI3G1sz07DnfFlrouTcysQlj2P+jpNSOEWD9OJ3X";
/// Its name is hidden in the second of the inputs to start from.
const HASHED: &str = "|1|O33ESRMWPVkMYIwJ1Uw+n877jTo=|nuuC5vEqXlEZ/8BXQR7m619W6Ak= ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILIG2T/B0l0gaqj3puu510tu9N1OkQ4znY3LYuEm5zCF";

/// Reads bytes as a file of known hosts, and asks it for two hosts at the usual port and at another.
///
/// # Errors
/// Says which property does not hold.
pub fn known_hosts(input: &[u8]) -> Result<(), String> {
    let text = String::from_utf8_lossy(input);
    for (host, port) in [("ftp.example", 22), ("ftp.example", 2222), ("example.com", 22)] {
        asked(&text, host, port).map_err(|problem| format!("{host}:{port}: {problem}"))?;
    }
    Ok(())
}

fn asked(text: &str, host: &str, port: u16) -> Result<(), String> {
    let answer = read(text, host, port, KEY);
    let (line, shift) = match &answer {
        Ok((standing, line)) => (*line, Ok((*standing, line.map(|line| line + 1)))),
        Err((line, [english, french])) => {
            let named = line.is_none_or(|line| [english, french].iter().all(|text| text.contains(&line.to_string())));
            if english == french || !named || [english, french].iter().any(|text| text.contains(char::is_control)) {
                return Err(format!("the message is none: {english:?}, {french:?}"));
            }
            (*line, Err(line.map(|line| line + 1)))
        }
    };
    if line.is_some_and(|line| line == 0 || line > text.lines().count()) {
        return Err(format!("line {line:?} is none of the file"));
    }
    // Names of hosts have no case, and a comment changes nothing but the numbers of the lines after it.
    if read(text, &host.to_ascii_uppercase(), port, KEY) != answer {
        return Err("in capitals it is another host".to_owned());
    }
    let below = read(&format!("# {host} {OTHER}\n{text}"), host, port, KEY);
    if below.map_err(|(line, _)| line) != shift {
        return Err("a comment changes it".to_owned());
    }
    // Whoever revokes a key by a line that can be read is heard, whatever else the file says; and so is whoever gives one.
    let revoked = read(&format!("{text}\n@revoked * {KEY}"), host, port, KEY);
    if let Ok((standing, _)) = answer
        && !matches!(revoked, Ok(("revoked", Some(_))))
    {
        return Err(format!("revoked, a key that was {standing} is {revoked:?}"));
    }
    let pattern = if port == 22 { host.to_owned() } else { format!("[{host}]:{port}") };
    let given = read(&format!("{text}\n{pattern} {KEY}"), host, port, KEY);
    match (answer.as_ref().map(|answer| answer.0), given) {
        (Ok("revoked"), Ok(("revoked", _))) | (Ok("known" | "changed" | "unknown"), Ok(("known", _))) | (Err(_), _) => {
            Ok(())
        }
        (before, after) => Err(format!("given, a key that was {before:?} is {after:?}")),
    }
}

/// Files as people have them.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    [
        format!("# comment\n\nftp.example,10.0.0.1 {KEY} me@host\n[ftp.example]:2222 {OTHER}\n"),
        format!("{HASHED}\n*.example,!ftp.example {OTHER}\r\n@revoked * {OTHER}\n"),
        format!("@cert-authority *.example {OTHER}\n@revoked ftp.example {KEY}\n@unheard-of x {KEY}\n"),
        format!("FTP.Example ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAB\nf?p.e*e\t{KEY}\n|1|x|y {OTHER}\n"),
        "ftp.example\nftp.example ssh-ed25519\nftp.example ssh-ed25519 AAAA\n".to_owned(),
    ]
    .map(String::into_bytes)
    .into()
}
