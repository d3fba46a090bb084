import { Command, CommanderError } from 'commander'
import colors from 'picocolors'

import { CliError, errorText, EXIT } from './cli-error.ts'
import { actionsCommand } from './commands/actions.ts'
import { alertsCommand } from './commands/alerts.ts'
import { applyCommand } from './commands/apply.ts'
import { auditCommand } from './commands/audit.ts'
import { backtestCommand } from './commands/backtest.ts'
import { channelsCommand } from './commands/channels.ts'
import { deliveriesCommand } from './commands/deliveries.ts'
import { creditsCommand } from './commands/credits.ts'
import { doctorCommand } from './commands/doctor.ts'
import { getCommand, putCommand, removeCommand } from './commands/entities.ts'
import { exportCommand } from './commands/export.ts'
import { incidentsCommand } from './commands/incidents.ts'
import { keysCommand } from './commands/keys.ts'
import { provisionCommand } from './commands/provision.ts'
import { reconcileCommand } from './commands/reconcile.ts'
import { rejectedCommand } from './commands/rejected.ts'
import { releaseCommand } from './commands/release.ts'
import { replayCommand } from './commands/replay.ts'
import { requestsCommand } from './commands/requests.ts'
import { sendCommand } from './commands/send.ts'
import { sqlCommand } from './commands/sql.ts'
import { topCommand } from './commands/top.ts'
import { upCommand } from './commands/up.ts'
import { usersCommand } from './commands/users.ts'

const COMMANDS = [
  upCommand,
  applyCommand,
  exportCommand,
  getCommand,
  putCommand,
  removeCommand,
  keysCommand,
  usersCommand,
  creditsCommand,
  requestsCommand,
  incidentsCommand,
  auditCommand,
  sendCommand,
  replayCommand,
  topCommand,
  alertsCommand,
  deliveriesCommand,
  channelsCommand,
  actionsCommand,
  sqlCommand,
  backtestCommand,
  rejectedCommand,
  reconcileCommand,
  releaseCommand,
  doctorCommand,
  provisionCommand,
]

const program = new Command('meterline')
  .description('Where the AI credits go, within a second, and inside the budgets you set.')
  .configureHelp({ sortSubcommands: false })
  .showHelpAfterError('(add --help for what there is)')
  .exitOverride()

for (const create of COMMANDS) program.addCommand(create().exitOverride().copyInheritedSettings(program))

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = report(error)
}
// What a failed command left open (a follower, a connection) must not keep the process.
process.exit()

function report(error: unknown): number {
  // commander has printed help or its own message already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
  const text = errorText(error)
  console.error(`${colors.red('error:')} ${text}`)
  if (text.includes('ECONNREFUSED')) console.error('Is Meterline running? "npm start" starts it.')
  if (process.env['METERLINE_DEBUG'] !== undefined) console.error(error)
  return error instanceof CliError ? error.exitCode : EXIT.failed
}
