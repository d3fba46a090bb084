const BEARER = /^Bearer +(\S+)$/i

/** The credential of an Authorization header; `undefined` when there is none. */
export function bearerToken(authorization: string | undefined): string | undefined {
  return authorization === undefined ? undefined : BEARER.exec(authorization)?.[1]
}
