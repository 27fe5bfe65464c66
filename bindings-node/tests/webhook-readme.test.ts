/** The servers in the README, and `typing/webhooks.ts` and `connect.ts`, compile strictly; the servers take webhooks. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { serversOfMarkdown } from './programs.js'
import { type Answer, send } from './webhook-servers.js'
import { ORDER, SECRET, signed, until } from './webhooks.js'

const here = dirname(fileURLToPath(import.meta.url))
const [receiver, ...servers] = serversOfMarkdown(join(here, '../README.md'))
const names = ['node:http', 'express', 'fastify', 'hono'] as const

let folder: string
beforeAll(() => {
  // Here, so that they find the packages.
  folder = mkdtempSync(join(here, '.programs-'))
  writeFileSync(join(folder, 'receiver.mts'), receiver?.text ?? '')
  for (const [at, { text }] of servers.entries()) writeFileSync(join(folder, `server${at}.mts`), text)
  for (const name of ['webhooks', 'connect']) {
    copyFileSync(join(here, `typing/${name}.ts`), join(folder, `${name}.mts`))
    copyFileSync(join(here, `typing/${name}.ts`), join(folder, `${name}.cts`))
  }
  const compilerOptions = {
    target: 'es2023',
    lib: ['es2023', 'esnext.disposable'],
    module: 'nodenext',
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    // Those of frameworks want names that only a browser has.
    skipLibCheck: true,
  }
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, include: ['*.mts', '*.cts'] }),
  )
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
  const done = spawnSync(process.execPath, [tsc, '--project', folder], { encoding: 'utf8' })
  expect(done.stdout + done.stderr).toBe('')
}, 120_000)
afterAll(() => rmSync(folder, { recursive: true }))

/** A port that nobody uses just now. */
async function free(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** The first answer of a server that is about to listen. */
async function answered(
  child: ChildProcess,
  url: string,
  given: Parameters<typeof send>[1],
): Promise<Answer> {
  for (let at = 0; ; at++) {
    try {
      return await send(url, given)
    } catch (error) {
      if (at > 400 || child.exitCode !== null) throw error
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
  }
}

test('they are there', () => {
  expect(servers.map(({ text }) => names.find((it) => text.includes(`'${it}'`)))).toEqual(names)
})

test.each(names.map((name, at) => [name, at] as const))('%s', { timeout: 60_000 }, async (_, at) => {
  const port = await free()
  const child = spawn(process.execPath, [`server${at}.mjs`], {
    cwd: folder,
    env: { ...process.env, PORT: `${port}`, QLOWER_WEBHOOK_SECRET: SECRET },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    err += text
  })
  child.stdout.setEncoding('utf8').on('data', (text) => {
    out += text
  })
  try {
    const url = `http://127.0.0.1:${port}/webhooks/qlower`
    const genuine = { headers: signed(ORDER), body: [ORDER] }
    expect((await answered(child, url, genuine)).body).toBe('{"status":"handled"}')
    expect((await send(url, genuine)).body).toBe('{"status":"duplicate"}')
    expect((await send(url, { headers: signed(ORDER), body: [`${ORDER} `] })).status).toBe(401)
    // It is printed when Node comes to it.
    await until(() =>
      err.includes('QlowerWebhookWarning: a webhook was refused: the signature does not match'),
    )
    expect(out).toBe('order.created 3051 315.10 EUR\n2026 qlw_7\n')
  } finally {
    const closed = once(child, 'close')
    child.kill()
    await closed
  }
})
