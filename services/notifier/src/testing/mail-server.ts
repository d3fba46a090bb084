import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'

interface ReceivedMail {
  readonly to: readonly string[]
  readonly text: string
}

export interface MailServer {
  readonly url: string
  readonly mails: readonly ReceivedMail[]
  /** What is said to a recipient: a reply code, or `undefined` to take it. */
  refuse(codeOf: (address: string) => number | undefined): void
  /** What is said to a whole mail. */
  refuseData(code: number | undefined): void
  close(): Promise<void>
}

/** A real SMTP server on loopback. */
export async function startMailServer(
  options: { readonly user?: string; readonly password?: string } = {},
): Promise<MailServer> {
  const mails: ReceivedMail[] = []
  let codeOf: (address: string) => number | undefined = () => undefined
  let dataCode: number | undefined
  const { user, password } = options
  const server = new SMTPServer({
    authOptional: user === undefined,
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth(auth, _session, callback) {
      if (auth.username === user && auth.password === password) return callback(null, { user: user ?? '' })
      return callback(replyError(535, 'wrong password'))
    },
    onRcptTo({ address }, _session, callback) {
      const code = codeOf(address)
      callback(code === undefined ? null : replyError(code, `no mail for ${address}`))
    },
    onData(stream, session, callback) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        if (dataCode !== undefined) return callback(replyError(dataCode, 'not this mail'))
        const to = session.envelope.rcptTo.map(({ address }) => address)
        mails.push({ to, text: Buffer.concat(chunks).toString('utf8') })
        return callback(null)
      })
    },
  })
  server.on('error', () => undefined)
  const listening = server.listen(0, '127.0.0.1')
  await once(listening, 'listening')
  const { port } = listening.address() as AddressInfo
  const account = user === undefined ? '' : `${user}:${password ?? ''}@`
  return {
    url: `smtp://${account}127.0.0.1:${port}`,
    mails,
    refuse: (next) => void (codeOf = next),
    refuseData: (code) => void (dataCode = code),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

function replyError(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode })
}
