//! Rows on their way into a writer: while some are checked and written, the next are being encoded.

use qlower_client::{Error, ErrorKind};
use qlower_core::CheckOptions;
use qlower_core::check::Refused;
use qlower_core::model::Section;
use tokio::sync::{mpsc, oneshot};

use super::kind::Writer;
use crate::arrow;

/// Rows of a chunk: enough that handing it over costs nothing, and few enough that memory stays small.
pub(super) const CHUNK: usize = 2048;

/// Items as JSON.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    pub(super) text: Vec<u8>,
    /// Where each of them begins.
    pub(super) starts: Vec<usize>,
    /// How many bytes stand between each two.
    pub(super) gap: usize,
    /// The row of the first, counted from 0.
    pub(super) first: u64,
}

impl Chunk {
    fn items(&self) -> impl Iterator<Item = &[u8]> {
        let ends = self.starts.iter().skip(1).map(|next| next.saturating_sub(self.gap)).chain([self.text.len()]);
        self.starts.iter().zip(ends).map(|(start, end)| self.text.get(*start..end).unwrap_or_default())
    }
}

/// What became of the rows.
pub(super) struct Drained {
    pub(super) writer: Writer,
    /// Rows with an error: they were not taken, and the others were.
    pub(super) refused: Refused,
    /// The row at which it ended before all were seen, and why.
    pub(super) failure: Option<(u64, Error)>,
}

/// Pushes items until there are no more, one cannot be placed, or it is told to stop.
pub(super) async fn drain(
    mut writer: Writer,
    section: Section,
    options: CheckOptions,
    mut chunks: mpsc::Receiver<Chunk>,
    mut stop: oneshot::Receiver<()>,
) -> Drained {
    let mut refused = Refused::new(section, &options);
    let mut failure = None;
    'chunks: while let Some(chunk) = tokio::select! { biased; _ = &mut stop => None, chunk = chunks.recv() => chunk } {
        for (row, text) in (chunk.first..).zip(chunk.items()) {
            let pushed = tokio::select! {
                biased;
                pushed = writer.push(section, text) => pushed,
                _ = &mut stop => break 'chunks,
            };
            let Err(error) = pushed else { continue };
            match error.kind() {
                ErrorKind::Item(found) => refused.add(row, found),
                _ => {
                    failure = Some((row, error));
                    break 'chunks;
                }
            }
        }
    }
    Drained { writer, refused, failure }
}

/// Encodes the rows of a table for as long as somebody takes them. Blocks.
pub(super) fn produce(
    mut source: arrow::Source,
    plan: &arrow::Plan,
    chunks: &mpsc::Sender<Chunk>,
) -> Result<(), arrow::Fault> {
    let mut first = 0;
    while let Some(batch) = source.next()? {
        let rows = plan.bind(&batch)?;
        for from in (0..rows.len()).step_by(CHUNK) {
            let range = from..rows.len().min(from + CHUNK);
            let length = range.len() as u64;
            let mut chunk = Chunk { first, gap: 1, ..Chunk::default() };
            rows.write(range, &mut chunk.text, Some(&mut chunk.starts));
            if chunks.blocking_send(chunk).is_err() {
                return Ok(());
            }
            first += length;
        }
    }
    Ok(())
}
