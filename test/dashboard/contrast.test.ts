import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const css = readFileSync(join(import.meta.dirname, '../../dashboard/src/styles/tokens.css'), 'utf8')
type Tokens = Record<string, string>

/** The tokens of a theme, as written in the one file of tokens. */
function tokensOf(theme: 'light' | 'dark' | 'wall'): Tokens {
  const tokens: Tokens = {}
  for (const [, name, light, dark] of css.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g))
    tokens[name!] = (theme === 'light' ? light : dark)!
  if (theme === 'wall') {
    const wall = css.slice(css.indexOf("[data-theme='wall']"))
    for (const [, name, value] of wall.matchAll(/--([\w-]+): (#\w{6})/g)) tokens[name!] = value!
  }
  return tokens
}
function luminance(hex: string) {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const share = parseInt(hex.slice(at, at + 2), 16) / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
function contrast(a: string, b: string) {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}
const states = ['running', 'reported', 'confirmed', 'failed', 'timedout', 'doubt', 'contradicted']
const grounds = ['paper', 'surface', 'raised']

describe.each(['light', 'dark', 'wall'] as const)('the %s theme', (theme) => {
  const tokens = tokensOf(theme)
  const ratio = (ink: string, ground: string) => contrast(tokens[ink]!, tokens[ground]!)
  const text: [string, string][] = [
    ...['ink', 'ink-2', 'ink-3', 'accent', ...states].flatMap((ink) =>
      grounds.map((ground): [string, string] => [ink, ground]),
    ),
    ...states.map((state): [string, string] => [state, `${state}-soft`]),
    ...states.map((state): [string, string] => ['on-state', state]),
    ['on-accent', 'accent'],
    ['accent', 'accent-soft'],
    ...['pending-soft', 'excluded-soft', 'failed-soft', 'accent-soft'].map((soft): [string, string] => ['ink-2', soft]),
  ]

  // AA for a desk, AAA for a screen across the room.
  const least = theme === 'wall' ? 7 : 4.5
  it(`sets all text at ${least} to 1 or better`, () => {
    expect(
      text
        .filter(([ink, ground]) => ratio(ink, ground) < least)
        .map(([ink, ground]) => `${ink} on ${ground}: ${ratio(ink, ground).toFixed(2)}`),
    ).toEqual([])
  })

  it('draws all shapes at 3 to 1 or better', () => {
    const faint = ['pending', 'excluded', ...states].flatMap((shape) =>
      grounds.filter((ground) => ratio(shape, ground) < 3).map((ground) => `${shape} on ${ground}`),
    )
    expect(faint).toEqual([])
  })
})
