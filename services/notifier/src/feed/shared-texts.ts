import type { SpendAlert } from '@meterline/domain'

/** Some scopes, allocations, models and people are named by most alerts; with this many known, further ones are kept as they come. */
const MAX_TEXTS = 20_000

/**
 * A month of alerts is kept, and JSON makes each text anew: what alerts have in common is a fifth of their memory. Puts the texts
 * that others had before into an alert that was just read, in place: a copy would take more room than the object that was read.
 */
export function createSharedTexts(): (alert: SpendAlert) => SpendAlert {
  const texts = new Map<string, string>()
  const shared = (text: string): string => {
    const known = texts.get(text)
    if (known === undefined && texts.size < MAX_TEXTS) texts.set(text, text)
    return known ?? text
  }
  return (alert) => {
    const { event, rule, scope, organization, allocation_id, window, period, action, drivers, notify } = alert
    for (const driver of drivers) Object.assign(driver, { value: shared(driver.value) })
    if (action !== null) Object.assign(action, { type: shared(action.type) })
    return Object.assign(alert, {
      event: shared(event),
      rule: shared(rule),
      scope: shared(scope),
      organization: shared(organization),
      allocation_id: allocation_id === null ? null : shared(allocation_id),
      window: shared(window),
      period: shared(period),
      notify: notify.map(shared),
    })
  }
}
