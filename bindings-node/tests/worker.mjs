// Checks in a worker thread, again and again until it is terminated or told when to end.

import { parentPort, workerData } from 'node:worker_threads'

import { check, checkAsync, checked, ValidationError } from 'qlower'

const { text, long, ending } = workerData

const report = check(text)
await checkAsync(text)
try {
  checked('{}')
} catch (error) {
  if (!(error instanceof ValidationError)) throw error
}
const checks = Array.from({ length: 3 }, () => checkAsync(long))
parentPort.postMessage({ findings: report.findings.length, partner: checked(text).partner })
if (ending === 'by itself') await Promise.all(checks)
else if (ending === 'exit') process.exit(0)
else for (;;) await checkAsync(long, { signal: new AbortController().signal, timeout: 60_000 })
