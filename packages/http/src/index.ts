export { ApiError } from './api-error.ts'
export type { ApiErrorBody } from './api-error.ts'
export { bearerToken } from './bearer-token.ts'
export { addErrorHandlers, sendError } from './error-answers.ts'
export type { AllowedMethods } from './error-answers.ts'
export { methodsOf } from './methods-of.ts'
export {
  ERROR_SCHEMA,
  errorResponse,
  jsonSchema,
  openApiPath,
  operationId,
  pathParameters,
  queryParameters,
} from './openapi.ts'
export { parsed } from './parsed.ts'
export { sameText, textDigest } from './same-text.ts'
