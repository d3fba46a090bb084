import { OPERATION_TYPES } from '@meterline/domain'
import type { Labels, OperationType, Units } from '@meterline/domain'

import { microCredits } from './credits.ts'
import type { EventProblem } from './event-problem.ts'
import { eventTimeMs } from './event-time.ts'
import { unknownFieldMessage } from './unknown-field.ts'

const OPERATIONS: ReadonlySet<unknown> = new Set(OPERATION_TYPES)
const NOTHING: Labels = Object.freeze({})

/** Reads the fields of one JSON object, each of its type, and remembers the first that is not. */
export class UsageFields {
  readonly #source: Readonly<Record<string, unknown>>
  readonly #read: string[] = []
  #present = 0
  #problem: EventProblem | undefined

  constructor(source: Readonly<Record<string, unknown>>) {
    this.#source = source
  }

  text(name: string): string {
    const value = this.#get(name)
    if (typeof value === 'string' && value !== '' && value.isWellFormed()) return value
    this.#textProblem(name, value ?? undefined)
    return ''
  }

  optionalText(name: string): string | null {
    const value = this.#get(name)
    if (value === undefined || value === null) return null
    if (typeof value === 'string' && value !== '' && value.isWellFormed()) return value
    this.#textProblem(name, value)
    return null
  }

  timestamp(name: string): number {
    const value = this.#get(name)
    const timeMs = eventTimeMs(value)
    if (timeMs !== undefined) return timeMs
    this.#wrong(
      name,
      value === undefined || value === null
        ? 'is missing: say when the call was made'
        : 'is not a time: send ISO 8601 with a zone, such as 2026-11-21T03:04:05.678Z, or whole milliseconds since 1970',
    )
    return 0
  }

  operationType(name: string): OperationType {
    const value = this.#get(name)
    if (isOperationType(value)) return value
    const missing = value === undefined || value === null
    this.#wrong(
      name,
      `${missing ? 'is missing' : 'is not known'}: it is one of ${OPERATION_TYPES.join(', ')}`,
    )
    return 'other'
  }

  units(name: string): Units {
    const value = this.#get(name)
    if (!isPlainObject(value)) {
      this.#wrong(name, 'has to be an object of meters and amounts, such as {"tokens_input": 1523}')
      return {}
    }
    for (const meter of Object.keys(value)) {
      if (!this.#entryName(name, meter)) break
      if (typeof value[meter] !== 'number') this.#wrong(`${name}.${meter}`, 'has to be a number')
    }
    return value as Units
  }

  labels(name: string): Labels {
    const value = this.#get(name)
    if (value === undefined || value === null) return NOTHING
    if (!isPlainObject(value)) {
      this.#wrong(name, 'has to be an object of labels and texts, such as {"team": "payments"}')
      return NOTHING
    }
    for (const label of Object.keys(value)) {
      if (!this.#entryName(name, label)) break
      const text = value[label]
      if (typeof text !== 'string' || !text.isWellFormed())
        this.#wrong(`${name}.${label}`, 'has to be a text')
    }
    return value as Labels
  }

  optionalWhole(name: string): number | null {
    const value = this.#get(name)
    if (value === undefined || value === null) return null
    if (Number.isSafeInteger(value)) return value as number
    this.#wrong(name, 'has to be a whole number')
    return null
  }

  /** Credits as JSON number to micro-credits; more than six decimals would be lost, so they are refused. */
  optionalCredits(name: string): number | null {
    const value = this.#get(name)
    if (value === undefined || value === null) return null
    const micro = microCredits(value)
    if (micro !== undefined) return micro
    this.#wrong(name, 'has to be a number of credits with at most six decimals')
    return null
  }

  /** After every known field was read: what is left is not known. */
  firstProblem(): EventProblem | undefined {
    if (this.#problem !== undefined) return this.#problem
    const names = Object.keys(this.#source)
    if (names.length === this.#present) return undefined
    const name = names.find((candidate) => !this.#read.includes(candidate)) ?? ''
    return { reason: 'invalid_field', field: name, message: unknownFieldMessage(name) }
  }

  #get(name: string): unknown {
    this.#read.push(name)
    // Parsed JSON has own properties only; a name of ours is on no prototype.
    const value = this.#source[name]
    if (value !== undefined) this.#present += 1
    return value
  }

  #textProblem(name: string, value: unknown): void {
    if (value === undefined) this.#wrong(name, 'is missing: it is required')
    else if (value === '') this.#wrong(name, 'is empty: leave it out, or say what it is')
    else if (typeof value === 'string') this.#wrong(name, 'is not valid Unicode')
    else this.#wrong(name, 'has to be a text')
  }

  // `__proto__` would be lost on the way: as a name of a map it means something else in many languages.
  #entryName(map: string, name: string): boolean {
    if (name !== '__proto__' && name.isWellFormed()) return true
    this.#wrong(map, 'has a name that cannot be kept: choose another one')
    return false
  }

  #wrong(field: string, what: string): void {
    const shown = field.length > MAX_SHOWN_CHARACTERS ? `${field.slice(0, MAX_SHOWN_CHARACTERS)}…` : field
    this.#problem ??= { reason: 'invalid_field', field: shown, message: `${shown} ${what}` }
  }
}

const MAX_SHOWN_CHARACTERS = 100

function isOperationType(value: unknown): value is OperationType {
  return OPERATIONS.has(value)
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
