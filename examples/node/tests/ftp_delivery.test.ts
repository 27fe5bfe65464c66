/** The program plans names, tells all mistakes, and what became of each delivery. */

import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'

import { run } from './run.ts'

/** Photos of a vehicle for two customers, and the file that describes these. */
async function given(context: TestContext, customers: string): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'qlower-ftp-'))
  context.after(() => rm(folder, { recursive: true }))
  for (const customer of ['garage-nord', 'nobody']) {
    const vehicle = join(folder, 'photos', customer, 'VF1RFB00X57')
    await mkdir(vehicle, { recursive: true })
    for (const name of ['1.JPG', '2.JPG']) await writeFile(join(vehicle, name), name)
  }
  await writeFile(join(folder, 'customers.toml'), customers)
  return [join(folder, 'customers.toml'), join(folder, 'photos')]
}

const customer = (place: string): string => `
  [customers.garage-nord]
  ${place}
  file = "{vin}_{n:02}.{ext:lower}"
  retry = { max_attempts = 1 }
`

test('the names are planned without a connection', async (context) => {
  const args = await given(
    context,
    customer('host = "ftp.garage-nord.example"\nuser = "dms"\npassword = "p4ss"'),
  )
  const { out } = await run('ftp_delivery.ts', [...args, '--plan'])
  assert.deepEqual(out.trim().split('\n'), [
    'garage-nord: VF1RFB00X57_01.jpg, VF1RFB00X57_02.jpg',
    'nobody: there is no such customer',
  ])
})

test('all mistakes of the file are told at once', async (context) => {
  const args = await given(context, customer('hots = "ftp.garage-nord.example"\npassword = "p4ss"'))
  const { err } = await run('ftp_delivery.ts', args, 2)
  assert.match(err, /hots.*did you mean.*host/)
  assert.doesNotMatch(err, /p4ss/)
  assert.match((await run('ftp_delivery.ts', [], 2)).err, /which file of customers/)
})

test('a server that is not there is told of, and so is a customer that is not', async (context) => {
  const args = await given(context, customer('host = "127.0.0.1"\nport = 1\nprotocol = "ftp"\nuser = "dms"'))
  const { out, err } = await run('ftp_delivery.ts', args, 1)
  assert.match(out, /0 of 2 destinations complete/)
  assert.match(out, /garage-nord .*no connection/)
  assert.match(out, /nobody .*no such destination/)
  assert.match(err, /2 of 2/)
})

const servers = process.env['QLOWER_TEST_FTP']

test('photos arrive', { skip: servers === undefined }, async (context) => {
  const { ca, places } = JSON.parse(await readFile(servers ?? '', 'utf8'))
  const place = places.find(({ name }: { name: string }) => name === 'pyftpdlib-ftps')
  const { user, password, root } = place.accounts.main
  const directory = `example-${process.pid}`
  const settings = { host: place.host, port: place.port, user, password, directory, ca_bundle_file: ca }
  const lines = Object.entries(settings).map(([key, value]) => `${key} = ${JSON.stringify(value)}`)
  const args = await given(context, customer(lines.join('\n')))
  await rm(join(args[1] as string, 'nobody'), { recursive: true })
  const { out } = await run('ftp_delivery.ts', args)
  assert.match(out, /1 of 1 destinations complete: 1 of 1 jobs delivered, 2 files/)
  assert.deepEqual((await readdir(join(root, directory))).sort(), [
    'VF1RFB00X57_01.jpg',
    'VF1RFB00X57_02.jpg',
  ])
})
