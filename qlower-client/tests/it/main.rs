//! The client over real connections on this machine.

#[cfg(feature = "rest")]
mod cancel;
#[cfg(feature = "rest")]
mod faults;
#[cfg(test)]
#[cfg(feature = "ftp")]
mod ftp_course;
#[cfg(test)]
#[cfg(feature = "ftp")]
mod ftp_faults;
#[cfg(test)]
#[cfg(feature = "ftp")]
mod ftp_fleet;
#[cfg(test)]
#[cfg(feature = "ftp")]
mod ftp_fleet_runs;
#[cfg(test)]
#[cfg(feature = "ftp")]
mod ftp_refusals;
#[cfg(feature = "ftp")]
mod ftp_script;
#[cfg(feature = "ftp")]
mod ftp_servers;
#[cfg(test)]
#[cfg(feature = "ftp")]
mod ftp_sessions;
#[cfg(test)]
#[cfg(all(feature = "ftp", feature = "sftp"))]
mod ftp_sftp;
#[cfg(test)]
#[cfg(all(feature = "ftp", feature = "sftp"))]
mod ftp_suite;
#[cfg(test)]
#[cfg(all(feature = "ftp", feature = "sftp"))]
mod ftp_together;
#[cfg(feature = "ftp")]
mod ftps_script;
#[cfg(test)]
#[cfg(feature = "ftp")]
mod ftps_tls;
#[cfg(feature = "rest")]
mod limits;
#[cfg(feature = "live-feed")]
mod live_certificates;
#[cfg(test)]
#[cfg(feature = "live-feed")]
mod live_feed;
#[cfg(test)]
#[cfg(feature = "live-feed")]
mod live_feed_faults;
#[cfg(test)]
#[cfg(feature = "live-feed")]
mod live_feed_shown;
#[cfg(test)]
#[cfg(feature = "live-feed")]
mod live_many;
#[cfg(test)]
#[cfg(feature = "live-feed")]
mod live_probe;
#[cfg(test)]
#[cfg(feature = "live-feed")]
mod live_probe_cors;
#[cfg(test)]
#[cfg(feature = "live-feed")]
mod live_probe_shown;
#[cfg(test)]
#[cfg(all(feature = "live", feature = "receiver"))]
mod live_producer;
#[cfg(test)]
#[cfg(all(feature = "live", feature = "receiver"))]
mod live_producer_source;
#[cfg(all(feature = "live", feature = "receiver"))]
mod live_producer_support;
#[cfg(test)]
#[cfg(all(feature = "live", feature = "receiver"))]
mod live_producer_wire;
#[cfg(feature = "live-feed")]
mod live_support;
#[cfg(any(feature = "rest", feature = "receiver", feature = "live-feed"))]
mod log;
#[cfg(feature = "rest")]
mod process;
#[cfg(feature = "rest")]
mod proxy;
#[cfg(any(feature = "rest", feature = "live-feed"))]
mod raw;
#[cfg(test)]
#[cfg(feature = "receiver")]
mod receiver;
#[cfg(test)]
#[cfg(feature = "receiver")]
mod receiver_memory;
#[cfg(test)]
#[cfg(feature = "receiver")]
mod receiver_settings;
#[cfg(test)]
#[cfg(feature = "receiver")]
mod receiver_sources;
#[cfg(feature = "receiver")]
mod receiver_support;
#[cfg(test)]
#[cfg(feature = "receiver")]
mod receiver_wire;
#[cfg(test)]
#[cfg(feature = "receiver")]
mod receiver_work;
#[cfg(feature = "rest")]
mod replies;
#[cfg(feature = "rest")]
mod retries;
#[cfg(feature = "sandbox")]
mod sandbox;
#[cfg(feature = "sandbox")]
mod sandbox_faults;
#[cfg(feature = "sandbox")]
mod sandbox_http;
#[cfg(feature = "sandbox")]
mod sandbox_load;
#[cfg(feature = "sandbox")]
mod sandbox_payload;
#[cfg(feature = "sandbox")]
mod sandbox_refusal;
#[cfg(all(feature = "s3", feature = "sandbox-s3"))]
mod sandbox_s3;
#[cfg(all(feature = "s3", feature = "sandbox-s3"))]
mod sandbox_s3_access;
#[cfg(all(feature = "s3", feature = "sandbox-s3"))]
mod sandbox_s3_faults;
#[cfg(all(feature = "s3", feature = "sandbox-s3"))]
mod sandbox_s3_loads;
#[cfg(all(feature = "s3", feature = "sandbox-s3"))]
mod sandbox_s3_support;
#[cfg(feature = "sandbox")]
mod sandbox_webhooks;
#[cfg(feature = "sandbox")]
mod sandbox_webhooks_events;
#[cfg(feature = "sandbox")]
mod sandbox_webhooks_faults;
#[cfg(feature = "sandbox")]
mod sandbox_webhooks_receiver;
#[cfg(feature = "rest")]
mod secrets;
#[cfg(all(feature = "rest", feature = "sandbox"))]
mod send_all;
#[cfg(test)]
#[cfg(feature = "sftp")]
mod sftp_faults;
#[cfg(test)]
#[cfg(all(feature = "ftp", feature = "sftp"))]
mod sftp_logins;
#[cfg(feature = "sftp")]
mod sftp_script;
#[cfg(feature = "receiver")]
mod spool;
#[cfg(feature = "receiver")]
mod spool_dead;
#[cfg(test)]
#[cfg(feature = "receiver")]
mod spool_faults;
#[cfg(feature = "receiver")]
mod spool_kill;
#[cfg(test)]
#[cfg(feature = "receiver")]
mod spool_property;
#[cfg(feature = "receiver")]
mod spool_store;
#[cfg(feature = "receiver")]
mod spool_support;
#[cfg(all(feature = "s3", feature = "sandbox-s3"))]
mod stores;
#[cfg(feature = "rest")]
mod support;
#[cfg(feature = "rest")]
mod tls;
#[cfg(all(feature = "s3", feature = "sandbox-s3"))]
mod upload_faults;
#[cfg(all(feature = "s3", feature = "sandbox-s3"))]
mod upload_secrets;
#[cfg(all(feature = "s3", feature = "sandbox-s3"))]
mod upload_writer;
#[cfg(all(feature = "s3", feature = "sandbox-s3"))]
mod uploads;
#[cfg(feature = "rest")]
mod wire;
#[cfg(test)]
#[cfg(feature = "writer")]
mod writer;
#[cfg(test)]
#[cfg(feature = "writer")]
mod writer_batch;
#[cfg(test)]
#[cfg(feature = "writer")]
mod writer_faults;
#[cfg(test)]
#[cfg(feature = "writer")]
mod writer_items;
#[cfg(test)]
#[cfg(feature = "writer")]
mod writer_property;
