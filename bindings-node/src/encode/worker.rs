//! A machine, in a thread of its own once there is much to do.

use std::mem;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use super::confused;
use super::machine::{Machine, Piece};
use super::shape::Shape;
use crate::fault::{Fault, panicked};

/// Payloads whose texts are shorter are written sooner than a thread begins.
const SHORT: usize = 1 << 20;
/// How many pieces wait for the thread.
const WAITING: usize = 16;

/// What a machine is told.
#[derive(Debug)]
pub(super) enum Message {
    Shape(Shape),
    Forget,
    Values(Piece),
}

fn tell(machine: &mut Machine, message: Message) -> Result<(), Fault> {
    match message {
        Message::Shape(shape) => {
            machine.know(shape);
            Ok(())
        }
        Message::Forget => {
            machine.forget();
            Ok(())
        }
        Message::Values(piece) => machine.take_in(&piece),
    }
}

#[derive(Debug)]
pub(super) enum Worker {
    Here {
        machine: Machine,
        taken: usize,
    },
    There(Elsewhere),
    /// An error has come up.
    Gone,
}

impl Worker {
    pub(super) const fn new(machine: Machine) -> Self {
        Self::Here { machine, taken: 0 }
    }

    pub(super) fn send(&mut self, message: Message) -> Result<(), Fault> {
        match self {
            Self::Here { machine, taken } => {
                if let Message::Values(piece) = &message {
                    *taken = taken.saturating_add(piece.codes.len() + piece.texts.len());
                }
                let enough = *taken > SHORT;
                tell(machine, message)?;
                if enough {
                    self.go();
                }
                Ok(())
            }
            Self::There(elsewhere) => {
                if let Some(sender) = &elsewhere.sender {
                    // Nobody receives any more when there was an error, which `finish` tells.
                    let _ = sender.send(message);
                }
                Ok(())
            }
            Self::Gone => Err(confused("an encoder that failed")),
        }
    }

    /// Moves into a thread. Without one, it goes on here.
    fn go(&mut self) {
        let Self::Here { machine, .. } = mem::replace(self, Self::Gone) else { return };
        let (sender, receiver) = sync_channel::<Message>(WAITING);
        // A thread that is not made drops what it was to do; so the machine follows when there is one.
        let (hand, take) = sync_channel::<Machine>(1);
        let spawned = thread::Builder::new().name("qlower-encode".into()).spawn(move || {
            let mut machine = take.recv().map_err(|_| confused("an encoder that failed"))?;
            while let Ok(message) = receiver.recv() {
                tell(&mut machine, message)?;
            }
            Ok(machine)
        });
        *self = match spawned {
            Ok(thread) => match hand.send(machine) {
                Ok(()) => Self::There(Elsewhere { sender: Some(sender), thread: Some(thread) }),
                Err(_) => Self::Gone,
            },
            Err(_) => Self::Here { machine, taken: 0 },
        };
    }

    /// The machine, when it has done what it was told.
    pub(super) fn finish(self) -> Result<Machine, Fault> {
        match self {
            Self::Here { machine, .. } => Ok(machine),
            Self::There(mut elsewhere) => match elsewhere.end() {
                Some(Ok(machine)) => machine,
                Some(Err(panic)) => Err(panicked(&*panic)),
                None => Err(confused("an encoder that failed")),
            },
            Self::Gone => Err(confused("an encoder that failed")),
        }
    }
}

/// A machine in its thread.
#[derive(Debug)]
pub(super) struct Elsewhere {
    sender: Option<SyncSender<Message>>,
    thread: Option<JoinHandle<Result<Machine, Fault>>>,
}

impl Elsewhere {
    fn end(&mut self) -> Option<thread::Result<Result<Machine, Fault>>> {
        self.sender.take();
        self.thread.take().map(JoinHandle::join)
    }
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        // No code of this module runs when the module is gone.
        let _ = self.end();
    }
}
