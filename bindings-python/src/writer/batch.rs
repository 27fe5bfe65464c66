//! Finished files in a folder, for `qlower.Batch` and `qlower.PayloadFile`.

use std::path::PathBuf;
use std::sync::Arc;

use pyo3::prelude::*;
use qlower_client::{Batch, Object, PayloadFile, Receipt};
use tokio::sync::{Mutex, MutexGuard, mpsc};

use super::failed;
use crate::guard::guard;
use crate::{client, errors, job, sending};

/// What `qlower.PayloadFile` stands on.
#[pyclass(frozen, module = "qlower._native", name = "PayloadFile")]
struct FileHandle(PayloadFile);

#[pymethods]
impl FileHandle {
    #[getter]
    fn path(&self) -> PathBuf {
        self.0.path().to_owned()
    }

    #[getter]
    fn size(&self) -> u64 {
        self.0.size()
    }

    #[getter]
    fn sha256(&self) -> String {
        self.0.sha256_hex()
    }

    #[getter]
    fn partner(&self) -> &str {
        self.0.partner()
    }

    #[getter]
    fn created_at(&self) -> String {
        self.0.created_at().to_rfc3339()
    }

    #[getter]
    fn items(&self) -> u64 {
        self.0.items()
    }

    #[getter]
    fn object_key(&self) -> String {
        self.0.object_key()
    }
}

/// The `qlower.PayloadFile` of a file.
pub(super) fn wrap_file(py: Python<'_>, file: PayloadFile) -> PyResult<Py<PyAny>> {
    let class = py.import("qlower._batch")?.getattr("PayloadFile")?;
    class.call_method1("_of", (FileHandle(file),)).map(Bound::unbind)
}

/// The file that a `qlower.PayloadFile` is; `None` of anything else.
pub(crate) fn file_of(object: &Bound<'_, PyAny>) -> PyResult<Option<PayloadFile>> {
    let Some(handle) = object.getattr_opt("_file")? else { return Ok(None) };
    Ok(handle.cast::<FileHandle>().ok().map(|handle| handle.get().0.clone()))
}

/// What `qlower.Batch` stands on.
#[pyclass(frozen, module = "qlower._native", name = "Batch")]
struct Handle {
    folder: PathBuf,
    files: Vec<PayloadFile>,
    /// `None` once it was removed.
    batch: Arc<Mutex<Option<Batch>>>,
}

/// The `qlower.Batch` of a batch.
pub(super) fn wrap(py: Python<'_>, batch: Batch) -> PyResult<Py<PyAny>> {
    let class = py.import("qlower._batch")?.getattr("Batch")?;
    class.call_method1("_of", (Handle::new(batch),)).map(Bound::unbind)
}

impl Handle {
    fn new(batch: Batch) -> Self {
        let (folder, files) = (batch.folder().to_owned(), batch.files().to_vec());
        Self { folder, files, batch: Arc::new(Mutex::new(Some(batch))) }
    }

    fn held<'a>(&'a self, py: Python<'_>) -> PyResult<MutexGuard<'a, Option<Batch>>> {
        self.batch.try_lock().map_err(|_| errors::raise(py, "batch", "the batch is being uploaded just now", None))
    }

    fn look<T>(&self, py: Python<'_>, look: impl FnOnce(&Batch) -> PyResult<T>) -> PyResult<T> {
        guard(py, || look(self.held(py)?.as_ref().ok_or_else(|| removed(py))?))
    }
}

fn removed(py: Python<'_>) -> PyErr {
    errors::raise(py, "batch", "the batch was removed", None)
}

fn wrap_files<'a>(py: Python<'_>, files: impl Iterator<Item = &'a PayloadFile>) -> PyResult<Vec<Py<PyAny>>> {
    files.map(|file| wrap_file(py, file.clone())).collect()
}

#[pymethods]
impl Handle {
    #[staticmethod]
    fn open(py: Python<'_>, folder: PathBuf) -> PyResult<Self> {
        guard(py, || {
            let opened = job::wait(py, Batch::open(folder))?;
            opened.map(Self::new).map_err(|error| failed(py, &error))
        })
    }

    #[getter]
    fn folder(&self) -> PathBuf {
        self.folder.clone()
    }

    #[getter]
    fn files(&self, py: Python<'_>) -> PyResult<Vec<Py<PyAny>>> {
        guard(py, || wrap_files(py, self.files.iter()))
    }

    #[getter]
    fn pending(&self, py: Python<'_>) -> PyResult<Vec<Py<PyAny>>> {
        self.look(py, |batch| wrap_files(py, batch.pending()))
    }

    #[getter]
    fn uploaded(&self, py: Python<'_>) -> PyResult<Vec<Py<PyAny>>> {
        self.look(py, |batch| wrap_files(py, batch.uploaded()))
    }

    fn receipt<'py>(&self, file: &Bound<'py, FileHandle>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = file.py();
        self.look(py, |batch| {
            let Some(noted) = batch.receipt(&file.get().0) else { return Ok(None) };
            let receipt: Receipt<Object> = serde_json::from_value(noted.clone())
                .map_err(|_| errors::raise(py, "batch", "what was noted of the upload cannot be read", None))?;
            sending::object(py, &receipt).map(Some)
        })
    }

    fn verify(&self, py: Python<'_>) -> PyResult<()> {
        guard(py, || {
            let held = self.held(py)?;
            let batch = held.as_ref().ok_or_else(|| removed(py))?;
            job::wait_here(py, batch.verify())?.map_err(|error| failed(py, &error))
        })
    }

    fn remove(&self, py: Python<'_>) -> PyResult<()> {
        guard(py, || {
            let batch = self.held(py)?.take().ok_or_else(|| removed(py))?;
            job::wait(py, batch.remove())?.map_err(|error| failed(py, &error))
        })
    }

    /// Uploads what is not uploaded yet.
    fn upload(
        &self,
        py: Python<'_>,
        client: PyRef<'_, client::Handle>,
        on_progress: Option<Py<PyAny>>,
        background: bool,
    ) -> PyResult<Py<PyAny>> {
        guard(py, || {
            drop(self.held(py)?);
            let (client, batch) = (client.client(py)?, Arc::clone(&self.batch));
            let uploaded = async move {
                let (stop, mut stopped) = mpsc::unbounded_channel();
                let mut held = batch.lock().await;
                let Some(batch) = held.as_mut() else { return Ok(None) };
                let progress = |file: usize, progress: qlower_client::UploadProgress| {
                    let Some(callback) = &on_progress else { return };
                    let told = tokio::task::block_in_place(|| {
                        crate::interpreter::call(|py| {
                            callback.call1(py, (file, progress.done(), progress.total())).map(drop)
                        })
                    });
                    if let Some(Err(error)) = told {
                        // Nobody listens any more once another error has ended it.
                        let _ = stop.send(error);
                    }
                };
                tokio::select! {
                    biased;
                    Some(error) = stopped.recv() => Err(error),
                    done = client.upload_batch_with(batch, progress) => stopped.try_recv().map_or(Ok(Some(done)), Err),
                }
            };
            client::run(py, background, uploaded, |py, uploaded: PyResult<_>| {
                let receipts = uploaded?.ok_or_else(|| removed(py))?.map_err(|error| failed(py, &error))?;
                let receipts: Vec<_> =
                    receipts.iter().map(|receipt| sending::object(py, receipt)).collect::<PyResult<_>>()?;
                Ok(receipts.into_pyobject(py)?.into_any().unbind())
            })
        })
    }
}

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<FileHandle>()?;
    module.add_class::<Handle>()
}
