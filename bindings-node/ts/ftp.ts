/**
 * Delivery of files to customers' servers, by FTPS, SFTP or FTP: named by the customer's rules, complete or not there, and told for
 * sure.
 *
 * What it runs is a package of its own: `npm install @qlower/connect`.
 *
 * @packageDocumentation
 */

export {
  DeliveryError,
  type DeliveryFailure,
  type DeliveryStage,
  FleetError,
  NamingError,
} from './connect-errors.js'
export { type DeliverOptions, Destination, deliver, type Progress } from './ftp-destination.js'
export type { Outgoing, Variables } from './ftp-files.js'
export {
  type DestinationOutcome,
  Fleet,
  type FleetCounts,
  type FleetFormat,
  type FleetOptions,
  type FleetProgress,
  type FleetReadOptions,
  FleetSummary,
  type FleetSummaryJson,
  type Job,
  type JobOutcome,
} from './ftp-fleet.js'
export type { Mistake } from './ftp-mistake.js'
export { type NamingFault, type NamingSource, names, type Plan } from './ftp-naming.js'
export type { Characters, DestinationOptions, NamingRules, Protocol } from './ftp-options.js'
export { type DeliveredFile, Receipt, type ReceiptJson } from './ftp-receipt.js'
