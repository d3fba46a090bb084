import * as oidc from 'openid-client'
import { z } from 'zod'

import { OIDC_FLOW_COOKIE } from './oidc-flow-cookie.ts'
import type { Signer } from './signed-text.ts'

const PROVIDER_TIMEOUT_SECONDS = 10

export interface OidcSettings {
  readonly issuerUrl: string
  readonly clientId: string
  readonly clientSecret: string | undefined
  readonly redirectUrl: string
}

/** Whom the provider names. */
export interface OidcPerson {
  /** `<issuer>|<sub>` */
  readonly subject: string
  /** Only where the provider has verified it. */
  readonly email: string | undefined
}

export interface OidcSignIn {
  /** Where to send the browser, and what it has to bring back as a cookie. */
  begin(nowMs: number): Promise<{ readonly url: string; readonly flow: string }>
  /** Rejects when the provider, the cookie or the time is not right. */
  finish(callback: { readonly query: string; readonly flow: string }, nowMs: number): Promise<OidcPerson>
}

const flowContent = z.strictObject({
  verifier: z.string(),
  state: z.string(),
  nonce: z.string(),
  expires_at_ms: z.int(),
})

/** Authorization code with PKCE, state and nonce. Nothing is kept here: the browser carries the flow, signed. */
export function createOidcSignIn(settings: OidcSettings, signer: Signer): OidcSignIn {
  let discovered: Promise<oidc.Configuration> | undefined

  // Discovered at the first sign-in and kept; a provider that is away then is asked again at the next.
  function configuration(): Promise<oidc.Configuration> {
    discovered ??= discover(settings).catch((error: unknown) => {
      discovered = undefined
      throw error
    })
    return discovered
  }
  return {
    async begin(nowMs) {
      const verifier = oidc.randomPKCECodeVerifier()
      const flow = {
        verifier,
        state: oidc.randomState(),
        nonce: oidc.randomNonce(),
        expires_at_ms: nowMs + OIDC_FLOW_COOKIE.maxAgeMs,
      }
      const url = oidc.buildAuthorizationUrl(await configuration(), {
        redirect_uri: settings.redirectUrl,
        scope: 'openid email profile',
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state: flow.state,
        nonce: flow.nonce,
      })
      return { url: url.href, flow: signer.sign(flow) }
    },
    async finish({ query, flow }, nowMs) {
      const begun = flowContent.parse(signer.open(flow))
      if (nowMs >= begun.expires_at_ms) throw new Error('the sign-in took too long')
      const url = new URL(settings.redirectUrl)
      url.search = query
      const tokens = await oidc.authorizationCodeGrant(await configuration(), url, {
        pkceCodeVerifier: begun.verifier,
        expectedState: begun.state,
        expectedNonce: begun.nonce,
        idTokenExpected: true,
      })
      const claims = tokens.claims()
      if (claims === undefined) throw new Error('the provider sent no ID token')
      return { subject: `${claims.iss}|${claims.sub}`, email: verifiedEmail(claims) }
    },
  }
}

function discover({ issuerUrl, clientId, clientSecret }: OidcSettings): Promise<oidc.Configuration> {
  const url = new URL(issuerUrl)
  // A provider on this machine may speak without TLS; nobody else's may.
  const isLocal = ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname)
  return oidc.discovery(url, clientId, clientSecret, undefined, {
    timeout: PROVIDER_TIMEOUT_SECONDS,
    ...(url.protocol === 'http:' && isLocal ? { execute: [oidc.allowInsecureRequests] } : {}),
  })
}

function verifiedEmail(claims: Readonly<Record<string, unknown>>): string | undefined {
  const { email, email_verified: isVerified } = claims
  return typeof email === 'string' && isVerified === true ? email : undefined
}
