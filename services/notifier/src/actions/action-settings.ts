/** Accounts of the systems that actions reach, from the environment. */
export interface ActionSettings {
  readonly openAi: { readonly adminKey: string | undefined; readonly baseUrl: string }
  readonly anthropic: { readonly adminKey: string | undefined; readonly baseUrl: string }
  readonly ticket: {
    readonly kind: 'webhook' | 'jira' | 'github' | undefined
    readonly url: string | undefined
    /** Jira's project key, GitHub's `owner/name`. */
    readonly project: string | undefined
    readonly issueType: string
    /** Of the account whose token it is; Jira wants it. */
    readonly user: string | undefined
    readonly token: string | undefined
  }
  /** Pause between looks for a change that was accepted. */
  readonly lookPauseMs: number
}
