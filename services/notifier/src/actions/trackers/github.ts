import { z } from 'zod'

import type { JsonApi } from '../json-api.ts'
import { segment } from '../params.ts'
import type { TicketTracker } from './tracker.ts'

const issue = z.looseObject({ number: z.int() })

/** Issues of one repository, `owner/name`. */
export function githubTracker(api: JsonApi, repository: string): TicketTracker {
  const issues = `/repos/${repository.split('/').map(segment).join('/')}/issues`
  return {
    name: 'GitHub',
    async find(label) {
      const { body } = await api.call({ method: 'GET', path: `${issues}?state=all&labels=${segment(label)}` })
      const [first] = z.array(issue).parse(body)
      return first === undefined ? undefined : String(first.number)
    },
    async open({ title, body, label }) {
      const answer = await api.call({
        method: 'POST',
        path: issues,
        body: { title, body, labels: ['meterline', label] },
      })
      return String(issue.parse(answer.body).number)
    },
    async withdraw({ ticket }) {
      const body = { state: 'closed', state_reason: 'not_planned' }
      await api.call({ method: 'PATCH', path: `${issues}/${segment(ticket)}`, body })
      return `issue ${ticket} is closed`
    },
  }
}
