//! The run: who may connect is let go, whoever is silent makes room, and what came of each job is noted.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout, timeout_at};
use tracing::Instrument as _;

use super::options::{FleetOptions, FleetProgress};
use super::pulse::{Beat, End, Ending, Event, Pulse, Share};
use super::schedule::{Host, Limits, Schedule, Ticket};
use super::summary::{DestinationOutcome, FleetSummary, JobOutcome, JobResult, NotTried, TimeUp};
use super::{Fleet, Job, Meant, Usable};
use crate::ftp::wording::Told;
use crate::ftp::{DeliverOptions, Error, ErrorKind, Stage, deliver_with};

/// The jobs of one destination: one after the other, in the order in which they were given.
struct Lane {
    name: String,
    target: Result<(Usable, Host), NotTried>,
    waiting: VecDeque<Ticket>,
    done: Vec<JobOutcome>,
}

struct Entry {
    job: Job,
    lane: usize,
    /// Since when it waits, while it does.
    since: Instant,
    waited: Duration,
    under_way: Option<UnderWay>,
    is_done: bool,
}

/// What there is of a job that has had its first turn.
struct UnderWay {
    pulse: Arc<Pulse>,
    beat: Beat,
    began: Instant,
    /// It waits for a further turn.
    asks: Option<oneshot::Sender<()>>,
}

struct Run<'o> {
    options: &'o FleetOptions,
    lanes: Vec<Lane>,
    jobs: Vec<Entry>,
    schedule: Schedule,
    events: mpsc::UnboundedSender<Event>,
    tasks: JoinSet<()>,
    done: usize,
    not_delivered: usize,
}

/// Runs all jobs to their end.
pub(super) async fn run(fleet: &Fleet, jobs: Vec<Job>, options: &FleetOptions) -> FleetSummary {
    let began = Instant::now();
    let (events, mut heard) = mpsc::unbounded_channel();
    let mut run = Run::new(fleet, jobs, options, events);
    let deadline = options.deadline.and_then(|limit| Some((began.checked_add(limit)?, limit)));
    let pause = (options.silent_after / 4).clamp(Duration::from_millis(5), Duration::from_millis(250));
    let mut look = began + pause;
    run.begin();
    while run.done < run.jobs.len() {
        run.let_go();
        let until = deadline.map_or(look, |(deadline, _)| deadline.min(look));
        if let Ok(Some(event)) = timeout_at(until, heard.recv()).await {
            run.hear(event);
        }
        let now = Instant::now();
        if now >= look {
            run.look(now);
            look = now + pause;
        }
        if let Some((_, limit)) = deadline.filter(|(deadline, _)| now >= *deadline) {
            run.stop(limit, &mut heard).await;
        }
    }
    run.summary(began.elapsed())
}

impl<'o> Run<'o> {
    fn new(fleet: &Fleet, jobs: Vec<Job>, options: &'o FleetOptions, events: mpsc::UnboundedSender<Event>) -> Self {
        let now = Instant::now();
        let mut hosts: BTreeMap<String, Host> = BTreeMap::new();
        let mut by_name: BTreeMap<String, usize> = BTreeMap::new();
        let mut lanes: Vec<Lane> = Vec::new();
        let mut entries = Vec::with_capacity(jobs.len());
        for job in jobs {
            let (name, meant) = fleet.meant(&job.destination);
            let lane = *by_name.entry(name.clone()).or_insert_with(|| {
                let target = match meant {
                    Meant::Usable(usable) => {
                        let next = hosts.len();
                        let address = usable.destination.address().to_lowercase();
                        Ok((usable.clone(), *hosts.entry(address).or_insert(next)))
                    }
                    Meant::Broken(mistakes) => Err(NotTried::Mistakes(mistakes)),
                    Meant::Unknown(suggestion) => Err(NotTried::Unknown { suggestion }),
                };
                lanes.push(Lane { name, target, waiting: VecDeque::new(), done: Vec::new() });
                lanes.len() - 1
            });
            if let Some(lane) = lanes.get_mut(lane) {
                lane.waiting.push_back(entries.len());
            }
            let (waited, under_way) = (Duration::ZERO, None);
            entries.push(Entry { job, lane, since: now, waited, under_way, is_done: false });
        }
        let limits =
            Limits { working: options.concurrency.get(), silent: options.silent, per_host: options.per_host.get() };
        let schedule = Schedule::new(limits, hosts.len());
        let (tasks, done, not_delivered) = (JoinSet::new(), 0, 0);
        Self { options, lanes, jobs: entries, schedule, events, tasks, done, not_delivered }
    }

