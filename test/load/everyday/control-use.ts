import { ask } from './ask.ts'
import { CAPPED_SCOPE } from './authorization-use.ts'
import type { Use, Used } from './everyday-use.ts'

const LARGE_CREDITS = 80_000_000

/** Changes a limit four times a second, each a record that every service folds, and looks at credits in between. */
export function createControlUse({ control, adminToken: token }: Used): Use {
  const put = (id: string, body: object, key: string) =>
    ask(`${control.url}/v1/limits/${id}`, 200, {
      method: 'PUT',
      token,
      body,
      headers: { 'idempotency-key': key },
    })
  return {
    everyMs: 250,
    async turn(number) {
      // What is asked for beforehand is held against a cap, or nothing would be reserved.
      if (number === 0)
        await put(
          'everyday',
          { level: 'group', scope: CAPPED_SCOPE, hard_cap_credits: LARGE_CREDITS },
          'first',
        )
      const cap = { level: 'group', scope: 'team:docs', hard_cap_credits: LARGE_CREDITS + number }
      await put('everyday-changing', cap, `changed-${number}`)
      await ask(`${control.url}/v1/allocations/bench-team-labs/balance`, 200, { token })
      await ask(`${control.url}/v1/limits`, 200, { token })
      return ['changed']
    },
  }
}
