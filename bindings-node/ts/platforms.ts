/** The platforms that have native modules, each in a package of its own. */

/** One of them. */
export interface Platform {
  /** How the names of its packages end. */
  id: string
  /** As in `process.platform`, and in the field `os` of its packages. */
  os: string
  /** As in `process.arch`, and in the field `cpu` of its packages. */
  cpu: string
  /** As in the field `libc` of its packages. */
  libc?: string
  /** What Rust calls it. */
  target: string
  /** Loads the module. The name is spelled out for the sake of bundlers. */
  load: () => unknown
}

/** All of them. Where two fit, the one that is more common comes first. */
export const platforms: readonly Platform[] = [
  {
    id: 'linux-x64-gnu',
    os: 'linux',
    cpu: 'x64',
    libc: 'glibc',
    target: 'x86_64-unknown-linux-gnu',
    load: () => require('@qlower/node-linux-x64-gnu'),
  },
  {
    id: 'linux-x64-musl',
    os: 'linux',
    cpu: 'x64',
    libc: 'musl',
    target: 'x86_64-unknown-linux-musl',
    load: () => require('@qlower/node-linux-x64-musl'),
  },
  {
    id: 'linux-arm64-gnu',
    os: 'linux',
    cpu: 'arm64',
    libc: 'glibc',
    target: 'aarch64-unknown-linux-gnu',
    load: () => require('@qlower/node-linux-arm64-gnu'),
  },
  {
    id: 'linux-arm64-musl',
    os: 'linux',
    cpu: 'arm64',
    libc: 'musl',
    target: 'aarch64-unknown-linux-musl',
    load: () => require('@qlower/node-linux-arm64-musl'),
  },
  {
    id: 'darwin-x64',
    os: 'darwin',
    cpu: 'x64',
    target: 'x86_64-apple-darwin',
    load: () => require('@qlower/node-darwin-x64'),
  },
  {
    id: 'darwin-arm64',
    os: 'darwin',
    cpu: 'arm64',
    target: 'aarch64-apple-darwin',
    load: () => require('@qlower/node-darwin-arm64'),
  },
  {
    id: 'win32-x64-msvc',
    os: 'win32',
    cpu: 'x64',
    target: 'x86_64-pc-windows-msvc',
    load: () => require('@qlower/node-win32-x64-msvc'),
  },
  {
    id: 'win32-arm64-msvc',
    os: 'win32',
    cpu: 'arm64',
    target: 'aarch64-pc-windows-msvc',
    load: () => require('@qlower/node-win32-arm64-msvc'),
  },
]
