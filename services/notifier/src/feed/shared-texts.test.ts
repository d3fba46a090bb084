import { alertOf } from '../../../../packages/domain/src/alerts/book/book.test-data.ts'
import { expect, test } from 'vitest'

import { createSharedTexts } from './shared-texts.ts'

const drivers = [
  { dimension: 'model', value: 'model-large', credits_micro: 5, previous_credits_micro: 0 },
] as const
const ALERTS = [
  alertOf({
    id: 'a',
    drivers,
    action: { type: 'rate_limit', params: { share: 2 } },
    notify: ['it@example.com'],
  }),
  alertOf({ id: 'b', drivers, scope: 'team:other', allocation_id: null, rule: 'silence' }),
]

test('an alert says what it said', () => {
  const withSharedTexts = createSharedTexts()
  for (const alert of [...ALERTS, ...ALERTS]) {
    expect(withSharedTexts(structuredClone(alert))).toEqual(alert)
  }
})
