import { isNode, LineCounter, parseDocument } from 'yaml'
import type { Document } from 'yaml'

import type { FilePath, FileProblem } from './file-problem.ts'
import { issueProblems, pathText } from './file-problem.ts'
import { organizationFile } from './organization-file.ts'
import type { OrganizationFile } from './organization-file.ts'
import { placeOfEntry, referenceProblems } from './reference-problems.ts'

/** Larger than any real organization, small enough to refuse a mistake before it costs memory. */
const MAX_ORGANIZATION_FILE_BYTES = 8 * 1024 * 1024
const MAX_ALIASES = 100

export type ParsedOrganizationFile =
  | { readonly ok: true; readonly file: OrganizationFile }
  | { readonly ok: false; readonly problems: readonly FileProblem[] }

/** Reads the YAML text of an organization file. All problems are reported together, in the order they stand in the file. */
export function parseOrganizationFile(yaml: string): ParsedOrganizationFile {
  if (Buffer.byteLength(yaml) > MAX_ORGANIZATION_FILE_BYTES) {
    const limit = `the file is larger than ${MAX_ORGANIZATION_FILE_BYTES} bytes; split it`
    return { ok: false, problems: [{ path: '', line: undefined, message: limit }] }
  }
  const lines = new LineCounter()
  const document = parseDocument(yaml, { lineCounter: lines, uniqueKeys: true })
  if (document.errors.length > 0) {
    const problems = document.errors.map((error) => ({
      path: '',
      line: error.linePos?.[0].line,
      message: `not valid YAML: ${error.message.split('\n')[0]?.replace(/ at line \d+, column \d+:$/, '') ?? error.code}`,
    }))
    return { ok: false, problems }
  }
  return checkContent(document, lines)
}

/**
 * Where a file speaks of an entity, or of a field of it: for what is found wrong only when the file is held against the organization.
 * `undefined` where it does not, such as for what it removes.
 */
export function placeInFile(
  yaml: string,
  of: { readonly kind: string; readonly id: string; readonly field?: string | undefined },
): Omit<FileProblem, 'message'> | undefined {
  const lines = new LineCounter()
  const document = parseDocument(yaml, { lineCounter: lines })
  const entry = placeOfEntry(document.toJS({ maxAliasCount: MAX_ALIASES }), of)
  if (entry === undefined) return undefined
  const path = of.field === undefined ? entry : [...entry, ...of.field.split('.').map(step)]
  return { path: pathText(path), line: lineOf(document, lines, path) }
}

const step = (text: string): string | number => (/^\d+$/.test(text) ? Number(text) : text)

function checkContent(document: Document.Parsed, lines: LineCounter): ParsedOrganizationFile {
  const content: unknown = document.toJS({ maxAliasCount: MAX_ALIASES }) ?? {}
  const parsed = organizationFile.safeParse(content)
  const found = [
    ...(parsed.error?.issues ?? []).flatMap((issue) => issueProblems(issue, organizationFile)),
    ...referenceProblems(content),
  ]
  if (parsed.success && found.length === 0) return { ok: true, file: parsed.data }
  const problems = found
    .map(({ path, message }) => ({ path: pathText(path), line: lineOf(document, lines, path), message }))
    .sort((a, b) => (a.line ?? 0) - (b.line ?? 0))
  return { ok: false, problems }
}

/** The line of the nearest node that exists: a missing field is shown where it should be. */
function lineOf(
  document: Document.Parsed,
  lines: LineCounter,
  path: readonly PropertyKey[],
): number | undefined {
  for (let depth = path.length; depth > 0; depth -= 1) {
    const node = document.getIn(path.slice(0, depth) as FilePath, true)
    if (isNode(node) && node.range != null) return lines.linePos(node.range[0]).line
  }
  return undefined
}
