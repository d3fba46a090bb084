import type { Model, Weighted } from '@meterline/simulation'

const model = (provider: string, name: string, msPerToken: number): Model => ({ provider, name, msPerToken })

const GPT_5 = model('openai', 'gpt-5', 9)
const GPT_5_MINI = model('openai', 'gpt-5-mini', 5)
const GPT_5_NANO = model('openai', 'gpt-5-nano', 3)
const OPUS = model('anthropic', 'claude-opus-4-5', 14)
const SONNET = model('anthropic', 'claude-sonnet-4-5', 10)
const HAIKU = model('anthropic', 'claude-haiku-4-5', 5)

export const CHAT_MODELS: readonly Weighted<Model>[] = [
  [GPT_5_MINI, 6],
  [HAIKU, 3],
  [GPT_5, 1],
]
export const SMALL_MODELS: readonly Weighted<Model>[] = [
  [GPT_5_NANO, 5],
  [GPT_5_MINI, 3],
  [HAIKU, 2],
]
export const LARGE_MODELS: readonly Weighted<Model>[] = [
  [SONNET, 5],
  [GPT_5, 3],
  [OPUS, 2],
]
export const CODING_MODELS: readonly Weighted<Model>[] = [
  [SONNET, 5],
  [model('openai', 'gpt-5-codex', 9), 3],
  [OPUS, 2],
]
export const EMBEDDING_MODELS: readonly Weighted<Model>[] = [
  [model('openai', 'text-embedding-3-small', 0), 1],
  [model('openai', 'text-embedding-3-large', 0), 1],
]
