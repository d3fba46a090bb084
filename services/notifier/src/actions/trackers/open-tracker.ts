import { ActionError } from '../action-error.ts'
import type { ExecutorParts } from '../executor-parts.ts'
import { createJsonApi } from '../json-api.ts'
import { githubTracker } from './github.ts'
import { jiraTracker } from './jira.ts'
import type { TicketTracker } from './tracker.ts'
import { webhookTracker } from './webhook.ts'

const GITHUB_URL = 'https://api.github.com'

/** The tracker of the configuration. Throws `ActionError` where there is none. */
export function openTracker(parts: ExecutorParts): TicketTracker {
  const { kind, url, project = '', issueType, user = '', token } = parts.settings.ticket
  if (kind === undefined || token === undefined || (url === undefined && kind !== 'github')) {
    throw new ActionError('not_configured', 'no ticket tracker is set up: NOTIFIER_TICKET_KIND', {
      retryable: false,
    })
  }
  const api = (headers: Readonly<Record<string, string>>) =>
    createJsonApi({ ...parts, name: kind, baseUrl: url ?? GITHUB_URL, headers })
  switch (kind) {
    case 'github':
      return githubTracker(
        api({ authorization: `Bearer ${token}`, accept: 'application/vnd.github+json' }),
        project,
      )
    case 'jira': {
      const account = Buffer.from(`${user}:${token}`).toString('base64')
      return jiraTracker(api({ authorization: `Basic ${account}` }), { key: project, issueType })
    }
    case 'webhook':
      return webhookTracker(api({}), { secret: token, nowMs: parts.nowMs })
  }
}
