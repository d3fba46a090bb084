import type { Warning } from '../control/control-event.ts'
import type { OrganizationView } from '../organization/organization-view.ts'
import { ratesInForce } from '../rates/rate-book-of.ts'
import { knownModels } from '../rates/known-models.ts'

/** Kinds that allow models or forbid them by name. */
const KINDS = ['model_policy', 'allocation', 'block'] as const
type Kind = (typeof KINDS)[number]

interface Named {
  readonly kind: Kind
  readonly id: string
  readonly field: string
  readonly model: string
}

/** A file with a wrong list has the same thing wrong in every line. */
const MAX_WARNINGS = 20
const MODEL_SCOPE = 'model:'

/**
 * Models that these entities allow or forbid, and that no rate card of the view names. They are not refused: a model may be allowed
 * before its rate is known, and has to be blocked at once; its usage is metered, as unrated. But most of them are mistakes, and then
 * the model that was meant is not blocked, or not allowed.
 *
 * @param about ids by kind, as the view has them
 */
export function unknownModels(
  view: OrganizationView,
  about: { readonly [K in Kind]?: Iterable<string> },
): readonly Warning[] {
  const named = KINDS.flatMap((kind) => Array.from(about[kind] ?? [], (id) => namedBy(view, kind, id)).flat())
  if (named.length === 0) return []
  const known = knownModels(ratesInForce(view))
  return named
    .filter(({ model }) => !known.has(model))
    .slice(0, MAX_WARNINGS)
    .map((one) => warning(one, known.nearest(one.model)))
}

function namedBy({ entities }: OrganizationView, kind: Kind, id: string): readonly Named[] {
  const listed = (field: string, models: readonly string[] = []) =>
    models.map((model, at) => ({ kind, id, field: `${field}.${at}`, model }))
  switch (kind) {
    case 'model_policy':
      return listed('allowed_models', entities.model_policy.get(id)?.allowed_models)
    case 'allocation':
      return listed('approved_models', entities.allocation.get(id)?.approved_models)
    case 'block': {
      const scope = entities.block.get(id)?.scope ?? ''
      return scope.startsWith(MODEL_SCOPE)
        ? [{ kind, id, field: 'scope', model: scope.slice(MODEL_SCOPE.length) }]
        : []
    }
  }
}

const EFFECT: Readonly<Record<Kind, string>> = {
  model_policy: 'if it is mistyped, the model that was meant is not allowed',
  allocation: 'if it is mistyped, the model that was meant is not approved',
  block: 'if it is mistyped, the model that was meant is not blocked',
}

function warning({ kind, id, field, model }: Named, nearest: readonly string[]): Warning {
  const near = nearest.length === 0 ? '' : `; nearest: ${nearest.join(', ')}`
  return {
    code: 'unknown_model',
    message: `no rate card names the model "${model}": ${EFFECT[kind]}${near}`,
    field,
    about: { kind, id },
    hint: 'mend the name, or give the model a rate (rate_cards): until then its usage is metered as unrated',
  }
}
