//! A writer to whatever takes its files, and what it gives in the end.

use qlower_client::core::Report;
use qlower_client::writer::{Document, Folder, Stream};
use qlower_client::{Batch, Error, Object, PayloadFile, PayloadWriter, Receipt, S3Sink};
use qlower_core::model::Section;

use super::disk::Disk;

/// By where files go.
pub(crate) enum Writer {
    Folder(Box<PayloadWriter<Folder>>),
    File(Box<PayloadWriter<Stream<Disk>>>),
    S3(Box<PayloadWriter<S3Sink>>),
}

/// What is known of a file that was handed on.
#[derive(Clone)]
pub(super) enum Kept {
    File(PayloadFile),
    Document(Document),
    Object(Receipt<Object>),
}

/// What finishing gives besides the report and the receipts.
pub(super) enum Output {
    Batch(Batch),
    Disk(Disk),
    Nothing,
}

macro_rules! each {
    ($writer:expr, $inner:pat => $work:expr) => {
        match $writer {
            Writer::Folder($inner) => $work,
            Writer::File($inner) => $work,
            Writer::S3($inner) => $work,
        }
    };
}

impl Writer {
    pub(super) async fn push(&mut self, section: Section, text: &[u8]) -> Result<(), Error> {
        each!(self, writer => writer.push_json(section, text).await)
    }

    pub(super) fn pushed(&self, section: Section) -> u64 {
        each!(self, writer => writer.pushed(section))
    }

    pub(super) fn index_bytes(&self) -> usize {
        each!(self, writer => writer.index_bytes())
    }

    /// What is known of the files that were handed on, but for the first so many. Uploads tell of themselves.
    pub(super) fn receipts_from(&self, first: usize) -> Vec<Kept> {
        match self {
            Self::Folder(writer) => writer.receipts().iter().skip(first).cloned().map(Kept::File).collect(),
            Self::File(writer) => writer.receipts().iter().skip(first).cloned().map(Kept::Document).collect(),
            Self::S3(_) => Vec::new(),
        }
    }

    pub(super) async fn finish(self) -> Result<(Report, Vec<Kept>, Output), Error> {
        Ok(match self {
            Self::Folder(writer) => {
                let written = writer.finish().await?;
                let receipts = written.receipts.into_iter().map(Kept::File).collect();
                (written.report, receipts, Output::Batch(written.output))
            }
            Self::File(writer) => {
                let written = writer.finish().await?;
                let receipts = written.receipts.into_iter().map(Kept::Document).collect();
                (written.report, receipts, Output::Disk(written.output))
            }
            Self::S3(writer) => {
                let written = writer.finish().await?;
                (written.report, written.receipts.into_iter().map(Kept::Object).collect(), Output::Nothing)
            }
        })
    }

    pub(super) async fn discard(self) {
        each!(self, writer => writer.discard().await);
    }
}
