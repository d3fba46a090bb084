const DESCRIPTIONS: Readonly<Record<string, string>> = {
  '401': 'No credential, or one that nobody has.',
  '403': 'The key is disabled or expired.',
  '413': 'Too many bytes or events in one request.',
  '415': 'A content type or encoding that is not supported.',
  '429': 'Too much at once: try again after the seconds in Retry-After.',
  '500': 'A defect here; nothing was accepted.',
  '503':
    'The log is away: nothing is known to be accepted. Send the same again after the seconds in Retry-After.',
}

const RETRY_AFTER = { 'retry-after': { schema: { type: 'integer' }, description: 'Seconds.' } }

export function errorResponses(...statuses: readonly string[]): Record<string, object> {
  const content = { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } }
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: DESCRIPTIONS[status],
        content,
        ...(status === '429' || status === '503' ? { headers: RETRY_AFTER } : {}),
      },
    ]),
  )
}
