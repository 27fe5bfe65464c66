/** The work under way: one at a time for each key, and so much in all. */

/** Work that is under way, and whether it was begun just now. */
export interface Flight<T> {
  readonly done: Promise<T>
  readonly isFirst: boolean
}

/** All work under way. */
export class Flights<T> {
  readonly #byKey = new Map<string, Promise<T>>()
  readonly #all = new Set<Promise<T>>()
  readonly #limit: number

  constructor(limit: number) {
    this.#limit = limit
  }

  /** How much is under way. */
  get size(): number {
    return this.#all.size
  }

  /** Begins work that never fails, unless work of the same key is under way; gives nothing if too much is. */
  take(key: string | null, work: () => Promise<T>): Flight<T> | undefined {
    const first = key === null ? undefined : this.#byKey.get(key)
    if (first !== undefined) return { done: first, isFirst: false }
    if (this.#all.size >= this.#limit) return undefined
    const done = work().finally(() => {
      this.#all.delete(done)
      if (key !== null) this.#byKey.delete(key)
    })
    this.#all.add(done)
    if (key !== null) this.#byKey.set(key, done)
    return { done, isFirst: true }
  }

  /** Waits until nothing is under way. */
  async idle(): Promise<void> {
    while (this.#all.size > 0) await Promise.all(this.#all)
  }
}

/** What a promise gives, or `undefined` if it takes longer than so many milliseconds. */
export async function within<T>(promise: Promise<T>, milliseconds: number): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, Math.max(0, milliseconds), undefined)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
