import { RESOURCE_LIST } from '@meterline/contract'

import type { Route } from '../routing/route.ts'
import { alertRoutes } from './alert-routes.ts'
import { auditRoutes } from './audit-routes.ts'
import { backtestRoutes } from './backtest-routes.ts'
import { creditRoutes } from './credit-routes.ts'
import { fileRoutes } from './file-routes.ts'
import { incidentRoutes } from './incident-routes.ts'
import { keyRoutes } from './key-routes.ts'
import { oidcRoutes } from './oidc-routes.ts'
import { proposalRoutes } from './proposal-routes.ts'
import { requestRoutes } from './request-routes.ts'
import { resourceRoutes } from './resource-routes.ts'
import { sessionRoutes } from './session-routes.ts'
import { tokenRoutes } from './token-routes.ts'
import { userRoutes } from './user-routes.ts'

/** The whole API but health and its own description, which are public and answer nothing of the organization. */
export const ALL_ROUTES: readonly Route[] = [
  ...sessionRoutes,
  ...oidcRoutes,
  ...fileRoutes,
  ...RESOURCE_LIST.flatMap(resourceRoutes),
  ...keyRoutes,
  ...tokenRoutes,
  ...userRoutes,
  ...creditRoutes,
  ...requestRoutes,
  ...incidentRoutes,
  ...proposalRoutes,
  ...alertRoutes,
  ...backtestRoutes,
  ...auditRoutes,
]
