import { expect, test } from 'vitest'

import { SAMPLE_FILE } from './organization-sample.test-data.ts'
import { parseOrganizationFile } from './parse-organization-file.ts'

function problemsOf(yaml: string): readonly string[] {
  const parsed = parseOrganizationFile(yaml)
  return parsed.ok
    ? []
    : parsed.problems.map(({ path, line, message }) => `${line ?? '-'} ${path}: ${message}`)
}

test('a complete file is accepted', () => {
  expect(problemsOf(SAMPLE_FILE)).toEqual([])
})

test('every problem is reported at once, in the order of the file, with its line, its path and the way out', () => {
  const broken = SAMPLE_FILE.replace('Europe/Berlin', 'Europe/Nowhere')
    .replace('cost_center: CC-1\n', 'cost_centre: CC-1\n')
    .replace('project: auth-service, environment: dev', 'project: auth-servce, environment: dev')
    .replace('billing_group:payments', 'billing_group:payment')
    .replace('monthly_credits: 500000', 'monthly_credits: -1')
  expect(problemsOf(broken)).toEqual([
    '5 organization.reporting_time_zone: "Europe/Nowhere" is not an IANA time zone; write one such as "UTC" or "Europe/Berlin"',
    '13 billing_groups[0].departments[0].teams[0].cost_center: is required; add it',
    '15 billing_groups[0].departments[0].teams[0].cost_centre: unknown field; did you mean "cost_center"?',
    '21 keys[1].project: no project "auth-servce" in this file; known: auth-service, risk',
    '24 allocations[0].scope: no billing group "payment" in this file; known: payments',
    '26 allocations[0].monthly_credits: must not be negative',
  ])
})

test.each([
  ['an id twice', SAMPLE_FILE.replace('id: risk', 'id: auth-service'), 'is declared twice'],
  ['a derived label', SAMPLE_FILE.replace('tier: gold', 'team: gold'), 'follows from the key itself'],
  ['a fraction of a micro-credit', SAMPLE_FILE.replace('50000.5', '0.0000001'), 'at most six decimal places'],
  ['a contact that is none', SAMPLE_FILE.replace('"#payments-ops"', 'nobody'), 'a contact is an e-mail'],
  ['a list that is none', SAMPLE_FILE.replace(/keys:\n.*\n.*\n/, 'keys: many\n'), 'must be a list'],
  ['broken YAML', 'organization: [', 'not valid YAML'],
  ['an empty file', '', 'organization: is required; add it'],
  ['another environment type', SAMPLE_FILE.replace('environment: dev', 'environment: 5'), 'must be a string'],
])('%s is refused', (_name, yaml, expected) => {
  expect(problemsOf(yaml).join('\n')).toContain(expected)
})
