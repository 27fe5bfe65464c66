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
export { type Counts, type RenderOptions, Report, type ReportJson, type RuleSet } from './report.js'

/** The version of this package. */
export const version: string = native.version()
