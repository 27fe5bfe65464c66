//! What holds for whatever an FTP server says.

use qlower_client::ftp::fuzzing::{Understood, replies};

/// What a server's words may hold, and no text of ours.
const HIDDEN: &str = "SENTINEL";

/// Reads bytes as the replies of an FTP server: at once, and in pieces.
///
/// # Errors
/// Says which property does not hold.
pub fn ftp_replies(input: &[u8]) -> Result<(), String> {
    let (at_once, fault) = replies([input]);
    // A network delivers in pieces of any size.
    let size = 1 + input.iter().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add((*byte).into())) % 64;
    if replies(input.chunks(size)) != (at_once.clone(), fault) {
        return Err(format!("in pieces of {size} bytes it is understood otherwise"));
    }
    // A line that does not end is no reply yet.
    let whole = input.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    if fault.is_none() && replies([input.get(..whole).unwrap_or_default()]).0 != at_once {
        return Err("what comes after the last line break is part of a reply".to_owned());
    }
    let characters = String::from_utf8_lossy(input).chars().count();
    if at_once.iter().map(|reply| reply.length).sum::<usize>() > characters {
        return Err("the replies are more than was said".to_owned());
    }
    at_once.iter().try_for_each(|reply| sound(reply, &String::from_utf8_lossy(input)))
}

fn sound(reply: &Understood, said: &str) -> Result<(), String> {
    if !(100..=699).contains(&reply.code) || reply.length < 4 {
        return Err(format!("it is no reply: {reply:?}"));
    }
    if reply.extended_port == Some(0) || reply.classic_port == Some(0) {
        return Err("port 0".to_owned());
    }
    if let Some(port) = reply.extended_port
        && !said.contains(&port.to_string())
    {
        return Err(format!("nobody said port {port}"));
    }
    if let Some(size) = reply.size
        && !said.contains(&size.to_string())
    {
        return Err(format!("nobody said {size} bytes"));
    }
    if reply.folder.as_ref().is_some_and(|folder| folder.contains(['\r', '\n', '\0'])) {
        return Err("a folder with a line break: it would begin a command".to_owned());
    }
    let told = reply.told.iter();
    match told.clone().find(|text| text.is_empty() || text.contains(HIDDEN) || text.contains(char::is_control)) {
        Some(text) => Err(format!("the message is none, or has the server's words: {text:?}")),
        None => Ok(()),
    }
}

/// Conversations as servers lead them.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    [
        "220-SENTINEL FTP\r\n220-second line\r\n 220 not yet\r\n220 ready\r\n331 Password for SENTINEL\r\n230 In\r\n",
        "211-Features:\r\n EPSV\r\n MLST type*;size*;\r\n REST STREAM\r\n SIZE\r\n UTF8\r\n211 End\r\n200 ok\r\n",
        "257 \"/srv/\"\"SENTINEL\"\"\" is the current directory\r\n250 changed\r\n550 SENTINEL: no such file\r\n",
        "229 Entering Extended Passive Mode (|||6446|)\r\n150 ok\r\n226 done\r\n229 ok (!!!65535!)\r\n229 (|1|h|1|)\r\n",
        "227 Entering Passive Mode (127,0,0,1,25,46).\r\n227 =10,0,0,1,255,255\r\n227 1,2,3,4,0,0\r\n227 ,,,,,\r\n",
        "213 18446744073709551615\r\n213 20260805084218.123\r\n213  007 \r\n213 -1\r\n",
        "421 Too many connections (SENTINEL)\r\n425 TLS session reuse required\r\n522 SENTINEL\r\n552 quota\r\n431 x\r\n",
        "530 Login incorrect: maximum number of clients\r\n430 x\r\n332 account\r\n534 x\r\n553 x\r\n504 x\r\n699 x\n",
        "SSH-2.0-OpenSSH_9.6\r\n",
        "200\r\n200-\r\n200 \n250-a\n250",
    ]
    .map(|text| text.as_bytes().to_vec())
    .into()
}
