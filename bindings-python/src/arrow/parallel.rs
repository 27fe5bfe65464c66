//! Writing many rows by several threads, in order.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;

use super::plan::Rows;

/// Rows that one thread writes at a time: some 2 MiB, which stays in the caches until it is copied.
const CHUNK: usize = 8192;

struct Chunk {
    text: Vec<u8>,
    starts: Vec<usize>,
}

pub(super) fn write(batches: &[Rows], threads: usize, out: &mut Vec<u8>, mut starts: Option<&mut Vec<usize>>) {
    let chunks: Vec<(&Rows, Range<usize>)> = batches
        .iter()
        .flat_map(|batch| {
            let ranges = (0..batch.len()).step_by(CHUNK);
            ranges.map(move |from| (batch, from..batch.len().min(from + CHUNK)))
        })
        .collect();
    let threads = threads.min(chunks.len());
    if threads <= 1 {
        for (at, (batch, rows)) in chunks.into_iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            batch.write(rows, out, starts.as_deref_mut());
        }
        return;
    }
    let wants_starts = starts.is_some();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let (sender, receiver) = sync_channel(threads);
        for _ in 0..threads {
            let (sender, chunks, next) = (sender.clone(), &chunks, &next);
            scope.spawn(move || {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some((batch, rows)) = chunks.get(at) else { return };
                    let mut chunk = Chunk { text: Vec::with_capacity(rows.len() * 128), starts: Vec::new() };
                    batch.write(rows.clone(), &mut chunk.text, wants_starts.then_some(&mut chunk.starts));
                    if sender.send((at, chunk)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let (mut due, mut early) = (0, BTreeMap::new());
        for (at, chunk) in receiver {
            early.insert(at, chunk);
            while let Some(chunk) = early.remove(&due) {
                if due > 0 {
                    out.push(b',');
                }
                if let Some(starts) = &mut starts {
                    let shift = out.len();
                    starts.extend(chunk.starts.iter().map(|start| shift + start));
                }
                out.extend_from_slice(&chunk.text);
                due += 1;
            }
        }
    });
}
