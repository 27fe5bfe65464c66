//! Payloads of any size, for `qlower.PayloadWriter`.

mod batch;
mod disk;
mod feed;
mod kind;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::{PyException, PyTypeError, PyValueError};
use pyo3::prelude::*;
use qlower_client::{CheckOptions, Error, ErrorKind, Object, PayloadWriter, Receipt, References, S3Sink};
use qlower_core::model::{Model, Section};
use tokio::sync::{mpsc, oneshot};

pub(crate) use self::batch::file_of;
use self::disk::Disk;
use self::feed::{CHUNK, Chunk, Drained};
use self::kind::{Kept, Output, Writer};
use crate::encode::{self, Given, Reader};
use crate::guard::guard;
use crate::origins::{Columns, Origins};
use crate::source::Options;
use crate::{arrow, client, errors, job, logging, report, runtime, sending};

/// Report, receipts and output of `qlower.Written`.
type Written = (Py<PyAny>, Vec<Py<PyAny>>, Py<PyAny>);

/// What a callback raised, until the program can be told.
type Raised = Arc<Mutex<Option<PyErr>>>;

/// What `qlower.PayloadWriter` stands on. It belongs to the process that made it.
#[pyclass(frozen, module = "qlower._native", name = "PayloadWriter")]
struct Handle {
    state: Mutex<State>,
    raised: Raised,
    options: CheckOptions,
    process: u32,
}

enum State {
    Open(Writer),
    /// Another thread writes.
    Busy,
    Closed,
}

/// An error of the client, with the report if it is about one.
fn failed(py: Python<'_>, error: &Error) -> PyErr {
    match error.kind() {
        ErrorKind::Validation(invalid) => report::validation_error(py, invalid.report().clone(), None),
        ErrorKind::Item(item) => report::validation_error(py, item.report().clone(), None),
        _ => errors::client(py, error),
    }
}

