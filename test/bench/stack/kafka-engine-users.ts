import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { ROOT } from './paths.ts'

const USERS = join(ROOT, 'infra/clickhouse-server/users.xml')
const BEFORE = '<query>GRANT TABLE ENGINE ON Memory</query>'
const MORE = ['GRANT TABLE ENGINE ON Kafka', 'GRANT READ, WRITE ON KAFKA']

/** The installation's users, who may not read Kafka from ClickHouse, with the right to: for the peer of the sink. */
export async function usersWithKafkaEngine(folder: string): Promise<string> {
  const text = await readFile(USERS, 'utf8')
  if (!text.includes(BEFORE)) throw new Error(`${USERS} has no ${BEFORE}`)
  const file = join(folder, 'users.xml')
  const more = MORE.map((grant) => `<query>${grant}</query>`).join('')
  await writeFile(file, text.replace(BEFORE, `${more}${BEFORE}`))
  return file
}
