/** Carries a begun sign-in through the browser, for as long as a person may take at the provider. */
export const OIDC_FLOW_COOKIE = { name: 'meterline_oidc', maxAgeMs: 10 * 60_000 } as const