    /// Puts the first job of each destination into the queue.
    fn begin(&mut self) {
        for lane in 0..self.lanes.len() {
            self.next_of(lane);
        }
    }

    /// Puts the next job of a destination into the queue, at the end: who has many does not stand before who has few.
    fn next_of(&mut self, lane: usize) {
        let Some(Lane { target, waiting, .. }) = self.lanes.get_mut(lane) else { return };
        match target {
            Ok((_, host)) => {
                let host = *host;
                let Some(ticket) = waiting.pop_front() else { return };
                if let Some(entry) = self.jobs.get_mut(ticket) {
                    entry.since = Instant::now();
                }
                self.schedule.wait(ticket, host);
            }
            Err(reason) => {
                let reason = reason.clone();
                self.give_up(lane, &reason);
            }
        }
    }

    /// Notes that the jobs of a destination that wait are not tried.
    fn give_up(&mut self, lane: usize, reason: &NotTried) {
        let waiting = self.lanes.get_mut(lane).map(|lane| std::mem::take(&mut lane.waiting));
        for ticket in waiting.into_iter().flatten() {
            self.note(ticket, JobResult::NotTried(reason.clone()));
        }
    }

    fn let_go(&mut self) {
        while let Some(ticket) = self.schedule.next() {
            let Some(entry) = self.jobs.get_mut(ticket) else { continue };
            let now = Instant::now();
            entry.waited += now.saturating_duration_since(entry.since);
            match &mut entry.under_way {
                Some(under_way) => {
                    under_way.beat = Beat::new(now);
                    if let Some(asks) = under_way.asks.take() {
                        _ = asks.send(());
                    }
                }
                None => self.start(ticket, now),
            }
        }
    }

    fn start(&mut self, ticket: Ticket, now: Instant) {
        let Some(entry) = self.jobs.get_mut(ticket) else { return };
        let Some(Lane { name, target: Ok((usable, _)), .. }) = self.lanes.get(entry.lane) else { return };
        let pulse = Arc::new(Pulse::default());
        entry.under_way = Some(UnderWay { pulse: Arc::clone(&pulse), beat: Beat::new(now), began: now, asks: None });

        let share = Share::new(ticket, self.events.clone(), pulse);
        let mut options = DeliverOptions::default().paced(Arc::new(share));
        if let Some(details) = entry.job.details.clone() {
            options = options.details(details);
        }
        let Usable { destination, mut variables } = usable.clone();
        variables.extend(entry.job.variables.iter());
        let files = entry.job.files.clone();
        let limit = self.options.job_limit;
        let end = End::new(ticket, self.events.clone());
        let span = tracing::info_span!("qlower.job", destination = name, job = ticket);
        let delivery = async move {
            let delivered = timeout(limit, deliver_with(&destination, &files, &variables, &options)).await;
            end.with(delivered.map_or(Ending::TimeUp, Ending::Result));
        };
        self.tasks.spawn(delivery.instrument(span));
    }

    fn hear(&mut self, event: Event) {
        match event {
            Event::Rests(ticket) => self.schedule.leave(ticket),
            Event::Asks(ticket, go) => {
                let Some(entry) = self.jobs.get_mut(ticket) else { return };
                let Some(Lane { target: Ok((_, host)), .. }) = self.lanes.get(entry.lane) else { return };
                entry.since = Instant::now();
                if let Some(under_way) = &mut entry.under_way {
                    under_way.asks = Some(go);
                }
                self.schedule.wait(ticket, *host);
            }
            Event::Ended(ticket, ending) => self.ended(ticket, ending),
        }
    }

