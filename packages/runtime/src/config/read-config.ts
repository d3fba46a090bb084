import type { z } from 'zod'

import { issueSentence, unknownNames } from './problems.ts'

/** Everything that is wrong with the environment at once, so that it is mended in one go. */
export class ConfigurationError extends Error {
  readonly code = 'configuration'
  readonly retryable = false
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(['the configuration is not usable:', ...problems.map((p) => `  - ${p}`)].join('\n'))
    this.name = 'ConfigurationError'
    this.problems = problems
  }
}

/**
 * The environment as the schema describes it (an object keyed by variable names). When anything is wrong, all problems are
 * printed to stderr, one sentence each, and the process ends with exit code 1.
 */
export function readConfig<S extends z.ZodObject>(
  schema: S,
  env: NodeJS.ProcessEnv = process.env,
): z.output<S> {
  try {
    return parseConfig(schema, env)
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(1)
  }
}

/** As `readConfig`, but throws `ConfigurationError`. */
export function parseConfig<S extends z.ZodObject>(schema: S, env: NodeJS.ProcessEnv): z.output<S> {
  const names = Object.keys(schema.shape)
  // An empty variable is how shells and compose files say "not set".
  const given = Object.fromEntries(
    names.filter((name) => env[name] !== undefined && env[name] !== '').map((name) => [name, env[name]]),
  )
  const parsed = schema.safeParse(given)
  const problems = unknownNames(env, names)
  if (!parsed.success) problems.unshift(...parsed.error.issues.map((issue) => issueSentence(issue, env)))
  if (problems.length > 0) throw new ConfigurationError(problems)
  if (!parsed.success) throw parsed.error
  return parsed.data
}
