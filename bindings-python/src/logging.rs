//! What the client tells by `tracing`, for Python's `logging`: logger `qlower.client`.
//!
//! Threads of the runtime only put records into a queue; they never wait for the GIL. Who waits for a job hands them to Python,
//! before it returns; what nobody has taken for a while, a thread made for that.

mod record;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;
use tracing::span::{Attributes, Id};
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::{LookupSpan, Registry};

use crate::process::PerProcess;
use crate::runtime;
use record::{Fields, Record};

const LOGGER: &str = "qlower.client";
/// Records that are kept for a Python that does not take them; later ones are lost.
const KEPT: usize = 10_000;

/// How long a record waits for somebody who waits for a job, which is twice as long as that one sleeps.
const LATE: Duration = Duration::from_millis(100);

/// The level from which on records are wanted, as [`number`] counts; nothing at first.
static WANTED: AtomicU8 = AtomicU8::new(u8::MAX);
static QUEUE: PerProcess<Arc<Queue>> = PerProcess::new();

#[derive(Default)]
struct Queue {
    records: Mutex<VecDeque<Record>>,
    /// Whether a thread will hand them over.
    awaited: AtomicBool,
    is_empty: AtomicBool,
}

impl Queue {
    fn put(&self, record: Record) {
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        if records.len() < KEPT {
            records.push_back(record);
        }
        self.is_empty.store(false, Ordering::Release);
    }

    fn take(&self) -> Option<Record> {
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        let record = records.pop_front();
        self.is_empty.store(records.is_empty(), Ordering::Release);
        record
    }
}

fn queue() -> Arc<Queue> {
    let made = QUEUE.get_or_make(|| Ok::<_, std::convert::Infallible>(Arc::default()));
    match made {
        Ok(queue) => queue,
    }
}

/// Looks which level is wanted by now. A Python that has not loaded `logging` cannot hear anything.
pub(crate) fn look(py: Python<'_>) {
    let wanted = wanted(py).unwrap_or(u8::MAX);
    WANTED.store(wanted, Ordering::Relaxed);
}

fn wanted(py: Python<'_>) -> PyResult<u8> {
    let Some(logger) = logger(py)? else { return Ok(u8::MAX) };
    let level: i64 = logger.call_method0("getEffectiveLevel")?.extract()?;
    let disabled: i64 = logger.getattr("manager")?.getattr("disable")?.extract()?;
    Ok(u8::try_from(level.max(disabled.saturating_add(1)).max(0)).unwrap_or(u8::MAX))
}

/// The logger, if Python has loaded `logging`.
fn logger(py: Python<'_>) -> PyResult<Option<&Bound<'_, PyAny>>> {
    static LOGGING: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    if let Some(logger) = LOGGING.get(py) {
        return Ok(Some(logger.bind(py)));
    }
    let modules = py.import("sys")?.getattr("modules")?;
    if !modules.contains("logging")? {
        return Ok(None);
    }
    let logging = py.import("logging")?;
    // As libraries do: a program that sets up no logging is not written into its standard error.
    let top = logging.call_method1("getLogger", ("qlower",))?;
    top.call_method1("addHandler", (logging.getattr("NullHandler")?.call0()?,))?;
    let logger = logging.call_method1("getLogger", (LOGGER,))?;
    Ok(Some(LOGGING.get_or_init(py, || logger.unbind()).bind(py)))
}

/// Hands over what has been told so far.
///
/// # Errors
/// What is no fault of a handler, but was meant for the program: `KeyboardInterrupt`, if a signal came while one was at work.
pub(crate) fn deliver(py: Python<'_>) -> PyResult<()> {
    let Some(queue) = QUEUE.get().filter(|queue| !queue.is_empty.load(Ordering::Acquire)) else { return Ok(()) };
    let Ok(Some(logger)) = logger(py) else { return Ok(()) };
    // No lock is held while Python runs. The end of the interpreter does not wait for all that is told meanwhile.
    while !crate::interpreter::is_late()
        && let Some(record) = queue.take()
    {
        match hand_over(logger, &record) {
            Err(error) if error.is_instance_of::<PyException>(py) => error.write_unraisable(py, None),
            handed => handed?,
        }
    }
    Ok(())
}

fn hand_over(logger: &Bound<'_, PyAny>, record: &Record) -> PyResult<()> {
    let py = logger.py();
    let level = number(record.level);
    if !logger.call_method1("isEnabledFor", (level,))?.extract::<bool>()? {
        return Ok(());
    }
    let extra = PyDict::new(py);
    extra.set_item("qlower", record.facts(py)?)?;
    let none = py.None();
    let made = logger.call_method1(
        "makeRecord",
        (LOGGER, level, record.file, record.line, record.text(), (), &none, record.span(), extra),
    )?;
    made.setattr("created", record.seconds)?;
    logger.call_method1("handle", (made,)).map(drop)
}

/// Python's number for a level.
const fn number(level: Level) -> u8 {
    match level {
        Level::ERROR => 40,
        Level::WARN => 30,
        Level::INFO => 20,
        Level::DEBUG => 10,
        Level::TRACE => 5,
    }
}

struct ToPython;

impl<S: Subscriber + for<'s> LookupSpan<'s>> Layer<S> for ToPython {
    /// Of what others tell, nothing is wanted: it costs nothing either.
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if metadata.target().starts_with("qlower") { Interest::sometimes() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        number(*metadata.level()) >= WANTED.load(Ordering::Relaxed) && metadata.target().starts_with("qlower")
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            let mut fields = Fields::default();
            attributes.record(&mut fields);
            span.extensions_mut().insert(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut record = Record::of(event);
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(fields) = span.extensions().get::<Fields>() {
                record.within(span.name(), fields);
            }
        }
        let queue = queue();
        queue.put(record);
        if !queue.awaited.swap(true, Ordering::AcqRel) {
            runtime::in_background(move || {
                // Who waits for a job takes its records before that.
                std::thread::sleep(LATE);
                queue.awaited.store(false, Ordering::Release);
                // Signals are for the main thread, which is another.
                crate::interpreter::call(|py| deliver(py).map_err(|error| error.write_unraisable(py, None)));
            });
        }
    }
}

pub(crate) fn register() {
    // It fails if the module is loaded a second time, and then there is one already.
    let _ = tracing::subscriber::set_global_default(Registry::default().with(ToPython));
}
