/**
 * The Qlower partner SDK for Node.
 *
 * @packageDocumentation
 */

import { native } from './native.js'

export { check, checkAsync, checked, checkedAsync, checkedFile, checkFile } from './check.js'
export { Checked } from './checked.js'
export {
  AbortError,
  ApiError,
  BatchError,
  type Certainty,
  ConfigError,
  type ErrorJson,
  FileError,
  InternalError,
  QlowerError,
  SandboxError,
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
export type { Source } from './input.js'
export type { AsyncCheckOptions, CheckOptions } from './options.js'
export { Payload } from './payload.js'
export { type Counts, type RenderOptions, Report, type ReportJson, type RuleSet } from './report.js'
export { Sandbox, type SandboxClientOptions, type SandboxOptions } from './sandbox.js'
export type {
  Loaded,
  LoadedAccount,
  LoadedItem,
  ModelName,
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
export { type AsyncSplitOptions, Part, Parts, type SplitOptions, split, splitAsync } from './split.js'

/** The version of this package. */
export const version: string = native.version()
