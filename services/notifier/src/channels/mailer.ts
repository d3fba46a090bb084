import { createTransport } from 'nodemailer'

const CONNECT_TIMEOUT_MS = 10_000
const SILENCE_TIMEOUT_MS = 15_000

export interface Mail {
  readonly messageId: string
  readonly to: readonly string[]
  readonly subject: string
  readonly text: string
  readonly headers: Readonly<Record<string, string>>
}

/** What the server said of each recipient. */
export interface MailAnswer {
  readonly accepted: readonly string[]
  readonly refused: readonly { readonly address: string; readonly final: boolean; readonly message: string }[]
}

/** The operator's mail server. Its address comes from the environment, so it may be a private one. */
export interface Mailer {
  /** Rejects with nodemailer's error when the server took none of the recipients, or could not be asked. */
  send(mail: Mail, signal: AbortSignal): Promise<MailAnswer>
}

const FIRST_PERMANENT_REPLY = 500

export function createMailer(options: {
  /** `smtp://user:password@host:587`, `smtps://…`. */
  readonly smtpUrl: string
  readonly from: string
  readonly attemptTimeoutMs: number
}): Mailer {
  const { smtpUrl: url, from, attemptTimeoutMs } = options
  const transport = createTransport({
    url,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    greetingTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SILENCE_TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return {
    async send({ to, headers, ...mail }, signal) {
      // One deadline for the whole conversation: a server that drips its answers is cut off.
      const deadline = AbortSignal.any([signal, AbortSignal.timeout(attemptTimeoutMs)])
      const info = await transport.sendMail({
        ...mail,
        headers: { ...headers },
        from,
        to: [...to],
        signal: deadline,
      })
      return {
        accepted: info.accepted,
        refused: (info.rejectedErrors ?? []).map(({ recipient, responseCode, message }) => ({
          address: recipient ?? '',
          final: (responseCode ?? 0) >= FIRST_PERMANENT_REPLY,
          message,
        })),
      }
    },
  }
}