    fn ended(&mut self, ticket: Ticket, ending: Ending) {
        self.schedule.leave(ticket);
        // What ended is not kept.
        while self.tasks.try_join_next().is_some() {}
        let Some(lane) = self.jobs.get(ticket).map(|entry| entry.lane) else { return };
        let result = match ending {
            Ending::Result(Ok(receipt)) => JobResult::Delivered(receipt),
            Ending::Result(Err(error)) => JobResult::Failed(error),
            Ending::TimeUp => JobResult::Stopped(TimeUp::Job(self.options.job_limit)),
            Ending::Lost => JobResult::Failed(lost()),
        };
        let no_way_in = match &result {
            JobResult::Failed(error) => error.is_connect() || error.stage() == Some(Stage::Login),
            _ => false,
        };
        self.note(ticket, result);
        if no_way_in {
            self.give_up(lane, &NotTried::Earlier { job: ticket });
        } else {
            self.next_of(lane);
        }
    }

    /// Notes what became of a job.
    fn note(&mut self, ticket: Ticket, result: JobResult) {
        let Some(entry) = self.jobs.get_mut(ticket).filter(|entry| !entry.is_done) else { return };
        entry.is_done = true;
        let delivered = matches!(result, JobResult::Delivered(_));
        self.done += 1;
        self.not_delivered += usize::from(!delivered);
        let duration = entry.under_way.take().map_or(Duration::ZERO, |under_way| under_way.began.elapsed());
        let outcome = JobOutcome {
            job: ticket,
            destination: entry.job.destination.clone(),
            result,
            waited: entry.waited,
            duration,
            kept: (!delivered).then(|| entry.job.clone()),
        };
        // What was delivered needs no files any more.
        entry.job.files = Vec::new();
        let Some(lane) = self.lanes.get_mut(entry.lane) else { return };
        lane.done.push(outcome);
        if let Some(told) = &self.options.progress {
            told(FleetProgress {
                destination: lane.name.clone(),
                job: ticket,
                delivered,
                done: self.done,
                not_delivered: self.not_delivered,
                jobs: self.jobs.len(),
            });
        }
    }

    /// Looks which servers are silent.
    fn look(&mut self, now: Instant) {
        let after = self.options.silent_after;
        for (ticket, entry) in self.jobs.iter_mut().enumerate() {
            if let Some(UnderWay { pulse, beat, .. }) = &mut entry.under_way {
                self.schedule.hears(ticket, beat.is_silent(pulse, now, after));
            }
        }
    }

    /// Ends it all, as far as it has come.
    async fn stop(&mut self, limit: Duration, heard: &mut mpsc::UnboundedReceiver<Event>) {
        self.tasks.shutdown().await;
        while let Ok(event) = heard.try_recv() {
            if let Event::Ended(ticket, ending @ (Ending::Result(_) | Ending::TimeUp)) = event {
                self.ended(ticket, ending);
            }
        }
        for ticket in 0..self.jobs.len() {
            let begun = self.jobs.get(ticket).is_some_and(|entry| entry.under_way.is_some());
            self.note(
                ticket,
                match begun {
                    true => JobResult::Stopped(TimeUp::Deadline(limit)),
                    false => JobResult::NotTried(NotTried::Deadline(limit)),
                },
            );
        }
    }

    fn summary(self, duration: Duration) -> FleetSummary {
        let outcome = |mut lane: Lane| {
            lane.done.sort_by_key(|outcome| outcome.job);
            DestinationOutcome { name: lane.name, jobs: lane.done }
        };
        let most_connections = self.schedule.most();
        FleetSummary { destinations: self.lanes.into_iter().map(outcome).collect(), duration, most_connections }
    }
}

fn lost() -> Error {
    Error::local(ErrorKind::Transport(Box::new(Told::fixed(
        "the delivery ended by a fault of this program",
        "la livraison a pris fin par une panne de ce programme",
    ))))
}
