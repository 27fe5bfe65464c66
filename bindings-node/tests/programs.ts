/** The programs in the documentation: they are looked for, compiled, and run. */

import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'

/** One of them. */
export interface Program {
  /** File and line, such as `check.d.ts:31`. */
  name: string
  text: string
}

const block = /^```ts\n(.*?)^```$/gms
const server = /^```ts server\n(.*?)^```$/gms

function programsOf(name: string, text: string, of = block): Program[] {
  return [...text.matchAll(of)].map((found) => {
    const line = text.slice(0, found.index).split('\n').length + 1
    return { name: `${name}:${line}`, text: found[1] as string }
  })
}

/** Those of a README file. A block ` ```ts skip ` or ` ```ts server ` is none. */
export function programsOfMarkdown(file: string): Program[] {
  return programsOf(basename(file), readFileSync(file, 'utf8'))
}

/** The blocks ` ```ts server ` of a README file: the first makes a receiver, of which the others make servers. */
export function serversOfMarkdown(file: string): Program[] {
  return programsOf(basename(file), readFileSync(file, 'utf8'), server)
}

/** Those in the comments of the declarations in a folder. */
export function programsOfDeclarations(folder: string): Program[] {
  return readdirSync(folder)
    .filter((it) => it.endsWith('.d.ts'))
    .sort()
    .flatMap((name) =>
      programsOf(
        name,
        readFileSync(join(folder, name), 'utf8').replace(/^[ \t]*\*(?: (?=.)|$|(?!\/))/gm, ''),
      ),
    )
}

/** What the comments after `console.log(…)` promise, a line each. */
export function promised(text: string): string[] {
  return [...text.matchAll(/^[ \t]*console\.log\(.*\) \/\/ (.*)$/gm)].map((found) => found[1] as string)
}

/** Writes each program into a folder of its own, and compiles all. Gives the folders, or throws what the compiler says. */
export function compile(programs: readonly Program[], folder: string): Map<Program, string> {
  const folders = new Map(programs.map((it) => [it, join(folder, it.name.replace(/[^\w]/g, '-'))]))
  for (const [program, at] of folders) {
    mkdirSync(at, { recursive: true })
    writeFileSync(join(at, 'main.mts'), program.text)
  }
  const compilerOptions = {
    target: 'es2023',
    lib: ['es2023', 'esnext.disposable'],
    module: 'nodenext',
    types: ['node'],
    strict: true,
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*/main.mts'] }))
  const require = createRequire(import.meta.url)
  const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc')
  const done = spawnSync(process.execPath, [tsc, '--project', folder], { encoding: 'utf8' })
  if (done.status !== 0) throw new Error(`the programs do not compile:\n${done.stdout}${done.stderr}`)
  return folders
}

/** Runs a compiled program, and gives what it printed. Fails if it fails, warns, or does not print what it promises. */
export function run(program: Program, folder: string, env: Record<string, string>): Promise<string> {
  const { promise, resolve, reject } = withResolvers<string>()
  const child = spawn(process.execPath, ['main.mjs'], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (it) => {
    out += it
  })
  child.stderr.setEncoding('utf8').on('data', (it) => {
    err += it
  })
  child.on('error', reject)
  child.on('close', (status, signal) => {
    if (status !== 0 || err !== '')
      reject(new Error(`${program.name} ended with ${status ?? signal}:\n${err}${out}`))
    else {
      const lines = out.split('\n')
      let at = 0
      const wrong = promised(program.text).find((wanted) => {
        at = lines.indexOf(wanted, at) + 1
        return at === 0
      })
      if (wrong === undefined) resolve(out)
      else reject(new Error(`${program.name} does not print, or not in its turn: ${wrong}\nbut:\n${out}`))
    }
  })
  return promise
}

function withResolvers<T>() {
  let resolve!: (value: T) => void
  let reject!: (error: Error) => void
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}
