import { spawn } from 'node:child_process'

/**
 * Where cores are short, a process of this niceness gets a third of what each other one gets; where they are not, all that it wants.
 * Linux shares cores out between sessions first (autogroups), and looks at niceness within a session only: so both are set, the
 * second for the whole group, whose every thread it reaches. Where there are no autogroups, that file is missing or without effect.
 * Back to an equal share anybody may set the first for his own; the second root alone, where it is without effect it does no harm.
 */
const NICENESS = 5
const SET = 'echo "$1" >"/proc/$2/autogroup"; renice -n "$1" -g "$2"'

/** Best effort: a system without these means shares out its cores as it does. */
export function giveWay(group: number, does: boolean): void {
  const niceness = does ? NICENESS : 0
  spawn('/bin/sh', ['-c', SET, 'sh', String(niceness), String(group)], { stdio: 'ignore' }).on(
    'error',
    noShell,
  )
}

function noShell(): void {}
