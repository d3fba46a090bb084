import { readCredentials } from './credentials.ts'

/**
 * Ask, call, report around one OpenAI call:
 *
 *     OPENAI_API_KEY=sk-… node examples/authorized-openai.ts "Say hello"
 *
 * `onUnknown` is what happens when Meterline does not answer: `open` calls all the same and reports it, `closed` does not call.
 */
export interface Meterline {
  readonly gatewayUrl: string
  readonly secret: string
  readonly onUnknown: 'open' | 'closed'
}

export interface OpenAi {
  readonly baseUrl: string
  readonly apiKey: string
}

/** The call was not made. `limit` says which level refused, and when it resets; `askForMore` how to ask for more. */
export class SpendRefused extends Error {
  readonly answer: RefusedAnswer

  constructor(answer: RefusedAnswer) {
    super(answer.message)
    this.name = 'SpendRefused'
    this.answer = answer
  }
}

interface RefusedAnswer {
  readonly decision: 'deny' | 'throttle'
  readonly code: string
  readonly message: string
  readonly limit: { readonly scope: string; readonly resets_at: string } | null
  readonly ask_for_more: { readonly path: string } | null
  readonly retry_after_seconds: number | null
}

interface AllowedAnswer {
  readonly decision: 'allow'
  /** None where Meterline did not answer. */
  readonly reservation: { readonly id: string } | null
}

type Answer = AllowedAnswer | RefusedAnswer

interface Completion {
  readonly model: string
  readonly choices: readonly { readonly message: { readonly content: string } }[]
  readonly usage: {
    readonly prompt_tokens: number
    readonly completion_tokens: number
    readonly prompt_tokens_details?: { readonly cached_tokens?: number }
  }
}

const ASK_TIMEOUT_MS = 3_000
const CALL_TIMEOUT_MS = 60_000
const MAX_THROTTLED = 5
const REPORT_ATTEMPTS = 5
/** English text has about four characters a token; three is on the safe side. */
const CHARACTERS_PER_TOKEN = 3

/** The text of the answer. Throws `SpendRefused` when the budget says no, and whatever the call itself fails with. */
export async function completeWithin(
  meterline: Meterline,
  openAi: OpenAi,
  call: { readonly model: string; readonly prompt: string; readonly maxTokens: number },
): Promise<string> {
  const requestId = crypto.randomUUID()
  const { reservation } = await ask(meterline, requestId, call)
  const timestamp = Date.now()
  let completion: Completion
  try {
    completion = await complete(openAi, call)
  } catch (error) {
    // Refused or never arrived: nothing was used. After a timeout nobody knows; then the reservation expires by itself.
    if (!(error instanceof DOMException)) await release(meterline, requestId, reservation?.id)
    throw error
  }
  const { usage } = completion
  await report(meterline, {
    request_id: requestId,
    timestamp,
    provider: 'openai',
    model_name: call.model,
    operation_type: 'completion',
    units: {
      tokens_input: usage.prompt_tokens,
      tokens_input_cached: usage.prompt_tokens_details?.cached_tokens ?? 0,
      tokens_output: usage.completion_tokens,
    },
    response_latency_ms: Date.now() - timestamp,
  })
  return completion.choices[0]?.message.content ?? ''
}

async function ask(
  { gatewayUrl, secret, onUnknown }: Meterline,
  requestId: string,
  {
    model,
    prompt,
    maxTokens,
  }: { readonly model: string; readonly prompt: string; readonly maxTokens: number },
): Promise<AllowedAnswer> {
  const body = JSON.stringify({
    request_id: requestId,
    model,
    provider: 'openai',
    // The most that it may take: an estimate that is never too low is what makes a cap exact.
    estimated_units: {
      tokens_input: Math.ceil(prompt.length / CHARACTERS_PER_TOKEN) + 16,
      tokens_output: maxTokens,
    },
    ttl_seconds: CALL_TIMEOUT_MS / 1_000 + 15,
  })
  for (let throttled = 0; ; throttled++) {
    const answer = await answerTo(gatewayUrl, secret, body).catch((error: unknown) => {
      if (onUnknown === 'closed')
        throw new Error('Meterline does not answer: the call is not made', { cause: error })
      return { decision: 'allow', reservation: null } as const
    })
    if (answer.decision === 'allow') return answer
    if (answer.decision === 'deny' || throttled === MAX_THROTTLED) throw new SpendRefused(answer)
    await new Promise((resolve) => setTimeout(resolve, (answer.retry_after_seconds ?? 1) * 1_000))
  }
}

async function answerTo(gatewayUrl: string, secret: string, body: string): Promise<Answer> {
  const response = await fetch(`${gatewayUrl}/v1/authorizations`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body,
    signal: AbortSignal.timeout(ASK_TIMEOUT_MS),
  })
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`)
  return (await response.json()) as Answer
}

async function complete(
  { baseUrl, apiKey }: OpenAi,
  {
    model,
    prompt,
    maxTokens,
  }: { readonly model: string; readonly prompt: string; readonly maxTokens: number },
): Promise<Completion> {
  const response = await fetch(`${baseUrl}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model,
      messages: [{ role: 'user', content: prompt }],
      max_completion_tokens: maxTokens,
    }),
    signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
  })
  if (!response.ok) throw new Error(`OpenAI: ${response.status} ${await response.text()}`)
  return (await response.json()) as Completion
}

/** With the reservation's id, so that any of several gateways can pass it on to the one that holds it. */
async function release(
  { gatewayUrl, secret }: Meterline,
  requestId: string,
  reservation: string | undefined,
): Promise<void> {
  const which = reservation === undefined ? '' : `?reservation=${reservation}`
  const url = `${gatewayUrl}/v1/authorizations/${encodeURIComponent(requestId)}${which}`
  // Best effort: what is not released expires.
  await fetch(url, { method: 'DELETE', headers: { authorization: `Bearer ${secret}` } }).catch(
    () => undefined,
  )
}

/** The same request_id counts once, so trying again is safe. What cannot be reported is worth a line in your own log. */
async function report(
  { gatewayUrl, secret }: Meterline,
  event: { readonly request_id: string; readonly [field: string]: unknown },
): Promise<void> {
  for (let attempt = 1; attempt <= REPORT_ATTEMPTS; attempt++) {
    const response = await fetch(`${gatewayUrl}/v1/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify(event),
    }).catch(() => undefined)
    if (response?.status === 202) return
    if (response !== undefined && response.status < 500 && response.status !== 429) {
      throw new Error(`the usage of ${event.request_id} was refused: ${await response.text()}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 200 * attempt))
  }
  console.error('usage not reported', JSON.stringify(event))
}

if (import.meta.main) {
  const { gateway_url: gatewayUrl, keys } = readCredentials()
  const openAi = {
    baseUrl: process.env['OPENAI_BASE_URL'] ?? 'https://api.openai.com/v1',
    apiKey: process.env['OPENAI_API_KEY'] ?? '',
  }
  const call = { model: 'gpt-5-mini', prompt: process.argv[2] ?? 'Say hello', maxTokens: 200 }
  console.log(
    await completeWithin({ gatewayUrl, secret: keys[0]?.secret ?? '', onUnknown: 'open' }, openAi, call),
  )
}
