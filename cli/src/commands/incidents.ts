import { Command } from 'commander'

import { controlVerb, part } from '../control/control-verb.ts'

/** Incidents of crossed hard caps. */
export function incidentsCommand(): Command {
  return new Command('incidents')
    .description('see and work on the incidents of crossed hard caps')
    .addCommand(
      controlVerb('list', 'every incident that you may see', () => ({
        method: 'GET',
        path: '/v1/incidents',
      })),
    )
    .addCommand(step('criticality', 'state what is at stake'))
    .addCommand(step('note', 'add a line to the timeline'))
    .addCommand(step('resolve', 'resolve it without a top-up'))
    .addCommand(step('post-mortem', 'write down what was learnt'))
}

function step(verb: string, description: string): Command {
  return controlVerb(`${verb} <id> <text>`, description, ([id, text]) => ({
    method: 'POST',
    path: `/v1/incidents/${part(id)}/${verb}`,
    body: { text },
  }))
}
