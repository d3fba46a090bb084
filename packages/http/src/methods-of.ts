import type { AllowedMethods } from './error-answers.ts'

/** Which methods an address takes, so that a wrong one is told apart from a wrong address. */
export function methodsOf(
  routes: readonly { readonly method: string; readonly path: string }[],
): AllowedMethods {
  const patterns = [...Map.groupBy(routes, ({ path }) => path)].map(([path, same]) => ({
    pattern: new RegExp(`^${path.replaceAll(/:\w+/g, '[^/]+')}$`),
    methods: same.map(({ method }) => method).join(', '),
  }))
  return (path) => patterns.find(({ pattern }) => pattern.test(path))?.methods
}
