import type { SpendAlertEvent } from '@meterline/domain'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'

import { schemaText } from '../avro/types.ts'

const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true })
formats.default(ajv)
const isSpendAlertEvent = ajv.compile<SpendAlertEvent>(
  JSON.parse(schemaText('spend-alert.schema.json')) as object,
)

/** A record of spend.alert. Throws `TypeError` that names every field at fault, `SyntaxError` when it is no JSON. */
export function parseSpendAlert(text: string): SpendAlertEvent {
  const parsed: unknown = JSON.parse(text)
  if (isSpendAlertEvent(parsed)) return parsed
  const problems = ajv.errorsText(isSpendAlertEvent.errors, { dataVar: 'alert', separator: '; ' })
  throw new TypeError(`not a spend alert: ${problems}`)
}
