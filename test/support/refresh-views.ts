import type { Meterline } from './meterline.ts'

export const REFRESHED_VIEWS = [
  'mv_credits_by_team',
  'mv_model_costs',
  'mv_request_summary',
  'mv_forecast_inputs',
]

/** What happens every minute, now: for tests of what the views say. That they are refreshed by themselves is told by the faults. */
export async function refreshViews(meterline: Pick<Meterline, 'command'>): Promise<void> {
  for (const view of REFRESHED_VIEWS) {
    await meterline.command(`SYSTEM REFRESH VIEW ${view}`)
    await meterline.command(`SYSTEM WAIT VIEW ${view}`)
  }
}
