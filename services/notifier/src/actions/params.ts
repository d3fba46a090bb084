import type { ActionParams } from '@meterline/domain'

import { ActionError } from './action-error.ts'

export function textParam(params: ActionParams, name: string): string {
  const value = params[name]
  if (typeof value === 'string' && value !== '') return value
  throw new ActionError('missing_param', `the action needs ${name}`, { retryable: false })
}

export function numberParam(params: ActionParams, name: string): number {
  const value = params[name]
  if (typeof value === 'number' && Number.isFinite(value)) return value
  throw new ActionError('missing_param', `the action needs ${name}, a number`, { retryable: false })
}

/** Path segments come from people: none leaves its place. */
export function segment(text: string): string {
  return encodeURIComponent(text)
}
