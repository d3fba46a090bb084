import type { IncomingMessage } from 'node:http'

const JSON_TYPES: ReadonlySet<string> = new Set(['application/json', 'application/json; charset=utf-8'])
const LENGTH = /^[1-9]\d{0,8}$/

/**
 * A body of JSON whose length is stated and within the bound, as it is. In any doubt it is not: then the framework reads the request,
 * and refuses what has to be refused.
 */
export function isUsualRequest({ headers }: IncomingMessage, maxBodyBytes: number): boolean {
  const length = headers['content-length']
  return (
    length !== undefined &&
    LENGTH.test(length) &&
    Number(length) <= maxBodyBytes &&
    JSON_TYPES.has(headers['content-type'] ?? '') &&
    headers['content-encoding'] === undefined &&
    headers['transfer-encoding'] === undefined &&
    headers.expect === undefined &&
    headers.upgrade === undefined
  )
}
