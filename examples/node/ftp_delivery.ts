/**
 * Delivers the photos of vehicles to the customers' servers of a fleet, and says what became of each.
 *
 *     npx tsx ftp_delivery.ts customers.toml photos
 *
 * `photos` has a folder for each customer, and in it one for each vehicle, named by its VIN: `photos/garage-nord/VF1RFB00X57/front.jpg`.
 * With `--plan` nothing is connected: it prints the names that the files would get. It ends with 1 if something was not delivered.
 */

import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { ftp } from 'qlower'

async function foldersOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  return entries
    .filter((it) => it.isDirectory())
    .map((it) => it.name)
    .sort()
}

/** A job for each vehicle. */
async function jobsOf(folder: string): Promise<ftp.Job[]> {
  const jobs: ftp.Job[] = []
  for (const destination of await foldersOf(folder)) {
    for (const vin of await foldersOf(join(folder, destination))) {
      const vehicle = join(folder, destination, vin)
      const files = (await readdir(vehicle)).sort().map((name) => join(vehicle, name))
      jobs.push({ destination, files, variables: { vin }, details: { vehicle: vin } })
    }
  }
  return jobs
}

const { values, positionals } = parseArgs({
  options: { plan: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const [file, folder] = positionals
if (file === undefined || folder === undefined) {
  console.error('ftp_delivery: which file of customers, and which folder of photos?')
  process.exit(2)
}

try {
  const fleet = await ftp.Fleet.open(file)
  const jobs = await jobsOf(folder)
  if (values.plan) {
    for (const { destination, files, variables } of jobs) {
      const plan = await fleet.destination(destination)?.plan(files, variables)
      console.log(`${destination}: ${plan?.archive ?? plan?.files.join(', ') ?? 'there is no such customer'}`)
    }
  } else {
    const summary = await fleet.deliver(jobs, {
      onProgress: ({ done, jobs }) => console.error(`${done} of ${jobs}`),
    })
    console.log(`${summary}`.trimEnd())
    process.exitCode = summary.isComplete ? 0 : 1
  }
} catch (error) {
  // All mistakes of the file, or of the names, at once.
  if (!(error instanceof ftp.FleetError || error instanceof ftp.NamingError)) throw error
  console.error(error.message)
  process.exitCode = 2
}
