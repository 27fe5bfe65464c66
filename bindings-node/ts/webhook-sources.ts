/** Who sends webhooks: what proves that one is genuine, and how it is read. */

import type { Fault, VerifiedFacts } from './binding.js'
import { configError, value } from './errors.js'
import { native } from './native.js'
import { count } from './options.js'
import { type Header, headerBytes, passwordsOf, secretBytes } from './webhook-given.js'
import type { CallerOptions, ReceiverOptions } from './webhook-options.js'

/** What is known of a request before its body. */
export interface Head {
  readonly method: string
  /** The path that was called, perhaps with a query. */
  readonly path: string
  header(name: string): Header
}

/** An event that was read. */
export interface Read {
  readonly event: unknown
  readonly type: string
  readonly key: string | null
  readonly isPing: boolean
}

/** A sender of webhooks. */
export interface Source {
  verify(head: Head, body: Uint8Array): VerifiedFacts | null | undefined | Fault
  read(body: Uint8Array): Read
}

/** Qlower, by a signature, a key, or both. */
export function signedBy(options: ReceiverOptions, read: Source['read']): Source {
  const { secrets, apiKey, tolerance } = given(options)
  const { signatureHeader, apiKeyHeader } = native.webhookPolicy()
  const verifier = value(
    native.openWebhookVerifier({
      ...(secrets != null && { secrets: secretBytes(secrets, 'secrets') }),
      ...(apiKey != null && { apiKeys: secretBytes(apiKey, 'apiKey') }),
      ...(tolerance != null && { tolerance: count('tolerance', tolerance) }),
    }),
  )
  return {
    read,
    verify: (head, body) => {
      const key = head.header(apiKeyHeader)
      return verifier.verify(
        body,
        headerBytes(head.header(signatureHeader)),
        key == null ? undefined : headerBytes(key),
      )
    },
  }
}

/** Somebody who proves nothing of the body: a user by HTTP Basic, or who knows a secret address. */
export function callers(options: CallerOptions<never>, read: Source['read']): Source {
  const { users, pathSecrets } = given(options)
  const verifier = value(
    native.openWebhookCallers({
      ...(users != null && passwordsOf(users)),
      ...(pathSecrets != null && { pathSecrets: secretBytes(pathSecrets, 'pathSecrets') }),
    }),
  )
  return {
    read,
    verify: (head) => {
      const [path = ''] = head.path.split('?', 1)
      return verifier.verify(headerBytes(head.header('authorization')), path)
    },
  }
}

function given<T extends object>(options: T): T {
  if (typeof options !== 'object' || options === null) throw configError('options', 'must be an object')
  return options
}
