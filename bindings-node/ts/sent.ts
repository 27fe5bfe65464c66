/** What became of parts that were sent. */

import { inspect } from 'node:util'

import type * as Binding from './binding.js'
import { type Certainty, errorOf, type QlowerError, value } from './errors.js'
import { native } from './native.js'
import { Receipt, type ReceiptJson } from './receipt.js'
import { Reply, type ReplyJson } from './reply.js'
import { Part, Parts } from './split.js'

/** From the least that is known of a part to the most. */
const ORDER: readonly Certainty[] = ['not_processed', 'unknown', 'processed']

/** A {@link SentPart} as JSON. */
export interface SentPartJson {
  /** See {@link Part.number}. */
  number: number
  /** See {@link SentPart.certainty}. */
  certainty: Certainty
  /** See {@link SentPart.receipt}. */
  receipt: ReceiptJson | null
  /** See {@link SentPart.error}. */
  error: object | null
  /** See {@link SentPart.reason}. */
  reason: string | null
}

/** What became of one part. */
export class SentPart {
  /** The part. */
  readonly part: Part
  /** Whether Qlower has treated it, as far as it could be seen from here. */
  readonly certainty: Certainty
  /** If Qlower has treated it. The reply's pointers lead into the part. */
  readonly receipt: Receipt | null
  /** If it failed. */
  readonly error: QlowerError | null
  /** If it did not leave: why. */
  readonly reason: string | null

  /** @internal */
  constructor(sent: Binding.SentPart) {
    this.part = Part.of(sent.part)
    this.certainty = sent.certainty as Certainty
    this.receipt = sent.receipt ? Receipt.of(sent.receipt) : null
    this.error = sent.error ? errorOf(sent.error) : null
    this.reason = sent.reason ?? null
  }

  /** As plain data, without the payload. */
  toJSON(): SentPartJson {
    return {
      number: this.part.number,
      certainty: this.certainty,
      receipt: this.receipt?.toJSON() ?? null,
      error: this.error?.toJSON() ?? null,
      reason: this.reason,
    }
  }
}

/**
 * What became of every part that was to be sent. `toString()` is one line. Made by {@link Client.sendAll}.
 *
 * @example
 * ```ts
 * import { Client, Sandbox, split } from 'qlower'
 *
 * const rent = { date: '2025-01-31', propertyId: 'P1', amount: 850, reference: 'Loyer' }
 * const transactions = ['T0', 'T1', 'T2'].map((id) => ({ id, ...rent }))
 * const payload = { partner: 'acme', apiKey: 'k-1', createdAt: '2025-02-01T08:00:00+01:00', transactions }
 * const sandbox = await Sandbox.start({ partners: { acme: 'k-1' } })
 * const client = new Client({ environment: sandbox.url, retry: { maxAttempts: 1 } })
 *
 * sandbox.failNext('service_unavailable')
 * let sent = await client.sendAll(split(payload, { maxItems: 1 }), { concurrency: 1 })
 * console.log(`${sent}`) // 3 parts: 0 treated, 1 failed, 2 not sent
 * sent = sent.followedBy(await client.sendAll(sent.remaining))
 * console.log(sent.isComplete, sent.reply?.successCount) // true 3
 * await client.close()
 * await sandbox.stop()
 * ```
 */
export class SentAll {
  /** Each part, in order, and what became of it. */
  readonly parts: readonly SentPart[]
  /** One reply about all parts that were treated, with pointers into the whole; `null` if none was. */
  readonly reply: Reply | null

  private constructor(parts: SentPart[], reply: Binding.Reply | null | undefined) {
    this.parts = Object.freeze(parts)
    this.reply = reply ? Reply.of(reply) : null
  }

  /** @internal */
  static of(sent: Binding.SentAll): SentAll {
    return new SentAll(
      sent.parts.map((part) => new SentPart(part)),
      sent.reply,
    )
  }

  /** Those that were treated, with their receipts. */
  get processed(): SentPart[] {
    return this.parts.filter((part) => part.receipt !== null)
  }

  /** Those that failed, with their errors. One whose certainty is `unknown` may have been treated. */
  get failed(): SentPart[] {
    return this.parts.filter((part) => part.error !== null)
  }

  /** Those that did not leave, with the reason. */
  get unsent(): SentPart[] {
    return this.parts.filter((part) => part.reason !== null)
  }

  /** What is to be sent again: those that failed, treated or not, and those that did not leave. */
  get remaining(): Parts {
    return new Parts(this.parts.filter((part) => part.receipt === null).map(({ part }) => part))
  }

  /** Whether every part was treated. Items may have failed all the same: see {@link reply}. */
  get isComplete(): boolean {
    return this.parts.every((part) => part.receipt !== null)
  }

  /** Whether Qlower has treated all of it: `unknown` if some parts were treated, or of some it is not known. */
  get certainty(): Certainty {
    const all = (certainty: Certainty): boolean => this.parts.every((part) => part.certainty === certainty)
    if (all('processed')) return 'processed'
    return all('not_processed') ? 'not_processed' : 'unknown'
  }

  /**
   * Adds what became of parts that were sent again.
   *
   * Of a part in both, the later outcome counts, unless by the earlier one it was treated, or may have been, and the later one
   * knows nothing of that.
   */
  followedBy(later: SentAll): SentAll {
    const known = new Map(this.parts.map((sent) => [sent.part.number, sent]))
    for (const sent of later.parts) {
      const before = known.get(sent.part.number)
      if (before === undefined || ORDER.indexOf(sent.certainty) >= ORDER.indexOf(before.certainty)) {
        known.set(sent.part.number, sent)
      }
    }
    const parts = [...known.values()].sort((one, other) => one.part.number - other.part.number)
    const treated = parts.filter((sent) => sent.receipt !== null)
    const replies = treated.map((sent) => Reply.nativeOf((sent.receipt as Receipt).reply))
    const handles = treated.map((sent) => Part.held(sent.part))
    return new SentAll(parts, value(native.combine(handles, replies)))
  }

  /** As one line. */
  toString(): string {
    const { parts, processed, failed, unsent } = this
    return `${parts.length} parts: ${processed.length} treated, ${failed.length} failed, ${unsent.length} not sent`
  }

  /** As plain data, without the payloads. */
  toJSON(): { parts: SentPartJson[]; reply: ReplyJson | null } {
    return { parts: this.parts.map((part) => part.toJSON()), reply: this.reply?.toJSON() ?? null }
  }

  /** @internal */
  [inspect.custom](): string {
    return `SentAll { ${this} }`
  }
}
