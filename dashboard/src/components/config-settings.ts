/** Settings as `ConfigFields` takes them: what stands in a config, as text. */
export const settingsOf = (config: unknown): Record<string, string> =>
  Object.fromEntries(
    Object.entries((config ?? {}) as Record<string, unknown>).map(([key, value]) => [key, String(value ?? '')]),
  )
