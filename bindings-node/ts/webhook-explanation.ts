/** Why a webhook is refused. */

import { inspect } from 'node:util'

import type { ExplanationFacts } from './binding.js'
import type { SignatureError } from './errors.js'

/** One cause for which a webhook may be refused. It tells nothing of a secret, nor of the body. */
export interface Cause {
  /** What kind of cause it is, such as `body_reserialized`; this is stable. */
  readonly code: string
  /** Whether it was proved, or looks so. */
  readonly certainty: 'certain' | 'likely'
  /** Index of the secret that it is about, counted from 0; `null` if it is about none in particular. */
  readonly secret: number | null
  /** What to know and what to do, in English. */
  readonly message: string
  /** The same in French. */
  readonly messageFr: string
}

/** An {@link Explanation} as JSON: the same from every language. */
export interface ExplanationJson {
  is_genuine: boolean
  credential: string | null
  reason: string | null
  skew: number | null
  causes: { code: string; certainty: string; secret: number | null; message: string; message_fr: string }[]
}

/**
 * Why a webhook is refused, and what may have led to it. There is no secret in it, no right signature, and nothing of the body.
 *
 * It is for a log or a terminal of the receiver's own: do not answer it to the caller, to whom it says how close a forgery comes.
 */
export class Explanation {
  readonly #json: ExplanationJson
  readonly #texts: readonly string[]
  /** Whether the webhook is genuine. */
  readonly isGenuine: boolean
  /** Why it is refused; `null` if it is genuine. */
  readonly reason: SignatureError['reason'] | null
  /** Of one that is `expired`, this machine's time minus the signature's, in seconds; else `null`. */
  readonly skew: number | null
  /** What may have led to it: what is certain first. Empty if the webhook is genuine. */
  readonly causes: readonly Cause[]

  /** @internal */
  constructor(facts: ExplanationFacts) {
    this.#json = JSON.parse(facts.json)
    this.#texts = facts.texts
    const { is_genuine, reason, skew, causes } = this.#json
    this.isGenuine = is_genuine
    this.reason = reason as SignatureError['reason'] | null
    this.skew = skew
    this.causes = causes.map(({ message_fr, ...cause }) => ({ ...cause, messageFr: message_fr }) as Cause)
  }

  /** The explanation as text, a line for the refusal and one for each cause. */
  text(lang: 'en' | 'fr' = 'en'): string {
    return this.#texts[lang === 'fr' ? 1 : 0] as string
  }

  /** The explanation as text, in English. */
  toString(): string {
    return this.text()
  }

  /** The explanation as JSON, the same from every language. */
  toJSON(): ExplanationJson {
    return structuredClone(this.#json)
  }

  /** What `console.log` shows. */
  [inspect.custom](): string {
    return `Explanation { ${this.text()} }`
  }
}
