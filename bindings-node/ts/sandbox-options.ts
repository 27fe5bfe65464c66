/** What a sandbox is asked for, and what it tells a client. */

import type { CallOptions } from './abort.js'
import type { S3Permission } from './sandbox-records.js'
import type { WebhookTarget } from './sandbox-webhook-records.js'

/** Options of {@link Sandbox.start}. Times are in milliseconds. */
export interface SandboxOptions extends CallOptions {
  /** Access key of each partner, by its id; `{ sandbox: 'sandbox-key' }` by default. */
  readonly partners?: Readonly<Record<string, string>> | null | undefined
  /** Largest body by REST in bytes, 10 MiB by default; a larger one is answered 413. */
  readonly maxBodyBytes?: number | null | undefined
  /** Connections served at once, 256 by default; further ones wait. */
  readonly maxConnections?: number | null | undefined
  /** Milliseconds in which a head, and then a body, must arrive; 30 000 by default. */
  readonly readTimeout?: number | null | undefined
  /**
   * The day that the check takes for today: `2025-01-31`, or a `Date`, of which the day counts in UTC if it is midnight there,
   * else here. Default: today in Paris.
   */
  readonly today?: string | Date | null | undefined
  /** Where webhooks go; see also {@link Sandbox.setWebhook}. */
  readonly webhook?: WebhookTarget | null | undefined
  /** How fast the time between tries of a webhook passes: 1 by default; with 3600 an hour takes a second. */
  readonly webhookSpeed?: number | null | undefined
  /** Milliseconds that one try may take, in real time; 30 000 by default. */
  readonly webhookTimeout?: number | null | undefined
  /** From what ids of events are made; by default they are new ones each time. */
  readonly webhookSeed?: number | null | undefined
  /** Id of the key pair that opens every bucket. */
  readonly s3AccessKeyId?: string | null | undefined
  /** Its secret. */
  readonly s3SecretAccessKey?: string | null | undefined
  /** Region of the buckets, `eu-west-1` by default. */
  readonly s3Region?: string | null | undefined
  /** What the key may do: everything but deleting by default, {@link Sandbox.UPLOAD_ONLY} as a partner's. */
  readonly s3Permissions?: Iterable<S3Permission> | null | undefined
  /** What a second completion of an upload comes to; `succeeds` by default. */
  readonly s3RepeatedComplete?: 'succeeds' | 'precondition_failed' | 'no_such_upload' | null | undefined
  /** Milliseconds between an object's arrival and its load, 50 by default. */
  readonly s3LoadDelay?: number | null | undefined
  /** Whether loads wait until {@link Sandbox.holdS3Loads} lets them go; no by default. */
  readonly s3HoldLoads?: boolean | null | undefined
  /** Largest object and largest part in bytes, 128 MiB by default. */
  readonly s3MaxObjectBytes?: number | null | undefined
  /** What all buckets together hold in bytes, 2 GiB by default. */
  readonly s3MaxStoredBytes?: number | null | undefined
}

/** What {@link Sandbox.clientOptions} gives. */
export interface SandboxClientOptions {
  /** Base URL of the sandbox. */
  environment: string
  /** Id of the partner. */
  partner: string
  /** Its access key. */
  apiKey: string
  /** Region of the buckets. */
  region?: string
  /** Id of the key pair that opens them. */
  accessKeyId?: string
  /** Its secret. */
  secretAccessKey?: string
  /** Base URL of the S3 side. */
  s3Endpoint?: string
  /** Whether the bucket stands in the path instead of the host name: here always. */
  s3PathStyle?: boolean
}
