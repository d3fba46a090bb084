import { SAMPLE_FILE } from './organization-sample.test-data.ts'

/** The small sample with every further section that the organization file may have. */
export const WHOLE_FILE = `${SAMPLE_FILE}
users:
  - id: ann
    name: Ann
    email: ann@example.com
    roles: [{ role: team_lead, scope: team:auth }]
  - { id: bob, name: Bob, email: bob@example.com, oidc_subject: https://id.example.com|42 }
pools:
  - { id: main, name: Main pool, owner: Central finance }
limits:
  - { id: everybody, level: workspace, scope: org:org-1, per: user, hard_cap_credits: 1000.25, reason: the default }
  - id: u-1
    level: individual
    scope: user:u_1
    period: day
    soft_cap_credits: 0.000001
    expires_at: 2026-12-31T23:00:00.000Z
    on_owner_unreachable: closed
model_policies:
  - { id: no-pro-in-dev, scope: team:auth, environments: [dev], allowed_models: [gpt-5-mini*] }
label_policies:
  - { id: tier, label: tier, required: true, allowed_values: [gold, silver] }
alert_policies:
  - id: fast-burn
    rule: burn_rate
    scope: team:*
    severity: critical
    params: { factor: 14.4, window_ms: 5 }
    minimum_credits: 100
    notify: ['#payments-ops']
    enabled: true
channels:
  - { id: ops, type: slack, settings: { url_from: SLACK_URL } }
alert_routes:
  - { id: first, position: 1, match: { severities: [critical], rules: [], scopes: [], environments: [] }, channels: [ops], group_wait_seconds: 0.5 }
releases:
  - { id: r1, name: Search, scope: team:auth, day: 2026-11-21, expected_extra_credits: -12.5 }
gl_mappings:
  - { id: CC-1, gl_account: '6100' }
conversion_rates:
  - { id: eur, currency: EUR, currency_per_credit: 0.0093, effective_from: 2026-01-01 }
action_policies:
  - { id: nonprod, scope: org:org-1, automatic: [rate_limit], dry_run: false }
`
