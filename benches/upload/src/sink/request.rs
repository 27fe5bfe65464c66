//! Reading requests of HTTP/1.1.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Read};

const LONGEST_HEAD: u64 = 64 * 1024;
const LONGEST_LINE: u64 = 8 * 1024;

/// All of a request but its body.
pub(crate) struct Head {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: BTreeMap<String, String>,
    headers: BTreeMap<String, String>,
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

impl Head {
    /// Reads the next request's head, or nothing if no more come.
    pub(crate) fn read(reader: &mut impl BufRead) -> io::Result<Option<Self>> {
        let mut reader = reader.take(LONGEST_HEAD);
        let mut first = String::new();
        if reader.read_line(&mut first)? == 0 {
            return Ok(None);
        }
        let mut words = first.split_whitespace();
        let (Some(method), Some(target)) = (words.next(), words.next()) else {
            return Err(invalid("this is no request line"));
        };
        let mut headers = BTreeMap::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').ok_or_else(|| invalid("this is no header"))?;
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let pair = |text: &str| {
            let (name, value) = text.split_once('=').unwrap_or((text, ""));
            (name.to_owned(), value.to_owned())
        };
        let query = query.split('&').filter(|text| !text.is_empty()).map(pair).collect();
        Ok(Some(Self { method: method.to_owned(), path: path.to_owned(), query, headers }))
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// Whether the body comes only after a `100 Continue`.
    pub(crate) fn waits_for_permission(&self) -> bool {
        self.header("expect").eq_ignore_ascii_case("100-continue")
    }

    /// Reads the body to its end: how many bytes of content are in it. Puts up to `limit` of them into `kept`.
    pub(crate) fn read_body(&self, reader: &mut impl BufRead, kept: &mut Vec<u8>, limit: usize) -> io::Result<u64> {
        if self.header("transfer-encoding").eq_ignore_ascii_case("chunked") {
            return self.read_content(&mut Chunked::new(reader), kept, limit);
        }
        let length = match self.header("content-length") {
            "" => 0,
            length => length.parse().map_err(|_| invalid("this is no length"))?,
        };
        let mut body = reader.take(length);
        let size = self.read_content(&mut body, kept, limit)?;
        if body.limit() == 0 { Ok(size) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    /// Content with a checksum behind it has the same framing once more, inside.
    fn read_content(&self, body: &mut impl BufRead, kept: &mut Vec<u8>, limit: usize) -> io::Result<u64> {
        if !self.header("content-encoding").contains("aws-chunked") {
            return drain(body, kept, limit);
        }
        let size = drain(&mut Chunked::new(&mut *body), kept, limit)?;
        match drain(body, &mut Vec::new(), 0)? {
            0 => Ok(size),
            _ => Err(invalid("there is more after the last chunk")),
        }
    }
}

fn drain(reader: &mut impl BufRead, kept: &mut Vec<u8>, limit: usize) -> io::Result<u64> {
    let mut size = 0;
    loop {
        let piece = reader.fill_buf()?;
        if piece.is_empty() {
            return Ok(size);
        }
        let room = limit.saturating_sub(kept.len()).min(piece.len());
        kept.extend_from_slice(piece.get(..room).unwrap_or_default());
        let read = piece.len();
        reader.consume(read);
        size += read as u64;
    }
}

/// The content of a body in chunks.
struct Chunked<R> {
    reader: R,
    /// Bytes of the present chunk that are still to come; none at its edge and after the last one.
    left: u64,
    state: State,
}

#[derive(PartialEq)]
enum State {
    First,
    Inside,
    Ended,
}

impl<R: BufRead> Chunked<R> {
    const fn new(reader: R) -> Self {
        Self { reader, left: 0, state: State::First }
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        (&mut self.reader).take(LONGEST_LINE).read_line(&mut line)?;
        if !line.ends_with("\r\n") {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        line.truncate(line.len() - 2);
        Ok(line)
    }

    /// Reads what is between two chunks, or after the last one.
    fn next_chunk(&mut self) -> io::Result<()> {
        if self.state == State::Inside && !self.line()?.is_empty() {
            return Err(invalid("a chunk is longer than it says"));
        }
        self.state = State::Inside;
        let line = self.line()?;
        let size = line.split(';').next().unwrap_or_default();
        self.left = u64::from_str_radix(size.trim(), 16).map_err(|_| invalid("this is no size of a chunk"))?;
        if self.left == 0 {
            while !self.line()?.is_empty() {}
            self.state = State::Ended;
        }
        Ok(())
    }
}

impl<R: BufRead> Read for Chunked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Chunked<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 && self.state != State::Ended {
            self.next_chunk()?;
        }
        if self.left == 0 {
            return Ok(&[]);
        }
        let piece = self.reader.fill_buf()?;
        if piece.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let here = usize::try_from(self.left).unwrap_or(usize::MAX).min(piece.len());
        Ok(piece.get(..here).unwrap_or_default())
    }

    fn consume(&mut self, read: usize) {
        self.reader.consume(read);
        self.left = self.left.saturating_sub(read as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(text: &str) -> io::Result<(u64, String, usize)> {
        let mut reader = text.as_bytes();
        let head = Head::read(&mut reader)?.unwrap();
        let mut kept = Vec::new();
        let size = head.read_body(&mut reader, &mut kept, 7)?;
        Ok((size, String::from_utf8(kept).unwrap(), reader.len()))
    }

    #[test]
    fn counts_the_content_and_stops_at_its_end() {
        let told = |size, kept: &str| (size, kept.to_owned(), 4);
        assert_eq!(request("PUT /b/k HTTP/1.1\r\n\r\nNEXT").unwrap(), told(0, ""));
        assert_eq!(request("PUT /b/k HTTP/1.1\r\nContent-Length: 9\r\n\r\n123456789NEXT").unwrap(), told(9, "1234567"));
        let chunked = "PUT /b/k HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
        assert_eq!(request(&format!("{chunked}3\r\nabc\r\n2\r\nde\r\n0\r\n\r\nNEXT")).unwrap(), told(5, "abcde"));
        let aws = "3;chunk-signature=f0\r\nabc\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n";
        let head = "PUT /b/k HTTP/1.1\r\nContent-Encoding: aws-chunked\r\n";
        assert_eq!(request(&format!("{head}Content-Length: {}\r\n\r\n{aws}NEXT", aws.len())).unwrap(), told(3, "abc"));
        let outer = format!("{:x}\r\n{aws}\r\n0\r\n\r\nNEXT", aws.len());
        assert_eq!(request(&format!("{head}Transfer-Encoding: chunked\r\n\r\n{outer}")).unwrap(), told(3, "abc"));
    }

    #[test]
    fn refuses_bodies_that_are_short_or_badly_framed() {
        let short = "PUT /b/k HTTP/1.1\r\nContent-Length: 9\r\n\r\n1234";
        assert_eq!(request(short).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        let chunked = "PUT /b/k HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
        for (body, kind) in [
            ("5\r\nabc", io::ErrorKind::UnexpectedEof),
            ("3\r\nabcd\r\n0\r\n\r\n", io::ErrorKind::InvalidData),
            ("3\r\nabc\r\n", io::ErrorKind::UnexpectedEof),
            ("3\r\nabc\r\n0\r\n", io::ErrorKind::UnexpectedEof),
            ("three\r\nabc\r\n0\r\n\r\n", io::ErrorKind::InvalidData),
        ] {
            assert_eq!(request(&format!("{chunked}{body}")).unwrap_err().kind(), kind, "{body:?}");
        }
    }
}