/// A file that the system would not make or name.
fn unwritable(py: Python<'_>, path: &std::path::Path, error: std::io::Error) -> PyErr {
    let attributes = pyo3::types::PyDict::new(py);
    let raised = match attributes.set_item("path", path.display().to_string()) {
        Ok(()) => errors::raise(py, "file", &format!("could not write {}", path.display()), Some(&attributes)),
        Err(error) => error,
    };
    raised.set_cause(py, Some(error.into()));
    raised
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Handle {
    fn base(py: Python<'_>, message: &str) -> PyErr {
        errors::raise(py, "writer", message, None)
    }

    fn take(&self, py: Python<'_>) -> PyResult<Writer> {
        if self.process != std::process::id() {
            return Err(Self::base(py, "the writer belongs to the process that made it, not to its children"));
        }
        let mut state = lock(&self.state);
        match std::mem::replace(&mut *state, State::Busy) {
            State::Open(writer) => Ok(writer),
            State::Busy => Err(Self::base(py, "another thread is writing: one at a time")),
            State::Closed => {
                *state = State::Closed;
                Err(Self::base(py, "the writer is closed"))
            }
        }
    }

    fn put_back(&self, writer: Writer) {
        *lock(&self.state) = State::Open(writer);
    }

    fn look<T>(&self, py: Python<'_>, look: impl FnOnce(&Writer) -> PyResult<T>) -> PyResult<T> {
        let writer = self.take(py)?;
        let seen = look(&writer);
        self.put_back(writer);
        seen
    }

    /// What a callback raised meanwhile comes before anything else.
    fn told<T>(&self, result: PyResult<T>) -> PyResult<T> {
        match lock(&self.raised).take() {
            Some(raised) => Err(raised),
            None => result,
        }
    }
}

#[pymethods]
impl Handle {
    #[new]
    #[pyo3(signature = (partner, api_key, created_at, folder, file, client, max_bytes, max_items, references, spool_dir,
        strict, today, max_findings, resume, on_file))]
    #[expect(clippy::too_many_arguments, reason = "one for each keyword of the class")]
    fn new(
        py: Python<'_>,
        partner: String,
        api_key: String,
        created_at: Option<String>,
        folder: Option<PathBuf>,
        file: Option<PathBuf>,
        client: Option<PyRef<'_, client::Handle>>,
        max_bytes: Option<u64>,
        max_items: Option<u64>,
        references: &str,
        spool_dir: Option<PathBuf>,
        strict: bool,
        today: Option<&Bound<'_, PyAny>>,
        max_findings: Option<usize>,
        resume: bool,
        on_file: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        guard(py, || {
            logging::look(py);
            let handle = runtime::handle(py)?;
            let options = Options::new(strict, today, max_findings, Some(1))?.check;
            let kept = options.clone();
            let mut builder = match created_at {
                Some(created_at) => PayloadWriter::builder(partner, api_key, created_at),
                None => PayloadWriter::created_now(partner, api_key),
            };
            builder = builder.check_options(options).references(match references {
                "deferred" => References::Deferred,
                "loaded_before" => References::LoadedBefore,
                _ => return Err(errors::config(py, "references", "must be \"deferred\" or \"loaded_before\"")),
            });
            if let Some(limit) = max_bytes {
                builder = builder.max_bytes(limit);
            }
            if let Some(limit) = max_items {
                builder = builder.max_items(limit);
            }
            if let Some(folder) = spool_dir {
                builder = builder.spool_dir(folder);
            }
            let raised = Raised::default();
            let writer = match (folder, file, client) {
                (Some(folder), None, None) => {
                    let opened = job::wait(py, async move { builder.folder(folder).await })?;
                    Writer::Folder(Box::new(opened.map_err(|error| failed(py, &error))?))
                }
                (None, Some(path), None) => {
                    let disk = Disk::create(path.clone()).map_err(|error| unwritable(py, &path, error))?;
                    Writer::File(Box::new(builder.stream(disk).map_err(|error| failed(py, &error))?))
                }
                (None, None, Some(client)) => {
                    let mut sink = S3Sink::from(&client.client(py)?);
                    if resume {
                        sink = sink.resume();
                    }
                    if let Some(callback) = on_file {
                        let raised = Arc::clone(&raised);
                        sink = sink.on_file(move |receipt| tell(&callback, receipt, &raised));
                    }
                    let _within = handle.enter();
                    Writer::S3(Box::new(builder.s3(sink).map_err(|error| failed(py, &error))?))
                }
                _ => return Err(PyTypeError::new_err("exactly one of folder, file and s3 says where files go")),
            };
            let state = Mutex::new(State::Open(writer));
            Ok(Self { state, raised, options: kept, process: std::process::id() })
        })
    }

    /// Pushes one item.
    fn write(&self, section: &str, item: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = item.py();
        guard(py, || {
            let section = named(section)?;
            let mut text = Vec::new();
            if !encode::object(table(section), item, &mut text)? {
                let kind = item.get_type();
                return Err(PyTypeError::new_err(format!(
                    "expected an item of {}, not {}",
                    section.as_str(),
                    kind.name()?
                )));
            }
            let mut writer = self.take(py)?;
            // Dropped before it is done, it has taken the item or not; the writer is sound either way.
            let pushed = job::wait_here(py, writer.push(section, &text));
            self.put_back(writer);
            self.told(pushed?.map_err(|error| failed(py, &error)))
        })
    }

    /// Pushes rows. What is wrong with any of them is told at the end, when the others were taken.
    fn write_rows(&self, section: &str, rows: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = rows.py();
        guard(py, || {
            logging::look(py);
            let section = named(section)?;
            let given = Given::of(rows)?;
            let mut feed = match arrow::Source::open(&given.data)? {
                Some(source) => {
                    let plan = source.plan(table(section), &given.rename).map_err(|fault| fault.raise(py))?;
                    Feed::Table(Some((source, plan)))
                }
                None => match Reader::open(section, rows)? {
                    Some(reader) => Feed::Objects(Box::new(reader)),
                    None => return Err(PyTypeError::new_err("expected rows: an iterable of items, or a table")),
                },
            };
            let writer = self.take(py)?;
            let (drained, columns, fed) = pump(py, writer, section, self.options.clone(), &mut feed)?;
            let Drained { writer, refused, failure } = drained;
            self.put_back(writer);
            let told = match (fed, failure) {
                (Err(raised), _) => Err(raised),
                (Ok(()), Some((row, error))) => {
                    let raised = failed(py, &error);
                    raised.value(py).setattr("row", row)?;
                    if refused.items() > 0 {
                        let found = report::wrap(py, refused.into_report(), Some(origins(section, columns)))?;
                        raised.value(py).setattr("report", found)?;
                    }
                    Err(raised)
                }
                (Ok(()), None) if refused.items() > 0 => {
                    Err(report::validation_error(py, refused.into_report(), Some(origins(section, columns))))
                }
                (Ok(()), None) => Ok(()),
            };
            self.told(told)
        })
    }

    fn pushed(&self, py: Python<'_>, section: &str) -> PyResult<u64> {
        guard(py, || {
            let section = named(section)?;
            self.look(py, |writer| Ok(writer.pushed(section)))
        })
    }

    #[getter]
    fn index_bytes(&self, py: Python<'_>) -> PyResult<usize> {
        guard(py, || self.look(py, |writer| Ok(writer.index_bytes())))
    }

    #[getter]
    fn receipts(&self, py: Python<'_>) -> PyResult<Vec<Py<PyAny>>> {
        guard(py, || self.look(py, |writer| receipts(py, writer.receipts(), None)))
    }

    /// Report, receipts, and the batch or the file's path.
    fn finish(&self, py: Python<'_>) -> PyResult<Written> {
        guard(py, || {
            logging::look(py);
            let writer = self.take(py)?;
            *lock(&self.state) = State::Closed;
            let finished = job::wait(py, writer.finish())?.map_err(|error| failed(py, &error));
            let (found, kept, output) = self.told(finished)?;
            let mut at = None;
            let output = match output {
                Output::Batch(batch) => batch::wrap(py, batch)?,
                Output::Disk(disk) => {
                    let path = disk.path().to_owned();
                    let named = py.detach(|| disk.keep()).map_err(|error| unwritable(py, &path, error))?;
                    at = Some(named.clone());
                    named.into_pyobject(py)?.into_any().unbind()
                }
                Output::Nothing => py.None(),
            };
            Ok((report::wrap(py, found, None)?.unbind(), receipts(py, kept, at)?, output))
        })
    }

    /// Gives up: nothing is left of what was written, but for what is in the bucket.
    fn discard(&self, py: Python<'_>) -> PyResult<()> {
        guard(py, || {
            if self.process != std::process::id() {
                return Ok(());
            }
            let state = std::mem::replace(&mut *lock(&self.state), State::Closed);
            if let State::Open(writer) = state {
                let handle = runtime::handle(py)?;
                py.detach(|| handle.block_on(writer.discard()));
            }
            Ok(())
        })
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        let state = std::mem::replace(self.state.get_mut().unwrap_or_else(PoisonError::into_inner), State::Closed);
        if self.process != std::process::id() {
            // What it holds is the parent's: files there, and tasks of a runtime that does not exist here.
            std::mem::forget(state);
        }
    }
}

