/** FTP and SFTP servers of other makers, which `tools/ftp_servers.py` starts. */

import { readFileSync } from 'node:fs'

import type { ftp } from 'qlower'

interface Account {
  user: string
  password: string
  /** Where its files stand. */
  root: string
}

interface Place {
  name: string
  server: string
  protocol: ftp.Protocol
  host: string
  port: number
  host_keys: { fingerprint: string; line: string }[]
  accounts: Record<string, Account>
}

interface Places {
  ca: string
  keys: Record<string, { path: string; passphrase: string }>
  places: Place[]
  fleet: Account[]
  left_out: Record<string, string>
}

const file = process.env['QLOWER_TEST_FTP']

/** What runs; nothing outside of `test.sh`. */
export const places: Places | undefined =
  file === undefined ? undefined : JSON.parse(readFileSync(file, 'utf8'))

/** A place, if it runs. */
export function placeOf(name: string): Place | undefined {
  return places?.places.find((it) => it.name === name)
}

/** How an account of a place is reached. */
export function reached(place: Place, account = 'main'): ftp.DestinationOptions {
  const { user, password } = place.accounts[account] as Account
  const { host, port, protocol } = place
  const trust =
    protocol === 'sftp'
      ? { hostKey: place.host_keys.map(({ fingerprint }) => fingerprint) }
      : protocol === 'ftp'
        ? {}
        : { caBundle: (places as Places).ca }
  return { host, port, protocol, user, password, ...trust }
}
