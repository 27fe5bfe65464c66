/**
 * Live readings: given out by a producer, watched by many with one poll, and an endpoint examined before it is shown.
 *
 * A plant's endpoint answers `GET` with JSON, such as `{"current_power": 42.5}`; a map shows the value, and asks again every few
 * seconds.
 *
 * What it runs is a package of its own: `npm install @qlower/connect`.
 *
 * @packageDocumentation
 */

export { ReadingError, SettingError } from './connect-errors.js'
export {
  type ConnectionError,
  type FeedFault,
  LiveFeed,
  type LiveFeedOptions,
  type Reading,
  type Stale,
  type State,
  type Value,
  Watch,
} from './live-feed.js'
export type { Auth, EndpointOptions, Unit } from './live-options.js'
export {
  type ProbeOptions,
  ProbeReport,
  type ProbeReportJson,
  probe,
  type Requirement,
} from './live-probe.js'
export {
  type Answer,
  type Asked,
  Producer,
  type ProducerOptions,
  type ProducerPlugin,
  producer,
} from './live-producer.js'
export { convert, Found, type FoundJson, read } from './live-reading.js'
export type { Measured, Measurement, Source } from './live-source.js'