/// Rows that are still to be encoded.
enum Feed<'py> {
    Table(Option<(arrow::Source, arrow::Plan)>),
    Objects(Box<Reader<'py>>),
}

/// Encodes rows and has them pushed at the same time. An error of the rows themselves comes with what became of those before.
fn pump(
    py: Python<'_>,
    writer: Writer,
    section: Section,
    options: CheckOptions,
    feed: &mut Feed<'_>,
) -> PyResult<(Drained, Columns, PyResult<()>)> {
    let handle = runtime::handle(py)?;
    let (sender, receiver) = mpsc::channel(1);
    let (stop, stopped) = oneshot::channel();
    let mut drain = handle.spawn(feed::drain(writer, section, options, receiver, stopped));
    let (fed, columns) = match feed {
        Feed::Table(table) => {
            let Some((source, plan)) = table.take() else {
                return Err(PyValueError::new_err("rows that were read before"));
            };
            let columns = Columns::of(plan.names());
            let producer = handle.spawn_blocking(move || feed::produce(source, &plan, &sender));
            let fed = match job::wait_here(py, producer) {
                Ok(Ok(produced)) => produced.map_err(|fault| fault.raise(py)),
                Ok(Err(panic)) => Err(job::ended(py, panic)),
                Err(signal) => Err(signal),
            };
            (fed, columns)
        }
        Feed::Objects(reader) => {
            let fed = read_all(py, reader, &sender);
            drop(sender);
            (fed, reader.columns())
        }
    };
    let waited = match &fed {
        // Interrupted: what is under way is given up.
        Err(raised) if !raised.is_instance_of::<PyException>(py) => None,
        _ => Some(job::wait_here(py, &mut drain)),
    };
    let (drained, fed) = match waited {
        Some(Ok(drained)) => (drained, fed),
        Some(Err(signal)) => {
            let _ = stop.send(());
            (py.detach(|| handle.block_on(drain)), Err(signal))
        }
        None => {
            let _ = stop.send(());
            (py.detach(|| handle.block_on(drain)), fed)
        }
    };
    Ok((drained.map_err(|panic| job::ended(py, panic))?, columns, fed))
}

