/** A small organization file that uses every field; tests change one thing at a time. */
export const SAMPLE_FILE = `
organization:
  id: org-1
  name: Sample
  reporting_time_zone: Europe/Berlin
billing_groups:
  - id: payments
    name: Payments
    departments:
      - id: checkout
        name: Checkout
        teams:
          - id: auth
            name: Authentication
            cost_center: CC-1
            projects:
              - { id: auth-service, name: Auth service }
              - { id: risk, name: Risk, cost_center: CC-9 }
keys:
  - { id: key_auth_prod, project: auth-service, environment: prod, labels: { tier: gold } }
  - { id: key_auth_dev, project: auth-service, environment: dev, user: u_1, may_send_for_others: true }
allocations:
  - id: org-1-bg-payments
    scope: billing_group:payments
    owner: Head of Payments Finance
    monthly_credits: 500000
    reserve_credits: 50000.5
    rollover_percent: 10
    gl_account: "6100"
    contacts: [payments-finance@example.com, "#payments-ops"]
rate_cards:
  - id: own
    version: 1
    entries:
      - provider: in-house
        models: [small-*]
        effective_from: 2026-01-01
        credits_per_million: { tokens_input: 2.5, tokens_output: 10 }
`
