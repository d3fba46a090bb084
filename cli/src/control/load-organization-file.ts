import { parseOrganizationFile } from '@meterline/contract'
import type { OrganizationFile } from '@meterline/contract'
import { readFileSync } from 'node:fs'

import { CliError, usageError } from '../cli-error.ts'

/** Reads and checks an organization file. All its problems come together, each with its line and its path. */
export function loadOrganizationFile(path: string): OrganizationFile {
  return readOrganizationText(path).file
}

/** The file, checked, and its text as it stands. */
export function readOrganizationText(path: string): {
  readonly text: string
  readonly file: OrganizationFile
} {
  const text = readText(path)
  const parsed = parseOrganizationFile(text)
  if (parsed.ok) return { text, file: parsed.file }
  const lines = parsed.problems.map(({ path: where, line, message }) => {
    const place = line === undefined ? path : `${path}:${line}`
    return `  ${place}  ${where === '' ? '' : `${where}: `}${message}`
  })
  const count = lines.length === 1 ? 'one problem' : `${lines.length} problems`
  throw new CliError(`${path} has ${count}; nothing was changed:\n${lines.join('\n')}`)
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw usageError(`cannot read ${path}: ${cause instanceof Error ? cause.message : String(cause)}`)
  }
}
