/** What tests send to a sandbox without a client. */

import { once } from 'node:events'
import { request } from 'node:http'
import type { Sandbox } from 'qlower'

/** A transaction, in the form of the wire. */
export const TRANSACTION = { id: 'T1', reqdExctnDt: '2025-01-31', 'id-prty': 'P1', amt: 850.5, ref: 'Loyer' }

/** A payload with these sections, in the form of the wire. */
export function payload(sections: object = {}): object {
  const header = { inigPtynm: 'acme', apiKey: 'k-1', creDtTm: '2025-02-01T08:00:00+01:00', versionId: '2.0' }
  return { ...header, ...sections }
}

/** Sends JSON, and reads the answer. */
export async function post(to: Sandbox, document: unknown, path = '/api/third_party/loader') {
  const sent = request(`${to.url}${path}`, { method: 'POST', agent: false })
  sent.end(JSON.stringify(document))
  const [answer] = await once(sent, 'response')
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk)
  return {
    status: answer.statusCode as number,
    headers: answer.headers,
    body: Buffer.concat(chunks).toString(),
  }
}
