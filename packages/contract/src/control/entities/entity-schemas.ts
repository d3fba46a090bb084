import type { ControlEntities, ControlEntityKind } from '@meterline/domain'
import type { z } from 'zod'

import { accessSchemas } from './access-schemas.ts'
import { actionSchemas } from './action-schemas.ts'
import { alertSchemas } from './alert-schemas.ts'
import { ledgerSchemas } from './ledger-schemas.ts'
import { limitSchemas } from './limit-schemas.ts'
import { organizationSchemas } from './organization-schemas.ts'
import { requestSchemas } from './request-schemas.ts'

/** Every kind of entity as it stands in `control.log`. */
export const entitySchemas = {
  ...organizationSchemas,
  ...accessSchemas,
  ...ledgerSchemas,
  ...limitSchemas,
  ...requestSchemas,
  ...alertSchemas,
  ...actionSchemas,
} as const satisfies { readonly [K in ControlEntityKind]: z.ZodObject & z.ZodType<ControlEntities[K]> }
