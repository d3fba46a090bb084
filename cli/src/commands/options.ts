import { InvalidArgumentError, Option } from 'commander'

export const stateDirOption = (): Option =>
  new Option('--state-dir <dir>', 'folder of the installation (default: .meterline, or METERLINE_STATE_DIR)')

export const jsonOption = (description = 'machine-readable output'): Option =>
  new Option('--json', description)

export function wholeNumber(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('a whole number is expected.')
  return value
}

/** Credits may have up to six decimal places; whether a sum makes sense, the control service says. */
export function creditsNumber(text: string): number {
  const value = Number(text.replaceAll(/[,_](?=\d{3}(\D|$))/g, ''))
  if (text.trim() === '' || !Number.isFinite(value)) {
    throw new InvalidArgumentError('a number of credits such as 500 or 12.5 is expected.')
  }
  return value
}

export function positiveNumber(text: string): number {
  const value = wholeNumber(text)
  if (value < 1) throw new InvalidArgumentError('at least 1 is expected.')
  return value
}

export function timeZoneName(text: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone
  } catch {
    throw new InvalidArgumentError('an IANA time zone such as UTC or Europe/Berlin is expected.')
  }
}

export function portNumber(text: string): number {
  const value = wholeNumber(text)
  if (value < 1 || value > 65_535) throw new InvalidArgumentError('a port is between 1 and 65535.')
  return value
}

export function shareNumber(text: string): number {
  const value = text.endsWith('%') ? Number(text.slice(0, -1)) / 100 : Number(text)
  if (!(value >= 0 && value <= 1)) throw new InvalidArgumentError('a share such as 0.05 or 5% is expected.')
  return value
}

export function speedNumber(text: string): number {
  const value = Number(text)
  if (!(value >= 0 && Number.isFinite(value))) {
    throw new InvalidArgumentError(
      '0 for as fast as possible, 1 for the trace’s own pace, 10 for ten times that.',
    )
  }
  return value
}
