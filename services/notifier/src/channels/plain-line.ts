// oxlint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u001F\u007F-\u009F\u2028\u2029]+/g

/** Text from outside, on one line: nothing in it begins a new line or moves a terminal. */
export function plainLine(text: string): string {
  return text.replaceAll(CONTROLS, ' ')
}
