import { distance } from 'fastest-levenshtein'
import type { z } from 'zod'

/** Everything of ours begins with this, so a name that nobody knows is a mistake. */
const OWN_PREFIX = 'METERLINE_'

/** Read by more than one process or by the supervisor: they may stand in any service's environment. */
const KNOWN_EVERYWHERE = new Set([
  'METERLINE_ADMIN_TOKEN',
  'METERLINE_CACHE_DIR',
  'METERLINE_CONTROL_TOKEN',
  'METERLINE_CONTROL_URL',
  'METERLINE_COOKIE_SECURE',
  'METERLINE_SESSION_HOURS',
  'METERLINE_SESSION_SECRET',
  'METERLINE_STATE_DIR',
  'METERLINE_SUPERVISED',
  'METERLINE_STACK',
  'METERLINE_TOKEN',
])

/** Longest slip that still reads as a misspelling of a known name. */
const MAX_TYPO_EDITS = 2

/** One sentence per thing that is wrong. */
export function issueSentence(issue: z.core.$ZodIssue, env: NodeJS.ProcessEnv): string {
  const name = String(issue.path[0] ?? 'the environment')
  if (env[name] === undefined || env[name] === '') return `${name} is not set: ${issue.message}`
  return `${name} is wrong: ${issue.message}`
}

/**
 * Names of ours that the schema does not know, and near misses of names it does know. Other names that share a prefix
 * (KAFKA_HEAP_OPTS, what Kubernetes injects) are none of our business.
 */
export function unknownNames(env: NodeJS.ProcessEnv, known: readonly string[]): string[] {
  const knownNames = new Set(known)
  const sentences: string[] = []
  for (const name of Object.keys(env)) {
    if (knownNames.has(name) || KNOWN_EVERYWHERE.has(name)) continue
    const meant = known.find((candidate) => !(candidate in env) && isTypoOf(name, candidate))
    if (meant !== undefined) sentences.push(`${name} is not known: did you mean ${meant}?`)
    else if (name.startsWith(OWN_PREFIX))
      sentences.push(`${name} is not known: remove it or correct its name`)
  }
  return sentences
}

function isTypoOf(name: string, candidate: string): boolean {
  if (Math.abs(name.length - candidate.length) > MAX_TYPO_EDITS || candidate.length < 8) return false
  return distance(name, candidate) <= MAX_TYPO_EDITS
}
