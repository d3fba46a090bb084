const TIMEOUT_MS = 30_000

export interface Question {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly token: string
  readonly body?: object
  readonly headers?: Readonly<Record<string, string>>
}

/** The answer's JSON. Rejects, with what was asked and answered, for another status than the one wanted. */
export async function ask<T>(url: string, wanted: number, question: Question): Promise<T> {
  const { method = 'GET', token, body, headers } = question
  const answer = await fetch(url, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  const text = await answer.text()
  if (answer.status !== wanted)
    throw new Error(`${method} ${url} was answered ${answer.status} and not ${wanted}: ${text.slice(0, 300)}`)
  return JSON.parse(text === '' ? 'null' : text) as T
}
