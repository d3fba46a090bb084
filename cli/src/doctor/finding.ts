/** One thing the doctor looked at. */
export interface Finding {
  readonly name: string
  readonly status: 'ok' | 'warning' | 'failed'
  readonly detail: string
  /** What to do about it; only where it is not `ok`. */
  readonly wayOut?: string
}

export const ok = (name: string, detail: string): Finding => ({ name, status: 'ok', detail })

export function warning(name: string, detail: string, wayOut: string): Finding {
  return { name, status: 'warning', detail, wayOut }
}

export function failed(name: string, detail: string, wayOut: string): Finding {
  return { name, status: 'failed', detail, wayOut }
}
