import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { SETTINGS, type Setting } from '../../server/config.ts'

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')

test('the README lists every setting as the program reads it', () => {
  const rows = (Object.values(SETTINGS) as Setting<unknown>[]).map(
    ({ name, default: value, defaultShown, unit, doc }) =>
      `| \`${name}\` | ${defaultShown ?? (value ? `\`${value}\`` : '')} | ${unit} | ${doc} |`,
  )
  const listed = readme
    .slice(readme.indexOf('<!-- settings -->'), readme.indexOf('<!-- /settings -->'))
    .split('\n')
    .filter((line) => line.startsWith('| `'))
  expect(listed).toEqual(rows)
})
