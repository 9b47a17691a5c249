import type { JunkValue } from './rule.ts'

/** `machine-id`, `machineId` and `MACHINE_ID` are one word. */
export const wordOf = (kind: string) => kind.toLowerCase().replaceAll(/[^a-z0-9]/g, '')

/** How values are compared: upper and lower case alike, without blanks around. */
export const normal = (value: string) => value.trim().toLowerCase()

/** Knows the values that say nothing, so that nothing is recognised by them. */
export class JunkFilter {
  private readonly exact = new Map<string, Set<string>>()
  private readonly patterns = new Map<string, RegExp[]>()

  constructor(list: readonly JunkValue[]) {
    for (const { kind, pattern } of list) {
      const word = kind === '*' ? '*' : wordOf(kind)
      if (pattern.includes('*')) put(this.patterns, word, [], (all) => all.push(globOf(pattern)))
      else put(this.exact, word, new Set<string>(), (all) => all.add(normal(pattern)))
    }
  }

  /** `value` as of {@link normal}, `word` as of {@link wordOf}. Only zeros, or one letter over and over, is junk too. */
  isJunk(word: string, value: string): boolean {
    if (value === '' || /^[0:.\-\s]+$/.test(value)) return true
    if (/^([a-z0-9])(?:[:.\-\s]?\1){3,}$/.test(value)) return true
    return ['*', word].some(
      (kind) => this.exact.get(kind)?.has(value) || this.patterns.get(kind)?.some((one) => one.test(value)),
    )
  }
}

export const globOf = (pattern: string) =>
  new RegExp(
    `^${normal(pattern)
      .split('*')
      .map((part) => part.replaceAll(/[\\^$.|?+()[\]{}]/g, '\\$&'))
      .join('.*')}$`,
  )

function put<V>(map: Map<string, V>, key: string, empty: V, change: (value: V) => unknown): void {
  const value = map.get(key) ?? empty
  map.set(key, value)
  change(value)
}
