const MAX_SHOWN_CHARACTERS = 64

/** Names that other tools use for what is called otherwise here. */
const CALLED_HERE: ReadonlyMap<string, string> = new Map([
  ['id', 'request_id'],
  ['requestId', 'request_id'],
  ['time', 'timestamp'],
  ['ts', 'timestamp'],
  ['model', 'model_name'],
  ['modelName', 'model_name'],
  ['operation', 'operation_type'],
  ['labels', 'usage_labels'],
  ['tags', 'usage_labels'],
  ['metadata', 'usage_labels'],
  ['usage', 'units'],
  ['credits', 'credits_consumed'],
  ['latency_ms', 'response_latency_ms'],
  ['user', 'user_id'],
  ['customer', 'customer_id'],
  ['api_key', 'api_key_id'],
  ...['team', 'cost_center', 'project', 'environment', 'service_tier'].map(
    (label) => [label, `usage_labels.${label}`] as const,
  ),
  ...['prompt_tokens', 'input_tokens', 'tokens_input'].map((name) => [name, 'units.tokens_input'] as const),
  ...['completion_tokens', 'output_tokens', 'tokens_output'].map(
    (name) => [name, 'units.tokens_output'] as const,
  ),
])

export function unknownFieldMessage(name: string): string {
  const shown = name.slice(0, MAX_SHOWN_CHARACTERS)
  const meant = CALLED_HERE.get(name)
  const way = meant === undefined ? 'remove it, or put it into usage_labels' : `did you mean ${meant}?`
  return `${JSON.stringify(shown)} is not a field of a usage event: ${way}`
}
