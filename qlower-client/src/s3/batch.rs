//! Uploading what was written to a folder.

use std::fs::File;
use std::sync::Arc;

use super::upload::{Cargo, UploadProgress};
use crate::client::Client;
use crate::error::{Error, FileError};
use crate::receipt::{Object, Receipt};
use crate::writer::Batch;

/// Uploads of batches (feature `s3`).
impl Client {
    /// Uploads the files of a batch that are not yet noted as uploaded, one after the other, and notes each on the disk once it is in
    /// the bucket.
    ///
    /// After a crash, at whatever moment, [`Batch::open`] and another call finish the job without a second copy: what is noted is
    /// not uploaded again; what was uploaded but not noted any more is recognised, by its key or, if Qlower has moved it meanwhile,
    /// by a look at where it moves it to. That look needs permission to list; without it, such a file is loaded a second time, which
    /// creates nothing.
    ///
    /// # Errors
    /// As [`upload`](Self::upload); what was uploaded before is noted. A file that is no longer what was written is not uploaded.
    pub async fn upload_batch(&self, batch: &mut Batch) -> Result<Vec<Receipt<Object>>, Error> {
        self.upload_batch_with(batch, |_, _| {}).await
    }

    /// Like [`upload_batch`](Self::upload_batch), and tells how far the upload of each file, counted from 0 among those of this call,
    /// has come.
    ///
    /// # Errors
    /// As [`upload_batch`](Self::upload_batch).
    pub async fn upload_batch_with(
        &self,
        batch: &mut Batch,
        progress: impl Fn(usize, UploadProgress) + Send + Sync,
    ) -> Result<Vec<Receipt<Object>>, Error> {
        let files: Vec<_> = batch.pending().cloned().collect();
        let mut receipts = Vec::new();
        for (number, file) in files.iter().enumerate() {
            self.guard_header(file.partner(), None)?;
            let open =
                File::open(file.path()).map_err(|error| Error::local(FileError::new("open", file.path(), error)))?;
            let cargo = Cargo { resume: batch.is_reopened(), ..Cargo::file(file, Arc::new(open)) };
            let tell = |seen| progress(number, seen);
            let receipt = self.deliver(cargo, Some(&tell)).await?;
            let noted = serde_json::to_value(&receipt)
                .map_err(|error| Error::local(FileError::new("write", file.path(), error.into())))?;
            batch.record(file, noted).await?;
            receipts.push(receipt);
        }
        Ok(receipts)
    }
}
