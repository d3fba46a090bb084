import * as fc from 'fast-check'

/** What parsers stumble over: structure, escapes, numbers at their ends, names of object methods, broken UTF-8. */
const STRUCTURE = [
  '{',
  '}',
  '[',
  ']',
  '"',
  ',',
  ':',
  '\\',
  '\\u',
  '\\ud800',
  '\n',
  '\r\n',
  '\0',
  '\u2028',
  '\uFEFF',
]
const NUMBERS = ['null', 'true', '-0', '1e999', '-1', '1e-9', '9007199254740993', '1.0000001', '0x10', 'NaN']
const NAMES = [
  '"__proto__":',
  '"constructor":',
  '"toString":1',
  '"units":{}',
  '"request_id":""',
  '[[[[[[',
  '{"a":',
]
const SPICE = [...STRUCTURE, ...NUMBERS, ...NAMES].map((text) => Buffer.from(text))
const BYTES = [
  [0xff],
  [0xc0, 0x80],
  [0xed, 0xa0, 0x80],
  [0x80, 0x80, 0x80, 0x80, 0x08],
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0x01],
  [0x00],
].map((bytes) => Buffer.from(bytes))

interface Edit {
  readonly at: number
  readonly removed: number
  readonly added: Buffer
}

const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.nat(),
  removed: fc.nat(12),
  added: fc.oneof(
    fc.constantFrom(...SPICE, ...BYTES, Buffer.alloc(0)),
    fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes)),
  ),
})

/** A good sample with a few places changed, which gets further into a parser than noise does; and noise. */
export function mutated(samples: readonly Buffer[]): fc.Arbitrary<Buffer> {
  const damaged = fc
    .tuple(fc.constantFrom(...samples), fc.array(edit, { maxLength: 6 }))
    .map(([sample, edits]) => edits.reduce(apply, sample))
  const noise = fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes))
  return fc.oneof({ arbitrary: damaged, weight: 9 }, { arbitrary: noise, weight: 1 })
}

function apply(bytes: Buffer, { at, removed, added }: Edit): Buffer {
  const start = at % (bytes.length + 1)
  return Buffer.concat([bytes.subarray(0, start), added, bytes.subarray(start + removed)])
}
