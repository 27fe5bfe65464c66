// Does one thing, and then has nothing to do any more.
//
//   node once.mjs send|construct|upload|wait|fail|leave|throw URL OPTIONS

import { Client } from 'qlower'

const [what, url, settings] = process.argv.slice(2)
const payload = JSON.stringify({
  inigPtynm: 'acme',
  apiKey: 'k-1',
  creDtTm: '2025-02-01T08:00:00+01:00',
  versionId: '2.0',
  transactions: [{ id: 'T1', reqdExctnDt: '2025-01-31', 'id-prty': 'P1', amt: 850.5, ref: 'Loyer' }],
})
const client = new Client(settings ? JSON.parse(settings) : { environment: url })
if (what === 'send') console.log((await client.send(payload)).certainty)
else if (what === 'upload') {
  await client.upload(payload, { onProgress: ({ done, total }) => console.log(done === total) })
} else if (what === 'wait') {
  const receipt = await client.upload(payload)
  console.log((await client.waitFor(receipt, { timeout: 50 })).status)
} else if (what === 'fail') {
  await client.send(payload, { signal: AbortSignal.timeout(100) }).catch(({ name }) => console.log(name))
} else if (what === 'leave' || what === 'throw') {
  const endless = new AbortController().signal
  for (let call = 0; call < 20; call += 1) client.send(payload, { signal: endless }).catch(() => {})
  setTimeout(
    () => {
      console.log('left')
      if (what === 'leave') process.exit(7)
      process.on('uncaughtException', () => process.exit(8))
      throw new Error('in the middle')
    },
    50 + Math.random() * 50,
  )
} else console.log('made')
