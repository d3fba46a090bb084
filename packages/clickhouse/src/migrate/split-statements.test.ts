import { expect, test } from 'vitest'

import { splitStatements } from './split-statements.ts'

test('a statement ends at the end of a line; comments and semicolons inside one do not end it', () => {
  const text = `-- a comment; with a semicolon
CREATE TABLE a (x String DEFAULT 'a;b');

  -- another;
SELECT 1
FROM a;
`
  expect(splitStatements(text)).toEqual(["CREATE TABLE a (x String DEFAULT 'a;b')", 'SELECT 1\nFROM a'])
})
