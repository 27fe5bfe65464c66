/** Payloads, and servers that answer as they are told. */

import { createServer, type Server, type Socket } from 'node:net'

import type { ConfigError } from 'qlower'

export const KEY = 'k-1'

export function rent(number = 1, fields: object = {}): object {
  return { id: `T${number}`, reqdExctnDt: '2025-01-31', 'id-prty': 'P1', amt: 850.5, ref: 'Loyer', ...fields }
}

/** A sound payload, as JSON. */
export function text(rents = 1, { key = KEY, partner = 'acme', ...sections } = {} as Given): string {
  return JSON.stringify({
    inigPtynm: partner,
    apiKey: key,
    creDtTm: '2025-02-01T08:00:00+01:00',
    versionId: '2.0',
    transactions: Array.from({ length: rents }, (_, at) => rent(at + 1)),
    ...sections,
  })
}

interface Given {
  key?: string
  partner?: string
  [section: string]: unknown
}

export const PARTIAL = JSON.stringify({
  status: 'PARTIAL_SUCCESS',
  total_count: 2,
  success_count: 1,
  failed_count: 1,
  end_date: '2025-02-01T08:00:01',
  errors: [
    {
      model: 'transactions',
      id: 'T2',
      type: 'ValidationError',
      error: "Champ 'amt' dans transactions 'T2' invalide : Field required",
    },
  ],
  combined_result: [{ model: 'transactions', item: { success: 1, error: 1 } }],
})

export function answer(status: string, body: string, ...headers: string[]): string {
  const head = [
    `HTTP/1.1 ${status}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    ...headers,
  ]
  return `${head.join('\r\n')}\r\n\r\n${body}`
}

/** Whether an error of a setting has a text of its own in French. */
export function toldInFrench({ message, messageFr, setting }: ConfigError): boolean {
  if (messageFr === null) return false
  const [english, french] = [`${setting}: `, `${setting} : `]
  const begins = message.startsWith(english) && messageFr.startsWith(french)
  return begins && message.slice(english.length) !== messageFr.slice(french.length)
}

/** A server that takes requests, and answers with what it was given, or never. */
export class Raw implements AsyncDisposable {
  /** Resolves when a request is there. */
  readonly arrived: Promise<void>
  /** Resolves when a client has closed a connection. */
  readonly closed: Promise<void>
  requests = 0
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(answer: string | undefined) {
    let arrived = () => {}
    let closed = () => {}
    this.arrived = new Promise((resolve) => {
      arrived = resolve
    })
    this.closed = new Promise((resolve) => {
      closed = resolve
    })
    this.#server = createServer((socket) => {
      this.#sockets.add(socket)
      socket.on('data', (data) => {
        if (data.includes('POST ')) this.requests += 1
        arrived()
        if (answer !== undefined) socket.end(answer)
      })
      socket.on('error', () => {})
      socket.on('close', () => closed())
    })
  }

  static async start(answer?: string): Promise<Raw> {
    const raw = new Raw(answer)
    await new Promise<void>((resolve) => raw.#server.listen(0, '127.0.0.1', resolve))
    return raw
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}`
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }
}

/** What a promise is rejected with. */
export async function caught<E>(promise: Promise<unknown>): Promise<E> {
  try {
    await promise
  } catch (error) {
    return error as E
  }
  throw new Error('it should fail')
}

/** What a call throws. */
export function thrown<E>(call: () => unknown): E {
  try {
    call()
  } catch (error) {
    return error as E
  }
  throw new Error('it should fail')
}