fn read_all(py: Python<'_>, reader: &mut Reader<'_>, sender: &mpsc::Sender<Chunk>) -> PyResult<()> {
    let mut first = 0;
    loop {
        let mut chunk = Chunk { first, ..Chunk::default() };
        let read = reader.read(CHUNK, &mut chunk.text, &mut chunk.starts);
        let count = chunk.starts.len();
        if count > 0 && job::wait_here(py, sender.send(chunk))?.is_err() {
            // One could not be placed.
            return Ok(());
        }
        read?;
        if count < CHUNK {
            return Ok(());
        }
        first += count as u64;
    }
}

fn named(section: &str) -> PyResult<Section> {
    Section::from_wire(section).ok_or_else(|| {
        let known: Vec<&str> = Section::ALL.iter().map(|section| section.as_str()).collect();
        PyValueError::new_err(format!("no section {section:?}; there are {}", known.join(", ")))
    })
}

fn table(section: Section) -> &'static Model {
    encode::table(section.model())
}

fn origins(section: Section, columns: Columns) -> Origins {
    let mut layout = Origins::default();
    layout.section(section, columns);
    layout
}

/// Tells of a file that is in the bucket.
fn tell(callback: &Py<PyAny>, receipt: &Receipt<Object>, raised: &Raised) {
    let told = tokio::task::block_in_place(|| {
        crate::interpreter::call(|py| {
            sending::object(py, receipt).and_then(|receipt| callback.call1(py, (receipt,)).map(drop))
        })
    });
    if let Some(Err(error)) = told {
        lock(raised).get_or_insert(error);
    }
}

fn receipts(py: Python<'_>, kept: Vec<Kept>, path: Option<PathBuf>) -> PyResult<Vec<Py<PyAny>>> {
    kept.into_iter()
        .map(|kept| match kept {
            Kept::File(file) => batch::wrap_file(py, file),
            Kept::Object(receipt) => sending::object(py, &receipt).map(Bound::unbind),
            Kept::Document(document) => {
                let class = py.import("qlower._writer")?.getattr("WrittenFile")?;
                let sha256: String = document.sha256.iter().map(|byte| format!("{byte:02x}")).collect();
                class.call1((path.clone(), document.size, sha256, document.items)).map(Bound::unbind)
            }
        })
        .collect()
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Handle>()?;
    batch::register(module)
}
