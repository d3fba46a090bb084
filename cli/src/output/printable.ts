// What a terminal takes for a command, or shows in another order than it stands.
// oxlint-disable-next-line no-control-regex
const NOT_SHOWN = /[\u0000-\u001F\u007F-\u009F\u2028\u2029\u202A-\u202E\u2066-\u2069]/g

/** Text of a stranger (an id, a label) for a terminal: what would move the cursor or colour the screen is shown as `\u{1b}`. */
export function printable(text: string): string {
  return text.replaceAll(NOT_SHOWN, (char) => `\\u{${char.charCodeAt(0).toString(16)}}`)
}
