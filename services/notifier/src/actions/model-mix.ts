import type { Clickhouse } from '@meterline/clickhouse'
import { scopeCondition, settingsOf, sqlText } from '@meterline/domain'
import type { ModelUse, OrganizationView, ScopeId } from '@meterline/domain'

const SPAN_DAYS = 7
const MAX_MODELS = 200

interface MixRow {
  readonly provider: string
  readonly model_name: string
  readonly tier: string
  readonly requests: string
  readonly credits_micro: string
  readonly units: Readonly<Record<string, number>>
}

/** What a scope called in the last seven days, by model and tier, dearest first. */
export async function readModelMix(
  clickhouse: Clickhouse,
  of: { readonly view: OrganizationView; readonly scope: ScopeId; readonly nowMs: number },
): Promise<ModelUse[]> {
  const fromMs = of.nowMs - SPAN_DAYS * 86_400_000
  const rows = await clickhouse.rows<MixRow>(
    `SELECT provider, model_name, tier, toString(count()) AS requests, toString(sum(usage.credits_micro)) AS credits_micro,` +
      ` sumMap(metered_units) AS units FROM usage` +
      ` WHERE organization = ${sqlText(settingsOf(of.view)?.id ?? '')} AND ${scopeCondition(of.scope)}` +
      ` AND rating = 'rated' AND timestamp >= fromUnixTimestamp64Milli(toInt64(${fromMs}))` +
      ` GROUP BY provider, model_name, tier ORDER BY sum(usage.credits_micro) DESC LIMIT ${MAX_MODELS}`,
  )
  return rows.map(({ provider, model_name, tier, requests, credits_micro, units }) => ({
    provider,
    model: model_name,
    tier,
    requests: Number(requests),
    credits_micro: Number(credits_micro),
    metered_units: units,
  }))
}
