//! The data connection of FTP: a file goes out, while the server may object on the control connection at any time.

use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use crate::ftp::control::{Control, Stream};
use crate::ftp::reply::Reply;
use crate::ftp::session::Taken;

/// Bytes that are read and handed over at once.
const CHUNK: usize = 64 * 1024;

/// How long a server may take to say why it closed a data connection.
const REASON: Duration = Duration::from_secs(5);

/// How a transfer ended.
pub(crate) enum Ended {
    /// All was handed over, and this is the reply.
    Replied(Reply),
    /// All was handed over, and no reply came.
    NoReply(io::Error),
    /// All was handed over, and no reply came in time.
    LateReply,
    /// The server replied before it had taken all.
    Early(Reply),
    /// The data connection broke, and the server has not said why.
    Broken(io::Error),
    /// The server took nothing for the time of the limit.
    Stalled,
    /// The content could not be read; and whether the server has answered what had gone out.
    Unread(io::Error, bool),
}

enum Copied {
    All,
    Early(io::Result<Reply>),
    Unread(io::Error),
    Broken(io::Error),
    Stalled,
}

/// Sends content on a data connection, closes it, and waits for the reply.
pub(crate) async fn send(
    control: &mut Control,
    mut data: Stream,
    from: u64,
    content: &mut (dyn AsyncRead + Send + Unpin),
    taken: Taken<'_>,
    limit: Duration,
) -> Ended {
    let copied = {
        let mut copying = pin!(copy(&mut data, from, content, taken, limit));
        let mut objection = pin!(control.next());
        poll_fn(|cx| match copying.as_mut().poll(cx) {
            Poll::Ready(copied) => Poll::Ready(copied),
            Poll::Pending => objection.as_mut().poll(cx).map(Copied::Early),
        })
        .await
    };
    match copied {
        Copied::All => close(control, data, limit).await,
        Copied::Early(Ok(reply)) => Ended::Early(reply),
        Copied::Early(Err(error)) => Ended::Broken(error),
        Copied::Broken(error) => {
            drop(data);
            reason(control).await.map_or(Ended::Broken(error), Ended::Early)
        }
        Copied::Stalled => Ended::Stalled,
        Copied::Unread(error) => {
            // Without the end that TLS knows of. For plain FTP there is no way to say that it was not all.
            drop(data);
            let answered = reason(control).await.is_some();
            Ended::Unread(error, answered)
        }
    }
}

/// What the server says after a data connection that broke.
pub(crate) async fn reason(control: &mut Control) -> Option<Reply> {
    timeout(REASON, control.next()).await.ok()?.ok()
}

async fn copy(
    data: &mut Stream,
    from: u64,
    content: &mut (dyn AsyncRead + Send + Unpin),
    taken: Taken<'_>,
    limit: Duration,
) -> Copied {
    let mut chunk = vec![0; CHUNK];
    let mut sent = from;
    loop {
        let mut rest = match content.read(&mut chunk).await {
            Ok(0) => break,
            Ok(read) => chunk.get(..read).unwrap_or_default(),
            Err(error) => return Copied::Unread(error),
        };
        while !rest.is_empty() {
            match timeout(limit, data.write(rest)).await {
                Ok(Ok(0)) => return Copied::Broken(io::ErrorKind::WriteZero.into()),
                Ok(Ok(written)) => {
                    rest = rest.get(written..).unwrap_or_default();
                    sent += written as u64;
                    taken(sent);
                }
                Ok(Err(error)) => return Copied::Broken(error),
                Err(_) => return Copied::Stalled,
            }
        }
    }
    match timeout(limit, data.flush()).await {
        Ok(Ok(())) => Copied::All,
        Ok(Err(error)) => Copied::Broken(error),
        Err(_) => Copied::Stalled,
    }
}

/// Says that this was all, and waits for the reply. Until it comes, the data connection is read: closing it with something unread, such
/// as tickets of TLS, would reset it, and what had not arrived would be lost.
async fn close(control: &mut Control, mut data: Stream, limit: Duration) -> Ended {
    let reply = {
        let mut closing = pin!(async {
            // If the server has closed it already, its reply tells more.
            let _ = data.shutdown().await;
            let mut rest = [0; 1024];
            while matches!(data.read(&mut rest).await, Ok(read) if read > 0) {}
        });
        let mut closed = false;
        let mut replied = pin!(timeout(limit, control.next()));
        poll_fn(|cx| {
            closed = closed || closing.as_mut().poll(cx).is_ready();
            replied.as_mut().poll(cx)
        })
        .await
    };
    match reply {
        Ok(Ok(reply)) => Ended::Replied(reply),
        Ok(Err(error)) => Ended::NoReply(error),
        Err(_) => Ended::LateReply,
    }
}
