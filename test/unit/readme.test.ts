import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { SETTINGS, type Setting } from '../../server/config.ts'

const root = join(import.meta.dirname, '../..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')

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

test('the README is short: what is longer lies below server or dashboard, and every link between them leads somewhere', () => {
  expect(readme.split('\n').length).toBeLessThan(90)
  const files = globSync('{*.md,{server,dashboard,test}/**/*.md}', { cwd: root })
  expect(files.length).toBeGreaterThan(10)
  const broken = files.flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8')
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, link]) => link!)
    return links.filter((link) => !existsSync(join(root, dirname(file), link))).map((link) => `${file}: ${link}`)
  })
  expect(broken).toEqual([])
})
