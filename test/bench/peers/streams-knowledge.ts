import { allocationOfPath, pathOfKey } from '@meterline/domain'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { viewOf } from '../figures/meter-core.ts'
import { PROVIDER, RATES } from '../stack/organization.ts'

const MICRO = 1_000_000

/** What meter knows from control.log, for the peer as two files: who pays for each key, and the rates. */
export async function writeStreamsKnowledge(folder: string): Promise<{ payers: string; rates: string }> {
  const view = viewOf()
  const payers = [...view.entities.api_key.values()].flatMap((key) => {
    const path = pathOfKey(view, key)
    if (path === undefined) return []
    const { organization, billing_group, department, team, project, cost_center } = path
    const allocation = allocationOfPath(view, path)?.id ?? ''
    return [
      [
        key.id,
        organization,
        billing_group,
        department,
        team,
        project,
        key.environment,
        cost_center,
        allocation,
      ],
    ]
  })
  const rates = Object.entries(RATES).flatMap(([model, meters]) =>
    Object.entries(meters).map(([meter, credits]) => [PROVIDER, model, meter, credits * MICRO]),
  )
  return {
    payers: await writeTable(join(folder, 'payers.tsv'), payers),
    rates: await writeTable(join(folder, 'rates.tsv'), rates),
  }
}

async function writeTable(file: string, rows: readonly (readonly (string | number)[])[]): Promise<string> {
  await writeFile(file, rows.map((row) => `${row.join('\t')}\n`).join(''))
  return file
}
