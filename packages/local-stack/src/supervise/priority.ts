import { spawn } from 'node:child_process'
import { getPriority } from 'node:os'

/**
 * Where cores are short, a process of this niceness gets a third of what each other one gets; where they are not, all that it wants.
 * Linux shares cores out between sessions first (autogroups), and looks at niceness within a session only: so both are set, the
 * second for the whole group, whose every thread it reaches. Where there are no autogroups, that file is missing or without effect.
 * Back to an equal share anybody may set the first for his own; the second root alone, where it is without effect it does no harm.
 * `renice` takes a niceness everywhere; with `-n` some systems take an increment.
 */
const NICENESS = 5
const SET = 'echo "$1" >"/proc/$3/autogroup"; renice "$2" -g "$3"'

/** Best effort: a system without these means shares out its cores as it does. */
export function giveWay(group: number, does: boolean): void {
  const aside = does ? NICENESS : 0
  // A new session begins at 0, a process with the niceness of who started it.
  const niceness = getPriority() + aside
  spawn('/bin/sh', ['-c', SET, 'sh', String(aside), String(niceness), String(group)], {
    stdio: 'ignore',
  }).on('error', noShell)
}

function noShell(): void {}
