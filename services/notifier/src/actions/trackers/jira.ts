import { z } from 'zod'

import type { JsonApi } from '../json-api.ts'
import { segment } from '../params.ts'
import type { TicketTracker } from './tracker.ts'

const created = z.looseObject({ key: z.string() })
const found = z.looseObject({ issues: z.array(created) })

/** Issues of one project of Jira. They are not closed when withdrawn, since each project has transitions of its own. */
export function jiraTracker(
  api: JsonApi,
  project: { readonly key: string; readonly issueType: string },
): TicketTracker {
  return {
    name: 'Jira',
    async find(label) {
      const jql = segment(`project = "${project.key}" AND labels = "${label}"`)
      const { body } = await api.call({ method: 'GET', path: `/rest/api/3/search/jql?fields=key&jql=${jql}` })
      return found.parse(body).issues[0]?.key
    },
    async open({ title, body, label }) {
      const fields = {
        project: { key: project.key },
        issuetype: { name: project.issueType },
        summary: title,
        description: body,
        labels: ['meterline', label],
      }
      const answer = await api.call({ method: 'POST', path: '/rest/api/2/issue', body: { fields } })
      return created.parse(answer.body).key
    },
    async withdraw({ ticket }) {
      const body = { body: 'Withdrawn in Meterline: the action that opened this was undone.' }
      await api.call({ method: 'POST', path: `/rest/api/2/issue/${segment(ticket)}/comment`, body })
      return `issue ${ticket} has a comment that it is withdrawn`
    },
  }
}
