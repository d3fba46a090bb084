import { Command } from 'commander'
import colors from 'picocolors'

import { EXIT } from '../cli-error.ts'
import { openConnection } from '../connection/connection.ts'
import { examine } from '../doctor/examine.ts'
import type { Finding } from '../doctor/finding.ts'
import { jsonOption, stateDirOption } from './options.ts'

const MARKS = { ok: colors.green('✓'), warning: colors.yellow('!'), failed: colors.red('✗') } as const

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('look at everything Meterline needs, and say what to do about it')
    .addOption(jsonOption())
    .addOption(stateDirOption())
    .action(doctor)
}

async function doctor(flags: { readonly json?: boolean; readonly stateDir?: string }): Promise<void> {
  const findings: Finding[] = []
  for await (const finding of examine(openConnection(flags))) {
    findings.push(finding)
    if (!flags.json) console.log(lineOf(finding))
  }
  if (flags.json) console.log(JSON.stringify(findings, null, 2))
  const bad = findings.filter(({ status }) => status === 'failed').length
  if (!flags.json)
    console.log(bad === 0 ? '\nNothing is wrong.' : `\n${bad} of ${findings.length} things need you.`)
  if (bad > 0) process.exitCode = EXIT.failed
}

function lineOf({ name, status, detail, wayOut }: Finding): string {
  const line = `${MARKS[status]} ${name.padEnd(28)} ${detail}`
  return wayOut === undefined ? line : `${line}\n  ${' '.repeat(28)} → ${wayOut}`
}
