/** An FTP server on this machine that keeps what it is sent, notes each command, and can fall silent. */

import { createServer, type Server, type Socket } from 'node:net'

const PASSWORD = 's3cr3t'

/** What it does otherwise than a sound one. */
interface Moods {
  /** From this command on, nothing is answered any more. */
  silentAt?: string
  /** And whoever connects after that hears nothing, either. */
  forGood?: boolean
  /** Commands that are refused, with this reply. */
  refuses?: Record<string, string>
}

/** Speaks as much FTP as a delivery needs. The password is `s3cr3t`, for every user. */
export class Wire implements AsyncDisposable {
  readonly files = new Map<string, Buffer>()
  /** The verbs, and the whole lines. */
  readonly commands: string[] = []
  readonly lines: string[] = []
  connections = 0
  /** How many of them are closed. */
  closed = 0
  readonly #moods: Moods
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(moods: Moods) {
    this.#moods = moods
    this.#server = createServer((socket) => this.#serve(socket))
  }

  static async start(moods: Moods = {}): Promise<Wire> {
    const wire = new Wire(moods)
    await new Promise<void>((resolve) => wire.#server.listen(0, '127.0.0.1', resolve))
    return wire
  }

  /** How it is reached. */
  get at(): { host: string; port: number; protocol: 'ftp'; user: string; password: string } {
    const { port } = this.#server.address() as { port: number }
    return { host: '127.0.0.1', port, protocol: 'ftp', user: 'dms', password: PASSWORD }
  }

  /** A file, as text. */
  text(path: string): string | undefined {
    return this.files.get(path)?.toString()
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket))
  }

  #serve(socket: Socket): void {
    this.#keep(socket)
    this.connections += 1
    socket.on('close', () => {
      this.closed += 1
    })
    const session = new Session(this.files, (each) => this.#keep(each))
    let come = ''
    const say = (reply: string): void => void socket.write(`${reply}\r\n`)
    const { silentAt, forGood } = this.#moods
    if (silentAt === 'greeting' || (forGood && this.commands.includes(`${silentAt}`))) return
    say('220 here')
    socket.on('data', async (data) => {
      come += data.toString('utf8')
      for (let end = come.indexOf('\r\n'); end >= 0; end = come.indexOf('\r\n')) {
        const line = come.slice(0, end)
        come = come.slice(end + 2)
        const [verb = '', ...rest] = line.split(' ')
        this.commands.push(verb)
        this.lines.push(line)
        if (verb === this.#moods.silentAt) return
        const refused = this.#moods.refuses?.[verb]
        if (refused !== undefined) say(refused)
        else await session.answer(verb, rest.join(' '), say)
        if (verb === 'QUIT') socket.end()
      }
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

/** One connection. */
class Session {
  readonly #files: Map<string, Buffer>
  readonly #keep: (socket: Socket) => void
  #data: Promise<Buffer> | undefined
  #from = ''

  constructor(files: Map<string, Buffer>, keep: (socket: Socket) => void) {
    this.#files = files
    this.#keep = keep
  }

  async answer(verb: string, of: string, say: (reply: string) => void): Promise<void> {
    const there = this.#files.get(of)
    switch (verb) {
      case 'USER':
        return say('331 password')
      case 'PASS':
        return say(of === PASSWORD ? '230 in' : `530 no: ${of}`)
      case 'EPSV':
        return say(`229 it is (|||${await this.#listen()}|)`)
      case 'PASV': {
        const port = await this.#listen()
        return say(`227 it is (127,0,0,1,${port >> 8},${port & 255})`)
      }
      case 'STOR': {
        say('150 go')
        this.#files.set(of, (await this.#data) as Buffer)
        return say('226 done')
      }
      case 'SIZE':
        return say(there === undefined ? '550 none' : `213 ${there.length}`)
      case 'DELE':
        return say(this.#files.delete(of) ? '250 gone' : '550 none')
      case 'RNFR':
        this.#from = of
        return say(there === undefined ? '550 none' : '350 to?')
      case 'RNTO': {
        this.#files.set(of, this.#files.get(this.#from) as Buffer)
        this.#files.delete(this.#from)
        return say('250 renamed')
      }
      case 'MKD':
        return say('257 made')
      case 'QUIT':
        return say('221 bye')
      case 'TYPE':
      case 'CWD':
        return say('200 well')
      default:
        return say('502 unknown')
    }
  }

  /** Listens for the one data connection. */
  async #listen(): Promise<number> {
    const pieces: Buffer[] = []
    const server = createServer()
    this.#data = new Promise((resolve) => {
      server.once('connection', (socket) => {
        this.#keep(socket)
        socket
          .on('data', (piece) => pieces.push(piece))
          .on('end', () => {
            socket.end()
            server.close()
            resolve(Buffer.concat(pieces))
          })
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return (server.address() as { port: number }).port
  }
}
