import { Command } from 'commander'
import { createInterface } from 'node:readline/promises'

import { usageError } from '../cli-error.ts'
import { openControl, part, print } from '../control/control-verb.ts'
import { jsonOption, stateDirOption } from './options.ts'

/** Accounts of people. They are put with `meterline put`; here is what is done to them beyond that. */
export function usersCommand(): Command {
  return new Command('users')
    .description('passwords and sessions of people')
    .addCommand(
      verb(
        'password',
        'set a password, read from standard input; every session of the person ends',
        async (id, flags) =>
          openControl(flags).call('POST', `/v1/users/${part(id)}/password`, { password: await firstLine() }),
      ),
    )
    .addCommand(
      verb('sign-out', 'end every session of the person', (id, flags) =>
        openControl(flags).call('POST', `/v1/users/${part(id)}/sign-out`),
      ),
    )
    .addHelpText('after', '\nExample:\n  $ npx meterline users password lea < password.txt')
}

interface Flags {
  readonly json?: boolean
  readonly stateDir?: string
}

function verb(
  name: string,
  description: string,
  act: (id: string, flags: Flags) => Promise<unknown>,
): Command {
  return new Command(name)
    .argument('<id>', 'of the person')
    .description(description)
    .addOption(jsonOption())
    .addOption(stateDirOption())
    .action(async (id: string, flags: Flags) => print(await act(id, flags), flags))
}

/** Not as an argument: those are seen by everybody on the machine. */
async function firstLine(): Promise<string> {
  for await (const line of createInterface({ input: process.stdin })) return line
  throw usageError('a password is expected on standard input')
}
