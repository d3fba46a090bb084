import { expect, test } from 'vitest'

import { mismatchOf } from './match-outputs.ts'

const both = { named: 100, found: 100 }
const lost = (position: number, outputs: number) => ({ kind: 'outputs-lost', position, outputs })
const ahead = (position: number, outputs: number) => ({ kind: 'position-lost', position, outputs })

test.each([
  ['outputs are gone', [{ named: 150, found: 100 }, both], lost(150, 100)],
  [
    'outputs are gone from both',
    [
      { named: 150, found: 100 },
      { named: 150, found: 90 },
    ],
    lost(150, 100),
  ],
  ['the position is gone', [{ named: 100, found: 150 }, both], ahead(120, 150)],
  ['the first position is gone', [{ named: undefined, found: 150 }], ahead(0, 150)],
  [
    'it is gone, and retention emptied the other',
    [
      { named: 100, found: 150 },
      { named: 90, found: undefined },
    ],
    ahead(120, 150),
  ],
])('where %s it says so', (_, stamps, mismatch) => {
  expect(mismatchOf(stamps, mismatch.position)).toEqual(mismatch)
})

test.each([
  ['no outputs are missing', [both, both], 120],
  ['no outputs are left', [{ named: 100, found: undefined }], 120],
  [
    'some outputs of what was lost are there',
    [
      { named: 150, found: 100 },
      { named: 150, found: 150 },
    ],
    150,
  ],
  [
    'some are gone',
    [
      { named: 100, found: 150 },
      { named: 100, found: 90 },
    ],
    120,
  ],
  [
    'more than one transaction',
    [
      { named: 100, found: 150 },
      { named: 100, found: 140 },
    ],
    120,
  ],
  ['and not of it', [{ named: 100, found: 150 }], 150],
])('"%s" is nothing to mend', (why, stamps, position) => {
  expect(mismatchOf(stamps, position)).toContain(why)
})
