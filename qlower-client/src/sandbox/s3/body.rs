//! Bodies on their way in and out.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};

use base64_simd::STANDARD;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::HeaderMap;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum as _, Crc32, Crc32c, Crc64Nvme, Md5, Sha1, Sha256};
use s3s::dto::{Checksum, StreamingBlob};
use s3s::{S3Result, TrailingHeaders, s3_error};
use tokio::sync::oneshot;

/// How much is set aside at once for a body that announces its length.
const FIRST_BYTES: usize = 8 * 1024 * 1024;

/// What is known of a body while it is read elsewhere.
#[derive(Debug, Default)]
pub(super) struct Tap {
    received: AtomicU64,
    asked_for: AtomicBool,
    gone: AtomicBool,
}

impl Tap {
    pub(super) fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    /// Whether anybody has begun to read: until then, a client that waits for "100 Continue" sends nothing.
    pub(super) fn asked_for(&self) -> bool {
        self.asked_for.load(Ordering::Relaxed)
    }

    /// Whether the client went away before the end.
    pub(super) fn gone(&self) -> bool {
        self.gone.load(Ordering::Relaxed)
    }

    /// Reads on until so many bytes have come, or to the end, and drops what it reads.
    pub(super) async fn drain(&self, body: &mut Incoming, until: u64) {
        self.asked_for.store(true, Ordering::Relaxed);
        while self.received() < until {
            match body.frame().await {
                Some(frame) => self.note(&frame),
                None => return,
            }
        }
    }

    fn note<E>(&self, frame: &Result<Frame<Bytes>, E>) {
        match frame {
            Ok(frame) => {
                let length = frame.data_ref().map_or(0, Bytes::len);
                self.received.fetch_add(length as u64, Ordering::Relaxed);
            }
            Err(_) => {
                self.gone.store(true, Ordering::Relaxed);
                // Nothing more will come.
                self.received.store(u64::MAX, Ordering::Relaxed);
            }
        }
    }
}

/// A body that tells how far it was read, and comes back when it is dropped.
pub(super) struct Tapped {
    body: Option<Incoming>,
    tap: Arc<Tap>,
    back: Option<oneshot::Sender<Incoming>>,
}

impl Tapped {
    pub(super) fn new(body: Incoming, tap: Arc<Tap>) -> (Self, oneshot::Receiver<Incoming>) {
        let (back, rest) = oneshot::channel();
        (Self { body: Some(body), tap, back: Some(back) }, rest)
    }
}

impl Body for Tapped {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let this = self.get_mut();
        this.tap.asked_for.store(true, Ordering::Relaxed);
        let Some(body) = &mut this.body else { return Poll::Ready(None) };
        let polled = Pin::new(body).poll_frame(cx);
        if let Poll::Ready(Some(frame)) = &polled {
            this.tap.note(frame);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

impl Drop for Tapped {
    fn drop(&mut self) {
        if let (Some(body), Some(back)) = (self.body.take(), self.back.take()) {
            let _ = back.send(body);
        }
    }
}

/// Pieces of an object on their way out.
pub(super) struct Pieces(pub(super) VecDeque<Bytes>);

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.pop_front().map(|piece| Ok(Frame::data(piece))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.iter().map(|piece| piece.len() as u64).sum())
    }
}

/// What a request says about its body, to be held against what comes.
pub(super) struct Expected<'e> {
    pub(super) limit: usize,
    pub(super) length: Option<i64>,
    pub(super) md5: Option<String>,
    pub(super) headers: &'e HeaderMap,
    pub(super) trailer: Option<&'e TrailingHeaders>,
}

/// A body that is what it was said to be.
pub(super) struct Received {
    pub(super) bytes: Bytes,
    pub(super) md5: [u8; 16],
    pub(super) checksum: Checksum,
}

/// Reads a body to its end, or refuses it.
pub(super) async fn receive(body: Option<StreamingBlob>, expected: Expected<'_>) -> S3Result<Received> {
    let announced = expected.length.and_then(|length| usize::try_from(length).ok());
    if announced.is_some_and(|length| length > expected.limit) {
        return Err(s3_error!(EntityTooLarge));
    }
    let mut bytes = BytesMut::with_capacity(announced.unwrap_or_default().min(FIRST_BYTES));
    let mut md5 = Md5::new();
    let mut sums = hasher(expected.headers);
    let mut body = body.map(s3s::Body::from).unwrap_or_default();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(refusal)?.into_data() else { continue };
        if bytes.len() + data.len() > expected.limit {
            return Err(s3_error!(EntityTooLarge));
        }
        md5.update(&data);
        sums.update(&data);
        bytes.extend_from_slice(&data);
    }
    if announced.is_some_and(|length| length != bytes.len()) {
        return Err(s3_error!(IncompleteBody));
    }
    let md5 = md5.finalize();
    if expected.md5.is_some_and(|expected| expected != STANDARD.encode_to_string(md5)) {
        return Err(s3_error!(BadDigest, "The Content-MD5 you specified did not match what we received."));
    }
    let checksum = sums.finalize();
    compare(&checksum, expected.headers, expected.trailer)?;
    Ok(Received { bytes: bytes.freeze(), md5, checksum })
}

/// Why a body could not be read.
fn refusal(error: s3s::StdError) -> s3s::S3Error {
    // The types of these are not public.
    let text = error.to_string();
    if text.contains("Sha256Mismatch") {
        let code = s3s::S3ErrorCode::Custom("XAmzContentSHA256Mismatch".into());
        let mut error = s3s::S3Error::with_message(
            code,
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        );
        error.set_status_code(hyper::StatusCode::BAD_REQUEST);
        error
    } else if text.contains("SignatureMismatch") {
        s3_error!(SignatureDoesNotMatch)
    } else {
        s3_error!(IncompleteBody)
    }
}

const SUMS: [&str; 5] = ["crc32", "crc32c", "sha1", "sha256", "crc64nvme"];

/// Computes what the request gives, in its head or in its trailer.
fn hasher(headers: &HeaderMap) -> ChecksumHasher {
    let trailer = headers.get("x-amz-trailer").and_then(|names| names.to_str().ok()).unwrap_or_default();
    let given = |sum: &str| {
        let name = format!("x-amz-checksum-{sum}");
        headers.contains_key(&name) || trailer.split(',').any(|other| other.trim().eq_ignore_ascii_case(&name))
    };
    ChecksumHasher {
        crc32: given("crc32").then(Crc32::new),
        crc32c: given("crc32c").then(Crc32c::new),
        sha1: given("sha1").then(Sha1::new),
        sha256: given("sha256").then(Sha256::new),
        crc64nvme: given("crc64nvme").then(Crc64Nvme::new),
    }
}

fn compare(computed: &Checksum, headers: &HeaderMap, trailer: Option<&TrailingHeaders>) -> S3Result<()> {
    let computed = [
        &computed.checksum_crc32,
        &computed.checksum_crc32c,
        &computed.checksum_sha1,
        &computed.checksum_sha256,
        &computed.checksum_crc64nvme,
    ];
    for (sum, computed) in SUMS.into_iter().zip(computed) {
        let Some(computed) = computed else { continue };
        let name = format!("x-amz-checksum-{sum}");
        let equals = |headers: &HeaderMap| headers.get(&name).map(|given| given.as_bytes() == computed.as_bytes());
        let in_trailer = trailer.and_then(|trailer| trailer.read(equals)).flatten();
        if equals(headers).or(in_trailer) != Some(true) {
            let sum = sum.to_uppercase();
            return Err(s3_error!(BadDigest, "The {sum} you specified did not match the calculated checksum."));
        }
    }
    Ok(())
}
