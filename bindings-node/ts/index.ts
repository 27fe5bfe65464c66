/**
 * The Qlower partner SDK for Node.
 *
 * @packageDocumentation
 */

import { native } from './native.js'

export { QlowerError } from './errors.js'
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

/** The version of this package. */
export const version: string = native.version()
