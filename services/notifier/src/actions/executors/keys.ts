import type { ControlClient } from '../control-client.ts'
import type { ActionExecutor } from '../executor.ts'
import { textParam } from '../params.ts'

/** Stops a key of ours. Params: `key_id`. */
export function disableKeyExecutor(control: ControlClient): ActionExecutor {
  return {
    async prepare({ run }) {
      const id = textParam(run.params, 'key_id')
      const status = await control.keyStatus(id)
      // A key that is stopped already stays so when this is undone.
      return status === 'active'
        ? { plan: `disables the key ${id}`, undo: { key_id: id } }
        : { plan: `leaves the key ${id} as it is: ${status}`, undo: null }
    },
    async perform({ run }) {
      const id = textParam(run.params, 'key_id')
      if (run.undo !== null) await control.setKeyStatus(id, 'disable', `${run.id}-disable`)
      return { result: run.undo === null ? `the key ${id} was not active` : `the key ${id} is disabled` }
    },
    async undo({ run, undo }) {
      const id = textParam(undo, 'key_id')
      await control.setKeyStatus(id, 'enable', `${run.id}-enable`)
      return `the key ${id} is enabled`
    },
  }
}

/** Gives a key of ours another secret; the former one works on for the overlap. Params: `key_id`. Cannot be undone. */
export function rotateKeyExecutor(control: ControlClient): ActionExecutor {
  return {
    async prepare({ run }) {
      const id = textParam(run.params, 'key_id')
      await control.keyStatus(id)
      return { plan: `gives the key ${id} another secret`, undo: null }
    },
    async perform({ run }) {
      const id = textParam(run.params, 'key_id')
      const secret = await control.rotateKey(id, `${run.id}-rotate`)
      const result = `the key ${id} has another secret; the former one works on for its overlap`
      return secret === undefined ? { result } : { result, secret }
    },
    undo: async () => 'a rotation cannot be undone; the former secret works on for its overlap',
  }
}
