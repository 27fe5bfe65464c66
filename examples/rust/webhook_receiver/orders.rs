//! The orders, in a database of the application's own.

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use qlower_client::webhook::OrderEvent;
use rusqlite::{Connection, params};

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS orders (
        event_id TEXT PRIMARY KEY,
        event_type TEXT NOT NULL,
        order_id INTEGER NOT NULL,
        total_amount TEXT NOT NULL,
        currency TEXT NOT NULL,
        paid_at TEXT NOT NULL,
        email TEXT NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS coverage (
        event_id TEXT NOT NULL REFERENCES orders,
        year INTEGER NOT NULL,
        property_id TEXT NOT NULL,
        is_new INTEGER NOT NULL
    ) STRICT;
";

pub(crate) struct Orders(Mutex<Connection>);

impl Orders {
    /// Opens the database, which is made if there is none.
    ///
    /// # Errors
    /// If the file cannot be used.
    pub(crate) fn open(path: &Path) -> Result<Self, String> {
        let open = || {
            let connection = Connection::open(path)?;
            connection.busy_timeout(Duration::from_secs(5))?;
            // What is committed is on the disk.
            connection.pragma_update(None, "synchronous", "FULL")?;
            connection.execute_batch(TABLES)?;
            Ok(connection)
        };
        let connection = open().map_err(|error: rusqlite::Error| format!("{}: {error}", path.display()))?;
        Ok(Self(Mutex::new(connection)))
    }

    /// Records an order, in one transaction; `false` if it was recorded before.
    ///
    /// # Errors
    /// If the database fails: then nothing was recorded.
    pub(crate) fn record(&self, event_type: &str, event: &OrderEvent) -> rusqlite::Result<bool> {
        // A transaction that was not committed has left nothing, whoever panicked.
        let mut connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = connection.transaction()?;
        let order = &event.order;
        // Money as text: a binary float would round it.
        let new = transaction.execute(
            "INSERT INTO orders VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (event_id) DO NOTHING",
            params![
                event.event_id,
                event_type,
                event.order_id,
                order.total_amount.to_string(),
                order.currency,
                order.payment_date.to_rfc3339(),
                event.customer.email,
            ],
        )?;
        if new == 0 {
            return Ok(false);
        }
        for covered in event.coverage() {
            let property = &covered.property;
            transaction.execute(
                "INSERT INTO coverage VALUES (?1, ?2, ?3, ?4)",
                params![event.event_id, covered.year, property.external_id, property.is_new_to_partner()],
            )?;
        }
        transaction.commit()?;
        Ok(true)
    }
}
