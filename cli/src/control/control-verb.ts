import { Command } from 'commander'
import { stringify } from 'yaml'

import { openConnection } from '../connection/connection.ts'
import { jsonOption, stateDirOption } from '../commands/options.ts'
import { printable } from '../output/printable.ts'
import { controlClient } from './control-client.ts'
import type { ControlClient, Method } from './control-client.ts'

interface CommonFlags {
  readonly json?: boolean
  readonly stateDir?: string
}

/** What a verb asks of the control service. */
export interface Asked {
  readonly method: Method
  readonly path: string
  readonly body?: unknown
}

/**
 * A verb that is one request to the control service: `usage` as commander reads it (`rotate <id>`), further options added by the
 * caller. The answer is printed as YAML, or as JSON with `--json`.
 */
// eslint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller names the flags that its options make
export function controlVerb<F extends object>(
  usage: string,
  description: string,
  ask: (args: readonly string[], flags: F) => Asked,
): Command {
  const [name, ...parameters] = usage.split(' ')
  const command = new Command(name)
    .description(description)
    .addOption(jsonOption())
    .addOption(stateDirOption())
    .action(async function act(this: Command) {
      // What the command above takes too (`alerts --state-dir`), it takes from behind the verb.
      const flags = this.optsWithGlobals<F & CommonFlags>()
      const { method, path, body } = ask(this.args, flags)
      print(await controlClient(openConnection(flags)).call(method, path, body), flags)
    })
  return parameters.length === 0 ? command : command.arguments(parameters.join(' '))
}

/** For people as YAML; what others wrote into it cannot move the cursor. */
export function print(answer: unknown, { json }: Pick<CommonFlags, 'json'>): void {
  if (json === true) console.log(JSON.stringify(answer, null, 2))
  else console.log(stringify(answer).trimEnd().split('\n').map(printable).join('\n'))
}

export function openControl(flags: { readonly stateDir?: string }): ControlClient {
  return controlClient(openConnection(flags))
}

/** A part of a path as it may stand there. */
export const part = (text: string | undefined): string => encodeURIComponent(text ?? '')
