import { Command } from 'commander'
import { writeFileSync } from 'node:fs'

import { openControl } from '../control/control-verb.ts'
import { stateDirOption } from './options.ts'

export function exportCommand(): Command {
  return new Command('export')
    .description('the organization as a file that apply finds nothing to change with')
    .option('-o, --output <org.yaml>', 'write it there instead of printing it')
    .addOption(stateDirOption())
    .action(async (flags: { readonly output?: string; readonly stateDir?: string }) => {
      const yaml = await openControl(flags).text('/v1/export')
      if (flags.output === undefined) process.stdout.write(yaml)
      else {
        writeFileSync(flags.output, yaml)
        console.error(`Written to ${flags.output}.`)
      }
    })
}
