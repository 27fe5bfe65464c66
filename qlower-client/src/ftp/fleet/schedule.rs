//! Who may connect next: a queue and three limits. It knows neither time nor network.

use std::collections::{BTreeMap, VecDeque};

/// A job's position among all.
pub(super) type Ticket = usize;

/// A host and port, by its position in the list of all.
pub(super) type Host = usize;

/// How many may be connected.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Deliveries at work: those whose server is not silent.
    pub(super) working: usize,
    /// Connections beyond that while servers are silent.
    pub(super) silent: usize,
    /// Connections to one host, whatever they do.
    pub(super) per_host: usize,
}

#[derive(Clone, Copy, Debug)]
struct Open {
    host: Host,
    silent: bool,
}

/// The queue, and who is connected.
///
/// In order of arrival the first one goes whose host has room. So one that tries again stands behind all that have not had a turn
/// yet, and no host's crowd stands in the way of another host.
#[derive(Debug)]
pub(super) struct Schedule {
    limits: Limits,
    queue: VecDeque<(Ticket, Host)>,
    open: BTreeMap<Ticket, Open>,
    hosts: Vec<usize>,
    silent: usize,
    most: usize,
}

impl Schedule {
    pub(super) fn new(limits: Limits, hosts: usize) -> Self {
        let (queue, open) = (VecDeque::new(), BTreeMap::new());
        Self { limits, queue, open, hosts: vec![0; hosts], silent: 0, most: 0 }
    }

    /// Puts a job at the end of the queue.
    pub(super) fn wait(&mut self, ticket: Ticket, host: Host) {
        self.queue.push_back((ticket, host));
    }

    /// Lets the next one go, if one may.
    pub(super) fn next(&mut self) -> Option<Ticket> {
        let open = self.open.len();
        if open - self.silent >= self.limits.working || open >= self.limits.working.saturating_add(self.limits.silent) {
            return None;
        }
        let room = |host: Host| self.hosts.get(host).is_some_and(|connected| *connected < self.limits.per_host);
        let position = self.queue.iter().position(|(_, host)| room(*host))?;
        let (ticket, host) = self.queue.remove(position)?;
        self.open.insert(ticket, Open { host, silent: false });
        if let Some(connected) = self.hosts.get_mut(host) {
            *connected += 1;
        }
        self.most = self.most.max(self.open.len());
        Some(ticket)
    }

    /// Notes whether a connection's server is silent. One that speaks again goes on at once, even if that is one more than may
    /// work; then nobody else begins until there is room again.
    pub(super) fn hears(&mut self, ticket: Ticket, silent: bool) {
        if let Some(open) = self.open.get_mut(&ticket).filter(|open| open.silent != silent) {
            open.silent = silent;
            if silent { self.silent += 1 } else { self.silent -= 1 }
        }
    }

    /// Takes a job off: its connection is closed, or it does not wait any more.
    pub(super) fn leave(&mut self, ticket: Ticket) {
        let Some(open) = self.open.remove(&ticket) else {
            self.queue.retain(|(waiting, _)| *waiting != ticket);
            return;
        };
        if open.silent {
            self.silent -= 1;
        }
        if let Some(connected) = self.hosts.get_mut(open.host) {
            *connected -= 1;
        }
    }

    /// How many were connected at the same moment at most.
    pub(super) const fn most(&self) -> usize {
        self.most
    }
}

#[cfg(test)]
#[path = "schedule/tests.rs"]
mod tests;
