/**
 * The Qlower partner SDK for Node.
 *
 * @packageDocumentation
 */

import { native } from './native.js'

export { Batch, PayloadFile } from './batch.js'
export { check, checkAsync, checked, checkedAsync, checkedFile, checkFile } from './check.js'
export { Checked } from './checked.js'
export {
  type BatchProgress,
  Client,
  type SendAllOptions,
  type UploadBatchOptions,
  type UploadOptions,
  type WaitOptions,
} from './client.js'
export * as codes from './codes.js'
export { Environment, type EnvironmentOptions } from './environment.js'
export {
  AbortError,
  ApiError,
  BatchError,
  type Certainty,
  ConfigError,
  type ErrorJson,
  FileError,
  InternalError,
  InvalidEventError,
  QlowerError,
  SandboxError,
  SignatureError,
  SplitError,
  type Stage,
  StoreError,
  TimeoutError,
  TooLargeError,
  TransportError,
  UnreadableReplyError,
  ValidationError,
  WriterError,
} from './errors.js'
export { Finding, type FindingJson } from './finding.js'
export * as ftp from './ftp.js'
export type { Source } from './input.js'
export * as live from './live.js'
export type { AsyncCheckOptions, CheckOptions } from './options.js'
export type { PathLike } from './paths.js'
export { Payload } from './payload.js'
export type { Read, ReadPayload } from './read.js'
export {
  Receipt,
  type ReceiptJson,
  type UploadProgress,
  UploadReceipt,
  type UploadReceiptJson,
  UploadStatus,
  type UploadStatusJson,
} from './receipt.js'
export { ItemError, type ItemErrorJson, type ModelResult, Reply, type ReplyJson } from './reply.js'
export { type Counts, type RenderOptions, Report, type ReportJson, type RuleSet } from './report.js'
export type { Rows } from './rows.js'
export { Sandbox } from './sandbox.js'
export type { SandboxClientOptions, SandboxOptions } from './sandbox-options.js'
export type {
  ItemModel,
  Loaded,
  LoadedAccount,
  LoadedItem,
  ObjectState,
  OpenUpload,
  PlainS3Fault,
  PlainSandboxFault,
  S3Fault,
  S3Load,
  S3Operation,
  S3Permission,
  S3Request,
  SandboxFault,
  SandboxRequest,
  StoredObject,
} from './sandbox-records.js'
export type {
  Delivery,
  DeliveryAttempt,
  PlainWebhookFault,
  ReleaseOrder,
  SandboxCoverage,
  SandboxOrder,
  SandboxProduct,
  SandboxSubItem,
  WebhookEdition,
  WebhookFault,
  WebhookTarget,
} from './sandbox-webhook-records.js'
export { SentAll, SentPart, type SentPartJson } from './sent.js'
export type { ClientOptions, RetryPolicy } from './settings.js'
export { type AsyncSplitOptions, Part, Parts, type SplitOptions, split, splitAsync } from './split.js'
export type {
  AnyNumber,
  AnyString,
  Associate,
  AssociateWire,
  ClientAccount,
  ClientAccountWire,
  ClientEntry,
  ClientEntryWire,
  Day,
  Decimal,
  DecimalObject,
  Declarant,
  DeclarantWire,
  Document,
  DocumentWire,
  Item,
  ModelName,
  Moment,
  PayloadWire,
  Property,
  PropertyWire,
  Section,
  Sections,
  SectionsWire,
  Transaction,
  TransactionWire,
} from './types.js'
export * as webhook from './webhook.js'
export { PayloadWriter, type Written, type WrittenFile } from './writer.js'
export type { S3Options, WriterOptions } from './writer-options.js'

/** The version of this package. */
export const version: string = native.version()
