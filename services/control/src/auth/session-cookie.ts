const NAME = 'meterline_session'
const MS_PER_SECOND = 1_000

/** The session of a Cookie header. */
export function sessionCookie(header: string | undefined): string | undefined {
  return cookieNamed(header, NAME)
}

export function cookieNamed(header: string | undefined, name: string): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const [key = '', ...value] = pair.trim().split('=')
    if (key === name) return value.join('=')
  }
  return undefined
}

/** Out of reach of scripts and of other sites' requests; sent over TLS alone where there is TLS. */
export function setSessionCookie(
  token: string,
  of: { readonly maxAgeMs: number; readonly isSecure: boolean },
): string {
  return setCookie(NAME, token, { ...of, path: '/', sameSite: 'Strict' })
}

export function setCookie(
  name: string,
  value: string,
  of: {
    readonly maxAgeMs: number
    readonly isSecure: boolean
    readonly path: string
    readonly sameSite: 'Strict' | 'Lax'
  },
): string {
  const seconds = Math.floor(of.maxAgeMs / MS_PER_SECOND)
  const secure = of.isSecure ? '; Secure' : ''
  return `${name}=${value}; Path=${of.path}; HttpOnly; SameSite=${of.sameSite}; Max-Age=${seconds}${secure}`
}

export function clearSessionCookie(isSecure: boolean): string {
  return setSessionCookie('', { maxAgeMs: 0, isSecure })
}
